/* server_branch.c - see server_branch.h.
 *
 * A seat lives on the server's loop, as long as its client.  Where a network has its share of them
 * already, who comes waits, and for each that waits the one that is there longest is told to go
 * once it has answered what it was asked.
 *
 * A guest lives on the branch's loop from its arrival until guest_free(), which the server says
 * when it has heard that the connection is gone: so what each side says of it finds it there. */
#include "net/server_int.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/metric.h"
#include "net/bufq.h"
#include "net/conn.h"
#include "net/exchange.h"
#include "net/h2.h"
#include "net/loop.h"

#define PATIENCE_MS 10000

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
	if (bufq_all_memory() <= b->buffered_bytes)
		b->on_request(x, b->owner);
	else if (g->h2 && h2_takes_nothing(g->h2))
		exchange_cut(x);
	else
		exchange_respond_error(x, ERR_BUSY);
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

	conn_keep_buffers(conn);
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

/* ---- seats, on the server's loop ---- */

struct seat {
	struct seats *all;
	struct client *client;
	struct branch *branch;
	struct conn *conn;   /* one of both: it waits, until its patience ends, */
	struct guest *guest; /* or has its place */
	struct timer patience;
	struct network network;
	struct crowd_member queue, seated, settled, leaving;
};

void seats_init(struct seats *s, struct loop *l, size_t per_network)
{
	*s = (struct seats){ .loop = l, .per_network = per_network };
	crowd_init(&s->queue, per_network);
	crowd_init(&s->seated, per_network);
	crowd_init(&s->settled, per_network);
	crowd_init(&s->leaving, per_network);
}

void seats_done(struct seats *s)
{
	crowd_done(&s->queue);
	crowd_done(&s->seated);
	crowd_done(&s->settled);
	crowd_done(&s->leaving);
}

static void sit_down(struct seat *seat)
{
	struct guest *g = xcalloc(1, sizeof(*g));

	g->branch = seat->branch;
	g->client = seat->client;
	seat->guest = g;
	crowd_join(&seat->all->seated, &seat->seated, &seat->network);
	conn_move(TAKE(seat->conn), seat->branch->loop, on_arrived, g);
}

/* As many are told to go as wait. */
static void make_place(struct seats *s, const struct network *n)
{
	while (crowd_count(&s->leaving, n) < crowd_count(&s->queue, n)) {
		struct crowd_member *oldest = crowd_oldest(&s->settled, n);
		struct seat *seat;

		if (!oldest)
			return;
		seat = CONTAINER_OF(oldest, struct seat, settled);
		crowd_leave(&s->settled, oldest);
		crowd_join(&s->leaving, &seat->leaving, n);
		seat_drain(seat);
		metric_add(M_GAVE_WAY, 1);
	}
}

static void on_patience(struct timer *t)
{
	conn_close(CONTAINER_OF(t, struct seat, patience)->conn);
}

struct seat *seat_take(struct seats *s, struct branch *b, struct conn *conn, struct client *c,
		       const struct network *n)
{
	struct seat *seat = xcalloc(1, sizeof(*seat));

	seat->all = s;
	seat->client = c;
	seat->branch = b;
	seat->conn = conn;
	seat->network = *n;
	timer_init(&seat->patience, on_patience);
	if (crowd_count(&s->seated, n) < s->per_network) {
		sit_down(seat);
	} else {
		conn_pause(conn);
		timer_start(s->loop, &seat->patience, PATIENCE_MS);
		crowd_join(&s->queue, &seat->queue, n);
		make_place(s, n);
	}
	return seat;
}

void seat_asked(struct seat *seat)
{
	crowd_join(&seat->all->settled, &seat->settled, &seat->network);
	make_place(seat->all, &seat->network);
}

void seat_close(struct seat *seat)
{
	if (seat->guest)
		say(seat->branch->loop, seat->guest, on_close);
	else
		conn_close(seat->conn);
}

void seat_drain(struct seat *seat)
{
	if (seat->guest)
		say(seat->branch->loop, seat->guest, on_drain);
	else
		conn_close(seat->conn);
}

static void let_in(struct seats *s, const struct network *n)
{
	struct crowd_member *next = crowd_oldest(&s->queue, n);
	struct seat *seat;

	if (!next || s->closed)
		return;
	seat = CONTAINER_OF(next, struct seat, queue);
	crowd_leave(&s->queue, next);
	timer_stop(s->loop, &seat->patience);
	conn_resume(seat->conn);
	sit_down(seat);
}

void seat_leave(struct seat *seat)
{
	struct seats *s;

	if (!seat)
		return;
	s = seat->all;
	timer_stop(s->loop, &seat->patience);
	crowd_leave(&s->queue, &seat->queue);
	crowd_leave(&s->seated, &seat->seated);
	crowd_leave(&s->settled, &seat->settled);
	crowd_leave(&s->leaving, &seat->leaving);
	if (seat->guest) {
		say(seat->branch->loop, seat->guest, on_free);
		let_in(s, &seat->network);
	}
	free(seat);
}

/* ---- branches ---- */

struct branch *server_branch_new(struct server *s, struct loop *l,
				 void (*request)(struct exchange *x, void *owner), void *owner)
{
	const struct server_limits *limits = server_limits_of(s);
	struct branch *b = xcalloc(1, sizeof(*b));

	b->loop = l;
	b->servers = server_loop(s);
	b->buffered_bytes = limits->buffered_bytes / 4 * 3;
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
