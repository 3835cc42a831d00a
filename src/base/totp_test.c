/* totp_test.c - against the vectors of RFC 6238, and the secret's text. */
#include "base/test.h"
#include "base/err.h"
#include "base/totp.h"

/* Appendix B, SHA-1, of whose eight digits the last six are ours. */
static const char rfc_secret[] = "12345678901234567890";
static const struct {
	int64_t at_s;
	const char *code;
} rfc[] = {
	{ 59, "287082" },         { 1111111109, "081804" }, { 1111111111, "050471" },
	{ 1234567890, "005924" }, { 2000000000, "279037" }, { 20000000000, "353130" },
};

static const uint8_t *secret(void)
{
	return (const uint8_t *)rfc_secret;
}

TEST(codes_are_those_of_the_rfc)
{
	for (size_t i = 0; i < ARRAY_LEN(rfc); i++) {
		int64_t after = -1;

		assert_true(totp_check(secret(), str_of(rfc[i].code), rfc[i].at_s * 1000, &after));
		assert_int_equal(after, rfc[i].at_s / 30);
	}
}

TEST(a_code_is_good_once_and_for_a_step_more_on_both_sides)
{
	const int64_t at_ms = (int64_t)1111111109 * 1000;
	int64_t after = -1;

	assert_false(totp_check(secret(), STR("081804"), at_ms - 2 * TOTP_STEP_MS, &after));
	assert_false(totp_check(secret(), STR("081804"), at_ms + 2 * TOTP_STEP_MS, &after));
	assert_int_equal(after, -1);
	assert_true(totp_check(secret(), STR("081804"), at_ms + TOTP_STEP_MS, &after));
	assert_false(totp_check(secret(), STR("081804"), at_ms, &after));
	/* An older one that was never used is not good any more either. */
	after = at_ms / TOTP_STEP_MS + 1;
	assert_false(totp_check(secret(), STR("081804"), at_ms, &after));
}

TEST(nothing_else_is_a_code)
{
	static const char *const wrong[] = { "", "081805", "81804", "0818040", "08180 ", "a81804" };
	int64_t after = -1;

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_false(
			totp_check(secret(), str_of(wrong[i]), (int64_t)1111111109 * 1000, &after));
}

TEST(a_secret_reads_back_from_its_text)
{
	uint8_t octets[TOTP_SECRET_LEN], back[TOTP_SECRET_LEN];
	char text[TOTP_TEXT_SIZE];

	totp_text(secret(), text);
	assert_string_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"); /* by base32(1) */
	for (int i = 0; i < 100; i++) {
		totp_make(octets);
		totp_text(octets, text);
		assert_int_equal(totp_parse(str_of(text), back), 0);
		assert_memory_equal(octets, back, sizeof(back));
	}
	assert_int_equal(totp_parse(STR("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ"), back), ERR_INVALID);
	assert_int_equal(totp_parse(STR("gezdgnbvgy3tqojqgezdgnbvgy3tqojq"), back), ERR_INVALID);
	assert_int_equal(totp_parse(STR("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1"), back), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(codes_are_those_of_the_rfc),
		RUN(a_code_is_good_once_and_for_a_step_more_on_both_sides),
		RUN(nothing_else_is_a_code),
		RUN(a_secret_reads_back_from_its_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
