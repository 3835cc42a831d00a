#include "base/sign.h"
#include "base/err.h"
#include "base/file.h"
#include "base/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/imprimatur-sign-XXXXXX";

static int make_folder(void **state)
{
	return mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
	unlink("key.pem");
	return chdir("/") == 0 && rmdir(dir) == 0 ? 0 : -1;
}

/* RFC 8037, appendix A.3. */
TEST(the_thumbprint_agrees_with_rfc_8037)
{
	char text[THUMBPRINT_LEN + 1];
	uint8_t key[SIGN_KEY_LEN];

	assert_int_equal(base64url_decode(STR("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"), key,
					  sizeof(key)),
			 SIGN_KEY_LEN);
	sign_thumbprint(key, text);
	assert_string_equal(text, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

/* RFC 8032, section 7.1, test 2. */
TEST(a_signature_of_rfc_8032_is_taken)
{
	uint8_t key[SIGN_KEY_LEN], signature[SIGNATURE_LEN];

	assert_int_equal(
		hex_decode(STR("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
			   key, sizeof(key)),
		SIGN_KEY_LEN);
	assert_int_equal(
		hex_decode(STR("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
			       "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
			   signature, sizeof(signature)),
		SIGNATURE_LEN);
	assert_int_equal(sign_check(key, "\x72", 1, signature), 0);
	assert_int_equal(sign_check(key, "\x73", 1, signature), ERR_SIGNATURE);
	signature[0] ^= 1;
	assert_int_equal(sign_check(key, "\x72", 1, signature), ERR_SIGNATURE);
	memset(key, 0xff, sizeof(key)); /* no point of the curve */
	assert_int_equal(sign_check(key, "\x72", 1, signature), ERR_SIGNATURE);
}

TEST(a_key_is_kept_for_its_owner_alone_and_signs_the_same_after_loading)
{
	struct sign_key *k = sign_key_new(), *again = NULL;
	uint8_t a[SIGNATURE_LEN], b[SIGNATURE_LEN], public_key[SIGN_KEY_LEN];
	struct stat st;

	assert_int_equal(sign_key_save(k, "key.pem"), 0);
	assert_int_equal(stat("key.pem", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(sign_key_load("key.pem", &again), 0);
	sign_make(k, "data", 4, a);
	sign_make(again, "data", 4, b);
	assert_memory_equal(a, b, sizeof(a));
	sign_key_public(again, public_key);
	assert_int_equal(sign_check(public_key, "data", 4, a), 0);
	sign_make(k, NULL, 0, a);
	assert_int_equal(sign_check(public_key, NULL, 0, a), 0);
	sign_key_free(&k);
	sign_key_free(&again);
	sign_key_free(&again);
}

TEST(what_is_no_key_of_ours_is_corrupt_and_what_is_absent_says_so)
{
	static const char locked[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END "
				     "ENCRYPTED PRIVATE KEY-----\n";
	static char large[5000];
	struct sign_key *k = NULL;

	assert_int_equal(sign_key_load("absent.pem", &k), -ENOENT);
	assert_int_equal(file_replace("key.pem", "", 0, FILE_PRIVATE), 0);
	assert_int_equal(sign_key_load("key.pem", &k), ERR_CORRUPT);
	assert_int_equal(file_replace("key.pem", locked, strlen(locked), FILE_PRIVATE), 0);
	assert_int_equal(sign_key_load("key.pem", &k), ERR_CORRUPT);
	assert_int_equal(file_replace("key.pem", large, sizeof(large), FILE_PRIVATE), 0);
	assert_int_equal(sign_key_load("key.pem", &k), ERR_CORRUPT);
	assert_null(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(the_thumbprint_agrees_with_rfc_8037),
		RUN(a_signature_of_rfc_8032_is_taken),
		RUN(a_key_is_kept_for_its_owner_alone_and_signs_the_same_after_loading),
		RUN(what_is_no_key_of_ours_is_corrupt_and_what_is_absent_says_so),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
