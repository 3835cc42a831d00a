/* h1_write.h - how both HTTP/1.1 codecs put octets on the wire.  For net/ only. */
#ifndef NET_H1_WRITE_H
#define NET_H1_WRITE_H

#include "net/exchange.h"

#define H1_HEAD_ROOM 512 /* most heads take no more, and so grow by no steps */

/* What is written before a body; wiped as soon as it has gone. */
struct h1_out {
	struct buf text;
	size_t at;
};
size_t h1_take_out(struct h1_out *o, uint8_t *out, size_t room);
bool h1_out_gone(const struct h1_out *o);

/* What waits for an end as one chunk, and the last one behind it: *ret_last.  Nothing if there is
 * no room for both. */
size_t h1_take_chunk(struct exchange *x, enum exchange_side to, uint8_t *out, size_t room,
		     bool *ret_last);

#endif
