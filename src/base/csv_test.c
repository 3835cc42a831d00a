/* csv_test.c - what spreadsheets write is read as it was meant. */
#include "base/csv.h"

#include "base/test.h"
#include <stdlib.h>
#include <string.h>

static struct arena mem;

static int tear_down(void **state)
{
	arena_done(&mem);
	return 0;
}

/* All rows in one text: fields in brackets, what cannot be read as an error's name. */
static const char *read_all(const char *text)
{
	struct buf out = buf_new(64 * KIB);
	struct str fields[4];
	struct csv c;
	size_t len;
	int rc;

	csv_begin(&c, str_of(text));
	while ((rc = csv_row(&c, &mem, fields, ARRAY_LEN(fields), &len)) != 0) {
		buf_printf(&out, "%d:", c.line);
		for (size_t i = 0; rc > 0 && i < len; i++)
			buf_printf(&out, "[%.*s]", (int)fields[i].len, fields[i].p);
		buf_puts(&out, rc > 0 ? "\n" : err_code(rc));
		buf_puts(&out, rc > 0 ? "" : "\n");
	}
	text = arena_strndup(&mem, (const char *)out.data, out.len);
	buf_done(&out);
	return text;
}

TEST(commas_semicolons_and_tabs_part_fields_whichever_the_first_line_has)
{
	assert_string_equal(read_all("a,b\nc,d;e\n"), "1:[a][b]\n2:[c][d;e]\n");
	assert_string_equal(read_all("a;b\nc,d;e"), "1:[a][b]\n2:[c,d][e]\n");
	assert_string_equal(read_all("a\tb\n\t\n"), "1:[a][b]\n2:[][]\n");
	assert_string_equal(read_all("\"a,b,c\";d\n1;2\n"), "1:[a,b,c][d]\n2:[1][2]\n");
	assert_string_equal(read_all("alone\n"), "1:[alone]\n");
	/* As many of one as of the other: the comma. */
	assert_string_equal(read_all("a,b;c\n"), "1:[a][b;c]\n");
	/* A first line goes on behind the line ends that are quoted. */
	assert_string_equal(read_all("\"a\nb\";c\n1;2\n"), "1:[a\nb][c]\n3:[1][2]\n");
}

TEST(a_byte_order_mark_is_no_part_of_the_first_name)
{
	assert_string_equal(read_all("\xef\xbb\xbf"
				     "a,b\n"),
			    "1:[a][b]\n");
	assert_string_equal(read_all("\xef\xbb\xbf"), "");
}

TEST(lines_end_in_all_three_ways_and_empty_ones_are_no_rows)
{
	assert_string_equal(read_all("a,b\r\nc,d\re,f\n\n\r\n\r\rg,h"),
			    "1:[a][b]\n2:[c][d]\n3:[e][f]\n8:[g][h]\n");
}

TEST(quoted_fields_hold_separators_line_ends_and_doubled_quotes)
{
	assert_string_equal(read_all("\"a,\"\"b\"\"\",c\r\n\"x\r\ny\nz\",\"\"\nlast,1\n"),
			    "1:[a,\"b\"][c]\n2:[x\r\ny\nz][]\n5:[last][1]\n");
}

/* In memory of its own length: nothing behind the text is looked at. */
TEST(a_text_may_end_anywhere)
{
	static const char whole[] = "a,\"b\"\"\"\r\n\"c\r\nd\"\r\n";

	for (size_t len = 0; len < sizeof(whole); len++) {
		char *text = xmalloc(len ? len : 1);
		struct str fields[4];
		struct csv c;
		size_t n;

		memcpy(text, whole, len);
		csv_begin(&c, (struct str){ text, len });
		while (csv_row(&c, &mem, fields, ARRAY_LEN(fields), &n) != 0)
			;
		assert_int_equal(c.rest.len, 0);
		free(text);
	}
}

TEST(a_quote_within_a_field_is_a_letter)
{
	assert_string_equal(read_all("a,b\"\nc,d\n"), "1:[a][b\"]\n2:[c][d]\n");
	assert_string_equal(read_all("a;b\nPlotter 24\" A0;\"c \"\"d\"\"\"\n"),
			    "1:[a][b]\n2:[Plotter 24\" A0][c \"d\"]\n");
	/* Of those in the first line, too: it opens nothing. */
	assert_string_equal(read_all("24\" a;b;c,d\n1;2,3\n"), "1:[24\" a][b][c,d]\n2:[1][2,3]\n");
	assert_string_equal(read_all("\"a\"\",,,\";b\n1;2\n"), "1:[a\",,,][b]\n2:[1][2]\n");
}

TEST(a_quote_that_stands_wrong_costs_its_row_and_no_other)
{
	assert_string_equal(read_all("\"a\"b,c\nd,e\n"), "1:invalid\n2:[d][e]\n");
	assert_string_equal(read_all("a,\"b\nc,d\n"), "1:invalid\n2:[c][d]\n");
	assert_string_equal(read_all("1,2,3,4,5\n6,7\n"), "1:too_large\n2:[6][7]\n");
}

int main(void)
{
#define T(name) cmocka_unit_test_teardown(name, tear_down)
	const struct CMUnitTest tests[] = {
		T(commas_semicolons_and_tabs_part_fields_whichever_the_first_line_has),
		T(a_byte_order_mark_is_no_part_of_the_first_name),
		T(lines_end_in_all_three_ways_and_empty_ones_are_no_rows),
		T(quoted_fields_hold_separators_line_ends_and_doubled_quotes),
		T(a_text_may_end_anywhere),
		T(a_quote_within_a_field_is_a_letter),
		T(a_quote_that_stands_wrong_costs_its_row_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
