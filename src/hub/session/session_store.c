/* session_store.c - rows of session, sealed by the customer's key: erasing it erases their words.
 */
#include "hub/session/store.h"

#include <string.h>

#include "db/seal_row.h"
#include "hub/provider/provider.h"
#include "hub/site/site.h"
#include "wire/commands.h"

struct session_texts {
	const char *reason, *target;
};

/* clang-format off */
static const struct json_field texts_fields[] = {
	{ "reason", JSON_TEXT, offsetof(struct session_texts, reason), .flags = JSON_REQUIRED },
	{ "target", JSON_TEXT, offsetof(struct session_texts, target) },
	{}
};
static const struct json_schema session_sealed = {
	"session_sealed", sizeof(struct session_texts), JSON_OPEN, texts_fields
};
/* clang-format on */

#define COLUMNS                                                                                    \
	"session_id, customer_id, site_id, user_id, target_id, target_kind, state, why, "          \
	"created_ms, ask_until_ms, waiting_ms, opened_ms, ends_ms, ended_ms, bytes_up, "           \
	"bytes_down, requests, sealed"

QUERY(q_insert, "session_insert",
      "INSERT INTO session (provider_id, session_id, customer_id, site_id, connector_id, user_id,"
      " login_id, target_id, target_kind, state, created_ms, ask_until_ms, login_until_ms,"
      " bytes_up, bytes_down, requests, label, sealed)"
      " VALUES (:provider, :session, :customer, :site, :connector, :user, :login, :target, :kind,"
      " :state, :created, :ask_until, :login_until, 0, 0, 0, :label, :sealed)");
QUERY(q_get, "session_get",
      "SELECT " COLUMNS " FROM session WHERE provider_id = :provider AND session_id = :session");
QUERY(q_list, "session_list",
      "SELECT " COLUMNS " FROM session WHERE provider_id = :provider AND session_id < :before"
      " AND state BETWEEN :low AND :high ORDER BY session_id DESC LIMIT :limit");
QUERY(q_list_site, "session_list_site",
      "SELECT " COLUMNS " FROM session WHERE provider_id = :provider AND site_id = :site"
      " AND session_id < :before AND state BETWEEN :low AND :high"
      " ORDER BY session_id DESC LIMIT :limit");
/* A word that comes late finds the session over, one that comes twice the same state.  What was
 * counted never becomes less. */
QUERY(q_counted, "session_counted",
      "UPDATE session SET"
      " bytes_up = CASE WHEN bytes_up < :up THEN :up ELSE bytes_up END,"
      " bytes_down = CASE WHEN bytes_down < :down THEN :down ELSE bytes_down END,"
      " requests = CASE WHEN requests < :requests THEN :requests ELSE requests END"
      " WHERE provider_id = :provider AND session_id = :session");
QUERY(q_state, "session_state",
      "UPDATE session SET state = :state, why = :why,"
      " waiting_ms = CASE WHEN :state = 1 THEN :now ELSE waiting_ms END,"
      " opened_ms = CASE WHEN :state = 2 THEN :now ELSE opened_ms END,"
      " ends_ms = CASE WHEN :state = 2 THEN :ends ELSE ends_ms END,"
      " ended_ms = CASE WHEN :state > 2 THEN :now ELSE ended_ms END"
      " WHERE provider_id = :provider AND session_id = :session AND ended_ms IS NULL"
      " AND state < :state");
/* The connector tells of an open one that it ends at another time than it said before. */
QUERY(q_ends, "session_ends",
      "UPDATE session SET ends_ms = :ends WHERE provider_id = :provider AND session_id = :session"
      " AND state = 2 AND ended_ms IS NULL AND ends_ms NOT BETWEEN :low AND :high");
QUERY(q_cookie, "session_cookie",
      "UPDATE session SET cookie_hash = :cookie"
      " WHERE provider_id = :provider AND session_id = :session AND ended_ms IS NULL");
/* R57: what is over keeps no way in.  Memory knows it for a day; q_load reads no such row. */
QUERY(q_shut, "session_shut",
      "UPDATE session SET label = :none, cookie_hash = NULL, login_id = :none, login_until_ms = 0"
      " WHERE provider_id = :provider AND session_id = :session AND ended_ms IS NOT NULL");
QUERY(q_load, "system_sessions",
      "SELECT provider_id, session_id, customer_id, site_id, connector_id, user_id, login_id,"
      " state, created_ms, ask_until_ms, login_until_ms, ends_ms, bytes_up, bytes_down, requests,"
      " label, cookie_hash FROM session WHERE ended_ms IS NULL ORDER BY session_id");

