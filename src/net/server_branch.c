/* server_branch.c - see server_branch.h.
 *
 * A guest lives on the branch's loop from its arrival until guest_free(), which the server says
 * when it has heard that the connection is gone: so what each side says of it finds it there. */
#include "net/server_int.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "net/conn.h"
#include "net/exchange.h"
#include "net/h2.h"
#include "net/loop.h"

struct guest {
	struct branch *branch;
	struct client *client; /* the server's: to be named, not to be looked into */
	struct h1 *h1;         /* one of both, while it is connected */
	struct h2 *h2;
	bool asked;
};

struct word {
	struct post post;
	struct guest *guest;
	struct client *client;
};

static void say(struct loop *to, struct guest *g, void (*fn)(struct post *p))
{
	struct word *w = xmalloc(sizeof(*w));

	*w = (struct word){ { .fn = fn }, g, g->client };
	loop_post(to, &w->post);
}

static struct word heard(struct post *p)
{
	struct word *w = CONTAINER_OF(p, struct word, post), word = *w;

	free(w);
	return word;
}

/* ---- to the server's loop ---- */

static void on_asked(struct post *p)
{
	client_has_asked(heard(p).client);
}

static void on_gone(struct post *p)
{
	client_has_gone(heard(p).client);
}

/* ---- on the branch's loop ---- */

static void on_request(struct exchange *x, void *owner)
{
	struct guest *g = owner;
	struct branch *b = g->branch;

	if (!g->asked)
		say(b->servers, g, on_asked);
	g->asked = true;
	if (loop_counts(b->loop).buffered_bytes > b->buffered_bytes)
		exchange_respond_error(x, ERR_BUSY);
	else
		b->on_request(x, b->owner);
}

static void on_h1_closed(struct h1 *h, void *owner)
{
	struct guest *g = owner;

	g->h1 = NULL;
	say(g->branch->servers, g, on_gone);
}

static void on_h2_closed(struct h2 *h, int why, void *owner)
{
	struct guest *g = owner;

	g->h2 = NULL;
	say(g->branch->servers, g, on_gone);
}

static void on_arrived(struct conn *conn, void *owner)
{
	struct guest *g = owner;

	if (conn_speaks(conn, "h2"))
		g->h2 = h2_new(conn, &g->branch->h2, g);
	else
		g->h1 = h1_new(conn, &g->branch->h1, g);
}

static void on_close(struct post *p)
{
	struct guest *g = heard(p).guest;

	if (g->h2)
		h2_close(g->h2);
	else if (g->h1)
		h1_close(g->h1);
}

static void on_drain(struct post *p)
{
	struct guest *g = heard(p).guest;

	if (g->h2)
		h2_drain(g->h2);
	else if (g->h1)
		h1_drain(g->h1);
}

static void on_free(struct post *p)
{
	free(heard(p).guest);
}

/* ---- the server's calls ---- */

struct guest *branch_take(struct branch *b, struct conn *conn, struct client *c)
{
	struct guest *g = xcalloc(1, sizeof(*g));

	g->branch = b;
	g->client = c;
	conn_move(conn, b->loop, on_arrived, g);
	return g;
}

void guest_close(struct guest *g)
{
	say(g->branch->loop, g, on_close);
}

void guest_drain(struct guest *g)
{
	say(g->branch->loop, g, on_drain);
}

void guest_free(struct guest *g)
{
	say(g->branch->loop, g, on_free);
}

struct branch *server_branch_new(struct server *s, struct loop *l,
				 void (*request)(struct exchange *x, void *owner), void *owner)
{
	const struct server_limits *limits = server_limits_of(s);
	struct branch *b = xcalloc(1, sizeof(*b));

	b->loop = l;
	b->servers = server_loop(s);
	b->buffered_bytes = limits->buffered_bytes;
	b->on_request = request;
	b->owner = owner;
	b->h1 = (struct h1_setup){
		.limits = limits->http,
		.on_request = on_request,
		.on_closed = on_h1_closed,
	};
	b->h2 = (struct h2_setup){
		.http = limits->http,
		.limits = limits->h2,
		.on_request = on_request,
		.on_closed = on_h2_closed,
	};
	server_add_branch(s, b);
	return b;
}
