/* outbox_state.c - see outbox_state.h. */
#include "connector/outbox_state.h"
#include "base/err.h"
#include "base/file.h"
#include <errno.h>
#include <stdio.h>

#define STATE_MAX (64 * KIB)
#define PATH_ROOM 4096

struct past_text {
	const char *epoch;
	int64_t acked;
	struct json_list beyond, tried;
};

struct state_text {
	const char *epoch;
	int64_t from_segment, acked, dropped;
	struct json_list beyond, tried, past, gaps;
	int64_t off_revision;
	enum json_bool broken, thin;
};

#define AT(member) offsetof(struct past_text, member)
static const struct json_field past_fields[] = {
	{ "epoch", JSON_TEXT, AT(epoch), .flags = JSON_REQUIRED, .max = EPOCH_TEXT_SIZE },
	{ "acked", JSON_INT, AT(acked), .flags = JSON_REQUIRED, .max = INT64_MAX - 1 },
	{ "beyond", JSON_LIST, AT(beyond), .max = RANGES_MAX, .sub = &record_range_schema },
	{ "tried", JSON_LIST, AT(tried), .max = RANGES_MAX, .sub = &record_range_schema },
	{},
};
static const struct json_schema past_schema = { "outbox_past", sizeof(struct past_text), JSON_OPEN,
						past_fields };
#undef AT
#define AT(member) offsetof(struct state_text, member)
static const struct json_field state_fields[] = {
	{ "epoch", JSON_TEXT, AT(epoch), .flags = JSON_REQUIRED, .max = EPOCH_TEXT_SIZE },
	{ "from_segment", JSON_INT, AT(from_segment), .flags = JSON_REQUIRED, .min = 1,
	  .max = INT64_MAX - 1 },
	{ "acked", JSON_INT, AT(acked), .flags = JSON_REQUIRED, .max = INT64_MAX - 1 },
	{ "beyond", JSON_LIST, AT(beyond), .max = RANGES_MAX, .sub = &record_range_schema },
	{ "tried", JSON_LIST, AT(tried), .max = RANGES_MAX, .sub = &record_range_schema },
	{ "dropped", JSON_INT, AT(dropped), .max = INT64_MAX - 1 },
	{ "broken", JSON_BOOL, AT(broken), .flags = 0 },
	{ "thin", JSON_BOOL, AT(thin), .flags = 0 },
	{ "off_revision", JSON_INT, AT(off_revision), .max = INT64_MAX },
	{ "gaps", JSON_LIST, AT(gaps), .max = GAP_REASONS, .sub = &gap_schema },
	{ "past", JSON_LIST, AT(past), .max = OUTBOX_PAST_MAX, .sub = &past_schema },
	{},
};
const struct json_schema outbox_state_schema = { "outbox_state", sizeof(struct state_text),
						 JSON_OPEN, state_fields };
#undef AT

static int ranges_read(const struct json_list *list, struct ranges *ret_ranges)
{
	struct ranges s = {};

	for (size_t i = 0; i < list->len; i++) {
		const struct record_range *r = list->items[i];

		if (r->from < 1 || r->to < r->from || r->to == INT64_MAX ||
		    !ranges_add(&s, (uint64_t)r->from, (uint64_t)r->to))
			return ERR_CORRUPT;
	}
	*ret_ranges = s;
	return 0;
}

static void ranges_write(struct arena *mem, const struct ranges *s, struct json_list *list)
{
	list->len = s->len;
	list->items = ARENA_ARRAY(mem, void *, s->len + 1);
	for (unsigned i = 0; i < s->len; i++) {
		struct record_range *r = ARENA_NEW(mem, struct record_range);

		*r = (struct record_range){ (int64_t)s->r[i].first, (int64_t)s->r[i].last };
		list->items[i] = r;
	}
}

static void gaps_write(struct arena *mem, const struct outbox_state *s, struct json_list *list)
{
	list->items = ARENA_ARRAY(mem, void *, GAP_REASONS);
	for (int i = 0; i < GAP_REASONS; i++)
		if (s->has_gap[i])
			list->items[list->len++] = arena_dup(mem, &s->gaps[i], sizeof(s->gaps[i]));
}

