/* export_store.c - the rows of a site, table by table. */
#include "hub/export/store.h"

#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "db/change.h"
#include "hub/auth/auth.h"
#include "hub/export/export.h"
#include "hub/export/row.h"
#include "hub/mail/mail.h"
#include "hub/report/report.h"
#include "net/mail.h"
#include "hub/site/site.h"
#include "hub/status/status.h"
#include "model/series.h"
#include "model/words.h"

#define ROWS_AT_ONCE 500
#define PAGE_BYTES   (128 * KIB) /* no row is begun beyond it */
#define PAGE_MAX                                                                                   \
	(PAGE_BYTES + 12 * MIB) /* and one row: a record of 1 MiB, each octet of it as six */

/* ---- words ---- */

static const char *series_word(int number)
{
	const struct series_def *s = series_by_number(number);

	return s ? s->name : NULL;
}

static const char *kind_word(int kind)
{
	return kind > ID_NONE && kind < ID_KINDS ? id_prefix((enum id_kind)kind) : NULL;
}

static const char *mail_word(int reason)
{
	return mail_reason_word(reason);
}

static const char *const step_names[] = { "hour", "day", NULL };
static const char *const record_names[] = { "report", "gap", NULL };

struct mailed_to {
	const char *to;
};
static const struct json_field mailed_to_fields[] = {
	{ "to", JSON_TEXT, offsetof(struct mailed_to, to), .flags = JSON_REQUIRED }, {}
};
static const struct json_schema mailed_to = { "mailed_to", sizeof(struct mailed_to), JSON_OPEN,
					      mailed_to_fields };

/* ---- tables.def: the queries ---- */

#define OF_SITE           "provider_id = :provider AND site_id = :subject"
#define OF_SUBJECT        "provider_id = :provider AND subject_id = :subject"
#define OF_CONNECTOR      "provider_id = :provider AND connector_id = :subject"
#define ONE               ""
#define AFTER(keys, last) " AND (" keys ") > (" last ") ORDER BY " keys

#define OUTSIDE(table, why)
#define WITHIN(table, other)
#define WITHOUT(column, why)
#define TABLE(table)             static const char sql_##table[] = "SELECT 0"
#define JOINED(sql, ...)         ", " #sql
#define JOINED_KEY(sql, ...)     ", " #sql
#define JOINED_SUBJECT(sql, ...) ", " #sql
#define COLUMN(column, ...)      ", " #column
#define KEY(column, ...)         ", " #column
#define SUBJECT(column, ...)     ", " #column
#define ROWS(table, whose, from, where, order)                                                     \
	" FROM " from " WHERE " where order " LIMIT :most";                                        \
	QUERY(q_##table, "export_" #table, sql_##table);
#include "hub/export/tables.def"
#undef TABLE
#undef JOINED
#undef JOINED_KEY
#undef JOINED_SUBJECT
#undef COLUMN
#undef KEY
#undef SUBJECT
#undef ROWS

/* ---- the columns ---- */

#define TABLE(table)                         static const struct column columns_##table[] = {
#define COLUMN(column, of, ...)              { #column, COLUMN_##of, __VA_ARGS__ },
#define KEY(column, of, ...)                 { #column, COLUMN_##of, .key = true, __VA_ARGS__ },
#define SUBJECT(column, of, ...)             { #column, COLUMN_##of, .subject = true, __VA_ARGS__ },
#define JOINED(sql, column, of, ...)         COLUMN(column, of, __VA_ARGS__)
#define JOINED_KEY(sql, column, of, ...)     KEY(column, of, __VA_ARGS__)
#define JOINED_SUBJECT(sql, column, of, ...) SUBJECT(column, of, __VA_ARGS__)
#define ROWS(table, whose, from, where, order)                                                     \
	{                                                                                          \
	}                                                                                          \
	}                                                                                          \
	;
#include "hub/export/tables.def"
#undef TABLE
#undef COLUMN
#undef KEY
#undef SUBJECT
#undef ROWS

