/* mail_store.c - see store.h and mail.h. */
#include "hub/mail/store.h"

#include "base/mime.h"
#include "db/change.h"
#include "db/seal_row.h"
#include "hub/mail/server.h"

#define DAY_MS       (86400 * (int64_t)1000)
#define RETRY_MAX_MS (3600 * (int64_t)1000)

struct mail_texts {
	const char *to, *reply_to, *from_name, *subject, *text, *language;
};

#define AT(member) offsetof(struct mail_texts, member)

/* clang-format off */
static const struct json_field texts_fields[] = {
	{ "to", JSON_TEXT, AT(to), .flags = JSON_REQUIRED },
	{ "reply_to", JSON_TEXT, AT(reply_to), .flags = 0 },
	{ "from_name", JSON_TEXT, AT(from_name), .flags = 0 },
	{ "subject", JSON_TEXT, AT(subject), .flags = 0 },
	{ "text", JSON_TEXT, AT(text), .flags = 0 },
	{ "language", JSON_TEXT, AT(language), .flags = 0 },
	{}
};
static const struct json_schema texts_sealed = {
	"mail_sealed", sizeof(struct mail_texts), JSON_OPEN, texts_fields
};
/* clang-format on */

QUERY(q_insert, "mail_insert",
      "INSERT INTO mail (provider_id, mail_id, customer_id, site_id, invitation_id, state, tries, "
      "created_ms, until_ms, next_ms, sealed) "
      "VALUES (:provider, :mail, :customer, :site, :invitation, :state, 0, :now, :until, :now, "
      ":sealed)");
QUERY(q_count_day, "mail_count_day",
      "INSERT INTO mail_day (provider_id, day, mails) VALUES (:provider, :day, 1) "
      "ON CONFLICT (provider_id, day) DO UPDATE SET mails = mail_day.mails + 1 RETURNING mails");
QUERY(q_old_days, "mail_old_days",
      "DELETE FROM mail_day WHERE provider_id = :provider AND day < :day");
QUERY(q_drop, "mail_drop",
      "DELETE FROM mail WHERE provider_id = :provider AND invitation_id = :invitation");
QUERY(q_drop_closed, "mail_drop_closed",
      "DELETE FROM mail WHERE provider_id = :provider AND invitation_id IN "
      "(SELECT invitation_id FROM invitation WHERE provider_id = :provider "
      "AND site_id = :site AND (revoked_ms IS NOT NULL OR used_ms IS NOT NULL))");
QUERY(q_drop_all, "mail_drop_all",
      "DELETE FROM mail WHERE provider_id = :provider "
      "AND (site_id = :site OR customer_id = :customer)");
QUERY(q_remove, "mail_remove",
      "DELETE FROM mail WHERE provider_id = :provider AND mail_id = :mail");
QUERY(q_show, "mail_show",
      "SELECT mail_id, state, reason, smtp_status, tries, next_ms, done_ms, sealed FROM mail "
      "WHERE provider_id = :provider AND invitation_id = :invitation");
QUERY(q_first, "system_mail_first",
      "SELECT provider_id, mail_id, next_ms FROM mail WHERE next_ms IS NOT NULL "
      "ORDER BY next_ms LIMIT 1");
QUERY(q_waiting, "system_mail_waiting", "SELECT count(*) FROM mail WHERE next_ms IS NOT NULL");
QUERY(q_read, "mail_read",
      "SELECT customer_id, site_id, invitation_id, tries, until_ms, sealed FROM mail "
      "WHERE provider_id = :provider AND mail_id = :mail");
QUERY(q_try, "mail_try",
      "UPDATE mail SET tries = tries + 1, next_ms = :next "
      "WHERE provider_id = :provider AND mail_id = :mail");
QUERY(q_again, "mail_again",
      "UPDATE mail SET reason = :reason, smtp_status = :status "
      "WHERE provider_id = :provider AND mail_id = :mail AND next_ms IS NOT NULL");
QUERY(q_done, "mail_done",
      "UPDATE mail SET state = :state, reason = :reason, smtp_status = :status, next_ms = NULL, "
      "done_ms = :now, sealed = :sealed "
      "WHERE provider_id = :provider AND mail_id = :mail AND next_ms IS NOT NULL");

