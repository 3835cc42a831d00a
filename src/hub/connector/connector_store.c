/* connector_store.c - connectors and their consent in the database. */
#include "hub/connector/store.h"

#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "db/db.h"
#include "db/seal_row.h"
#include "hub/mail/mail.h"
#include "db/stmt.h"

/* A clock that differs by less from what was noted is not noted anew with each report. */
#define SKEW_STEP_MS 2000

/* What is sealed of a connector. */
struct connector_text {
	const char *version, *os, *public_ip;
};

/* clang-format off */
static const struct json_field connector_fields[] = {
	{ "version",	JSON_TEXT, offsetof(struct connector_text, version) },
	{ "os",		JSON_TEXT, offsetof(struct connector_text, os) },
	{ "public_ip",	JSON_TEXT, offsetof(struct connector_text, public_ip) },
	{ 0 }
};
static const struct json_schema connector_schema = {
	"connector_text", sizeof(struct connector_text), JSON_OPEN, connector_fields
};

static const struct json_field consent_fields[] = {
	{ "version",	JSON_INT,  offsetof(struct consent_record, version) },
	{ "language",	JSON_TEXT, offsetof(struct consent_record, language) },
	{ "sha256",	JSON_TEXT, offsetof(struct consent_record, sha256) },
	{ "accepted",	JSON_TIME, offsetof(struct consent_record, accepted_ms) },
	{ "base",	JSON_TEXT, offsetof(struct consent_record, base) },
	{ "signature",	JSON_TEXT, offsetof(struct consent_record, signature) },
	{ "body",	JSON_TEXT, offsetof(struct consent_record, body) },
	{ 0 }
};
static const struct json_schema consent_schema = {
	"consent_record", sizeof(struct consent_record), JSON_OPEN, consent_fields
};
/* clang-format on */

QUERY(q_load, "system_connectors",
      "SELECT c.provider_id, c.connector_id, c.site_id, s.customer_id, c.replaced_by, c.revoked_ms,"
      " c.seen_ms, c.clock_skew_ms, c.copied_ms, c.perm_revision, c.command_seq, c.monitoring,"
      " t.status, t.report_ms"
      " FROM connector c"
      " JOIN site s ON s.provider_id = c.provider_id AND s.site_id = c.site_id"
      " JOIN customer u ON u.provider_id = s.provider_id AND u.customer_id = s.customer_id"
      " LEFT JOIN site_state t ON t.provider_id = c.provider_id AND t.site_id = c.site_id"
      " ORDER BY c.enrolled_ms, c.connector_id");

QUERY(q_insert, "connector_insert",
      "INSERT INTO connector (provider_id, connector_id, site_id, enrolled_ms,"
      " seen_ms, monitoring, console, mfp, sealed)"
      " VALUES (:provider, :connector, :site, :now, :now_seen, :monitoring,"
      " :console, :mfp, :sealed)");

QUERY(q_consent, "consent_insert",
      "INSERT INTO consent (provider_id, connector_id, site_id, accepted_ms, received_ms, "
      "text_sha256,"
      " evidence, sealed)"
      " VALUES (:provider, :connector, :site, :accepted, :received, :sha256, :evidence, :sealed)");

QUERY(q_current, "connector_current",
      "SELECT connector_id FROM connector"
      " WHERE provider_id = :provider AND site_id = :site AND revoked_ms IS NULL"
      " ORDER BY enrolled_ms DESC LIMIT 1");

QUERY(q_revoke, "connector_revoke",
      "UPDATE connector SET revoked_ms = :now, replaced_by = :by"
      " WHERE provider_id = :provider AND site_id = :site AND revoked_ms IS NULL");

#define RETIRED                                                                                    \
	" WHERE provider_id = :provider AND revoked_ms IS NULL AND (site_id = :site OR site_id IN" \
	" (SELECT site_id FROM site WHERE provider_id = :provider AND customer_id = :customer))"

QUERY(q_retire, "connectors_retire", "UPDATE connector SET revoked_ms = :now" RETIRED);

QUERY(q_retire_invitations, "invitations_retire",
      "UPDATE invitation SET revoked_ms = :now" RETIRED " AND used_ms IS NULL");

