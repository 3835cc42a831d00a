/* password.c - libargon2 with our costs. */
#include "base/password.h"
#include "base/os.h"
#include "base/rand.h"

#include <argon2.h>

#define PASSES     2
#define MEMORY_KIB 19456
#define LANES      1
#define SALT_LEN   16
#define TAG_LEN    32

void password_hash(struct str password, char out[static PASSWORD_HASH_MAX])
{
	uint8_t salt[SALT_LEN];
	int rc;

	assert(password.len <= PASSWORD_MAX);
	rand_bytes(salt, sizeof(salt));
	rc = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password.p, password.len, salt,
				   sizeof(salt), TAG_LEN, out, PASSWORD_HASH_MAX);
	if (rc != ARGON2_OK)
		die("Argon2: %s", argon2_error_message(rc));
}

bool password_check(struct str password, const char *hash)
{
	int rc;

	/* What is longer than any password of ours costs as much as a wrong one. */
	if (password.len > PASSWORD_MAX)
		hash = password_nobody();
	rc = argon2id_verify(hash, password.p,
			     password.len < PASSWORD_MAX ? password.len : PASSWORD_MAX);
	if (rc == ARGON2_MEMORY_ALLOCATION_ERROR)
		die("out of memory");
	return rc == ARGON2_OK;
}

const char *password_nobody(void)
{
	/* To find a password whose tag is all zeros is to break Argon2. */
	return "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA"
	       "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
}
