#include "base/buf.h"
#include "base/err.h"
#include "base/test.h"

#include <string.h>

#define assert_str(s, text) assert_true(str_eq(s, STR(text)))

TEST(a_split_gives_every_part_and_an_empty_one_behind_a_last_separator)
{
	struct str rest = STR("a,,b,"), part;

	assert_true(str_split(&rest, ',', &part));
	assert_str(part, "a");
	assert_true(str_split(&rest, ',', &part));
	assert_str(part, "");
	assert_true(str_split(&rest, ',', &part));
	assert_str(part, "b");
	assert_true(str_split(&rest, ',', &part));
	assert_str(part, "");
	assert_false(str_split(&rest, ',', &part));
	rest = STR("");
	assert_true(str_split(&rest, ',', &part));
	assert_false(str_split(&rest, ',', &part));
}

TEST(the_first_control_octet_is_found_wherever_it_stands)
{
	char text[20];

	for (int c = 0; c < 256; c++) {
		bool is_control = c < 0x20 || c == 0x7f;

		for (size_t at = 0; at < sizeof(text); at++) {
			memset(text, is_control ? '\n' : 'a', sizeof(text));
			memset(text, 'a', at);
			text[at] = (char)c;
			assert_int_equal(str_plain_len((struct str){ text, sizeof(text) }),
					 is_control ? at : sizeof(text));
			assert_int_equal(str_plain_len((struct str){ text, at }), at);
		}
	}
	assert_int_equal(str_plain_len((struct str){}), 0);
}

TEST(views_compare_trim_and_begin)
{
	assert_true(str_eq(str_of(NULL), STR("")));
	assert_true(str_is(STR("via"), "via"));
	assert_true(str_is((struct str){}, ""));
	assert_false(str_is(STR("via"), "vi"));
	assert_false(str_is(STR("vi"), "via"));
	assert_false(str_is(STR("via\0"), "via"));
	assert_true(str_eq_nocase(STR("Content-Type"), STR("content-tYPE")));
	assert_false(str_eq_nocase(STR("a"), STR("ab")));
	assert_false(str_eq_nocase(STR("\xc4"), STR("\xe4"))); /* ASCII only */
	assert_true(str_starts(STR("abc"), STR("ab")));
	assert_false(str_starts(STR("a"), STR("ab")));
	assert_str(str_trim(STR(" \t a b\t ")), "a b");
	assert_str(str_trim(STR(" \t ")), "");
}

TEST(numbers_are_digits_that_fit)
{
	uint64_t v = 7;

	assert_true(str_to_u64(STR("18446744073709551615"), &v));
	assert_true(v == UINT64_MAX);
	v = 7;
	assert_false(str_to_u64(STR("18446744073709551616"), &v));
	assert_false(str_to_u64(STR(""), &v));
	assert_false(str_to_u64(STR("+1"), &v));
	assert_false(str_to_u64(STR("-1"), &v));
	assert_false(str_to_u64(STR("1 "), &v));
	assert_int_equal(v, 7);
}

TEST(a_buffer_never_passes_its_maximum_and_remembers_that_it_should_have)
{
	struct buf b = buf_new(10);

	buf_puts(&b, "12345");
	buf_printf(&b, "%05d", 42);
	assert_int_equal(buf_status(&b), 0);
	assert_string_equal((char *)b.data, "1234500042");
	buf_putc(&b, 'x');
	assert_int_equal(buf_status(&b), ERR_TOO_LARGE);
	assert_int_equal(b.len, 10);
	buf_clear(&b);
	assert_int_equal(buf_status(&b), 0);
	assert_null(buf_reserve(&b, 11));
	assert_null(buf_reserve(&b, SIZE_MAX));
	buf_putc(&b, 'x'); /* fits, but the failure stays */
	assert_int_equal(b.len, 0);
	buf_done(&b);
	buf_puts(&b, "again");
	assert_str(buf_str(&b), "again");
	buf_wipe(&b);
	assert_int_equal(b.len, 0);
}

TEST(what_is_formatted_fits_or_the_buffer_grows)
{
	struct buf b = buf_new(KIB);

	for (int i = 0; i < 40; i++)
		buf_printf(&b, "%d,%s;", i, "text");
	assert_int_equal(b.len, 10 * 7 + 30 * 8);
	assert_true(str_starts(buf_str(&b), STR("0,text;1,text;2,text;")));
	assert_string_equal((char *)b.data + b.len - 8, "39,text;");
	buf_printf(&b, "%1024d", 1);
	assert_int_equal(buf_status(&b), ERR_TOO_LARGE);
	assert_string_equal((char *)b.data + b.len - 8, "39,text;");
	buf_done(&b);
}

