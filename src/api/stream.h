/* stream.h - server-sent events (WHATWG HTML 9.2) as the answer to a request.
 *
 * stream_open() answers the request with 200 text/event-stream and takes it over.  A `ping` goes
 * out at once and every 5 s, so that proxies keep the connection and the reader notices a dead one:
 * its data say within how many ms the next one comes.  No comment, for EventSource shows its page
 * none. It has no id, and whoever does not listen for it sees nothing.  A reader that lets more
 * than STREAM_BACKLOG_MAX octets pile up is cut: it comes again with Last-Event-ID and loses
 * nothing. The stream ends by stream_close(), or the reader goes away: then on_gone is the last
 * call, never from inside a stream_*() call, and the stream is freed when it returns.  One loop. */
#ifndef API_STREAM_H
#define API_STREAM_H

#include "api/request.h"

#define STREAM_BACKLOG_MAX (256 * KIB)
#define STREAM_PING_MS     5000

struct stream;

struct stream *stream_open(struct request *req, void (*on_gone)(struct stream *s, void *arg),
			   void *arg);
/* One event with its id; data is one line of JSON. */
void stream_event(struct stream *s, int64_t id, const char *event, struct str data);
/* Ends and frees it; no on_gone follows. */
void stream_close(struct stream *s);

/* The decoded Last-Event-ID: -1 if absent.  ERR_INVALID if it is no number. */
MUST_USE int stream_last_id(const struct request *req, int64_t *ret_id);

#endif
