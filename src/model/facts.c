/* facts.c - see facts.h. */
#include "model/facts.h"

#include <string.h>

#define REASONS_MAX 64
#define AT(member)  offsetof(struct change_facts, member)

/* clang-format off */
static const struct json_field fields[] = {
	{ "name",			JSON_TEXT,  AT(name) },
	{ "language",			JSON_TEXT,  AT(language) },
	{ "status",			JSON_TEXT,  AT(status) },
	{ "reasons",			JSON_TEXTS, AT(reasons), .max = REASONS_MAX },
	{ "monitoring",			JSON_TEXT,  AT(monitoring) },
	{ "console",			JSON_TEXT,  AT(console) },
	{ "mfp",			JSON_TEXT,  AT(mfp) },
	{ "server",			JSON_TEXT,  AT(server) },
	{ "server_version",		JSON_TEXT,  AT(server_version) },
	{ "server_edition",		JSON_TEXT,  AT(server_edition) },
	{ "server_os",			JSON_TEXT,  AT(server_os) },
	{ "connector_version",		JSON_TEXT,  AT(connector_version) },
	{ "licence_valid",		JSON_TEXT,  AT(licence_valid) },
	{ "support_ends",		JSON_TEXT,  AT(support_ends) },
	{ "licence_ends",		JSON_TEXT,  AT(licence_ends) },
	{ "entered_organisation",	JSON_TEXT,  AT(entered_organisation) },
	{ "entered_reference",		JSON_TEXT,  AT(entered_reference) },
	{ "entered_support_ends",	JSON_TEXT,  AT(entered_support_ends) },
	{ "entered_licence_ends",	JSON_TEXT,  AT(entered_licence_ends) },
	{ "entered_note",		JSON_TEXT,  AT(entered_note) },
	{ "seats_users",		JSON_TEXT,  AT(seats_users) },
	{ "seats_site_servers",		JSON_TEXT,  AT(seats_site_servers) },
	{ "seats_advanced_clients",	JSON_TEXT,  AT(seats_advanced_clients) },
	{ "seats_devices",		JSON_TEXT,  AT(seats_devices) },
	{ "devices_added",		JSON_TEXT,  AT(devices_added) },
	{ "devices_gone",		JSON_TEXT,  AT(devices_gone) },
	{}
};
/* clang-format on */
const struct json_schema change_facts_schema = { "change_facts", sizeof(struct change_facts),
						 JSON_OPEN, fields };

static void read_facts(struct arena *mem, const char *text, struct change_facts *f)
{
	struct json_problem problem;

	/* A row of other things has no facts; what it says is its verb. */
	if (!text || json_decode(&change_facts_schema, text, strlen(text), mem, f, &problem) < 0)
		json_init(&change_facts_schema, f);
}

/* The words of a list with a space between. */
static const char *join(struct arena *mem, const struct json_list *words)
{
	const char *text = NULL;

	for (size_t i = 0; i < words->len; i++)
		text = text ? arena_printf(mem, "%s %s", text, (const char *)words->items[i])
			    : words->items[i];
	return text;
}

static const char *value_of(struct arena *mem, const struct change_facts *f,
			    const struct json_field *field)
{
	const void *at = (const char *)f + field->offset;

	return field->type == JSON_TEXTS ? join(mem, at) : *(const char *const *)at;
}

struct json_list facts_between(struct arena *mem, const char *before, const char *after)
{
	struct json_list list = { ARENA_ARRAY(mem, void *, ARRAY_LEN(fields)), 0 };
	struct change_facts was, is;

	read_facts(mem, before, &was);
	read_facts(mem, after, &is);
	for (const struct json_field *field = fields; field->name; field++) {
		struct fact fact = { field->name, value_of(mem, &was, field),
				     value_of(mem, &is, field) };

		if (fact.before == fact.after ||
		    (fact.before && fact.after && strcmp(fact.before, fact.after) == 0))
			continue;
		list.items[list.len++] = arena_dup(mem, &fact, sizeof(fact));
	}
	return list;
}

const char *facts_text(struct arena *mem, const struct change_facts *f)
{
	struct buf out = buf_new(8 * KIB);
	const char *text;

	json_encode(&change_facts_schema, f, 0, &out);
	text = buf_status(&out) < 0 ? NULL : arena_strndup(mem, buf_str(&out).p, out.len);
	buf_done(&out);
	return text;
}
