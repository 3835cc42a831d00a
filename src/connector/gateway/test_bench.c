/* test_bench.c - see test_bench.h. */
#include "base/test.h"
#include "connector/gateway/test_bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "net/exchange.h"
#include "net/tls.h"

/* ---- the network ---- */

static void on_lookup(struct task *t)
{
	struct fake_lookup *k = CONTAINER_OF(t, struct fake_lookup, task);
	struct bench *b = k->bench;
	struct str rest = str_of(k->host), part;
	struct address list[LOOKUP_MAX];
	uint8_t octets[16];
	size_t len = 0;

	if (b->hub_is_slow && strcmp(k->host, "hub.example") == 0)
		return;
	if (strcmp(k->host, "hub.example") == 0)
		rest = b->hub_is_nowhere ? (struct str){} : STR("198.51.100.1");
	else if (!address_literal(rest, octets))
		rest = str_of(b->means);
	while (rest.len && str_split(&rest, ' ', &part)) {
		char text[80];
		bool v6 = memchr(part.p, ':', part.len);

		snprintf(text, sizeof(text), v6 ? "[%.*s]:%u" : "%.*s:%u", (int)part.len, part.p,
			 k->port);
		assert_int_equal(address_parse(text, &list[len++]), 0);
	}
	if (k->fn)
		k->fn(len ? 0 : ERR_UNREACHABLE, list, len, k->owner);
}

static struct lookup *fake_look_up(struct loop *l, const char *host, uint16_t port, lookup_fn *fn,
				   void *owner, void *net_owner)
{
	struct bench *b = net_owner;
	struct fake_lookup *k = &b->lookups[b->lookups_len++];

	assert_true(b->lookups_len < LOOKUPS_MAX);
	k->bench = b;
	k->fn = fn;
	k->owner = owner;
	k->port = port;
	snprintf(k->host, sizeof(k->host), "%s", host);
	task_init(&k->task, on_lookup);
	if (!b->mute)
		loop_later(l, &k->task);
	return (struct lookup *)(void *)k;
}

static void fake_cancel(struct lookup **kp, void *net_owner)
{
	struct fake_lookup *k = (struct fake_lookup *)(void *)*kp;

	if (k)
		k->fn = NULL;
	*kp = NULL;
}

static int fake_dial(const struct address *to, int *ret_fd, void *net_owner)
{
	struct bench *b = net_owner;
	char host[ADDRESS_TEXT_MAX], text[80];
	int fds[2];

	address_text(&to->sa, host);
	snprintf(text, sizeof(text), "%s:%d", host,
		 to->sa.ss_family == AF_UNIX ? 0 : address_port(to));
	buf_printf(&b->dialled, "%s\n", text);
	if (b->refuses && strstr(b->refuses, text))
		return -ECONNREFUSED;
	test_pair(fds);
	assert_true(b->devices_len < DEVICES_MAX);
	test_peer_open(&b->devices[b->devices_len++], b->loop, fds[1], b->tls, NULL, 0, 0);
	*ret_fd = fds[0];
	return 0;
}

static bool fake_is_here(const uint8_t octets[static 16], void *net_owner)
{
	const struct bench *b = net_owner;
	uint8_t own[16];

	if (address_kind_of(octets) == ADDRESS_LOOPBACK)
		return true;
	return b->here && address_literal(str_of(b->here), own) && memcmp(own, octets, 16) == 0;
}

static size_t fake_list_here(struct address_here *out, size_t max, void *net_owner)
{
	const struct bench *b = net_owner;

	if (!b->here)
		return 0;
	snprintf(out[0].text, sizeof(out[0].text), "%s", b->here);
	return 1;
}

static const struct gateway_net net = { fake_look_up, fake_cancel, fake_dial, fake_is_here,
					fake_list_here };

/* ---- the bench ---- */

const struct id session_a = { { 1 } }, session_b = { { 2 } };

struct bench *bench_new(const char *address)
{
	struct bench *b = xcalloc(1, sizeof(*b));
	struct gateway_setup setup = {
		.options = &b->options, .own_ports = { 7643, 0 }, .net = &net, .net_owner = b
	};

	b->loop = loop_new();
	b->dialled = buf_new(64 * KIB);
	b->means = "192.0.2.7";
	b->options.hub_url = "https://hub.example";
	b->options.papercut_url = "http://127.0.0.1:9191";
	b->target = (struct target){
		.id = { { 9 } }, .kind = TARGET_MFP, .address = address, .tls = TARGET_PLAIN
	};
	b->visit.session = session_a;
	b->visit.target = &b->target;
	b->gateway = gateway_new(b->loop, &setup);
	return b;
}

void bench_free(struct bench *b)
{
	gateway_free(&b->gateway);
	test_turns(b->loop, 1);
	for (size_t i = 0; i < b->devices_len; i++)
		test_peer_close(&b->devices[i]);
	loop_free(&b->loop);
	tls_free(&b->tls);
	buf_done(&b->dialled);
	free(b);
}

const char *dialled(const struct bench *b)
{
	return b->dialled.data ? (const char *)b->dialled.data : "";
}

struct test_source *request(struct bench *b, const char *method, const char *target)
{
	struct test_source *s = test_source_new(b->loop, method, target, -1);

	test_source_header(s, "host", "s.example");
	test_source_header(s, "imprimatur-session", "sess_x");
	return s;
}

struct test_source *give(struct bench *b, struct test_source *s)
{
	gateway_request(b->gateway, test_source_ready(s), &b->visit);
	return s;
}

struct test_source *ask(struct bench *b, const char *target)
{
	return give(b, request(b, "GET", target));
}

struct test_source *ask_websocket(struct bench *b)
{
	struct test_source *s = request(b, "GET", "/ws");

	s->request.upgrade = STR("websocket");
	return give(b, s);
}

struct wait {
	struct bench *bench;
	size_t n;
	const char *text;
};

static bool device_got(void *arg)
{
	const struct wait *w = arg;

	return w->bench->devices_len > w->n &&
	       strstr(test_peer_got(&w->bench->devices[w->n]), w->text);
}

/* The n-th connection has got the text. */
bool wait_device(struct bench *b, size_t n, const char *text)
{
	return loop_run_until(b->loop, device_got, &(struct wait){ b, n, text }, TEST_WAIT_MS);
}

void answer(struct bench *b, size_t n, const char *headers, const char *body)
{
	char text[2048];

	snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\n\r\n%s", headers,
		 strlen(body), body);
	test_peer_say(&b->devices[n], text);
}

void check_error(struct test_source *s, int status, const char *code)
{
	char head[80];

	assert_true(test_source_wait(s));
	snprintf(head, sizeof(head), "imprimatur-error: %s\n", code);
	assert_string_equal(test_source_head(s), head);
	assert_int_equal(s->status, status);
	assert_int_equal(s->got, 0);
	test_source_free(s);
}
