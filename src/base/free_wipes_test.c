/* free_wipes_test.c - what was given back holds nothing any more.  This program is linked with
 * free_wipes.c, as the connector is. */
#include "base/test.h"
#include "base/cc.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define OWN 32 /* the allocator keeps notes of its own at both ends of what is free */

/* Looks where nobody may look. */
static bool wiped(uintptr_t at, size_t len)
{
	const volatile char *p = (const volatile char *)at;

	for (size_t i = OWN; i + OWN < len; i++)
		if (p[i])
			return false;
	return true;
}

static char *full(size_t len)
{
	char *p = malloc(len);

	assert_non_null(p);
	return memset(p, 'x', len);
}

static bool holds(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] != 'x')
			return false;
	return true;
}

static const size_t sizes[] = { 1, 100, 1000, 5000, 50000 };

TEST(what_is_freed_is_wiped)
{
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		char *p = full(sizes[i]);
		uintptr_t at = (uintptr_t)p;

		free(p);
		assert_true(wiped(at, sizes[i]));
	}
	free(NULL);
}

TEST(what_grows_keeps_what_it_held_and_leaves_nothing_behind)
{
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		char *p = full(sizes[i]);
		uintptr_t at = (uintptr_t)p;

		p = realloc(p, 10 * sizes[i]);
		assert_non_null(p);
		assert_true(holds(p, sizes[i]));
		assert_true((uintptr_t)p == at || wiped(at, sizes[i]));
		free(p);
	}
}

TEST(an_array_that_grows_leaves_nothing_behind_and_one_that_is_too_large_stays)
{
	char *p = full(1000);
	uintptr_t at = (uintptr_t)p;

	assert_null(reallocarray(p, SIZE_MAX / 2, 3));
	assert_true(holds(p, 1000));
	p = reallocarray(p, 100, 100);
	assert_non_null(p);
	assert_true(holds(p, 1000));
	assert_true((uintptr_t)p == at || wiped(at, 1000));
	free(p);
}

TEST(what_shrinks_keeps_its_beginning_and_leaves_nothing_behind)
{
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		char *p = full(sizes[i]);
		uintptr_t at = (uintptr_t)p;

		p = realloc(p, sizes[i] / 10 + 1);
		assert_non_null(p);
		assert_true(holds(p, sizes[i] / 10 + 1));
		assert_true((uintptr_t)p == at || wiped(at, sizes[i]));
		at = (uintptr_t)p;
		free(p);
		assert_true(wiped(at, sizes[i] / 10 + 1));
	}
}

TEST(realloc_of_nothing_and_to_nothing_is_as_the_c_library_has_it)
{
	char *p = realloc(NULL, 100);
	uintptr_t at = (uintptr_t)p;

	assert_non_null(p);
	memset(p, 'x', 100);
	assert_null(realloc(p, 0));
	assert_true(wiped(at, 100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(what_is_freed_is_wiped),
		RUN(what_grows_keeps_what_it_held_and_leaves_nothing_behind),
		RUN(an_array_that_grows_leaves_nothing_behind_and_one_that_is_too_large_stays),
		RUN(what_shrinks_keeps_its_beginning_and_leaves_nothing_behind),
		RUN(realloc_of_nothing_and_to_nothing_is_as_the_c_library_has_it),
	};

	return cmocka_run_group_tests_name("base.free_wipes", tests, NULL, NULL);
}
