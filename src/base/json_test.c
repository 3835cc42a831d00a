#include "base/json.h"
#include "base/err.h"
#include "base/test.h"

#include <math.h>
#include <string.h>

struct part {
	const char *name;
	int64_t count;
};

struct whole {
	const char *text;
	int64_t number;
	double real;
	enum json_bool yes;
	int64_t at_ms;
	struct id id;
	int kind;
	struct part *part;
	struct json_list parts, texts, pairs;
	int64_t counts[2];
	int64_t newer;
};

static const char *const kinds[] = { "red", "green", NULL };
static const char *const sums[] = { "ok", "not \"ok\"", NULL };
static const struct field_note since_2 = { "a newer field", "R1", 2 };

/* clang-format off */
static const struct json_field part_fields[] = {
	{ "name",  JSON_TEXT, offsetof(struct part, name),  JSON_REQUIRED, .min = 1, .max = 5 },
	{ "count", JSON_INT,  offsetof(struct part, count), 0, .min = -3, .max = 3 },
	{}
};
static const struct json_schema part_schema = { "part", sizeof(struct part), 0, part_fields };

static const struct json_field whole_fields[] = {
	{ "text",   JSON_TEXT,   offsetof(struct whole, text),   JSON_NULLABLE },
	{ "number", JSON_INT,    offsetof(struct whole, number) },
	{ "real",   JSON_REAL,   offsetof(struct whole, real) },
	{ "yes",    JSON_BOOL,   offsetof(struct whole, yes) },
	{ "at",     JSON_TIME,   offsetof(struct whole, at_ms) },
	{ "id",     JSON_ID,     offsetof(struct whole, id),     .min = ID_SITE },
	{ "kind",   JSON_ENUM,   offsetof(struct whole, kind),   .names = kinds },
	{ "part",   JSON_OBJECT, offsetof(struct whole, part),   .sub = &part_schema },
	{ "parts",  JSON_LIST,   offsetof(struct whole, parts),  .max = 2, .sub = &part_schema },
	{ "texts",  JSON_TEXTS,  offsetof(struct whole, texts),  .max = 2 },
	{ "pairs",  JSON_PAIRS,  offsetof(struct whole, pairs) },
	{ "counts", JSON_COUNTS, offsetof(struct whole, counts), .names = sums },
	{ "newer",  JSON_INT,    offsetof(struct whole, newer),  .note = &since_2 },
	{}
};
static const struct json_schema whole_schema = { "whole", sizeof(struct whole), 0, whole_fields };
static const struct json_schema numbers_schema = { "numbers", sizeof(struct whole), JSON_NUMBERS, whole_fields };
static const struct json_schema open_schema = { "open", sizeof(struct whole), JSON_OPEN, whole_fields };
/* clang-format on */

static struct arena mem;
static struct json_problem problem;

static int decode(const char *text, struct whole *ret)
{
	return json_decode(&whole_schema, text, strlen(text), &mem, ret, &problem);
}

static void refused(const char *text, int rc, const char *field, const char *detail)
{
	struct whole w;

	assert_int_equal(decode(text, &w), rc);
	assert_string_equal(problem.field, field);
	assert_string_equal(problem.detail, detail);
}

static int free_memory(void **state)
{
	arena_done(&mem);
	return 0;
}

TEST(every_type_is_read_into_its_member)
{
	struct whole w;

	assert_int_equal(
		decode("{\"text\":\"\\u00e4\\n\",\"number\":-9223372036854775807,\"real\":1,"
		       "\"yes\":false,\"at\":\"1970-01-01T00:00:01Z\","
		       "\"id\":\"site_06fj2s4r3wcq5e8m0a1b2c3d4g\",\"kind\":\"green\","
		       "\"part\":{\"name\":\"a\"},"
		       "\"parts\":[{\"name\":\"b\",\"count\":3},{\"name\":\"c\"}],"
		       "\"texts\":[\"x\",\"\"],\"newer\":null}",
		       &w),
		0);
	assert_string_equal(w.text, "\xc3\xa4\n");
	assert_true(w.number == -INT64_MAX);
	assert_true(w.real == 1.0);
	assert_int_equal(w.yes, JSON_FALSE);
	assert_int_equal(w.at_ms, 1000);
	assert_false(id_is_zero(w.id));
	assert_int_equal(w.kind, 1);
	assert_string_equal(w.part->name, "a");
	assert_true(w.part->count == JSON_ABSENT_INT);
	assert_int_equal(w.parts.len, 2);
	assert_int_equal(((struct part *)w.parts.items[0])->count, 3);
	assert_string_equal(((struct part *)w.parts.items[1])->name, "c");
	assert_int_equal(w.texts.len, 2);
	assert_string_equal(w.texts.items[0], "x");
	assert_true(w.newer == JSON_ABSENT_INT);
}