QUERY(q_view, "connector_view",
      "SELECT c.connector_id, c.enrolled_ms, c.revoked_ms, c.copied_ms, c.clock_skew_ms, c.spooled,"
      " c.seen_ms, c.monitoring, c.console, c.mfp, c.sealed, k.accepted_ms, k.sealed"
      " FROM connector c"
      " JOIN consent k ON k.provider_id = c.provider_id AND k.connector_id = c.connector_id"
      " WHERE c.provider_id = :provider AND c.site_id = :site"
      " ORDER BY c.enrolled_ms DESC, c.connector_id DESC LIMIT 1");

QUERY(q_permissions, "connector_permissions",
      "SELECT perm_revision, monitoring, console, mfp FROM connector"
      " WHERE provider_id = :provider AND connector_id = :connector");

QUERY(q_permissions_put, "connector_permissions_put",
      "UPDATE connector SET perm_revision = :revision, monitoring = :monitoring, console = "
      ":console,"
      " mfp = :mfp"
      " WHERE provider_id = :provider AND connector_id = :connector AND perm_revision < "
      ":newer_than");

QUERY(q_seen, "connector_seen",
      "UPDATE connector SET seen_ms = :seen, clock_skew_ms = :skew"
      " WHERE provider_id = :provider AND connector_id = :connector");

QUERY(q_caught_up, "connector_caught_up",
      "UPDATE connector SET spooled = 0"
      " WHERE provider_id = :provider AND connector_id = :connector AND spooled > 0");

QUERY(q_told, "connector_told",
      "UPDATE connector SET clock_skew_ms = :skew, spooled = :spooled, sealed = :sealed"
      " WHERE provider_id = :provider AND connector_id = :connector");

QUERY(q_copied, "connector_copied",
      "UPDATE connector SET copied_ms = :now"
      " WHERE provider_id = :provider AND connector_id = :connector AND copied_ms IS NULL");

QUERY(q_clear_copied, "connector_clear_copied",
      "UPDATE connector SET copied_ms = NULL WHERE provider_id = :provider AND site_id = :site"
      " AND copied_ms IS NOT NULL AND revoked_ms IS NULL RETURNING connector_id");

int connectors_load(struct system_db *db, void (*fn)(const struct connector_row *row, void *arg),
		    void *arg)
{
	struct stmt *st = system_query(db, &q_load);

	while (stmt_row(st)) {
		struct connector_row row = {
			.provider = col_id(st, 0),
			.id = col_id(st, 1),
			.site = col_id(st, 2),
			.customer = col_id(st, 3),
			.replaced = !col_null(st, 4),
			.revoked_ms = col_i64_or(st, 5, JSON_ABSENT_INT),
			.seen_ms = col_i64_or(st, 6, JSON_ABSENT_INT),
			.skew_ms = col_i64_or(st, 7, JSON_ABSENT_INT),
			.copied_ms = col_i64_or(st, 8, JSON_ABSENT_INT),
			.perm_revision = col_i64(st, 9),
			.command_seq = col_i64(st, 10),
			.monitoring = (int)col_i64(st, 11),
			.status = (int)col_i64_or(st, 12, SITE_NEVER_CONNECTED),
			.report_ms = col_i64_or(st, 13, JSON_ABSENT_INT),
		};

		fn(&row, arg);
	}
	return stmt_end(st);
}

static int insert_row(struct tenant_db *db, const struct enrolment *e)
{
	struct connector_text text = { e->connector_version, e->os, e->public_ip };
	struct row_key row = row_key_of("connector", e->row.id);
	struct stmt *st = tenant_query(db, &q_insert);

	stmt_id(st, ":connector", e->row.id);
	stmt_id(st, ":site", e->row.site);
	stmt_i64(st, ":now", e->now_ms);
	stmt_i64(st, ":now_seen", e->now_ms);
	/* What the installer sets (R30): the first mirror of the switches confirms it. */
	stmt_i64(st, ":monitoring", SWITCH_ON);
	stmt_i64(st, ":console", SWITCH_OFF);
	stmt_i64(st, ":mfp", SWITCH_OFF);
	stmt_sealed(st, ":sealed", e->row.customer, &row, &connector_schema, &text);
	return stmt_run(st);
}

