#include "base/hash.h"
#include "base/test.h"

#include <string.h>

static void assert_hex(struct hash h, const char *expected)
{
	char hex[2 * HASH_LEN + 1];

	hash_hex(&h, hex);
	assert_string_equal(hex, expected);
}

/* FIPS 180-4 examples. */
TEST(sha256_agrees_with_its_standard)
{
	assert_hex(hash_of("abc", 3),
		   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_hex(hash_of(NULL, 0),
		   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_hex(hash_of2("a", 1, "bc", 2),
		   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_hex(hash_of2("abc", 3, NULL, 0),
		   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* RFC 4231, test case 2. */
TEST(hmac_agrees_with_rfc_4231)
{
	static const char data[] = "what do ya want for nothing?";

	assert_hex(hmac_of("Jefe", 4, data, strlen(data)),
		   "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	hmac_of(NULL, 0, data, strlen(data));
}

TEST(secrets_compare_and_vanish)
{
	struct hash a = hash_of("a", 1), b = a;
	uint8_t secret[4] = { 1, 2, 3, 4 };

	assert_true(hash_eq(&a, &b));
	b.b[31] ^= 1;
	assert_false(hash_eq(&a, &b));
	assert_true(secret_eq("abc", "abc", 3));
	assert_false(secret_eq("abc", "abd", 3));
	secret_wipe(secret, sizeof(secret));
	assert_memory_equal(secret, "\0\0\0\0", 4);
	secret_wipe(NULL, 0);
}

TEST(what_comes_in_parts_has_the_sum_of_the_whole)
{
	struct hash_parts *parts = hash_begin();
	struct hash whole = hash_of("abcdef", 6), sum;

	hash_add(parts, "abc", 3);
	hash_add(parts, "", 0);
	hash_add(parts, "def", 3);
	sum = hash_end(&parts);
	assert_null(parts);
	assert_true(hash_eq(&sum, &whole));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(sha256_agrees_with_its_standard),
		RUN(hmac_agrees_with_rfc_4231),
		RUN(secrets_compare_and_vanish),
		RUN(what_comes_in_parts_has_the_sum_of_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
