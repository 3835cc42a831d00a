/* download.c - a parked exchange and whoever fills it. */
#include "api/download.h"

#include "api/internal.h"
#include "base/metric.h"
#include <stdio.h>
#include <stdlib.h>

struct download {
	struct exchange *exchange;
	const struct download_ops *ops;
	void *arg;
};

static void on_gone(struct exchange *x, int why, void *owner)
{
	struct download *d = owner;

	d->ops->on_gone(d, d->arg);
	free(d);
}

static void on_room(struct exchange *x, void *owner)
{
	struct download *d = owner;

	d->ops->on_room(d, d->arg);
}

struct download *download_open(struct request *req, const char *name,
			       const struct download_ops *ops, void *arg)
{
	struct download *d = xcalloc(1, sizeof(*d));
	const char *type = req->route->type;
	char file[ROUTE_NAME_MAX + 32];

	assert(req->state == REQUEST_HANDLED && req->route->flags & ROUTE_DOWNLOAD);
	assert(route_name_ok(str_of(name)));
	*d = (struct download){ req->exchange, ops, arg };
	exchange_on_gone(d->exchange, on_gone, d);
	snprintf(file, sizeof(file), "attachment; filename=\"%s\"", name);
	request_free(req);
	/* Headers that were added before would go with the request's memory. */
	exchange_park(d->exchange);
	headers_data(d->exchange);
	exchange_add_header(d->exchange, "content-disposition", file);
	exchange_stream(d->exchange, 200, type, 0, on_room, d);
	metric_add(M_REQUESTS, 1);
	return d;
}

void download_put(struct download *d, struct str data)
{
	exchange_stream_put(d->exchange, data);
}

bool download_full(const struct download *d)
{
	return exchange_stream_waiting(d->exchange) >= EXCHANGE_HIGH;
}

void download_end(struct download *d)
{
	struct exchange *x = d->exchange;

	free(d);
	exchange_stream_end(x);
}

void download_cut(struct download *d)
{
	struct exchange *x = d->exchange;

	free(d);
	exchange_cut(x);
}
