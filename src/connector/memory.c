/* memory.c - what the hub has been told, and so what is new; see collect.h.
 *
 * Of what was told only digests are kept, so that 10,000 devices cost little.  Values that move all
 * the time (memory, uptime) are no reason for a report, they go with the next one; but that the
 * print server has started anew is. */
#include "connector/collect.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/os.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DISK_STEP_PERCENT 1.0 /* a disk that moved this far is worth a report */

struct known {
	uint8_t key[DEVICE_KEY_BYTES];
	uint8_t told[8]; /* digest of what was told, only ever compared with our own; zeros: is to
			    be told anew */
	unsigned seen;   /* the reading that had it last */
};

struct memory {
	enum source source;
	uint8_t secret[SITE_SECRET_LEN];
	int64_t heartbeat_ms;
	struct map devices; /* struct known */
	unsigned reading;   /* counts readings */
	bool due;           /* a report is wanted whatever the reading says */
	bool tell_all;      /* the next list of devices is told whole */
	bool more;          /* of this reading there are devices left to tell, */
	size_t next;        /* from this one on */
	struct hash told;   /* of the sections but devices */
	double told_disk, told_uptime_hours;
	int64_t told_at_ms, all_at_ms; /* monotonic */
	int64_t total, in_error;       /* devices, as told */
};

struct memory *memory_new(enum source source, const uint8_t *secret, int64_t heartbeat_ms)
{
	struct memory *m = xcalloc(1, sizeof(*m));

	m->source = source;
	memcpy(m->secret, secret, sizeof(m->secret));
	m->heartbeat_ms = heartbeat_ms;
	m->due = m->tell_all = true;
	m->told_disk = m->told_uptime_hours = NAN;
	return m;
}

static void free_known(void *value, void *arg)
{
	free(value);
}

static void forget_devices(struct memory *m)
{
	map_each(&m->devices, free_known, NULL);
	map_done(&m->devices);
}

void memory_free(struct memory **m)
{
	if (!*m)
		return;
	forget_devices(*m);
	secret_wipe((*m)->secret, sizeof((*m)->secret));
	free(*m);
	*m = NULL;
}

void memory_tell_all(struct memory *m)
{
	m->due = m->tell_all = true;
	m->more = false;
}

/* --- devices -----------------------------------------------------------------------------------
 */

void device_pseudonym(const uint8_t *secret, char kind, const char *name,
		      uint8_t out[static DEVICE_KEY_BYTES])
{
	struct buf text = buf_new(strlen(name) + 8);
	struct hash h;

	buf_putc(&text, kind);
	buf_putc(&text, ':');
	buf_puts(&text, name);
	h = hmac_of(secret, SITE_SECRET_LEN, text.data, text.len);
	memcpy(out, h.b, DEVICE_KEY_BYTES);
	out[DEVICE_KEY_BYTES - 1] &= 0xc0; /* 130 bits */
	buf_done(&text);
}

static struct report_device *report_device(const uint8_t *key, const struct source_device *d,
					   struct arena *mem)
{
	struct report_device *out = REPORT_NEW(mem, struct report_device, &report_device_schema);
	char id[DEVICE_KEY_LEN + 1], label[LABEL_SIZE];

	device_key_encode(key, id);
	out->id = arena_strdup(mem, id);
	if (label_of_name(str_of(d->name), label) > 0)
		out->label = arena_strdup(mem, label);
	out->state = d->state;
	out->accepting_jobs = d->accepting_jobs;
	for (size_t i = 0; i < d->reasons.len; i++) {
		const char *known = device_reason_of(str_of(d->reasons.items[i]));

		if (known)
			report_list_add(mem, &out->reasons, (void *)(uintptr_t)known);
	}
	return out;
}

static void digest_of(const struct report_device *d, uint8_t out[static 8])
{
	struct buf json = buf_new(16 * KIB);
	struct hash h;

	json_encode(&report_device_schema, d, 0, &json);
	h = hash_of(json.data, json.len);
	memcpy(out, h.b, 8);
	buf_done(&json);
}

static struct known *remember(struct memory *m, const uint8_t *key)
{
	struct known *k = map_get(&m->devices, key, DEVICE_KEY_BYTES);

	if (!k) {
		k = xcalloc(1, sizeof(*k));
		memcpy(k->key, key, sizeof(k->key));
		map_put(&m->devices, key, DEVICE_KEY_BYTES, k);
	}
	return k;
}

void memory_recall(struct memory *m, const char *id)
{
	uint8_t key[DEVICE_KEY_BYTES];

	if (device_key_decode(str_of(id), key) == 0)
		remember(m, key);
}

static void untell(void *value, void *arg)
{
	struct known *k = value;

	memset(k->told, 0, sizeof(k->told));
}

/* The devices of the reading that the hub has not been told as they are; at most COLLECT_CHUNK,
 * then m->more is set.  Of a name that its server lists twice the first counts: else each of the
 * two would be news to the other, in every reading. */
static void add_changed(struct memory *m, const struct reading *r, struct arena *mem,
			struct report_devices *out)
{
	size_t i = m->more ? m->next : 0;

