/* exchange.h - one request and its response, joining two ends: the core of net/.
 *
 *   SOURCE (who asks)                               TARGET (who answers)
 *   h1 or h2 server codec                           a handler, or an h1 / h2 client codec (relay)
 *     exchange_set_request      ----- head ----->     start
 *     exchange_put, _put_end    ----- body ----->     kick      (takes with exchange_take)
 *     consumed                  <---- credit -----    (for what was taken)
 *     headers                   <----- head ------    exchange_answer
 *     kick                      <----- body ------    exchange_put, _put_end
 *                               ---- credit ---->     consumed
 *
 * An end sees only the exchange, never the other end.  An end's functions only note what happened
 * and mark tasks (loop.h); they may be called from inside exchange_*() calls of the OTHER end,
 * never from inside their own.
 * Each end leaves once: exchange_leave() when it is done, exchange_abort() when it gives up; or it
 * is told `abort`, which is the last call it gets (it has left then).  When both have left, the
 * exchange dies at the end of the turn.
 * Credit: an end stops putting at EXCHANGE_HIGH octets waiting and goes on below EXCHANGE_LOW; the
 * queues have no limit of their own.  One loop; no locks.
 *
 * Switching protocols (RFC 9110 section 7.8, RFC 8441): a request that asks for it carries
 * `upgrade`, and its body has not ended.  A TARGET that agrees calls exchange_switch(); from then
 * on both bodies are opaque octets with the same credit.  The SOURCE's end is a half-close: the
 * TARGET may go on.  The TARGET's end is the end of all, as with an answer, once its octets are
 * out.  A TARGET that does not agree answers as it would have without it; then the SOURCE's body
 * ends.
 *
 * Handlers do not write ends: the second half of this file is theirs. */
#ifndef NET_EXCHANGE_H
#define NET_EXCHANGE_H

#include "base/arena.h"
#include "base/buf.h"

struct conn;
struct exchange;
struct loop;

#define EXCHANGE_HIGH (256 * KIB)
#define EXCHANGE_LOW  (128 * KIB)

/* Three digits (RFC 9110 section 15).  Browsers show answers of codes that no class has. */
#define HTTP_STATUS_MAX      999
#define EXCHANGE_HEADERS_MAX 120 /* of an answer: what codecs accept from their peers */
#define EXCHANGE_HEADERS_OWN 20  /* and what a filter may add to it */

enum exchange_side { SOURCE, TARGET };

struct end_ops {
	void (*start)(struct exchange *x, void *end);   /* TARGET: the request's head is there */
	void (*headers)(struct exchange *x, void *end); /* SOURCE: the response's head, or an
							   interim one, is there; it copies what it
							   needs of it */
	void (*kick)(struct exchange *x, void *end);    /* octets or their end wait for this end */
	/* The other end took n of the octets that this end put.  n = 0: it wants the body (answers
	 * Expect: 100-continue). */
	void (*consumed)(struct exchange *x, size_t n, void *end);
	void (*abort)(struct exchange *x, int why, void *end); /* the last call; err.h code */
	/* Of the octets that this end took, those that its kernel could not send yet; NULL: none.
	 */
	size_t (*unsent)(struct exchange *x, void *end);
	/* SOURCE: exchange_take_conn(); NULL where streams share a connection. */
	void (*give_conn)(struct exchange *x, void *end);
};

enum http_method {
	METHOD_OTHER,
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_PUT,
	METHOD_PATCH,
	METHOD_DELETE,
	METHOD_OPTIONS
};

/* Names are lower case; values trimmed, without CR, LF, NUL. */
struct http_header {
	struct str name, value;
};
/* The first of that name, which is in lower case as theirs are; NULL: there is none. */
const struct http_header *http_find(const struct http_header *headers, size_t len, struct str name);

struct http_request {
	enum http_method method;
	struct str method_text;
	struct str authority; /* Host as sent: "hub.example:8443" */
	struct str path;      /* raw, begins with '/' ("*" only for OPTIONS) */
	struct str query;     /* raw, without '?'; p NULL if there was no '?' */
	const struct http_header
		*headers; /* Host included; framing (Connection, Transfer-Encoding, ...) left out */
	size_t headers_len;
	int64_t body_bytes; /* Content-Length; 0 no body; -1 unknown (chunked) */
	/* The one protocol that the client asks to switch to, in its own letters: Upgrade with
	 * Connection of an HTTP/1.1 GET without a body, or :protocol of an extended CONNECT, which
	 * is METHOD_GET here.  p NULL: none.  What else the handshake needs (Sec-WebSocket-*) is in
	 * headers. */
	struct str upgrade;
};

/* ---- for codecs and relays ---- */

/* What a source knows; peer is copied into the exchange. */
struct exchange_from {
	const char *peer; /* address text */
	bool secure;      /* came over TLS */
};

struct exchange *exchange_new(struct loop *l, const struct exchange_from *from,
			      const struct end_ops *source, void *end);
struct arena *exchange_arena(
	struct exchange *x); /* for the request's head; wiped when the exchange dies or parks */
