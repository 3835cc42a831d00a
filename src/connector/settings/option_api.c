/* option_api.c - the options that the customer may change on the page.
 *
 * connector.conf stays a file for people: what is set here replaces the line of its name and leaves
 * every other line as it is.  Secrets go in and never out; and who names another address for a
 * secret has to know the secret, or the page could be used to learn it. */
#include "connector/settings/slice.h"

#include "base/file.h"
#include <string.h>

#define VALUE_MAX 2000
#define SET_MAX   32

struct option_view {
	const char *name, *value, *fallback, *help, *min, *max;
	int type;
	enum json_bool set, secret;
	struct json_list choices;
};

struct options_view {
	struct json_list items;
};

struct option_in {
	const char *name, *value; /* value absent: back to the default */
};

struct options_in {
	struct json_list items;
};

static const char *const type_names[] = {
	[OPTION_TEXT] = "text",     [OPTION_PATH] = "path",
	[OPTION_INT] = "number",    [OPTION_DURATION] = "duration",
	[OPTION_SIZE] = "size",     [OPTION_BOOL] = "bool",
	[OPTION_CHOICE] = "choice", NULL,
};

/* clang-format off */
#define AT(member) offsetof(struct option_view, member)
static const struct json_field option_fields[] = {
	{ "name", JSON_TEXT, AT(name), .flags = JSON_REQUIRED },
	{ "type", JSON_ENUM, AT(type), JSON_REQUIRED, .names = type_names },
	{ "set", JSON_BOOL, AT(set), .flags = JSON_REQUIRED },
	{ "secret", JSON_BOOL, AT(secret), .flags = JSON_REQUIRED },
	{ "value", JSON_TEXT, AT(value), .flags = JSON_NULLABLE },
	{ "default", JSON_TEXT, AT(fallback), .flags = JSON_NULLABLE },
	{ "choices", JSON_TEXTS, AT(choices), JSON_REQUIRED, .max = 16 },
	{}
};
static const struct json_schema option_schema = {
	"option", sizeof(struct option_view), 0, option_fields
};
#undef AT

static const struct json_field options_fields[] = {
	{ "items", JSON_LIST, offsetof(struct options_view, items), JSON_REQUIRED, .max = 64, .sub = &option_schema },
	{}
};
static const struct json_schema options_schema = {
	"options", sizeof(struct options_view), 0, options_fields
};

#define AT(member) offsetof(struct option_in, member)
static const struct json_field in_fields[] = {
	{ "name", JSON_TEXT, AT(name), JSON_REQUIRED, .min = 1, .max = 64 },
	{ "value", JSON_TEXT, AT(value), .max = VALUE_MAX },
	{}
};
static const struct json_schema in_schema = { "option_in", sizeof(struct option_in), 0, in_fields };
#undef AT

static const struct json_field list_fields[] = {
	{ "items", JSON_LIST, offsetof(struct options_in, items), JSON_REQUIRED, .min = 1, .max = SET_MAX, .sub = &in_schema },
	{}
};
static const struct json_schema list_schema = {
	"options_in", sizeof(struct options_in), 0, list_fields
};
/* clang-format on */

/* Which options are the page's: by the first part of the name. */
static bool is_shown(const struct option *o)
{
	static const char *const groups[] = { "desk.", "licence.", "proxy.", "source.", "usage." };

	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		if (str_starts(str_of(o->name), str_of(groups[i])))
			return true;
	return false;
}

static const struct option *find_shown(const char *name)
{
	for (const struct option *o = connector_options; o->name; o++)
		if (strcmp(o->name, name) == 0)
			return is_shown(o) ? o : NULL;
	return NULL;
}

static int read_config(struct request *req, struct buf *text)
{
	const char *path = settings_path(req, HOME_CONFIG);

	return path ? file_read(path, text) : ERR_INVALID;
}

static void split_choices(struct arena *mem, const char *choices, struct json_list *ret_list)
{
	struct str rest = str_of(choices), word;

	ret_list->items = ARENA_ARRAY(mem, void *, 16);
	while (choices && ret_list->len < 16 && str_split(&rest, '|', &word))
		ret_list->items[ret_list->len++] = arena_printf(mem, "%.*s", (int)word.len, word.p);
}

static struct option_view *view(struct arena *mem, const struct option *o, struct str config)
{
	struct option_view *v = arena_alloc(mem, sizeof(*v));
	struct str value;

	*v = (struct option_view){
		.name = o->name,
		.type = (int)o->type,
		.secret = o->flags & OPTION_SECRET ? JSON_TRUE : JSON_FALSE,
		.set = config_get(config, o->name, &value) ? JSON_TRUE : JSON_FALSE,
		.fallback = o->value,
	};
	if (v->set == JSON_TRUE && v->secret == JSON_FALSE)
		v->value = arena_printf(mem, "%.*s", (int)value.len, value.p);
	split_choices(mem, o->type == OPTION_BOOL ? "no|yes" : o->choices, &v->choices);
	return v;
}

