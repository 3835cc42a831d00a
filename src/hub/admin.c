/* admin.c - see admin.h.  Whoever reaches it is the operator, so it knows no login. */
#include "hub/admin.h"

#include "base/err.h"
#include "base/metric.h"
#include "net/exchange.h"
#include "net/server.h"

static void tell_metrics(const struct admin *a, struct exchange *x)
{
	struct server_counts counts = server_counts(a->served);
	struct buf text = buf_new(256 * KIB);

	metric_set(M_CONNECTIONS, (int64_t)counts.connections);
	metric_write("imprimatur_", &text);
	exchange_respond(x, 200, "text/plain; version=0.0.4; charset=utf-8", buf_str(&text));
	buf_done(&text);
}

void admin_request(struct exchange *x, void *owner)
{
	const struct admin *a = owner;
	const struct http_request *req = exchange_request(x);

	if (req->method != METHOD_GET && req->method != METHOD_HEAD)
		exchange_respond_error(x, ERR_METHOD);
	else if (str_eq(req->path, STR("/metrics")))
		tell_metrics(a, x);
	else if (!str_eq(req->path, STR("/readyz")))
		exchange_respond_error(x, ERR_NOT_FOUND);
	else if (a->hub->draining)
		exchange_respond_error(x, ERR_BUSY);
	else
		exchange_respond(x, 200, "application/json", STR("{\"status\":\"ready\"}"));
}
