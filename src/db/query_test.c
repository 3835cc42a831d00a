/* query_test.c - :name becomes $n. */
#include "base/test.h"
#include "base/err.h"
#include "db/stmt.h"

#include <stdio.h>

static void check(const char *sql, int count, const char *expected)
{
	struct buf out = buf_new(4096);

	assert_int_equal(query_positional(sql, &out), count);
	if (count >= 0)
		assert_string_equal((const char *)out.data, expected);
	buf_done(&out);
}

TEST(names_become_numbers_in_the_order_of_their_first_appearance)
{
	check("SELECT 1", 0, "SELECT 1");
	check("WHERE a = :provider AND b > :after LIMIT :limit", 3,
	      "WHERE a = $1 AND b > $2 LIMIT $3");
	check("(a, b) > (:a, :b_2) OR a = :a", 2, "(a, b) > ($1, $2) OR a = $1");
}

TEST(a_name_is_not_mistaken_for_the_beginning_of_another)
{
	check(":a :ab :a", 2, "$1 $2 $1");
}

TEST(a_colon_without_a_name_is_refused)
{
	check("a = :", ERR_INVALID, NULL);
	check("a::text", ERR_INVALID, NULL);
	check("a = : b", ERR_INVALID, NULL);
}

TEST(more_names_than_anybody_needs_are_refused)
{
	struct buf sql = buf_new(4096), out = buf_new(4096);

	for (int i = 0; i < 41; i++)
		buf_printf(&sql, ":n%d ", i);
	assert_int_equal(query_positional((const char *)sql.data, &out), ERR_INVALID);
	buf_done(&sql);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(names_become_numbers_in_the_order_of_their_first_appearance),
		RUN(a_name_is_not_mistaken_for_the_beginning_of_another),
		RUN(a_colon_without_a_name_is_refused),
		RUN(more_names_than_anybody_needs_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
