/* map.c - open addressing with linear probing.
 *
 * A removal shifts the entries behind it back instead of leaving a tombstone, so that a table which
 * lives for months with keys coming and going stays as quick as on its first day. */
#include "base/map.h"
#include "base/arena.h"
#include "base/rand.h"

#include <stdlib.h>
#include <string.h>

#define KEY_MAX 64
#define CAP_MIN 16

struct map_slot {
	uint64_t hash;
	void *value; /* NULL: the slot is free */
	uint8_t len;
	uint8_t key[KEY_MAX];
};

struct sip {
	uint64_t v0, v1, v2, v3;
};

static uint64_t rotate(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v0 = rotate(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v2 = rotate(s->v2, 32);
}

static void sip_word(struct sip *s, uint64_t word)
{
	s->v3 ^= word;
	sip_round(s);
	s->v0 ^= word;
}

/* SipHash-1-3 (Aumasson, Bernstein, "SipHash: a fast short-input PRF", 2012, section 2.1). */
static uint64_t siphash(const uint64_t seed[2], const void *data, size_t len)
{
	struct sip s = { seed[0] ^ 0x736f6d6570736575, seed[1] ^ 0x646f72616e646f6d,
			 seed[0] ^ 0x6c7967656e657261, seed[1] ^ 0x7465646279746573 };
	struct cur c = cur_of(data, len);

	while (c.left >= 8)
		sip_word(&s, cur_le(&c, 8));
	sip_word(&s, (uint64_t)len << 56 | (c.left ? cur_le(&c, (unsigned)c.left) : 0));
	s.v2 ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

/* The slot that holds the key, or the free one where it would go. */
static struct map_slot *find(const struct map *m, uint64_t hash, const void *key, size_t len)
{
	size_t i = hash & (m->cap - 1);

	while (m->slots[i].value) {
		const struct map_slot *s = &m->slots[i];

		if (s->hash == hash && s->len == len && memcmp(s->key, key, len) == 0)
			break;
		i = (i + 1) & (m->cap - 1);
	}
	return &m->slots[i];
}

static void grow(struct map *m)
{
	struct map bigger = *m;

	if (m->cap == 0)
		rand_bytes(bigger.seed, sizeof(bigger.seed));
	bigger.cap = m->cap ? 2 * m->cap : CAP_MIN;
	bigger.slots = xcalloc(bigger.cap, sizeof(*bigger.slots));
	for (size_t i = 0; i < m->cap; i++) {
		const struct map_slot *s = &m->slots[i];

		if (s->value)
			*find(&bigger, s->hash, s->key, s->len) = *s;
	}
	free(m->slots);
	*m = bigger;
}

void *map_get(const struct map *m, const void *key, size_t len)
{
	assert(len > 0 && len <= KEY_MAX);
	if (m->len == 0)
		return NULL;
	return find(m, siphash(m->seed, key, len), key, len)->value;
}

void *map_put(struct map *m, const void *key, size_t len, void *value)
{
	struct map_slot *s;
	uint64_t hash;
	void *old;

	assert(len > 0 && len <= KEY_MAX && value);
	if (m->len >= m->cap / 4 * 3)
		grow(m);
	hash = siphash(m->seed, key, len);
	s = find(m, hash, key, len);
	old = s->value;
	if (!old) {
		s->hash = hash;
		s->len = (uint8_t)len;
		memcpy(s->key, key, len);
		m->len++;
	}
	s->value = value;
	return old;
}

/* Closes the hole at i: an entry further on moves into it unless its own place lies between. */
static void shift_back(struct map *m, size_t hole)
{
	size_t mask = m->cap - 1;

	for (size_t i = (hole + 1) & mask; m->slots[i].value; i = (i + 1) & mask) {
		size_t home = m->slots[i].hash & mask;

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		m->slots[hole] = m->slots[i];
		hole = i;
	}
	m->slots[hole] = (struct map_slot){};
}

void *map_remove(struct map *m, const void *key, size_t len)
{
	struct map_slot *s;
	void *value;

	assert(len > 0 && len <= KEY_MAX);
	if (m->len == 0)
		return NULL;
	s = find(m, siphash(m->seed, key, len), key, len);
	value = s->value;
	if (!value)
		return NULL;
	shift_back(m, (size_t)(s - m->slots));
	m->len--;
	return value;
}

void map_each(const struct map *m, void (*fn)(void *value, void *arg), void *arg)
{
	for (size_t i = 0; i < m->cap; i++) {
		if (m->slots[i].value)
			fn(m->slots[i].value, arg);
	}
}

void map_done(struct map *m)
{
	free(m->slots);
	*m = (struct map){};
}