/* The head is complete; req and all it points to lie in the arena.  The exchange then waits for its
 * target. */
void exchange_set_request(struct exchange *x, const struct http_request *req);
/* Joins the target; its start() runs, then kick() if octets wait already.  Once an exchange. */
void exchange_attach(struct exchange *x, const struct end_ops *target, void *end);

void exchange_put(struct exchange *x, enum exchange_side from, const void *data, size_t len);
void exchange_put_end(struct exchange *x, enum exchange_side from);
size_t exchange_waiting(const struct exchange *x,
			enum exchange_side to); /* octets that wait for this end */
/* Bytes of memory in which octets wait for either end. */
size_t exchange_memory(const struct exchange *x);
/* Those that this end took and could not send yet: its peer does not keep up. */
size_t exchange_unsent(struct exchange *x, enum exchange_side to);
size_t exchange_take(struct exchange *x, enum exchange_side to, void *out,
		     size_t room); /* gives credit back */
/* What exchange_take() would give now, and whether nothing comes after n octets of it. */
size_t exchange_ready(const struct exchange *x, enum exchange_side to);
bool exchange_ends_after(const struct exchange *x, enum exchange_side to, size_t n);
bool exchange_ended(const struct exchange *x,
		    enum exchange_side to); /* nothing waits and nothing will come */
void exchange_want(struct exchange *x, enum exchange_side to); /* consumed(0) at the other end */
bool exchange_has_left(const struct exchange *x, enum exchange_side side);
void exchange_leave(struct exchange *x,
		    enum exchange_side side); /* in order: this end needs x no more */
void exchange_abort(struct exchange *x, enum exchange_side side,
		    int why); /* this end gives up: the other is told */

/* What exchange_owes_next() said; 0: nothing. */
int64_t exchange_next_within_ms(const struct exchange *x);

/* The response's head, as the source sees it; 1xx: an interim one, the real one follows. */
int exchange_status(const struct exchange *x);           /* 0: none yet */
int64_t exchange_answer_bytes(const struct exchange *x); /* Content-Length; -1 unknown */
/* Headers of the answer in order; NULL beyond the last.  Those of a handler's answer are there as
 * long as headers() runs. */
const struct http_header *exchange_answer_header(const struct exchange *x, size_t n);
/* All of them. */
const struct http_header *exchange_answer_headers(const struct exchange *x, size_t *ret_len);
bool exchange_answers_with(const struct exchange *x, const char *name); /* lower case */
/* A TARGET's way to exchange_add_header() without copies, once a head: the fields of one that it
 * has read, names in lower case and no control octets in either, and `mem`, which holds them and is
 * empty then. */
void exchange_take_headers(struct exchange *x, struct http_header *headers, uint16_t len,
			   struct arena *mem);
/* Fields that came after the body (RFC 9110 section 6.5), once that has ended; a source that cannot
 * carry them drops them. */
const struct http_header *exchange_trailer(const struct exchange *x, size_t n);
/* The TARGET says 1xx with the headers that were added; those of the real answer are added anew.
 * Not 100, which is exchange_want(), nor 101.  Without headers, who owns the exchange may say it in
 * the TARGET's place, as long as nothing is answered. */
void exchange_inform(struct exchange *x, int status);
/* Of a TARGET, before its exchange_put_end(). */
void exchange_add_trailer(struct exchange *x, struct str name, struct str value);
/* The TARGET's head is complete: status, and the body's length or -1.  Headers were added before.
 */
void exchange_answer(struct exchange *x, int status, int64_t body_bytes);
/* In its place: the TARGET agrees to req->upgrade, which is not NULL.  exchange_status() is 101
 * then; an HTTP/1.1 source writes that with Connection and Upgrade, an HTTP/2 source 200. */
void exchange_switch(struct exchange *x);
bool exchange_switched(const struct exchange *x);
uint64_t exchange_put_bytes(const struct exchange *x, enum exchange_side from); /* so far */

/* ---- for who joins two codecs (the relay, the gateway) ----
 *
 * A filter sees the TARGET's heads before the SOURCE does, and gets the exchange back, as a handler
 * has it, when the TARGET cannot answer. */

struct exchange_filter {
	/* An answer's head, an interim one (status below 200) or a switch: exchange_status() and
	 * exchange_answer_header() show it, exchange_set_headers() and exchange_add_header() change
	 * it.  False: it is not passed on, nor, unless it was an interim one, is anything else of
	 * this TARGET, and `instead` follows with why 0.  Inside a call of the TARGET's: nothing
	 * else may be called. */
	bool (*answer)(struct exchange *x, void *owner);
	/* Nothing has been answered, and the TARGET is gone: `answer` said false (0), it gave up
	 * (its err.h code), or exchange_take_back() said so.  The owner answers now, as handlers
	 * do: exchange_respond*(), or exchange_attach() of another TARGET, or exchange_cut().  From
	 * a task. */
	void (*instead)(struct exchange *x, int why, void *owner);
	/* The last call: the exchange dies, whatever became of it; of x only
	 * exchange_put_bytes(), exchange_status() and exchange_switched() may be asked. */
	void (*over)(struct exchange *x, void *owner);
};