static void show(struct request *req)
{
	struct options_view v = { .items.items = ARENA_ARRAY(&req->mem, void *, 64) };
	struct buf text = buf_new(OPTIONS_FILE_MAX);
	int rc = read_config(req, &text);

	for (const struct option *o = connector_options; rc == 0 && o->name; o++)
		if (is_shown(o) && v.items.len < 64)
			v.items.items[v.items.len++] = view(&req->mem, o, buf_str(&text));
	if (rc < 0)
		reply_error(req, rc, NULL);
	else
		reply(req, 200, &v);
	buf_wipe(&text);
}

/* --- setting -----------------------------------------------------------------------------------
 */

/* A secret and the address it is sent to. */
static const struct {
	const char *secret, *address;
} pairs[] = {
	{ "source.papercut.key", "source.papercut.url" },
	{ "source.papercut.token", "source.papercut.url" },
	{ "proxy.password", "proxy.url" },
	{ "desk.mail.password", "desk.mail.server" },
};

static const struct option_in *given(const struct options_in *in, const char *name)
{
	for (size_t i = 0; i < in->items.len; i++) {
		const struct option_in *o = in->items.items[i];

		if (strcmp(o->name, name) == 0)
			return o;
	}
	return NULL;
}

/* The secret that has to be given again, or NULL. */
static const char *missing_secret(const struct options_in *in, struct str before)
{
	struct str value, old;

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		const struct option_in *address = given(in, pairs[i].address);

		if (!address || !config_get(before, pairs[i].secret, &value) ||
		    given(in, pairs[i].secret))
			continue;
		if (!config_get(before, pairs[i].address, &old) ||
		    !str_eq(old, str_of(address->value)))
			return pairs[i].secret;
	}
	return NULL;
}

static int check_names(const struct options_in *in, const char **ret_field)
{
	for (size_t i = 0; i < in->items.len; i++) {
		const struct option_in *o = in->items.items[i];

		*ret_field = o->name;
		if (!find_shown(o->name) || given(in, o->name) != o)
			return ERR_INVALID;
	}
	return 0;
}

/* Whether the changes are the page's to make; *ret_field: the one that is not. */
static int check_changes(struct request *req, const char **ret_field)
{
	struct buf before = buf_new(OPTIONS_FILE_MAX);
	int rc = check_names(req->in, ret_field);

	if (rc == 0)
		rc = read_config(req, &before);
	if (rc == 0) {
		*ret_field = missing_secret(req->in, buf_str(&before));
		rc = *ret_field ? ERR_SECRET_NEEDED : 0;
	}
	buf_wipe(&before);
	return rc;
}

static int store(struct request *req, struct config_problem *ret_problem)
{
	const struct options_in *in = req->in;
	struct option_change changes[SET_MAX];
	const char *path = settings_path(req, HOME_CONFIG);

	for (size_t i = 0; i < in->items.len; i++) {
		const struct option_in *o = in->items.items[i];

		changes[i] = (struct option_change){ o->name,
						     o->value ? str_of(o->value) : (struct str){} };
	}
	return path ? options_store(path, changes, in->items.len, ret_problem) : ERR_INVALID;
}

/* The option that a problem's text begins with, given or not; NULL: none of the page's. */
static const char *blamed(const char *text)
{
	for (const struct option *o = connector_options; o->name; o++) {
		size_t len = strlen(o->name);

		if (is_shown(o) && strncmp(text, o->name, len) == 0 && text[len] == ' ')
			return o->name;
	}
	return NULL;
}

static void set(struct request *req)
{
	struct config_problem problem = {};
	struct settings *s = settings_of(req);
	const char *field = NULL;
	int rc = check_changes(req, &field);

	if (rc == 0)
		rc = store(req, &problem);
	if (rc == ERR_CONFIG)
		return reply_error_detail(req, ERR_INVALID, blamed(problem.text), problem.text);
	if (rc < 0)
		return reply_error(req, rc, field);
	s->cfg.ops->on_options(s->cfg.owner);
	show(req);
}

/* clang-format off */
const struct route settings_option_routes[] = {
	{ METHOD_GET, "/api/options", RIGHT_LOGIN, 0, NULL, &options_schema, CHANGE_NONE, show,
	  .summary = "The options that the page may change; secrets only whether they are set" },
	{ METHOD_POST, "/api/options", RIGHT_LOGIN, 64 * KIB, &list_schema, &options_schema,
	  CHANGE_NONE, set, .summary = "Set options, or back to their defaults" },
	{}
};
/* clang-format on */
