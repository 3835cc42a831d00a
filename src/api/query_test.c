/* query_test.c - query strings by tables, cursors, routes, what an encoding is chosen by. */
#include "api/query.h"

#include "api/assets.h"
#include "api/cursor.h"
#include "api/route.h"
#include "base/err.h"
#include "base/test.h"
#include <string.h>

struct asked {
	const char *text;
	int64_t number, time_ms;
	struct id id;
	int word;
	enum json_bool yes;
	struct json_list parts;
};

static const char *const words[] = { "up", "down", NULL };
#define AT(member) offsetof(struct asked, member)
/* clang-format off */
static const struct json_field fields[] = {
	{ "text", JSON_TEXT, AT(text), .max = 8 },
	{ "number", JSON_INT, AT(number), .min = -5, .max = 5 },
	{ "time", JSON_TIME, AT(time_ms), .flags = 0 },
	{ "id", JSON_ID, AT(id), .min = ID_SITE },
	{ "word", JSON_ENUM, AT(word), .names = words },
	{ "yes", JSON_BOOL, AT(yes), .flags = 0 },
	{ "parts", JSON_TEXTS, AT(parts), .max = 2 },
	{}
};
/* clang-format on */
static const struct json_schema schema = { "asked", sizeof(struct asked), 0, fields };

static const char *wrong(const char *query)
{
	static struct json_problem problem;
	struct arena mem = {};
	struct asked a;

	memset(&problem, 0, sizeof(problem));
	assert_int_equal(query_decode(&schema, str_of(query), &mem, &a, &problem), ERR_INVALID);
	arena_done(&mem);
	return problem.field;
}

TEST(a_query_is_decoded_by_its_table)
{
	struct json_problem problem;
	struct arena mem = {};
	struct asked a;

	assert_int_equal(
		query_decode(
			&schema,
			STR("text=a%26b+c&number=-5&time=2026-11-23T09:12:00Z&word=down&yes=true"
			    "&parts=x,y&id=site_06h0pmzykhvx33qx37arxpn7e0"),
			&mem, &a, &problem),
		0);
	assert_string_equal(a.text, "a&b c");
	assert_int_equal(a.number, -5);
	assert_int_equal(a.word, 1);
	assert_int_equal(a.yes, JSON_TRUE);
	assert_int_equal(a.parts.len, 2);
	assert_string_equal(a.parts.items[1], "y");
	assert_false(id_is_zero(a.id));
	assert_int_equal(query_decode(&schema, STR(""), &mem, &a, &problem), 0);
	assert_null(a.text);
	assert_int_equal(a.number, JSON_ABSENT_INT);
	assert_int_equal(query_decode(&schema, STR("text=&number="), &mem, &a, &problem), 0);
	assert_null(a.text);
	arena_done(&mem);
}

TEST(a_query_that_does_not_fit_names_the_member)
{
	assert_string_equal(wrong("number=6"), "number");
	assert_string_equal(wrong("number=1x"), "number");
	assert_string_equal(wrong("number=1&number=1"), "number");
	assert_string_equal(wrong("text=123456789"), "text");
	assert_string_equal(wrong("time=yesterday"), "time");
	assert_string_equal(wrong("id=cust_06h0pmzykhvx33qx37arxpn7e0"), "id");
	assert_string_equal(wrong("word=left"), "word");
	assert_string_equal(wrong("yes=1"), "yes");
	assert_string_equal(wrong("parts=a,b,c"), "parts");
	assert_string_equal(wrong("parts=a,,c"), "parts");
	assert_string_equal(wrong("other=1"), "other");
	assert_string_equal(wrong("text=%"), "");
	assert_string_equal(wrong("text=%4"), "");
	assert_string_equal(wrong("text=%zz"), "");
	assert_string_equal(wrong("text=%00"), "");
	assert_string_equal(wrong("text=%ff"), "");
}

TEST(a_cursor_opens_for_its_own_question_only)
{
	struct arena mem = {};
	struct str where;
	char *cursor = cursor_encode(&mem, STR("sites of a"), STR("here"));

	assert_int_equal(cursor_decode(&mem, STR("sites of a"), cursor, &where), 0);
	assert_true(str_eq(where, STR("here")));
	assert_int_equal(cursor_decode(&mem, STR("sites of b"), cursor, &where), ERR_INVALID);
	cursor[3] = cursor[3] == 'A' ? 'B' : 'A';
	assert_int_equal(cursor_decode(&mem, STR("sites of a"), cursor, &where), ERR_INVALID);
	assert_int_equal(cursor_decode(&mem, STR("sites of a"), "", &where), ERR_INVALID);
	assert_int_equal(cursor_decode(&mem, STR("sites of a"), "####", &where), ERR_INVALID);
	arena_done(&mem);
}

TEST(a_path_matches_part_by_part)
{
	const struct route row = { .path = "/a/{id}/b" };
	struct str parts[ROUTE_IDS_MAX] = {};

	assert_true(route_match(&row, STR("/a/x/b"), parts));
	assert_true(str_eq(parts[0], STR("x")));
	assert_false(route_match(&row, STR("/a/x"), parts));
	assert_false(route_match(&row, STR("/a/x/b/"), parts));
	assert_false(route_match(&row, STR("/a/x/b/c"), parts));
	assert_false(route_match(&row, STR("a/x/b"), parts));
	assert_false(route_match(&row, STR(""), parts));
	assert_true(route_match(&(struct route){ .path = "/" }, STR("/"), parts));
}

TEST(a_name_in_a_path_can_be_no_path)
{
	static const char *const bad[] = { "",    ".",   "..",   ".a",  "-a",  "a/b",
					   "a%b", "a b", "a\\b", "a;b", "a\n", "\xc3\xa4" };
	char longest[ROUTE_NAME_MAX + 2];

	assert_true(route_name_ok(STR("imprimatur-connector_0.1.0~rc1+b2_amd64.deb")));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(route_name_ok(str_of(bad[i])));
	memset(longest, 'a', sizeof(longest));
	assert_true(route_name_ok((struct str){ longest, ROUTE_NAME_MAX }));
	assert_false(route_name_ok((struct str){ longest, ROUTE_NAME_MAX + 1 }));
}

TEST(the_best_encoding_that_is_taken_is_chosen)
{
	const struct asset f = { .plain = STR("p"), .gzip = STR("g"), .br = STR("b") };

	assert_int_equal(assets_choose(&f, STR("gzip, deflate, br")), ENCODING_BR);
	assert_int_equal(assets_choose(&f, STR("gzip;q=0.5, br;q=0")), ENCODING_GZIP);
	assert_int_equal(assets_choose(&f, STR("*")), ENCODING_BR);
	assert_int_equal(assets_choose(&f, STR("identity")), ENCODING_PLAIN);
	assert_int_equal(assets_choose(&f, STR("")), ENCODING_PLAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_query_is_decoded_by_its_table),
		RUN(a_query_that_does_not_fit_names_the_member),
		RUN(a_cursor_opens_for_its_own_question_only),
		RUN(a_path_matches_part_by_part),
		RUN(a_name_in_a_path_can_be_no_path),
		RUN(the_best_encoding_that_is_taken_is_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
