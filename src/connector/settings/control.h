/* control.h - the way of this machine's commands to the running connector: DIR/control.sock.
 *
 * The calls of settings/session_api.c, without a token: a Unix socket of mode 0600, so that only
 * who owns the folder may say yes, no or end.  A folder whose path is too long for a socket has
 * none; the settings page is the way then. */
#ifndef CONNECTOR_SETTINGS_CONTROL_H
#define CONNECTOR_SETTINGS_CONTROL_H

#include "connector/settings/settings.h"

struct control;

/* owner: as settings_config's; facts are what it asks for. */
struct control *control_new(struct loop *loop, const char *dir, struct settings *owner);
void control_free(struct control **c); /* runs the loop for it */

#endif
