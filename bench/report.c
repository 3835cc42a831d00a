/* report.c - see report.h.  Values move with each record, so that series rows are written, and a
 * device changes its state each time it is told. */
#include "report.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "model/report.h"

static struct report_device *device(const struct member *m, size_t n, struct arena *mem)
{
	struct report_device *d = REPORT_NEW(mem, struct report_device, &report_device_schema);
	uint8_t key[DEVICE_KEY_BYTES] = { 0 };
	char id[DEVICE_KEY_LEN + 1];
	bool stopped = (m->chain.seq + n) % 20 == 0;

	key[0] = (uint8_t)n;
	key[1] = (uint8_t)(n >> 8);
	device_key_encode(key, id);
	d->id = arena_strdup(mem, id);
	d->label = arena_printf(mem, "Floor-%zu-MFP-%zu", n / 10, n);
	d->state = stopped ? DEVICE_STOPPED : DEVICE_IDLE;
	d->accepting_jobs = stopped ? JSON_FALSE : JSON_TRUE;
	if (stopped)
		report_list_add(mem, &d->reasons, arena_strdup(mem, "media-jam"));
	return d;
}

static void add_component(struct report_health *h, int kind, int code, struct arena *mem)
{
	struct report_component *c =
		REPORT_NEW(mem, struct report_component, &report_component_schema);

	c->kind = kind;
	c->state = STATE_OK;
	c->code = code;
	report_list_add(mem, &h->components, c);
}

static struct report_health *health(const struct member *m, int64_t now_ms, struct arena *mem)
{
	struct report_health *h = REPORT_NEW(mem, struct report_health, &report_health_schema);

	h->read_at_ms = now_ms;
	add_component(h, COMPONENT_APPLICATION_SERVER, CODE_REACHABLE, mem);
	add_component(h, COMPONENT_DATABASE, CODE_REACHABLE, mem);
	add_component(h, COMPONENT_DEVICES, CODE_NONE_IN_ERROR, mem);
	add_component(h, COMPONENT_PRINTERS, CODE_NONE_IN_ERROR, mem);
	h->disk_used_percent = 40 + (double)(m->chain.seq % 20);
	h->jvm_memory_used_percent = 10 + (double)(m->chain.seq % 7);
	h->database_connect_ms = 1 + (int64_t)(m->chain.seq % 3);
	h->uptime_hours = (double)m->chain.seq / 12;
	return h;
}

static struct report_devices *devices(const struct member *m, enum told told, struct arena *mem)
{
	struct report_devices *d = REPORT_NEW(mem, struct report_devices, &report_devices_schema);

	d->total = REPORT_DEVICES;
	d->in_error = (int64_t)(m->chain.seq % 10);
	d->complete = told == TOLD_ALL ? JSON_TRUE : JSON_FALSE;
	if (told == TOLD_ONE)
		report_list_add(mem, &d->items, device(m, m->chain.seq % REPORT_DEVICES, mem));
	for (size_t n = 0; told == TOLD_ALL && n < REPORT_DEVICES; n++)
		report_list_add(mem, &d->items, device(m, n, mem));
	return d;
}

static void fill_report(const struct member *m, enum told told, int64_t now_ms, struct arena *mem,
			struct report *r)
{
	json_init(&report_schema, r);
	r->schema = REPORT_SCHEMA_MAX;
	r->at_ms = now_ms;
	r->source = SOURCE_PAPERCUT;
	r->server = REPORT_NEW(mem, struct report_server, &report_server_schema);
	r->server->product = PRODUCT_PAPERCUT_MF;
	r->server->version = "22.0.4";
	r->server->edition = EDITION_MF;
	r->server->os = SERVER_OS_WINDOWS;
	r->licence = REPORT_NEW(mem, struct report_licence, &report_licence_schema);
	r->licence->valid = JSON_TRUE;
	r->licence->support_days = 200;
	r->licence->origin = ORIGIN_SERVER;
	r->connector = REPORT_NEW(mem, struct report_connector, &report_connector_schema);
	r->connector->version = IMPRIMATUR_VERSION;
	r->connector->os = CONNECTOR_OS_LINUX;
	r->connector->spooled = 0;
	r->health = health(m, now_ms, mem);
	r->devices = devices(m, told, mem);
}

void report_next(struct member *m, enum told told, struct buf *out)
{
	struct arena mem = { 0 };
	struct report r;

	fill_report(m, told, clock_wall_ms(), &mem, &r);
	chain_report(&m->chain, &r, out);
	arena_done(&mem);
}
