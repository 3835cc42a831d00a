/* test_net.h - for the tests of this layer: certificates made on the spot, and a client that shows
 * what it got. */
#ifndef NET_TEST_NET_H
#define NET_TEST_NET_H

#include "base/buf.h"
#include "net/conn.h"
#include "net/loop.h"

struct tls;

#define TEST_WAIT_MS 5000

/* A folder of its own with a self-signed certificate for a name; removed by test_cert_done(). */
struct test_cert {
	char dir[64], cert[96], key[96];
};

void test_cert_make(struct test_cert *c, const char *name); /* P-256; its own authority */
void test_cert_done(struct test_cert *c);
struct tls *test_cert_server(const struct test_cert *c);
struct tls *test_cert_client(const struct test_cert *c); /* trusts it alone */

/* One end of a connection on the tested loop.  Octets to send are queued; what comes is kept. */
struct test_peer {
	struct loop *loop;
	struct conn *conn;
	struct buf out, got;
	size_t out_at;
	int opened, ends, why, closed; /* how often on_open and on_end came; its reason */
	bool in_call;                  /* inside a conn_*() call: callbacks must not come now */
	bool close_at_end;             /* conn_close() in on_end, as owners do; true by default */
	size_t pause_after;            /* pauses when so much has come; 0: never */
	size_t generate;               /* octets to send that are made as they are asked for */
	size_t generated;
};

/* fd is taken.  tls and name as for conn_open(); the deadlines may be 0. */
void test_peer_open(struct test_peer *p, struct loop *l, int fd, struct tls *tls, const char *name,
		    int64_t handshake_ms, int64_t stall_ms);
void test_peer_send(struct test_peer *p, const void *data, size_t len);
void test_peer_say(struct test_peer *p, const char *text);
void test_peer_close(struct test_peer *p); /* and waits for on_closed; frees what it holds */
bool test_peer_wait_text(struct test_peer *p, const char *text); /* until it is among what came */
bool test_peer_wait_end(struct test_peer *p);
bool test_peer_wait_open(struct test_peer *p);
const char *test_peer_got(const struct test_peer *p); /* as text, never NULL */
uint8_t test_octet(size_t at);                        /* what `generate` sends */

int test_dial(int port);                     /* non-blocking, connected to 127.0.0.1 */
void test_pair(int fds[static 2]);           /* connected Unix sockets */
void test_pair_tcp(int fds[static 2]);       /* connected over loopback */
void test_turns(struct loop *l, int64_t ms); /* runs the loop for so long */

#endif
