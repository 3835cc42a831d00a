#include "base/id.h"
#include "base/err.h"
#include "base/test.h"
#include "base/thread.h"

#include <string.h>

TEST(ids_are_uuid_version_7_and_in_the_order_of_their_making)
{
	struct id before = {};

	for (int i = 0; i < 20000; i++) {
		struct id id = id_new();

		assert_int_equal(id.b[6] >> 4, 7);
		assert_int_equal(id.b[8] >> 6, 2);
		assert_true(memcmp(before.b, id.b, sizeof(id.b)) < 0);
		before = id;
	}
}

#define PER_THREAD 5000

static void make(void *arg)
{
	struct id *ids = arg;

	for (int i = 0; i < PER_THREAD; i++)
		ids[i] = id_new();
}

TEST(two_threads_never_make_the_same_first_half)
{
	static struct id a[PER_THREAD], b[PER_THREAD];
	struct thread *t = thread_start("ids", make, a);
	int i = 0, k = 0;

	make(b);
	thread_join(&t);
	while (i < PER_THREAD && k < PER_THREAD) {
		int order = memcmp(a[i].b, b[k].b, 8);

		assert_int_not_equal(order, 0);
		if (order < 0)
			i++;
		else
			k++;
	}
}

TEST(a_text_decodes_to_its_id_in_one_spelling_and_as_its_own_kind_only)
{
	char text[ID_TEXT_MAX], wrong[ID_TEXT_MAX];
	struct id id = id_new(), again = {};

	for (int kind = ID_NONE; kind < ID_KINDS; kind++) {
		id_encode((enum id_kind)kind, id, text);
		assert_true(strlen(text) < ID_TEXT_MAX);
		again = (struct id){};
		assert_int_equal(id_decode((enum id_kind)kind, str_of(text), &again), 0);
		assert_true(id_eq(id, again));
	}
	id_encode(ID_SITE, id, text);
	again = (struct id){};
	assert_int_equal(id_decode(ID_CUST, str_of(text), &again), ERR_INVALID);
	assert_int_equal(id_decode(ID_NONE, str_of(text), &again), ERR_INVALID);
	memcpy(wrong, text, sizeof(text));
	wrong[30] = 'z'; /* the unused bits are not zero */
	assert_int_equal(id_decode(ID_SITE, str_of(wrong), &again), ERR_INVALID);
	memcpy(wrong, text, sizeof(text));
	wrong[5] = 'o'; /* reads as 0, but is not how we write it */
	assert_int_equal(id_decode(ID_SITE, str_of(wrong), &again), ERR_INVALID);
	wrong[4] = '-';
	assert_int_equal(id_decode(ID_SITE, str_of(wrong), &again), ERR_INVALID);
	assert_int_equal(id_decode(ID_SITE, str_of(""), &again), ERR_INVALID);
	assert_true(id_is_zero(again));
}

TEST(crockford_keeps_any_number_of_bits)
{
	static const uint8_t data[17] = { 0xff, 0x00, 0xa5, 0x5a, 0x12, 0x34, 0x56, 0x78, 0x9a,
					  0xbc, 0xde, 0xf0, 0x0f, 0xed, 0xcb, 0xa9, 0x87 };

	for (unsigned bits = 1; bits <= 136; bits++) {
		uint8_t out[17] = {}, expected[17] = {};
		char text[32];

		crockford_encode(data, bits, text);
		assert_int_equal(strlen(text), (bits + 4) / 5);
		assert_int_equal(crockford_decode(str_of(text), bits, out), 0);
		memcpy(expected, data, (bits + 7) / 8);
		if (bits % 8)
			expected[bits / 8] &= (uint8_t)(0xff << (8 - bits % 8));
		assert_memory_equal(out, expected, sizeof(out));
	}
}

TEST(crockford_forgives_what_people_mistake)
{
	uint8_t a[2] = {}, b[2] = {};

	assert_int_equal(crockford_decode(STR("01k"), 15, a), 0);
	assert_int_equal(crockford_decode(STR("OiK"), 15, b), 0);
	assert_memory_equal(a, b, 2);
	assert_int_equal(crockford_decode(STR("oLk"), 15, b), 0);
	assert_memory_equal(a, b, 2);
	assert_int_equal(crockford_decode(STR("01u"), 15, b), ERR_INVALID);
	assert_int_equal(crockford_decode(STR("01-"), 15, b), ERR_INVALID);
	assert_int_equal(crockford_decode(STR("01\0"), 15, b), ERR_INVALID);
	assert_int_equal(crockford_decode(STR("01"), 15, b), ERR_INVALID);
	assert_int_equal(crockford_decode(STR("01kk"), 15, b), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(ids_are_uuid_version_7_and_in_the_order_of_their_making),
		RUN(two_threads_never_make_the_same_first_half),
		RUN(a_text_decodes_to_its_id_in_one_spelling_and_as_its_own_kind_only),
		RUN(crockford_keeps_any_number_of_bits),
		RUN(crockford_forgives_what_people_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