TEST(what_is_not_said_is_absent)
{
	struct whole w;

	assert_int_equal(decode(" { \"text\" : null } ", &w), 0);
	assert_null(w.text);
	assert_true(w.number == JSON_ABSENT_INT && w.at_ms == JSON_ABSENT_INT);
	assert_true(isnan(w.real));
	assert_int_equal(w.yes, JSON_UNSAID);
	assert_true(id_is_zero(w.id));
	assert_int_equal(w.kind, -1);
	assert_null(w.part);
	assert_null(w.parts.items);
	assert_int_equal(w.counts[0], 0);
}

/* The column is whatever the parser thinks it is. */
static void no_json(const char *text, const char *line, const char *why)
{
	struct whole w;

	assert_int_equal(decode(text, &w), ERR_JSON);
	assert_string_equal(problem.field, "");
	assert_memory_equal(problem.detail, line, strlen(line));
	assert_non_null(strstr(problem.detail, why));
}

TEST(what_is_no_json_object_is_told_with_its_place)
{
	refused("[]", ERR_JSON, "", "must be an object");
	no_json("", "line 1, column", ": the text ends too early");
	no_json("{\"text\":", "line 1, column", ": the text ends too early");
	no_json("{\"text\":1,\n\"text\":2}", "line 2, column", ": a member appears twice");
	no_json("{} x", "line 1, column", ": something follows the end");
	no_json("{\"number\":9223372036854775808}", "line 1, ", ": a number is too large");
	no_json("{\"real\":1e999}", "line 1, column", ": a number is too large");
	no_json("{\"real\":NaN}", "line 1, column", ": this is not JSON");
	no_json("{\"text\":\"\\u0000\"}", "line 1, column", ": a text contains NUL");
	no_json("{\"text\":\"\xff\"}", "line 1, column", ": the text is not UTF-8");
	no_json("{\"text\":\"\\ud800\"}", "line 1, column", ": this is not JSON");
}

TEST(sixteen_levels_are_the_limit_wherever_brackets_count)
{
	char text[200] = "{\"text\":\"[[[[[[[[[[[[[[[[[[[[\\\"{{{{\"}";
	struct whole w;

	assert_int_equal(decode(text, &w), 0);
	memset(text, 0, sizeof(text));
	memset(text, '[', 17);
	refused(text, ERR_JSON, "", "nested deeper than 16");
}

TEST(what_does_not_fit_is_named_by_its_path)
{
	refused("{\"other\":1}", ERR_INVALID, "other", "is not known here");
	refused("{\"pairs\":[]}", ERR_INVALID, "pairs", "is not known here");
	refused("{\"text\":1}", ERR_INVALID, "text", "must be a text");
	refused("{\"number\":1.0}", ERR_INVALID, "number", "must be a whole number");
	refused("{\"number\":-9223372036854775808}", ERR_INVALID, "number", "is too small");
	refused("{\"real\":\"1\"}", ERR_INVALID, "real", "must be a number");
	refused("{\"yes\":1}", ERR_INVALID, "yes", "must be true or false");
	refused("{\"at\":\"1970-01-01\"}", ERR_INVALID, "at",
		"must be a time like 2026-11-23T09:12:00.000Z");
	refused("{\"id\":\"cust_06fj2s4r3wcq5e8m0a1b2c3d4g\"}", ERR_INVALID, "id",
		"must be an id like site_...");
	refused("{\"id\":\"site_00000000000000000000000000\"}", ERR_INVALID, "id",
		"must be an id like site_...");
	refused("{\"kind\":\"blue\"}", ERR_INVALID, "kind", "must be one of the words listed");
	refused("{\"part\":{}}", ERR_INVALID, "part.name", "must be given");
	refused("{\"part\":[]}", ERR_INVALID, "part", "must be an object");
	refused("{\"part\":{\"name\":\"\"}}", ERR_INVALID, "part.name", "must have 1 to 5 octets");
	refused("{\"part\":{\"name\":\"123456\"}}", ERR_INVALID, "part.name",
		"must have 1 to 5 octets");
	refused("{\"part\":{\"name\":\"a\",\"count\":4}}", ERR_INVALID, "part.count",
		"must be -3 to 3");
	refused("{\"parts\":[{\"name\":\"a\"},{\"name\":\"b\",\"x\":1}]}", ERR_INVALID,
		"parts[1].x", "is not known here");
	refused("{\"parts\":[null]}", ERR_INVALID, "parts[0]", "must be an object");
	refused("{\"parts\":[{},{},{}]}", ERR_INVALID, "parts", "must have 0 to 2 items");
	refused("{\"texts\":[\"a\",1]}", ERR_INVALID, "texts[1]", "must be a text");
	refused("{\"texts\":{}}", ERR_INVALID, "texts", "must be a list");
}

