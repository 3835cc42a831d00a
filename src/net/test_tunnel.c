/* test_tunnel.c - see test_tunnel.h. */
#include "base/test.h"
#include "net/test_tunnel.h"

#include <stdlib.h>

#include "base/arena.h"

struct tunnel *tunnel_begin(void)
{
	struct tunnel *t = xcalloc(1, sizeof(*t));

	test_h2_begin(&t->far);
	t->far.setup.limits = h2_tunnel_limits;
	t->far.setup.http.idle_ms = 0;
	asker_begin(&t->near, t->far.loop);
	return t;
}

void tunnel_open(struct tunnel *t)
{
	int fds[2];

	test_pair(fds);
	test_h2_serve(&t->far, fds[0]);
	asker_open(&t->near, fds[1]);
}

struct tunnel *tunnel_opened(void)
{
	struct tunnel *t = tunnel_begin();

	tunnel_open(t);
	return t;
}

static bool far_is_closed(void *arg)
{
	return ((struct tunnel *)arg)->far.closed != 0;
}

void tunnel_end(struct tunnel *t)
{
	asker_close(&t->near);
	assert_true(loop_run_until(t->far.loop, far_is_closed, t, TEST_WAIT_MS));
	test_turns(t->far.loop, 10);
	test_h2_end(&t->far);
	free(t);
}

void tunnel_until(struct tunnel *t, bool (*done)(void *arg))
{
	assert_true(loop_run_until(t->far.loop, done, t, TEST_WAIT_MS));
}

/* It still answers. */
void tunnel_check(struct tunnel *t)
{
	struct ask *k = ask(&t->near, "GET", "/", -1);

	assert_true(ask_wait(k));
	assert_int_equal(k->status, 200);
	ask_free(k);
}

struct ask *tunnel_download(struct tunnel *t, const char *target, bool hold)
{
	struct ask *k = ask_later(&t->near, "GET", target, -1);

	k->bulk = true;
	k->hold = hold;
	ask_now(k);
	return k;
}
