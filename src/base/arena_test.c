#include "base/arena.h"
#include "base/test.h"

#include <stdalign.h>
#include <string.h>

TEST(memory_is_zeroed_and_aligned_for_any_type)
{
	struct arena a = {};

	for (size_t size = 0; size < 100; size++) {
		uint8_t *p = arena_alloc(&a, size);

		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
	}
	arena_done(&a);
}

TEST(a_large_piece_gets_a_chunk_of_its_own_and_small_ones_go_on)
{
	struct arena a = {};
	char *small = arena_strdup(&a, "small");
	char *large = arena_alloc(&a, 1000000);
	char *next = arena_strdup(&a, "next");

	memset(large, 1, 1000000);
	assert_string_equal(small, "small");
	assert_string_equal(next, "next");
	assert_true(a.used_bytes >= 1000000);
	arena_done(&a);
	assert_int_equal(a.used_bytes, 0);
	assert_null(a.chunks);
}

TEST(an_arena_is_usable_again_after_it_was_wiped)
{
	struct arena a = {};

	arena_strdup(&a, "secret");
	arena_wipe(&a);
	assert_string_equal(arena_strdup(&a, "again"), "again");
	arena_done(&a);
}

TEST(what_was_joined_lives_and_ends_with_the_other_arena)
{
	struct arena a = {}, b = {}, none = {};
	const char *first = arena_strdup(&a, "first"), *second = arena_strdup(&b, "second");
	size_t used = a.used_bytes + b.used_bytes;

	arena_join(&a, &b);
	arena_join(&a, &none);
	assert_null(b.chunks);
	assert_int_equal(b.used_bytes, 0);
	assert_int_equal(a.used_bytes, used);
	arena_strdup(&b, "b goes on by itself");
	arena_wipe(&b);
	assert_string_equal(arena_strdup(&a, "third"), "third");
	assert_string_equal(first, "first");
	assert_string_equal(second, "second");
	arena_join(&none, &a);
	assert_null(a.chunks);
	assert_string_equal(second, "second");
	arena_wipe(&none);
}

TEST(texts_are_copied_formatted_and_end_in_nul)
{
	struct arena a = {};
	char *longer;

	assert_null(arena_strdup(&a, NULL));
	assert_string_equal(arena_strndup(&a, "abcdef", 3), "abc");
	assert_string_equal(arena_strndup(&a, NULL, 0), "");
	assert_memory_equal(arena_dup(&a, "\0\1\2", 3), "\0\1\2", 3);
	assert_string_equal(arena_printf(&a, "%s-%d", "x", 7), "x-7");
	longer = arena_printf(&a, "%0300d", 1);
	assert_int_equal(strlen(longer), 300);
	assert_int_equal(longer[299], '1');
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(memory_is_zeroed_and_aligned_for_any_type),
		RUN(a_large_piece_gets_a_chunk_of_its_own_and_small_ones_go_on),
		RUN(an_arena_is_usable_again_after_it_was_wiped),
		RUN(what_was_joined_lives_and_ends_with_the_other_arena),
		RUN(texts_are_copied_formatted_and_end_in_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
