/* messages_fuzz.c - whatever a hub may answer a connector: invitation, enrolment, poll, reports,
 * problem.  Each input is read as each of them; what parsed must encode to what parses again. */
#include "base/err.h"
#include "wire/commands.h"
#include "wire/messages.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define ROOM 2048 /* more than the largest of the structs */

static void try_message(const struct json_schema *schema, const uint8_t *data, size_t len)
{
	_Alignas(max_align_t) uint8_t first[ROOM], again[ROOM];
	struct buf out = buf_new(4 * MIB), once_more = buf_new(4 * MIB);
	struct json_problem problem;
	struct arena mem = {};

	if (json_decode(schema, data, len, &mem, first, &problem) == 0) {
		json_encode(schema, first, 0, &out);
		if (buf_status(&out) < 0 ||
		    json_decode(schema, out.data, out.len, &mem, again, &problem) < 0)
			abort();
		json_encode(schema, again, 0, &once_more);
		if (out.len != once_more.len || memcmp(out.data, once_more.data, out.len) != 0)
			abort();
	}
	arena_done(&mem);
	buf_done(&out);
	buf_done(&once_more);
}

/* A person can read it, and nothing in it moves the cursor. */
static bool seen(const char *text)
{
	if (!text || !*text)
		return false;
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

/* Numbers ascend, kinds are of the closed set or unknown, and only one kind each carries a version
 * and a reason of its end. */
static void try_commands(const uint8_t *data, size_t len)
{
	struct json_problem problem;
	struct commands c;
	struct arena mem = {};

	if (commands_decode(data, len, &mem, &c, &problem) == 0) {
		if (c.len > COMMANDS_MAX)
			abort();
		for (size_t i = 0; i < c.len; i++) {
			const struct command *k = &c.items[i];

			if (k->n < 1 || k->n > COMMAND_N_MAX || (i > 0 && k->n <= k[-1].n) ||
			    k->kind < COMMAND_UNKNOWN || k->kind >= COMMAND_KINDS ||
			    (k->version && k->kind != COMMAND_UPDATE_AVAILABLE) ||
			    (k->why && k->kind != COMMAND_CLOSE_SESSION))
				abort();
			if (k->kind == COMMAND_OPEN_SESSION &&
			    (id_is_zero(k->session) || !seen(k->reason) || !seen(k->by)))
				abort();
		}
	}
	arena_done(&mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct json_schema *const schemas[] = {
		&invitation_answer_schema, &enroll_answer_schema,       &reports_answer_schema,
		&problem_schema,           &permissions_request_schema, &gap_schema,
		&key_request_schema,       &session_told_schema,        &targets_request_schema,
	};

	for (size_t i = 0; i < ARRAY_LEN(schemas); i++)
		try_message(schemas[i], data, len);
	try_commands(data, len);
	return 0;
}
