/* id.c - UUIDv7 and the Crockford alphabet. */
#include "base/id.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/rand.h"

#include <stdatomic.h>
#include <string.h>

#define ID_BITS  128
#define ID_CHARS 26

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

static const char *const prefixes[ID_KINDS] = {
	[ID_NONE] = "",     [ID_PROV] = "prov", [ID_USER] = "user", [ID_LOGIN] = "login",
	[ID_CUST] = "cust", [ID_SITE] = "site", [ID_CONN] = "conn", [ID_INV] = "inv",
	[ID_CHG] = "chg",   [ID_SESS] = "sess", [ID_TGT] = "tgt",   [ID_APPR] = "appr",
};

/* 48 bits of milliseconds and 12 bits that begin at random and count on within one millisecond
 * (RFC 9562, 6.2 method 1); an overflow borrows from the next millisecond. */
static uint64_t next_stamp(uint16_t random)
{
	static _Atomic uint64_t last;
	uint64_t now = (uint64_t)clock_wall_ms() << 12 | (random & 0x7ff);
	uint64_t seen = atomic_load(&last);
	uint64_t stamp;

	do {
		stamp = now > seen ? now : seen + 1;
	} while (!atomic_compare_exchange_weak(&last, &seen, stamp));
	return stamp;
}

struct id id_new(void)
{
	struct id id;
	uint64_t stamp;

	rand_bytes(id.b, sizeof(id.b));
	stamp = next_stamp((uint16_t)(id.b[6] << 8 | id.b[7])); /* it takes their place */
	for (unsigned i = 0; i < 6; i++)
		id.b[i] = (uint8_t)(stamp >> (52 - 8 * i));
	id.b[6] = (uint8_t)(0x70 | (stamp >> 8 & 0x0f)); /* version 7 */
	id.b[7] = (uint8_t)stamp;
	id.b[8] = (uint8_t)(0x80 | (id.b[8] & 0x3f)); /* variant 10 */
	return id;
}

bool id_is_zero(struct id id)
{
	return id_eq(id, (struct id){});
}

bool id_eq(struct id a, struct id b)
{
	return memcmp(a.b, b.b, sizeof(a.b)) == 0;
}

const char *id_prefix(enum id_kind kind)
{
	assert((unsigned)kind < ID_KINDS);
	return prefixes[kind];
}

void id_encode(enum id_kind kind, struct id id, char out[static ID_TEXT_MAX])
{
	size_t len = strlen(id_prefix(kind));

	memcpy(out, prefixes[kind], len);
	if (len > 0)
		out[len++] = '_';
	crockford_encode(id.b, ID_BITS, out + len);
}

/* What people may type for a digit, and what is written for it: "i" and "l" are read as 1, "o" as
 * 0, capitals as small letters; there is no "u". */
#define TYPED   0x40
#define WRITTEN 0xc0

