/* path.h - a request's path as a servlet container reads it, and whose requests are let in. */
#ifndef SIM_PATH_H
#define SIM_PATH_H

#include "base/buf.h"
#include "base/json.h"

/* Appends the path that is served for `raw`: parameters (";x=y") are cut from each segment, "%XX"
 * is decoded once, "//" is "/", "." and ".." are resolved.  More lenient than any single version of
 * Jetty, so that a proxy which guards a path has to guard all its spellings.  ERR_INVALID: above
 * the root, a bad "%" or a NUL. */
MUST_USE int path_resolve(struct str raw, struct buf *out);

/* Appends a form's value ("a+b%20c") decoded; bad escapes stay as they are. */
void form_decode(struct str raw, struct buf *out);

/* True if `peer` is in the list: "*", "a.b.c.d", "a.b.c.d/bits", "a.b.c.d/mask". */
bool peer_allowed(const struct json_list *allowed, const char *peer);

#endif
