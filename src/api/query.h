/* query.h - the query string by the same tables as JSON.
 *
 * Types TEXT, INT, TIME, ID, ENUM, BOOL and TEXTS ("a,b" or repeated).  Strict like the body:
 * unknown and repeated names are refused, an empty value is absent.  Pure; fuzzed. */
#ifndef API_QUERY_H
#define API_QUERY_H

#include "base/json.h"

MUST_USE int query_decode(const struct json_schema *schema, struct str text, struct arena *mem,
			  void *out, struct json_problem *ret_problem);
/* %XX and '+' of a query's part; ERR_INVALID if it is malformed or no UTF-8. */
MUST_USE int query_unescape(struct str text, struct arena *mem, struct str *ret_text);

#endif
