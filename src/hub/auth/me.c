/* me.c - see me.h. */
#include "hub/auth/me.h"

#include "api/request.h"

struct me_user {
	struct id id;
	const char *email, *name;
	int language;
};

struct me_provider {
	struct id id;
	const char *name;
};

struct me_visit {
	int64_t until_ms;
};

struct me {
	struct me_user *user;
	struct me_provider *provider;
	const char *region;
	struct json_list rights;
	struct terms *terms;
	struct me_visit *support;
	enum json_bool mail;
	const char *hub_version;
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field me_user_fields[] = {
	{ "id", JSON_ID, AT(me_user, id), JSON_REQUIRED, .min = ID_USER },
	{ "email", JSON_TEXT, AT(me_user, email), .flags = JSON_REQUIRED },
	{ "name", JSON_TEXT, AT(me_user, name), .flags = JSON_REQUIRED },
	{ "language", JSON_ENUM, AT(me_user, language), JSON_REQUIRED, .names = hub_language_names },
	{}
};
static const struct json_schema me_user_schema = { "me_user", sizeof(struct me_user), 0, me_user_fields };

static const struct json_field me_provider_fields[] = {
	{ "id", JSON_ID, AT(me_provider, id), JSON_REQUIRED, .min = ID_PROV },
	{ "name", JSON_TEXT, AT(me_provider, name), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema me_provider_schema = {
	"me_provider", sizeof(struct me_provider), 0, me_provider_fields
};

static const struct json_field me_visit_fields[] = {
	{ "until", JSON_TIME, AT(me_visit, until_ms), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema me_visit_schema = {
	"me_support", sizeof(struct me_visit), 0, me_visit_fields
};

static const struct json_field me_fields[] = {
	{ "user", JSON_OBJECT, AT(me, user), JSON_REQUIRED, .sub = &me_user_schema },
	{ "provider", JSON_OBJECT, AT(me, provider), JSON_REQUIRED, .sub = &me_provider_schema },
	{ "region", JSON_TEXT, AT(me, region), .flags = JSON_REQUIRED },
	{ "rights", JSON_TEXTS, AT(me, rights), .flags = JSON_REQUIRED },
	{ "terms", JSON_OBJECT, AT(me, terms), JSON_REQUIRED, .sub = &terms_schema },
	{ "support", JSON_OBJECT, AT(me, support), JSON_NULLABLE, .sub = &me_visit_schema },
	{ "mail", JSON_BOOL, AT(me, mail), .flags = JSON_REQUIRED },
	{ "hub_version", JSON_TEXT, AT(me, hub_version), .flags = JSON_REQUIRED },
	{}
};
const struct json_schema me_schema = { "me", sizeof(struct me), 0, me_fields };
/* clang-format on */

const char *auth_named(struct arena *mem, const char *name)
{
	struct me_provider named = { .name = name };
	static const struct json_field fields[] = {
		{ "name", JSON_TEXT, AT(me_provider, name), .flags = JSON_REQUIRED }, {}
	};
	static const struct json_schema schema = { "named", sizeof(named), 0, fields };
	struct buf text = buf_new(4 * KIB);
	const char *ret;

	json_encode(&schema, &named, 0, &text);
	ret = arena_strndup(mem, (const char *)text.data, text.len);
	buf_done(&text);
	return ret;
}

int me_read(struct tenant_db *db, struct arena *mem, struct id provider, struct id user,
	    struct me_facts *ret_me)
{
	struct me_facts me = { .provider_id = provider };
	int rc = person_get(db, mem, user, &me.person);

	if (rc == 0)
		rc = provider_name(db, mem, &me.provider);
	if (rc == 0)
		rc = terms_read(db, mem, user, me.provider, me.person.language, &me.terms);
	if (rc < 0)
		return rc;
	*ret_me = me;
	return 0;
}

void me_reply(struct request *req, int status, const struct me_facts *facts)
{
	const struct person *p = &facts->person;
	struct me_user user = { p->id, p->email, p->name, p->language };
	struct me_provider of = { facts->provider_id, facts->provider };
	struct terms terms = facts->terms;
	struct me_visit visit = { facts->visit_until_ms };
	struct me me = { .user = &user,
			 .provider = &of,
			 .region = hub_of(req->owner)->config->region,
			 .rights = rights_words(&req->mem, role_rights(p->role)),
			 .terms = &terms,
			 .support = facts->visit_until_ms ? &visit : NULL,
			 .mail = hub_sends_mail(hub_of(req->owner)->config) ? JSON_TRUE
									    : JSON_FALSE,
			 .hub_version = IMPRIMATUR_VERSION };

	terms.text = NULL;
	reply(req, status, &me);
}
