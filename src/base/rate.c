/* rate.c - token buckets by key; buckets are refilled when they are looked at. */
#include "base/rate.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"

struct bucket {
	struct link link;
	struct hash key; /* keys may be longer than a map takes */
	int64_t tokens;
	int64_t since_ms; /* when `tokens` was true */
};

void rate_init(struct rate *r, int64_t burst, int64_t refill_ms, size_t keys_max)
{
	assert(burst > 0 && refill_ms > 0 && keys_max > 0);
	memset(r, 0, sizeof(*r));
	list_init(&r->recent);
	r->burst = burst;
	r->refill_ms = refill_ms;
	r->keys_max = keys_max;
}

void rate_done(struct rate *r)
{
	LIST_EACH(l, &r->recent)
		free(LIST_ENTRY(l, struct bucket, link));
	list_init(&r->recent);
	map_done(&r->by_key);
}

static void refill(const struct rate *r, struct bucket *b, int64_t now_ms)
{
	int64_t come = (now_ms - b->since_ms) / r->refill_ms;

	if (come <= 0)
		return;
	if (b->tokens + come >= r->burst) {
		b->tokens = r->burst;
		b->since_ms = now_ms;
		return;
	}
	b->tokens += come;
	b->since_ms += come * r->refill_ms;
}

static bool look(const struct rate *r, struct bucket *b, int64_t now_ms, int64_t *ret_wait_ms)
{
	refill(r, b, now_ms);
	if (b->tokens > 0)
		return true;
	if (ret_wait_ms)
		*ret_wait_ms = r->refill_ms - (now_ms - b->since_ms);
	return false;
}

static struct bucket *bucket_of(struct rate *r, const struct hash *key, int64_t now_ms)
{
	struct bucket *b = map_get(&r->by_key, key->b, HASH_LEN);

	if (b) {
		list_remove(&b->link);
		list_append(&r->recent, &b->link);
		return b;
	}
	if (r->by_key.len >= r->keys_max) {
		b = LIST_ENTRY(r->recent.next, struct bucket, link);
		map_remove(&r->by_key, b->key.b, HASH_LEN);
		list_remove(&b->link);
	} else {
		b = xmalloc(sizeof(*b));
	}
	b->key = *key;
	b->tokens = r->burst;
	b->since_ms = now_ms;
	list_append(&r->recent, &b->link);
	map_put(&r->by_key, key->b, HASH_LEN, b);
	return b;
}

bool rate_take(struct rate *r, struct str key, int64_t mono_ms, int64_t *ret_wait_ms)
{
	struct hash hash = hash_of(key.p, key.len);
	struct bucket *b = bucket_of(r, &hash, mono_ms);

	if (!look(r, b, mono_ms, ret_wait_ms))
		return false;
	b->tokens--;
	return true;
}

bool rate_has(const struct rate *r, struct str key, int64_t mono_ms, int64_t *ret_wait_ms)
{
	struct hash hash = hash_of(key.p, key.len);
	struct bucket *b = map_get(&r->by_key, hash.b, HASH_LEN);

	return !b || look(r, b, mono_ms, ret_wait_ms);
}
