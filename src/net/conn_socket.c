/* conn_socket.c - see conn_socket.h. */
#include "net/conn_socket.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#ifdef __linux__
#include <linux/sockios.h>
#endif
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/err.h"
#include "base/os.h"
#include "net/loop.h"

static ssize_t receive(struct conn_socket *s, uint8_t *out, size_t room)
{
	ssize_t n;

	do {
		n = recv(s->fd, out, room, 0);
	} while (n < 0 && errno == EINTR);
	s->drained = n < (ssize_t)room;
	s->eof |= n == 0;
	return n < 0 ? -errno : n;
}

ssize_t socket_send(struct conn_socket *s, const uint8_t *data, size_t len)
{
	ssize_t n;

	do {
		n = send(s->fd, data, len, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

size_t socket_unsent(const struct conn_socket *s)
{
#ifdef SIOCOUTQNSD
	int n;

	if (ioctl(s->fd, SIOCOUTQNSD, &n) == 0 && n > 0)
		return (size_t)n;
#endif
	return 0;
}

static ssize_t tls_result(struct conn_socket *s, int rc)
{
	int saved = errno;

	switch (SSL_get_error(s->ssl, rc)) {
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_WANT_READ:
		return -EAGAIN;
	case SSL_ERROR_WANT_WRITE:
		s->read_wants_write = true;
		return -EAGAIN;
	case SSL_ERROR_SYSCALL:
		return saved ? -saved : -ECONNRESET;
	default:
		return ERR_TLS;
	}
}

/* The queue is the thread's, not the connection's; to clear an empty one costs as much as to read a
 * small record. */
static void forget_errors(void)
{
	if (ERR_peek_error())
		ERR_clear_error();
}

ssize_t socket_take(struct conn_socket *s, uint8_t *out, size_t room)
{
	int rc;

	if (!s->ssl)
		return receive(s, out, room);
	forget_errors();
	errno = 0;
	s->read_wants_write = false;
	rc = SSL_read(s->ssl, out, (int)room);
	return rc > 0 ? rc : tls_result(s, rc);
}

ssize_t socket_encrypt(struct conn_socket *s, uint8_t *out, const uint8_t **data, size_t len)
{
	int rc = 1;

	forget_errors();
	s->gathering = out;
	s->gathered = 0;
	/* libssl has nothing to read for it, for it never renegotiates. */
	for (size_t at = 0; at < len && rc > 0; at += rc > 0 ? (size_t)rc : 0)
		rc = SSL_write(s->ssl, *data + at, (int)(len - at));
	s->gathering = NULL;
	*data = out;
	return rc > 0 ? (ssize_t)s->gathered : ERR_TLS;
}

/* ---- what libssl stands on ---- */

/* As a BIO tells it. */
static int told(ssize_t n)
{
	if (n >= 0)
		return (int)n;
	errno = (int)-n;
	return -1;
}

static int on_read(BIO *b, char *out, int room)
{
	ssize_t n = receive(BIO_get_data(b), (uint8_t *)out, (size_t)room);

	BIO_clear_retry_flags(b);
	if (n == -EAGAIN)
		BIO_set_retry_read(b);
	return told(n);
}

static int gather(struct conn_socket *s, const char *data, int len)
{
	if ((size_t)len > LOOP_WIRE - s->gathered)
		return -1;
	memcpy(s->gathering + s->gathered, data, (size_t)len);
	s->gathered += (size_t)len;
	return len;
}

static int on_write(BIO *b, const char *data, int len)
{
	struct conn_socket *s = BIO_get_data(b);
	ssize_t n;

	BIO_clear_retry_flags(b);
	if (s->gathering)
		return gather(s, data, len);
	n = s->blocked ? -EAGAIN : socket_send(s, (const uint8_t *)data, (size_t)len);
	if (n == -EAGAIN)
		BIO_set_retry_write(b);
	return told(n);
}

static long on_ctrl(BIO *b, int what, long num, void *arg)
{
	const struct conn_socket *s = BIO_get_data(b);

	return what == BIO_CTRL_FLUSH || (what == BIO_CTRL_EOF && s->eof);
}

static BIO_METHOD *method;

static void make_method(void)
{
	method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "conn");
	if (!method || !BIO_meth_set_read(method, on_read) ||
	    !BIO_meth_set_write(method, on_write) || !BIO_meth_set_ctrl(method, on_ctrl))
		die("out of memory in libcrypto");
}

void socket_put_tls(struct conn_socket *s)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	BIO *b;

	pthread_once(&once, make_method);
	b = BIO_new(method);
	if (!b)
		die("out of memory in libcrypto");
	BIO_set_data(b, s);
	BIO_set_init(b, 1);
	SSL_set_bio(s->ssl, b, b);
}
