/* tunnel.h - what hub and connector say to each other about the tunnel besides HTTP/2:
 * docs/protocol.md section 2. */
#ifndef WIRE_TUNNEL_H
#define WIRE_TUNNEL_H

#include "base/buf.h"

#define TUNNEL_PATH "/c/v1/tunnel"
/* What the connector asks to switch to; and, where that does not pass, the WebSocket subprotocol
 * (RFC 6455 section 1.9) whose binary frames carry the same octets. */
#define TUNNEL_PROTOCOL    "imprimatur/1"
#define TUNNEL_SUBPROTOCOL "imprimatur.1"

/* Of a request on the tunnel: the session that it belongs to.  The hub's alone: a browser's own
 * field of that name goes no further, and the connector takes it out before the target sees it. */
#define TUNNEL_SESSION_HEADER "imprimatur-session"
/* Of an answer that is the connector's own and not the target's: the code of err.def.  A target's
 * own field of that name goes no further. */
#define TUNNEL_ERROR_HEADER "imprimatur-error"

/* Processing: what a connector says every so often in place of an answer for which it still waits.
 * The hub, which gives up what is silent, goes on waiting; the browser does not see it. */
#define TUNNEL_WAITS_STATUS 102
#define TUNNEL_WAITS_MS     10000

/* What a connector takes of a request's head. */
#define TUNNEL_HEAD_BYTES  (32 * KIB)
#define TUNNEL_HEAD_FIELDS 120
#define TUNNEL_URI_BYTES   (16 * KIB) /* as the hub takes */

#endif
