/* odd.h - an HTTP/1.1 server over net/conn that can also send what a strict codec would not: half a
 * body, a reset, broken chunks, nothing at all.
 *
 * Requests are read by the strict reader.  An answer is a status, header lines and a body, which is
 * either octets or made while it is sent (never held in memory); `form` says how that goes onto the
 * wire.  One loop; odd_close() once, then nothing is called any more. */
#ifndef SIM_ODD_H
#define SIM_ODD_H

#include "base/buf.h"
#include "net/exchange.h"

struct loop;
struct odd_server;
struct tls;

enum odd_form {
	ODD_COUNTED,     /* Content-Length: as it should be */
	ODD_CHUNKED,     /* chunks: as it should be, too */
	ODD_UNTIL_CLOSE, /* no length: it ends with the connection */
	ODD_HTTP10,      /* the same by HTTP/1.0 */
	ODD_SHORT,       /* half of what Content-Length says, then an orderly end */
	ODD_RESET,       /* half, then a reset */
	ODD_STALL,       /* half, then nothing for as long as the client waits */
	ODD_CHUNK_CUT,   /* half, in chunks without the last one */
	ODD_CHUNK_BAD,   /* half, then a chunk whose size is no number */
	ODD_TWO_LENGTHS, /* two Content-Length that differ */
	ODD_SILENT,      /* no answer for as long as the client waits */
	ODD_HANG_UP,     /* an orderly end instead of an answer */
	ODD_GARBAGE,     /* octets that are no HTTP */
	ODD_NO_LENGTH,   /* no length, and the connection stays open */
	ODD_LONG,        /* twice what Content-Length says */
	ODD_FORMS,
};
extern const char *const odd_form_names[]; /* as scenarios say them; NULL at the end */

/* Writes exactly len octets of the body from offset `at` on. */
typedef void odd_make_fn(int64_t at, uint8_t *out, size_t len);

struct odd_answer {
	int status;
	const char *reason; /* NULL: the usual one */
	struct buf head;    /* whole lines with CRLF; the server's */
	struct buf body;    /* the server's */
	odd_make_fn *make;  /* makes the body instead */
	int64_t make_bytes; /* its length */
	enum odd_form form;
	bool bare_lf;     /* the head's lines end without CR */
	int64_t delay_ms; /* before the first octet */
};

struct odd_call {
	const struct http_request *request;
	struct str body;    /* at most ODD_BODY_MAX octets of it */
	int64_t body_bytes; /* all that came */
	const char *peer;
	bool secure;
};

#define ODD_BODY_MAX (2 * MIB)

struct odd_ops {
	/* Answers; never from inside an odd_*() call. */
	void (*on_call)(const struct odd_call *call, struct odd_answer *answer, void *owner);
};

struct odd_server *odd_new(struct loop *l, const struct odd_ops *ops, void *owner);
/* As server_listen(): tls NULL is plain, for loopback only (ERR_CONFIG). */
MUST_USE int odd_listen(struct odd_server *s, const char *where, struct tls *tls, int *ret_port);
/* The same where others reach it in plain HTTP, as most devices of a LAN are. */
MUST_USE int odd_listen_plain(struct odd_server *s, const char *where, int *ret_port);
/* Ends all connections; the loop must turn once more (loop_free does) before what `owner` is may
 * go.  Sets *s to NULL. */
void odd_close(struct odd_server **s);

#endif