static int past_read(const struct json_list *list, struct outbox_state *s)
{
	for (size_t i = 0; i < list->len; i++) {
		const struct past_text *t = list->items[i];
		struct outbox_past *p = &s->past[i];

		if (epoch_decode(str_of(t->epoch), &p->epoch) < 0 ||
		    ranges_read(&t->beyond, &p->beyond) < 0 ||
		    ranges_read(&t->tried, &p->tried) < 0)
			return ERR_CORRUPT;
		p->acked = (uint64_t)t->acked;
	}
	s->past_len = (unsigned)list->len;
	return 0;
}

static int state_read(struct str text, struct arena *mem, struct outbox_state *ret_state)
{
	struct json_problem problem;
	struct outbox_state s = {};
	struct state_text t;

	if (json_decode(&outbox_state_schema, text.p, text.len, mem, &t, &problem) < 0 ||
	    epoch_decode(str_of(t.epoch), &s.epoch) < 0 || ranges_read(&t.beyond, &s.beyond) < 0 ||
	    ranges_read(&t.tried, &s.tried) < 0 || past_read(&t.past, &s) < 0)
		return ERR_CORRUPT;
	s.from_segment = (uint64_t)t.from_segment;
	s.acked = (uint64_t)t.acked;
	s.dropped = t.dropped == JSON_ABSENT_INT ? 0 : (uint64_t)t.dropped;
	s.off_revision = t.off_revision == JSON_ABSENT_INT ? 0 : t.off_revision;
	s.broken = t.broken == JSON_TRUE;
	s.thin = t.thin == JSON_TRUE;
	for (size_t i = 0; i < t.gaps.len; i++) {
		const struct gap *gap = t.gaps.items[i];

		s.gaps[gap->reason] = *gap;
		s.has_gap[gap->reason] = true;
	}
	*ret_state = s;
	return 0;
}

int outbox_state_load(const char *dir, struct outbox_state *ret_state)
{
	struct buf text = buf_new(STATE_MAX);
	char path[PATH_ROOM];
	struct arena mem = {};
	int rc;

	snprintf(path, sizeof(path), "%s/state.json", dir);
	rc = file_read(path, &text);
	if (rc == 0)
		rc = state_read(buf_str(&text), &mem, ret_state);
	buf_done(&text);
	arena_done(&mem);
	return rc;
}

int outbox_state_save(const char *dir, const struct outbox_state *s)
{
	char path[PATH_ROOM], epoch[EPOCH_TEXT_SIZE];
	struct buf out = buf_new(STATE_MAX);
	struct arena mem = {};
	struct state_text t;
	int rc;

	json_init(&outbox_state_schema, &t);
	epoch_encode(&s->epoch, epoch);
	t.epoch = epoch;
	t.from_segment = (int64_t)s->from_segment;
	t.acked = (int64_t)s->acked;
	if (s->dropped)
		t.dropped = (int64_t)s->dropped;
	if (s->off_revision)
		t.off_revision = s->off_revision;
	t.broken = s->broken ? JSON_TRUE : JSON_FALSE;
	t.thin = s->thin ? JSON_TRUE : JSON_FALSE;
	gaps_write(&mem, s, &t.gaps);
	ranges_write(&mem, &s->beyond, &t.beyond);
	ranges_write(&mem, &s->tried, &t.tried);
	t.past.len = s->past_len;
	t.past.items = ARENA_ARRAY(&mem, void *, s->past_len + 1);
	for (unsigned i = 0; i < s->past_len; i++) {
		struct past_text *p = ARENA_NEW(&mem, struct past_text);
		char *text = arena_alloc(&mem, EPOCH_TEXT_SIZE);

		epoch_encode(&s->past[i].epoch, text);
		p->epoch = text;
		p->acked = (int64_t)s->past[i].acked;
		ranges_write(&mem, &s->past[i].beyond, &p->beyond);
		ranges_write(&mem, &s->past[i].tried, &p->tried);
		t.past.items[i] = p;
	}
	json_encode(&outbox_state_schema, &t, 0, &out);
	snprintf(path, sizeof(path), "%s/state.json", dir);
	rc = buf_status(&out);
	if (rc == 0)
		rc = file_replace(path, out.data, out.len, FILE_PRIVATE);
	buf_done(&out);
	arena_done(&mem);
	return rc;
}
