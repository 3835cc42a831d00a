/* cups_devices.h - where the queues of a CUPS server print to: for the customer, who chooses
 * targets from them.  Nothing of it leaves the machine.
 *
 * One loop.  `done` runs once, never from inside cups_devices_start(), unless it is cancelled. */
#ifndef CONNECTOR_SOURCE_CUPS_DEVICES_H
#define CONNECTOR_SOURCE_CUPS_DEVICES_H

#include "base/json.h"
#include "connector/options.h"

struct cups_devices;
struct fetcher;

struct cups_queue {
	const char *name, *device_uri;
};
#define CUPS_QUEUES_MAX 2000

/* rc 0, ERR_UNREACHABLE, ERR_DENIED, ERR_UPSTREAM; the list (struct cups_queue *) lives as long as
 * the call. */
typedef void cups_devices_fn(int rc, const struct json_list *queues, void *owner);

struct cups_devices *cups_devices_start(struct fetcher *f, const struct options *o,
					cups_devices_fn *done, void *owner);
void cups_devices_cancel(struct cups_devices **d);

/* Without I/O: the request, and what an answer says. */
void cups_devices_request(struct buf *out);
MUST_USE int cups_devices_read(struct str body, struct arena *mem, struct json_list *ret_queues);

#endif
