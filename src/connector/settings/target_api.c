/* target_api.c - what may be opened besides the console: the devices and print services that the
 * customer names, each at one address.  Addresses are shown here and told nowhere else (R50). */
#include "connector/settings/slice.h"

#include "connector/gateway/gateway.h"
#include "connector/remote.h"
#include "connector/target.h"
#include <stdlib.h>
#include <string.h>

struct targets_view {
	struct json_list items; /* struct target * */
};
struct target_in {
	struct id id; /* zero: a new one */
	const char *name, *address, *certificate;
	int kind, tls;
	enum json_bool old_tls, whole_bodies;
};
struct look_in {
	const char *address;
	enum json_bool old_tls;
};
struct sight_view {
	const char *code, *certificate; /* code NULL: it answers */
	enum json_bool vouched_for;
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field target_fields[] = {
	{ "id", JSON_ID, AT(target, id), JSON_REQUIRED, .min = ID_TGT },
	{ "name", JSON_TEXT, AT(target, name), .flags = JSON_REQUIRED },
	{ "kind", JSON_ENUM, AT(target, kind), JSON_REQUIRED, .names = target_kind_names },
	{ "address", JSON_TEXT, AT(target, address), .flags = JSON_REQUIRED },
	{ "tls", JSON_ENUM, AT(target, tls), JSON_REQUIRED, .names = target_tls_names },
	{ "certificate", JSON_TEXT, AT(target, certificate), .flags = JSON_NULLABLE },
	{ "old_tls", JSON_BOOL, AT(target, old_tls), .flags = 0 },
	{ "whole_bodies", JSON_BOOL, AT(target, whole_bodies), .flags = 0 },
	{}
};
static const struct json_schema target_view_schema = { "target", sizeof(struct target), 0, target_fields };

static const struct json_field targets_fields[] = {
	{ "items", JSON_LIST, AT(targets_view, items), JSON_REQUIRED, .max = TARGETS_MAX, .sub = &target_view_schema },
	{}
};
static const struct json_schema targets_view_schema = { "targets", sizeof(struct targets_view), 0, targets_fields };

static const struct json_field in_fields[] = {
	{ "id", JSON_ID, AT(target_in, id), .min = ID_TGT },
	{ "name", JSON_TEXT, AT(target_in, name), JSON_REQUIRED, .min = 1, .max = TARGET_NAME_MAX },
	{ "kind", JSON_ENUM, AT(target_in, kind), JSON_REQUIRED, .names = target_kind_names },
	{ "address", JSON_TEXT, AT(target_in, address), JSON_REQUIRED, .min = 1, .max = TARGET_ADDRESS_MAX },
	{ "tls", JSON_ENUM, AT(target_in, tls), JSON_REQUIRED, .names = target_tls_names },
	{ "certificate", JSON_TEXT, AT(target_in, certificate), .min = 64, .max = 64 },
	{ "old_tls", JSON_BOOL, AT(target_in, old_tls), .flags = 0 },
	{ "whole_bodies", JSON_BOOL, AT(target_in, whole_bodies), .flags = 0 },
	{}
};
static const struct json_schema in_schema = { "target_in", sizeof(struct target_in), 0, in_fields };

static const struct json_field look_fields[] = {
	{ "address", JSON_TEXT, AT(look_in, address), JSON_REQUIRED, .min = 1, .max = TARGET_ADDRESS_MAX },
	{ "old_tls", JSON_BOOL, AT(look_in, old_tls), .flags = 0 },
	{}
};
static const struct json_schema look_schema = { "target_look", sizeof(struct look_in), 0, look_fields };

static const struct json_field sight_fields[] = {
	{ "code", JSON_TEXT, AT(sight_view, code), .flags = JSON_NULLABLE },
	{ "certificate", JSON_TEXT, AT(sight_view, certificate), .flags = JSON_NULLABLE },
	{ "vouched_for", JSON_BOOL, AT(sight_view, vouched_for), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema sight_schema = { "target_sight", sizeof(struct sight_view), 0, sight_fields };
/* clang-format on */

static void reply_targets(struct request *req, const struct targets *t)
{
	reply(req, 200, &(struct targets_view){ t->items });
}

/* Loads what there is; answers if that fails. */
static bool load(struct request *req, struct targets *t)
{
	int rc = targets_load(settings_of(req)->cfg.dir, t);

	if (rc < 0)
		reply_error(req, rc, NULL);
	return rc == 0;
}

/* Writes it; whoever runs sees the file (remote.c). */
static void save(struct request *req, struct targets *t)
{
	int rc = targets_save(settings_of(req)->cfg.dir, t);

	if (rc < 0)
		return reply_error(req, rc, NULL);
	reply_targets(req, t);
}

static void get(struct request *req)
{
	struct targets t = {};

	if (load(req, &t))
		reply_targets(req, &t);
	targets_free(&t);
}

static void put(struct request *req)
{
	const struct target_in *in = req->in;
	struct targets t = {};
	struct target one = { .id = in->id,
			      .name = in->name,
			      .kind = in->kind,
			      .address = in->address,
			      .tls = in->tls,
			      .certificate = in->certificate,
			      .old_tls = in->old_tls,
			      .whole_bodies = in->whole_bodies };
	int rc, problem = -1;
	struct id id;

	if (!load(req, &t))
		return;
	rc = targets_put(&t, &one, &id, &problem);
	if (rc < 0)
		reply_error(req, rc, problem < 0 ? NULL : target_problem_names[problem]);
	else
		save(req, &t);
	targets_free(&t);
}

static void delete (struct request *req)
{
	struct targets t = {};

	if (!load(req, &t))
		return;
	if (targets_remove(&t, req->ids[0]))
		save(req, &t);
	else
		reply_error(req, ERR_NOT_FOUND, NULL);
	targets_free(&t);
}

/* ---- a look at an address, before it becomes a target ---- */

struct looking {
	struct request *req;
	struct gateway_look *look;
};

static bool is_zero(const struct hash *h)
{
	return hash_eq(h, &(struct hash){});
}

static void on_sight(const struct gateway_sight *sight, void *owner)
{
	struct looking *k = owner;
	char hex[2 * HASH_LEN + 1];
	bool seen = sight->rc == 0;

	k->look = NULL;
	hash_hex(&sight->certificate, hex);
	reply(k->req, 200,
	      &(struct sight_view){ seen ? NULL : err_code(sight->rc),
				    seen && !is_zero(&sight->certificate) ? hex : NULL,
				    sight->vouched_for ? JSON_TRUE : JSON_FALSE });
}

static void end_look(struct request *req, void *arg)
{
	struct looking *k = arg;

	gateway_look_cancel(&k->look);
}

static void look(struct request *req)
{
	const struct look_in *in = req->in;
	struct looking *k = ARENA_NEW(&req->mem, struct looking);
	struct target one = { .address = in->address,
			      .tls = TARGET_PINNED,
			      .kind = TARGET_MFP,
			      .old_tls = in->old_tls };

	k->req = req;
	if (gateway_look(remote_gateway(settings_facts(req).remote), &one, on_sight, k, &k->look) <
	    0)
		return reply_error(req, ERR_INVALID, "address");
	request_at_end(req, end_look, k);
}

/* clang-format off */
const struct route settings_target_routes[] = {
	{ METHOD_GET, "/api/targets", RIGHT_LOGIN, 0, NULL, &targets_view_schema, CHANGE_NONE, get,
	  .summary = "The devices and print services that may be opened" },
	{ METHOD_POST, "/api/targets", RIGHT_LOGIN, 4 * KIB, &in_schema, &targets_view_schema, CHANGE_NONE, put,
	  .summary = "Add one, or change the one of that id" },
	{ METHOD_DELETE, "/api/targets/{target}", RIGHT_LOGIN, 0, NULL, &targets_view_schema, CHANGE_NONE, delete,
	  .ids = { ID_TGT }, .summary = "Remove one: who visits it is sent away" },
	{ METHOD_POST, "/api/targets/look", RIGHT_LOGIN, 1 * KIB, &look_schema, &sight_schema, CHANGE_NONE, look,
	  .summary = "Whether an address answers, and by which certificate" },
	{}
};
/* clang-format on */
