/* note_store.c - rows of note, sealed by the customer's key: erasing it erases them. */
#include "hub/note/note_store.h"

#include "base/clock.h"
#include "db/seal_row.h"
#include "hub/provider/provider.h"

struct note_texts {
	const char *text;
};

/* clang-format off */
static const struct json_field texts_fields[] = {
	{ "text", JSON_TEXT, offsetof(struct note_texts, text), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema note_sealed = {
	"note_sealed", sizeof(struct note_texts), JSON_OPEN, texts_fields
};
/* clang-format on */

QUERY(q_get, "note_by_subject",
      "SELECT revision, edited_ms, user_id, sealed FROM note"
      " WHERE provider_id = :provider AND subject_id = :subject");
QUERY(q_put, "note_put",
      "INSERT INTO note (provider_id, subject_id, customer_id, revision, edited_ms, user_id, "
      "sealed)"
      " VALUES (:provider, :subject, :customer, :revision, :now, :user, :sealed)"
      " ON CONFLICT (provider_id, subject_id) DO UPDATE SET revision = excluded.revision,"
      " edited_ms = excluded.edited_ms, user_id = excluded.user_id, sealed = excluded.sealed");

static int get_row(struct tenant_db *db, struct arena *mem, struct id subject,
		   struct note *ret_note, struct id *ret_user)
{
	struct stmt *st = tenant_query(db, &q_get);
	struct row_key row = row_key_of("note", subject);
	struct note n = { .edited_ms = JSON_ABSENT_INT };
	struct note_texts texts = { "" };
	struct id user = {};
	int rc;

	stmt_id(st, ":subject", subject);
	if (stmt_row(st)) {
		n.revision = col_i64(st, 0);
		n.edited_ms = col_i64(st, 1);
		user = col_id(st, 2);
		col_sealed(st, 3, &row, &note_sealed, mem, &texts);
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	n.text = texts.text;
	*ret_note = n;
	*ret_user = user;
	return 0;
}

int note_get(struct tenant_db *db, struct arena *mem, struct id subject, struct note *ret_note)
{
	struct note n;
	struct id user;
	int rc = get_row(db, mem, subject, &n, &user);

	if (rc == 0 && n.revision)
		rc = person_name(db, mem, user, &n.edited_by);
	if (rc == 0)
		*ret_note = n;
	return rc;
}

int note_text(struct tenant_db *db, struct arena *mem, struct id subject, const char **ret_text)
{
	struct note n;
	struct id user;
	int rc = get_row(db, mem, subject, &n, &user);

	if (rc == 0)
		*ret_text = n.text;
	return rc;
}

/* What the change log keeps, so that what was overwritten can be read again. */
static const char *text_json(struct arena *mem, const char *text)
{
	struct buf out = buf_new(CHANGE_TEXT_MAX);
	const char *json;

	json_encode(&note_sealed, &(struct note_texts){ text }, 0, &out);
	json = arena_strndup(mem, buf_str(&out).p, out.len);
	buf_done(&out);
	return json;
}

int note_put(struct tenant_db *db, struct arena *mem, const char *text, int64_t revision,
	     struct change_in *change)
{
	struct row_key row = row_key_of("note", change->object);
	struct note_texts texts = { text };
	struct note old;
	struct stmt *st;
	struct id user;
	int rc = get_row(db, mem, change->object, &old, &user);

	if (rc == 0 && old.revision != revision)
		rc = ERR_EDITED;
	if (rc < 0)
		return rc;
	st = tenant_query(db, &q_put);
	stmt_id(st, ":subject", change->object);
	stmt_id(st, ":customer", change->customer);
	stmt_i64(st, ":revision", old.revision + 1);
	stmt_i64(st, ":now", clock_wall_ms());
	stmt_id(st, ":user", change->actor);
	stmt_sealed(st, ":sealed", change->customer, &row, &note_sealed, &texts);
	rc = stmt_run(st);
	if (rc < 0)
		return rc;
	change->before = text_json(mem, old.text);
	change->after = text_json(mem, text);
	return change_write(db, change);
}
