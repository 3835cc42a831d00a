/* test_site.c - see test_site.h.
 *
 *   test_peer --h1--> server --> relay --h2--> far (test_h2.h, and what `answer` adds) */
#include "base/test.h"

#include "hub/relay/test_site.h"

#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/rand.h"
#include "hub/relay/relay.h"
#include "net/exchange.h"
#include "net/server.h"
#include "net/upgrade.h"
#include "wire/http_sig.h"
#include "wire/tunnel.h"

void test_expect(struct answer a, int status)
{
	if (a.status != status)
		print_error("%d %.*s\n", a.status, (int)a.body.len, (const char *)a.body.data);
	assert_int_equal(a.status, status);
	answer_done(&a);
}

/* ---- the hub's listener ---- */

static void on_request(struct exchange *x, void *owner)
{
	struct test_listener *l = owner;

	if (session_is_host(&l->w->hub, exchange_request(x)->authority))
		relay_exchange(&l->w->hub, x);
	else
		api_exchange(l->w->hub.api, x);
}

static void on_closed(void *owner)
{
	((struct test_listener *)owner)->server = NULL;
}

static bool is_closed(void *arg)
{
	return !((struct test_listener *)arg)->server;
}

void listener_open(struct test_listener *l, struct world *w)
{
	static const struct server_ops ops = { on_request, on_closed };

	*l = (struct test_listener){ .w = w };
	l->server = server_new(w->f->loop, NULL, &ops, l);
}

void listener_wait_closed(struct test_listener *l)
{
	assert_true(loop_run_until(l->w->f->loop, is_closed, l, TEST_WAIT_MS));
}

void listener_close(struct test_listener *l)
{
	if (!l->server)
		return;
	server_close(l->server);
	listener_wait_closed(l);
}

/* ---- the connector ---- */

/* What the connector says in its targets' place, and what a target of ill will says. */
static void answer(struct exchange *x, void *owner)
{
	struct str path = exchange_request(x)->path;

	if (str_eq(path, STR("/refused"))) {
		exchange_add_header(x, TUNNEL_ERROR_HEADER, "target_refused");
		exchange_respond(x, 502, NULL, (struct str){});
	} else if (str_eq(path, STR("/busy")) || str_eq(path, STR("/busy-before"))) {
		exchange_add_header(x, TUNNEL_ERROR_HEADER,
				    path.len > 5 ? "busy" : "connector_busy");
		exchange_respond(x, 503, NULL, (struct str){});
	} else if (str_eq(path, STR("/ill"))) {
		exchange_add_header(x, "set-cookie", "a=1; Path=/");
		exchange_add_header(x, "set-cookie", "b=1; Domain=example.test");
		exchange_add_header(x, "set-cookie", SESSION_COOKIE "=x; Path=/");
		/* Without a name: some browsers send it back as a cookie of its value's name. */
		exchange_add_header(x, "set-cookie", "= " SESSION_COOKIE "=x; Path=/; Secure");
		exchange_add_header(x, "set-cookie", "; Path=/");
		exchange_add_header(x, "clear-site-data", "\"*\"");
		exchange_add_header(x, "strict-transport-security", "max-age=1");
		exchange_respond(x, 200, "text/plain", STR("ill"));
	} else {
		test_h2_answer(x, owner);
	}
}

static void on_far_closed(struct h2 *h, int why, void *owner)
{
	struct far *f = CONTAINER_OF(owner, struct far, h2);

	f->h2.closed++;
	f->h2.h2 = NULL;
	f->up = false;
}

static void on_answer(const struct upgrade_answer *a, void *owner)
{
	struct far *f = owner;

	f->asked = true;
	f->rc = a->rc;
	f->status = a->status;
	if (a->rc < 0)
		return;
	f->h2.h2 = h2_new(a->conn, &f->h2.setup, &f->h2);
	if (a->first.len)
		h2_feed(f->h2.h2, (const uint8_t *)a->first.p, a->first.len);
	f->up = true;
}

static bool was_asked(void *arg)
{
	return ((struct far *)arg)->asked;
}

void site_dial_later(struct test_site *s, struct far *f, int port, const char *protocol)
{
	char input[HTTP_SIG_INPUT_SIZE], signature[HTTP_SIG_VALUE_SIZE];
	uint8_t nonce[HTTP_SIG_NONCE_LEN];
	const struct http_sig_request rq = { .method = STR("GET"),
					     .authority = STR(TEST_AUTHORITY),
					     .path = STR(TUNNEL_PATH) };
	struct buf fields = buf_new(KIB);
	struct loop *loop = s->w->f->loop;

	*f = (struct far){ .h2.loop = loop };
	f->h2.setup = (struct h2_setup){
		.http = { TUNNEL_HEAD_BYTES, TUNNEL_HEAD_FIELDS, TUNNEL_URI_BYTES, 10000, 60000,
			  0 },
		.limits = h2_tunnel_limits,
		.on_request = answer,
		.on_closed = on_far_closed,
	};
	rand_bytes(nonce, sizeof(nonce));
	assert_int_equal(
		http_sig_make(&rq, s->key, clock_wall_ms() / 1000 + 1, nonce, input, signature), 0);
	buf_printf(&fields, "Signature-Input: %s\r\nSignature: %s\r\n", input, signature);
	assert_non_null(upgrade_start(loop, test_dial(port),
				      &(struct upgrade_request){ .authority = TEST_AUTHORITY,
								 .path = TUNNEL_PATH,
								 .protocol = protocol,
								 .headers = buf_str(&fields),
								 .timeout_ms = 5000 },
				      on_answer, f));
	buf_done(&fields);
}

