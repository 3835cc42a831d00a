/* test_source.h - for the tests of targets: one request's SOURCE, which shows what it got. */
#ifndef NET_TEST_SOURCE_H
#define NET_TEST_SOURCE_H

#include "net/exchange.h"
#include "net/test_net.h"

struct test_source {
	struct loop *loop;
	struct exchange *x; /* NULL once it is over */
	struct http_request request;
	struct http_header headers[24];
	struct task task;
	struct str text;    /* of its body; then come, if more is to be sent, test_octet()s */
	uint64_t send, put; /* octets of the body; send UINT64_MAX: it never ends */
	bool hold;          /* takes nothing */
	bool owes;          /* after `send` it is silent, until test_source_end() */
	bool bulk;          /* what it takes is looked at, and not kept */
	int status, interims, why;
	int64_t length;                  /* as the answer's head says */
	struct buf head, trailers, body; /* "name: value\n" */
	uint64_t got, wrong;             /* octets, and those that are not test_octet()'s */
	bool wanted, switched, ended, aborted;
};

/* A request for https://s.example<target>; send < 0: no body. Add headers, then
 * test_source_ready(). */
struct test_source *test_source_new(struct loop *l, const char *method, const char *target,
				    int64_t send);
void test_source_header(struct test_source *s, const char *name, const char *value);
/* x is there and may be given to a TARGET. */
struct exchange *test_source_ready(struct test_source *s);
void test_source_say(struct test_source *s, const char *text); /* on a switched exchange */
void test_source_end(struct test_source *s);                   /* no more of it */
void test_source_go_on(struct test_source *s);                 /* ends hold */
void test_source_give_up(struct test_source *s);
/* For its end: true if it is whole. */
bool test_source_wait(struct test_source *s);
bool test_source_wait_text(struct test_source *s, const char *text); /* in the body */
bool test_source_wait_head(struct test_source *s);
/* As text, never NULL. */
const char *test_source_body(const struct test_source *s);
const char *test_source_head(const struct test_source *s);
void test_source_free(struct test_source *s); /* gives up what has not ended */

#endif
