/* query.c - see query.h.
 *
 * A query string has no structure of its own, so the pairs are walked once and each is written
 * straight into its member; what a query cannot hold (objects, lists of objects) in its table is
 * our own mistake and asserted. */
#include "api/query.h"

#include "base/err.h"
#include <stdio.h>
#include <string.h>

#define PAIRS_MAX 32
#define TEXTS_MAX 64

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int query_unescape(struct str text, struct arena *mem, struct str *ret_text)
{
	char *out = arena_alloc(mem, text.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];

		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			int hi, lo;

			if (text.len - i < 3)
				return ERR_INVALID;
			hi = hex_digit(text.p[i + 1]);
			lo = hex_digit(text.p[i + 2]);
			if (hi < 0 || lo < 0)
				return ERR_INVALID;
			c = (char)(hi << 4 | lo);
			i += 2;
		}
		out[len++] = c;
	}
	if (!utf8_valid((struct str){ out, len }))
		return ERR_INVALID;
	*ret_text = (struct str){ out, len };
	return 0;
}

static int refuse(struct json_problem *problem, struct str field, const char *detail)
{
	snprintf(problem->field, sizeof(problem->field), "%.*s",
		 (int)(field.len < sizeof(problem->field) ? field.len : sizeof(problem->field) - 1),
		 field.len ? field.p : "");
	snprintf(problem->detail, sizeof(problem->detail), "%s", detail);
	return ERR_INVALID;
}

static bool within(const struct json_field *f, int64_t value)
{
	return (!f->min && !f->max) || (value >= f->min && value <= f->max);
}

static const char *read_int(const struct json_field *f, struct str v, int64_t *out)
{
	bool minus = v.len && v.p[0] == '-';
	struct str digits = minus ? (struct str){ v.p + 1, v.len - 1 } : v;
	uint64_t n;

	if (!str_to_u64(digits, &n) || n > INT64_MAX)
		return "is not a whole number";
	*out = minus ? -(int64_t)n : (int64_t)n;
	return within(f, *out) ? NULL : "is out of range";
}

static const char *read_enum(const struct json_field *f, struct str v, int *out)
{
	for (int i = 0; f->names[i]; i++) {
		if (str_eq(v, str_of(f->names[i]))) {
			*out = i;
			return NULL;
		}
	}
	return "is none of the known words";
}

static const char *read_texts(const struct json_field *f, struct str v, struct arena *mem,
			      struct json_list *out)
{
	size_t max = f->max > 0 && f->max < TEXTS_MAX ? (size_t)f->max : TEXTS_MAX;
	struct str rest = v, part;

	out->items = (void **)ARENA_ARRAY(mem, char *, max);
	out->len = 0;
	while (str_split(&rest, ',', &part)) {
		if (!part.len)
			return "holds an empty part";
		if (out->len == max)
			return "holds too many parts";
		out->items[out->len++] = arena_strndup(mem, part.p, part.len);
	}
	return NULL;
}

/* Writes one value into its member; NULL or what is wrong with it. */
static const char *read_value(const struct json_field *f, struct str v, struct arena *mem, void *at)
{
	switch (f->type) {
	case JSON_TEXT:
		if (!within(f, (int64_t)v.len))
			return "is too short or too long";
		*(const char **)at = arena_strndup(mem, v.p, v.len);
		return NULL;
	case JSON_INT:
		return read_int(f, v, at);
	case JSON_TIME:
		return time_decode(v, at) < 0 ? "is no time (RFC 3339)" : NULL;
	case JSON_ID:
		return id_decode((enum id_kind)f->min, v, at) < 0 ? "is no id of this kind" : NULL;
	case JSON_ENUM:
		return read_enum(f, v, at);
	case JSON_BOOL:
		if (!str_eq(v, STR("true")) && !str_eq(v, STR("false")))
			return "is neither true nor false";
		*(enum json_bool *)at = str_eq(v, STR("true"));
		return NULL;
	case JSON_TEXTS:
		return read_texts(f, v, mem, at);
	case JSON_REAL:
	case JSON_OBJECT:
	case JSON_LIST:
	case JSON_PAIRS:
	case JSON_COUNTS:
		break;
	}
	assert(!"a query's table holds a type that no query can");
	return NULL;
}

static const struct json_field *find_field(const struct json_schema *s, struct str name,
					   size_t *ret_at)
{
	for (size_t i = 0; s->fields[i].name; i++) {
		if (str_eq(name, str_of(s->fields[i].name))) {
			*ret_at = i;
			return &s->fields[i];
		}
	}
	return NULL;
}

static int read_pair(const struct json_schema *schema, struct str pair, struct arena *mem,
		     uint8_t *out, uint64_t *seen, struct json_problem *problem)
{
	const char *eq = memchr(pair.p, '=', pair.len);
	size_t name_len = eq ? (size_t)(eq - pair.p) : pair.len, at = 0;
	struct str raw = eq ? (struct str){ eq + 1, pair.len - name_len - 1 } : (struct str){};
	const struct json_field *f;
	const char *wrong;
	struct str name, value;

	if (query_unescape((struct str){ pair.p, name_len }, mem, &name) < 0 ||
	    query_unescape(raw, mem, &value) < 0)
		return refuse(problem, (struct str){}, "the query is not encoded as it should be");
	f = find_field(schema, name, &at);
	if (!f)
		return refuse(problem, name, "is not known here");
	assert(at < 64);
	if (*seen >> at & 1)
		return refuse(problem, name, "is there twice");
	*seen |= UINT64_C(1) << at;
	if (!value.len)
		return 0;
	wrong = read_value(f, value, mem, out + f->offset);
	return wrong ? refuse(problem, name, wrong) : 0;
}

int query_decode(const struct json_schema *schema, struct str text, struct arena *mem, void *out,
		 struct json_problem *ret_problem)
{
	uint64_t seen = 0;
	unsigned pairs = 0;

	json_init(schema, out);
	for (size_t at = 0; at < text.len;) {
		const char *end = memchr(text.p + at, '&', text.len - at);
		struct str pair = { text.p + at,
				    end ? (size_t)(end - text.p) - at : text.len - at };
		int rc;

		at += pair.len + 1;
		if (!pair.len)
			continue;
		if (++pairs > PAIRS_MAX)
			return refuse(ret_problem, (struct str){}, "the query is too long");
		rc = read_pair(schema, pair, mem, out, &seen, ret_problem);
		if (rc < 0)
			return rc;
	}
	for (size_t i = 0; schema->fields[i].name; i++) {
		if (schema->fields[i].flags & JSON_REQUIRED && !(seen >> i & 1))
			return refuse(ret_problem, str_of(schema->fields[i].name), "is missing");
	}
	return 0;
}