TEST(whole_numbers_are_written_in_decimal)
{
	struct buf b = buf_new(KIB);

	buf_put_i64(&b, 0);
	buf_putc(&b, ' ');
	buf_put_i64(&b, -1);
	buf_putc(&b, ' ');
	buf_put_i64(&b, INT64_MAX);
	buf_putc(&b, ' ');
	buf_put_i64(&b, INT64_MIN);
	assert_str(buf_str(&b), "0 -1 9223372036854775807 -9223372036854775808");
	buf_done(&b);
}

TEST(a_cursor_gives_zeros_after_the_end_and_says_so_once)
{
	static const uint8_t data[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	struct cur c = cur_of(data, sizeof(data));
	uint8_t out[2] = { 9, 9 };

	assert_true(cur_le(&c, 8) == 0x0807060504030201);
	assert_int_equal(cur_le(&c, 2), 0);
	assert_true(c.failed);
	assert_int_equal(cur_le(&c, 1), 0); /* one octet is left, but the failure stays */
	cur_copy(&c, out, sizeof(out));
	assert_int_equal(out[0] | out[1], 0);
	assert_null(cur_take(&c, 0));
	c = cur_of(NULL, 0);
	assert_non_null(cur_take(&c, 0));
	assert_false(c.failed);
}

TEST(little_endian_numbers_read_back)
{
	struct buf b = buf_new(100);
	struct cur c;

	buf_put_le(&b, 0x1122334455667788, 8);
	buf_put_le(&b, 0xabcdef, 3);
	c = cur_of(b.data, b.len);
	assert_true(cur_le(&c, 8) == 0x1122334455667788);
	assert_true(cur_le(&c, 3) == 0xabcdef);
	assert_int_equal(c.left, 0);
	buf_done(&b);
}

/* RFC 4648, section 10. */
TEST(base64_agrees_with_the_vectors_of_rfc_4648)
{
	static const struct {
		const char *plain, *code;
	} vectors[] = { { "", "" },
			{ "f", "Zg==" },
			{ "fo", "Zm8=" },
			{ "foo", "Zm9v" },
			{ "foob", "Zm9vYg==" },
			{ "fooba", "Zm9vYmE=" },
			{ "foobar", "Zm9vYmFy" } };

	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		struct buf b = buf_new(100);
		uint8_t out[16];
		int n;

		buf_put_base64(&b, vectors[i].plain, strlen(vectors[i].plain));
		assert_true(str_eq(buf_str(&b), str_of(vectors[i].code)));
		n = base64_decode(buf_str(&b), out, sizeof(out));
		assert_int_equal(n, strlen(vectors[i].plain));
		assert_memory_equal(out, vectors[i].plain, (size_t)n);
		buf_done(&b);
	}
}

TEST(decoders_take_the_canonical_spelling_alone)
{
	uint8_t out[8];

	assert_int_equal(base64_decode(STR("Zg"), out, 8), ERR_INVALID);
	assert_int_equal(base64_decode(STR("Zh=="), out, 8), ERR_INVALID); /* unused bits */
	assert_int_equal(base64_decode(STR("Z==="), out, 8), ERR_INVALID);
	assert_int_equal(base64_decode(STR("===="), out, 8), ERR_INVALID);
	assert_int_equal(base64_decode(STR("Zg==Zg=="), out, 8), ERR_INVALID);
	assert_int_equal(base64_decode(STR("Zm 9"), out, 8), ERR_INVALID);
	assert_int_equal(base64_decode(STR("Zm\0"
					   "9"),
				       out, 8),
			 ERR_INVALID);
	assert_int_equal(base64_decode(STR("__--"), out, 8), ERR_INVALID);
	assert_int_equal(base64url_decode(STR("__--"), out, 8), 3);
	assert_memory_equal(out, "\xff\xff\xbe", 3);
	assert_int_equal(base64url_decode(STR("Zg=="), out, 8), ERR_INVALID);
	assert_int_equal(base64url_decode(STR("Zg"), out, 8), 1);
	assert_int_equal(base64url_decode(STR("Zm9vYmFy"), out, 5), ERR_INVALID); /* too long */
	assert_int_equal(hex_decode(STR("00ff"), out, 8), 2);
	assert_memory_equal(out, "\x00\xff", 2);
	assert_int_equal(hex_decode(STR("00FF"), out, 8), ERR_INVALID);
	assert_int_equal(hex_decode(STR("0"), out, 8), ERR_INVALID);
	assert_int_equal(hex_decode(STR("0g"), out, 8), ERR_INVALID);
	assert_int_equal(hex_decode(STR("0011"), out, 1), ERR_INVALID);
}

TEST(hex_is_written_in_lower_case)
{
	struct buf b = buf_new(100);

	buf_put_hex(&b, "\x00\xab\xff", 3);
	assert_str(buf_str(&b), "00abff");
	buf_done(&b);
}

