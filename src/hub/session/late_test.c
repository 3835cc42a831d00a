/* late_test.c - sessions where something comes late: the store, a note, the time itself. */
#include "base/test.h"

#include "base/clock.h"
#include "hub/session/session.h"
#include "hub/session/slice.h"
#include "hub/status/status.h"
#include "hub/test_world.h"
#include "net/loop.h"
#include "net/test_net.h"
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MINUTE ((int64_t)60 * 1000)

static struct world *w;
static struct sign_key *key;

static void expect(struct answer a, int status)
{
	if (a.status != status)
		print_error("%d %.*s\n", a.status, (int)a.body.len, (const char *)a.body.data);
	assert_int_equal(a.status, status);
	answer_done(&a);
}

static int setup(void **state)
{
	char code[64], id[ID_TEXT_MAX];

	w = world_new();
	world_invite(w, w->site, code, id);
	key = world_connector(w, code);
	expect(world_signed(w, key, "/c/v1/permissions",
			    "{\"revision\":2,\"monitoring\":\"on\",\"console\":\"ask\","
			    "\"mfp\":\"off\",\"at\":\"2026-11-27T00:00:00.000Z\"}"),
	       204);
	return 0;
}

static int teardown(void **state)
{
	sign_key_free(&key);
	world_free(&w);
	return 0;
}

static bool never(void *arg)
{
	return false;
}

static void turn(int64_t ms)
{
	loop_run_until(w->f->loop, never, NULL, ms);
}

static void pass(int64_t ms)
{
	if (!clock_skip_ms(ms))
		skip();
	turn(1500); /* a tick, and what it writes */
}

/* Begins to ask for one. */
static void begin(struct answer *ret)
{
	char path[128];

	snprintf(path, sizeof(path), "/api/v1/sites/%s/sessions", w->site);
	call_begin(w->f->loop, w->hub.api,
		   &(struct call){ "POST", path,
				   .body = "{\"target\":\"console\",\"reason\":\"a test\"}",
				   .headers = { "content-type", "application/json", "cookie",
						w->a.cookie } },
		   ret);
}

static struct session *the_session(void)
{
	struct link *live = &w->hub.sessions->live;

	return list_empty(live) ? NULL : LIST_ENTRY(live->next, struct session, link);
}

static bool is_there(void *arg)
{
	const struct session *s = the_session();

	return s && !s->pending;
}

static void wait_there(void)
{
	assert_true(loop_run_until(w->f->loop, is_there, NULL, TEST_WAIT_MS));
}

static struct session *ask(void)
{
	struct answer a;

	begin(&a);
	wait_there();
	turn(50);
	expect(a, 201);
	return the_session();
}

static void tell_open(const struct session *s, int64_t for_ms)
{
	char id[ID_TEXT_MAX], path[128], body[128], ends[TIME_TEXT_MAX];

	id_encode(ID_SESS, s->id, id);
	snprintf(path, sizeof(path), "/c/v1/sessions/%s", id);
	time_encode(clock_wall_ms() + for_ms, ends);
	snprintf(body, sizeof(body), "{\"state\":\"open\",\"ends_at\":\"%s\"}", ends);
	expect(world_signed(w, key, path, body), 204);
}

/* ---- a store that does not come to its work ---- */

static int stall_run(struct tenant_db *db, struct arena *mem, void *job)
{
	sem_t **go = job;

	sem_wait(*go);
	return 0;
}

/* One is asked for, which is not written before sem_post(go). */
static void begin_stalled(struct answer *ret, sem_t *go)
{
	assert_int_equal(sem_init(go, 0, 0), 0);
	db_write(&w->hub.sessions->owner, w->a.provider, stall_run, NULL, &go, sizeof(go));
	begin(ret);
	while (!the_session())
		turn(10);
}

TEST(a_session_whose_caller_has_gone_ends_with_the_login_all_the_same)
{
	struct answer a;
	sem_t go;

	begin_stalled(&a, &go);
	call_hang_up(&a);
	answer_done(&a);
	sem_post(&go);
	wait_there();
	turn(50);
	assert_true(the_session()->login_until < INT64_MAX);
}

TEST(a_session_is_there_however_late_it_was_written)
{
	struct answer a;
	sem_t go;

	begin_stalled(&a, &go);
	pass(2 * MINUTE);
	sem_post(&go);
	wait_there();
	turn(50);
	expect(a, 201);
	tell_open(the_session(), MINUTE);
}

/* ---- an end, and notes of before ---- */

TEST(the_note_of_an_earlier_change_does_not_take_the_ends_command_away)
{
	struct session *s = ask();

	tell_open(s, 60 * MINUTE);
	session_end(&w->hub, s, WHY_LOGIN_ENDED);
	assert_true(s->command);
	session_slice.on_change(&w->hub, &(struct change_note){ .provider = s->provider,
								.verb = CHANGE_SESSION_END_MOVED,
								.object_kind = ID_SESS,
								.object = s->id });
	assert_true(s->command);
	turn(200);
	assert_false(s->command);
}

/* ---- the clock ---- */

static int clock_fd;

/* The wall clock alone goes so far from where it was at the start. */
static void step_clock(int64_t ms)
{
	assert_int_equal(pwrite(clock_fd, &ms, sizeof(ms), 0), sizeof(ms));
}

TEST(a_clock_that_jumps_makes_no_site_silent)
{
	struct session *s = ask();

	/* A hub that has run for long. */
	w->hub.started_mono_ms -= 60 * MINUTE;
	w->hub.steady_ms -= 60 * MINUTE;
	tell_open(s, 60 * MINUTE);
	step_clock(20 * MINUTE);
	turn(2500);
	assert_int_equal(s->state, SESSION_OPEN);
	pass(16 * MINUTE);
	assert_int_equal(s->why, WHY_OFFLINE);
	step_clock(0);
}

TEST(an_end_that_a_silent_site_could_not_tell_is_told_as_offline)
{
	struct session *s = ask();
	struct live *l = status_live(&w->hub, s->site);

	w->hub.steady_ms -= 60 * MINUTE;
	l->polling = true;
	tell_open(s, 5 * MINUTE);
	pass(6 * MINUTE);
	assert_int_equal(s->why, WHY_CEILING);
	l->polling = false;
	l->last_seen_ms = clock_wall_ms();
	s = ask();
	tell_open(s, 5 * MINUTE);
	pass(6 * MINUTE);
	assert_int_equal(s->why, WHY_OFFLINE);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	char path[] = "/tmp/imprimatur-clock-XXXXXX";
	int rc;

	const struct CMUnitTest tests[] = {
		T(a_session_whose_caller_has_gone_ends_with_the_login_all_the_same),
		T(a_session_is_there_however_late_it_was_written),
		T(the_note_of_an_earlier_change_does_not_take_the_ends_command_away),
		T(a_clock_that_jumps_makes_no_site_silent),
		T(an_end_that_a_silent_site_could_not_tell_is_told_as_offline),
	};

	clock_fd = mkstemp(path);
	step_clock(0);
	setenv("IMPRIMATUR_TEST_CLOCK", path, 1);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	close(clock_fd);
	return unlink(path) < 0 ? 1 : rc;
}
