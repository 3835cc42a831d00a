/* target_import.c - candidates for targets: from queues' device URIs and from tables. */
#include "connector/target.h"
#include "base/csv.h"
#include "base/err.h"
#include "model/report.h"
#include "net/address_kind.h"

#include <string.h>

#define COLUMNS_MAX 32

static struct target empty_target(void)
{
	return (struct target){
		.kind = TARGET_MFP,
		.tls = TARGET_PINNED,
		.old_tls = JSON_UNSAID,
		.whole_bodies = JSON_UNSAID,
	};
}

/* ---- device URIs ---- */

/* The authority of "scheme://[user@]host[:port][/...]"; or of "hp:/net/Model?ip=192.0.2.7", as
 * HP's own drivers write it. */
static struct str device_host(struct str uri)
{
	static const char *const schemes[] = { "socket://", "ipp://", "ipps://", "http://",
					       "https://",  "lpd://", "smb://" };
	const char *ip;
	struct str rest = {};

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
		struct str scheme = str_of(schemes[i]);

		if (uri.len > scheme.len &&
		    str_eq_nocase((struct str){ uri.p, scheme.len }, scheme))
			rest = (struct str){ uri.p + scheme.len, uri.len - scheme.len };
	}
	if (rest.p) {
		size_t len = strcspn(rest.p, "/?");
		const char *at;

		rest.len = len;
		at = memchr(rest.p, '@', rest.len);
		return at ? (struct str){ at + 1, (size_t)(rest.p + rest.len - at) - 1 } : rest;
	}
	ip = str_starts(uri, STR("hp:/net/")) ? strstr(uri.p, "?ip=") : NULL;
	return ip ? (struct str){ ip + 4, strcspn(ip + 4, "&") } : rest;
}

/* Without its port, which is that of another protocol. */
static struct str without_port(struct str authority)
{
	const char *end;

	if (str_starts(authority, STR("["))) {
		end = memchr(authority.p, ']', authority.len);
		return end ? (struct str){ authority.p, (size_t)(end - authority.p) + 1 }
			   : authority;
	}
	end = memchr(authority.p, ':', authority.len);
	return end ? (struct str){ authority.p, (size_t)(end - authority.p) } : authority;
}

bool target_from_device_uri(const char *uri, const char *name, struct arena *mem,
			    struct target *ret_target)
{
	struct str host = device_host(str_of(uri));
	struct target one = empty_target();
	struct target_place place;

	one.name = arena_strdup(mem, name);
	*ret_target = one;
	if (!host.len)
		return false;
	host = without_port(host);
	host.len -= str_ends(host, STR("."));
	one.address = arena_printf(mem, "https://%.*s", (int)host.len, host.p);
	/* Service names of DNS-SD are no hosts. */
	if (target_place_of(one.address, &place) < 0 || strchr(place.host, '_') ||
	    strcmp(place.host, "localhost") == 0)
		return false;
	*ret_target = one;
	return true;
}

/* ---- tables ---- */

enum column { NAME, ADDRESS, KIND, TLS, CERTIFICATE, COLUMNS };
static const char *const titles[COLUMNS] = { "name", "address", "kind", "tls", "certificate" };

struct table {
	int at[COLUMNS]; /* the field's place in a row; -1: there is none */
	struct arena *mem;
};

static bool read_titles(struct table *t, const struct str *fields, size_t len)
{
	for (int c = 0; c < COLUMNS; c++) {
		t->at[c] = -1;
		for (size_t i = 0; i < len && t->at[c] < 0; i++) {
			if (str_eq_nocase(str_trim(fields[i]), str_of(titles[c])))
				t->at[c] = (int)i;
		}
	}
	return t->at[NAME] >= 0 && t->at[ADDRESS] >= 0;
}

static struct str field(const struct table *t, enum column c, const struct str *fields, size_t len)
{
	int at = t->at[c];

	return at >= 0 && (size_t)at < len ? str_trim(fields[at]) : (struct str){};
}

