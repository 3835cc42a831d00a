/* rotate_test.c - the change of the key against a hub on loopback: at each step where a crash can
 * come, key.pem is a key that the hub takes, and what follows ends with the new one. */
#include "base/test.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/rand.h"
#include "connector/fake_hub_test.h"
#include "connector/rotate.h"
#include "connector/test_dir.h"
#include "net/loop.h"
#include <stdlib.h>
#include <string.h>

#define WAIT_MS 100000

struct site {
	struct loop *loop;
	struct test_hub *hub;
	const char *dir;
	uint8_t first[SIGN_KEY_LEN]; /* the key of the beginning */
	/* one life of the connector */
	struct fetcher *fetcher;
	struct hub *to;
	struct sign_key *key;
	struct rotation *rotation;
	unsigned changed, learnt_again;
	int rc; /* of the last call; 1: it is under way */
};

static const char *file(struct site *s, const char *name)
{
	return test_path(s->dir, name);
}

static void on_changed(struct sign_key *key, void *owner)
{
	struct site *s = owner;

	if (!key) {
		s->learnt_again++;
		return;
	}
	hub_set_key(s->to, key);
	sign_key_free(&s->key);
	s->key = key;
	s->changed++;
}

/* As after the start of a process: from the files alone. */
static void live(struct site *s)
{
	assert_int_equal(sign_key_load(file(s, HOME_KEY), &s->key), 0);
	s->fetcher = fetcher_new(s->loop);
	s->to = hub_new(s->fetcher, &(struct hub_way){ s->hub->url, s->hub->ca_file, NULL },
			s->key);
	s->rotation = rotation_new(&(struct rotation_config){
		.loop = s->loop,
		.hub = s->to,
		.key = s->key,
		.dir = s->dir,
		.on_changed = on_changed,
		.owner = s,
	});
	rotation_allow(s->rotation, true);
}

static void crash(struct site *s)
{
	rotation_free(&s->rotation);
	hub_free(&s->to);
	fetcher_free(&s->fetcher);
	sign_key_free(&s->key);
}

static struct site *begin(void)
{
	struct site *s = xcalloc(1, sizeof(*s));
	struct sign_key *key = sign_key_new();

	if (!clock_skip_ms(0))
		skip(); /* built without test hooks */
	rand_greatest(true);
	log_set_level(LOG_ERROR);
	s->loop = loop_new();
	s->hub = test_hub_new(s->loop, test_dir("hub"));
	s->hub->answers_at_once = true;
	s->dir = test_dir("rotate");
	sign_key_public(key, s->first);
	memcpy(s->hub->public_key, s->first, sizeof(s->first));
	s->hub->has_key = true;
	assert_int_equal(sign_key_save(key, file(s, HOME_KEY)), 0);
	assert_int_equal(rotation_begin(s->dir), 0);
	sign_key_free(&key);
	return s;
}

static void end(struct site *s)
{
	crash(s);
	test_hub_free(&s->hub);
	loop_free(&s->loop);
	free(s);
}

static void public_of(struct site *s, const char *name, uint8_t ret_key[static SIGN_KEY_LEN])
{
	struct sign_key *key;

	assert_int_equal(sign_key_load(file(s, name), &key), 0);
	sign_key_public(key, ret_key);
	sign_key_free(&key);
}

static bool is_idle(void *arg)
{
	return fetcher_running(((struct site *)arg)->fetcher) == 0;
}

#define UNTIL(s, name) assert_true(loop_skip_until((s)->loop, name, is_idle, s, WAIT_MS))

static bool has_changed(void *arg)
{
	return ((struct site *)arg)->changed > 0;
}

static bool was_offered(void *arg)
{
	return ((struct site *)arg)->hub->has_next;
}

static bool has_old(void *arg)
{
	return file_exists(file(arg, HOME_KEY_OLD));
}

static bool waits_no_more(void *arg)
{
	return !rotation_waits(((struct site *)arg)->dir);
}

static bool has_learnt_again(void *arg)
{
	return ((struct site *)arg)->learnt_again > 0;
}

static bool is_over(void *arg)
{
	return ((struct site *)arg)->rc <= 0;
}

static void on_answer(const struct hub_answer *a, void *owner)
{
	((struct site *)owner)->rc = a->rc;
}

/* One call as any other: signed by the key that is ours now. */
static int call(struct site *s)
{
	s->rc = 1;
	hub_call(s->to, &(struct hub_request){ .method = "GET", .path = "/c/v1/commands" },
		 on_answer, s);
	UNTIL(s, is_over);
	return s->rc;
}

/* key.pem is another key than at first, it is the one that counts, and nothing is left to do. */
static void assert_whole(struct site *s)
{
	uint8_t key[SIGN_KEY_LEN];

	UNTIL(s, waits_no_more);
	assert_int_equal(call(s), 0);
	public_of(s, HOME_KEY, key);
	assert_memory_not_equal(key, s->first, sizeof(key));
	assert_memory_equal(key, s->hub->public_key, sizeof(key));
	assert_false(s->hub->has_next);
	public_of(s, HOME_KEY_OLD, key);
	assert_memory_equal(key, s->first, sizeof(key));
}

TEST(the_key_is_changed_for_the_one_that_was_made_and_the_old_one_is_kept)
{
	struct site *s = begin();

	live(s);
	UNTIL(s, has_changed);
	assert_int_equal(s->hub->offers, 1);
	assert_whole(s);
	end(s);
}

/* --- where a crash can come ---------------------------------------------------------------------
 */

