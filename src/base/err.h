/* err.h - one enumeration of everything that can go wrong.
 *
 * Functions that can fail return int: 0 for success, a negative errno value for what the
 * operating system said, or a negative code of err.def.  Non-negative results may carry a
 * count where the header says so.  All functions here are pure and thread-safe. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/cc.h"

#include <stdbool.h>

enum err {
	OK = 0,
#define X(name, number, code, status, retry, title) name = number,
#include "base/err.def"
#undef X
};

enum err_retry { RETRY_NO, RETRY_LATER, RETRY_FRESH };

/* The stable code of `rc` ("not_found"; "internal" for errno values, but "storage_full" for those
 * that say so); static storage. */
const char *err_code(int rc);

/* The English title; strerror's text for errno values; static storage. */
const char *err_title(int rc);

/* The HTTP status that says `rc`; that of its code for errno values. */
int err_status(int rc);

enum err_retry err_retry(int rc);

/* No room is left, whoever said so. */
bool err_is_full(int rc);

/* The error whose code is `code`, or ERR_UPSTREAM if there is none: for a peer's answers. */
int err_from_code(const char *code);

#endif