/* Before exchange_attach(), once an exchange; `ops` is static, each member set. */
void exchange_filter_answer(struct exchange *x, const struct exchange_filter *ops, void *owner);
/* Before the SOURCE has seen them: in the place of all of the answer's headers.  The array
 * is x's, what it points to lives as long as x, and is of what came: no control octets. */
void exchange_set_headers(struct exchange *x, struct http_header *headers, size_t len);
/* Takes the exchange from its TARGET, which is told ERR_CANCELLED: `instead` follows.  False: it
 * has answered already, or is gone. */
bool exchange_take_back(struct exchange *x, int why);
/* From outside, in any state: both ends are told `why`; the client sees an incomplete answer. */
void exchange_break(struct exchange *x, int why);

/* ---- for handlers (a built-in target) ----
 *
 * A handler gets the exchange from its server's on_request and owns the answer: it calls exactly
 * one of exchange_respond*() or exchange_stream*() with exchange_stream_end().  After a respond or
 * stream_end x must not be touched any more. If the client goes away (or is cut) first, on_gone is
 * called, once, never from inside a call of the handler's; x must not be touched after it returns.
 * A handler that keeps x beyond on_request must set on_gone. */

/* NULL after exchange_park(). */
const struct http_request *exchange_request(const struct exchange *x);
/* Value of a request's header by its lower-case name; p NULL if absent.  Fields that must be unique
 * are (h1.h). */
struct str exchange_header(const struct exchange *x, const char *name);
const char *exchange_peer(const struct exchange *x);
bool exchange_secure(const struct exchange *x);
struct loop *exchange_loop(const struct exchange *x);

void exchange_on_gone(struct exchange *x, void (*on_gone)(struct exchange *x, int why, void *owner),
		      void *owner);

/* Collects the body.  `on_body` runs from a task: rc 0 and the body (valid until the
 * answer or exchange_park), or ERR_TOO_LARGE beyond max_bytes (known at once from Content-Length;
 * the rest is not read).  Does not run if the client goes: on_gone does. Without a call of this the
 * body is dropped unread. */
void exchange_read_body(struct exchange *x, size_t max_bytes,
			void (*on_body)(struct exchange *x, int rc, struct str body, void *owner),
			void *owner);

/* For an exchange that waits long (a poll, a stream): releases the request's head, arena and body.
 * What is needed of them must be copied before.  The answer may still be given as usual. */
void exchange_park(struct exchange *x);

/* For an answer to which the client owes its next request at once (a poll): if none comes within
 * `ms`, in place of the server's longer idle limit, the connection is closed as one that is dead.
 */
void exchange_owes_next(struct exchange *x, int64_t ms);

/* Adds to the answer's head; both are copied.  Octets that could split a header become '?'.
 * Content-Length, Transfer-Encoding and Connection are the codec's, and Date is if none was added.
 */
void exchange_add_header(struct exchange *x, const char *name, const char *value);

/* The whole answer; body copied.  type NULL: no Content-Type.  204 and 304 take no body; for HEAD
 * the body is counted, not sent. */
void exchange_respond(struct exchange *x, int status, const char *type, struct str body);
/* The same for a body that outlives every exchange (assets). */
void exchange_respond_static(struct exchange *x, int status, const char *type, struct str body);
/* Problem details (RFC 9457) of an error: status, code and title from err.def. */
void exchange_respond_error(struct exchange *x, int rc);

/* An answer of unknown length.  on_room(x, owner), if not NULL, runs from a task when less than
 * EXCHANGE_LOW waits after more did: for producers that stop while exchange_stream_waiting() >=
 * EXCHANGE_HIGH.  max_bytes: a client so slow that more than this waits is cut (on_gone with
 * ERR_TOO_LARGE): for event streams, whose producers cannot wait. */
void exchange_stream(struct exchange *x, int status, const char *type, size_t max_bytes,
		     void (*on_room)(struct exchange *x, void *owner), void *owner);
void exchange_stream_put(struct exchange *x, struct str data); /* nothing happens once it was cut */
size_t exchange_stream_waiting(const struct exchange *x);
void exchange_stream_end(struct exchange *x);
/* Breaks the connection off, in any state: the client sees an incomplete answer.  x must not be
 * touched after it; no on_gone. */
void exchange_cut(struct exchange *x);

/* In place of an answer, to a request that asks for a switch: 101 goes out, with the headers that
 * were added, and then `taken` runs, from a task, with the connection: it is the caller's, open and
 * read from, and gets its owner by conn_hand_over() in that call.  `first` came from the client
 * already, behind its head.  x is gone then.  Until then on_gone is called if the client goes.
 * ERR_INVALID: it did not ask, or its connection is shared by others (HTTP/2); x is untouched. */
typedef void exchange_taken_fn(struct conn *c, struct str first, void *owner);
MUST_USE int exchange_take_conn(struct exchange *x, exchange_taken_fn *taken, void *owner);
/* For a SOURCE's give_conn: what to call, once, when the 101 is out. */
exchange_taken_fn *exchange_taken(const struct exchange *x, void **ret_owner);

#endif
