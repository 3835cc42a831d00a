/* terms_api.c - showing the hub terms to a user, and taking a yes. */
#include "hub/auth/me.h"

#include "api/request.h"
#include "base/clock.h"
#include "model/legal.h"
#include <string.h>

struct terms_query {
	int language;
};

struct terms_in {
	int64_t version;
	const char *sha256;
	enum json_bool for_provider;
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field query_fields[] = {
	{ "language", JSON_ENUM, AT(terms_query, language), .names = hub_language_names },
	{}
};
static const struct json_schema query_schema = {
	"terms_query", sizeof(struct terms_query), 0, query_fields
};

static const struct json_field in_fields[] = {
	{ "version", JSON_INT, AT(terms_in, version), JSON_REQUIRED, .min = 1, .max = 9999 },
	{ "sha256", JSON_TEXT, AT(terms_in, sha256), JSON_REQUIRED, .min = 64, .max = 64 },
	{ "for_provider", JSON_BOOL, AT(terms_in, for_provider), .flags = 0 },
	{}
};
static const struct json_schema in_schema = { "terms_in", sizeof(struct terms_in), 0, in_fields };

static const struct json_field terms_fields[] = {
	{ "version", JSON_INT, AT(terms, version), .flags = JSON_REQUIRED },
	{ "language", JSON_TEXT, AT(terms, language), .flags = JSON_REQUIRED },
	{ "sha256", JSON_TEXT, AT(terms, sha256), .flags = JSON_REQUIRED },
	{ "accepted_at", JSON_TIME, AT(terms, accepted_ms), .flags = JSON_REQUIRED | JSON_NULLABLE },
	{ "provider_accepted_at", JSON_TIME, AT(terms, provider_accepted_ms),
	  .flags = JSON_REQUIRED | JSON_NULLABLE },
	{ "text", JSON_TEXT, AT(terms, text), .flags = 0 },
	{}
};
const struct json_schema terms_schema = { "terms", sizeof(struct terms), 0, terms_fields };
/* clang-format on */

/* ---- the text ---- */

static int fill(struct arena *mem, const char *provider, const char *language,
		struct terms *ret_terms, struct hash *ret_hash)
{
	struct buf text = buf_new(LEGAL_TEXT_MAX);
	char hex[2 * HASH_LEN + 1];
	int version = legal_version(LEGAL_HUB_TERMS);
	int rc = legal_fill(LEGAL_HUB_TERMS, version, language, provider, &text, ret_hash);

	if (rc == 0) {
		hash_hex(ret_hash, hex);
		ret_terms->version = version;
		ret_terms->language = language;
		ret_terms->sha256 = arena_strndup(mem, hex, strlen(hex));
		ret_terms->text = arena_strndup(mem, (const char *)text.data, text.len);
	}
	buf_done(&text);
	return rc;
}

int terms_read(struct tenant_db *db, struct arena *mem, struct id user, const char *provider,
	       int language, struct terms *ret_terms)
{
	struct terms t = {};
	struct hash h;
	int rc = fill(mem, provider, hub_language_names[language], &t, &h);

	if (rc == 0)
		rc = terms_accepted(db, user, t.version, &t);
	if (rc < 0)
		return rc;
	*ret_terms = t;
	return 0;
}

struct show_job {
	struct id user;
	int language; /* -1: the user's own */
	struct terms terms;
};

static int show_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct show_job *job = arg;
	struct person person = { .language = job->language };
	const char *provider = NULL;
	int rc = job->language < 0 ? person_get(db, mem, job->user, &person) : 0;

	if (rc == 0)
		rc = provider_name(db, mem, &provider);
	return rc < 0 ? rc : terms_read(db, mem, job->user, provider, person.language, &job->terms);
}

static void show_done(struct request *req, int rc, void *arg)
{
	const struct show_job *job = arg;

	if (rc < 0)
		reply_error(req, rc, NULL);
	else
		reply(req, 200, &job->terms);
}

static void get_terms(struct request *req)
{
	const struct terms_query *q = req->query;
	struct show_job job = { req->who.id, q->language };

	hub_read(req, show_run, show_done, &job, sizeof(job));
}

/* ---- a yes ---- */

struct accept_job {
	struct terms_in in;
	struct acceptance yes;
	struct change_in change;
	struct id provider_id;
	struct me_facts me;
};

/* Whether it is the newest text, in one of its languages, that is accepted. */
static int check_text(struct tenant_db *db, struct arena *mem, const struct terms_in *in,
		      const char **ret_language, struct hash *ret_hash)
{
	const char *provider = NULL;
	int rc = provider_name(db, mem, &provider);

	for (const char *const *l = legal_languages; rc == 0 && *l; l++) {
		struct terms t = {};

		rc = fill(mem, provider, *l, &t, ret_hash);
		if (rc == 0 && t.version == in->version && strcmp(t.sha256, in->sha256) == 0) {
			*ret_language = *l;
			return 0;
		}
	}
	return rc < 0 ? rc : ERR_AGREEMENT;
}

static int note(struct tenant_db *db, struct accept_job *job, enum id_kind kind, struct id subject)
{
	int rc;

	job->yes.subject = job->change.object = subject;
	job->change.object_kind = kind;
	rc = acceptance_insert(db, &job->yes);
	return rc <= 0 ? rc : change_write(db, &job->change);
}

static int accept_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct accept_job *job = arg;
	const char *language = NULL;
	int rc = check_text(db, mem, &job->in, &language, &job->yes.text);

	if (rc < 0)
		return rc;
	job->change.after =
		arena_printf(mem, "{\"version\":%lld,\"sha256\":\"%s\",\"language\":\"%s\"}",
			     (long long)job->in.version, job->in.sha256, language);
	rc = note(db, job, ID_USER, job->yes.user);
	if (rc == 0 && job->in.for_provider == JSON_TRUE)
		rc = note(db, job, ID_PROV, job->provider_id);
	return rc < 0 ? rc : me_read(db, mem, job->provider_id, job->yes.user, &job->me);
}

static void accept_done(struct request *req, int rc, void *arg)
{
	const struct accept_job *job = arg;

	if (rc < 0)
		reply_error(req, rc, rc == ERR_AGREEMENT ? "sha256" : NULL);
	else
		me_reply(req, 200, &job->me);
}

static void post_terms(struct request *req)
{
	const struct terms_in *in = req->in;
	struct accept_job job = {
		.in = *in,
		.yes = { .user = req->who.id, .version = in->version, .at_ms = clock_wall_ms() },
		.change = hub_change(req, CHANGE_TERMS_ACCEPTED),
		.provider_id = req->who.provider
	};

	if (in->for_provider == JSON_TRUE && !(req->who.rights >> RIGHT_TERMS & 1)) {
		reply_error(req, ERR_FORBIDDEN, "for_provider");
		return;
	}
	hub_write(req, accept_run, accept_done, &job, sizeof(job));
}

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_GET, "/api/v1/me/terms", RIGHT_LOGIN, 0, NULL, &terms_schema,
	  CHANGE_NONE, get_terms, .query = &query_schema, .flags = ROUTE_BEFORE_TERMS,
	  .summary = "The hub terms as they are to be accepted" },
	{ METHOD_POST, "/api/v1/me/terms", RIGHT_LOGIN, 1 * KIB, &in_schema, &me_schema,
	  CHANGE_TERMS_ACCEPTED, post_terms, .flags = ROUTE_BEFORE_TERMS,
	  .summary = "Accept the hub terms, for oneself or for the provider as well" },
	{}
};
/* clang-format on */

const struct slice terms_slice = { .name = "terms", .routes = routes };