static_assert(SESSION_WAITING == 1 && SESSION_OPEN == 2 && SESSION_ENDED > 2 && SESSION_REFUSED > 2,
	      "the numbers in q_state");

int session_insert(struct tenant_db *db, const struct session_row *row)
{
	struct stmt *st = tenant_query(db, &q_insert);
	struct row_key key = row_key_of("session", row->id);
	struct session_texts texts = { row->reason, row->target->name };
	int rc;

	stmt_id(st, ":session", row->id);
	stmt_id(st, ":customer", row->customer_id);
	stmt_id(st, ":site", row->site_id);
	stmt_id(st, ":connector", row->connector);
	stmt_id(st, ":user", row->user_id);
	stmt_id(st, ":login", row->login);
	stmt_id(st, ":target", row->target_id);
	stmt_i64(st, ":kind", row->target->kind);
	stmt_i64(st, ":state", row->state);
	stmt_i64(st, ":created", row->created_ms);
	stmt_i64(st, ":ask_until", row->ask_until_ms);
	stmt_i64(st, ":login_until", row->login_until_ms);
	stmt_blob(st, ":label", row->label, sizeof(row->label));
	stmt_sealed(st, ":sealed", row->customer_id, &key, &session_sealed, &texts);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

const char *session_change_text(struct arena *mem, const char *target, const char *reason)
{
	struct session_texts texts = { reason, target };
	struct buf out = buf_new(4 * KIB);
	const char *text;

	json_encode(&session_sealed, &texts, 0, &out);
	text = arena_strndup(mem, buf_str(&out).p, out.len);
	buf_done(&out);
	return text;
}

static void read_row(struct stmt *st, struct arena *mem, struct session_row *row)
{
	struct session_texts texts = { "" };
	char target[ID_TEXT_MAX];
	struct row_key key;

	*row = (struct session_row){
		.id = col_id(st, 0),
		.customer_id = col_id(st, 1),
		.site_id = col_id(st, 2),
		.user_id = col_id(st, 3),
		.target_id = col_id(st, 4),
		.target = ARENA_NEW(mem, struct session_target),
		.state = (int)col_i64(st, 6),
		.why = (int)col_i64_or(st, 7, -1),
		.created_ms = col_i64(st, 8),
		.ask_until_ms = col_i64(st, 9),
		.waiting_ms = col_i64_or(st, 10, JSON_ABSENT_INT),
		.opened_ms = col_i64_or(st, 11, JSON_ABSENT_INT),
		.ends_ms = col_i64_or(st, 12, JSON_ABSENT_INT),
		.ended_ms = col_i64_or(st, 13, JSON_ABSENT_INT),
		.bytes_up = col_i64(st, 14),
		.bytes_down = col_i64(st, 15),
		.requests = col_i64(st, 16),
	};
	key = row_key_of("session", row->id);
	col_sealed(st, 17, &key, &session_sealed, mem, &texts);
	target_encode(row->target_id, target);
	*row->target = (struct session_target){ arena_strdup(mem, target), (int)col_i64(st, 5),
						texts.target };
	row->reason = texts.reason;
}

/* The names of now: who is there no more has none. */
static int read_names(struct tenant_db *db, struct arena *mem, struct session_row *row)
{
	const char *provider;
	int rc;

	row->site = ARENA_NEW(mem, struct session_ref);
	row->customer = ARENA_NEW(mem, struct session_ref);
	row->user = ARENA_NEW(mem, struct session_ref);
	row->site->id = row->site_id;
	row->customer->id = row->customer_id;
	row->user->id = row->user_id;
	rc = site_names(db, mem, row->site_id, &row->site->name, &row->customer->name, &provider);
	if (rc < 0)
		return rc;
	return person_name(db, mem, row->user_id, &row->user->name);
}

int session_get(struct tenant_db *db, struct arena *mem, struct id id, struct session_row *ret_row)
{
	struct stmt *st = tenant_query(db, &q_get);
	struct session_row row;
	bool found;
	int rc;

	stmt_id(st, ":session", id);
	found = stmt_row(st);
	if (found)
		read_row(st, mem, &row);
	rc = stmt_end(st);
	if (rc == 0)
		rc = found ? read_names(db, mem, &row) : ERR_NOT_FOUND;
	if (rc == 0)
		*ret_row = row;
	return rc;
}

int session_list(struct tenant_db *db, struct arena *mem, const struct session_filter *f,
		 struct json_list *ret_rows)
{
	struct stmt *st = tenant_query(db, id_is_zero(f->site) ? &q_list : &q_list_site);
	struct json_list rows = { ARENA_ARRAY(mem, void *, f->limit), 0 };
	int high = f->live ? SESSION_OPEN : SESSION_STATES;
	int rc;

	if (f->state >= 0 && f->state < high)
		high = f->state;
	if (!id_is_zero(f->site))
		stmt_id(st, ":site", f->site);
	stmt_blob(st, ":before", f->before.b, sizeof(f->before.b));
	stmt_i64(st, ":low", f->state >= 0 ? f->state : 0);
	stmt_i64(st, ":high", high);
	stmt_i64(st, ":limit", (int64_t)f->limit);
	while (stmt_row(st)) {
		struct session_row *row = ARENA_NEW(mem, struct session_row);

		read_row(st, mem, row);
		rows.items[rows.len++] = row;
	}
	rc = stmt_end(st);
	for (size_t i = 0; rc == 0 && i < rows.len; i++)
		rc = read_names(db, mem, rows.items[i]);
	if (rc == 0)
		*ret_rows = rows;
	return rc;
}

static int64_t or_zero(int64_t count)
{
	return count == JSON_ABSENT_INT ? 0 : count;
}

static int shut(struct tenant_db *db, struct id session)
{
	struct stmt *st = tenant_query(db, &q_shut);
	int rc;

	stmt_id(st, ":session", session);
	stmt_blob(st, ":none", "", 0);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

int session_note(struct tenant_db *db, struct id session, const struct session_told *told,
		 int64_t now_ms)
{
	struct stmt *st = tenant_query(db, &q_counted);
	int rc, changed;

	stmt_id(st, ":session", session);
	stmt_i64(st, ":up", or_zero(told->bytes_up));
	stmt_i64(st, ":down", or_zero(told->bytes_down));
	stmt_i64(st, ":requests", or_zero(told->requests));
	rc = stmt_run(st);
	if (rc < 0)
		return rc;
	st = tenant_query(db, &q_state);
	stmt_id(st, ":session", session);
	stmt_i64(st, ":state", told->state);
	stmt_time(st, ":why", told->why < 0 ? JSON_ABSENT_INT : told->why);
	stmt_time(st, ":ends", told->ends_ms);
	stmt_i64(st, ":now", now_ms);
	changed = stmt_run(st);
	if (changed <= 0 || !session_is_over((enum session_state)told->state))
		return changed;
	rc = shut(db, session);
	return rc < 0 ? rc : changed;
}

int session_note_ends(struct tenant_db *db, struct id session, int64_t ends_ms)
{
	struct stmt *st = tenant_query(db, &q_ends);

	stmt_id(st, ":session", session);
	stmt_i64(st, ":ends", ends_ms);
	stmt_i64(st, ":low", ends_ms - SAME_END_MS);
	stmt_i64(st, ":high", ends_ms + SAME_END_MS);
	return stmt_run(st);
}

int session_note_cookie(struct tenant_db *db, struct id session, const struct hash *cookie)
{
	struct stmt *st = tenant_query(db, &q_cookie);
	int rc;

	stmt_id(st, ":session", session);
	stmt_hash(st, ":cookie", cookie);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

int sessions_load(struct system_db *db, void (*fn)(const struct session_live_row *row, void *arg),
		  void *arg)
{
	struct stmt *st = system_query(db, &q_load);

	while (stmt_row(st)) {
		struct session_live_row live = {
			.provider = col_id(st, 0),
			.row = {
				.id = col_id(st, 1),
				.customer_id = col_id(st, 2),
				.site_id = col_id(st, 3),
				.connector = col_id(st, 4),
				.user_id = col_id(st, 5),
				.login = col_id(st, 6),
				.state = (int)col_i64(st, 7),
				.created_ms = col_i64(st, 8),
				.ask_until_ms = col_i64(st, 9),
				.login_until_ms = col_i64(st, 10),
				.ends_ms = col_i64_or(st, 11, JSON_ABSENT_INT),
				.bytes_up = col_i64(st, 12),
				.bytes_down = col_i64(st, 13),
				.requests = col_i64(st, 14),
			},
			.has_cookie = !col_null(st, 16),
		};

		col_octets(st, 15, live.row.label, sizeof(live.row.label));
		if (live.has_cookie)
			live.cookie = col_hash(st, 16);
		fn(&live, arg);
	}
	return stmt_end(st);
}
