/* leave_api.c - withdrawing consent, and what is stored on this machine. */
#include "connector/settings/slice.h"

#include <string.h>

#define PROVIDER_MAX 400
#define STORED_MAX   64

struct leave_in {
	const char *provider; /* typed by the person: what is about to end */
};

struct leave_out {
	enum json_bool told;
};

/* clang-format off */
static const struct json_field in_fields[] = {
	{ "provider", JSON_TEXT, offsetof(struct leave_in, provider), JSON_REQUIRED, .max = PROVIDER_MAX },
	{}
};
static const struct json_schema in_schema = { "leave_in", sizeof(struct leave_in), 0, in_fields };
static const struct json_field out_fields[] = {
	{ "told", JSON_BOOL, offsetof(struct leave_out, told), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema out_schema = { "left", sizeof(struct leave_out), 0, out_fields };
/* clang-format on */

/* The browser went away; the leaving goes on. */
static void on_gone(struct request *req, void *arg)
{
	((struct settings *)arg)->leaving = NULL;
}

static void on_left(bool told, int rc, void *arg)
{
	struct settings *s = arg;
	struct request *req = s->leaving;

	s->leaving = NULL;
	s->left = true;
	if (req && rc < 0)
		reply_error(req, rc, NULL);
	else if (req)
		reply(req, 200, &(struct leave_out){ told ? JSON_TRUE : JSON_FALSE });
	s->cfg.ops->on_left(s->cfg.owner);
}

static void leave(struct request *req)
{
	const struct leave_in *in = req->in;
	struct settings *s = settings_of(req);
	struct settings_facts f = settings_facts(req);

	if (f.state->provider && !str_eq(str_trim(str_of(in->provider)), str_of(f.state->provider)))
		return reply_error(req, ERR_INVALID, "provider");
	if (s->begun) /* since this call was let in */
		return reply_error(req, ERR_BUSY, NULL);
	s->begun = true;
	s->leaving = req;
	req->on_gone = on_gone;
	req->gone_arg = s;
	s->cfg.ops->leave(on_left, s, s->cfg.owner);
}

/* --- what is stored ----------------------------------------------------------------------------
 */

struct stored_file {
	const char *name;
	enum json_bool secret;
};

struct stored_out {
	struct json_list items;
};

/* clang-format off */
static const struct json_field stored_fields[] = {
	{ "name", JSON_TEXT, offsetof(struct stored_file, name), .flags = JSON_REQUIRED },
	{ "secret", JSON_BOOL, offsetof(struct stored_file, secret), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema stored_schema = {
	"stored_file", sizeof(struct stored_file), 0, stored_fields
};
static const struct json_field stored_out_fields[] = {
	{ "items", JSON_LIST, offsetof(struct stored_out, items), JSON_REQUIRED, .max = STORED_MAX, .sub = &stored_schema },
	{}
};
static const struct json_schema stored_out_schema = {
	"stored", sizeof(struct stored_out), 0, stored_out_fields
};
/* clang-format on */

/* The rows that docs/data.md is made from; what each file is for stands in texts/. */
static void show_stored(struct request *req)
{
	struct stored_out out = { .items.items = ARENA_ARRAY(&req->mem, void *, STORED_MAX) };

	for (const struct home_file *f = home_files; f->name; f++) {
		struct stored_file s = { f->name, f->secret ? JSON_TRUE : JSON_FALSE };

		assert(out.items.len < STORED_MAX);
		out.items.items[out.items.len++] = arena_dup(&req->mem, &s, sizeof(s));
	}
	reply(req, 200, &out);
}

/* clang-format off */
const struct route settings_leave_routes[] = {
	{ METHOD_GET, "/api/stored", RIGHT_LOGIN, 0, NULL, &stored_out_schema, CHANGE_NONE, show_stored,
	  .summary = "Every file that is kept on this machine" },
	{ METHOD_POST, "/api/leave", RIGHT_LOGIN, 2 * KIB, &in_schema, &out_schema, CHANGE_NONE, leave,
	  .summary = "Withdraw consent: the hub is told, all work ends, all but the record of consent is removed" },
	{}
};
/* clang-format on */
