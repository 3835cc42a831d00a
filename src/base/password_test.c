#include "base/password.h"
#include "base/test.h"

#include <string.h>

TEST(a_password_opens_its_own_hash_only)
{
	char a[PASSWORD_HASH_MAX], b[PASSWORD_HASH_MAX];

	password_hash(STR("correct horse"), a);
	password_hash(STR("correct horse"), b);
	assert_string_not_equal(a, b); /* the salt */
	assert_true(str_starts(str_of(a), STR("$argon2id$v=19$m=19456,t=2,p=1$")));
	assert_true(password_check(STR("correct horse"), a));
	assert_false(password_check(STR("correct horsE"), a));
	assert_false(password_check(STR(""), a));
	assert_false(password_check(STR("x"), "no hash"));
}

TEST(nobody_has_a_hash_of_the_right_form)
{
	char text[PASSWORD_HASH_MAX];

	password_hash(STR("x"), text);
	assert_int_equal(strlen(text), strlen(password_nobody()));
	assert_false(password_check(STR("x"), password_nobody()));
	assert_false(password_check(STR(""), password_nobody()));
}

TEST(a_text_longer_than_any_password_is_no_password)
{
	char hash[PASSWORD_HASH_MAX], text[PASSWORD_MAX + 1];

	memset(text, 'x', sizeof(text));
	password_hash((struct str){ text, PASSWORD_MAX }, hash);
	assert_true(password_check((struct str){ text, PASSWORD_MAX }, hash));
	assert_false(password_check((struct str){ text, PASSWORD_MAX + 1 }, hash));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_password_opens_its_own_hash_only),
		RUN(nobody_has_a_hash_of_the_right_form),
		RUN(a_text_longer_than_any_password_is_no_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
