/* admin.c - see admin.h.  A listener without TLS is refused elsewhere than on loopback by net/server. */
#include "hub/admin.h"

#include "base/metric.h"
#include "net/exchange.h"
#include "net/server.h"

#define METRICS_MAX (256 * KIB)

static void metrics(struct exchange *x)
{
	struct buf out = buf_new(METRICS_MAX);

	metric_write("imprimatur_", &out);
	exchange_respond(x, 200, "text/plain; version=0.0.4; charset=utf-8", buf_str(&out));
	buf_done(&out);
}

static void on_request(struct exchange *x, void *owner)
{
	const struct hub *hub = owner;
	const struct http_request *req = exchange_request(x);

	if (req->method != METHOD_GET)
		return exchange_respond_error(x, ERR_METHOD);
	if (str_eq(req->path, STR("/metrics")))
		return metrics(x);
	if (!str_eq(req->path, STR("/readyz")))
		return exchange_respond_error(x, ERR_NOT_FOUND);
	if (hub->draining)
		return exchange_respond_error(x, ERR_BUSY);
	exchange_respond(x, 200, "application/json", STR("{\"status\":\"ready\"}"));
}

int admin_open(struct hub *hub, const char *where, struct server **ret_server, int *ret_port)
{
	static const struct server_ops ops = { .on_request = on_request };
	struct server *s = server_new(hub->loop, NULL, &ops, hub);
	int rc = server_listen(s, where, NULL, ret_port);

	if (rc < 0) {
		server_close(s);
		return rc;
	}
	*ret_server = s;
	return 0;
}
