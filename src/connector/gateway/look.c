/* look.c - what an address shows before it becomes a target; see gateway_look().
 *
 *   lookup --> connect and shake hands, whatever it shows --> once more, verified --> done */
#include "connector/gateway/look.h"
#include "base/err.h"
#include "connector/gateway/reach.h"
#include "net/conn.h"
#include "net/loop.h"
#include "net/tls.h"

#include <stdlib.h>

#define CONNECT_MS 8000

struct gateway_look {
	struct link link;
	struct reach *reach;
	struct endpoint endpoint;
	bool old_tls;
	gateway_look_fn *done; /* NULL: cancelled */
	bool ended;            /* nothing more is tried; `done` is told */
	void *owner;
	struct search *lookup;
	struct address address;
	struct tls *tls; /* of the present connection */
	struct conn *conn;
	struct task task;
	struct gateway_sight sight;
	bool seen; /* the certificate is known: now it is verified */
	bool open; /* this connection has been */
};

static void finish(struct gateway_look *k, int rc)
{
	k->sight.rc = rc;
	loop_later(k->reach->loop, &k->task);
}

static void on_task(struct task *t)
{
	struct gateway_look *k = CONTAINER_OF(t, struct gateway_look, task);
	struct reach *reach = k->reach;

	list_remove(&k->link);
	if (k->done)
		k->done(&k->sight, k->owner);
	free(k);
	reach_release(reach);
}

static void connect_to(struct gateway_look *k);

static void on_open(struct conn *c, void *owner)
{
	struct gateway_look *k = owner;

	k->open = true;
	if (k->seen)
		k->sight.vouched_for = true;
	else
		conn_fingerprint(c, &k->sight.certificate);
	conn_close(c);
}

static void on_end(struct conn *c, int why, void *owner)
{
	struct gateway_look *k = owner;

	k->sight.rc = reach_error(why < 0 ? why : ERR_UNREACHABLE);
	conn_close(c);
}

static void on_closed(void *owner)
{
	struct gateway_look *k = owner;

	k->conn = NULL;
	tls_free(&k->tls);
	if (k->ended || !k->done || k->seen || !k->open || !k->endpoint.place.secure) {
		finish(k, !k->ended && (k->seen || k->open) ? 0 : k->sight.rc);
		return;
	}
	k->seen = true;
	k->open = false;
	connect_to(k);
}

static int open_conn(struct gateway_look *k, int fd)
{
	static const struct conn_ops ops = { .on_open = on_open,
					     .on_end = on_end,
					     .on_closed = on_closed };
	const struct conn_setup setup = {
		.tls = k->tls,
		.server_name = k->tls ? k->endpoint.place.host : NULL,
		.ops = &ops,
		.owner = k,
		.handshake_ms = CONNECT_MS,
	};

	return conn_open(k->reach->loop, fd, &setup, &k->conn);
}

/* The first time whatever it shows, then as the system's roots have it. */
static void connect_to(struct gateway_look *k)
{
	const struct tls_target how = { .any = !k->seen, .old = k->old_tls };
	int rc = 0, fd;

	if (k->endpoint.place.secure)
		rc = tls_target_new(&how, &k->tls, NULL);
	if (rc == 0)
		rc = reach_dial(k->reach, &k->address, &fd);
	if (rc == 0)
		rc = open_conn(k, fd);
	if (rc < 0) {
		tls_free(&k->tls);
		finish(k, k->seen ? 0 : reach_error(rc));
	}
}

static void on_found(int rc, const struct address *list, size_t len, void *owner)
{
	struct gateway_look *k = owner;

	k->lookup = NULL;
	for (size_t i = 0; i < len; i++) {
		if (reach_allows(k->reach, &k->endpoint, false, &list[i]) == 0) {
			k->address = list[i];
			connect_to(k);
			return;
		}
	}
	finish(k, rc < 0 ? ERR_TARGET_UNRESOLVED : ERR_TARGET_FORBIDDEN);
}

int look_start(struct link *looks, struct reach *reach, const struct target *one,
	       gateway_look_fn *done, void *owner, struct gateway_look **ret_look)
{
	struct gateway_look *k;
	struct target_place place;

	if (!one->address || target_place_of(one->address, &place) < 0)
		return ERR_INVALID;
	k = xcalloc(1, sizeof(*k));
	k->reach = reach;
	k->endpoint.place = place;
	k->old_tls = one->old_tls == JSON_TRUE;
	k->done = done;
	k->owner = owner;
	task_init(&k->task, on_task);
	list_append(looks, &k->link);
	reach_hold(reach);
	reach_learn_hub(reach);
	k->lookup = reach_look_up(reach, &place, on_found, k);
	*ret_look = k;
	return 0;
}

/* What it has seen counts if it has seen all. */
static void end(struct gateway_look *k)
{
	if (task_marked(&k->task))
		return;
	k->ended = true;
	k->sight.rc = ERR_CANCELLED;
	reach_cancel(k->reach, &k->lookup);
	if (k->conn)
		conn_close(k->conn);
	else
		loop_later(k->reach->loop, &k->task);
}

void looks_end(struct link *looks)
{
	LIST_EACH(l, looks)
		end(LIST_ENTRY(l, struct gateway_look, link));
}

void gateway_look_cancel(struct gateway_look **kp)
{
	struct gateway_look *k = *kp;

	*kp = NULL;
	if (!k)
		return;
	k->done = NULL;
	end(k);
}
