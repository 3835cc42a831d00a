/* mail.h - a mail of our own, handed over to a mail server by net/fetch: what is asked of the
 * server, and what its failures mean.
 *
 * One loop; fetch.h says when `done` runs. */
#ifndef NET_MAIL_H
#define NET_MAIL_H

#include "net/fetch.h"

/* How the connection is secured; the usual ports are 587, 465 and 25.  Numbers as in the options
 * "starttls|tls|none". */
enum mail_security { MAIL_STARTTLS, MAIL_IMPLICIT_TLS, MAIL_NO_TLS };

/* All is borrowed for the call. */
struct mail_server {
	const char *host;
	int64_t port; /* 0: the usual one */
	enum mail_security security;
	const char *greets;          /* host[:port], the name by which we introduce ourselves */
	const char *from;            /* mime_address_ok() (asserted) */
	const char *user, *password; /* NULL: no login */
	const char *ca_file;         /* PEM; NULL: the system's roots */
	int64_t timeout_ms;
};

/* What is sent: all is copied. */
struct mail_out {
	const char *id; /* of Message-ID */
	const char *to, *reply_to, *from_name, *subject, *text, *language;
	int64_t at_ms;
};

/* Why a mail was not taken; stored by the hub, never renumbered. */
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

/* Hands it over, or with out NULL tries all but that.  ERR_TOO_LARGE, and `done` is not called. */
MUST_USE int mail_start(struct fetcher *f, const struct mail_server *s, const struct mail_out *out,
			fetch_done_fn *done, void *owner, struct fetch **ret_fetch);

/* 0: it was taken; else enum mail_reason. */
int mail_verdict(const struct fetch_result *r);

#endif
