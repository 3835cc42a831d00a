/* test_ask.c - see test_ask.h. */
#include "base/test.h"
#include "net/test_ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"

/* ---- the connection ---- */

static void on_rotate(struct h2 *h, void *owner)
{
	((struct asker *)owner)->rotated++;
}

static void on_closed(struct h2 *h, int why, void *owner)
{
	struct asker *a = owner;

	a->closed++;
	a->why = why;
	a->h2 = NULL;
}

static void on_open(struct conn *c, void *owner)
{
	struct asker *a = owner;

	a->h2 = h2_client_new(c, &a->setup, a);
}

static const struct conn_ops conn_ops = { .on_open = on_open };

void asker_begin(struct asker *a, struct loop *l)
{
	*a = (struct asker){
		.loop = l,
		.setup = {
			.http = { .header_bytes = 16 * KIB, .header_fields = 100, .header_ms = 10000 },
			.limits = h2_tunnel_limits,
			.on_rotate = on_rotate,
			.on_closed = on_closed,
		},
	};
}

static bool is_open(void *arg)
{
	return ((struct asker *)arg)->h2 != NULL;
}

void asker_open(struct asker *a, int fd)
{
	struct conn_setup setup = { .ops = &conn_ops, .owner = a };

	a->closed = a->rotated = 0;
	assert_int_equal(conn_open(a->loop, fd, &setup, &a->conn), 0);
	assert_true(loop_run_until(a->loop, is_open, a, TEST_WAIT_MS));
}

static bool is_closed(void *arg)
{
	return ((struct asker *)arg)->closed != 0;
}

void asker_close(struct asker *a)
{
	if (a->h2)
		h2_close(a->h2);
	assert_true(loop_run_until(a->loop, is_closed, a, TEST_WAIT_MS));
	assert_int_equal(a->closed, 1);
}

/* ---- a request ---- */

static void keep(char out[static 16], struct str value)
{
	snprintf(out, 16, "%.*s", (int)value.len, value.p);
}

static void on_headers(struct exchange *x, void *end)
{
	struct ask *k = end;
	const struct http_header *f;

	assert_int_equal(k->status, 0);
	if (exchange_status(x) < 200 && !exchange_switched(x))
		k->interims++;
	else
		k->status = exchange_status(x);
	k->length = exchange_answer_bytes(x);
	for (size_t i = 0; (f = exchange_answer_header(x, i)); i++) {
		if (str_eq(f->name, STR("x-own")))
			keep(k->own, f->value);
		else if (str_eq(f->name, STR("link")))
			keep(k->link, f->value);
	}
}

static void on_kick(struct exchange *x, void *end)
{
	struct ask *k = end;

	loop_later(k->asker->loop, &k->task);
}

static void on_consumed(struct exchange *x, size_t n, void *end)
{
	struct ask *k = end;

	k->wanted += !n;
	loop_later(k->asker->loop, &k->task);
}

static void on_abort(struct exchange *x, int why, void *end)
{
	struct ask *k = end;

	assert_false(k->ended || k->aborted);
	task_cancel(&k->task);
	k->x = NULL;
	k->aborted = true;
	k->why = why;
}

static size_t on_unsent(struct exchange *x, void *end)
{
	return ((struct ask *)end)->unsent;
}

static const struct end_ops source_ops = {
	.headers = on_headers,
	.kick = on_kick,
	.consumed = on_consumed,
	.abort = on_abort,
	.unsent = on_unsent,
};

static void put_more(struct ask *k)
{
	uint8_t octets[16 * KIB];

	while (k->put < k->send && exchange_waiting(k->x, TARGET) < EXCHANGE_HIGH &&
	       !exchange_has_left(k->x, TARGET)) {
		size_t n = k->send - k->put < sizeof(octets) ? k->send - k->put : sizeof(octets);

		for (size_t i = 0; i < n; i++)
			octets[i] = test_octet(k->put + i);
		exchange_put(k->x, SOURCE, octets, n);
		k->put += n;
	}
	if (k->put == k->send)
		exchange_put_end(k->x, SOURCE);
}

