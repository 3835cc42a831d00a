/* commands.h - what a hub may ask of a connector: a closed, numbered set.
 *
 * No shell, no file, no port: enum command_kind (model/words.h) is all there is.  A connector meets
 * kinds it does not know when its hub is newer: they decode as COMMAND_UNKNOWN, are not acted on,
 * and are passed over by their number.  Pure. */
#ifndef WIRE_COMMANDS_H
#define WIRE_COMMANDS_H

#include "base/id.h"
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

/* Octets of what is said of a session; a longer text makes an answer invalid. */
#define SESSION_REASON_MAX  500
#define SESSION_BY_MAX      200
#define TARGET_WORD_MAX     (ID_TEXT_MAX - 1)
#define TARGET_CONSOLE_WORD "console" /* the target that every print server has */

struct command {
	int64_t n;           /* from 1, per connector */
	int kind;            /* enum command_kind or COMMAND_UNKNOWN */
	const char *version; /* update_available only, else NULL */
	/* open_session and close_session: which; else zero. */
	struct id session;
	/* close_session only, and NULL if the hub does not say it: why, a word of enum session_why
	 * or of a newer hub's. */
	const char *why;
	/* open_session only.  `reason` is what the technician typed, `by` the technician's name:
	 * both as text_visible() (model/label.h) leaves them, and never empty.  They are for the
	 * person at the site to read, and belong into no file and no log. */
	struct id target; /* zero: the print server's own pages */
	const char *reason, *by;
	int64_t ask_until_ms; /* the hub's time: unanswered after it, the asking is over */
};

struct commands {
	struct command *items;
	size_t len;
	int64_t schema_min, schema_max; /* JSON_ABSENT_INT in the empty answer */
	bool copied; /* the hub takes this for one of two machines, or for one that was set back */
};

/* Appends {"commands":[...],"schema_min":1,"schema_max":1}, or {} when len is 0; with
 * "copied":true if it is so.
 * ERR_INVALID for a kind that does not exist, and where one carries what it must not, or lacks what
 * it must carry. */
MUST_USE int commands_encode(const struct commands *c, struct buf *out);

/* Numbers must ascend.  ERR_JSON, ERR_INVALID; items live in `mem`. */
MUST_USE int commands_decode(const void *data, size_t len, struct arena *mem,
			     struct commands *ret_commands, struct json_problem *ret_problem);

/* The word of a target (`console`, `tgt_...`) and its id, zero for `console`.  ERR_INVALID;
 * ERR_NOT_FOUND for the id of zeros, which is no target's. */
MUST_USE int target_decode(struct str word, struct id *ret_target);
void target_encode(struct id target, char out[static ID_TEXT_MAX]);

/* For gen_openapi. */
extern const struct json_schema commands_schema;

#endif
