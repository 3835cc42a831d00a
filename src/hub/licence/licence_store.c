/* licence_store.c - rows of licence_entry, sealed by the customer's key: erasing it erases them. */
#include "hub/licence/licence_store.h"

#include "base/clock.h"
#include "db/seal_row.h"
#include "hub/provider/provider.h"
#include "model/facts.h"
#include "model/licence.h"

#define AT(member) offsetof(struct site_licence_entry, member)

/* clang-format off */
static const struct json_field sealed_fields[] = {
	{ "organisation", JSON_TEXT, AT(organisation) },
	{ "customer_reference", JSON_TEXT, AT(customer_reference) },
	{ "note", JSON_TEXT, AT(note) },
	{}
};
static const struct json_schema licence_sealed = {
	"licence_sealed", sizeof(struct site_licence_entry), JSON_OPEN, sealed_fields
};
/* clang-format on */

QUERY(q_get, "licence_entry_by_site",
      "SELECT revision, edited_ms, user_id, support_ms, licence_ms, sealed FROM licence_entry"
      " WHERE provider_id = :provider AND site_id = :site");
QUERY(q_ends, "licence_ends_by_site",
      "SELECT support_ms, licence_ms FROM licence_entry"
      " WHERE provider_id = :provider AND site_id = :site");
QUERY(q_put, "licence_entry_put",
      "INSERT INTO licence_entry (provider_id, site_id, customer_id, revision, edited_ms, user_id,"
      " support_ms, licence_ms, sealed)"
      " VALUES (:provider, :site, :customer, :revision, :now, :user, :support, :licence, :sealed)"
      " ON CONFLICT (provider_id, site_id) DO UPDATE SET revision = excluded.revision,"
      " edited_ms = excluded.edited_ms, user_id = excluded.user_id,"
      " support_ms = excluded.support_ms, licence_ms = excluded.licence_ms,"
      " sealed = excluded.sealed");

static int get_row(struct tenant_db *db, struct arena *mem, struct id site,
		   struct site_licence_entry *ret_entry, struct id *ret_user)
{
	struct stmt *st = tenant_query(db, &q_get);
	struct row_key row = row_key_of("licence_entry", site);
	struct site_licence_entry e;
	struct id user = {};
	bool found;
	int rc;

	json_init(&site_licence_entry_schema, &e);
	stmt_id(st, ":site", site);
	found = stmt_row(st);
	if (found) {
		e.revision = col_i64(st, 0);
		e.edited_ms = col_i64(st, 1);
		user = col_id(st, 2);
		e.support_ends_on = licence_date_text(mem, col_i64_or(st, 3, JSON_ABSENT_INT));
		e.licence_ends_on = licence_date_text(mem, col_i64_or(st, 4, JSON_ABSENT_INT));
		col_sealed(st, 5, &row, &licence_sealed, mem, &e);
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	if (!found)
		return ERR_NOT_FOUND;
	*ret_entry = e;
	*ret_user = user;
	return 0;
}

int licence_entry_get(struct tenant_db *db, struct arena *mem, struct id site,
		      struct site_licence_entry *ret_entry)
{
	struct site_licence_entry e;
	struct id user;
	int rc = get_row(db, mem, site, &e, &user);

	if (rc == 0)
		rc = person_name(db, mem, user, &e.edited_by);
	if (rc == 0)
		*ret_entry = e;
	return rc;
}

int licence_ends_get(struct tenant_db *db, struct id site, struct licence_ends *ret_ends)
{
	struct licence_ends ends = { JSON_ABSENT_INT, JSON_ABSENT_INT };
	struct stmt *st = tenant_query(db, &q_ends);
	int rc;

	stmt_id(st, ":site", site);
	if (stmt_row(st))
		ends = (struct licence_ends){ col_i64_or(st, 0, JSON_ABSENT_INT),
					      col_i64_or(st, 1, JSON_ABSENT_INT) };
	rc = stmt_end(st);
	if (rc == 0)
		*ret_ends = ends;
	return rc;
}

static const char *facts_of(struct arena *mem, const struct site_licence_entry *e)
{
	struct change_facts f;

	json_init(&change_facts_schema, &f);
	f.entered_organisation = e->organisation;
	f.entered_reference = e->customer_reference;
	f.entered_support_ends = e->support_ends_on;
	f.entered_licence_ends = e->licence_ends_on;
	f.entered_note = e->note;
	return facts_text(mem, &f);
}

static int end_of(const char *date, int64_t *ret_ms)
{
	*ret_ms = JSON_ABSENT_INT;
	return date ? licence_date_parse(str_of(date), ret_ms) : 0;
}

int licence_entry_put(struct tenant_db *db, struct arena *mem, const struct site_licence_entry *e,
		      struct change_in *change)
{
	struct row_key row = row_key_of("licence_entry", change->object);
	struct site_licence_entry old;
	struct licence_ends ends;
	struct stmt *st;
	struct id user;
	int rc;

	json_init(&site_licence_entry_schema, &old);
	old.revision = 0;
	rc = get_row(db, mem, change->object, &old, &user);
	if (rc == ERR_NOT_FOUND)
		rc = 0;
	if (rc == 0 && old.revision != e->revision)
		rc = ERR_EDITED;
	if (rc == 0)
		rc = end_of(e->support_ends_on, &ends.support_ms);
	if (rc == 0)
		rc = end_of(e->licence_ends_on, &ends.licence_ms);
	if (rc < 0)
		return rc;
	st = tenant_query(db, &q_put);
	stmt_id(st, ":site", change->object);
	stmt_id(st, ":customer", change->customer);
	stmt_i64(st, ":revision", old.revision + 1);
	stmt_i64(st, ":now", clock_wall_ms());
	stmt_id(st, ":user", change->actor);
	stmt_time(st, ":support", ends.support_ms);
	stmt_time(st, ":licence", ends.licence_ms);
	stmt_sealed(st, ":sealed", change->customer, &row, &licence_sealed, e);
	rc = stmt_run(st);
	if (rc < 0)
		return rc;
	change->before = facts_of(mem, &old);
	change->after = facts_of(mem, e);
	return change_write(db, change);
}
