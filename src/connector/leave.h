/* leave.h - the customer withdraws consent (R15): what ends, what is removed, what stays.
 *
 *   hub told (DELETE /c/v1/connector, one try, 10 s) --> files removed --> done
 *
 * Whether or not the hub can be told, the leaving goes on: nobody's absence keeps a customer.  All
 * of home_files[] is removed but the record of consent, which gets the time of its end.  The caller
 * has stopped whatever else reads or writes the folder.
 *
 * One loop.  `done` runs once, never from inside leave_begin(). */
#ifndef CONNECTOR_LEAVE_H
#define CONNECTOR_LEAVE_H

#include "connector/home.h"
#include "connector/hub.h"

struct leave;

/* `told`: the hub knows.  rc: the first error of removing, 0 if nothing is left. */
typedef void leave_done_fn(bool told, int rc, void *owner);

/* hub and dir are borrowed. */
struct leave *leave_begin(struct hub *hub, const char *dir, leave_done_fn *done, void *owner);
void leave_cancel(struct leave **l); /* harmless if NULL; no `done` follows */

/* The second half alone. */
MUST_USE int leave_remove(const char *dir);

#endif
