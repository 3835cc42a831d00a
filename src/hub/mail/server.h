/* server.h - the operator's mail server as hub.conf names it: what is asked of it, and what its
 * failures mean. */
#ifndef HUB_MAIL_SERVER_H
#define HUB_MAIL_SERVER_H

#include "hub/hub.h"
#include "net/fetch.h"

/* Why a mail was not taken; stored, never renumbered. */
enum mail_reason {
	MAIL_UNREACHABLE = 1, /* no address, no connection, or it broke off */
	MAIL_TLS = 2,         /* none offered, or it failed */
	MAIL_UNTRUSTED = 3,   /* the certificate */
	MAIL_LOGIN = 4,       /* refused, or demanded where none is configured */
	MAIL_TIMEOUT = 5,
	MAIL_REFUSED = 6,  /* the message or its recipient, for good (5yz) */
	MAIL_LATER = 7,    /* the same, for now (4yz) */
	MAIL_UPSTREAM = 8, /* an answer that is none */
	MAIL_EXPIRED = 9,  /* its time had passed before it could be tried again */
	MAIL_REASONS,
};

/* "unreachable"; NULL for a number that is none. */
const char *mail_reason_word(int64_t reason);

/* What is sent: all is copied. */
struct mail_out {
	const char *id; /* of Message-ID */
	const char *to, *reply_to, *from_name, *subject, *text, *language;
	int64_t at_ms;
};

/* Hands it over, or with out NULL tries all but that.  ERR_CONFIG or -errno, and `done` is not
 * called: mail.password_file cannot be read. */
MUST_USE int mail_server_start(struct fetcher *f, const struct hub_config *c,
			       const struct mail_out *out, fetch_done_fn *done, void *owner,
			       struct fetch **ret_fetch);

/* 0: it was taken. */
int mail_server_verdict(const struct fetch_result *r);

#endif