static void lose_the_answer(struct site *s)
{
	s->hub->cuts_offers = true;
	UNTIL(s, was_offered);
	s->hub->cuts_offers = false;
}

/* The write of key.pem is the second one of the change. */
static void stop_between_the_keys(struct site *s)
{
	setenv("IMPRIMATUR_TEST_FAULT", "replace:EIO:2", 1);
	UNTIL(s, has_old);
	unsetenv("IMPRIMATUR_TEST_FAULT");
}

static void stop_before_the_removal(struct site *s)
{
	UNTIL(s, has_changed);
	assert_int_equal(sign_key_save(s->key, file(s, HOME_KEY_NEXT)), 0);
}

static void stop_before_the_first_call(struct site *s)
{
	UNTIL(s, has_changed);
}

TEST(R68_a_crash_at_any_step_leaves_a_key_that_the_hub_takes_and_the_change_goes_on)
{
	static const struct {
		void (*stop)(struct site *s);
		bool has_old, has_next, is_new; /* what lies there then; key.pem is the new key */
	} steps[] = {
		{ lose_the_answer, false, true, false },
		{ stop_between_the_keys, true, true, false },
		{ stop_before_the_removal, true, true, true },
		{ stop_before_the_first_call, true, false, true },
	};

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		struct site *s = begin();
		uint8_t key[SIGN_KEY_LEN];

		live(s);
		steps[i].stop(s);
		crash(s);
		public_of(s, HOME_KEY, key);
		assert_int_equal(file_exists(file(s, HOME_KEY_OLD)), steps[i].has_old);
		assert_int_equal(file_exists(file(s, HOME_KEY_NEXT)), steps[i].has_next);
		assert_int_equal(memcmp(key, s->first, sizeof(key)) != 0, steps[i].is_new);
		live(s);
		/* Nobody waits for the change: the key of the moment is good all the time. */
		assert_int_equal(call(s), 0);
		assert_whole(s);
		end(s);
	}
}

TEST(a_disk_that_lost_the_last_writes_of_a_change_makes_it_once_more)
{
	struct site *s = begin();
	struct sign_key *first, *next;

	assert_int_equal(sign_key_load(file(s, HOME_KEY), &first), 0);
	assert_int_equal(sign_key_load(file(s, HOME_KEY_NEXT), &next), 0);
	live(s);
	UNTIL(s, has_changed);
	assert_int_equal(call(s), 0); /* from here on the first key is retired */
	crash(s);
	assert_int_equal(sign_key_save(first, file(s, HOME_KEY)), 0);
	assert_int_equal(sign_key_save(next, file(s, HOME_KEY_NEXT)), 0);
	sign_key_free(&first);
	sign_key_free(&next);
	live(s);
	assert_whole(s);
	end(s);
}

/* --- hubs ---------------------------------------------------------------------------------------
 */

TEST(a_hub_that_was_set_back_learns_the_present_key_by_the_old_one)
{
	struct site *s = begin();

	live(s);
	UNTIL(s, has_changed);
	assert_whole(s);
	memcpy(s->hub->public_key, s->first, sizeof(s->first));
	s->hub->has_retired = false;
	assert_int_equal(call(s), ERR_UNKNOWN_KEY);
	rotation_unknown(s->rotation);
	UNTIL(s, has_learnt_again);
	assert_whole(s);
	end(s);
}

TEST(a_new_key_that_is_somebodys_already_is_given_up_and_the_present_one_stays)
{
	struct site *s = begin();
	uint8_t key[SIGN_KEY_LEN];

	s->hub->refuse_offers = ERR_CONFLICT;
	live(s);
	UNTIL(s, waits_no_more);
	assert_int_equal(call(s), 0);
	public_of(s, HOME_KEY, key);
	assert_memory_equal(key, s->first, sizeof(key));
	end(s);
}

TEST(a_hub_that_is_busy_is_offered_the_key_again_ever_less_often)
{
	struct site *s = begin();

	s->hub->refuse_offers = ERR_BUSY;
	live(s);
	loop_skip_until(s->loop, has_changed, is_idle, s, 8000);
	/* At once, then after 0.25, 1, 2 and 4 s. */
	assert_int_equal(s->hub->refused, 5);
	s->hub->refuse_offers = 0;
	UNTIL(s, has_changed);
	assert_whole(s);
	end(s);
}

TEST(a_damaged_new_key_is_thrown_away_and_nothing_is_offered)
{
	struct site *s = begin();

	assert_int_equal(file_replace(file(s, HOME_KEY_NEXT), "x", 1, FILE_PRIVATE), 0);
	live(s);
	UNTIL(s, waits_no_more);
	assert_int_equal(call(s), 0);
	assert_int_equal(s->hub->offers, 0);
	end(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(the_key_is_changed_for_the_one_that_was_made_and_the_old_one_is_kept),
		RUN(R68_a_crash_at_any_step_leaves_a_key_that_the_hub_takes_and_the_change_goes_on),
		RUN(a_disk_that_lost_the_last_writes_of_a_change_makes_it_once_more),
		RUN(a_hub_that_was_set_back_learns_the_present_key_by_the_old_one),
		RUN(a_new_key_that_is_somebodys_already_is_given_up_and_the_present_one_stays),
		RUN(a_hub_that_is_busy_is_offered_the_key_again_ever_less_often),
		RUN(a_damaged_new_key_is_thrown_away_and_nothing_is_offered),
	};

	return cmocka_run_group_tests_name("connector.rotate", tests, NULL, NULL);
}
