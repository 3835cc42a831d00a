/* header_rules.h - what becomes of each header field between a session's origin and its target:
 * both tables, and what makes an address the target's own.  Pure, fuzzed. */
#ifndef CONNECTOR_GATEWAY_HEADER_RULES_H
#define CONNECTOR_GATEWAY_HEADER_RULES_H

#include "base/arena.h"
#include "connector/gateway/path_rules.h"
#include "connector/target.h"

#define RULES_HOSTS_MAX (TARGET_ALIASES_MAX + 4)
/* Fields that the rules add at most. */
#define RULES_ADDED_MAX 10

/* Between which two origins.  Texts live as long as the rules are used. */
struct rules_between {
	struct str session;        /* authority of the session's origin: "https://<session>" */
	struct target_place place; /* what is dialled, and what Host says */
	/* Besides place.host, in lower case: by what else the target calls itself. */
	struct str hosts[RULES_HOSTS_MAX];
	size_t hosts_len;
	uint16_t plain_port; /* of the same server by http, which comes back by https; 0: 80 */
	bool any_port;       /* a socket is dialled: whichever port it names is its own */
	enum console_kind console;
};

/* The request as the target gets it: Host, Origin, Referer and Cookie rewritten; fields of hubs and
 * proxies left out.  Only headers of *ret are set; they lie in mem or where they came from. */
void rules_request(const struct rules_between *b, const struct http_request *req, struct arena *mem,
		   struct http_request *ret);

/* The answer's fields as the browser gets them: at most len + RULES_ADDED_MAX into out, which lie
 * in mem or where they came from.  ERR_TARGET_ELSEWHERE: it sends the browser to another place. */
MUST_USE int rules_answer(const struct rules_between *b, const struct http_request *req, int status,
			  const struct http_header *in, size_t len, struct arena *mem,
			  struct http_header *out, size_t *ret_len);

/* Whether a field may come behind the body: those that would have to be rewritten may not. */
bool rules_keep_trailer(struct str name);

/* What a URI of the target's is for the browser. */
enum rules_uri { URI_RELATIVE, URI_OWN, URI_ELSEWHERE };
/* *ret_uri is set for URI_OWN. */
enum rules_uri rules_map_uri(const struct rules_between *b, struct str uri, struct arena *mem,
			     struct str *ret_uri);

#endif
