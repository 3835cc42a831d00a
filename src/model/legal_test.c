/* legal_test.c - every text is there as promised, and a name cannot add to what is accepted. */
#include "base/test.h"

#include "base/err.h"
#include "model/legal.h"

#include <string.h>

TEST(R81_each_version_is_there_in_every_language_with_its_own_fingerprint)
{
	for (size_t i = 0; i < legal_rows_len; i++) {
		const struct legal_row *row = &legal_rows[i];
		struct hash h = hash_of(row->text, strlen(row->text));
		char hex[2 * HASH_LEN + 1];

		hash_hex(&h, hex);
		assert_string_equal(row->sha256, hex);
		for (const char *const *l = legal_languages; *l; l++)
			assert_string_equal(legal_get(row->name, row->version, *l)->language, *l);
	}
	assert_int_equal(legal_version(LEGAL_HUB_TERMS), 2);
	assert_int_equal(legal_version(LEGAL_CONNECTOR_AGREEMENT), 2);
	assert_int_equal(legal_version(LEGAL_PRIVACY_POLICY), 3);
	assert_int_equal(legal_version("no-such-text"), 0);
}

TEST(every_text_says_that_it_is_a_template_for_counsel)
{
	for (size_t i = 0; i < legal_rows_len; i++) {
		const char *text = legal_rows[i].text;

		assert_true(strstr(text, "to be reviewed by counsel") ||
			    strstr(text, "à faire relire par un juriste") ||
			    strstr(text, "juristisch zu prüfen"));
	}
}

/* The operator processes, others decide (GDPR Art. 4): said alike wherever it is said at all, and
 * in every text. */
TEST(R77_in_every_text_the_operator_is_the_processor)
{
	static const char *const words[][2] = { { "en", "processor" },
						{ "fr", "sous-traitant" },
						{ "de", "Auftragsverarbeiter" } };

	for (size_t i = 0; i < legal_rows_len; i++) {
		const struct legal_row *row = &legal_rows[i];
		size_t found = 0;

		for (size_t w = 0; w < ARRAY_LEN(words); w++)
			found += strcmp(row->language, words[w][0]) == 0 &&
				 strstr(row->text, words[w][1]);
		if (row->version == legal_version(row->name))
			assert_int_equal(found, 1);
	}
}

TEST(R13_the_hash_is_over_the_text_with_the_name_in_it)
{
	struct buf one = buf_new(LEGAL_TEXT_MAX), other = buf_new(LEGAL_TEXT_MAX);
	struct hash h, k;

	assert_int_equal(legal_fill(LEGAL_CONNECTOR_AGREEMENT, 1, "fr", "ACME", &one, &h), 0);
	assert_int_equal(legal_fill(LEGAL_CONNECTOR_AGREEMENT, 1, "fr", "ACMF", &other, &k), 0);
	assert_null(strstr((const char *)one.data, "{provider}"));
	assert_non_null(strstr((const char *)one.data, "**ACME**"));
	assert_false(hash_eq(&h, &k));
	assert_int_equal(legal_fill(LEGAL_CONNECTOR_AGREEMENT,
				    legal_version(LEGAL_CONNECTOR_AGREEMENT) + 1, "fr", "ACME",
				    &one, &h),
			 ERR_NOT_FOUND);
	buf_done(&one);
	buf_done(&other);
}

TEST(a_name_adds_no_line_to_what_is_accepted)
{
	static const char name[] = "A\nB\r\tC\x7f"
				   "D\xc2\x85"
				   "E\xe2\x80\xa8"
				   "F\xe2\x80\xa9"
				   "G";
	struct buf text = buf_new(LEGAL_TEXT_MAX);
	struct hash h;

	assert_int_equal(legal_fill(LEGAL_HUB_TERMS, 1, "en", name, &text, &h), 0);
	assert_non_null(strstr((const char *)text.data, "**A B  C D E F G**"));
	buf_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(R81_each_version_is_there_in_every_language_with_its_own_fingerprint),
		RUN(every_text_says_that_it_is_a_template_for_counsel),
		RUN(R77_in_every_text_the_operator_is_the_processor),
		RUN(R13_the_hash_is_over_the_text_with_the_name_in_it),
		RUN(a_name_adds_no_line_to_what_is_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
