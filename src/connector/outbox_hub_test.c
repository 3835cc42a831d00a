/* outbox_hub_test.c - see outbox_hub_test.h. */
#include "connector/outbox_hub_test.h"
#include "base/test.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include <stdlib.h>

/* --- the hub -----------------------------------------------------------------------------------
 */

static struct held *find(struct hub *h, const struct epoch *e, uint64_t seq)
{
	for (size_t i = 0; i < h->len; i++)
		if (h->held[i].seq == seq && epoch_eq(&h->held[i].epoch, e))
			return &h->held[i];
	return NULL;
}

static bool fits(struct hub *h, const struct record *r, const struct hash *digest)
{
	const struct held *same = find(h, &r->epoch, r->seq);
	const struct held *before = find(h, &r->epoch, r->seq - 1);
	const struct held *after = find(h, &r->epoch, r->seq + 1);

	return (!same || hash_eq(&same->digest, digest)) &&
	       (!before || hash_eq(&before->digest, &r->prev)) &&
	       (!after || hash_eq(&after->prev, digest));
}

static void keep(struct hub *h, const struct record *r)
{
	struct held *n = &h->held[h->len];
	struct json_problem problem;
	struct arena mem = {};
	struct gap gap;

	if (find(h, &r->epoch, r->seq))
		return;
	assert_in_range(h->len, 0, HUB_RECORDS - 1);
	h->len++;
	*n = (struct held){ r->epoch, r->seq, record_digest(r), r->prev, r->kind, 0, 0, 0 };
	if (r->kind == RECORD_GAP) {
		assert_int_equal(
			json_decode(&gap_schema, r->data.p, r->data.len, &mem, &gap, &problem), 0);
		assert_true(gap.from_ms <= gap.to_ms);
		n->records = gap.records;
		n->reason = gap.reason;
		arena_done(&mem);
	} else {
		assert_memory_equal(r->data.p, "{\"n\":", 5);
		n->value = (int)strtol(r->data.p + 5, NULL, 10);
	}
}

/* 0 or ERR_FORK, like a call of /c/v1/reports. */
int hub_take(struct hub *h, struct str body)
{
	struct cur in = cur_of(body.p, body.len);
	struct record r;

	while (in.left) {
		struct hash digest;

		assert_int_equal(record_decode(&in, &r), 0);
		digest = record_digest(&r);
		if (!fits(h, &r, &digest))
			return ERR_FORK;
		keep(h, &r);
		h->epoch = r.epoch;
	}
	return 0;
}

struct reports_answer hub_answer(struct hub *h, int64_t credit)
{
	struct reports_answer a = { .credit = credit };
	uint64_t top = 0;

	for (size_t i = 0; i < h->len; i++)
		if (epoch_eq(&h->held[i].epoch, &h->epoch) && h->held[i].seq > top)
			top = h->held[i].seq;
	while (find(h, &h->epoch, (uint64_t)a.acked + 1))
		a.acked++;
	a.ranges.items = h->range_items;
	for (uint64_t s = (uint64_t)a.acked + 1; s <= top; s++) {
		struct record_range *last = &h->ranges[a.ranges.len - (a.ranges.len > 0)];

		if (!find(h, &h->epoch, s))
			continue;
		if (a.ranges.len && last->to == (int64_t)s - 1) {
			last->to++;
		} else if (a.ranges.len < ARRAY_LEN(h->ranges)) {
			h->ranges[a.ranges.len] = (struct record_range){ (int64_t)s, (int64_t)s };
			h->range_items[a.ranges.len] = &h->ranges[a.ranges.len];
			a.ranges.len++;
		}
	}
	epoch_encode(&h->epoch, h->epoch_text);
	a.epoch = h->epoch_text;
	return a;
}

int times_held(const struct hub *h, int value)
{
	int n = 0;

	for (size_t i = 0; i < h->len; i++)
		n += h->held[i].kind == RECORD_REPORT && h->held[i].value == value;
	return n;
}

int64_t gap_records(const struct hub *h)
{
	int64_t n = 0;

	for (size_t i = 0; i < h->len; i++)
		n += h->held[i].records;
	return n;
}

/* --- helpers -----------------------------------------------------------------------------------
 */

struct outbox *opened(const char *dir, const struct outbox_limits *limits)
{
	struct outbox *o = NULL;

	assert_int_equal(outbox_open(dir, limits, &o), 0);
	return o;
}

int try_report(struct outbox *o, int value, size_t padding)
{
	struct buf b = buf_new(RECORD_MAX);
	int rc;

	buf_printf(&b, "{\"n\":%d,\"x\":\"", value);
	for (size_t i = 0; i < padding; i++)
		buf_putc(&b, 'x');
	buf_puts(&b, "\"}");
	rc = outbox_append(o, 1, clock_wall_ms(), buf_str(&b));
	buf_done(&b);
	return rc;
}

void report(struct outbox *o, int value, size_t padding)
{
	assert_int_equal(try_report(o, value, padding), 0);
}

/* One call; true if something was sent. */
bool send_once(struct outbox *o, struct hub *h, int64_t credit)
{
	struct buf body = buf_new(RECORD_CALL_MAX);
	int n = outbox_batch(o, credit, &body);

	assert_true(n >= 0);
	if (n > 0) {
		int rc = hub_take(h, buf_str(&body));

		if (rc == 0) {
			struct reports_answer a = hub_answer(h, credit);

			rc = outbox_answer(o, &a);
		}
		if (rc == ERR_FORK)
			rc = outbox_fork(o);
		assert_int_equal(rc, 0);
	}
	buf_done(&body);
	return n > 0;
}

void send_all(struct outbox *o, struct hub *h)
{
	for (int i = 0; send_once(o, h, 64); i++)
		assert_in_range(i, 0, 1000);
}

struct outbox_info info_of(const struct outbox *o)
{
	struct outbox_info i;

	outbox_info(o, &i);
	return i;
}