/* ---- the tables ---- */

#define TABLE(table)
#define COLUMN(column, ...)
#define KEY(column, ...)
#define SUBJECT(column, ...)
#define ROWS(table, whose, from, where, order)                                                     \
	{ #table, whose_##whose, &q_##table, columns_##table },
static const struct table {
	const char *name;
	enum whose { whose_site, whose_customer, whose_connector } whose;
	const struct query *query;
	const struct column *columns;
} tables[] = {
#include "hub/export/tables.def"
};
#undef TABLE
#undef COLUMN
#undef KEY
#undef SUBJECT
#undef ROWS
#undef OUTSIDE
#undef WITHIN
#undef WITHOUT

/* ---- all that it says ---- */

#define TABLE(table)         { #table, NULL, NULL },
#define COLUMN(column, ...)  { NULL, #column, NULL },
#define KEY(column, ...)     { NULL, #column, NULL },
#define SUBJECT(column, ...) { NULL, #column, NULL },
#define ROWS(table, ...)
#define OUTSIDE(table, why)  { #table, NULL, why },
#define WITHIN(table, other) { #table, NULL, NULL },
#define WITHOUT(column, why) { NULL, #column, why },
static const struct {
	const char *table, *column, *why;
} said[] = {
#include "hub/export/tables.def"
};

bool export_said(size_t i, struct export_said *ret_said)
{
	if (i >= ARRAY_LEN(said))
		return false;
	*ret_said = (struct export_said){ said[i].table, said[i].column };
	return true;
}

/* ---- a page ---- */

QUERY(q_next, "export_next_connector",
      "SELECT connector_id FROM connector WHERE provider_id = :provider AND site_id = :site "
      "AND connector_id > :after ORDER BY connector_id LIMIT 1");

static bool is_number(const struct column *c)
{
	return c->kind == COLUMN_INT || c->kind == COLUMN_TIME || c->kind == COLUMN_WORD;
}

/* Below all that there are, or those of the last row. */
static void bind_keys(struct stmt *st, const struct table *t, const struct export_place *p)
{
	static const char *const names[EXPORT_KEYS_MAX] = { ":k1", ":k2", ":k3" };
	size_t n = 0;

	for (const struct column *c = t->columns; c->name; c++) {
		const struct export_key *k = &p->keys[n];

		if (!c->key)
			continue;
		assert(n < EXPORT_KEYS_MAX);
		if (is_number(c))
			stmt_i64(st, names[n], p->begun ? k->number : INT64_MIN);
		else if (c->kind == COLUMN_TEXT)
			stmt_text(st, names[n], p->begun ? (const char *)k->octets : "");
		else
			stmt_blob(st, names[n], k->octets, p->begun ? k->len : 0);
		n++;
	}
}

/* False: it has none but the subject, so that there is one row at most. */
static bool note_keys(struct stmt *st, const struct table *t, struct export_place *p)
{
	size_t n = 0;

	for (int i = 0; t->columns[i].name; i++) {
		const struct column *c = &t->columns[i];
		struct export_key *k = &p->keys[n];
		struct str octets;

		if (!c->key)
			continue;
		n++;
		if (is_number(c)) {
			k->number = col_i64(st, i + 1);
			continue;
		}
		octets = c->kind == COLUMN_TEXT ? str_of(col_text(st, i + 1)) : col_blob(st, i + 1);
		assert(octets.len < sizeof(k->octets)); /* row_write() has looked */
		if (octets.len)
			memcpy(k->octets, octets.p, octets.len);
		k->octets[octets.len] = 0;
		k->len = octets.len;
	}
	p->begun = n > 0;
	return p->begun;
}

/* Rows of one subject: 1 if there may be more. */
static int put_rows(struct tenant_db *db, struct arena *mem, const struct table *t,
		    struct id subject, struct export_place *p, struct buf *out)
{
	struct stmt *st = tenant_query(db, t->query);
	bool full = false;
	int rows = 0, rc;

	stmt_id(st, ":subject", subject);
	stmt_i64(st, ":most", ROWS_AT_ONCE);
	bind_keys(st, t, p);
	while (!full && stmt_row(st)) {
		row_write(db, mem, st, t->name, t->columns, out);
		full = note_keys(st, t, p) && (out->len >= PAGE_BYTES || ++rows == ROWS_AT_ONCE);
		p->rows++;
	}
	rc = stmt_end(st);
	return rc < 0 ? rc : full;
}

/* The next of the site's connectors; zero: there is none any more. */
static int next_connector(struct tenant_db *db, struct export_place *p)
{
	struct stmt *st = tenant_query(db, &q_next);

	stmt_id(st, ":site", p->site);
	stmt_blob(st, ":after", p->connector.b, sizeof(p->connector.b));
	return stmt_one_id(st, &p->connector);
}

/* Some rows of the table in which the place is, and on to where the next ones are. */
static int step(struct tenant_db *db, struct arena *mem, struct export_place *p, struct buf *out)
{
	const struct table *t = &tables[p->table];
	struct id subject = t->whose == whose_customer ? p->customer : p->site;
	int rc = 0;

	if (t->whose == whose_connector) {
		if (id_is_zero(p->connector))
			rc = next_connector(db, p);
		subject = p->connector;
	}
	if (rc == 0 && !id_is_zero(subject))
		rc = put_rows(db, mem, t, subject, p, out);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	p->begun = false;
	if (t->whose == whose_connector && !id_is_zero(p->connector))
		rc = next_connector(db, p);
	if (id_is_zero(p->connector))
		p->table++;
	return rc;
}

/* ---- its first line and its last ---- */

static void put_first(const struct export_place *p, struct buf *out)
{
	char site[ID_TEXT_MAX], at[TIME_TEXT_MAX];
	const char *table = NULL, *comma = "";

	id_encode(ID_SITE, p->site, site);
	time_encode(clock_wall_ms(), at);
	buf_printf(out,
		   "{\"export\":\"site\",\"format\":1,\"site_id\":\"%s\",\"at\":\"%s\","
		   "\"left_out\":[",
		   site, at);
	for (size_t i = 0; i < ARRAY_LEN(said); i++) {
		if (said[i].table)
			table = said[i].table;
		if (!said[i].why)
			continue;
		buf_printf(out, "%s{\"table\":\"%s\",", comma, table);
		if (said[i].column)
			buf_printf(out, "\"column\":\"%s\",", said[i].column);
		buf_puts(out, "\"why\":");
		json_put_text(out, str_of(said[i].why));
		buf_putc(out, '}');
		comma = ",";
	}
	buf_puts(out, "]}\n");
}

int export_page(struct tenant_db *db, struct arena *mem, struct export_place *p,
		struct str *ret_lines)
{
	struct buf out = buf_new(PAGE_MAX);
	int64_t until_ms;
	int rc = auth_login_until(db, p->login, &until_ms);

	if (rc == 0 && until_ms <= clock_wall_ms())
		rc = ERR_UNAUTHENTICATED;
	if (rc == 0)
		rc = site_customer(db, p->site, &p->customer);
	if (rc == 0 && p->table == 0 && !p->begun)
		put_first(p, &out);
	while (rc == 0 && p->table < ARRAY_LEN(tables) && out.len < PAGE_BYTES)
		rc = step(db, mem, p, &out);
	p->done = p->table == ARRAY_LEN(tables);
	if (p->done)
		buf_printf(&out, "{\"export\":\"end\",\"rows\":%lld}\n", (long long)p->rows);
	if (rc == 0)
		rc = buf_status(&out);
	if (rc == 0)
		*ret_lines = (struct str){ arena_dup(mem, out.data, out.len), out.len };
	buf_wipe(&out);
	return rc;
}
