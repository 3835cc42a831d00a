/* server.h - the operator's mail server as hub.conf names it. */
#ifndef HUB_MAIL_SERVER_H
#define HUB_MAIL_SERVER_H

#include "hub/hub.h"
#include "net/mail.h"

/* mail_start() with what hub.conf says.  ERR_CONFIG or -errno, and `done` is not called:
 * mail.password_file cannot be read. */
MUST_USE int mail_server_start(struct fetcher *f, const struct hub_config *c,
			       const struct mail_out *out, fetch_done_fn *done, void *owner,
			       struct fetch **ret_fetch);

#endif
