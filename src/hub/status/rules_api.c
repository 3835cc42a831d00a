/* rules_api.c - what counts of each rule, for a provider and at a site, and how that is set.
 *
 *   GET  -> defaults, what the provider has set, what the site has set, what follows
 *   PUT  -> the rules named get what is given; one without threshold and severity is as if unset
 *
 * The change row of a PUT is what concludes the sites anew (status.c, on_change). */
#include "hub/status/rules.h"

#include "api/request.h"
#include "db/db.h"
#include "hub/auth/auth.h"
#include "hub/site/site.h"
#include "hub/status/status.h"
#include <math.h>
#include <string.h>

#define AT(type, member) offsetof(struct type, member)

/* ---- the forms ---- */

struct rule_in {
	const char *name;
	double threshold;
	int severity;
};

struct rules_in {
	struct json_list items; /* struct rule_in * */
};

struct set_out {
	double threshold;
	int severity;
	int origin;
};

struct rule_out {
	const char *name, *code, *component, *unit, *compare;
	double min, max;
	struct json_list severities; /* const char * */
	struct set_out *usual, *provider, *site, *in_force;
};

struct rules_out {
	struct json_list items; /* struct rule_out * */
};

static const char *const compare_names[] = { "at_least", "below", NULL };

/* clang-format off */
static const struct json_field rule_in_fields[] = {
	{ "name", JSON_TEXT, AT(rule_in, name), JSON_REQUIRED, .names = rule_names },
	{ "threshold", JSON_REAL, AT(rule_in, threshold) },
	{ "severity", JSON_ENUM, AT(rule_in, severity), .names = severity_names },
	{}
};
static const struct json_schema rule_in_schema = { "rule_in", sizeof(struct rule_in), 0, rule_in_fields };

static const struct json_field rules_in_fields[] = {
	{ "items", JSON_LIST, AT(rules_in, items), .max = RULES, .sub = &rule_in_schema },
	{}
};
static const struct json_schema rules_in_schema = { "rules_in", sizeof(struct rules_in), 0, rules_in_fields };

static const struct json_field set_fields[] = {
	{ "threshold", JSON_REAL, AT(set_out, threshold), JSON_REQUIRED | JSON_NULLABLE },
	{ "severity", JSON_ENUM, AT(set_out, severity), JSON_REQUIRED | JSON_NULLABLE, .names = severity_names },
	{}
};
static const struct json_schema set_schema = { "rule_set", sizeof(struct set_out), 0, set_fields };

static const struct json_field in_force_fields[] = {
	{ "threshold", JSON_REAL, AT(set_out, threshold), JSON_REQUIRED | JSON_NULLABLE },
	{ "severity", JSON_ENUM, AT(set_out, severity), JSON_REQUIRED, .names = severity_names },
	{ "origin", JSON_ENUM, AT(set_out, origin), JSON_REQUIRED, .names = rule_origin_names },
	{}
};
static const struct json_schema in_force_schema = {
	"rule_in_force", sizeof(struct set_out), 0, in_force_fields
};

static const struct json_field rule_fields[] = {
	{ "name", JSON_TEXT, AT(rule_out, name), JSON_REQUIRED },
	{ "code", JSON_TEXT, AT(rule_out, code), JSON_REQUIRED | JSON_NULLABLE },
	{ "component", JSON_TEXT, AT(rule_out, component), JSON_REQUIRED | JSON_NULLABLE },
	{ "unit", JSON_TEXT, AT(rule_out, unit), JSON_REQUIRED | JSON_NULLABLE },
	{ "compare", JSON_TEXT, AT(rule_out, compare), JSON_REQUIRED | JSON_NULLABLE },
	{ "min", JSON_REAL, AT(rule_out, min), JSON_REQUIRED | JSON_NULLABLE },
	{ "max", JSON_REAL, AT(rule_out, max), JSON_REQUIRED | JSON_NULLABLE },
	{ "severities", JSON_TEXTS, AT(rule_out, severities), JSON_REQUIRED },
	{ "default", JSON_OBJECT, AT(rule_out, usual), JSON_REQUIRED, .sub = &set_schema },
	{ "provider", JSON_OBJECT, AT(rule_out, provider), JSON_REQUIRED | JSON_NULLABLE, .sub = &set_schema },
	{ "site", JSON_OBJECT, AT(rule_out, site), JSON_REQUIRED | JSON_NULLABLE, .sub = &set_schema },
	{ "in_force", JSON_OBJECT, AT(rule_out, in_force), JSON_REQUIRED, .sub = &in_force_schema },
	{}
};
static const struct json_schema rule_schema = { "rule", sizeof(struct rule_out), 0, rule_fields };

