/* password.h - Argon2id (RFC 9106) for people's passwords.
 *
 * Slow on purpose (19 MiB, 2 passes, 1 lane: OWASP's second choice): call it on a worker thread
 * only. */
#ifndef BASE_PASSWORD_H
#define BASE_PASSWORD_H

#include "base/buf.h"

#define PASSWORD_HASH_MAX 128
#define PASSWORD_MAX      256

void password_hash(struct str password, char out[static PASSWORD_HASH_MAX]); /* PHC string */
bool password_check(struct str password, const char *hash);
/* A hash that no password has: to be checked when an e-mail is unknown, so that both cases take the
 * same time. */
const char *password_nobody(void);

#endif
