/* cursor.h - where the next page begins: opaque to the client, ours alone to make.
 *
 * A cursor is base64url of its octets and 16 octets of HMAC-SHA-256 over them and the question it
 * belongs to (call, filter, sort, provider), under a key that dies with the process: a cursor of
 * another list, provider or process is refused (400, field `cursor`), and the client begins again.
 * Pure; fuzzed. */
#ifndef API_CURSOR_H
#define API_CURSOR_H

#include "base/arena.h"
#include "base/buf.h"

#define CURSOR_MAX 256 /* octets inside */

/* `question` is whatever makes the list what it is. */
char *cursor_encode(struct arena *mem, struct str question, struct str where);
MUST_USE int cursor_decode(struct arena *mem, struct str question, const char *cursor,
			   struct str *ret_where);

#endif
