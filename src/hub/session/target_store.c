/* target_store.c - rows of target: what a site lets be opened besides its console. */
#include "hub/session/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "db/seal_row.h"

struct target_texts {
	const char *name;
};

/* clang-format off */
static const struct json_field texts_fields[] = {
	{ "name", JSON_TEXT, offsetof(struct target_texts, name), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema target_sealed = {
	"target_sealed", sizeof(struct target_texts), JSON_OPEN, texts_fields
};
/* clang-format on */

QUERY(q_get, "target_get",
      "SELECT kind, sealed FROM target"
      " WHERE provider_id = :provider AND site_id = :site AND target_id = :target");
QUERY(q_list, "target_list",
      "SELECT target_id, kind, sealed FROM target WHERE provider_id = :provider AND site_id = :site"
      " ORDER BY target_id");
QUERY(q_clear, "target_clear",
      "DELETE FROM target WHERE provider_id = :provider AND site_id = :site");
QUERY(q_insert, "target_insert",
      "INSERT INTO target (provider_id, site_id, target_id, kind, sealed)"
      " VALUES (:provider, :site, :target, :kind, :sealed)");
QUERY(q_revision, "targets_revision",
      "UPDATE connector SET targets_revision = :revision"
      " WHERE provider_id = :provider AND connector_id = :connector"
      " AND targets_revision < :newer_than");

static struct row_key key_of(struct id site, struct id target)
{
	struct row_key key = row_key_of("target", site);

	row_key_id(&key, target);
	return key;
}

int target_get(struct tenant_db *db, struct arena *mem, struct id site, struct id target,
	       struct target_row *ret_row)
{
	struct stmt *st = tenant_query(db, &q_get);
	struct row_key key = key_of(site, target);
	struct target_texts texts = { "" };
	struct target_row row = { .id = target };
	bool found;
	int rc;

	stmt_id(st, ":site", site);
	stmt_id(st, ":target", target);
	found = stmt_row(st);
	if (found) {
		row.kind = (int)col_i64(st, 0);
		col_sealed(st, 1, &key, &target_sealed, mem, &texts);
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	if (!found)
		return ERR_NOT_FOUND;
	row.name = texts.name;
	*ret_row = row;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct target_row *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

int target_list(struct tenant_db *db, struct arena *mem, struct id site, struct json_list *ret_rows)
{
	struct stmt *st = tenant_query(db, &q_list);
	struct json_list rows = { ARENA_ARRAY(mem, void *, TARGETS_MAX), 0 };
	int rc;

	stmt_id(st, ":site", site);
	while (rows.len < TARGETS_MAX && stmt_row(st)) {
		struct target_row *row = ARENA_NEW(mem, struct target_row);
		struct target_texts texts = { "" };
		struct row_key key;

		row->id = col_id(st, 0);
		row->kind = (int)col_i64(st, 1);
		key = key_of(site, row->id);
		col_sealed(st, 2, &key, &target_sealed, mem, &texts);
		row->name = texts.name;
		rows.items[rows.len++] = row;
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	qsort(rows.items, rows.len, sizeof(void *), by_name);
	*ret_rows = rows;
	return 0;
}

static int insert(struct tenant_db *db, struct id customer, struct id site,
		  const struct target_told *t)
{
	struct stmt *st = tenant_query(db, &q_insert);
	struct row_key key = key_of(site, t->id);
	struct target_texts texts = { t->name };
	int rc;

	stmt_id(st, ":site", site);
	stmt_id(st, ":target", t->id);
	stmt_i64(st, ":kind", t->kind);
	stmt_sealed(st, ":sealed", customer, &key, &target_sealed, &texts);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

static bool has(const struct json_list *rows, const struct target_told *t)
{
	for (size_t i = 0; i < rows->len; i++) {
		const struct target_row *row = rows->items[i];

		if (id_eq(row->id, t->id))
			return row->kind == t->kind && strcmp(row->name, t->name) == 0;
	}
	return false;
}

/* Whether it is what the site has told before. */
static bool is_known(const struct json_list *rows, const struct targets_request *told)
{
	if (rows->len != told->items.len)
		return false;
	for (size_t i = 0; i < told->items.len; i++)
		if (!has(rows, told->items.items[i]))
			return false;
	return true;
}

/* 1: it is newer.  A count that lies ahead is of a clock that did, and would shut out what comes
 * when that is set right. */
static int take_revision(struct tenant_db *db, struct id connector, int64_t revision)
{
	struct stmt *st = tenant_query(db, &q_revision);
	int64_t now_ms = clock_wall_ms();
	int rc;

	stmt_id(st, ":connector", connector);
	stmt_i64(st, ":revision", revision < now_ms ? revision : now_ms);
	stmt_i64(st, ":newer_than", revision);
	rc = stmt_run(st);
	return rc > 0 ? 1 : rc;
}

int targets_put(struct tenant_db *db, struct arena *mem, const struct target_site *where,
		const struct targets_request *told, bool *ret_changed)
{
	struct json_list rows;
	struct stmt *st;
	int rc = take_revision(db, where->connector, told->revision);

	*ret_changed = false;
	if (rc <= 0)
		return rc;
	rc = target_list(db, mem, where->site, &rows);
	if (rc < 0 || is_known(&rows, told))
		return rc;
	*ret_changed = true;
	st = tenant_query(db, &q_clear);
	stmt_id(st, ":site", where->site);
	rc = stmt_run(st);
	for (size_t i = 0; rc >= 0 && i < told->items.len; i++)
		rc = insert(db, where->customer, where->site, told->items.items[i]);
	return rc < 0 ? rc : 0;
}
