/* totp.c - see totp.h. */
#include "base/totp.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/os.h"
#include "base/rand.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#define SHA1_LEN 20
#define MODULUS  1000000 /* ten to the TOTP_DIGITS */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void totp_make(uint8_t out[static TOTP_SECRET_LEN])
{
	rand_bytes(out, TOTP_SECRET_LEN);
}

/* 5 octets are 8 characters, and the secret is four times that: no padding. */
void totp_text(const uint8_t secret[static TOTP_SECRET_LEN], char out[static TOTP_TEXT_SIZE])
{
	for (size_t i = 0; i < TOTP_TEXT_SIZE - 1; i++) {
		size_t bit = 5 * i, at = bit / 8;
		unsigned pair = (unsigned)secret[at] << 8;

		if (at + 1 < TOTP_SECRET_LEN)
			pair |= secret[at + 1];
		out[i] = alphabet[(pair >> (11 - bit % 8)) & 31];
	}
	out[TOTP_TEXT_SIZE - 1] = 0;
}

int totp_parse(struct str text, uint8_t ret_secret[static TOTP_SECRET_LEN])
{
	uint8_t secret[TOTP_SECRET_LEN] = {};

	if (text.len != TOTP_TEXT_SIZE - 1)
		return ERR_INVALID;
	for (size_t i = 0; i < text.len; i++) {
		const char *found = text.p[i] ? strchr(alphabet, text.p[i]) : NULL;
		size_t bit = 5 * i, at = bit / 8;
		unsigned pair;

		if (!found)
			return ERR_INVALID;
		pair = (unsigned)(found - alphabet) << (11 - bit % 8);
		secret[at] |= (uint8_t)(pair >> 8);
		if (at + 1 < TOTP_SECRET_LEN)
			secret[at + 1] |= (uint8_t)(pair & 0xff);
	}
	memcpy(ret_secret, secret, sizeof(secret));
	secret_wipe(secret, sizeof(secret));
	return 0;
}

uint32_t totp_number(const uint8_t secret[static TOTP_SECRET_LEN], int64_t step)
{
	uint8_t sum[EVP_MAX_MD_SIZE], counter[8];
	unsigned len = 0, at;
	uint32_t number;

	for (size_t i = 0; i < sizeof(counter); i++)
		counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
	if (!HMAC(EVP_sha1(), secret, TOTP_SECRET_LEN, counter, sizeof(counter), sum, &len) ||
	    len != SHA1_LEN)
		die("HMAC-SHA-1 failed");
	at = sum[SHA1_LEN - 1] & 15; /* RFC 4226 section 5.3 */
	number = (uint32_t)(sum[at] & 0x7f) << 24 | (uint32_t)sum[at + 1] << 16 |
		 (uint32_t)sum[at + 2] << 8 | sum[at + 3];
	secret_wipe(sum, sizeof(sum));
	return number % MODULUS;
}

bool totp_check(const uint8_t secret[static TOTP_SECRET_LEN], struct str code, int64_t now_ms,
		int64_t *after)
{
	int64_t now = now_ms / TOTP_STEP_MS, found = -1;
	char text[16];

	if (code.len != TOTP_DIGITS)
		return false;
	for (int64_t step = now - 1; step <= now + 1; step++) {
		snprintf(text, sizeof(text), "%06u", totp_number(secret, step));
		if (secret_eq(text, code.p, TOTP_DIGITS) && step > *after)
			found = step;
	}
	secret_wipe(text, sizeof(text));
	if (found < 0)
		return false;
	*after = found;
	return true;
}
