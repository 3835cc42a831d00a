/* header_values.h - what the rows of header_rules.c do to a field's value.  For the gateway only.
 */
#ifndef CONNECTOR_GATEWAY_HEADER_VALUES_H
#define CONNECTOR_GATEWAY_HEADER_VALUES_H

#include "connector/gateway/header_rules.h"

#define DEAD_COOKIES_MAX (RULES_ADDED_MAX - 2)

/* One head that is rewritten. */
struct value_call {
	const struct rules_between *between;
	const struct http_request *request; /* as the browser sent it */
	struct arena *mem;
	int status; /* of an answer */
	int rc;     /* the answer is refused */
	bool cache_said;
	struct str dead[DEAD_COOKIES_MAX]; /* Set-Cookie that end what a later one replaces */
	size_t dead_len;
	/* As a browser would send those for the whole server that this head sets: under our names,
	 * and under their own. */
	struct str kept, plain;
};

/* False: the field is left out.  *ret_value is the old one before. */
typedef bool value_fn(struct value_call *c, struct str value, struct str *ret_value);

value_fn value_own_origin, value_own_uri, value_cookie, value_authorization, value_unless_console;
value_fn value_location, value_refresh, value_uri, value_link, value_allowed_origin, value_policy;
value_fn value_set_cookie, value_cache_control, value_challenge;

#endif
