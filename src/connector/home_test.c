/* home_test.c - what the folder holds comes back as it was, or not at all. */
#include "base/test.h"
#include "base/err.h"
#include "base/text.h"
#include "connector/home.h"
#include "connector/test_dir.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

TEST(a_state_comes_back_as_it_was_saved)
{
	const char *dir = test_dir("home");
	struct arena mem = {};
	struct state s, again;

	json_init(&state_schema, &s);
	s.site_id = id_new();
	s.connector_id = id_new();
	s.provider = "Zoë \"Print\" \\ Söhne";
	s.commands_after = 7;
	assert_int_equal(home_save(dir, HOME_STATE, &state_schema, &s), 0);
	assert_int_equal(home_load(dir, HOME_STATE, &state_schema, &mem, &again), 0);
	assert_true(id_eq(s.site_id, again.site_id));
	assert_string_equal(again.provider, s.provider);
	assert_int_equal(again.commands_after, 7);
	assert_int_equal(again.revoked_at_ms, JSON_ABSENT_INT);
	arena_done(&mem);
}

TEST(a_damaged_file_is_told_apart_from_a_missing_one)
{
	const char *dir = test_dir("home");
	struct arena mem = {};
	struct state s;

	assert_int_equal(home_load(dir, HOME_STATE, &state_schema, &mem, &s), -ENOENT);
	assert_int_equal(file_replace(test_path(dir, HOME_STATE), "{\"site", 6, FILE_PRIVATE), 0);
	assert_int_equal(home_load(dir, HOME_STATE, &state_schema, &mem, &s), ERR_CORRUPT);
	arena_done(&mem);
}

TEST(R51_the_sites_secret_is_made_once_and_read_back)
{
	const char *dir = test_dir("home");
	uint8_t a[SITE_SECRET_LEN], b[SITE_SECRET_LEN];

	assert_int_equal(home_secret_make(dir), 0);
	assert_int_equal(home_secret_load(dir, a), 0);
	assert_int_equal(home_secret_load(dir, b), 0);
	assert_memory_equal(a, b, sizeof(a));
	assert_int_equal(file_replace(test_path(dir, HOME_SECRET), "abcd\n", 5, FILE_PRIVATE), 0);
	assert_int_equal(home_secret_load(dir, a), ERR_CORRUPT);
}

TEST(a_path_that_is_too_long_is_refused)
{
	char dir[HOME_PATH_MAX + 10], path[HOME_PATH_MAX];

	memset(dir, 'x', sizeof(dir));
	dir[sizeof(dir) - 1] = 0;
	assert_int_equal(home_path(dir, HOME_STATE, path), ERR_INVALID);
}

TEST(R65_each_file_says_in_three_languages_what_it_is_for)
{
	static const char *const languages[] = { "en", "fr", "de" };
	char key[100];

	for (const struct home_file *f = home_files; f->name; f++) {
		size_t n = (size_t)snprintf(key, sizeof(key), "set.stored.");

		/* As the page does: what is no letter and no digit becomes one underscore. */
		for (const char *p = f->name; *p; p++)
			if (isalnum((unsigned char)*p) || key[n - 1] != '_')
				key[n++] = isalnum((unsigned char)*p) ? *p : '_';
		key[n] = 0;
		for (size_t i = 0; i < ARRAY_LEN(languages); i++)
			if (!text_get(languages[i], key))
				fail_msg("%s has no text %s", f->name, key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_state_comes_back_as_it_was_saved),
		RUN(a_damaged_file_is_told_apart_from_a_missing_one),
		RUN(R51_the_sites_secret_is_made_once_and_read_back),
		RUN(a_path_that_is_too_long_is_refused),
		RUN(R65_each_file_says_in_three_languages_what_it_is_for),
	};

	return cmocka_run_group_tests_name("connector.home", tests, NULL, NULL);
}
