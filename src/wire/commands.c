/* commands.c - the rows of a poll's answer, and the rule which command carries what. */
#include "wire/commands.h"

#include "base/err.h"
#include "model/label.h"

#include <stdio.h>
#include <string.h>

/* On the wire `kind` is a text: a kind of a newer hub must not make the whole answer unreadable. */
struct command_row {
	int64_t n;
	const char *kind, *version;
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

int commands_encode(const struct commands *c, struct buf *out)
{
	struct commands_answer answer;
	struct command_row rows[COMMANDS_MAX];
	void *items[COMMANDS_MAX];

	if (c->len > COMMANDS_MAX)
		return ERR_INVALID;
	json_init(&commands_schema, &answer);
	for (size_t i = 0; i < c->len; i++) {
		const struct command *from = &c->items[i];

		if (from->kind < 0 || from->kind >= COMMAND_KINDS || from->n < 1 ||
		    (i > 0 && from->n <= from[-1].n) || !version_ok(from->kind, from->version))
			return ERR_INVALID;
		rows[i] = (struct command_row){ from->n, command_names[from->kind], from->version };
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
		if (kind >= 0 && !version_ok(kind, row->version))
			return bad_row(i, "does not carry what its kind carries", ret_problem);
		c.items[i] = (struct command){ row->n, kind < 0 ? COMMAND_UNKNOWN : kind,
					       kind < 0 ? NULL : row->version };
	}
	*ret_commands = c;
	return 0;
}