static const struct json_field rules_fields[] = {
	{ "items", JSON_LIST, AT(rules_out, items), JSON_REQUIRED, .sub = &rule_schema },
	{}
};
static const struct json_schema rules_schema = { "rules", sizeof(struct rules_out), 0, rules_fields };
/* clang-format on */

/* ---- what counts ---- */

struct rules_job {
	struct id site; /* zero: the provider's */
	const struct rules_in *in;
	struct change_in change;
	const char *problem;
	struct rule_overrides provider, own;
};

static struct json_list severities_of(struct arena *mem, enum rule rule)
{
	struct json_list list = {};

	for (int i = 0; i < SEVERITIES; i++)
		if (rule_may_be(rule, (enum severity)i))
			report_list_add(mem, &list, (void *)(uintptr_t)severity_names[i]);
	return list;
}

static struct set_out *shown_set(struct arena *mem, const struct rule_override *o)
{
	struct set_out set = { o->threshold, o->severity, -1 };

	return rule_is_set(o) ? arena_dup(mem, &set, sizeof(set)) : NULL;
}

static struct set_out *shown_setting(struct arena *mem, const struct rule_setting *s)
{
	struct set_out set = { s->threshold, s->severity, s->origin };

	return arena_dup(mem, &set, sizeof(set));
}

static struct rule_out *shown_rule(struct arena *mem, enum rule i)
{
	const struct rule_def *def = &rule_defs[i];
	struct rule_out *r = ARENA_NEW(mem, struct rule_out);

	*r = (struct rule_out){
		.name = rule_names[i],
		.code = reason_name(def->code),
		.component = def->component < 0 ? NULL : component_kind_names[def->component],
		.unit = def->unit < 0 ? NULL : rule_unit_names[def->unit],
		.compare = def->unit < 0 ? NULL : compare_names[def->below],
		.min = def->min,
		.max = def->max,
		.severities = severities_of(mem, i),
	};
	return r;
}

static void reply_rules(struct request *req, const struct rules_job *job)
{
	struct arena *mem = &req->mem;
	struct rule_settings usual, in_force;
	struct rules_out out = {};

	status_default_rules(hub_of(req->owner), &usual);
	in_force = usual;
	rules_lay_over(&in_force, &job->provider, RULE_OF_PROVIDER);
	rules_lay_over(&in_force, &job->own, RULE_OF_SITE);
	for (int i = 0; i < RULES; i++) {
		struct rule_out *r = shown_rule(mem, (enum rule)i);

		r->usual = shown_setting(mem, &usual.of[i]);
		r->provider = shown_set(mem, &job->provider.of[i]);
		r->site = shown_set(mem, &job->own.of[i]);
		r->in_force = shown_setting(mem, &in_force.of[i]);
		report_list_add(mem, &out.items, r);
	}
	reply(req, 200, &out);
}

static int read_sets(struct tenant_db *db, struct rules_job *job)
{
	int rc = rules_get(db, tenant_id(db), &job->provider);

	for (int i = 0; i < RULES; i++)
		job->own.of[i] = (struct rule_override){ NAN, -1 };
	return rc < 0 || id_is_zero(job->site) ? rc : rules_get(db, job->site, &job->own);
}

static int get_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct rules_job *job = arg;
	struct id customer;
	int rc = id_is_zero(job->site) ? 0 : site_customer(db, job->site, &customer);

	return rc < 0 ? rc : read_sets(db, job);
}

static void rules_done(struct request *req, int rc, void *arg)
{
	const struct rules_job *job = arg;

	if (rc < 0)
		return reply_error(req, rc, job->problem);
	reply_rules(req, job);
}

static void get_rules(struct request *req)
{
	struct rules_job job = { .site = req->ids[0] };

	hub_read(req, get_run, rules_done, &job, sizeof(job));
}

/* ---- setting ---- */

/* What the change log says of before and after: what is set, in the form in which it is set. */
static const char *sets_json(const struct rule_overrides *set, struct arena *mem)
{
	struct buf text = buf_new(CHANGE_TEXT_MAX);
	struct rules_in out = {};
	const char *json;

	for (int i = 0; i < RULES; i++) {
		struct rule_in r = { rule_names[i], set->of[i].threshold, set->of[i].severity };

		if (rule_is_set(&set->of[i]))
			report_list_add(mem, &out.items, arena_dup(mem, &r, sizeof(r)));
	}
	json_encode(&rules_in_schema, &out, 0, &text);
	json = arena_strndup(mem, buf_str(&text).p, text.len);
	buf_done(&text);
	return json;
}

