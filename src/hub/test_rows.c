/* test_rows.c - see test_rows.h. */
#include "hub/test_rows.h"

#include "base/test.h"
#include <stdio.h>
#include <string.h>

void rows_each_table(const char *path, void (*fn)(struct engine *e, const char *table, void *arg),
		     void *arg)
{
	struct engine_stmt *s = NULL;
	struct engine *e = NULL;

	assert_int_equal(engine_open(path, ENGINE_READ, &e), 0);
	assert_int_equal(engine_prepare(e, "tables",
					"SELECT name FROM sqlite_master WHERE type = 'table' "
					"AND name NOT LIKE 'sqlite_%'",
					&s),
			 0);
	while (engine_step(s) > 0) {
		struct str name = engine_col_text(s, 0);
		char table[64];

		snprintf(table, sizeof(table), "%.*s", (int)name.len, name.p);
		fn(e, table, arg);
	}
	engine_finish(&s);
	engine_close(&e);
}

static const struct id *named(const struct rows_owner *o, struct str column)
{
	static const struct {
		const char *column;
		size_t at;
	} ids[] = { { "provider_id", offsetof(struct rows_owner, provider) },
		    { "customer_id", offsetof(struct rows_owner, customer) },
		    { "site_id", offsetof(struct rows_owner, site) },
		    { "subject_id", offsetof(struct rows_owner, site) },
		    { "connector_id", offsetof(struct rows_owner, connector) } };

	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		if (str_eq(column, str_of(ids[i].column)))
			return (const void *)((const char *)o + ids[i].at);
	}
	return NULL;
}

static void put_value(struct str name, struct str type, const struct id *id, int n, struct buf *out)
{
	struct id fresh = id_new();

	if (str_eq(type, STR("BYTEA"))) {
		buf_puts(out, "x'");
		buf_put_hex(out, (id ? id : &fresh)->b, sizeof(fresh.b));
		if (str_eq(name, STR("public_key"))) /* which are read at the start */
			buf_put_hex(out, fresh.b, sizeof(fresh.b));
		buf_putc(out, '\'');
	} else if (str_eq(type, STR("BIGINT"))) {
		buf_printf(out, "%d", n + 1);
	} else if (str_eq(type, STR("TEXT"))) {
		buf_putc(out, '\'');
		buf_put_hex(out, fresh.b, sizeof(fresh.b));
		buf_putc(out, '\'');
	} else {
		buf_putc(out, '1');
	}
}

/* The values of a row: ids where the column's name says so, else what its type allows. */
static bool put_values(struct engine *e, const char *table, const struct rows_owner *o, int n,
		       struct buf *names, struct buf *values)
{
	struct engine_stmt *s = NULL;
	bool theirs = false;
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT name, type FROM pragma_table_info('%s')", table);
	assert_int_equal(engine_prepare(e, "columns", sql, &s), 0);
	for (int i = 0; engine_step(s) > 0; i++) {
		struct str name = engine_col_text(s, 0);
		const struct id *id = named(o, name);

		theirs |= id && !str_eq(name, STR("provider_id"));
		buf_printf(names, "%s%.*s", i ? "," : "", (int)name.len, name.p);
		buf_puts(values, i ? "," : "");
		put_value(name, engine_col_text(s, 1), id, n, values);
	}
	engine_finish(&s);
	return theirs;
}

static void put_row(struct engine *e, const char *table, const struct rows_owner *o, int n,
		    bool all)
{
	struct buf names = buf_new(4 * KIB), values = buf_new(16 * KIB), sql = buf_new(32 * KIB);

	if (put_values(e, table, o, n, &names, &values) || all) {
		buf_printf(&sql, "INSERT OR IGNORE INTO %s (%s) VALUES (%s)", table,
			   (const char *)names.data, (const char *)values.data);
		assert_int_equal(engine_exec(e, (const char *)sql.data), 0);
	}
	buf_done(&names);
	buf_done(&values);
	buf_done(&sql);
}

struct filling {
	const char *path;
	const struct rows_owner *owner;
	const char *const *skip;
	bool all;
};

static void fill_table(struct engine *e, const char *table, void *arg)
{
	const struct filling *f = arg;
	struct engine *writer = NULL;

	for (size_t i = 0; f->skip[i]; i++) {
		if (strcmp(table, f->skip[i]) == 0)
			return;
	}
	assert_int_equal(engine_open(f->path, ENGINE_WRITE, &writer), 0);
	assert_int_equal(engine_exec(writer, "BEGIN"), 0);
	for (int n = 0; n < f->owner->rows; n++)
		put_row(writer, table, f->owner, n, f->all);
	assert_int_equal(engine_exec(writer, "COMMIT"), 0);
	engine_close(&writer);
}

void rows_fill(const char *path, const struct rows_owner *o, const char *const *skip, bool all)
{
	struct filling f = { path, o, skip, all };

	rows_each_table(path, fill_table, &f);
}