static const char *text(const struct table *t, struct str s)
{
	return s.len ? arena_strndup(t->mem, s.p, s.len) : NULL;
}

/* The word's number; `otherwise` if nothing stands there, -1 for another word. */
static int word(struct str s, const char *const *names, int otherwise)
{
	if (!s.len)
		return otherwise;
	for (int i = 0; names[i]; i++) {
		if (str_eq_nocase(s, str_of(names[i])))
			return i;
	}
	return -1;
}

/* "AB:CD:..." and "abcd...", as tools print it. */
static const char *fingerprint(const struct table *t, struct str s)
{
	struct buf out = buf_new(4 * HASH_LEN);
	const char *copy = NULL;

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] != ':')
			buf_putc(&out,
				 (char)(s.p[i] >= 'A' && s.p[i] <= 'F' ? s.p[i] + 0x20 : s.p[i]));
	}
	if (out.len && buf_status(&out) == 0)
		copy = arena_strndup(t->mem, (const char *)out.data, out.len);
	buf_done(&out);
	return copy;
}

static struct target read_target(const struct table *t, const struct str *fields, size_t len)
{
	struct str address = field(t, ADDRESS, fields, len);
	struct target one = empty_target();
	struct target_place place;
	bool bare = !address.len || !memchr(address.p, '/', address.len);

	one.name = text(t, field(t, NAME, fields, len));
	one.address = bare ? arena_printf(t->mem, "https://%.*s", (int)address.len, address.p)
			   : text(t, address);
	one.kind = word(field(t, KIND, fields, len), target_kind_names, TARGET_MFP);
	one.certificate = fingerprint(t, field(t, CERTIFICATE, fields, len));
	one.tls = word(field(t, TLS, fields, len), target_tls_names,
		       target_place_of(one.address, &place) == 0 && !place.secure ? TARGET_PLAIN
										  : TARGET_PINNED);
	return one;
}

int target_row_problem(const struct targets *known, const struct json_list *rows,
		       const struct target *one)
{
	int problem = target_check(known, one);
	size_t good = 0;

	if (problem == TARGET_CERTIFICATE_BAD && !one->certificate)
		problem = -1;
	for (size_t i = 0; problem < 0 && i < rows->len; i++) {
		const struct target_row *row = rows->items[i];

		good += row->problem < 0;
		if (row->problem < 0 && strcmp(row->target.name, one->name) == 0)
			problem = TARGET_NAME_TAKEN;
		else if (row->problem < 0 && target_same_place(&row->target, one))
			problem = TARGET_ADDRESS_TAKEN;
	}
	if (problem < 0 && known->items.len + good >= TARGETS_MAX)
		problem = TARGET_TOO_MANY;
	return problem;
}

/* As spreadsheets write the rows below a table's last. */
static bool is_empty(const struct str *fields, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (str_trim(fields[i]).len)
			return false;
	return true;
}

int targets_from_csv(struct str table_text, const struct targets *known, struct arena *mem,
		     struct json_list *out)
{
	struct str fields[COLUMNS_MAX];
	struct table t = { .mem = mem };
	struct csv c;
	size_t len;
	int rc;

	csv_begin(&c, table_text);
	rc = csv_row(&c, mem, fields, COLUMNS_MAX, &len);
	if (rc <= 0 || !read_titles(&t, fields, len))
		return ERR_INVALID;
	while ((rc = csv_row(&c, mem, fields, COLUMNS_MAX, &len)) != 0) {
		struct target_row *row;

		if (rc > 0 && is_empty(fields, len))
			continue;
		if (out->len == TARGETS_MAX)
			return ERR_TOO_LARGE;
		row = ARENA_NEW(mem, struct target_row);
		row->line = c.line;
		row->target = rc < 0 ? empty_target() : read_target(&t, fields, len);
		row->problem =
			rc < 0 ? TARGET_LINE_BAD : target_row_problem(known, out, &row->target);
		report_list_add(mem, out, row);
	}
	return 0;
}
