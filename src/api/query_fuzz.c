/* query_fuzz.c - query strings and cursors: whatever comes, within the arena and the limits. */
#include "api/cursor.h"
#include "api/query.h"
#include <string.h>

struct asked {
	const char *text;
	int64_t number, time_ms;
	struct id id;
	struct json_list parts;
};

#define AT(member) offsetof(struct asked, member)
static const struct json_field fields[] = {
	{ "text", JSON_TEXT, AT(text), .max = 64 },
	{ "number", JSON_INT, AT(number), .flags = 0 },
	{ "time", JSON_TIME, AT(time_ms), .flags = 0 },
	{ "id", JSON_ID, AT(id), .min = ID_SITE },
	{ "parts", JSON_TEXTS, AT(parts), .max = 8 },
	{},
};
static const struct json_schema schema = { "asked", sizeof(struct asked), 0, fields };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct json_problem problem;
	struct arena mem = {};
	struct str where;
	struct asked a;
	char *text = arena_strndup(&mem, (const char *)data, len);

	if (query_decode(&schema, (struct str){ (const char *)data, len }, &mem, &a, &problem) ==
	    0) {
		assert(!a.text || utf8_valid(str_of(a.text)));
		assert(a.parts.len <= 8);
	}
	/* Nobody can make a cursor without the key. */
	assert(cursor_decode(&mem, STR("q"), text, &where) < 0);
	arena_done(&mem);
	return 0;
}
