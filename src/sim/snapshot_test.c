/* snapshot_test.c - a scenario may change while the server runs; cached values wait. */
#include "base/test.h"
#include "base/file.h"
#include "sim/snapshot.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_scenario(const char *path, const char *json)
{
	assert_int_equal(file_replace(path, json, strlen(json), FILE_PUBLIC), 0);
}

TEST(cached_values_are_those_of_the_last_refresh)
{
	char path[] = "/tmp/imprimatur-sim-XXXXXX";
	const struct sim_state *state;
	struct snapshots *s;

	close(mkstemp(path));
	write_scenario(path, "{\"cache_ms\":15000,\"held_cache_ms\":10000,\"pages\":1}");
	s = snapshots_new(path, NULL);
	assert_int_equal(snapshots_look(s, 1000)->health->pages, 1);
	write_scenario(path, "{\"cache_ms\":15000,\"held_cache_ms\":10000,\"pages\":2}");
	state = snapshots_look(s, 10999);
	assert_int_equal(state->now->pages, 2);
	assert_int_equal(state->health->pages, 1);
	assert_int_equal(state->held->pages, 1);
	state = snapshots_look(s, 11000);
	assert_int_equal(state->health->pages, 1);
	assert_int_equal(state->held->pages, 2);
	assert_int_equal(snapshots_look(s, 16000)->health->pages, 2);
	write_scenario(path, "{\"pages\":");
	assert_int_equal(snapshots_look(s, 40000)->health->pages, 2);
	assert_int_equal(snapshots_look(s, 40000)->now->pages, 2);
	snapshots_free(&s);
	unlink(path);
}

TEST(without_a_cache_a_change_shows_at_once)
{
	char path[] = "/tmp/imprimatur-sim-XXXXXX";
	struct snapshots *s;

	close(mkstemp(path));
	write_scenario(path, "{\"pages\":1}");
	s = snapshots_new(path, NULL);
	assert_int_equal(snapshots_look(s, 5)->health->pages, 1);
	write_scenario(path, "{\"pages\":2}");
	assert_int_equal(snapshots_look(s, 5)->health->pages, 2);
	snapshots_free(&s);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(cached_values_are_those_of_the_last_refresh),
		RUN(without_a_cache_a_change_shows_at_once),
	};

	return cmocka_run_group_tests_name("sim.snapshot", tests, NULL, NULL);
}