TEST(utf8_is_taken_as_rfc_3629_has_it)
{
	assert_true(utf8_valid(STR("")));
	assert_true(utf8_valid(STR("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x96\xa8")));
	assert_false(utf8_valid(STR("a\0b")));
	assert_false(utf8_valid(STR("\x80")));
	assert_false(utf8_valid(STR("\xc3")));             /* cut */
	assert_false(utf8_valid(STR("\xc0\xaf")));         /* overlong */
	assert_false(utf8_valid(STR("\xe0\x80\xaf")));     /* overlong */
	assert_false(utf8_valid(STR("\xed\xa0\x80")));     /* surrogate */
	assert_false(utf8_valid(STR("\xf4\x90\x80\x80"))); /* beyond U+10FFFF */
	assert_false(utf8_valid(STR("\xf8\x88\x80\x80\x80")));
	assert_false(utf8_valid(STR("\xff")));
}

TEST(a_cut_never_divides_a_code_point)
{
	struct str s = STR("a\xe2\x82\xac"
			   "b");

	assert_str(utf8_cut(s, 5), "a\xe2\x82\xac"
				   "b");
	assert_str(utf8_cut(s, 4), "a\xe2\x82\xac");
	assert_str(utf8_cut(s, 3), "a");
	assert_str(utf8_cut(s, 2), "a");
	assert_str(utf8_cut(s, 0), "");
}

TEST(gzip_inflates_what_it_deflated)
{
	struct buf plain = buf_new(MIB), packed = buf_new(MIB), out = buf_new(MIB);

	for (int i = 0; i < 50000; i++)
		buf_printf(&plain, "%d ", i % 977);
	assert_int_equal(gzip_deflate(plain.data, plain.len, &packed), 0);
	assert_true(packed.len < plain.len / 2);
	assert_int_equal(gzip_inflate(packed.data, packed.len, &out), 0);
	assert_true(str_eq(buf_str(&plain), buf_str(&out)));
	buf_done(&plain);
	buf_done(&packed);
	buf_done(&out);
}

TEST(gzip_stops_at_the_limit_and_leaves_the_buffer_as_it_was)
{
	struct buf plain = buf_new(4 * MIB), packed = buf_new(MIB), out = buf_new(65536);

	memset(buf_reserve(&plain, 4 * MIB), 0, 4 * MIB);
	assert_int_equal(gzip_deflate(plain.data, plain.len, &packed), 0);
	buf_puts(&out, "before");
	assert_int_equal(gzip_inflate(packed.data, packed.len, &out), ERR_TOO_LARGE);
	assert_str(buf_str(&out), "before");
	assert_int_equal(buf_status(&out), 0);
	assert_true(out.cap <= 65537);
	buf_done(&plain);
	buf_done(&packed);
	buf_done(&out);
}

TEST(gzip_takes_exactly_one_whole_member)
{
	struct buf packed = buf_new(MIB), out = buf_new(MIB);

	assert_int_equal(gzip_inflate("", 0, &out), ERR_INVALID);
	assert_int_equal(gzip_inflate("plain text", 10, &out), ERR_INVALID);
	assert_int_equal(gzip_deflate("hello", 5, &packed), 0);
	for (size_t len = 0; len < packed.len; len++)
		assert_int_equal(gzip_inflate(packed.data, len, &out), ERR_INVALID);
	assert_int_equal(gzip_inflate(packed.data, packed.len, &out), 0);
	buf_putc(&packed, 0);
	assert_int_equal(gzip_inflate(packed.data, packed.len, &out), ERR_INVALID);
	packed.len--;
	assert_int_equal(gzip_deflate("again", 5, &packed), 0); /* a second member */
	assert_int_equal(gzip_inflate(packed.data, packed.len, &out), ERR_INVALID);
	assert_str(buf_str(&out), "hello");
	buf_done(&packed);
	buf_done(&out);
}

TEST(crc32_is_zlibs)
{
	assert_int_equal(crc32_of("123456789", 9), 0xcbf43926);
	assert_int_equal(crc32_of(NULL, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_split_gives_every_part_and_an_empty_one_behind_a_last_separator),
		RUN(the_first_control_octet_is_found_wherever_it_stands),
		RUN(views_compare_trim_and_begin),
		RUN(numbers_are_digits_that_fit),
		RUN(a_buffer_never_passes_its_maximum_and_remembers_that_it_should_have),
		RUN(what_is_formatted_fits_or_the_buffer_grows),
		RUN(whole_numbers_are_written_in_decimal),
		RUN(a_cursor_gives_zeros_after_the_end_and_says_so_once),
		RUN(little_endian_numbers_read_back),
		RUN(base64_agrees_with_the_vectors_of_rfc_4648),
		RUN(decoders_take_the_canonical_spelling_alone),
		RUN(hex_is_written_in_lower_case),
		RUN(utf8_is_taken_as_rfc_3629_has_it),
		RUN(a_cut_never_divides_a_code_point),
		RUN(gzip_inflates_what_it_deflated),
		RUN(gzip_stops_at_the_limit_and_leaves_the_buffer_as_it_was),
		RUN(gzip_takes_exactly_one_whole_member),
		RUN(crc32_is_zlibs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
