/* provider_store.c - rows of provider and person. */
#include "hub/provider/provider.h"

#include "base/clock.h"
#include "db/keyring.h"
#include "db/seal_row.h"
#include <string.h>

#define PROVIDERS_MAX 100000

struct provider_texts {
	const char *name;
};

struct person_texts {
	const char *email, *name;
	int language;
};

/* clang-format off */
static const struct json_field provider_fields[] = {
	{ "name", JSON_TEXT, offsetof(struct provider_texts, name), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema provider_sealed = {
	"provider_sealed", sizeof(struct provider_texts), JSON_OPEN, provider_fields
};

static const struct json_field person_fields[] = {
	{ "email", JSON_TEXT, offsetof(struct person_texts, email), .flags = JSON_REQUIRED },
	{ "name", JSON_TEXT, offsetof(struct person_texts, name), .flags = JSON_REQUIRED },
	{ "language", JSON_ENUM, offsetof(struct person_texts, language), .names = hub_language_names },
	{}
};
static const struct json_schema person_sealed = {
	"person_sealed", sizeof(struct person_texts), JSON_OPEN, person_fields
};
/* clang-format on */

QUERY(q_name, "provider_name", "SELECT sealed FROM provider WHERE provider_id = :provider");
QUERY(q_insert, "provider_insert",
      "INSERT INTO provider (provider_id, created_ms, change_seq, change_hash, operator, sealed) "
      "VALUES (:provider, :now, 0, :hash, :operator, :sealed)");
QUERY(q_operator, "system_operator", "SELECT provider_id FROM provider WHERE operator = 1");
QUERY(q_all, "system_providers", "SELECT provider_id FROM provider ORDER BY provider_id");
QUERY(q_person, "person_by_id",
      "SELECT role, sealed FROM person WHERE provider_id = :provider AND user_id = :user");
QUERY(q_persons, "person_list",
      "SELECT p.user_id, p.role, p.sealed, p.created_ms, "
      "(SELECT MAX(l.created_ms) FROM login l "
      "WHERE l.provider_id = p.provider_id AND l.user_id = p.user_id) "
      "FROM person p WHERE p.provider_id = :provider AND p.user_id > :after "
      "ORDER BY p.user_id LIMIT :max");
QUERY(q_person_insert, "person_insert",
      "INSERT INTO person (provider_id, user_id, email_hash, role, created_ms, password, sealed) "
      "VALUES (:provider, :user, :email, :role, :now, :password, :sealed)");
QUERY(q_person_delete, "person_delete",
      "DELETE FROM person WHERE provider_id = :provider AND user_id = :user");
QUERY(q_by_email, "system_person_by_email",
      "SELECT provider_id, user_id, role, password FROM person WHERE email_hash = :email");

int provider_name(struct tenant_db *db, struct arena *mem, const char **ret_name)
{
	struct stmt *st = tenant_query(db, &q_name);
	struct row_key row = row_key("provider");
	struct provider_texts texts = {};
	bool found = stmt_row(st);
	int rc;

	if (found)
		col_sealed(st, 0, &row, &provider_sealed, mem, &texts);
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	if (!found)
		return ERR_NOT_FOUND;
	*ret_name = texts.name;
	return 0;
}

int person_get(struct tenant_db *db, struct arena *mem, struct id id, struct person *ret_person)
{
	struct stmt *st = tenant_query(db, &q_person);
	struct row_key row = row_key_of("person", id);
	struct person_texts texts = {};
	struct person p = { .id = id };
	bool found;
	int rc;

	stmt_id(st, ":user", id);
	found = stmt_row(st);
	if (found) {
		p.role = (int)col_i64(st, 0);
		col_sealed(st, 1, &row, &person_sealed, mem, &texts);
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	if (!found)
		return ERR_NOT_FOUND;
	p.email = texts.email;
	p.name = texts.name;
	p.language = texts.language;
	*ret_person = p;
	return 0;
}

int person_name(struct tenant_db *db, struct arena *mem, struct id id, const char **ret_name)
{
	struct person person;
	int rc = person_get(db, mem, id, &person);

	if (rc == 0)
		*ret_name = person.name;
	return rc == ERR_NOT_FOUND ? 0 : rc;
}

const char *role_name(int role)
{
	static const char *const names[] = { [ROLE_OWNER] = "owner", [ROLE_SUPPORT] = "support" };

	return role == ROLE_OWNER || role == ROLE_SUPPORT ? names[role] : NULL;
}

int person_list(struct tenant_db *db, struct arena *mem, struct id after, size_t max,
		struct person_row **ret_rows, size_t *ret_len)
{
	struct person_row *rows = ARENA_ARRAY(mem, struct person_row, max);
	struct stmt *st = tenant_query(db, &q_persons);
	size_t len = 0;
	int rc;

	stmt_blob(st, ":after", after.b, sizeof(after.b));
	stmt_i64(st, ":max", (int64_t)max);
	for (; len < max && stmt_row(st); len++) {
		struct id id = col_id(st, 0);
		struct row_key row = row_key_of("person", id);
		struct person_texts texts = {};

		col_sealed(st, 2, &row, &person_sealed, mem, &texts);
		rows[len] = (struct person_row){
			.person = { id, (int)col_i64(st, 1), texts.email, texts.name,
				    texts.language },
			.created_ms = col_i64(st, 3),
			.login_ms = col_i64_or(st, 4, JSON_ABSENT_INT),
		};
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	*ret_rows = rows;
	*ret_len = len;
	return 0;
}

int person_by_email(struct system_db *db, const struct hash *email, struct person_found *ret_person)
{
	struct stmt *st = system_query(db, &q_by_email);
	struct person_found p = {};
	bool found;
	int rc;

	stmt_hash(st, ":email", email);
	found = stmt_row(st);
	if (found) {
		const char *password = NULL;

		p.provider = col_id(st, 0);
		p.id = col_id(st, 1);
		p.role = (int)col_i64(st, 2);
		password = col_text(st, 3);
		if (!password || strlen(password) >= sizeof(p.password))
			stmt_fail(st, ERR_CORRUPT);
		else
			memcpy(p.password, password, strlen(password));
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	if (!found)
		return ERR_NOT_FOUND;
	*ret_person = p;
	return 0;
}

int provider_list(struct system_db *db, struct arena *mem, struct id **ret_ids, size_t *ret_len)
{
	struct stmt *st = system_query(db, &q_all);
	struct id *ids = NULL;
	size_t len = 0, cap = 0;
	int rc;

	while (stmt_row(st)) {
		if (len == cap) {
			struct id *more = ARENA_ARRAY(mem, struct id, cap ? 2 * cap : 16);

			if (len)
				memcpy(more, ids, len * sizeof(*ids));
			ids = more;
			cap = cap ? 2 * cap : 16;
		}
		ids[len++] = col_id(st, 0);
		if (len == PROVIDERS_MAX)
			stmt_fail(st, ERR_TOO_LARGE);
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	*ret_ids = ids;
	*ret_len = len;
	return 0;
}

/* Names lie sealed, so the one that is meant is found by opening each: for the command line only.
 */
static int find_by_name(struct system_db *db, struct arena *mem, const char *name,
			struct id *ret_id)
{
	struct id *ids = NULL, support = {};
	size_t len = 0;
	int rc = provider_operator(db, &support);

	if (rc == 0 || rc == ERR_NOT_FOUND)
		rc = provider_list(db, mem, &ids, &len);
	for (size_t i = 0; i < len && rc == 0; i++) {
		const char *have = NULL;

		if (id_eq(ids[i], support))
			continue;
		rc = provider_name(system_tenant(db, ids[i]), mem, &have);
		if (rc == 0 && strcmp(have, name) == 0) {
			*ret_id = ids[i];
			return 0;
		}
	}
	return rc < 0 ? rc : ERR_NOT_FOUND;
}

static int make_provider(struct system_db *db, const char *name, bool is_operator, struct id id)
{
	struct tenant_db *tenant = system_tenant(db, id);
	struct row_key row = row_key("provider");
	struct hash genesis = change_genesis(id);
	struct provider_texts texts = { name };
	struct stmt *st;
	int rc;

	rc = tenant_make_key(tenant, (struct id){});
	if (rc < 0)
		return rc;
	st = tenant_query(tenant, &q_insert);
	stmt_i64(st, ":now", clock_wall_ms());
	stmt_hash(st, ":hash", &genesis);
	stmt_i64(st, ":operator", is_operator);
	stmt_sealed(st, ":sealed", (struct id){}, &row, &provider_sealed, &texts);
	rc = stmt_run(st);
	if (rc < 0)
		return rc;
	return change_write(tenant, &(struct change_in){ .verb = CHANGE_PROVIDER_MADE,
							 .actor_kind = ACTOR_OPERATOR,
							 .object_kind = ID_PROV,
							 .object = id });
}

static int make_person(struct tenant_db *db, const struct provider_user_in *in, enum role role,
		       struct id id)
{
	struct row_key row = row_key_of("person", id);
	struct person_texts texts = { in->email, in->name, in->language };
	struct stmt *st = tenant_query(db, &q_person_insert);
	int rc;

	stmt_id(st, ":user", id);
	stmt_hash(st, ":email", &in->email_hash);
	stmt_i64(st, ":role", role);
	stmt_i64(st, ":now", clock_wall_ms());
	stmt_text(st, ":password", in->password);
	stmt_sealed(st, ":sealed", (struct id){}, &row, &person_sealed, &texts);
	rc = stmt_run(st);
	if (rc < 0)
		return rc;
	return change_write(db, &(struct change_in){ .verb = CHANGE_USER_ADDED,
						     .actor_kind = ACTOR_OPERATOR,
						     .object_kind = ID_USER,
						     .object = id });
}

int provider_add_user(struct system_db *db, struct arena *mem, const struct provider_user_in *in,
		      struct id *ret_provider, struct id *ret_user)
{
	struct id provider, user = id_new();
	int rc = find_by_name(db, mem, in->provider, &provider);

	if (rc == ERR_NOT_FOUND) {
		provider = id_new();
		rc = make_provider(db, in->provider, false, provider);
	}
	if (rc == 0)
		rc = make_person(system_tenant(db, provider), in, ROLE_OWNER, user);
	if (rc < 0)
		return rc;
	*ret_provider = provider;
	*ret_user = user;
	return 0;
}

int provider_operator(struct system_db *db, struct id *ret_provider)
{
	struct stmt *st = system_query(db, &q_operator);
	bool found = stmt_row(st);
	struct id id = found ? col_id(st, 0) : (struct id){};
	int rc = stmt_end(st);

	if (rc < 0)
		return rc;
	if (!found)
		return ERR_NOT_FOUND;
	*ret_provider = id;
	return 0;
}

int provider_add_support(struct system_db *db, struct arena *mem, const struct provider_user_in *in,
			 struct id *ret_user)
{
	struct id provider, user = id_new();
	int rc = provider_operator(db, &provider);

	if (rc == ERR_NOT_FOUND) {
		provider = id_new();
		rc = make_provider(db, in->provider, true, provider);
	}
	if (rc == 0)
		rc = make_person(system_tenant(db, provider), in, ROLE_SUPPORT, user);
	if (rc < 0)
		return rc;
	*ret_user = user;
	return 0;
}

int person_remove(struct tenant_db *db, struct id id)
{
	struct stmt *st = tenant_query(db, &q_person_delete);
	int rc;

	stmt_id(st, ":user", id);
	rc = stmt_run(st);
	if (rc < 0)
		return rc;
	return rc == 0 ? ERR_NOT_FOUND : 0;
}

bool email_fold(struct str text, char out[static EMAIL_MAX_LEN + 1])
{
	size_t at = 0, ats = 0;

	text = str_trim(text);
	if (text.len < 3 || text.len > EMAIL_MAX_LEN)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c <= ' ' || c == 0x7f)
			return false;
		if (c == '@') {
			at = i;
			ats++;
		}
		/* The part before the @ may mean case in theory and never does. */
		out[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	out[text.len] = 0;
	return ats == 1 && at > 0 && at + 1 < text.len;
}

struct hash email_hash(const struct keyring *keys, const char *folded)
{
	return lookup_hash(keys, "email", str_of(folded));
}

const struct slice provider_slice = { .name = "provider" };
