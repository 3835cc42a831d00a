/* home.c - see home.h. */
#include "connector/home.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/rand.h"
#include "model/legal.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX (4 * MIB) /* counters.json of 20,000 devices */
#define TEXT_MAX 400

/* clang-format off */
#define AT(member) offsetof(struct state, member)
static const struct json_field state_fields[] = {
	{ "site_id",		JSON_ID,	AT(site_id), JSON_REQUIRED, .min = ID_SITE },
	{ "connector_id",	JSON_ID,	AT(connector_id), JSON_REQUIRED, .min = ID_CONN },
	{ "provider",		JSON_TEXT,	AT(provider), .max = TEXT_MAX },
	{ "customer",		JSON_TEXT,	AT(customer), .max = TEXT_MAX },
	{ "site",		JSON_TEXT,	AT(site), .max = TEXT_MAX },
	{ "region",		JSON_TEXT,	AT(region), .max = TEXT_MAX },
	{ "poll_hold_s",	JSON_INT,	AT(poll_hold_s), .min = 1, .max = 600 },
	{ "schema_min",		JSON_INT,	AT(schema_min), .min = 1, .max = 1000000 },
	{ "schema_max",		JSON_INT,	AT(schema_max), .min = 1, .max = 1000000 },
	{ "enrolled_at",	JSON_TIME,	AT(enrolled_at_ms), .flags = 0 },
	{ "key_made_at",	JSON_TIME,	AT(key_made_at_ms), .flags = 0 },
	{ "commands_after",	JSON_INT,	AT(commands_after), .max = INT64_MAX },
	{ "permissions_told",	JSON_INT,	AT(permissions_told), .max = INT64_MAX },
	{ "revoked_at",		JSON_TIME,	AT(revoked_at_ms), .flags = 0 },
	{ "replaced",		JSON_BOOL,	AT(replaced), .flags = 0 },
	{ "copied_at",		JSON_TIME,	AT(copied_at_ms), .flags = 0 },
	{}
};
const struct json_schema state_schema = {
	"ConnectorState", sizeof(struct state), JSON_OPEN, state_fields
};
#undef AT

#define AT(member) offsetof(struct consent, member)
static const struct json_field consent_fields[] = {
	{ "provider",		JSON_TEXT,	AT(provider), .max = TEXT_MAX },
	{ "customer",		JSON_TEXT,	AT(customer), .max = TEXT_MAX },
	{ "site",		JSON_TEXT,	AT(site), .max = TEXT_MAX },
	{ "region",		JSON_TEXT,	AT(region), .max = TEXT_MAX },
	{ "version",		JSON_INT,	AT(version), JSON_REQUIRED, .min = 1, .max = 1000000 },
	{ "language",		JSON_TEXT,	AT(language), .max = 16 },
	{ "sha256",		JSON_TEXT,	AT(sha256), JSON_REQUIRED, .max = 2 * HASH_LEN },
	{ "accepted_at",	JSON_TIME,	AT(accepted_at_ms), .flags = JSON_REQUIRED },
	{ "unattended",		JSON_BOOL,	AT(unattended), .flags = 0 },
	{ "withdrawn_at",	JSON_TIME,	AT(withdrawn_at_ms), .flags = 0 },
	{ "text",		JSON_TEXT,	AT(text), .max = LEGAL_TEXT_MAX },
	{}
};
const struct json_schema consent_schema = {
	"Consent", sizeof(struct consent), JSON_OPEN, consent_fields
};
#undef AT
/* clang-format on */

int home_path(const char *dir, const char *name, char ret_path[static HOME_PATH_MAX])
{
	int n = snprintf(ret_path, HOME_PATH_MAX, "%s/%s", dir, name);

	/* Room for what is put behind it: ".new", ".lock", a segment's name. */
	return n < 0 || n > HOME_PATH_MAX - 64 ? ERR_INVALID : 0;
}

static int save(const char *dir, const char *name, const struct json_schema *schema, const void *in,
		bool in_place)
{
	struct buf out = buf_new(FILE_MAX);
	char path[HOME_PATH_MAX];
	int rc;

	json_encode(schema, in, 0, &out);
	buf_putc(&out, '\n');
	rc = buf_status(&out);
	if (rc == 0)
		rc = home_path(dir, name, path);
	if (rc == 0)
		rc = file_replace(path, out.data, out.len, FILE_PRIVATE);
	if (rc == -ENOSPC && in_place)
		rc = file_overwrite(path, out.data, out.len);
	buf_done(&out);
	return rc;
}

int home_save(const char *dir, const char *name, const struct json_schema *schema, const void *in)
{
	return save(dir, name, schema, in, false);
}

int home_show(const char *dir, const char *name, const struct json_schema *schema, const void *in)
{
	return save(dir, name, schema, in, true);
}

int home_load(const char *dir, const char *name, const struct json_schema *schema,
	      struct arena *mem, void *out)
{
	struct buf text = buf_new(FILE_MAX);
	struct json_problem problem;
	char path[HOME_PATH_MAX];
	int rc;

	rc = home_path(dir, name, path);
	if (rc == 0)
		rc = file_read(path, &text);
	if (rc == 0 && json_decode(schema, text.data, text.len, mem, out, &problem) < 0)
		rc = ERR_CORRUPT;
	buf_done(&text);
	return rc;
}

int home_secret_load(const char *dir, uint8_t ret_secret[static SITE_SECRET_LEN])
{
	struct buf hex = buf_new(2 * SITE_SECRET_LEN + 2);
	char path[HOME_PATH_MAX];
	int rc;

	rc = home_path(dir, HOME_SECRET, path);
	if (rc == 0)
		rc = file_read(path, &hex);
	if (rc == 0 &&
	    hex_decode(str_trim((struct str){ (const char *)hex.data, hex.len > 2 * SITE_SECRET_LEN
									      ? 2 * SITE_SECRET_LEN
									      : hex.len }),
		       ret_secret, SITE_SECRET_LEN) != SITE_SECRET_LEN)
		rc = ERR_CORRUPT;
	buf_wipe(&hex);
	return rc;
}

int home_secret_make(const char *dir)
{
	struct buf hex = buf_new(2 * SITE_SECRET_LEN + 1);
	uint8_t secret[SITE_SECRET_LEN];
	char path[HOME_PATH_MAX];
	int rc;

	rand_bytes(secret, sizeof(secret));
	buf_put_hex(&hex, secret, sizeof(secret));
	buf_putc(&hex, '\n');
	rc = home_path(dir, HOME_SECRET, path);
	if (rc == 0)
		rc = file_replace(path, hex.data, hex.len, FILE_PRIVATE);
	secret_wipe(secret, sizeof(secret));
	buf_wipe(&hex);
	return rc;
}

bool home_is_running(const char *dir)
{
	struct file_lock *lock = NULL;
	char path[HOME_PATH_MAX];
	int rc;

	if (home_path(dir, HOME_LOCK, path) < 0 || !file_exists(path))
		return false;
	rc = file_lock_take(path, &lock);
	file_lock_free(&lock);
	return rc == -EWOULDBLOCK;
}
