/* packed_test.c - what is packed comes back, whichever version of the rows packed it. */
#include "base/packed.h"
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
	int64_t number, at_ms;
	double real;
	enum json_bool yes;
	struct id id;
	int kind;
	struct part *part;
	struct json_list parts, texts;
};

static const char *const kinds[] = { "red", "green", NULL };
static const char *const one_kind[] = { "red", NULL };

/* clang-format off */
static const struct json_field part_fields[] = {
	{ "name",  JSON_TEXT, offsetof(struct part, name) },
	{ "count", JSON_INT,  offsetof(struct part, count) },
	{}
};
static const struct json_schema part_schema = { "part", sizeof(struct part), 0, part_fields };

static const struct json_field fields[] = {
	{ "text",   JSON_TEXT,   offsetof(struct whole, text) },
	{ "number", JSON_INT,    offsetof(struct whole, number) },
	{ "at",     JSON_TIME,   offsetof(struct whole, at_ms) },
	{ "real",   JSON_REAL,   offsetof(struct whole, real) },
	{ "yes",    JSON_BOOL,   offsetof(struct whole, yes) },
	{ "id",     JSON_ID,     offsetof(struct whole, id),    .min = ID_SITE },
	{ "kind",   JSON_ENUM,   offsetof(struct whole, kind),  .names = kinds },
	{ "part",   JSON_OBJECT, offsetof(struct whole, part),  .sub = &part_schema },
	{ "parts",  JSON_LIST,   offsetof(struct whole, parts), .sub = &part_schema },
	{ "texts",  JSON_TEXTS,  offsetof(struct whole, texts) },
	{}
};
/* Another version: most rows are gone, the others stand elsewhere. */
static const struct json_field other_fields[] = {
	{ "texts",  JSON_TEXTS,  offsetof(struct whole, texts) },
	{ "new",    JSON_INT,    offsetof(struct whole, at_ms) },
	{ "number", JSON_INT,    offsetof(struct whole, number) },
	{}
};
static const struct json_field fewer_words[] = {
	{ "kind",   JSON_ENUM,   offsetof(struct whole, kind),  .names = one_kind },
	{}
};
/* clang-format on */
static const struct json_schema schema = { "whole", sizeof(struct whole), 0, fields };
static const struct json_schema other = { "other", sizeof(struct whole), 0, other_fields };
static const struct json_schema fewer = { "fewer", sizeof(struct whole), 0, fewer_words };

static struct arena mem;
static struct buf packed;

static int set_up(void **state)
{
	packed = buf_new(64 * KIB);
	return 0;
}

static int tear_down(void **state)
{
	buf_done(&packed);
	arena_done(&mem);
	return 0;
}

static void pack(const struct whole *w)
{
	buf_clear(&packed);
	packed_encode(&schema, w, &packed);
	assert_int_equal(buf_status(&packed), 0);
	assert_true(is_packed(buf_str(&packed)));
}

static int unpack(const struct json_schema *s, struct whole *ret)
{
	return packed_decode(s, buf_str(&packed), &mem, ret);
}

static struct part parts[] = { { "a", 1 }, { NULL, JSON_ABSENT_INT }, { "", -7 } };

static struct whole full(void)
{
	static void *items[] = { &parts[0], &parts[1], &parts[2] };
	static char empty[] = "", long_text[] = "a text of more than twenty-three octets";
	static void *texts[] = { empty, long_text };

	return (struct whole){
		.text = "Stra\xc3\x9f"
			"e \"1\"\n",
		.number = INT64_MAX,
		.at_ms = 1764000000123,
		.real = 0.1,
		.yes = JSON_FALSE,
		.id = { { 1, 2, 3, [15] = 0xff } },
		.kind = 1,
		.part = &parts[0],
		.parts = { items, 3 },
		.texts = { texts, 2 },
	};
}

/* The same as JSON has it. */
static void assert_same(const struct whole *a, const struct whole *b)
{
	struct buf left = buf_new(64 * KIB), right = buf_new(64 * KIB);

	json_encode(&schema, a, 0, &left);
	json_encode(&schema, b, 0, &right);
	assert_string_equal((char *)left.data, (char *)right.data);
	buf_done(&left);
	buf_done(&right);
}

TEST(every_type_comes_back)
{
	struct whole w = full(), again;

	pack(&w);
	assert_int_equal(unpack(&schema, &again), 0);
	assert_same(&w, &again);
	assert_true(again.real == 0.1);
}

