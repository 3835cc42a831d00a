/* h1_write.c - see h1_write.h. */
#include "net/h1_write.h"

#include <stdio.h>
#include <string.h>

/* A chunk's size takes up to 8 digits, line ends 4, the last chunk 5. */
#define CHUNK_FRAMING 32

size_t h1_take_out(struct h1_out *o, uint8_t *out, size_t room)
{
	size_t n = o->text.len - o->at;

	n = n < room ? n : room;
	if (!n)
		return 0;
	memcpy(out, o->text.data + o->at, n);
	o->at += n;
	if (o->at == o->text.len) {
		buf_wipe(&o->text);
		o->at = 0;
	}
	return n;
}

bool h1_out_gone(const struct h1_out *o)
{
	return !o->text.len;
}

size_t h1_take_chunk(struct exchange *x, enum exchange_side to, uint8_t *out, size_t room,
		     bool *ret_last)
{
	size_t waiting = exchange_waiting(x, to);
	size_t n = 0;

	*ret_last = false;
	if (room < 2 * CHUNK_FRAMING)
		return 0;
	if (waiting) {
		size_t most = room - CHUNK_FRAMING;
		size_t len = waiting < most ? waiting : most;

		n = (size_t)snprintf((char *)out, room, "%zx\r\n", len);
		n += exchange_take(x, to, out + n, len);
		memcpy(out + n, "\r\n", 2);
		n += 2;
	}
	if (exchange_ended(x, to)) {
		memcpy(out + n, "0\r\n\r\n", 5);
		n += 5;
		*ret_last = true;
	}
	return n;
}
