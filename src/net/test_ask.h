/* test_ask.h - for the tests of the HTTP/2 codec's client role: a connection of its own that asks,
 * and the SOURCE of each request, which shows what it got. */
#ifndef NET_TEST_ASK_H
#define NET_TEST_ASK_H

#include "net/exchange.h"
#include "net/h2.h"
#include "net/test_net.h"

struct asker {
	struct loop *loop;
	struct h2_setup setup; /* may be changed before asker_open() */
	struct conn *conn;
	struct h2 *h2;
	int rotated, closed, why;
};

struct ask {
	struct asker *asker;
	struct exchange *x;
	struct http_request request;
	struct http_header headers[3];
	struct task task;
	uint64_t send, put; /* octets of a body; send UINT64_MAX: it never ends */
	bool hold;          /* takes nothing */
	bool slow;          /* takes 16 KiB a turn */
	size_t unsent;      /* of what it took, as its kernel says */
	bool bulk;          /* its octets are looked at, and not kept */
	int status, interims, wanted, refused;
	int64_t length;
	char own[16], link[16], sum[16], more[16]; /* fields of the answer, and after it */
	struct buf body;
	uint64_t got, wrong; /* octets, and those that are not test_octet()'s */
	bool ended, aborted;
	int why;
};

void asker_begin(struct asker *a, struct loop *l); /* with a tunnel's limits */
void asker_open(struct asker *a, int fd);          /* takes fd; waits until it is open */
void asker_close(struct asker *a);                 /* waits until it is closed */

/* send < 0: no body.  refused is the error if h2_ask() gave one. */
struct ask *ask(struct asker *a, const char *method, const char *target, int64_t send);
struct ask *ask_later(struct asker *a, const char *method, const char *target, int64_t send);
void ask_now(struct ask *k);     /* after ask_later() */
void ask_go_on(struct ask *k);   /* ends hold */
void ask_give_up(struct ask *k); /* as a browser that leaves */
bool ask_wait(struct ask *k);    /* for its end: true if it is whole */
bool ask_wait_got(struct ask *k, uint64_t octets);
void ask_free(struct ask *k); /* gives up what has not ended */

#endif