TEST(a_path_too_long_is_cut_at_a_code_point)
{
	refused("{\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\xc3\xa4yy\":1}",
		ERR_INVALID, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		"is not known here");
}

TEST(an_open_schema_skips_what_a_newer_peer_adds)
{
	static const char text[] = "{\"other\":{\"a\":[1]},\"number\":1}";
	struct whole w;

	assert_int_equal(json_decode(&open_schema, text, strlen(text), &mem, &w, &problem), 0);
	assert_int_equal(w.number, 1);
}

static void encodes(const struct whole *w, int version, const char *expected)
{
	struct buf b = buf_new(4096);

	json_encode(&whole_schema, w, version, &b);
	assert_int_equal(buf_status(&b), 0);
	assert_string_equal((char *)b.data, expected);
	buf_done(&b);
}

TEST(absent_members_are_left_out_or_null_as_their_row_says)
{
	struct whole w;

	json_init(&whole_schema, &w);
	encodes(&w, 0, "{\"text\":null,\"counts\":{\"ok\":0,\"not \\\"ok\\\"\":0}}");
	w.real = INFINITY;
	w.newer = 1;
	encodes(&w, 1, "{\"text\":null,\"counts\":{\"ok\":0,\"not \\\"ok\\\"\":0}}");
	encodes(&w, 2, "{\"text\":null,\"counts\":{\"ok\":0,\"not \\\"ok\\\"\":0},\"newer\":1}");
}

TEST(every_type_is_written_from_its_member)
{
	struct part part = { "p", JSON_ABSENT_INT };
	struct json_pair pairs[] = { { 0, 0.5 }, { 60000, NAN } };
	void *part_items[] = { &part, &part }, *pair_items[] = { &pairs[0], &pairs[1] };
	void *text_items[] = { (char[]){ "x" } };
	struct whole w;

	json_init(&whole_schema, &w);
	w.text = "t";
	w.number = INT64_MAX;
	w.real = 49.8;
	w.yes = JSON_TRUE;
	w.at_ms = 1;
	w.id.b[15] = 1;
	w.kind = 0;
	w.part = &part;
	w.parts = (struct json_list){ part_items, 2 };
	w.texts = (struct json_list){ text_items, 1 };
	w.pairs = (struct json_list){ pair_items, 2 };
	w.counts[1] = 7;
	encodes(&w, 1,
		"{\"text\":\"t\",\"number\":9223372036854775807,\"real\":49.8,\"yes\":true,"
		"\"at\":\"1970-01-01T00:00:00.001Z\",\"id\":\"site_00000000000000000000000004\","
		"\"kind\":\"red\",\"part\":{\"name\":\"p\"},"
		"\"parts\":[{\"name\":\"p\"},{\"name\":\"p\"}],\"texts\":[\"x\"],"
		"\"pairs\":[[0,0.5],[60000,null]],\"counts\":{\"ok\":0,\"not \\\"ok\\\"\":7}}");
	w.parts.len = w.texts.len = w.pairs.len = 0;
	encodes(&w, 1,
		"{\"text\":\"t\",\"number\":9223372036854775807,\"real\":49.8,\"yes\":true,"
		"\"at\":\"1970-01-01T00:00:00.001Z\",\"id\":\"site_00000000000000000000000004\","
		"\"kind\":\"red\",\"part\":{\"name\":\"p\"},\"parts\":[],\"texts\":[],\"pairs\":[],"
		"\"counts\":{\"ok\":0,\"not \\\"ok\\\"\":7}}");
}

