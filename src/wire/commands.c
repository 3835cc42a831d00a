/* commands.c - the rows of a poll's answer, and the rule which command carries what. */
#include "wire/commands.h"

#include "base/err.h"
#include "model/label.h"

#include <stdio.h>
#include <string.h>

/* On the wire `kind` and `why` are texts: a word of a newer hub must not make the whole answer
 * unreadable. */
struct command_row {
	int64_t n;
	const char *kind, *version;
	struct id session;
	const char *target, *reason, *by, *why;
	int64_t ask_until_ms;
};

struct commands_answer {
	struct json_list commands;
	int64_t schema_min, schema_max;
	enum json_bool copied;
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field command_fields[] = {
	{ "n", JSON_INT, AT(command_row, n), JSON_REQUIRED, .min = 1, .max = COMMAND_N_MAX },
	{ "kind", JSON_TEXT, AT(command_row, kind), JSON_REQUIRED, .min = 1, .max = 64 },
	{ "version", JSON_TEXT, AT(command_row, version), .min = 1, .max = VERSION_SIZE - 1 },
	{ "session", JSON_ID, AT(command_row, session), .min = ID_SESS },
	{ "target", JSON_TEXT, AT(command_row, target), .min = 1, .max = TARGET_WORD_MAX },
	{ "reason", JSON_TEXT, AT(command_row, reason), .min = 1, .max = SESSION_REASON_MAX },
	{ "by", JSON_TEXT, AT(command_row, by), .min = 1, .max = SESSION_BY_MAX },
	{ "ask_until", JSON_TIME, .offset = AT(command_row, ask_until_ms) },
	{ "why", JSON_TEXT, AT(command_row, why), .min = 1, .max = 64 },
	{}
};
static const struct json_schema command_schema = {
	"Command", sizeof(struct command_row), JSON_OPEN, command_fields
};

static const struct json_field commands_fields[] = {
	{ "commands", JSON_LIST, AT(commands_answer, commands),
	  .max = COMMANDS_MAX, .sub = &command_schema },
	{ "schema_min", JSON_INT, AT(commands_answer, schema_min), .min = 1, .max = 1000000 },
	{ "schema_max", JSON_INT, AT(commands_answer, schema_max), .min = 1, .max = 1000000 },
	{ "copied", JSON_BOOL, AT(commands_answer, copied), .flags = 0 },
	{}
};
const struct json_schema commands_schema = {
	"Commands", sizeof(struct commands_answer), JSON_OPEN, commands_fields
};
/* clang-format on */

/* A version goes with update_available, and with nothing else; and it is a number only. */
static bool version_ok(int kind, const char *version)
{
	char clean[VERSION_SIZE];

	if (kind != COMMAND_UPDATE_AVAILABLE)
		return !version;
	return version && version_of(str_of(version), clean) && strcmp(clean, version) == 0;
}

int target_decode(struct str word, struct id *ret_target)
{
	struct id target = {};

	if (!str_eq(word, STR(TARGET_CONSOLE_WORD))) {
		int rc = id_decode(ID_TGT, word, &target);

		if (rc < 0)
			return rc;
		if (id_is_zero(target))
			return ERR_NOT_FOUND;
	}
	*ret_target = target;
	return 0;
}

void target_encode(struct id target, char out[static ID_TEXT_MAX])
{
	if (id_is_zero(target))
		snprintf(out, ID_TEXT_MAX, "%s", TARGET_CONSOLE_WORD);
	else
		id_encode(ID_TGT, target, out);
}

/* Only what can be seen, or NULL: text that a peer wrote, to be read by a person. */
static const char *visible(const char *text, size_t max, struct arena *mem)
{
	char *clean = arena_alloc(mem, max + 1);

	return text_visible(str_of(text), clean, max + 1) ? clean : NULL;
}

static bool is_visible(const char *text, size_t max)
{
	char clean[SESSION_REASON_MAX + 1];

	return text && text_visible(str_of(text), clean, max + 1) && strcmp(clean, text) == 0;
}

/* What each kind carries, and that it carries nothing else. */
static bool row_ok(int kind, const struct command_row *row)
{
	bool opens = kind == COMMAND_OPEN_SESSION;
	bool named = opens || kind == COMMAND_CLOSE_SESSION;
	struct id target;

	if (!version_ok(kind, row->version) || id_is_zero(row->session) == named)
		return false;
	if (row->why && kind != COMMAND_CLOSE_SESSION)
		return false;
	if (!opens)
		return !row->target && !row->reason && !row->by &&
		       row->ask_until_ms == JSON_ABSENT_INT;
	return row->target && target_decode(str_of(row->target), &target) == 0 && row->reason &&
	       row->by && row->ask_until_ms != JSON_ABSENT_INT;
}

/* Into a row of the wire; `target` is room for its word. */
static int row_of(const struct command *c, char target[static ID_TEXT_MAX],
		  struct command_row *ret_row)
{
	struct command_row row;

