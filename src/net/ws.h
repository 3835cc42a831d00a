/* ws.h - a connection's octets as WebSocket frames (RFC 6455): for lines on which something lets
 * WebSockets pass and nothing else that is no plain HTTP.
 *
 * Only what such a tunnel needs: binary frames, of which the borders mean nothing; PING is
 * answered, PONG passed over, CLOSE is the peer's end; text and extensions are refused.  The frames
 * of others' WebSockets are never looked at: they are opaque octets.  A frame of ours has at most
 * 64 KiB. */
#ifndef NET_WS_H
#define NET_WS_H

#include "base/buf.h"
#include "net/conn.h"

struct ws;

struct ws *ws_new(bool client); /* a client masks what it sends, a server does not */
void ws_free(struct ws **w);
/* Frames of the peer, in place: *ret_len octets of their payload are left at `data`.  0; 1: the
 * peer has ended in order; ERR_UPSTREAM. */
MUST_USE int ws_decode(struct ws *w, uint8_t *data, size_t len, size_t *ret_len);
bool ws_owes(const struct ws *w); /* an answer to a PING */
/* Puts what is owed and a frame's head in front of len octets at `data`, into the WS_ROOM octets
 * there; how many. */
#define WS_ROOM 160
size_t ws_encode(struct ws *w, uint8_t *data, size_t len);

/* From now on the connection speaks frames: w is its own then. */
void ws_wrap(struct conn *c, struct ws *w);

/* Of the handshake (section 4): a key, and what the server answers it with. */
#define WS_KEY_SIZE    25
#define WS_ACCEPT_SIZE 29
void ws_key(char out[static WS_KEY_SIZE]);
bool ws_key_ok(struct str key);
void ws_accept(struct str key, char out[static WS_ACCEPT_SIZE]);

#endif