	m->more = false;
	for (; i < r->devices.len; i++) {
		const struct source_device *d = r->devices.items[i];
		uint8_t key[DEVICE_KEY_BYTES], told[8];
		struct report_device *told_as;
		struct known *k;

		device_pseudonym(m->secret, d->kind, d->name, key);
		k = remember(m, key);
		if (k->seen == m->reading)
			continue;
		if (out->items.len == COLLECT_CHUNK) {
			m->more = true;
			m->next = i;
			return;
		}
		k->seen = m->reading;
		told_as = report_device(key, d, mem);
		digest_of(told_as, told);
		if (memcmp(told, k->told, sizeof(told)) == 0)
			continue;
		memcpy(k->told, told, sizeof(told));
		report_list_add(mem, &out->items, told_as);
	}
}

struct gone {
	struct memory *m;
	struct arena *mem;
	struct report_devices *out; /* NULL: whoever is told knows by what is not listed */
	struct json_list known;     /* struct known * */
};

static void note_gone(void *value, void *arg)
{
	struct gone *g = arg;
	struct known *k = value;
	char id[DEVICE_KEY_LEN + 1];

	if (k->seen == g->m->reading || (g->out && g->out->gone.len == COLLECT_CHUNK))
		return;
	device_key_encode(k->key, id);
	if (g->out)
		report_list_add(g->mem, &g->out->gone, arena_strdup(g->mem, id));
	report_list_add(g->mem, &g->known, k);
}

static void drop_gone(struct memory *m, struct arena *mem, struct report_devices *out)
{
	struct gone g = { m, mem, out, {} };

	map_each(&m->devices, note_gone, &g);
	for (size_t i = 0; i < g.known.len; i++) {
		struct known *k = g.known.items[i];

		map_remove(&m->devices, k->key, sizeof(k->key));
		free(k);
	}
}

/* NULL if there is nothing to tell of devices. */
static struct report_devices *take_devices(struct memory *m, const struct reading *r, bool all,
					   struct arena *mem)
{
	struct report_devices *out = REPORT_NEW(mem, struct report_devices, &report_devices_schema);
	int64_t total = r->devices_total, bad = r->devices_in_error;

	if (all)
		map_each(&m->devices, untell, NULL);
	add_changed(m, r, mem, out);
	out->total = total;
	out->in_error = bad;
	out->complete = all && !m->more ? JSON_TRUE : JSON_FALSE;
	if (!m->more)
		drop_gone(m, mem, out->complete == JSON_TRUE ? NULL : out);
	if (!all && !out->items.len && !out->gone.len && total == m->total && bad == m->in_error)
		return NULL;
	m->total = total;
	m->in_error = bad;
	return out;
}

/* --- everything else ---------------------------------------------------------------------------
 */

/* What makes a report due, without what moves all the time. */
static struct hash state_of(const struct reading *r)
{
	struct report_health steady = *r->health;
	struct buf json = buf_new(64 * KIB);
	struct hash h;

	steady.read_at_ms = JSON_ABSENT_INT;
	steady.disk_used_percent = steady.jvm_memory_used_percent = steady.uptime_hours = NAN;
	steady.database_connect_ms = JSON_ABSENT_INT;
	json_encode(&report_health_schema, &steady, 0, &json);
	if (r->server)
		json_encode(&report_server_schema, r->server, 0, &json);
	if (r->licence)
		json_encode(&report_licence_schema, r->licence, 0, &json);
	if (r->infrastructure)
		json_encode(&report_infrastructure_schema, r->infrastructure, 0, &json);
	h = hash_of(json.data, json.len);
	buf_done(&json);
	return h;
}

static bool moved(double a, double b)
{
	return isnan(a) != isnan(b) || fabs(a - b) >= DISK_STEP_PERCENT;
}

static void fill(const struct memory *m, const struct reading *r, int64_t now_ms, struct arena *mem,
		 struct report *out)
{
	json_init(&report_schema, out);
	out->schema = REPORT_SCHEMA_MAX;
	out->at_ms = now_ms;
	out->source = m->source;
	out->server = r->server;
	out->health = r->health;
	out->licence = r->licence;
	out->infrastructure = r->infrastructure;
	out->connector = REPORT_NEW(mem, struct report_connector, &report_connector_schema);
	out->connector->version = IMPRIMATUR_VERSION;
	out->connector->os = word_find(connector_os_names, str_of(os_family()));
}

bool memory_take(struct memory *m, struct reading *r, int64_t now_ms, int64_t mono_ms,
		 struct arena *mem, struct report *ret_report)
{
	struct hash state = state_of(r);
	bool counted = r->usage && (r->usage->periods.len || r->usage->days.len);
	bool all, due;
	struct report_devices *devices = NULL;

	all = r->has_devices && !m->more &&
	      (m->tell_all || mono_ms - m->all_at_ms >= COLLECT_ALL_MS);
	if (!m->more)
		m->reading++;
	if (r->has_devices)
		devices = take_devices(m, r, all, mem);
	due = m->due || devices || counted || !hash_eq(&state, &m->told) ||
	      moved(r->health->disk_used_percent, m->told_disk) ||
	      r->health->uptime_hours < m->told_uptime_hours ||
	      mono_ms - m->told_at_ms >= m->heartbeat_ms;
	if (!due)
		return false;
	fill(m, r, now_ms, mem, ret_report);
	ret_report->devices = devices;
	ret_report->usage = TAKE(r->usage);
	m->due = false;
	m->told = state;
	m->told_disk = r->health->disk_used_percent;
	m->told_uptime_hours = r->health->uptime_hours;
	m->told_at_ms = mono_ms;
	if (all) {
		m->tell_all = false;
		m->all_at_ms = mono_ms;
	}
	return true;
}
