/* totp.h - one-time passwords by time (RFC 6238: HMAC-SHA-1, six digits, steps of 30 s), as
 * authenticator apps make them, and their secrets as such apps take them.
 *
 * Pure; time is an argument. */
#ifndef BASE_TOTP_H
#define BASE_TOTP_H

#include "base/buf.h"

#define TOTP_SECRET_LEN 20 /* RFC 4226 section 4, R6: 160 bits */
#define TOTP_TEXT_SIZE  33 /* base32 of it (RFC 4648 section 6), and NUL */
#define TOTP_STEP_MS    ((int64_t)30 * 1000)
#define TOTP_DIGITS     6

void totp_make(uint8_t out[static TOTP_SECRET_LEN]);
void totp_text(const uint8_t secret[static TOTP_SECRET_LEN], char out[static TOTP_TEXT_SIZE]);
/* ERR_INVALID for what totp_text() does not write. */
MUST_USE int totp_parse(struct str text, uint8_t ret_secret[static TOTP_SECRET_LEN]);

/* The number of that step of time, counted from 1970. */
uint32_t totp_number(const uint8_t secret[static TOTP_SECRET_LEN], int64_t step);
/* Whether it is the code of this step, the one before or the next (RFC 6238 section 5.2), and newer
 * than *after, which it becomes: a code is good once.  All steps take the same time. */
bool totp_check(const uint8_t secret[static TOTP_SECRET_LEN], struct str code, int64_t now_ms,
		int64_t *after);

#endif
