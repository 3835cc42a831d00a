/* test_call.c - see test_call.h. */
#include "api/test_call.h"

#include "net/loop.h"
#include <stdio.h>
#include <string.h>

#define ANSWER_MAX  (16 * MIB)
#define PATIENCE_MS 10000

static void on_headers(struct exchange *x, void *end)
{
	struct answer *a = end;
	const struct http_header *h;

	a->status = exchange_status(x);
	for (size_t i = 0; (h = exchange_answer_header(x, i)); i++)
		buf_printf(&a->headers, "%.*s: %.*s\n", (int)h->name.len, h->name.p,
			   (int)h->value.len, h->value.p);
}

static void on_kick(struct exchange *x, void *end)
{
	struct answer *a = end;
	char octets[4096];
	size_t n;

	while ((n = exchange_take(x, SOURCE, octets, sizeof(octets))))
		buf_put(&a->body, octets, n);
	if (exchange_ended(x, SOURCE)) {
		a->ended = true;
		a->exchange = NULL;
		exchange_leave(x, SOURCE);
	}
}

static void on_consumed(struct exchange *x, size_t n, void *end)
{
}

static void on_abort(struct exchange *x, int why, void *end)
{
	struct answer *a = end;

	a->ended = true;
	a->exchange = NULL;
}

static const struct end_ops source_ops = {
	.headers = on_headers,
	.kick = on_kick,
	.consumed = on_consumed,
	.abort = on_abort,
};

static enum http_method method_of(const char *name)
{
	for (enum http_method m = METHOD_GET; m <= METHOD_OPTIONS; m++) {
		if (strcmp(method_name(m), name) == 0)
			return m;
	}
	return METHOD_OTHER;
}

static struct http_request *make_head(struct arena *mem, const struct call *c)
{
	struct http_request *head = ARENA_NEW(mem, struct http_request);
	struct http_header *headers = ARENA_ARRAY(mem, struct http_header, 32);
	const char *mark = strchr(c->path, '?');
	size_t n = 0;

	head->method = method_of(c->method);
	head->method_text = str_of(arena_strdup(mem, c->method));
	head->authority = str_of(arena_strdup(mem, c->host ? c->host : TEST_AUTHORITY));
	head->path = str_of(mark ? arena_strndup(mem, c->path, (size_t)(mark - c->path))
				 : arena_strdup(mem, c->path));
	if (mark)
		head->query = str_of(arena_strdup(mem, mark + 1));
	head->body_bytes = c->body ? (int64_t)strlen(c->body) : 0;
	for (size_t i = 0; i + 1 < ARRAY_LEN(c->headers) && c->headers[i]; i += 2)
		headers[n++] = (struct http_header){ str_of(arena_strdup(mem, c->headers[i])),
						     str_of(arena_strdup(mem, c->headers[i + 1])) };
	head->headers = headers;
	head->headers_len = n;
	return head;
}

void call_begin(struct loop *loop, struct api *api, const struct call *c, struct answer *ret)
{
	static const struct exchange_from from = { "192.0.2.7", true };
	struct exchange *x;

	*ret = (struct answer){ .headers = buf_new(ANSWER_MAX), .body = buf_new(ANSWER_MAX) };
	x = ret->exchange = exchange_new(loop, &from, &source_ops, ret);
	exchange_set_request(x, make_head(exchange_arena(x), c));
	if (c->body)
		exchange_put(x, SOURCE, c->body, strlen(c->body));
	exchange_put_end(x, SOURCE);
	api_exchange(api, x);
}

static bool ended(void *arg)
{
	const struct answer *a = arg;

	return a->ended;
}

struct answer call_api(struct loop *loop, struct api *api, const struct call *c)
{
	struct answer at, now;

	call_begin(loop, api, c, &at);
	if (!loop_run_until(loop, ended, &at, PATIENCE_MS))
		call_hang_up(&at);
	now = at;
	return now;
}

void call_hang_up(struct answer *a)
{
	struct exchange *x = a->exchange;

	if (!x)
		return;
	a->exchange = NULL;
	a->ended = true;
	exchange_abort(x, SOURCE, ERR_CANCELLED);
}

void answer_done(struct answer *a)
{
	call_hang_up(a);
	buf_done(&a->headers);
	buf_done(&a->body);
}

const char *answer_header(const struct answer *a, const char *name)
{
	static char value[1024];
	struct str rest = buf_str(&a->headers), line, key;

	value[0] = 0;
	while (rest.len && str_split(&rest, '\n', &line)) {
		if (!str_split(&line, ':', &key) || !str_eq_nocase(key, str_of(name)))
			continue;
		line = str_trim(line);
		snprintf(value, sizeof(value), "%.*s", (int)line.len, line.p);
	}
	return value;
}

const char *answer_member(const struct answer *a, const char *name)
{
	static char value[1024];
	char key[64];
	const char *at;

	snprintf(key, sizeof(key), "\"%s\":\"", name);
	at = a->body.len ? strstr((const char *)a->body.data, key) : NULL;
	snprintf(value, sizeof(value), "%s", at ? at + strlen(key) : "");
	value[strcspn(value, "\"")] = 0;
	return value;
}

bool answer_has(const struct answer *a, const char *text)
{
	return a->body.len && memmem(a->body.data, a->body.len, text, strlen(text));
}
