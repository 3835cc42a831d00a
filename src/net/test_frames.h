/* test_frames.h - frames of HTTP/2 written by hand, because a library would refuse to send most of
 * them, and what a peer said to them. */
#ifndef NET_TEST_FRAMES_H
#define NET_TEST_FRAMES_H

#include "net/test_net.h"

#define PREFACE   "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define FRAME_MAX 16384 /* what we announce: the default */

enum type {
	DATA,
	HEADERS,
	PRIORITY,
	RST_STREAM,
	SETTINGS,
	PUSH_PROMISE,
	PING,
	GOAWAY,
	WINDOW_UPDATE,
	CONTINUATION
};

struct frame {
	uint8_t type, flags;
	uint32_t stream;
	const char *payload;
	size_t len; /* beyond FRAME_MAX: all zero */
};

#define F(type, flags, stream, payload)                                                            \
	{                                                                                          \
		type, flags, stream, payload, sizeof(payload) - 1                                  \
	}
/* A field that is not in a table; lengths are one octet. */
#define FIELD(name_len, name, value_len, value) "\0" name_len name value_len value

enum {
	NO_ERROR,
	PROTOCOL,
	INTERNAL,
	FLOW,
	TIMEOUT,
	STREAM,
	SIZE,
	REFUSED,
	CANCEL,
	COMPRESSION,
	CALM = 11
};

enum way {
	ANSWERED, /* the status */
	RESET,    /* the stream: the code */
	GONE,     /* the connection: the code */
};

struct rule {
	const char *name;
	struct frame frames[3];
	enum way way;
	unsigned code;
};

void put_frame(struct buf *out, const struct frame *f);

/* What the peer said, frame by frame. */
struct said {
	int status, reset, gone; /* -1: nothing of the kind */
	bool ping;
};

struct said listen_to(const struct test_peer *p);
/* Waits for the first frame of that type; its payload, valid until more comes. */
bool listen_for(struct test_peer *p, enum type type, const uint8_t **ret, size_t *ret_len);

#endif