static const char *apply(const struct rules_in *in, struct arena *mem, struct rule_overrides *set)
{
	bool named[RULES] = {};

	for (size_t i = 0; i < in->items.len; i++) {
		const struct rule_in *r = in->items.items[i];
		struct rule_override o = { r->threshold, r->severity };
		int rule = word_find(rule_names, str_of(r->name));
		const char *wrong = rule < 0 || named[rule]
					    ? "name"
					    : rule_override_problem((enum rule)rule, &o);

		if (wrong)
			return arena_printf(mem, "items[%zu].%s", i, wrong);
		named[rule] = true;
		set->of[rule] = o;
	}
	return NULL;
}

static int put_all(struct tenant_db *db, struct id subject, const struct rule_overrides *before,
		   const struct rule_overrides *after)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < RULES; i++)
		if (rule_is_set(&before->of[i]) || rule_is_set(&after->of[i]))
			rc = rules_put(db, subject, (enum rule)i, &after->of[i]);
	return rc;
}

static int set_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct rules_job *job = arg;
	bool of_site = !id_is_zero(job->site);
	struct rule_overrides *set = of_site ? &job->own : &job->provider, before;
	int rc = of_site ? site_customer(db, job->site, &job->change.customer) : 0;

	if (rc == 0)
		rc = read_sets(db, job);
	if (rc < 0)
		return rc;
	before = *set;
	if (job->in)
		job->problem = apply(job->in, mem, set);
	else
		for (int i = 0; i < RULES; i++)
			set->of[i] = (struct rule_override){ NAN, -1 };
	if (job->problem)
		return ERR_INVALID;
	rc = put_all(db, job->change.object, &before, set);
	if (rc < 0)
		return rc;
	job->change.before = sets_json(&before, mem);
	job->change.after = sets_json(set, mem);
	return change_write(db, &job->change);
}

static void set_rules(struct request *req, job_done_fn done)
{
	bool of_site = req->route->ids[0] != ID_NONE;
	struct rules_job job = {
		.site = req->ids[0],
		.in = req->in,
		.change = hub_change(req, of_site ? CHANGE_SITE_RULES : CHANGE_PROVIDER_RULES),
	};

	job.change.object_kind = of_site ? ID_SITE : ID_PROV;
	job.change.object = of_site ? job.site : req->who.provider;
	job.change.site = job.site;
	hub_write(req, set_run, done, &job, sizeof(job));
}

static void put_rules(struct request *req)
{
	set_rules(req, rules_done);
}

static void reset_done(struct request *req, int rc, void *arg)
{
	if (rc < 0)
		return reply_error(req, rc, NULL);
	reply(req, 204, NULL);
}

static void delete_rules(struct request *req)
{
	set_rules(req, reset_done);
}

/* clang-format off */
const struct route rules_routes[] = {
	{ METHOD_GET, "/api/v1/rules", RIGHT_VIEW, 0, NULL, &rules_schema,
	  CHANGE_NONE, get_rules, .summary = "The rules by which sites have their status" },
	{ METHOD_PUT, "/api/v1/rules", RIGHT_RULES, 16 * KIB, &rules_in_schema, &rules_schema,
	  CHANGE_PROVIDER_RULES, put_rules, .summary = "Set rules for all sites" },
	{ METHOD_GET, "/api/v1/sites/{id}/rules", RIGHT_VIEW, 0, NULL, &rules_schema,
	  CHANGE_NONE, get_rules, .ids = { ID_SITE }, .summary = "The rules that count at a site" },
	{ METHOD_PUT, "/api/v1/sites/{id}/rules", RIGHT_RULES, 16 * KIB, &rules_in_schema, &rules_schema,
	  CHANGE_SITE_RULES, put_rules, .ids = { ID_SITE }, .summary = "Set rules for one site" },
	{ METHOD_DELETE, "/api/v1/sites/{id}/rules", RIGHT_RULES, 0, NULL, NULL,
	  CHANGE_SITE_RULES, delete_rules, .ids = { ID_SITE }, .status = 204, .summary = "Let the provider's rules count at a site" },
	{}
};
/* clang-format on */
