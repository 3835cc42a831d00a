/* test_net.c - see test_net.h. */
#include "base/test.h"
#include "net/test_net.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "net/tls.h"

/* ---- certificates ---- */

static void add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(e);
	X509_add_ext(cert, e, -1);
	X509_EXTENSION_free(e);
}

static X509 *sign_certificate(EVP_PKEY *key, const char *name)
{
	X509 *cert = X509_new();
	char alt[128];

	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
				   (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	snprintf(alt, sizeof(alt), "DNS:%s", name);
	add_extension(cert, NID_basic_constraints, "critical,CA:TRUE");
	add_extension(cert, NID_subject_alt_name, alt);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	return cert;
}

void test_cert_make(struct test_cert *c, const char *name)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = sign_certificate(key, name);
	FILE *f;

	strcpy(c->dir, "/tmp/imprimatur-net-XXXXXX");
	assert_non_null(mkdtemp(c->dir));
	snprintf(c->cert, sizeof(c->cert), "%s/cert.pem", c->dir);
	snprintf(c->key, sizeof(c->key), "%s/key.pem", c->dir);
	f = fopen(c->cert, "w");
	assert_true(f && PEM_write_X509(f, cert));
	fclose(f);
	f = fopen(c->key, "w");
	assert_true(f && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL));
	fclose(f);
	X509_free(cert);
	EVP_PKEY_free(key);
}

void test_cert_done(struct test_cert *c)
{
	unlink(c->cert);
	unlink(c->key);
	rmdir(c->dir);
}

struct tls *test_cert_server(const struct test_cert *c)
{
	struct tls *t = NULL;

	assert_int_equal(tls_server_new(c->cert, c->key, &t, NULL), 0);
	return t;
}

struct tls *test_cert_client(const struct test_cert *c)
{
	struct tls *t = NULL;

	assert_int_equal(tls_client_new(c->cert, &t, NULL), 0);
	return t;
}

/* ---- a peer ---- */

uint8_t test_octet(size_t at)
{
	return (uint8_t)(at * 31 + (at >> 8));
}

static void on_open(struct conn *c, void *owner)
{
	struct test_peer *p = owner;

	assert_false(p->in_call);
	p->opened++;
	assert_true(conn_is_open(c));
}

static void on_data(struct conn *c, const uint8_t *data, size_t len, void *owner)
{
	struct test_peer *p = owner;

	assert_false(p->in_call);
	assert_int_equal(p->opened, 1);
	assert_int_equal(p->ends + p->closed, 0);
	buf_put(&p->got, data, len);
	if (p->pause_after && p->got.len >= p->pause_after)
		conn_pause(c);
}

static size_t fill(struct conn *c, uint8_t *out, size_t room, void *owner)
{
	struct test_peer *p = owner;
	size_t n = p->out.len - p->out_at;

	assert_false(p->in_call);
	assert_int_equal(p->ends + p->closed, 0);
	n = n < room ? n : room;
	if (n)
		memcpy(out, p->out.data + p->out_at, n);
	p->out_at += n;
	for (; n < room && p->generated < p->generate; n++)
		out[n] = test_octet(p->generated++);
	return n;
}

static void on_end(struct conn *c, int why, void *owner)
{
	struct test_peer *p = owner;

	assert_false(p->in_call);
	p->ends++;
	p->why = why;
	assert_false(conn_is_open(c));
	if (p->close_at_end)
		conn_close(c);
}

static void on_closed(void *owner)
{
	struct test_peer *p = owner;

	assert_false(p->in_call);
	p->closed++;
}

static const struct conn_ops ops = { on_open, on_data, fill, on_end, on_closed };

void test_peer_open(struct test_peer *p, struct loop *l, int fd, struct tls *tls, const char *name,
		    int64_t handshake_ms, int64_t stall_ms)
{
	struct conn_setup setup = {
		.tls = tls,
		.server_name = name,
		.ops = &ops,
		.owner = p,
		.handshake_ms = handshake_ms,
		.stall_ms = stall_ms,
	};

	*p = (struct test_peer){
		.loop = l,
		.out = buf_new(64 * MIB),
		.got = buf_new(64 * MIB),
		.close_at_end = true,
		.in_call = true,
	};
	assert_int_equal(conn_open(l, fd, &setup, &p->conn), 0);
	p->in_call = false;
}

void test_peer_send(struct test_peer *p, const void *data, size_t len)
{
	buf_put(&p->out, data, len);
	p->in_call = true;
	conn_wake(p->conn);
	p->in_call = false;
}

void test_peer_say(struct test_peer *p, const char *text)
{
	test_peer_send(p, text, strlen(text));
}

static bool is_closed(void *arg)
{
	return ((struct test_peer *)arg)->closed != 0;
}

void test_peer_close(struct test_peer *p)
{
	p->in_call = true;
	if (!p->closed)
		conn_close(p->conn);
	p->in_call = false;
	assert_true(loop_run_until(p->loop, is_closed, p, TEST_WAIT_MS));
	assert_int_equal(p->closed, 1);
	buf_done(&p->out);
	buf_done(&p->got);
}

const char *test_peer_got(const struct test_peer *p)
{
	return p->got.data ? (const char *)p->got.data : "";
}

struct wanted {
	struct test_peer *peer;
	const char *text;
};

static bool has_text(void *arg)
{
	struct wanted *w = arg;

	return strstr(test_peer_got(w->peer), w->text) != NULL;
}

bool test_peer_wait_text(struct test_peer *p, const char *text)
{
	return loop_run_until(p->loop, has_text, &(struct wanted){ p, text }, TEST_WAIT_MS);
}

static bool has_end(void *arg)
{
	struct test_peer *p = arg;

	return p->ends || p->closed;
}

bool test_peer_wait_end(struct test_peer *p)
{
	return loop_run_until(p->loop, has_end, p, TEST_WAIT_MS);
}

static bool has_opened(void *arg)
{
	struct test_peer *p = arg;

	return p->opened || p->ends;
}

bool test_peer_wait_open(struct test_peer *p)
{
	return loop_run_until(p->loop, has_opened, p, TEST_WAIT_MS) && p->opened;
}

/* ---- descriptors ---- */

static void unblock(int fd)
{
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
}

static int dial(const struct sockaddr_in *in)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (const struct sockaddr *)in, sizeof(*in)), 0);
	unblock(fd);
	return fd;
}

int test_dial(int port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return dial(&in);
}

void test_pair(int fds[static 2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	unblock(fds[0]);
	unblock(fds[1]);
}

void test_pair_tcp(int fds[static 2])
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(in);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	fds[0] = dial(&in);
	fds[1] = accept(fd, NULL, NULL);
	assert_true(fds[1] >= 0);
	unblock(fds[1]);
	close(fd);
}

static bool never(void *arg)
{
	return false;
}

void test_turns(struct loop *l, int64_t ms)
{
	loop_run_until(l, never, NULL, ms);
}
