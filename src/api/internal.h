/* internal.h - what the files of api/ say to each other. */
#ifndef API_INTERNAL_H
#define API_INTERNAL_H

#include "api/api.h"
#include "net/exchange.h"

struct api {
	struct loop *loop;
	const struct api_config *cfg;
	const struct route *const *tables;
	struct link requests; /* all that are not answered yet */
	size_t bodies_bytes;  /* what they hold or may hold of bodies */
	size_t bodies_max_bytes;
};

/* Runs the ends, gives memory back; the exchange is not touched. */
void request_release(struct request *req);
/* The same and the struct itself. */
void request_free(struct request *req);
/* Answers with a problem before a handler saw the request; detail may be NULL. */
void request_refuse(struct request *req, int rc, const char *field, const char *detail);
/* The headers that every answer carries, and the ones of documents or of data. */
void headers_common(struct exchange *x);
void headers_data(struct exchange *x);
/* Answers a path without a row: a file, a page, or that there is none. */
void page_serve(struct request *req);

#endif