/* ---- asked for ---- */

static int count_day(struct tenant_db *db, int64_t day, int64_t most)
{
	struct stmt *st = tenant_query(db, &q_old_days);
	int64_t mails = 0;
	int rc;

	stmt_i64(st, ":day", day);
	rc = stmt_run(st);
	if (rc < 0)
		return rc;
	st = tenant_query(db, &q_count_day);
	stmt_i64(st, ":day", day);
	rc = stmt_one_i64(st, &mails);
	if (rc < 0)
		return rc;
	return mails > most ? ERR_TOO_MANY : 0;
}

int mail_queue(struct tenant_db *db, const struct hub_config *c, const struct mail_new *m)
{
	struct mail_texts texts = { m->to,      m->reply_to, m->from_name,
				    m->subject, m->text,     m->language };
	int64_t until_ms = m->now_ms + c->mail_give_up_ms;
	struct id id = id_new();
	struct row_key row = row_key_of("mail", id);
	struct stmt *st;
	int rc = count_day(db, m->now_ms / DAY_MS, c->mail_per_day);

	assert(mime_address_ok(str_of(m->to)));
	if (rc < 0)
		return rc;
	st = tenant_query(db, &q_insert);
	stmt_id(st, ":mail", id);
	stmt_id(st, ":customer", m->customer);
	stmt_id(st, ":site", m->site);
	stmt_id(st, ":invitation", m->invitation);
	stmt_i64(st, ":state", MAIL_QUEUED);
	stmt_i64(st, ":now", m->now_ms);
	stmt_i64(st, ":until", until_ms < m->until_ms ? until_ms : m->until_ms);
	stmt_sealed(st, ":sealed", m->customer, &row, &texts_sealed, &texts);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

int mail_drop(struct tenant_db *db, struct id invitation)
{
	struct stmt *st = tenant_query(db, &q_drop);
	int rc;

	stmt_id(st, ":invitation", invitation);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

int mail_drop_closed(struct tenant_db *db, struct id site)
{
	struct stmt *st = tenant_query(db, &q_drop_closed);
	int rc;

	stmt_id(st, ":site", site);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

int mail_drop_all(struct tenant_db *db, struct id customer, struct id site)
{
	struct stmt *st = tenant_query(db, &q_drop_all);
	int rc;

	stmt_id(st, ":site", site);
	stmt_id(st, ":customer", id_is_zero(site) ? customer : (struct id){});
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

int mail_show(struct tenant_db *db, struct arena *mem, struct id invitation,
	      struct site_mail **ret_mail)
{
	struct stmt *st = tenant_query(db, &q_show);
	struct mail_texts texts = {};
	struct site_mail *m = NULL;
	int rc;

	stmt_id(st, ":invitation", invitation);
	if (stmt_row(st)) {
		struct row_key row = row_key_of("mail", col_id(st, 0));

		m = ARENA_NEW(mem, struct site_mail);
		m->state = (int)col_i64(st, 1);
		m->reason = mail_reason_word(col_i64_or(st, 2, 0));
		m->smtp_status = col_i64_or(st, 3, JSON_ABSENT_INT);
		m->tries = col_i64(st, 4);
		m->next_ms = col_i64_or(st, 5, JSON_ABSENT_INT);
		m->done_ms = col_i64_or(st, 6, JSON_ABSENT_INT);
		col_sealed(st, 7, &row, &texts_sealed, mem, &texts);
		m->to = texts.to;
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	*ret_mail = m;
	return 0;
}

/* ---- sent ---- */

/* The one that comes first, whether it is due or not. */
static int find_first(struct system_db *db, struct mail_row *ret_mail,
		      struct mail_queue_state *ret_state)
{
	struct mail_queue_state state = { .next_ms = JSON_ABSENT_INT };
	struct mail_row m = {};
	struct stmt *st = system_query(db, &q_first);
	int rc;

	if (stmt_row(st)) {
		m.provider = col_id(st, 0);
		m.id = col_id(st, 1);
		state.next_ms = col_i64(st, 2);
	}
	rc = stmt_end(st);
	if (rc == 0)
		rc = stmt_one_i64(system_query(db, &q_waiting), &state.waiting);
	if (rc < 0)
		return rc;
	*ret_mail = m;
	*ret_state = state;
	return 0;
}

static int read_mail(struct tenant_db *db, struct arena *mem, struct mail_row *m)
{
	struct stmt *st = tenant_query(db, &q_read);
	struct row_key row = row_key_of("mail", m->id);
	struct mail_texts t = {};
	int rc;

	stmt_id(st, ":mail", m->id);
	if (stmt_row(st)) {
		m->customer = col_id(st, 0);
		m->site = col_id(st, 1);
		m->invitation = col_id(st, 2);
		m->tries = col_i64(st, 3);
		m->until_ms = col_i64(st, 4);
		col_sealed(st, 5, &row, &texts_sealed, mem, &t);
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	m->to = t.to;
	m->reply_to = t.reply_to;
	m->from_name = t.from_name;
	m->subject = t.subject;
	m->text = t.text;
	m->language = t.language;
	return 0;
}

static int remove_mail(struct tenant_db *db, struct id id)
{
	struct stmt *st = tenant_query(db, &q_remove);

	int rc;

	stmt_id(st, ":mail", id);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

static int64_t wait_ms(int64_t retry_ms, int64_t tries)
{
	while (tries-- > 0 && retry_ms < RETRY_MAX_MS)
		retry_ms *= 2;
	return retry_ms < RETRY_MAX_MS ? retry_ms : RETRY_MAX_MS;
}

int mail_claim(struct system_db *system, struct arena *mem, int64_t now_ms, int64_t retry_ms,
	       struct mail_row *ret_mail, struct mail_queue_state *ret_state)
{
	struct mail_row m;
	struct tenant_db *db;
	struct stmt *st;
	int rc = find_first(system, &m, ret_state);

	if (rc < 0)
		return rc;
	if (ret_state->next_ms == JSON_ABSENT_INT || ret_state->next_ms > now_ms)
		return 0;
	db = system_tenant(system, m.provider);
	rc = read_mail(db, mem, &m);
	if (rc == ERR_NOT_FOUND || rc == ERR_CORRUPT)
		return remove_mail(db, m.id);
	if (rc < 0)
		return rc;
	m.next_ms = now_ms + wait_ms(retry_ms, m.tries);
	st = tenant_query(db, &q_try);
	stmt_id(st, ":mail", m.id);
	stmt_i64(st, ":next", m.next_ms);
	rc = stmt_run(st);
	if (rc < 0)
		return rc;
	*ret_mail = m;
	return 1;
}

static void bind_outcome(struct stmt *st, const struct mail_outcome *o)
{
	stmt_id(st, ":mail", o->id);
	if (o->reason)
		stmt_i64(st, ":reason", o->reason);
	else
		stmt_null(st, ":reason");
	if (o->status)
		stmt_i64(st, ":status", o->status);
	else
		stmt_null(st, ":status");
}

static int settle_done(struct tenant_db *db, const struct mail_outcome *o)
{
	struct stmt *st = tenant_query(db, &q_done);
	struct row_key row = row_key_of("mail", o->id);
	struct mail_texts texts = { .to = o->to };
	struct change_in change = {
		.verb = o->reason ? CHANGE_INVITATION_UNMAILED : CHANGE_INVITATION_MAILED,
		.actor_kind = ACTOR_HUB,
		.object_kind = ID_INV,
		.object = o->invitation,
		.customer = o->customer,
		.site = o->site,
	};
	int rc;

	bind_outcome(st, o);
	stmt_i64(st, ":state", o->reason ? MAIL_FAILED : MAIL_SENT);
	stmt_i64(st, ":now", o->now_ms);
	stmt_sealed(st, ":sealed", o->customer, &row, &texts_sealed, &texts);
	rc = stmt_run(st);
	return rc > 0 ? change_write(db, &change) : rc;
}

int mail_settle(struct tenant_db *db, const struct mail_outcome *o)
{
	struct stmt *st;
	int rc;

	if (o->done)
		return settle_done(db, o);
	st = tenant_query(db, &q_again);
	bind_outcome(st, o);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}
