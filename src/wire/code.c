/* code.c - see code.h.
 *
 * The characters are symbols of GF(32); region letters are 1 to 26, so that a missing letter (0)
 * differs from every letter.  The code word, first character first, is a polynomial that both α
 * and α² make zero: two roots in a row give distance 3 while it is no longer than 31. */
#include "wire/code.h"

#include "base/err.h"
#include "base/id.h"

#include <string.h>

#define VALUE_CHARS 16
#define CHECK_CHARS 2
#define TAIL_CHARS  (VALUE_CHARS + CHECK_CHARS)
#define CHARS_MAX   (CODE_REGION_MAX + TAIL_CHARS)

static_assert(CHARS_MAX <= 31, "beyond 31 characters the code has no distance of 3");

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

bool code_region_ok(struct str region)
{
	if (region.len < CODE_REGION_MIN || region.len > CODE_REGION_MAX)
		return false;
	for (size_t i = 0; i < region.len; i++)
		if (!is_letter(region.p[i]))
			return false;
	return true;
}

/* Product in GF(32) with x^5 + x^2 + 1; α is x, that is 2. */
static unsigned times(unsigned a, unsigned b)
{
	unsigned product = 0;

	for (int bit = 4; bit >= 0; bit--) {
		product <<= 1;
		if (product & 32)
			product ^= 37;
		if (b >> bit & 1)
			product ^= a;
	}
	return product;
}

/* (x - α)(x - α²) = x² + (α + α²) x + α³ */
#define ROOTS_SUM     6
#define ROOTS_PRODUCT 8

/* The remainder of the word, shifted by two places, is its check: high symbol first. */
static void check_of(const uint8_t *symbols, size_t len, uint8_t check[static CHECK_CHARS])
{
	unsigned high = 0, low = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned lead = high ^ symbols[i];

		high = low ^ times(lead, ROOTS_SUM);
		low = times(lead, ROOTS_PRODUCT);
	}
	check[0] = (uint8_t)high;
	check[1] = (uint8_t)low;
}

/* Region and value as symbols; returns their number. */
static size_t symbols_of(const struct code *c, uint8_t symbols[static CHARS_MAX])
{
	size_t n = 0;

	for (const char *p = c->region; *p; p++)
		symbols[n++] = (uint8_t)(*p - 'A' + 1);
	for (size_t i = 0; i < VALUE_CHARS; i++) {
		size_t bit = i * 5;
		unsigned pair = (unsigned)c->value[bit / 8] << 8;

		if (bit / 8 + 1 < CODE_VALUE_LEN)
			pair |= c->value[bit / 8 + 1];
		symbols[n++] = pair >> (11 - bit % 8) & 31;
	}
	return n;
}

/* The check characters as base/id.h reads and writes them: 10 bits. */
static void check_bits(const struct code *c, uint8_t bits[static 2])
{
	uint8_t symbols[CHARS_MAX], check[CHECK_CHARS];

	check_of(symbols, symbols_of(c, symbols), check);
	bits[0] = (uint8_t)(check[0] << 3 | check[1] >> 2);
	bits[1] = (uint8_t)(check[1] << 6);
	secret_wipe(symbols, sizeof(symbols));
}

int code_make(struct str region, const uint8_t random[static CODE_VALUE_LEN], struct code *ret_code)
{
	struct code c = {};

	if (!code_region_ok(region))
		return ERR_INVALID;
	for (size_t i = 0; i < region.len; i++)
		c.region[i] = upper(region.p[i]);
	memcpy(c.value, random, CODE_VALUE_LEN);
	*ret_code = c;
	secret_wipe(&c, sizeof(c));
	return 0;
}

void code_encode(const struct code *c, char out[static CODE_TEXT_SIZE])
{
	char tail[TAIL_CHARS + 1];
	uint8_t bits[2];
	size_t n = strlen(c->region);

	check_bits(c, bits);
	crockford_encode(c->value, VALUE_CHARS * 5, tail);
	crockford_encode(bits, CHECK_CHARS * 5, tail + VALUE_CHARS);
	memcpy(out, c->region, n);
	for (size_t i = 0; i < TAIL_CHARS; i++) {
		if (i % 4 == 0)
			out[n++] = '-';
		out[n++] = upper(tail[i]);
	}
	out[n] = '\0';
	secret_wipe(tail, sizeof(tail));
}

/* The characters without blanks and dashes; 0 if there are too many. */
static size_t squeeze(struct str text, char out[static CHARS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (strchr(" \t-", text.p[i]) && text.p[i])
			continue;
		if (n == CHARS_MAX)
			return 0;
		out[n++] = text.p[i];
	}
	return n;
}

static int parse(struct str all, struct code *ret_code)
{
	uint8_t value[CODE_VALUE_LEN], told[2], right[2];
	size_t region = all.len - TAIL_CHARS;
	struct code c;
	int rc = ERR_CODE_MISTYPED;

	if (crockford_decode((struct str){ all.p + region, VALUE_CHARS }, VALUE_CHARS * 5, value) <
		    0 ||
	    crockford_decode((struct str){ all.p + region + VALUE_CHARS, CHECK_CHARS },
			     CHECK_CHARS * 5, told) < 0 ||
	    code_make((struct str){ all.p, region }, value, &c) < 0)
		return ERR_CODE_MISTYPED;
	check_bits(&c, right);
	if (memcmp(told, right, sizeof(told)) == 0) {
		*ret_code = c;
		rc = 0;
	}
	secret_wipe(&c, sizeof(c));
	secret_wipe(value, sizeof(value));
	return rc;
}

int code_parse(struct str text, struct code *ret_code)
{
	char all[CHARS_MAX];
	size_t n = squeeze(text, all);
	int rc = ERR_CODE_MISTYPED;

	if (n >= CODE_REGION_MIN + TAIL_CHARS)
		rc = parse((struct str){ all, n }, ret_code);
	secret_wipe(all, sizeof(all));
	return rc;
}

struct hash code_lookup(const struct code *c, const void *key, size_t key_len)
{
	uint8_t all[CODE_REGION_MAX + 1 + CODE_VALUE_LEN];
	size_t region = strlen(c->region);
	struct hash h;

	/* The NUL stands between them: no letter of a region can pass for a part of a value. */
	memcpy(all, c->region, region + 1);
	memcpy(all + region + 1, c->value, CODE_VALUE_LEN);
	h = hmac_of(key, key_len, all, region + 1 + CODE_VALUE_LEN);
	secret_wipe(all, sizeof(all));
	return h;
}