	if (c->kind < 0 || c->kind >= COMMAND_KINDS || c->n < 1)
		return ERR_INVALID;
	json_init(&command_schema, &row);
	row.n = c->n;
	row.kind = command_names[c->kind];
	row.version = c->version;
	row.session = c->session;
	row.why = c->why;
	if (c->kind == COMMAND_OPEN_SESSION) {
		target_encode(c->target, target);
		row.target = target;
		row.reason = c->reason;
		row.by = c->by;
		row.ask_until_ms = c->ask_until_ms;
		if (!is_visible(c->reason, SESSION_REASON_MAX) ||
		    !is_visible(c->by, SESSION_BY_MAX))
			return ERR_INVALID;
	}
	if (!row_ok(c->kind, &row))
		return ERR_INVALID;
	*ret_row = row;
	return 0;
}

int commands_encode(const struct commands *c, struct buf *out)
{
	struct commands_answer answer;
	struct command_row rows[COMMANDS_MAX];
	char targets[COMMANDS_MAX][ID_TEXT_MAX];
	void *items[COMMANDS_MAX];

	if (c->len > COMMANDS_MAX)
		return ERR_INVALID;
	json_init(&commands_schema, &answer);
	for (size_t i = 0; i < c->len; i++) {
		const struct command *from = &c->items[i];

		if (row_of(from, targets[i], &rows[i]) < 0 || (i > 0 && from->n <= from[-1].n))
			return ERR_INVALID;
		items[i] = &rows[i];
	}
	if (c->len == 0) {
		buf_puts(out, c->copied ? "{\"copied\":true}" : "{}");
		return buf_status(out);
	}
	answer.commands = (struct json_list){ items, c->len };
	answer.schema_min = c->schema_min;
	answer.schema_max = c->schema_max;
	if (c->copied)
		answer.copied = JSON_TRUE;
	json_encode(&commands_schema, &answer, 0, out);
	return buf_status(out);
}

static int bad_row(size_t i, const char *detail, struct json_problem *ret_problem)
{
	snprintf(ret_problem->field, sizeof(ret_problem->field), "commands.%zu", i);
	snprintf(ret_problem->detail, sizeof(ret_problem->detail), "%s", detail);
	return ERR_INVALID;
}

/* Of a kind that is known and a row that row_ok() let pass.  False: there is nothing to read in
 * what the session is for, or in who asks. */
static bool command_of(int kind, const struct command_row *row, struct arena *mem,
		       struct command *ret)
{
	ret->version = row->version;
	ret->session = row->session;
	ret->why = row->why;
	if (kind != COMMAND_OPEN_SESSION)
		return true;
	ret->reason = visible(row->reason, SESSION_REASON_MAX, mem);
	ret->by = visible(row->by, SESSION_BY_MAX, mem);
	ret->ask_until_ms = row->ask_until_ms;
	return target_decode(str_of(row->target), &ret->target) == 0 && ret->reason && ret->by;
}

int commands_decode(const void *data, size_t len, struct arena *mem, struct commands *ret_commands,
		    struct json_problem *ret_problem)
{
	struct commands_answer answer;
	struct commands c;
	int rc;

	rc = json_decode(&commands_schema, data, len, mem, &answer, ret_problem);
	if (rc < 0)
		return rc;
	c = (struct commands){ .len = answer.commands.len,
			       .schema_min = answer.schema_min,
			       .schema_max = answer.schema_max,
			       .copied = answer.copied == JSON_TRUE };
	c.items = ARENA_ARRAY(mem, struct command, c.len);
	for (size_t i = 0; i < c.len; i++) {
		const struct command_row *row = answer.commands.items[i];
		int kind = word_find(command_names, str_of(row->kind));

		if (i > 0 && row->n <= c.items[i - 1].n)
			return bad_row(i, "is not numbered upwards", ret_problem);
		c.items[i] = (struct command){ .n = row->n,
					       .kind = kind < 0 ? COMMAND_UNKNOWN : kind,
					       .ask_until_ms = JSON_ABSENT_INT };
		if (kind >= 0 && (!row_ok(kind, row) || !command_of(kind, row, mem, &c.items[i])))
			return bad_row(i, "does not carry what its kind carries", ret_problem);
	}
	*ret_commands = c;
	return 0;
}
