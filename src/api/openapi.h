/* openapi.h - the route tables as an OpenAPI 3.1 document.
 *
 * Besides the standard members each operation carries x-right ("public", "login", "signed" or the
 * right's name), x-change (what it writes to the change log, or "none"): tests walk the routes by
 * them. */
#ifndef API_OPENAPI_H
#define API_OPENAPI_H

#include "api/route.h"

struct openapi_names {
	const char *title, *version;
	const char *(*right)(int right);   /* of the program's own rights */
	const char *(*change)(int change); /* of its change verbs */
};

/* Appends the document: deterministic, indented by two, ended by a newline. */
void openapi_write(const struct route *const *tables, const struct openapi_names *names,
		   struct buf *out);

#endif
