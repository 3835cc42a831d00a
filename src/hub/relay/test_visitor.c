/* test_visitor.c - see test_visitor.h. */
#include "base/test.h"

#include "hub/relay/test_visitor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "hub/relay/slice.h"
#include "net/server.h"

#define STEP_MS 250 /* as often as a visit is looked at */

struct world *w;
struct test_site site;
static struct test_listener listener;
int port;

int visitor_setup(void **state)
{
	w = world_new();
	listener_open(&listener, w);
	assert_int_equal(server_listen(listener.server, "127.0.0.1:0", NULL, &port), 0);
	site_begin(&site, w, w->site, &w->a);
	return 0;
}

int visitor_teardown(void **state)
{
	listener_close(&listener);
	test_turns(w->f->loop, 20);
	site_end(&site);
	world_free(&w);
	return 0;
}

/* ---- the browser ---- */

struct test_peer *browse_raw(const char *text)
{
	struct test_peer *p = xcalloc(1, sizeof(*p));

	test_peer_open(p, w->f->loop, test_dial(port), NULL, NULL, 0, 0);
	assert_true(test_peer_wait_open(p));
	test_peer_say(p, text);
	return p;
}

/* With our cookie; `more` are header fields, each with its CRLF. */
struct test_peer *browse(const char *method, const char *path, const char *more)
{
	struct buf text = buf_new(32 * KIB);
	struct test_peer *p;

	buf_printf(&text, "%s %s HTTP/1.1\r\nHost: %s\r\nCookie: a=1; %s; b=2\r\n%s\r\n", method,
		   path, site.host, site.cookie, more);
	p = browse_raw((const char *)text.data);
	buf_done(&text);
	return p;
}

/* At another session's name, without a cookie. */
struct test_peer *browse_at(const char *host, const char *path, const char *more)
{
	struct buf text = buf_new(KIB);
	struct test_peer *p;

	buf_printf(&text, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", path, host, more);
	p = browse_raw((const char *)text.data);
	buf_done(&text);
	return p;
}

void leave(struct test_peer *p)
{
	test_peer_close(p);
	free(p);
}

bool has_visit(void *arg)
{
	return !list_empty(&w->hub.relay->lanes[0]->visits);
}

/* The relay has it: from now on its time runs. */
struct test_peer *browse_until_taken(const char *path)
{
	struct test_peer *p = browse("GET", path, "");

	assert_true(loop_run_until(w->f->loop, has_visit, NULL, TEST_WAIT_MS));
	return p;
}

/* What comes does not have that. */
void expect_none(struct test_peer *p, const char *text)
{
	assert_true(test_peer_wait_text(p, "</code>"));
	assert_null(strstr(test_peer_got(p), text));
	leave(p);
}

/* The status and a text of what comes; then it leaves. */
void expect(struct test_peer *p, int status, const char *text)
{
	char line[32];

	snprintf(line, sizeof(line), "HTTP/1.1 %d", status);
	if (!test_peer_wait_text(p, text) || strncmp(test_peer_got(p), line, strlen(line)) != 0)
		fail_msg("%d %s: %s", status, text, test_peer_got(p));
	leave(p);
}

/* The process does not live meanwhile. */
void leap(int64_t ms)
{
	if (!clock_skip_ms(ms))
		skip();
	test_turns(w->f->loop, 30);
}

void pass(int64_t ms)
{
	for (; ms > STEP_MS; ms -= STEP_MS) {
		if (!clock_skip_ms(STEP_MS))
			skip();
		test_turns(w->f->loop, 1);
	}
	leap(ms);
}
