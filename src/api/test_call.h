/* test_call.h - calls of an API without a socket, for tests: an exchange whose source is the test.
 */
#ifndef API_TEST_CALL_H
#define API_TEST_CALL_H

#include "api/api.h"
#include "net/exchange.h"

struct call {
	const char *method, *path; /* "/sites?limit=1" */
	const char *host, *body;   /* NULL: TEST_AUTHORITY; none */
	const char *headers[16];   /* name, value, ... */
};
#define TEST_AUTHORITY "hub.example.test"
#define TEST_ORIGIN    "https://hub.example.test"

struct answer {
	int status;         /* 0: the exchange was cut */
	struct buf headers; /* "name: value\n" */
	struct buf body;
	bool ended;

	struct exchange *exchange; /* while it lives */
};

/* Makes the call and runs the loop until it is answered (10 s at most). */
struct answer call_api(struct loop *loop, struct api *api, const struct call *c);
/* Only begins it: for streams and for clients that go away.  `ret` has to stay where it is. */
void call_begin(struct loop *loop, struct api *api, const struct call *c, struct answer *ret);
void call_hang_up(struct answer *a); /* the client goes away */
void answer_done(struct answer *a);

/* The value of a header, "" if absent; static storage. */
const char *answer_header(const struct answer *a, const char *name);
/* The first text member of that name in the body, "" if there is none; static storage. */
const char *answer_member(const struct answer *a, const char *name);
/* True if the body holds `text`. */
bool answer_has(const struct answer *a, const char *text);

#endif
