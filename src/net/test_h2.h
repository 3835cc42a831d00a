/* test_h2.h - for the tests of the HTTP/2 codec: a server end over a socket pair, and what its
 * handler does by path:
 *   /            "hello"                /echo    the body, 64 KiB at most
 *   /park        nothing until told     /head    what the request's head was
 *   /big         BIG octets             /stream  grows by exchange_stream_put()
 *   /unread      parked, body not read  /static  a body that outlives it
 *   /short       less than it announces /empty   204
 *   /pipe        the body, as it comes  /octets?N   so many octets, as fast as they are taken
 *   /hints       103, then "hello"      /trailers   "hello" and two fields after it
 *   /early       413, the body unread   /flood-1xx  103 again and again
 *   /unmodified  304 of 1,234 octets
 * /pipe, /deaf (takes nothing) and /last ("bye", the end) agree to switch protocols if asked.
 * Anything else is "hello", too. */
#ifndef NET_TEST_H2_H
#define NET_TEST_H2_H

#include "net/h2.h"
#include "net/test_net.h"

#define TEST_H2_BIG (1 * MIB)

struct test_h2 {
	struct loop *loop;
	struct h2_setup setup; /* may be changed before test_h2_open() */
	struct conn *conn;
	struct h2 *h2;
	struct test_peer peer; /* the client's end */
	struct exchange *parked;
	int requests, gone, why, closed, rotated;
	char head[20 * KIB]; /* of the last request for /head */
};

void test_h2_answer(struct exchange *x, void *owner); /* the handler; owner is f */
void test_h2_begin(struct test_h2 *f);
void test_h2_serve(struct test_h2 *f, int fd); /* the server's end alone */
void test_h2_open(struct test_h2 *f);          /* a connection; one at a time */
void test_h2_close(struct test_h2 *f);
void test_h2_end(struct test_h2 *f);

#endif
