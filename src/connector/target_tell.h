/* target_tell.h - tells the hub which targets there are: ids, names and kinds, never an address
 * (R51).
 *
 * POST /c/v1/targets after each change, once after each start, and on each new line to the hub,
 * which may be one that was restored; nothing where none was ever configured.  One loop. */
#ifndef CONNECTOR_TARGET_TELL_H
#define CONNECTOR_TARGET_TELL_H

#include "connector/target.h"

struct hub;
struct loop;
struct permission_view;
struct target_tell;

/* All are borrowed. */
struct target_tell *target_tell_new(struct loop *l, struct hub *hub, struct permission_view *p);
void target_tell_free(struct target_tell **t);
/* There are these now, which stay until the next call. */
void target_tell_set(struct target_tell *t, const struct targets *now);
/* The hub can be reached; `back`: it could not be before. */
void target_tell_online(struct target_tell *t, bool back);

#endif
