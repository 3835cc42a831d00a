/* marks.c - see marks.h. */
#include "sim/marks.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/map.h"
#include "sim/scenario.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST_MAX (64 * MIB)

struct marks {
	struct map known; /* mark -> itself */
	struct buf list;  /* the JSON so far, without its last bracket */
	bool grown;
};

struct marks *marks_new(void)
{
	struct marks *m = xcalloc(1, sizeof(*m));

	m->list = buf_new(LIST_MAX);
	return m;
}

void marks_free(struct marks **m)
{
	if (!*m)
		return;
	map_done(&(*m)->known);
	buf_done(&(*m)->list);
	free(*m);
	*m = NULL;
}

static void list(struct marks *m, enum mark_kind kind, const char *text, const char *where)
{
	if (map_get(&m->known, text, strlen(text)))
		return;
	map_put(&m->known, text, strlen(text), m);
	m->grown = true;
	buf_puts(&m->list, m->list.len ? ",\n{\"mark\":" : "[{\"mark\":");
	json_put_text(&m->list, str_of(text));
	buf_puts(&m->list, ",\"in\":");
	json_put_text(&m->list, str_of(where));
	buf_printf(&m->list, ",\"may_leave\":%s}", kind == MARK_LABEL ? "true" : "false");
}

void mark(struct marks *m, enum mark_kind kind, char out[static MARK_SIZE], const char *fmt, ...)
{
	char where[200];
	struct hash h;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(where, sizeof(where), fmt, ap);
	va_end(ap);
	h = hash_of(where, strlen(where));
	snprintf(out, MARK_SIZE, "zzmark%02x%02x%02x%02x", h.b[0], h.b[1], h.b[2], h.b[3]);
	list(m, kind, out, where);
}

int marks_write(struct marks *m, const char *path)
{
	size_t len = m->list.len;
	int rc;

	if (!m->grown)
		return 0;
	buf_puts(&m->list, "]\n");
	rc = buf_status(&m->list);
	if (rc == 0)
		rc = file_replace(path, m->list.data, m->list.len, FILE_PUBLIC);
	m->list.len = len;
	m->grown = rc < 0;
	return rc;
}

/* --- the scenario's own texts ------------------------------------------------------------------
 */

/* clang-format off */
struct text_row {
	const char *name;
	size_t offset; /* of a const char * */
};
static const struct text_row scenario_texts[] = {
	{ "version",	offsetof(struct scenario, version) },
	{ "os",		offsetof(struct scenario, os) },
	{ "missing key", offsetof(struct scenario, missing_key_text) },
	{ "wrong key",	offsetof(struct scenario, wrong_key_text) },
	{}
};
static const struct text_row printer_texts[] = {
	{ "location",	offsetof(struct sim_printer, location) },
	{ "physical id", offsetof(struct sim_printer, physical_id) },
	{}
};
static const struct text_row device_texts[] = {
	{ "description", offsetof(struct sim_device, description) },
	{ "location",	offsetof(struct sim_device, location) },
	{ "hosting server", offsetof(struct sim_device, hosting_server) },
	{}
};
/* clang-format on */

static void mark_texts(struct marks *m, struct arena *mem, const struct text_row *rows, void *in,
		       const char *what, int64_t id)
{
	char word[MARK_SIZE];

	for (const struct text_row *row = rows; row->name; row++) {
		const char **at = (const char **)(void *)((char *)in + row->offset);

		mark(m, MARK_NEVER, word, "%s %lld %s", what, (long long)id, row->name);
		*at = *at ? arena_printf(mem, "%s %s", *at, word) : arena_strdup(mem, word);
	}
}

/* A name such as people give: with somebody's e-mail, a host and an address in it.  What is left of
 * it when these are masked carries the one mark that may leave. */
static const char *mark_name(struct marks *m, struct arena *mem, const char *name, const char *what,
			     int64_t id)
{
	char label[MARK_SIZE], mail[MARK_SIZE], host[MARK_SIZE], server[MARK_SIZE], address[24];
	const char *cut = strrchr(name, '\\');

	mark(m, MARK_LABEL, label, "%s %lld name", what, (long long)id);
	mark(m, MARK_NEVER, mail, "%s %lld e-mail in name", what, (long long)id);
	mark(m, MARK_NEVER, host, "%s %lld host in name", what, (long long)id);
	snprintf(address, sizeof(address), "10.%d.%d.%d", 100 + (int)(id >> 14 & 127),
		 (int)(id >> 7 & 127), 100 + (int)(id & 127));
	list(m, MARK_NEVER, address, what);
	if (!cut)
		return arena_printf(mem, "%s %s %s@example.org %s.corp.example %s", name, label,
				    mail, host, address);
	mark(m, MARK_NEVER, server, "%s %lld server", what, (long long)id);
	return arena_printf(mem, "%.*s-%s\\%s %s %s@example.org %s.corp.example %s",
			    (int)(cut - name), name, server, cut + 1, label, mail, host, address);
}

void marks_scenario(struct marks *m, struct arena *mem, struct scenario *s)
{
	mark_texts(m, mem, scenario_texts, s, "server", 0);
	for (size_t i = 0; i < s->printers.len; i++) {
		struct sim_printer *p = s->printers.items[i];

		p->name = mark_name(m, mem, p->name, "printer", p->id);
		mark_texts(m, mem, printer_texts, p, "printer", p->id);
	}
	for (size_t i = 0; i < s->devices.len; i++) {
		struct sim_device *d = s->devices.items[i];

		d->name = mark_name(m, mem, d->name, "device", d->id);
		mark_texts(m, mem, device_texts, d, "device", d->id);
	}
}
