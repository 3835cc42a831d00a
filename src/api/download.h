/* download.h - an answer of any length, made piece by piece as its reader takes it.
 *
 * download_open() answers the request with 200 and takes it over; the browser saves what comes as
 * a file.  Who makes the pieces puts them as long as download_full() says no; then it waits for
 * on_room, so that a slow reader costs no more than EXCHANGE_HIGH and the piece put last.  It ends
 * by download_end() when all is there, or by download_cut(): then the reader sees that it is
 * incomplete.  Or the reader goes away: then on_gone is the last call, never from inside a
 * download_*() call, and the download is freed when it returns.  One loop. */
#ifndef API_DOWNLOAD_H
#define API_DOWNLOAD_H

#include "api/request.h"

struct download;

struct download_ops {
	void (*on_room)(struct download *d, void *arg);
	void (*on_gone)(struct download *d, void *arg);
};

/* The row has ROUTE_DOWNLOAD, its type is the media type.  `name` is that of the file: letters,
 * digits, '-', '_' and '.' (asserted).  `ops` is static. */
struct download *download_open(struct request *req, const char *name,
			       const struct download_ops *ops, void *arg);
void download_put(struct download *d, struct str data);
bool download_full(const struct download *d);
/* Both free it; no on_gone follows. */
void download_end(struct download *d);
void download_cut(struct download *d);

#endif
