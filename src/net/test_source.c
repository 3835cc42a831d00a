/* test_source.c - see test_source.h. */
#include "base/test.h"
#include "net/test_source.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"

#define KEEP_MAX (32 * MIB)

static void put_field(struct buf *out, const struct http_header *f)
{
	buf_putstr(out, f->name);
	buf_puts(out, ": ");
	buf_putstr(out, f->value);
	buf_puts(out, "\n");
}

static void on_headers(struct exchange *x, void *end)
{
	struct test_source *s = end;
	const struct http_header *f;

	assert_int_equal(s->status, 0);
	for (size_t i = 0; (f = exchange_answer_header(x, i)); i++)
		put_field(&s->head, f);
	if (exchange_status(x) < 200 && !exchange_switched(x)) {
		s->interims++;
		return;
	}
	s->status = exchange_status(x);
	s->switched = exchange_switched(x);
	s->length = exchange_answer_bytes(x);
}

static void on_kick(struct exchange *x, void *end)
{
	struct test_source *s = end;

	loop_later(s->loop, &s->task);
}

static void on_consumed(struct exchange *x, size_t n, void *end)
{
	struct test_source *s = end;

	s->wanted |= n == 0;
	loop_later(s->loop, &s->task);
}

static void on_abort(struct exchange *x, int why, void *end)
{
	struct test_source *s = end;

	assert_false(s->ended || s->aborted);
	task_cancel(&s->task);
	s->x = NULL;
	s->aborted = true;
	s->why = why;
}

static const struct end_ops source_ops = {
	.headers = on_headers,
	.kick = on_kick,
	.consumed = on_consumed,
	.abort = on_abort,
};

static void put_more(struct test_source *s)
{
	uint8_t octets[16 * KIB];

	while (s->put < s->send && exchange_waiting(s->x, TARGET) < EXCHANGE_HIGH) {
		uint64_t left = s->send - s->put;
		size_t n = left < sizeof(octets) ? (size_t)left : sizeof(octets);

		for (size_t i = 0; i < n; i++, s->put++)
			octets[i] = s->put < s->text.len ? (uint8_t)s->text.p[s->put]
							 : test_octet((size_t)s->put);
		exchange_put(s->x, SOURCE, octets, n);
	}
	if (s->put == s->send && !s->request.upgrade.p && !s->owes)
		exchange_put_end(s->x, SOURCE);
}

static void take_all(struct test_source *s)
{
	uint8_t octets[16 * KIB];
	const struct http_header *f;
	size_t n;

	while ((n = exchange_take(s->x, SOURCE, octets, sizeof(octets)))) {
		for (size_t i = 0; i < n; i++)
			s->wrong += octets[i] != test_octet((size_t)s->got + i);
		s->got += n;
		if (!s->bulk)
			buf_put(&s->body, octets, n);
	}
	if (!s->status || !exchange_ended(s->x, SOURCE))
		return;
	for (size_t i = 0; (f = exchange_trailer(s->x, i)); i++)
		put_field(&s->trailers, f);
	s->ended = true;
	exchange_put_end(s->x, SOURCE);
	exchange_leave(s->x, SOURCE);
	s->x = NULL;
}

static void on_task(struct task *t)
{
	struct test_source *s = CONTAINER_OF(t, struct test_source, task);

	if (s->x)
		put_more(s);
	if (s->x && !s->hold)
		take_all(s);
}

struct test_source *test_source_new(struct loop *l, const char *method, const char *target,
				    int64_t send)
{
	static const struct exchange_from from = { "192.0.2.1", true };
	struct test_source *s = xcalloc(1, sizeof(*s));
	const char *question = strchr(target, '?');

	s->loop = l;
	s->send = send < 0 ? 0 : (uint64_t)send;
	s->head = buf_new(256 * KIB);
	s->trailers = buf_new(256 * KIB);
	s->body = buf_new(KEEP_MAX);
	s->request = (struct http_request){
		.method_text = str_of(method),
		.authority = STR("s.example"),
		.path = str_of(target),
		.headers = s->headers,
		.body_bytes = send < 0 ? 0 : send,
	};
	if (question) {
		s->request.path.len = (size_t)(question - target);
		s->request.query = str_of(question + 1);
	}
	s->request.method = strcmp(method, "GET") == 0    ? METHOD_GET
			    : strcmp(method, "HEAD") == 0 ? METHOD_HEAD
			    : strcmp(method, "POST") == 0 ? METHOD_POST
			    : strcmp(method, "PUT") == 0  ? METHOD_PUT
							  : METHOD_OTHER;
	task_init(&s->task, on_task);
	s->x = exchange_new(l, &from, &source_ops, s);
	return s;
}

void test_source_header(struct test_source *s, const char *name, const char *value)
{
	assert_true(s->request.headers_len < ARRAY_LEN(s->headers));
	s->headers[s->request.headers_len++] = (struct http_header){ str_of(name), str_of(value) };
}

struct exchange *test_source_ready(struct test_source *s)
{
	exchange_set_request(s->x, &s->request);
	if (s->send)
		put_more(s);
	else if (!s->request.upgrade.p)
		exchange_put_end(s->x, SOURCE);
	return s->x;
}

void test_source_say(struct test_source *s, const char *text)
{
	exchange_put(s->x, SOURCE, text, strlen(text));
}

void test_source_end(struct test_source *s)
{
	exchange_put_end(s->x, SOURCE);
}

void test_source_go_on(struct test_source *s)
{
	s->hold = false;
	loop_later(s->loop, &s->task);
}

void test_source_give_up(struct test_source *s)
{
	struct exchange *x = s->x;

	task_cancel(&s->task);
	s->x = NULL;
	if (x)
		exchange_abort(x, SOURCE, ERR_CANCELLED);
}

static bool is_over(void *arg)
{
	const struct test_source *s = arg;

	return s->ended || s->aborted;
}

bool test_source_wait(struct test_source *s)
{
	return loop_run_until(s->loop, is_over, s, TEST_WAIT_MS) && s->ended;
}

static bool has_head(void *arg)
{
	const struct test_source *s = arg;

	return s->status || s->aborted;
}

bool test_source_wait_head(struct test_source *s)
{
	return loop_run_until(s->loop, has_head, s, TEST_WAIT_MS) && s->status;
}

struct wanted {
	struct test_source *source;
	const char *text;
};

static bool has_text(void *arg)
{
	const struct wanted *w = arg;

	return strstr(test_source_body(w->source), w->text) || is_over(w->source);
}

bool test_source_wait_text(struct test_source *s, const char *text)
{
	loop_run_until(s->loop, has_text, &(struct wanted){ s, text }, TEST_WAIT_MS);
	return strstr(test_source_body(s), text);
}

static const char *text_of(const struct buf *b)
{
	return b->data ? (const char *)b->data : "";
}

const char *test_source_body(const struct test_source *s)
{
	return text_of(&s->body);
}

const char *test_source_head(const struct test_source *s)
{
	return text_of(&s->head);
}

void test_source_free(struct test_source *s)
{
	test_source_give_up(s);
	buf_done(&s->head);
	buf_done(&s->trailers);
	buf_done(&s->body);
	free(s);
}
