/* person.h - somebody who uses a hub's `/api/v1`: logs in, asks, writes; one call after the other.
 *
 * Calls wait: they run the loop until the answer is there, so they are for set-up and for benches,
 * not for callbacks.  The cookie is wiped when the person goes. */
#ifndef SIM_PERSON_H
#define SIM_PERSON_H

#include "base/buf.h"

struct loop;
struct person;

/* `url` without a path ("https://localhost:8443"); `ca_file` NULL: the system's roots.  All is
 * copied. */
struct person *person_new(struct loop *l, const char *url, const char *ca_file);
void person_free(struct person **p);

/* The answer's HTTP status, or what fetch.h says went wrong (negative).  `body` is JSON, NULL for
 * none; *ret_body lasts until the next call, may be NULL. */
MUST_USE int person_call(struct person *p, const char *method, const char *path, const char *body,
			 struct str *ret_body);
/* 201; then each call bears the login. */
MUST_USE int person_login(struct person *p, const char *email, const char *password);
/* The same by POST; 201, and what was made there. */
#define PERSON_ID_MAX   48
#define PERSON_CODE_MAX 32 /* wire/code.h, CODE_TEXT_SIZE */
struct person_made {
	char id[PERSON_ID_MAX];
	char code[PERSON_CODE_MAX]; /* of an invitation, else empty */
};
MUST_USE int person_make(struct person *p, const char *path, const char *body,
			 struct person_made *ret_made);

#endif