TEST(numbers_come_back_to_the_last_one)
{
	static const int64_t numbers[] = {
		0,     23,     -1,         -24,        -25, 255,       256,          65535,
		65536, -65537, 4294967295, 4294967296, -1,  INT64_MAX, INT64_MIN + 1
	};
	static const double reals[] = { 0, -0.0, 1e308, -5e-324, 1.0 / 3 };
	struct whole w, again;

	json_init(&schema, &w);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		w.number = numbers[i];
		pack(&w);
		assert_int_equal(unpack(&schema, &again), 0);
		assert_true(again.number == numbers[i]);
	}
	for (size_t i = 0; i < sizeof(reals) / sizeof(*reals); i++) {
		w.real = reals[i];
		pack(&w);
		assert_int_equal(unpack(&schema, &again), 0);
		assert_true(again.real == reals[i]);
	}
}

TEST(what_is_absent_stays_absent)
{
	struct whole w, again = full();

	json_init(&schema, &w);
	pack(&w);
	assert_int_equal(packed.len, 2); /* a map with nothing in it */
	assert_int_equal(unpack(&schema, &again), 0);
	assert_null(again.text);
	assert_true(again.number == JSON_ABSENT_INT);
	assert_true(isnan(again.real));
	assert_int_equal(again.yes, JSON_UNSAID);
	assert_int_equal(again.kind, -1);
	assert_true(id_is_zero(again.id));
	assert_null(again.part);
	assert_null(again.parts.items);
}

TEST(an_empty_list_is_not_an_absent_one)
{
	static void *none[1];
	struct whole w, again;

	json_init(&schema, &w);
	w.parts = (struct json_list){ none, 0 };
	pack(&w);
	assert_int_equal(unpack(&schema, &again), 0);
	assert_non_null(again.parts.items);
	assert_int_equal(again.parts.len, 0);
}

TEST(rows_may_come_go_and_change_places)
{
	struct whole w = full(), again;

	pack(&w);
	assert_int_equal(unpack(&other, &again), 0);
	assert_true(again.number == INT64_MAX);
	assert_int_equal(again.texts.len, 2);
	assert_true(again.at_ms == JSON_ABSENT_INT);
}

TEST(a_word_that_is_gone_is_refused)
{
	struct whole w, again;

	json_init(&schema, &w);
	w.kind = 1;
	pack(&w);
	assert_int_equal(unpack(&fewer, &again), ERR_CORRUPT);
}

TEST(what_is_cut_short_or_longer_is_refused)
{
	struct whole w = full(), again;

	pack(&w);
	for (size_t len = 0; len < packed.len; len++) {
		/* Its own memory: reading beyond the end would be seen. */
		const char *cut = arena_dup(&mem, packed.data, len);

		assert_int_equal(packed_decode(&schema, (struct str){ cut, len }, &mem, &again),
				 ERR_CORRUPT);
	}
	buf_putc(&packed, 0);
	assert_int_equal(unpack(&schema, &again), ERR_CORRUPT);
}

TEST(no_octet_makes_it_read_elsewhere)
{
	struct whole w = full(), again;
	size_t refused = 0;

	pack(&w);
	for (size_t at = 0; at < packed.len; at++) {
		const uint8_t right = packed.data[at];

		for (int wrong = 0; wrong < 256; wrong++) {
			packed.data[at] = (uint8_t)wrong;
			refused += unpack(&schema, &again) < 0;
			refused += unpack(&other, &again) < 0;
		}
		packed.data[at] = right;
		arena_done(&mem);
	}
	assert_true(refused > 1000);
}

/* A list of 2^60 of something; a map in a map in a map. */
TEST(counts_and_depth_are_no_way_to_memory)
{
	static const char huge[] = "\xbf\x65texts\x9b\x10\0\0\0\0\0\0\0\x60\xff";
	struct whole again;

	buf_put(&packed, huge, sizeof(huge) - 1);
	assert_int_equal(unpack(&schema, &again), ERR_CORRUPT);
	buf_clear(&packed);
	buf_puts(&packed, "\xbf\x61x");
	for (int i = 0; i < 10000; i++)
		buf_puts(&packed, "\xbf\x61x");
	assert_int_equal(unpack(&schema, &again), ERR_CORRUPT);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(every_type_comes_back),
		CASE(numbers_come_back_to_the_last_one),
		CASE(what_is_absent_stays_absent),
		CASE(an_empty_list_is_not_an_absent_one),
		CASE(rows_may_come_go_and_change_places),
		CASE(a_word_that_is_gone_is_refused),
		CASE(what_is_cut_short_or_longer_is_refused),
		CASE(no_octet_makes_it_read_elsewhere),
		CASE(counts_and_depth_are_no_way_to_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
