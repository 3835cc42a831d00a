/* permission.h - the customer's three switches (design: the customer holds the switch).
 *
 * permissions.json is the truth.  It is written by this machine's own commands only, whole and
 * atomically, with a revision that counts up; nothing that a hub sends reaches a function here.
 * permission_ask() looks at the file each time it is asked, so that "off" holds from the moment it
 * was written; a watch on the file and a look every 500 ms tell whoever has to stop something.
 * A file that is missing or unreadable means off, for all three.  One loop. */
#ifndef CONNECTOR_PERMISSION_H
#define CONNECTOR_PERMISSION_H

#include "wire/messages.h"

struct loop;

#define PERMISSION_LOOK_MS 500

/* R30: monitoring on, console and mfp off. */
void permissions_first(struct permissions_request *ret_permissions);

/* -ENOENT, ERR_CORRUPT, -errno. */
MUST_USE int permissions_load(const char *path, struct permissions_request *ret_permissions);
MUST_USE int permissions_save(const char *path, const struct permissions_request *p);

enum switch_state permissions_get(const struct permissions_request *p, enum permission which);

/* Turns one switch, for the customer's commands; no change makes no new revision.  ERR_INVALID for
 * a state that this permission does not have; ERR_BUSY while another command does the same. */
MUST_USE int permissions_turn(const char *path, enum permission which, enum switch_state to,
			      struct permissions_request *ret_permissions);

struct permission_view; /* the running connector's view */

/* on_change(owner) runs on the loop after the file changed, never from inside permission_ask(). */
struct permission_view *permission_open(struct loop *l, const char *path,
					void (*on_change)(void *owner), void *owner);
void permission_close(struct permission_view **p);

enum switch_state permission_ask(struct permission_view *p, enum permission which);
/* What is mirrored to the hub: as permission_ask() sees it. */
const struct permissions_request *permission_now(struct permission_view *p);
bool permission_lost(const struct permission_view *p); /* the file cannot be read: all is off */

#endif
