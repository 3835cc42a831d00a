/* conn.h - one stream connection: a descriptor, with TLS or without (loopback and Unix sockets).
 *
 *   HANDSHAKE --> OPEN --> FINISHING --> CLOSED      conn_close(): CLOSED from anywhere
 *        |          |
 *        '----------'--> ENDED --> CLOSED            on_end, then the owner closes
 *
 * Reading: on_data gets what came, at most 64 KiB a turn, from a buffer shared by the loop (wiped
 * afterwards).
 * Writing: pulled.  conn_wake() marks the connection; soon, in a task (loop.h), `fill` is asked for
 * octets until it has none or the socket takes no more; only then is anything copied.  An idle
 * connection holds no buffer.  A peer that takes nothing, or acknowledges nothing, for stall_ms is
 * cut.
 *
 * One loop at a time.  Callbacks never run from inside a conn_*() call.  conn_close() and
 * conn_finish() are legal in every state and idempotent; on_closed follows exactly once, later, is
 * the last call, and only then may the owner's memory go.  The connection frees itself. */
#ifndef NET_CONN_H
#define NET_CONN_H

#include "base/buf.h"

struct conn;
struct hash;
struct loop;
struct tls;

struct conn_ops {
	void (*on_open)(struct conn *c, void *owner); /* ready for octets; NULL: not of interest */
	void (*on_data)(struct conn *c, const uint8_t *data, size_t len, void *owner);
	/* Writes at most room octets to out, returns how many.  Less than half of room: that was
	 * all for now (conn_wake() when there is more). */
	size_t (*fill)(struct conn *c, uint8_t *out, size_t room, void *owner);
	/* Nothing comes or goes any more; the owner must conn_close().  0: the peer ended in order;
	 * ERR_TIMEOUT handshake or stall; ERR_TLS; ERR_UNTRUSTED the peer's certificate; -errno.
	 * Called once at most, also while reading is paused. */
	void (*on_end)(struct conn *c, int why, void *owner);
	void (*on_closed)(void *owner);
	/* After conn_keep_half(): the peer has closed its half; what is filled still goes.  Once.
	 */
	void (*on_eof)(struct conn *c, void *owner);
};

struct conn_setup {
	struct tls *tls;         /* NULL: plain.  Only used during the call */
	const char *server_name; /* client's role: verified and sent as SNI; NULL: server's role */
	const char *peer;        /* what conn_peer() says, copied; NULL: what the socket says */
	const struct conn_ops *ops; /* static */
	void *owner;
	int64_t handshake_ms; /* 0: 10 s */
	int64_t stall_ms;     /* 0: 60 s */
	/* The peer may answer and go before it has read what we write: a failure to write, or its
	 * end while reading is paused, are told only when all that came has been read. */
	bool read_out;
};

/* Takes fd, which is connected or connecting; closes it also on failure.  -errno, ERR_TLS. */
MUST_USE int conn_open(struct loop *l, int fd, const struct conn_setup *setup,
		       struct conn **ret_conn);

void conn_wake(struct conn *c);  /* `fill` has something */
void conn_pause(struct conn *c); /* on_data stops, from this very octet on; a peer that goes is
				    still noticed */
void conn_resume(struct conn *c);
/* Another owner gets all further calls: for what comes after the handshake, or an upgrade. */
void conn_hand_over(struct conn *c, const struct conn_ops *ops, void *owner);
/* Octets as another layer has them on the wire; from now on, and before the first of them. */
struct conn_wrap {
	size_t room, most; /* encode's: in front of the data; octets of data at a time */
	/* What came, in place: *ret_len octets for on_data are left, *ret_owes: encode has
	 * something to say of its own.  0; 1: the peer has ended in order; an error ends the
	 * connection. */
	int (*decode)(void *state, uint8_t *data, size_t len, size_t *ret_len, bool *ret_owes);
	/* Puts what belongs there in front of len octets, which may be none; how many. */
	size_t (*encode)(void *state, uint8_t *data, size_t len);
	void (*done)(void *state); /* the connection is closed */
};
void conn_wrap(struct conn *c, const struct conn_wrap *wrap, void *state); /* wrap is static */
/* From now on on_eof tells of a peer that closes its half in order, once all that it sent was
 * delivered, and a paused connection does not end for it: for octets of which we do not know who
 * speaks last. */
void conn_keep_half(struct conn *c);
/* For a connection that carries one message after the other: libssl keeps its two buffers (34 KiB)
 * from one record to the next, as long as one comes or goes within 2 s, instead of making and
 * wiping them for each.  What was decrypted last lies in them until then, and is wiped with them.
 * Not before conn_move(); nothing is done for plain connections. */
void conn_keep_buffers(struct conn *c);
/* No more from `fill`: sends what was filled, tells the peer, then reads and drops what still comes
 * (at most 5 s or 4 MiB), so that the peer reads our answer before a reset could destroy it.
 * Only on_closed follows. */
void conn_finish(struct conn *c);
void conn_close(struct conn *c); /* at once; only on_closed follows */
void conn_reset(struct conn *c); /* the same, and the peer sees a reset: what it has not read of a
				    body must not look like its end */

bool conn_is_open(const struct conn *c);  /* the handshake is done and nothing ended it */
bool conn_blocked(const struct conn *c);  /* octets that were filled wait for the socket */
size_t conn_unsent(const struct conn *c); /* octets that the kernel has and could not send yet */
bool conn_is_tls(const struct conn *c);
const char *
conn_peer(const struct conn *c); /* address without port: "192.0.2.1", "2001:db8::1"; "unix" */
const char *
conn_server_name(const struct conn *c); /* the client's SNI; NULL if none; lives as long as c */
/* The site that the TLS handshake was for is the one that is asked (RFC 9110 section 7.4); true if
 * the client named none. */
bool conn_is_for(const struct conn *c, struct str authority);
bool conn_speaks(const struct conn *c, const char *protocol); /* agreed by ALPN (RFC 7301) */
/* The SHA-256 of the certificate (its DER) that the peer has shown; false if it showed none. */
bool conn_fingerprint(const struct conn *c, struct hash *ret_sum);
struct loop *conn_loop(const struct conn *c);

/* To another thread's loop, by whoever owns c, open and not wrapped, on the loop where it is: there
 * nobody may touch it any more.  `arrived` runs on the other one: c is open, and gets its owner by
 * conn_hand_over() in that call; what came meanwhile is read then.  Legal
 * inside on_open, as the last call there. */
void conn_move(struct conn *c, struct loop *to, void (*arrived)(struct conn *c, void *owner),
	       void *owner);

#endif
