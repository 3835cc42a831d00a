/* command_store.c - what a connector is asked to do, until it has seen it.
 *
 * What an open_session says is sealed by the customer's key, in its own row of this table, and that
 * row goes as soon as the session has been answered: what is kept of it is the session's. */
#include "hub/connector/store.h"

#include "db/seal_row.h"
#include "wire/commands.h"

struct command_texts {
	const char *reason, *by;
};

/* clang-format off */
static const struct json_field texts_fields[] = {
	{ "reason", JSON_TEXT, offsetof(struct command_texts, reason) },
	{ "by", JSON_TEXT, offsetof(struct command_texts, by) },
	{}
};
static const struct json_schema command_sealed = {
	"command_sealed", sizeof(struct command_texts), JSON_OPEN, texts_fields
};
/* clang-format on */

QUERY(q_command_raise, "command_raise",
      "UPDATE connector SET command_seq = :seen"
      " WHERE provider_id = :provider AND connector_id = :connector AND command_seq < :above");

QUERY(q_command_next, "command_next",
      "UPDATE connector SET command_seq = command_seq + 1"
      " WHERE provider_id = :provider AND connector_id = :connector RETURNING command_seq");

QUERY(q_command_insert, "command_insert",
      "INSERT INTO command (provider_id, connector_id, n, kind, created_ms, session_id, target_id,"
      " ask_until_ms, sealed)"
      " VALUES (:provider, :connector, :n, :kind, :now, :session, :target, :ask_until, :sealed)");

/* What lies further back than a poll would be given has been seen long ago. */
QUERY(q_command_trim, "command_trim",
      "DELETE FROM command WHERE provider_id = :provider AND connector_id = :connector AND n <= "
      ":n");

/* Why a session is closed stands in its own row, which is written with the command. */
QUERY(q_commands, "commands_after",
      "SELECT n, kind, session_id, target_id, ask_until_ms, sealed,"
      " (SELECT why FROM session WHERE session.provider_id = command.provider_id"
      "  AND session.session_id = command.session_id) FROM command"
      " WHERE provider_id = :provider AND connector_id = :connector AND n > :after"
      " ORDER BY n LIMIT :most");

QUERY(q_command_forget, "command_forget",
      "DELETE FROM command WHERE provider_id = :provider AND session_id = :session"
      " AND sealed IS NOT NULL");

static struct row_key key_of(struct id connector, int64_t n)
{
	struct row_key key = row_key_of("command", connector);

	row_key_i64(&key, n);
	return key;
}

int command_seq_raise(struct tenant_db *db, struct id connector, int64_t seen)
{
	struct stmt *st = tenant_query(db, &q_command_raise);

	stmt_id(st, ":connector", connector);
	stmt_i64(st, ":seen", seen);
	stmt_i64(st, ":above", seen);
	return stmt_run(st);
}

static int next_number(struct tenant_db *db, struct id connector, int64_t *ret_n)
{
	struct stmt *st = tenant_query(db, &q_command_next);
	int64_t n;
	int rc;

	stmt_id(st, ":connector", connector);
	rc = stmt_one_i64(st, &n);
	if (rc < 0)
		return rc;
	if (n == 0)
		return ERR_NOT_FOUND;
	*ret_n = n;
	return 0;
}

static void bind_text(struct stmt *st, struct id customer, struct id connector,
		      const struct command *c, int64_t n)
{
	struct command_texts texts = { c->reason, c->by };
	struct row_key key = key_of(connector, n);

	if (c->kind == COMMAND_OPEN_SESSION)
		stmt_sealed(st, ":sealed", customer, &key, &command_sealed, &texts);
	else
		stmt_null(st, ":sealed");
}

int command_insert(struct tenant_db *db, struct id customer, struct id connector,
		   const struct command *c, int64_t now_ms)
{
	struct stmt *st;
	int64_t n;
	int rc = next_number(db, connector, &n);

	if (rc < 0)
		return rc;
	st = tenant_query(db, &q_command_insert);
	stmt_id(st, ":connector", connector);
	stmt_i64(st, ":n", n);
	stmt_i64(st, ":kind", c->kind);
	stmt_i64(st, ":now", now_ms);
	stmt_id(st, ":session", c->session);
	stmt_id(st, ":target", c->target);
	stmt_time(st, ":ask_until",
		  c->kind == COMMAND_OPEN_SESSION ? c->ask_until_ms : JSON_ABSENT_INT);
	bind_text(st, customer, connector, c, n);
	rc = stmt_run(st);
	if (rc < 0)
		return rc;
	st = tenant_query(db, &q_command_trim);
	stmt_id(st, ":connector", connector);
	stmt_i64(st, ":n", n - COMMANDS_MAX);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

int command_open(struct tenant_db *db, struct id customer, struct id connector,
		 const struct command *c, int64_t now_ms)
{
	return command_insert(db, customer, connector, c, now_ms);
}

int command_close(struct tenant_db *db, struct id connector, struct id session, int64_t now_ms)
{
	return command_insert(
		db, (struct id){}, connector,
		&(struct command){ .kind = COMMAND_CLOSE_SESSION, .session = session }, now_ms);
}

int command_forget(struct tenant_db *db, struct id session)
{
	struct stmt *st = tenant_query(db, &q_command_forget);
	int rc;

	stmt_id(st, ":session", session);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

static const char *why_word(int64_t why)
{
	return why >= 0 && why < SESSION_WHYS ? session_why_names[why] : NULL;
}

static struct command read_command(struct stmt *st, struct id connector, struct arena *mem)
{
	struct command_texts texts = {};
	struct command c = { .n = col_i64(st, 0),
			     .kind = (int)col_i64(st, 1),
			     .session = col_id(st, 2),
			     .target = col_id(st, 3),
			     .ask_until_ms = col_i64_or(st, 4, JSON_ABSENT_INT) };
	struct row_key key = key_of(connector, c.n);

	if (!col_null(st, 5))
		col_sealed(st, 5, &key, &command_sealed, mem, &texts);
	c.reason = texts.reason;
	c.by = texts.by;
	if (c.kind == COMMAND_CLOSE_SESSION)
		c.why = why_word(col_i64_or(st, 6, -1));
	return c;
}

int commands_after(struct tenant_db *db, struct id connector, int64_t after, int64_t now_ms,
		   struct arena *mem, struct commands *ret_commands)
{
	struct stmt *st = tenant_query(db, &q_commands);
	struct command *items = ARENA_ARRAY(mem, struct command, COMMANDS_MAX);
	size_t len = 0;
	int rc;

	stmt_id(st, ":connector", connector);
	stmt_i64(st, ":after", after);
	stmt_i64(st, ":most", COMMANDS_MAX);
	while (len < COMMANDS_MAX && stmt_row(st)) {
		struct command c = read_command(st, connector, mem);

		if (c.kind != COMMAND_OPEN_SESSION || c.ask_until_ms > now_ms)
			items[len++] = c;
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	ret_commands->items = items;
	ret_commands->len = len;
	return 0;
}
