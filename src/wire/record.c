/* record.c - see record.h. */
#include "wire/record.h"

#include "base/err.h"

#include <string.h>

static const uint8_t magic[4] = { 'I', 'M', 'P', 'R' };

#define RECORD_VERSION 1

static bool is_zero(const struct hash *h)
{
	static const struct hash zero;

	return memcmp(h, &zero, sizeof(zero)) == 0;
}

/* What the head may say, both ways. */
static bool head_ok(const struct record *r)
{
	return (r->kind == RECORD_REPORT || r->kind == RECORD_GAP) && r->seq >= 1 &&
	       r->seq <= INT64_MAX && r->at_ms >= 0 && (r->seq != 1 || is_zero(&r->prev));
}

int record_encode(const struct record *r, struct buf *out, struct hash *ret_digest)
{
	size_t start = out->len;
	int rc;

	if (!head_ok(r))
		return ERR_INVALID;
	if (r->data.len > RECORD_MAX - RECORD_OVERHEAD)
		return ERR_TOO_LARGE;
	buf_put(out, magic, sizeof(magic));
	buf_put_le(out, r->data.len + RECORD_OVERHEAD, 4);
	buf_put_le(out, RECORD_VERSION, 1);
	buf_put_le(out, (uint64_t)r->kind, 1);
	buf_put_le(out, 0, 2);
	buf_put_le(out, r->purposes, 4);
	buf_put(out, r->epoch.b, EPOCH_LEN);
	buf_put_le(out, r->seq, 8);
	buf_put_le(out, (uint64_t)r->at_ms, 8);
	buf_put(out, r->prev.b, HASH_LEN);
	buf_putstr(out, r->data);
	rc = buf_status(out);
	if (rc < 0)
		return rc;
	*ret_digest = hash_of(out->data + start, out->len - start);
	buf_put_le(out, crc32_of(out->data + start, out->len - start), 4);
	return buf_status(out);
}

int64_t record_peek(const uint8_t head[static RECORD_PEEK_LEN])
{
	struct cur c = cur_of(head, RECORD_PEEK_LEN);
	const uint8_t *found = cur_take(&c, sizeof(magic));
	uint64_t len = cur_le(&c, 4);

	if (!found || memcmp(found, magic, sizeof(magic)) != 0 || len < RECORD_OVERHEAD ||
	    len > RECORD_MAX)
		return ERR_RECORD;
	return (int64_t)len;
}

/* The fields behind magic and length; false if they say what no record says. */
static bool read_fields(struct cur *c, size_t data_len, struct record *r)
{
	uint64_t version = cur_le(c, 1), at_ms, zero;

	r->kind = (int)cur_le(c, 1);
	zero = cur_le(c, 2);
	r->purposes = (uint32_t)cur_le(c, 4);
	cur_copy(c, r->epoch.b, EPOCH_LEN);
	r->seq = cur_le(c, 8);
	at_ms = cur_le(c, 8);
	r->at_ms = at_ms <= INT64_MAX ? (int64_t)at_ms : -1;
	cur_copy(c, r->prev.b, HASH_LEN);
	r->data = (struct str){ (const char *)cur_take(c, data_len), data_len };
	return !c->failed && version == RECORD_VERSION && zero == 0 && head_ok(r);
}

int record_decode(struct cur *in, struct record *ret_record)
{
	struct cur all = *in, fields;
	struct record r = {};
	const uint8_t *raw;
	int64_t len;

	if (all.failed || all.left < RECORD_OVERHEAD)
		return ERR_RECORD;
	len = record_peek(all.p);
	if (len < 0 || (uint64_t)len > all.left)
		return ERR_RECORD;
	raw = cur_take(&all, (size_t)len);
	r.raw = (struct str){ (const char *)raw, (size_t)len };
	fields = cur_of(raw, (size_t)len);
	if (!cur_take(&fields, RECORD_PEEK_LEN) ||
	    !read_fields(&fields, (size_t)len - RECORD_OVERHEAD, &r) ||
	    cur_le(&fields, 4) != crc32_of(raw, (size_t)len - 4))
		return ERR_RECORD;
	*in = all;
	*ret_record = r;
	return 0;
}

struct hash record_digest(const struct record *r)
{
	assert(r->raw.len >= RECORD_OVERHEAD);
	return hash_of(r->raw.p, r->raw.len - 4);
}

bool epoch_eq(const struct epoch *a, const struct epoch *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

void epoch_encode(const struct epoch *e, char out[static EPOCH_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < EPOCH_LEN; i++) {
		out[2 * i] = digits[e->b[i] >> 4];
		out[2 * i + 1] = digits[e->b[i] & 15];
	}
	out[2 * EPOCH_LEN] = '\0';
}

int epoch_decode(struct str text, struct epoch *ret_epoch)
{
	struct epoch e;

	if (text.len != EPOCH_TEXT_SIZE - 1 || hex_decode(text, e.b, EPOCH_LEN) != EPOCH_LEN)
		return ERR_INVALID;
	*ret_epoch = e;
	return 0;
}
