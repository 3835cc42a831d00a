/* commands.h - what a hub may ask of a connector: a closed, numbered set.
 *
 * No shell, no file, no port: enum command_kind (model/words.h) is all there is.  A connector meets
 * kinds it does not know when its hub is newer: they decode as COMMAND_UNKNOWN, are not acted on,
 * and are passed over by their number.  Pure. */
#ifndef WIRE_COMMANDS_H
#define WIRE_COMMANDS_H

#include "base/json.h"
#include "model/words.h"

#define COMMAND_UNKNOWN (-1)
#define COMMANDS_MAX    64
/* The shortest hold that a poll may ask for. */
#define POLL_HOLD_MIN_S 5
#define COMMAND_N_MAX   (INT64_C(1) << 53) /* numbers beyond it are refused on both sides */
/* How far above the last that was seen a number may be.  Hubs count one by one; a hub that could
 * jump to the end of the numbers would leave none for the commands of an honest one after it. */
#define COMMAND_JUMP_MAX (INT64_C(1) << 20)

struct command {
	int64_t n;           /* from 1, per connector */
	int kind;            /* enum command_kind or COMMAND_UNKNOWN */
	const char *version; /* update_available only, else NULL */
};

struct commands {
	struct command *items;
	size_t len;
	int64_t schema_min, schema_max; /* JSON_ABSENT_INT in the empty answer */
	bool copied; /* the hub takes this for one of two machines, or for one that was set back */
};

/* Appends {"commands":[...],"schema_min":1,"schema_max":1}, or {} when len is 0; with
 * "copied":true if it is so.
 * ERR_INVALID for a kind that does not exist, a version missing or one too many. */
MUST_USE int commands_encode(const struct commands *c, struct buf *out);

/* Numbers must ascend.  ERR_JSON, ERR_INVALID; items live in `mem`. */
MUST_USE int commands_decode(const void *data, size_t len, struct arena *mem,
			     struct commands *ret_commands, struct json_problem *ret_problem);

/* For gen_openapi. */
extern const struct json_schema commands_schema;

#endif
