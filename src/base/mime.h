/* mime.h - a message of plain text, as the Internet's mail wants it (RFC 5322, 2045, 2047).
 *
 * Whatever its texts hold, what is written is ASCII in lines of at most 78 characters that end with
 * CRLF, and no text begins a line of the header: what is not plain becomes an encoded word, control
 * characters (also those that turn the direction of writing) become spaces.  Pure. */
#ifndef BASE_MIME_H
#define BASE_MIME_H

#include "base/buf.h"

#define MIME_ADDRESS_MAX 254 /* RFC 5321 4.5.3.1.3: a path of 256 with its brackets */

struct mime_mail {
	const char *from, *to; /* addresses: mime_address_ok() (asserted) */
	const char *reply_to;  /* NULL: none */
	const char *from_name, *subject;
	const char *message_id; /* letters and digits; '@' and from's host are added */
	const char *language;   /* of the body */
	int64_t at_ms;
	const char *body; /* UTF-8; lines end with '\n' */
};

/* A dot-atom of at most 64 characters, '@', and a host name.  ASCII only: others need SMTPUTF8,
 * which not every server on a message's way has. */
bool mime_address_ok(struct str address);

/* Written by the machine (RFC 3834), so that nobody's automatic answer answers it. */
void mime_write(struct buf *out, const struct mime_mail *m);

#endif
