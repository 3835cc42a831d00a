/* assets.h - the dashboard's files, compiled in by tools/gen/gen_assets.
 *
 * Everything below /assets/ carries a hash in its name and never changes: cached for a year.  The
 * pages of the dashboard (/, /login, /sites, /sites/{id}) are all index.html, asked for again each
 * time. */
#ifndef API_ASSETS_H
#define API_ASSETS_H

#include "base/buf.h"

struct asset {
	const char *path;           /* "/index.html", "/assets/main-8f3c.js" */
	const char *type;           /* media type */
	const char *etag;           /* with its quotes */
	struct str plain, gzip, br; /* empty: not worth it */
};

struct assets {
	const struct asset *files; /* sorted by path */
	size_t len;
	const char *const *pages; /* "/sites/{id}": ends with NULL */
};

/* The file for a path: the page's document for a page; NULL if there is none. */
const struct asset *assets_find(const struct assets *a, struct str path);

enum encoding { ENCODING_PLAIN, ENCODING_GZIP, ENCODING_BR };
/* The best of what Accept-Encoding (RFC 9110 12.5.3) takes and the file has. */
enum encoding assets_choose(const struct asset *f, struct str accept_encoding);

#endif
