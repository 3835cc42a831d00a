/* notice.h - the connector itself tells those at the desk that a visit waits: by the customer's
 * mail server, by an address in the customer's network, or both (desk.mail.*, desk.webhook).
 *
 * It tells of which provider somebody asks, what for, until when a yes counts and where it is
 * given; neither who asks nor why, because both were typed by strangers, would be sent on in the
 * customer's name and be kept by others (R61): they stand on the page.
 *
 * Each channel is tried again while the visit waits.  Nothing of it is stored, and no proxy is
 * used: these servers are the customer's own.  One loop. */
#ifndef CONNECTOR_DESK_NOTICE_H
#define CONNECTOR_DESK_NOTICE_H

#include "connector/options.h"

struct desk;
struct fetcher;
struct loop;
struct notices;
struct sessions;
struct state;

struct notice_config {
	struct loop *loop; /* borrowed, as all the following */
	struct fetcher *fetcher;
	const char *dir;
	const struct options *options;
	const struct state *state;
	struct sessions *sessions;
	struct desk *desk;
};

struct notices *notices_new(const struct notice_config *cfg); /* copied */
void notices_free(struct notices **n);                        /* breaks off what is under way */
/* Sessions may have changed: tells of those that are new, and no more of those that wait no more.
 */
void notices_look(struct notices *n);
/* One to all, once, that says that it is a test. */
void notices_test(struct notices *n);

enum notice_way { NOTICE_MAIL, NOTICE_WEBHOOK, NOTICE_WAYS };
/* What became of the last one. */
struct notice_last {
	bool on;         /* configured */
	bool busy;       /* under way */
	int64_t at_ms;   /* JSON_ABSENT_INT: there was none yet */
	const char *why; /* NULL: it was taken; else a word of mail_reason_word() or "status_404" */
};
void notices_last(const struct notices *n, enum notice_way way, struct notice_last *ret_last);

#endif