static void take_more(struct ask *k)
{
	uint8_t octets[16 * KIB];
	size_t n;

	while (!k->hold && (n = exchange_take(k->x, SOURCE, octets, sizeof(octets)))) {
		for (size_t i = 0; i < n; i++)
			k->wrong += octets[i] != test_octet(k->got + i);
		if (!k->bulk)
			buf_put(&k->body, octets, n);
		k->got += n;
		if (k->slow) {
			loop_again(k->asker->loop, &k->task);
			break;
		}
	}
	if (!exchange_ended(k->x, SOURCE) || !k->status)
		return;
	k->ended = true;
	if (exchange_trailer(k->x, 0))
		keep(k->sum, exchange_trailer(k->x, 0)->value);
	if (exchange_trailer(k->x, 1))
		keep(k->more, exchange_trailer(k->x, 1)->value);
	exchange_abort(k->x, SOURCE, ERR_CANCELLED); /* in order, or with a request that goes on */
	k->x = NULL;
}

static void on_task(struct task *t)
{
	struct ask *k = CONTAINER_OF(t, struct ask, task);

	if (k->x)
		put_more(k);
	if (k->x)
		take_more(k);
}

static enum http_method method_of(const char *text)
{
	return strcmp(text, "HEAD") == 0 ? METHOD_HEAD : METHOD_OTHER;
}

struct ask *ask_later(struct asker *a, const char *method, const char *target, int64_t send)
{
	const struct exchange_from from = { "192.0.2.1", true };
	struct ask *k = xcalloc(1, sizeof(*k));
	const char *query = strchr(target, '?');

	k->asker = a;
	k->send = send > 0 ? (uint64_t)send : 0;
	k->body = buf_new(64 * MIB);
	task_init(&k->task, on_task);
	k->headers[0] = (struct http_header){ STR("host"), STR("console.example") };
	k->headers[1] = (struct http_header){ STR("cookie"), STR("a=0123456789012345678901") };
	k->headers[2] = (struct http_header){ STR("authorization"), STR("Basic eA==") };
	k->request = (struct http_request){
		.method = method_of(method),
		.method_text = str_of(method),
		.authority = k->headers[0].value,
		.path = { target, query ? (size_t)(query - target) : strlen(target) },
		.query = str_of(query ? query + 1 : NULL),
		.headers = k->headers,
		.headers_len = ARRAY_LEN(k->headers),
		.body_bytes = send < 0 ? 0 : send,
	};
	k->x = exchange_new(a->loop, &from, &source_ops, k);
	exchange_set_request(k->x, &k->request);
	return k;
}

void ask_now(struct ask *k)
{
	k->refused = h2_ask(k->asker->h2, k->x);
	if (k->refused < 0) {
		exchange_cut(k->x);
		return;
	}
	if (k->x)
		put_more(k);
}

struct ask *ask(struct asker *a, const char *method, const char *target, int64_t send)
{
	struct ask *k = ask_later(a, method, target, send);

	ask_now(k);
	return k;
}

void ask_go_on(struct ask *k)
{
	k->hold = false;
	loop_later(k->asker->loop, &k->task);
}

void ask_give_up(struct ask *k)
{
	struct exchange *x = k->x;

	k->x = NULL;
	k->aborted = true;
	task_cancel(&k->task);
	if (x)
		exchange_abort(x, SOURCE, ERR_CANCELLED);
}

static bool is_over(void *arg)
{
	struct ask *k = arg;

	return k->ended || k->aborted;
}

bool ask_wait(struct ask *k)
{
	assert_true(loop_run_until(k->asker->loop, is_over, k, 4 * TEST_WAIT_MS));
	return k->ended;
}

struct wanted {
	struct ask *ask;
	uint64_t octets;
};

static bool has_got(void *arg)
{
	struct wanted *w = arg;

	return w->ask->got >= w->octets || is_over(w->ask);
}

bool ask_wait_got(struct ask *k, uint64_t octets)
{
	return loop_run_until(k->asker->loop, has_got, &(struct wanted){ k, octets },
			      4 * TEST_WAIT_MS) &&
	       k->got >= octets;
}

void ask_free(struct ask *k)
{
	if (!k->ended && !k->aborted)
		ask_give_up(k);
	task_cancel(&k->task);
	buf_done(&k->body);
	free(k);
}
