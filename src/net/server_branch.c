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
#define LEAVE_MS    1000 /* for who has nothing to answer any more */

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

/* ---- seats, on the server's loop ----
 *
 *   QUEUED --a place--> FRESH --asked--> SETTLED --told to go--> LEAVING --1 s--> STAYING --> over
 *      '------- its connection closes -------------------------------'------------------------^
 *
 * FRESH and STAYING, too, go to LEAVING where the server ends them; any connection may close.  The
 * state is the crowd that it is in. */

struct seat {
	struct seats *all;
	struct client *client;
	struct branch *branch;
	struct conn *conn;   /* while it is queued, and until it has closed then */
	struct guest *guest; /* once it has its place */
	struct timer timer;  /* the patience of who is queued, or who leaves should have gone */
	struct network network;
	struct crowd_member member;
	enum seat_state state;
};

static void seat_go(struct seat *seat, enum seat_state state)
{
	struct seats *s = seat->all;

	if (seat->state != SEAT_OVER)
		crowd_leave(&s->by_state[seat->state], &seat->member);
	timer_stop(s->loop, &seat->timer);
	seat->state = state;
	if (state != SEAT_OVER)
		crowd_join(&s->by_state[state], &seat->member, &seat->network);
	if (state == SEAT_QUEUED)
		timer_start(s->loop, &seat->timer, PATIENCE_MS);
	else if (state == SEAT_LEAVING)
		timer_start(s->loop, &seat->timer, LEAVE_MS);
}

static size_t count_of(const struct seats *s, enum seat_state state, const struct network *n)
{
	return crowd_count(&s->by_state[state], n);
}

/* The one that is there longest. */
static struct seat *oldest(const struct seats *s, enum seat_state state, const struct network *n)
{
	struct crowd_member *m = crowd_oldest(&s->by_state[state], n);

	return m ? CONTAINER_OF(m, struct seat, member) : NULL;
}

void seats_init(struct seats *s, struct loop *l, size_t per_network)
{
	*s = (struct seats){ .loop = l, .per_network = per_network };
	for (int i = 0; i < SEAT_OVER; i++)
		crowd_init(&s->by_state[i], per_network);
}

void seats_done(struct seats *s)
{
	for (int i = 0; i < SEAT_OVER; i++)
		crowd_done(&s->by_state[i]);
}

static bool has_place(const struct seats *s, const struct network *n)
{
	size_t taken = 0;

	for (int i = SEAT_FRESH; i < SEAT_OVER; i++)
		taken += count_of(s, i, n);
	return taken < s->per_network;
}

static void sit_down(struct seat *seat)
{
	struct guest *g = xcalloc(1, sizeof(*g));

	g->branch = seat->branch;
	g->client = seat->client;
	seat->guest = g;
	seat_go(seat, SEAT_FRESH);
	conn_move(TAKE(seat->conn), seat->branch->loop, on_arrived, g);
}

/* As many are told to go as wait: who has much to answer may leave in hours. */
static void make_place(struct seats *s, const struct network *n)
{
	struct seat *seat;

	while (count_of(s, SEAT_LEAVING, n) < count_of(s, SEAT_QUEUED, n) &&
	       (seat = oldest(s, SEAT_SETTLED, n))) {
		seat_drain(seat);
		metric_add(M_GAVE_WAY, 1);
	}
}

static void on_timer(struct timer *t)
{
	struct seat *seat = CONTAINER_OF(t, struct seat, timer);

	if (seat->state == SEAT_QUEUED)
		return seat_close(seat);
	seat_go(seat, SEAT_STAYING);
	make_place(seat->all, &seat->network);
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
	seat->state = SEAT_OVER;
	timer_init(&seat->timer, on_timer);
	if (has_place(s, n)) {
		sit_down(seat);
	} else {
		conn_pause(conn);
		seat_go(seat, SEAT_QUEUED);
		make_place(s, n);
	}
	return seat;
}

void seat_asked(struct seat *seat)
{
	if (seat->state != SEAT_FRESH)
		return;
	seat_go(seat, SEAT_SETTLED);
	make_place(seat->all, &seat->network);
}

/* A guest is told how.  Who waits is out of the queue at once: his seat stays until the connection
 * is reaped, and places become free before that. */
static void send_off(struct seat *seat, void (*how)(struct post *p))
{
	if (seat->guest) {
		seat_go(seat, SEAT_LEAVING);
		say(seat->branch->loop, seat->guest, how);
	} else {
		seat_go(seat, SEAT_OVER);
		conn_close(seat->conn);
	}
}

void seat_close(struct seat *seat)
{
	send_off(seat, on_close);
}

void seat_drain(struct seat *seat)
{
	send_off(seat, on_drain);
}

static void let_in(struct seats *s, const struct network *n)
{
	struct seat *seat = oldest(s, SEAT_QUEUED, n);

	if (!seat || s->closed)
		return;
	conn_resume(seat->conn);
	sit_down(seat);
}

void seat_leave(struct seat *seat)
{
	if (!seat)
		return;
	seat_go(seat, SEAT_OVER);
	if (seat->guest) {
		say(seat->branch->loop, seat->guest, on_free);
		let_in(seat->all, &seat->network);
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
