/* json_fuzz.c - any octets through a schema of every type: what was decoded encodes, and the
 * encoding decodes to what encodes the same. */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

struct node {
	const char *text;
	int64_t number;
	double real;
	enum json_bool yes;
	int64_t at_ms;
	struct id id;
	int kind;
	struct node *sub;
	struct json_list list, texts;
};

static const char *const kinds[] = { "red", "green", NULL };
static const struct json_schema schema;

/* clang-format off */
static const struct json_field fields[] = {
	{ "text",   JSON_TEXT,   offsetof(struct node, text), .max = 100 },
	{ "number", JSON_INT,    offsetof(struct node, number) },
	{ "real",   JSON_REAL,   offsetof(struct node, real) },
	{ "yes",    JSON_BOOL,   offsetof(struct node, yes) },
	{ "at",     JSON_TIME,   offsetof(struct node, at_ms) },
	{ "id",     JSON_ID,     offsetof(struct node, id),    .min = ID_SITE },
	{ "kind",   JSON_ENUM,   offsetof(struct node, kind),  .names = kinds },
	{ "sub",    JSON_OBJECT, offsetof(struct node, sub),   .sub = &schema },
	{ "list",   JSON_LIST,   offsetof(struct node, list),  .max = 20, .sub = &schema },
	{ "texts",  JSON_TEXTS,  offsetof(struct node, texts), .max = 20 },
	{}
};
/* clang-format on */
static const struct json_schema schema = { "node", sizeof(struct node), 0, fields };

static void check_problem(const struct json_problem *p)
{
	if (!utf8_valid(str_of(p->field)) || !utf8_valid(str_of(p->detail)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf once = buf_new(MIB), twice = buf_new(MIB);
	struct json_problem problem = {};
	struct arena mem = {};
	struct node in, again;
	int64_t at_ms;

	if (time_decode((struct str){ (const char *)data, len }, &at_ms) == 0) {
		char text[TIME_TEXT_MAX];

		time_encode(at_ms, text);
		if (time_decode(str_of(text), &in.at_ms) < 0 || in.at_ms != at_ms)
			abort();
	}
	if (json_decode(&schema, data, len, &mem, &in, &problem) == 0) {
		json_encode(&schema, &in, 0, &once);
		if (buf_status(&once) == 0) {
			if (!utf8_valid(buf_str(&once)) ||
			    json_decode(&schema, once.data, once.len, &mem, &again, &problem) < 0)
				abort();
			json_encode(&schema, &again, 0, &twice);
			if (!str_eq(buf_str(&once), buf_str(&twice)))
				abort();
		}
	} else {
		check_problem(&problem);
	}
	arena_done(&mem);
	buf_done(&once);
	buf_done(&twice);
	return 0;
}
