#include "base/seal.h"
#include "base/err.h"
#include "base/test.h"

#include <string.h>

static const struct seal_key key = { "0123456789abcdef0123456789abcde" };

/* McGrew, Viega, "The Galois/Counter Mode of Operation", test case 14. */
TEST(a_box_of_the_standard_opens)
{
	static const struct seal_key zeros;
	struct buf out = buf_new(100);
	uint8_t box[44];

	assert_int_equal(hex_decode(STR("000000000000000000000000cea7403d4d606b6e074ec5d3baf39d18"
					"d0d1c8a799996bf0265b98b5d48ab919"),
				    box, sizeof(box)),
			 sizeof(box));
	assert_int_equal(unseal(&zeros, STR(""), box, sizeof(box), &out), 0);
	assert_int_equal(out.len, 16);
	assert_memory_equal(out.data, zeros.b, 16);
	buf_done(&out);
}

TEST(boxes_open_where_they_were_made_and_never_look_the_same)
{
	struct buf a = buf_new(100), b = buf_new(100), out = buf_new(100);

	seal(&key, STR("site:1"), "name", 4, &a);
	seal(&key, STR("site:1"), "name", 4, &b);
	assert_int_equal(a.len, 4 + SEAL_OVERHEAD);
	assert_memory_not_equal(a.data, b.data, a.len);
	buf_puts(&out, "his ");
	assert_int_equal(unseal(&key, STR("site:1"), a.data, a.len, &out), 0);
	assert_string_equal((char *)out.data, "his name");
	assert_int_equal(unseal(&key, STR("site:2"), a.data, a.len, &out), ERR_CORRUPT);
	assert_string_equal((char *)out.data, "his name");
	buf_clear(&a);
	seal(&key, STR(""), NULL, 0, &a);
	assert_int_equal(unseal(&key, STR(""), a.data, a.len, &out), 0);
	buf_done(&a);
	buf_done(&b);
	buf_done(&out);
}

TEST(a_box_altered_in_any_bit_or_cut_anywhere_does_not_open)
{
	struct buf box = buf_new(100), out = buf_new(100);

	seal(&key, STR("aad"), "text", 4, &box);
	for (size_t bit = 0; bit < box.len * 8; bit++) {
		box.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(unseal(&key, STR("aad"), box.data, box.len, &out), ERR_CORRUPT);
		box.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t len = 0; len < box.len; len++)
		assert_int_equal(unseal(&key, STR("aad"), box.data, len, &out), ERR_CORRUPT);
	assert_int_equal(out.len, 0);
	assert_int_equal(unseal(&key, STR("aad"), box.data, box.len, &out), 0);
	buf_done(&box);
	buf_done(&out);
}

TEST(a_buffer_too_small_fails_and_gets_nothing)
{
	struct buf small = buf_new(SEAL_OVERHEAD + 3), box = buf_new(100), out = buf_new(3);

	seal(&key, STR(""), "text", 4, &small);
	assert_int_equal(buf_status(&small), ERR_TOO_LARGE);
	assert_int_equal(small.len, 0);
	seal(&key, STR(""), "text", 4, &box);
	assert_int_equal(unseal(&key, STR(""), box.data, box.len, &out), ERR_TOO_LARGE);
	assert_int_equal(out.len, 0);
	buf_done(&small);
	buf_done(&box);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_box_of_the_standard_opens),
		RUN(boxes_open_where_they_were_made_and_never_look_the_same),
		RUN(a_box_altered_in_any_bit_or_cut_anywhere_does_not_open),
		RUN(a_buffer_too_small_fails_and_gets_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
