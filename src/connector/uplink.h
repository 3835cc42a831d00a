/* uplink.h - the connector's line to its hub: the poll, the mirror of the switches, the reports.
 *
 *   DOWN --back-off over--> UP --a call fails--> DOWN
 *     ^                     |  '-- poll answered: the next one goes out at once
 *     |                     '--403 revoked, replaced--> REVOKED --a day--> UP      uplink_free:
 * CLOSED
 *     '--the customer ends the silence-- SILENT <--the customer ends all contact, from anywhere
 *
 * In UP a poll is open all the time; it proves life both ways, brings commands, and its end brings
 * the next.  Mirror and reports are calls of their own beside it, one each at a time; reports have
 * their own back-off, so that a hub that is out of room still hears that we live.
 * Nothing is taken from the outbox unless `monitoring` is on at that moment.
 *
 * One loop.  No callback runs from inside an uplink_*() call. */
#ifndef CONNECTOR_UPLINK_H
#define CONNECTOR_UPLINK_H

#include "connector/home.h"
#include "connector/hub.h"

struct command;
struct loop;
struct outbox;
struct permission_view;
struct uplink;

struct uplink_config {
	struct loop *loop;
	struct hub *hub; /* borrowed, like all the following */
	struct outbox *outbox;
	struct permission_view *permission;
	struct state *state; /* changed and saved here */
	const char *dir;     /* where */
	void (*on_report_now)(void *owner);
	/* A command of sessions; texts are good during the call. */
	void (*on_session)(const struct command *c, void *owner);
	void (*on_revoked)(bool revoked, void *owner);
	void (*on_change)(void *owner); /* what uplink_info() tells is new */
	void *owner;
};

struct uplink *uplink_new(const struct uplink_config *cfg); /* copied; dials at once */
void uplink_free(struct uplink **u);                        /* cancels what is open */

void uplink_stop(struct uplink *u); /* for good: consent is withdrawn; no callback follows */
void uplink_send(struct uplink *u); /* there is something in the outbox */
/* Breaks off what is open and dials anew: calls are signed by another key now. */
void uplink_redial(struct uplink *u);
/* Nothing is taken from the outbox until it is released: what must not be sent is still in it. */
void uplink_hold(struct uplink *u, bool hold);
/* The switches may have changed: mirrors them, and with `monitoring` off breaks off a call that
 * carries reports. */
void uplink_look(struct uplink *u);

struct uplink_info {
	bool online;            /* the hub has answered, and nothing failed since */
	int64_t since_ms;       /* of that */
	int64_t reported_at_ms; /* when the hub last acknowledged records; absent: never */
	int64_t reported_bytes; /* of those records, as they lie in the ledger */
	int failure;            /* why it is not online: err.h; 0 */
	int64_t clock_offset_ms;
};
void uplink_info(const struct uplink *u, struct uplink_info *ret_info);

#endif
