/* legal_api.c - GET /api/v1/texts and one call a text: R80 wants the privacy policy readable before
 * anybody has logged in or accepted anything. */
#include "hub/legal/legal.h"

#include "api/request.h"
#include "model/legal.h"
#include <string.h>

#define TEXTS      "/api/v1/texts"
#define TEXTS_MAX  32
#define NUMBER_MAX 9999 /* of a version: tools/gen/gen_legal.c */

struct text_query {
	int language;
	int64_t version;
};

struct legal_text {
	const char *name;
	int64_t version, newest;
	const char *language, *sha256, *text;
};

struct legal_item {
	const char *name;
	int64_t version;
};

struct legal_list {
	struct json_list items; /* struct legal_item * */
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field query_fields[] = {
	{ "language", JSON_ENUM, AT(text_query, language), .names = hub_language_names },
	{ "version", JSON_INT, AT(text_query, version), .min = 1, .max = NUMBER_MAX },
	{}
};
static const struct json_schema query_schema = {
	"text_query", sizeof(struct text_query), 0, query_fields
};

static const struct json_field text_fields[] = {
	{ "name", JSON_TEXT, AT(legal_text, name), .flags = JSON_REQUIRED },
	{ "version", JSON_INT, AT(legal_text, version), .flags = JSON_REQUIRED },
	{ "newest", JSON_INT, AT(legal_text, newest), .flags = JSON_REQUIRED },
	{ "language", JSON_TEXT, AT(legal_text, language), .flags = JSON_REQUIRED },
	{ "sha256", JSON_TEXT, AT(legal_text, sha256), .flags = JSON_REQUIRED },
	{ "text", JSON_TEXT, AT(legal_text, text), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema text_schema = { "legal_text", sizeof(struct legal_text), 0, text_fields };

static const struct json_field item_fields[] = {
	{ "name", JSON_TEXT, AT(legal_item, name), .flags = JSON_REQUIRED },
	{ "version", JSON_INT, AT(legal_item, version), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema item_schema = { "legal_item", sizeof(struct legal_item), 0, item_fields };

static const struct json_field list_fields[] = {
	{ "items", JSON_LIST, AT(legal_list, items), JSON_REQUIRED, .max = TEXTS_MAX, .sub = &item_schema },
	{}
};
static const struct json_schema list_schema = { "legal_list", sizeof(struct legal_list), 0, list_fields };
/* clang-format on */

static void get_list(struct request *req)
{
	void *items[TEXTS_MAX];
	struct legal_list list = { .items = { items, 0 } };
	const char *before = "";

	/* Rows are sorted, so that each name comes in one run. */
	for (size_t i = 0; i < legal_rows_len; i++) {
		struct legal_item *item;

		if (strcmp(legal_rows[i].name, before) == 0)
			continue;
		before = legal_rows[i].name;
		item = ARENA_NEW(&req->mem, struct legal_item);
		*item = (struct legal_item){ before, legal_version(before) };
		assert(list.items.len < TEXTS_MAX);
		items[list.items.len++] = item;
	}
	reply(req, 200, &list);
}

static void get_text(struct request *req)
{
	const struct text_query *q = req->query;
	const char *name = req->route->path + strlen(TEXTS "/");
	int newest = legal_version(name);
	int version = q->version == JSON_ABSENT_INT ? newest : (int)q->version;
	const char *language = q->language < 0 ? NULL : hub_language_names[q->language];
	const struct legal_row *row = legal_get(name, version, language);

	if (!row) {
		reply_error(req, ERR_NOT_FOUND, NULL);
		return;
	}
	reply(req, 200,
	      &(struct legal_text){ row->name, row->version, newest, row->language, row->sha256,
				    row->text });
}

/* clang-format off */
#define TEXT(name, words)                                                                          \
	{ METHOD_GET, TEXTS "/" name, RIGHT_PUBLIC, 0, NULL, &text_schema, CHANGE_NONE, get_text,   \
	  .query = &query_schema, .summary = words }

static const struct route routes[] = {
	{ METHOD_GET, TEXTS, RIGHT_PUBLIC, 0, NULL, &list_schema, CHANGE_NONE, get_list,
	  .summary = "The legal texts and their newest versions" },
	TEXT(LEGAL_CONNECTOR_AGREEMENT, "What a customer accepts when a connector is enrolled"),
	TEXT(LEGAL_CUSTOMER_LEAFLET, "For customers: what is collected, and how to control it"),
	TEXT(LEGAL_DATA_SECURITY_AND_PRIVACY, "For providers to hand out: architecture, security, GDPR"),
	TEXT(LEGAL_HUB_TERMS, "What a provider and each of its users accept"),
	TEXT(LEGAL_PRIVACY_POLICY, "Prevails over every other document"),
	{}
};
/* clang-format on */

const struct slice legal_slice = { .name = "legal", .routes = routes };
