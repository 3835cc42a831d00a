/* top_test.c - the first few of many are those that sorting all would have put first. */
#include "base/top.h"

#include "base/test.h"
#include <stdlib.h>
#include <string.h>

#define MANY 500

static int compare(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static void check(const int *numbers, size_t len, size_t want)
{
	int kept[MANY], sorted[MANY];
	struct top t = { kept, sizeof(int), want, compare, 0 };

	memcpy(sorted, numbers, len * sizeof(int));
	qsort(sorted, len, sizeof(int), compare);
	for (size_t i = 0; i < len; i++)
		top_offer(&t, &numbers[i]);
	top_sort(&t);
	assert_int_equal(t.len, want < len ? want : len);
	assert_memory_equal(kept, sorted, t.len * sizeof(int));
}

TEST(whatever_their_order_the_first_are_kept_in_order)
{
	int up[MANY], down[MANY], mixed[MANY], alike[MANY];
	unsigned seed = 1;

	for (int i = 0; i < MANY; i++) {
		seed = seed * 1103515245u + 12345u;
		up[i] = i;
		down[i] = -i;
		mixed[i] = (int)(seed >> 16) % 100; /* many twice */
		alike[i] = 7;
	}
	for (size_t want = 1; want <= MANY; want += want < 10 ? 1 : 49) {
		check(up, MANY, want);
		check(down, MANY, want);
		check(mixed, MANY, want);
		check(alike, MANY, want);
		check(mixed, want / 2, want);
	}
}

static int compared;

static int compare_and_count(const void *a, const void *b)
{
	compared++;
	return compare(a, b);
}

TEST(most_of_many_cost_one_comparison)
{
	int kept[10];
	struct top t = { kept, sizeof(int), 10, compare_and_count, 0 };

	for (int i = 0; i < 10000; i++)
		top_offer(&t, &(int){ i });
	assert_true(compared < 10100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(whatever_their_order_the_first_are_kept_in_order),
		RUN(most_of_many_cost_one_comparison),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
