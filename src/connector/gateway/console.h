/* console.h - where the print server's own pages are, from connector.conf.  For the gateway only.
 */
#ifndef CONNECTOR_GATEWAY_CONSOLE_H
#define CONNECTOR_GATEWAY_CONSOLE_H

#include "connector/gateway/net.h"
#include "connector/gateway/path_rules.h"
#include "connector/options.h"
#include "connector/target.h"

/* One way to reach a target. */
struct endpoint {
	const char *unix_path;     /* NULL: by the network */
	struct target_place place; /* what Host says, and what is dialled without unix_path */
	/* Only an address of this machine will do; what it shows is not verified then, for nobody
	 * else can answer there. */
	bool here;
};
#define ENDPOINTS_MAX 8

/* In the order in which to try them.  Addresses of this machine that others reach go before
 * loopback, because the server takes callers from loopback for trusted (facts of PaperCut's web
 * services).  Texts are the options'. */
struct console {
	enum console_kind kind;
	size_t endpoints_len;
	struct endpoint endpoints[ENDPOINTS_MAX];
	uint16_t plain_port; /* rules_between */
};
void console_find(const struct options *o, const struct gateway_net *net, void *net_owner,
		  struct console *ret_console);

#endif
