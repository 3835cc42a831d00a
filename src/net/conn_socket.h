/* conn_socket.h - a connection's descriptor and the libssl above it, for conn.c only.
 *
 * libssl stands on a BIO of ours: what it writes of the handshake, of alerts and of key updates
 * goes out at once, as it would without; records of data gather, so that many of them cost one
 * call. One loop at a time, as the connection. */
#ifndef NET_CONN_SOCKET_H
#define NET_CONN_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct ssl_st;

struct conn_socket {
	struct ssl_st *ssl; /* NULL: plain */
	int fd;
	bool blocked;          /* the owner has octets that must go first */
	bool drained;          /* the last call for octets got less than it asked for */
	bool read_wants_write; /* TLS 1.3 key updates */
	bool eof;
	/* While records gather. */
	uint8_t *gathering; /* of LOOP_WIRE octets; NULL: nothing gathers */
	size_t gathered;
};

/* Below s->ssl, which is new; s must stay where it is. */
void socket_put_tls(struct conn_socket *s);
/* Octets, 0 for the end, -EAGAIN, or what went wrong: -errno, ERR_TLS. */
ssize_t socket_take(struct conn_socket *s, uint8_t *out, size_t room);
/* Past libssl; the same. */
ssize_t socket_send(struct conn_socket *s, const uint8_t *data, size_t len);
/* Octets that were sent and that the peer's window, or the line, has no room for yet (Linux:
 * SIOCOUTQNSD, tcp(7)); 0 where the kernel does not say. */
size_t socket_unsent(const struct conn_socket *s);
/* LOOP_SCRATCH octets at most as records, in out of LOOP_WIRE: *data is that then.  How long they
 * are, or ERR_TLS. */
ssize_t socket_encrypt(struct conn_socket *s, uint8_t *out, const uint8_t **data, size_t len);

#endif