static int insert_consent(struct tenant_db *db, const struct enrolment *e)
{
	struct row_key row = row_key_of("consent", e->row.id);
	struct stmt *st = tenant_query(db, &q_consent);
	uint8_t sha256[HASH_LEN];

	if (hex_decode(str_of(e->consent.sha256), sha256, sizeof(sha256)) != HASH_LEN)
		stmt_fail(st, ERR_INTERNAL);
	stmt_id(st, ":connector", e->row.id);
	stmt_id(st, ":site", e->row.site);
	stmt_i64(st, ":accepted", e->consent.accepted_ms);
	stmt_i64(st, ":received", e->now_ms);
	stmt_blob(st, ":sha256", sha256, sizeof(sha256));
	stmt_hash(st, ":evidence", &e->consent.evidence);
	stmt_sealed(st, ":sealed", e->row.customer, &row, &consent_schema, &e->consent);
	return stmt_run(st);
}

int connector_insert(struct tenant_db *db, const struct enrolment *e)
{
	int rc = insert_row(db, e);

	if (rc >= 0)
		rc = key_use(db, e->row.id, e->public_key, e->now_ms);
	return rc < 0 ? rc : insert_consent(db, e);
}

int connector_revoke(struct tenant_db *db, struct id site, struct id replaced_by, int64_t now_ms,
		     struct id *ret_id)
{
	struct stmt *st = tenant_query(db, &q_current);
	struct id id = { 0 };
	int rc;

	stmt_id(st, ":site", site);
	rc = stmt_one_id(st, &id);
	if (rc < 0)
		return rc;
	if (!id_is_zero(id)) {
		st = tenant_query(db, &q_revoke);
		stmt_id(st, ":site", site);
		stmt_i64(st, ":now", now_ms);
		if (id_is_zero(replaced_by))
			stmt_null(st, ":by");
		else
			stmt_id(st, ":by", replaced_by);
		rc = stmt_run(st);
		if (rc < 0)
			return rc;
	}
	*ret_id = id;
	return 0;
}

static int retire(struct tenant_db *db, const struct query *q, struct id customer, struct id site,
		  int64_t now_ms)
{
	struct stmt *st = tenant_query(db, q);

	stmt_i64(st, ":now", now_ms);
	stmt_id(st, ":site", site);
	stmt_id(st, ":customer", id_is_zero(site) ? customer : (struct id){});
	return stmt_run(st);
}

int connectors_retire(struct tenant_db *db, struct id customer, struct id site, int64_t now_ms)
{
	int rc = retire(db, &q_retire, customer, site, now_ms);

	if (rc >= 0)
		rc = retire(db, &q_retire_invitations, customer, site, now_ms);
	return rc < 0 ? rc : mail_drop_all(db, customer, site);
}

int connector_view_get(struct tenant_db *db, struct id site, struct arena *mem,
		       struct connector_view *ret_view)
{
	struct stmt *st = tenant_query(db, &q_view);
	struct connector_text text = { 0 };
	struct consent_record consent = { 0 };
	struct connector_view v = { 0 };
	bool found;
	int rc;

