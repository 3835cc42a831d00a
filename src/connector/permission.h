/* permission.h - the customer's three switches (design: the customer holds the switch).
 *
 * permissions.json is the truth.  It is written on this machine only, whole and atomically, with a
 * revision that counts up; nothing that a hub sends reaches a function here.  permission_ask()
 * looks at the file each time it is asked, so that "off" holds from the moment it was written; a
 * watch on the file and a look every 500 ms tell whoever has to stop something.  A file that is
 * missing or unreadable means off, for all three.  One loop.
 *
 * What the customer set (a rule) and what holds now (a state) differ by the clock: `on` may have an
 * end, and visits may be granted in advance for a window of time.  The state is computed each time
 * it is asked for; when it has changed by itself, the running connector writes the file anew, so
 * that the change has a revision and reaches the hub.
 *
 * A disk that takes nothing at all does not keep a switch from being turned to less: the running
 * connector holds it in memory, tells the hub, and tries to write it until it can. */
#ifndef CONNECTOR_PERMISSION_H
#define CONNECTOR_PERMISSION_H

#include "connector/hours.h"
#include "wire/messages.h"

struct loop;

#define PERMISSION_LOOK_MS       500
#define PERMISSION_RETRY_MS      2000 /* of writing what is only held */
#define PERMISSION_WINDOWS_MAX   8
#define PERMISSION_WINDOW_MAX_MS ((int64_t)7 * 24 * 3600 * 1000)

/* From and to, both ms UTC; within it `ask` holds as `on`. */
struct permission_window {
	int64_t from_ms, to_ms;
};

struct permission_rule {
	enum switch_state set; /* by the customer */
	/* Of `on`: when it ends, and what holds then (off or ask).  JSON_ABSENT_INT: never. */
	int64_t until_ms;
	enum switch_state then;
	/* Of `ask`, by time; turning the switch off takes them away. */
	struct permission_window windows[PERMISSION_WINDOWS_MAX];
	unsigned windows_len;
	/* Outside these hours of the week, where there are any, `ask` holds as off, and `on` as
	 * `outside`: off or ask.  What was granted by a window holds all the same, because that is
	 * the newer word. */
	struct hours hours;
	enum switch_state outside;
};

struct permissions {
	/* The states as they were when the file was written, in the form the hub is told. */
	struct permissions_request told;
	struct permission_rule rules[PERMISSIONS]; /* monitoring's is on or off and nothing else */
	int64_t off_revision;                      /* that turned monitoring off last; 0: never */
	/* Not even polls and the mirror of the switches; only while all three are off. */
	bool silent;
};

/* Members of permissions.json, for docs/data.md. */
extern const struct json_schema permissions_file_schema;

/* R30: monitoring on, console and mfp off. */
void permissions_first(struct permissions *ret_permissions);

/* -ENOENT, ERR_CORRUPT, -errno. */
MUST_USE int permissions_load(const char *path, struct permissions *ret_permissions);
MUST_USE int permissions_save(const char *path, const struct permissions *p);
/* The same beside a command that may be writing the file over in place: ERR_BUSY while one does and
 * what is there cannot be read. */
MUST_USE int permissions_load_settled(const char *path, struct permissions *ret_permissions);
/* The same from and to memory: ERR_CORRUPT.  Fuzzed. */
MUST_USE int permissions_parse(struct str text, struct permissions *ret_permissions);
void permissions_print(const struct permissions *p, struct buf *out);

/* What holds at that time. */
enum switch_state permissions_get(const struct permissions *p, enum permission which,
				  int64_t now_ms);

/* From when on less than `needed` holds, as things are set, within PERMISSION_SEEN_MS; INT64_MAX:
 * not so soon. */
#define PERMISSION_SEEN_MS ((int64_t)9 * 3600 * 1000)
int64_t permissions_until(const struct permissions *p, enum permission which,
			  enum switch_state needed, int64_t now_ms);

/* The customer's commands, from the command line and the settings page.  No change makes no new
 * revision.  ERR_INVALID for what this permission does not have; ERR_BUSY while another command
 * does the same. */

/* Turns one switch.  until_ms: the end of `on`, JSON_ABSENT_INT for none; then it is again what it
 * was before.  Any state but off ends the silence. */
MUST_USE int permissions_turn(const char *path, enum permission which, enum switch_state to,
			      int64_t until_ms, struct permissions *ret_permissions);
/* Grants a window in advance, or takes it back.  ERR_CONFLICT if the switch is off, turns itself
 * off before the window ends, or there is no room for another one; ERR_NOT_FOUND for one that was
 * not granted. */
MUST_USE int permissions_grant(const char *path, enum permission which,
			       struct permission_window window,
			       struct permissions *ret_permissions);
MUST_USE int permissions_ungrant(const char *path, enum permission which,
				 struct permission_window window,
				 struct permissions *ret_permissions);
/* Sets the hours of the week, or takes them away (none); `outside`: off or ask.  They stay while
 * the switch is off, and when it is turned. */
MUST_USE int permissions_set_hours(const char *path, enum permission which,
				   const struct hours *hours, enum switch_state outside,
				   struct permissions *ret_permissions);
/* Ends all contact with the hub, or begins it again.  ERR_CONFLICT unless all three are off. */
MUST_USE int permissions_silence(const char *path, bool silent,
				 struct permissions *ret_permissions);
/* For the view: what the clock has turned becomes a revision, and so does what is not at `least`
 * this one. */
MUST_USE int permissions_settle(const char *path, int64_t least,
				struct permissions *ret_permissions);

struct permission_view; /* the running connector's view */

/* on_change(owner) runs on the loop after a state or the file changed, never from inside
 * permission_ask(). */
struct permission_view *permission_open(struct loop *l, const char *path,
					void (*on_change)(void *owner), void *owner);
void permission_close(struct permission_view **p);

enum switch_state permission_ask(struct permission_view *p, enum permission which);
/* Whether even bare polls and the mirror have to stop. */
bool permission_silent(struct permission_view *p);
/* What is mirrored to the hub: as permission_ask() sees it. */
const struct permissions_request *permission_now(struct permission_view *p);
/* What the customer set; all off if it cannot be read. */
const struct permissions *permission_rules(struct permission_view *p);
bool permission_lost(const struct permission_view *p); /* the file cannot be read: all is off */

/* What the customer wants and could not be written: no more than `most` holds from now on, until
 * the file says as little, or has been turned anew by whoever could write it. */
void permission_hold(struct permission_view *p, enum permission which, enum switch_state most);
/* All three, as the customer set them or as they are held. */
bool permission_all_off(struct permission_view *p);
/* The same of permissions_silence(): only while all three are off. */
void permission_hold_silence(struct permission_view *p);
/* The file holds again: after the switch was turned anew. */
void permission_release(struct permission_view *p, enum permission which);
/* Whether it is only held. */
bool permission_unwritten(const struct permission_view *p, enum permission which);

#endif