void site_dial(struct test_site *s, struct far *f, int port, const char *protocol)
{
	site_dial_later(s, f, port, protocol);
	assert_true(loop_run_until(f->h2.loop, was_asked, f, TEST_WAIT_MS));
}

void far_hang_up(struct far *f)
{
	if (f->h2.h2)
		h2_close(f->h2.h2);
	test_turns(f->h2.loop, 30);
}

/* ---- a browser ---- */

static void to_relay(struct exchange *x, void *owner)
{
	struct h2_browser *b = CONTAINER_OF(owner, struct h2_browser, hub);

	relay_exchange(&b->w->hub, x);
}

static void on_front_closed(struct h2 *h, int why, void *owner)
{
	((struct test_h2 *)owner)->closed++;
}

void h2_browser_ask(struct h2_browser *b, const struct test_site *s, const char *path)
{
	struct ask *k;
	int fds[2];

	*b = (struct h2_browser){ .w = s->w, .hub.loop = s->w->f->loop };
	b->hub.setup = (struct h2_setup){
		.http = { 16 * KIB, 100, 8 * KIB, 10000, 20000, 75000 },
		.limits = { .streams = 128,
			    .stream_window = 256 * KIB,
			    .window = MIB,
			    .stall_ms = 60000 },
		.on_request = to_relay,
		.on_closed = on_front_closed,
	};
	test_pair(fds);
	test_h2_serve(&b->hub, fds[0]);
	asker_begin(&b->asker, b->hub.loop);
	asker_open(&b->asker, fds[1]);
	b->ask = k = ask_later(&b->asker, "GET", path, -1);
	k->headers[0].value = k->request.authority = str_of(s->host);
	k->headers[1].value = str_of(s->cookie);
	ask_now(k);
}

void h2_browser_leave(struct h2_browser *b)
{
	asker_close(&b->asker);
	ask_free(b->ask);
	while (!b->hub.closed)
		test_turns(b->hub.loop, 1);
}

/* ---- the session ---- */

const char *site_new_url(struct test_site *s)
{
	static char url[SESSION_URL_MAX];
	char path[160];
	struct answer a;

	snprintf(path, sizeof(path), "%s/url", s->session_path);
	a = world_call(s->w, s->user, "POST", path, NULL);
	assert_int_equal(a.status, 200);
	snprintf(url, sizeof(url), "%s", answer_member(&a, "url"));
	answer_done(&a);
	return url;
}

static void enter(struct test_site *s)
{
	char value[SESSION_SECRET_TEXT_MAX];
	const char *url = site_new_url(s), *at = strstr(url, "/.imprimatur/enter#");

	assert_non_null(at);
	snprintf(s->host, sizeof(s->host), "%.*s", (int)(at - url - 8), url + 8);
	s->session = session_by_host(&s->w->hub, str_of(s->host));
	assert_non_null(s->session);
	assert_int_equal(s->session->state, SESSION_OPEN);
	assert_int_equal(session_enter(&s->w->hub, s->session, str_of(strchr(url, '#') + 1), value),
			 0);
	snprintf(s->cookie, sizeof(s->cookie), SESSION_COOKIE "=%s", value);
}

void site_open_session(struct test_site *s)
{
	char path[128], id[ID_TEXT_MAX], body[128], ends[TIME_TEXT_MAX];
	struct answer a;

	snprintf(path, sizeof(path), "/api/v1/sites/%s/sessions", s->id);
	a = world_call(s->w, s->user, "POST", path,
		       "{\"target\":\"console\",\"reason\":\"a test\"}");
	assert_int_equal(a.status, 201);
	snprintf(id, sizeof(id), "%s", answer_member(&a, "id"));
	answer_done(&a);
	snprintf(s->session_path, sizeof(s->session_path), "/api/v1/sessions/%s", id);
	time_encode(clock_wall_ms() + 3600000, ends);
	snprintf(body, sizeof(body), "{\"state\":\"open\",\"ends_at\":\"%s\"}", ends);
	snprintf(path, sizeof(path), "/c/v1/sessions/%s", id);
	test_expect(world_signed(s->w, s->key, path, body), 204);
	enter(s);
}

void site_begin(struct test_site *s, struct world *w, const char *id, const struct world_user *u)
{
	char code[64], invitation[ID_TEXT_MAX];

	*s = (struct test_site){ .w = w, .user = u };
	snprintf(s->id, sizeof(s->id), "%s", id);
	world_invite(w, id, code, invitation);
	s->key = world_connector(w, code);
	test_expect(world_signed(w, s->key, "/c/v1/permissions",
				 "{\"revision\":2,\"monitoring\":\"on\",\"console\":\"on\","
				 "\"mfp\":\"off\",\"at\":\"2026-11-27T00:00:00.000Z\"}"),
		    204);
	site_open_session(s);
}

void site_end(struct test_site *s)
{
	sign_key_free(&s->key);
}
