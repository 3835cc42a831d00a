/* map_test.c - takes map.c in whole, to reach the hash function and the seed. */
#include "base/map.c" /* NOLINT(bugprone-suspicious-include) */
#include "base/test.h"

/* From CPython 3.11, whose hash of bytes is SipHash-1-3, with a seed of zeros. */
TEST(the_hash_is_siphash_1_3)
{
	static const struct {
		size_t len;
		uint64_t hash;
	} vectors[] = {
		{ 1, 0x68a914128e01e473 },  { 7, 0x2f098ab0c751325a },  { 8, 0xead411e67ebe2eea },
		{ 9, 0x75927f9d95124362 },  { 16, 0x8972188433a5c5b7 }, { 31, 0x169739443111d49b },
		{ 63, 0x385d3e39e5f37359 },
	};
	uint8_t data[64];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
		assert_true(siphash((uint64_t[2]){}, data, vectors[i].len) == vectors[i].hash);
}

static void count(void *value, void *arg)
{
	(*(size_t *)arg)++;
}

/* A thousand keys come and go in a fixed pseudo-random order beside a plain array that says what
 * should be there. */
TEST(a_table_agrees_with_a_plain_array_through_many_changes)
{
	enum { KEYS = 1000, CHANGES = 200000 };
	static int values[KEYS], there[KEYS];
	struct map m = {};
	uint64_t random = 1;
	size_t expected = 0, counted = 0;

	for (int i = 0; i < CHANGES; i++) {
		int key;

		random = random * 6364136223846793005 + 1442695040888963407;
		key = (int)(random >> 33) % KEYS;
		if (random >> 60 & 1) {
			assert_ptr_equal(map_put(&m, &key, sizeof(key), &values[key]),
					 there[key] ? &values[key] : NULL);
			expected += !there[key];
			there[key] = 1;
		} else {
			assert_ptr_equal(map_remove(&m, &key, sizeof(key)),
					 there[key] ? &values[key] : NULL);
			expected -= (size_t)there[key];
			there[key] = 0;
		}
		assert_int_equal(m.len, expected);
	}
	for (int key = 0; key < KEYS; key++)
		assert_ptr_equal(map_get(&m, &key, sizeof(key)), there[key] ? &values[key] : NULL);
	map_each(&m, count, &counted);
	assert_int_equal(counted, expected);
	map_done(&m);
	assert_int_equal(m.len, 0);
}

TEST(keys_of_different_length_are_different_and_an_empty_table_is_valid)
{
	struct map m = {};
	int a, b;

	assert_null(map_get(&m, "k", 1));
	assert_null(map_remove(&m, "k", 1));
	map_each(&m, count, NULL);
	assert_null(map_put(&m, "k\0", 2, &a));
	assert_null(map_get(&m, "k", 1));
	assert_null(map_put(&m, "k", 1, &b));
	assert_ptr_equal(map_put(&m, "k", 1, &a), &b);
	map_done(&m);
	map_done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(the_hash_is_siphash_1_3),
		RUN(a_table_agrees_with_a_plain_array_through_many_changes),
		RUN(keys_of_different_length_are_different_and_an_empty_table_is_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