	stmt_id(st, ":site", site);
	found = stmt_row(st);
	if (found) {
		struct row_key row, consent_row;

		v.id = col_id(st, 0);
		row = row_key_of("connector", v.id);
		consent_row = row_key_of("consent", v.id);
		v.enrolled_ms = col_i64(st, 1);
		v.revoked_ms = col_i64_or(st, 2, JSON_ABSENT_INT);
		v.copied_ms = col_i64_or(st, 3, JSON_ABSENT_INT);
		v.skew_ms = col_i64_or(st, 4, JSON_ABSENT_INT);
		v.spooled = col_i64_or(st, 5, JSON_ABSENT_INT);
		v.seen_ms = col_i64_or(st, 6, JSON_ABSENT_INT);
		v.monitoring = (int)col_i64(st, 7);
		v.console = (int)col_i64(st, 8);
		v.mfp = (int)col_i64(st, 9);
		col_sealed(st, 10, &row, &connector_schema, mem, &text);
		v.consent_ms = col_i64(st, 11);
		col_sealed(st, 12, &consent_row, &consent_schema, mem, &consent);
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	if (!found)
		return ERR_NOT_FOUND;
	v.version = text.version;
	v.os = text.os;
	v.public_ip = text.public_ip;
	v.consent_version = consent.version;
	v.consent_sha256 = consent.sha256;
	v.consent_language = consent.language;
	*ret_view = v;
	return 0;
}

int permissions_get(struct tenant_db *db, struct id connector, struct permissions *ret)
{
	struct stmt *st = tenant_query(db, &q_permissions);
	struct permissions p = { 0 };
	bool found;
	int rc;

	stmt_id(st, ":connector", connector);
	found = stmt_row(st);
	if (found)
		p = (struct permissions){ col_i64(st, 0), (int)col_i64(st, 1), (int)col_i64(st, 2),
					  (int)col_i64(st, 3) };
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	if (!found)
		return ERR_NOT_FOUND;
	*ret = p;
	return 0;
}

int permissions_put(struct tenant_db *db, struct id connector, const struct permissions *p,
		    bool *ret_newer)
{
	struct stmt *st = tenant_query(db, &q_permissions_put);
	int rc;

	stmt_id(st, ":connector", connector);
	stmt_i64(st, ":revision", p->revision);
	stmt_i64(st, ":newer_than", p->revision);
	stmt_i64(st, ":monitoring", p->monitoring);
	stmt_i64(st, ":console", p->console);
	stmt_i64(st, ":mfp", p->mfp);
	rc = stmt_run(st);
	if (rc < 0)
		return rc;
	*ret_newer = rc > 0;
	return 0;
}

int connector_note_seen(struct tenant_db *db, struct id connector, int64_t seen_ms, int64_t skew_ms)
{
	struct stmt *st = tenant_query(db, &q_seen);

	stmt_id(st, ":connector", connector);
	stmt_i64(st, ":seen", seen_ms);
	stmt_time(st, ":skew", skew_ms);
	return stmt_run(st);
}

/* Never 0. */
static uint64_t told_mark(const struct connector_told *told)
{
	struct buf text = buf_new(KIB);
	struct hash hash;
	uint64_t mark;

	buf_printf(&text, "%s\n%s\n%s\n%" PRId64 "\n%" PRId64, told->version ? told->version : "",
		   told->os ? told->os : "", told->public_ip, told->spooled,
		   told->skew_ms / SKEW_STEP_MS);
	hash = hash_of(text.data, text.len);
	buf_done(&text);
	memcpy(&mark, hash.b, sizeof(mark));
	return mark | 1;
}

int connector_note_report(struct tenant_db *db, struct id customer, struct id connector,
			  const struct connector_told *told, uint64_t *noted)
{
	struct connector_text text = { told->version, told->os, told->public_ip };
	struct row_key row = row_key_of("connector", connector);
	uint64_t mark = told_mark(told);
	struct stmt *st;

	if (mark == *noted)
		return 0;
	*noted = mark;
	st = tenant_query(db, &q_told);
	stmt_id(st, ":connector", connector);
	stmt_time(st, ":skew", told->skew_ms);
	stmt_time(st, ":spooled", told->spooled);
	stmt_sealed(st, ":sealed", customer, &row, &connector_schema, &text);
	return stmt_run(st);
}

int connector_note_caught_up(struct tenant_db *db, struct id connector)
{
	struct stmt *st = tenant_query(db, &q_caught_up);

	stmt_id(st, ":connector", connector);
	return stmt_run(st);
}

int connector_note_copied(struct tenant_db *db, struct id connector, int64_t now_ms)
{
	struct stmt *st = tenant_query(db, &q_copied);

	stmt_id(st, ":connector", connector);
	stmt_i64(st, ":now", now_ms);
	return stmt_run(st);
}

int connector_clear_copied(struct tenant_db *db, struct id site, struct id *ret_connector)
{
	struct stmt *st = tenant_query(db, &q_clear_copied);
	struct id id;
	int rc;

	stmt_id(st, ":site", site);
	rc = stmt_one_id(st, &id);
	if (rc < 0)
		return rc;
	if (id_is_zero(id))
		return ERR_NOT_FOUND;
	*ret_connector = id;
	return 0;
}