TEST(where_only_we_read_words_and_times_are_numbers)
{
	static const char words[] = "{\"kind\":\"green\",\"at\":\"1970-01-01T00:00:00.007Z\"}";
	struct buf b = buf_new(300);
	struct whole w, again;

	assert_int_equal(json_decode(&numbers_schema, words, strlen(words), &mem, &w, &problem), 0);
	json_encode(&numbers_schema, &w, 0, &b);
	assert_non_null(strstr((char *)b.data, "\"at\":7,\"kind\":1,"));
	refused("{\"kind\":1}", ERR_INVALID, "kind", "must be one of the words listed");
	refused("{\"at\":7}", ERR_INVALID, "at", "must be a time like 2026-11-23T09:12:00.000Z");
	buf_clear(&b);
	buf_puts(&b, "{\"at\":7,\"kind\":1}");
	assert_int_equal(json_decode(&numbers_schema, b.data, b.len, &mem, &again, &problem), 0);
	assert_int_equal(again.kind, w.kind);
	assert_int_equal(again.at_ms, w.at_ms);
	buf_clear(&b);
	buf_puts(&b, "{\"kind\":2}");
	assert_int_equal(json_decode(&numbers_schema, b.data, b.len, &mem, &again, &problem),
			 ERR_INVALID);
	buf_done(&b);
}

TEST(a_required_list_is_written_even_if_it_is_absent)
{
	static const struct json_field fields[] = { { "items", JSON_TEXTS, 0, JSON_REQUIRED }, {} };
	static const struct json_schema schema = { "x", sizeof(struct json_list), 0, fields };
	struct json_list list = {};
	struct buf b = buf_new(100);

	json_encode(&schema, &list, 0, &b);
	assert_string_equal((char *)b.data, "{\"items\":[]}");
	buf_done(&b);
}

TEST(texts_leave_as_utf8_without_control_characters)
{
	struct buf b = buf_new(200);

	json_put_text(&b, STR("\"\\/\b\f\n\r\t\x01\x7f\xc2\x85\xe2\x80\xa8\xe2\x80\xa9\xc3\xa4"));
	assert_string_equal((char *)b.data, "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u007f\\u0085"
					    "\\u2028\\u2029\xc3\xa4\"");
	buf_clear(&b);
	json_put_text(&b, STR("a\xff\xed\xa0\x80\0b"));
	assert_string_equal((char *)b.data, "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
					    "\xef\xbf\xbd"
					    "b\"");
	buf_done(&b);
}

TEST(reals_are_short_and_read_back_the_same)
{
	static const struct {
		double value;
		const char *text;
	} rows[] = {
		{ 0.1, "0.1" },
		{ 1.0 / 3, "0.3333333333333333" },
		{ 312.4, "312.4" },
		{ 1e300, "1e+300" },
		{ 5e-324, "4.94065645841247e-324" },
		{ 0.1 + 0.2, "0.30000000000000004" },
		{ 123456789012345680.0, "1.2345678901234568e+17" },
		{ -2, "-2" },
		{ -0.0, "\"real\":0," },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct whole w, again;
		struct buf b = buf_new(300);

		json_init(&whole_schema, &w);
		w.real = rows[i].value;
		json_encode(&open_schema, &w, 0, &b);
		assert_non_null(strstr((char *)b.data, rows[i].text));
		assert_int_equal(json_decode(&open_schema, b.data, b.len, &mem, &again, &problem),
				 0);
		assert_true(again.real == w.real);
		buf_done(&b);
	}
}

TEST(a_buffer_takes_what_just_fits_and_fails_otherwise)
{
	static const char text[] = "{\"text\":null,\"counts\":{\"ok\":0,\"not \\\"ok\\\"\":0}}";

	for (size_t max = 0; max < 2 * sizeof(text); max++) {
		struct buf b = buf_new(max);
		struct whole w;

		json_init(&whole_schema, &w);
		json_encode(&whole_schema, &w, 0, &b);
		assert_int_equal(buf_status(&b), max < strlen(text) ? ERR_TOO_LARGE : 0);
		buf_done(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(every_type_is_read_into_its_member),
		RUN(what_is_not_said_is_absent),
		RUN(what_is_no_json_object_is_told_with_its_place),
		RUN(sixteen_levels_are_the_limit_wherever_brackets_count),
		RUN(what_does_not_fit_is_named_by_its_path),
		RUN(a_path_too_long_is_cut_at_a_code_point),
		RUN(an_open_schema_skips_what_a_newer_peer_adds),
		RUN(absent_members_are_left_out_or_null_as_their_row_says),
		RUN(every_type_is_written_from_its_member),
		RUN(where_only_we_read_words_and_times_are_numbers),
		RUN(a_required_list_is_written_even_if_it_is_absent),
		RUN(texts_leave_as_utf8_without_control_characters),
		RUN(reals_are_short_and_read_back_the_same),
		RUN(a_buffer_takes_what_just_fits_and_fails_otherwise),
	};

	return cmocka_run_group_tests(tests, NULL, free_memory);
}
