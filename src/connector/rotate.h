/* rotate.h - changing the connector's key: docs/protocol.md section 2, POST /c/v1/key.
 *
 *   make key.next.pem          by `rotate-key`, or when the key is too old
 *   offer it, signed by key.pem until the hub's 204 was read
 *   key.old.pem := key.pem
 *   key.pem := key.next.pem    atomically; from here on calls are signed by it
 *   remove key.next.pem        the hub retires the old key with the first of those calls
 *
 * A crash between any two steps leaves a key in key.pem that the hub takes, and what is left to do
 * follows from the files alone.  Where a disk has lost the last steps, the hub's key_retired says
 * that they were made: they are made once more.  A hub that was restored from a backup of before
 * the change knows the old key only: then the present one is offered to it, signed by the old.
 *
 * One loop.  No callback runs from inside a rotation_*() call. */
#ifndef CONNECTOR_ROTATE_H
#define CONNECTOR_ROTATE_H

#include "connector/home.h"
#include "connector/hub.h"

struct loop;
struct rotation;

/* Makes DIR/key.next.pem unless there is one.  -errno. */
MUST_USE int rotation_begin(const char *dir);
bool rotation_waits(const char *dir); /* a key was made that the hub does not know yet */

struct rotation_config {
	struct loop *loop;
	const struct hub *hub;      /* borrowed; whose calls are signed by `key` */
	const struct sign_key *key; /* key.pem; borrowed until on_changed */
	const char *dir;
	/* key.pem is another now, and the owner's: sign with it.  NULL: it stays, but the hub has
	 * learnt it again. */
	void (*on_changed)(struct sign_key *key, void *owner);
	void *owner;
};

struct rotation *rotation_new(const struct rotation_config *cfg); /* copied */
void rotation_free(struct rotation **r);
/* Whether the hub may be called at all: not while revoked, nor while the customer wants silence.
 * Being superseded is no reason to wait: a new key is what ends that. */
void rotation_allow(struct rotation *r, bool allowed);
/* The hub says that it does not know the key. */
void rotation_unknown(struct rotation *r);

#endif
