/* desk_options.h - connector.conf's desk.*: what a table of single options cannot say, and what it
 * amounts to.  Pure. */
#ifndef CONNECTOR_DESK_DESK_OPTIONS_H
#define CONNECTOR_DESK_DESK_OPTIONS_H

#include "connector/options.h"

#define DESK_NAME_MAX      40 /* octets, as a hub takes it */
#define DESK_MAIL_TO_MAX   8
#define DESK_AUTHORITY_MAX 320

/* ERR_CONFIG with a sentence in *ret_why. */
MUST_USE int desk_options_check(const struct options *o, const char **ret_why);

bool desk_is_on(const struct options *o);
/* As a browser names the page that listens at `port`: "print01.example.test:7644",
 * "[2001:db8::7]". */
void desk_authority(const struct options *o, int port, char out[static DESK_AUTHORITY_MAX]);
/* The next address of desk.mail.to, in *rest; false at the end. */
bool desk_next_address(struct str *rest, struct str *ret_address);

#endif