static const uint8_t digits[256] = {
	['0'] = WRITTEN + 0,  ['1'] = WRITTEN + 1,  ['2'] = WRITTEN + 2,  ['3'] = WRITTEN + 3,
	['4'] = WRITTEN + 4,  ['5'] = WRITTEN + 5,  ['6'] = WRITTEN + 6,  ['7'] = WRITTEN + 7,
	['8'] = WRITTEN + 8,  ['9'] = WRITTEN + 9,  ['a'] = WRITTEN + 10, ['b'] = WRITTEN + 11,
	['c'] = WRITTEN + 12, ['d'] = WRITTEN + 13, ['e'] = WRITTEN + 14, ['f'] = WRITTEN + 15,
	['g'] = WRITTEN + 16, ['h'] = WRITTEN + 17, ['j'] = WRITTEN + 18, ['k'] = WRITTEN + 19,
	['m'] = WRITTEN + 20, ['n'] = WRITTEN + 21, ['p'] = WRITTEN + 22, ['q'] = WRITTEN + 23,
	['r'] = WRITTEN + 24, ['s'] = WRITTEN + 25, ['t'] = WRITTEN + 26, ['v'] = WRITTEN + 27,
	['w'] = WRITTEN + 28, ['x'] = WRITTEN + 29, ['y'] = WRITTEN + 30, ['z'] = WRITTEN + 31,
	['A'] = TYPED + 10,   ['B'] = TYPED + 11,   ['C'] = TYPED + 12,   ['D'] = TYPED + 13,
	['E'] = TYPED + 14,   ['F'] = TYPED + 15,   ['G'] = TYPED + 16,   ['H'] = TYPED + 17,
	['J'] = TYPED + 18,   ['K'] = TYPED + 19,   ['M'] = TYPED + 20,   ['N'] = TYPED + 21,
	['P'] = TYPED + 22,   ['Q'] = TYPED + 23,   ['R'] = TYPED + 24,   ['S'] = TYPED + 25,
	['T'] = TYPED + 26,   ['V'] = TYPED + 27,   ['W'] = TYPED + 28,   ['X'] = TYPED + 29,
	['Y'] = TYPED + 30,   ['Z'] = TYPED + 31,   ['i'] = TYPED + 1,    ['I'] = TYPED + 1,
	['l'] = TYPED + 1,    ['L'] = TYPED + 1,    ['o'] = TYPED + 0,    ['O'] = TYPED + 0,
};

/* -1: none */
static int digit(char c)
{
	uint8_t d = digits[(uint8_t)c];

	return d & TYPED ? d & 31 : -1;
}

int id_decode(enum id_kind kind, struct str text, struct id *ret_id)
{
	struct str prefix = str_of(id_prefix(kind));
	size_t skip = prefix.len ? prefix.len + 1 : 0;
	struct id id;

	if (text.len != skip + ID_CHARS || !str_starts(text, prefix) ||
	    (prefix.len && text.p[prefix.len] != '_'))
		return ERR_INVALID;
	if (crockford_decode((struct str){ text.p + skip, ID_CHARS }, ID_BITS, id.b) < 0)
		return ERR_INVALID;
	/* As it is written, not as people may type it. */
	for (size_t i = skip; i < text.len; i++) {
		if (digits[(uint8_t)text.p[i]] < WRITTEN)
			return ERR_INVALID;
	}
	*ret_id = id;
	return 0;
}

void crockford_encode(const uint8_t *data, unsigned bits, char *out)
{
	unsigned acc = 0, have = 0;

	for (unsigned done = 0; done < bits; done += 5) {
		if (have < 5 && done + have < bits) {
			acc = acc << 8 | *data++;
			have += 8;
			if (done + have > bits) { /* data beyond `bits` must not show */
				acc >>= done + have - bits;
				have = bits - done;
			}
		}
		if (have < 5) {
			acc <<= 5 - have;
			have = 5;
		}
		have -= 5;
		*out++ = alphabet[acc >> have & 31];
		acc &= (1u << have) - 1;
	}
	*out = 0;
}

int crockford_decode(struct str text, unsigned bits, uint8_t *out)
{
	unsigned acc = 0, have = 0, left = bits;

	if (text.len != (bits + 4) / 5 || text.len == 0)
		return ERR_INVALID;
	if (bits % 5 && digit(text.p[text.len - 1]) & ((1 << (5 - bits % 5)) - 1))
		return ERR_INVALID;
	for (size_t i = 0; i < text.len; i++) {
		int five = digit(text.p[i]);

		if (five < 0)
			return ERR_INVALID;
		acc = (acc << 5 | (unsigned)five) & 0xffff;
		have += 5;
		if (have >= 8 && left >= 8) {
			have -= 8;
			left -= 8;
			*out++ = (uint8_t)(acc >> have);
		}
	}
	if (left > 0)
		*out = (uint8_t)((acc & ((1u << have) - 1)) << (8 - left) >> (have - left));
	return 0;
}
