/* openapi.c - see openapi.h.
 *
 * The writer knows two levels of syntax only (open, close, member); order is that of paths and
 * names, so that the committed document changes where a row changes and nowhere else. */
#include "api/openapi.h"

#include "base/arena.h"
#include "base/err.h"
#include "wire/messages.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMAS_MAX 128
#define ROWS_MAX    512

struct writer {
	struct buf *out;
	int depth;
	bool first; /* nothing stands yet in the innermost object or array */
};

struct used_schema {
	const struct json_schema *schema;
	bool in; /* what a client sends: closed */
};

struct doc {
	struct writer w;
	const struct openapi_names *names;
	const struct route *rows[ROWS_MAX];
	size_t rows_len;
	struct used_schema schemas[SCHEMAS_MAX];
	size_t schemas_len;
};

/* ---- syntax ---- */

static void line(struct writer *w)
{
	buf_puts(w->out, w->first ? "\n" : ",\n");
	for (int i = 0; i < w->depth; i++)
		buf_puts(w->out, "  ");
	w->first = false;
}

static void key(struct writer *w, const char *name)
{
	line(w);
	if (name) {
		json_put_text(w->out, str_of(name));
		buf_puts(w->out, ": ");
	}
}

static void begin(struct writer *w, const char *name, char bracket)
{
	key(w, name);
	buf_putc(w->out, bracket);
	w->depth++;
	w->first = true;
}

static void end(struct writer *w, char bracket)
{
	bool empty = w->first;

	w->depth--;
	w->first = true;
	if (!empty)
		line(w);
	buf_putc(w->out, bracket);
	w->first = false;
}

static void text(struct writer *w, const char *name, const char *value)
{
	key(w, name);
	json_put_text(w->out, str_of(value));
}

static void number(struct writer *w, const char *name, int64_t value)
{
	key(w, name);
	buf_printf(w->out, "%lld", (long long)value);
}

static void word(struct writer *w, const char *name, const char *value)
{
	key(w, name);
	buf_puts(w->out, value);
}

static void ref(struct writer *w, const struct json_schema *s)
{
	struct buf path = buf_new(128);

	buf_printf(&path, "#/components/schemas/%s", s->name);
	text(w, "$ref", (const char *)path.data);
	buf_done(&path);
}

/* ---- schemas ---- */

static void use_schema(struct doc *d, const struct json_schema *s, bool in)
{
	for (size_t i = 0; i < d->schemas_len; i++) {
		if (d->schemas[i].schema == s) {
			d->schemas[i].in |= in;
			return;
		}
		/* Two schemas of one name would be one in the document. */
		assert(strcmp(d->schemas[i].schema->name, s->name) != 0);
	}
	assert(d->schemas_len < SCHEMAS_MAX);
	d->schemas[d->schemas_len++] = (struct used_schema){ s, in };
	for (const struct json_field *f = s->fields; f->name; f++) {
		if (f->sub)
			use_schema(d, f->sub, in);
	}
}

static int by_name(const void *a, const void *b)
{
	const struct used_schema *x = a, *y = b;

	return strcmp(x->schema->name, y->schema->name);
}

static void put_type(struct writer *w, const char *type, bool nullable)
{
	if (!nullable) {
		text(w, "type", type);
		return;
	}
	begin(w, "type", '[');
	text(w, NULL, type);
	text(w, NULL, "null");
	end(w, ']');
}

static void put_limits(struct writer *w, const struct json_field *f, const char *min,
		       const char *max)
{
	if (!f->min && !f->max)
		return;
	number(w, min, f->min);
	number(w, max, f->max);
}

static void put_names(struct writer *w, const struct json_field *f, bool nullable)
{
	begin(w, "enum", '[');
	for (const char *const *n = f->names; *n; n++)
		text(w, NULL, *n);
	if (nullable)
		word(w, NULL, "null");
	end(w, ']');
}

static void put_counts(struct writer *w, const struct json_field *f)
{
	text(w, "type", "object");
	begin(w, "properties", '{');
	for (const char *const *n = f->names; *n; n++) {
		begin(w, *n, '{');
		text(w, "type", "integer");
		end(w, '}');
	}
	end(w, '}');
	begin(w, "required", '[');
	for (const char *const *n = f->names; *n; n++)
		text(w, NULL, *n);
	end(w, ']');
}

static void put_pairs(struct writer *w)
{
	text(w, "type", "array");
	begin(w, "items", '{');
	text(w, "type", "array");
	begin(w, "items", '{');
	put_type(w, "number", true);
	end(w, '}');
	number(w, "minItems", 2);
	number(w, "maxItems", 2);
	end(w, '}');
}

static void put_object(struct writer *w, const struct json_field *f, bool nullable)
{
	if (!nullable) {
		ref(w, f->sub);
		return;
	}
	begin(w, "oneOf", '[');
	begin(w, NULL, '{');
	ref(w, f->sub);
	end(w, '}');
	begin(w, NULL, '{');
	text(w, "type", "null");
	end(w, '}');
	end(w, ']');
}

static void put_list(struct writer *w, const struct json_field *f)
{
	text(w, "type", "array");
	begin(w, "items", '{');
	if (f->type == JSON_LIST)
		ref(w, f->sub);
	else
		text(w, "type", "string");
	end(w, '}');
	if (f->max)
		number(w, "maxItems", f->max);
}

static void put_id(struct writer *w, const struct json_field *f, bool nullable)
{
	struct buf pattern = buf_new(128);

	put_type(w, "string", nullable);
	buf_printf(&pattern, "^%s_[0-9a-hjkmnp-tv-z]{26}$", id_prefix((enum id_kind)f->min));
	text(w, "pattern", (const char *)pattern.data);
	buf_done(&pattern);
}

static void put_field_type(struct writer *w, const struct json_field *f)
{
	bool nullable = f->flags & JSON_NULLABLE;

	switch (f->type) {
	case JSON_TEXT:
		put_type(w, "string", nullable);
		put_limits(w, f, "minLength", "maxLength");
		break;
	case JSON_INT:
		put_type(w, "integer", nullable);
		put_limits(w, f, "minimum", "maximum");
		break;
	case JSON_REAL:
		put_type(w, "number", nullable);
		put_limits(w, f, "minimum", "maximum");
		break;
	case JSON_BOOL:
		put_type(w, "boolean", nullable);
		break;
	case JSON_TIME:
		put_type(w, "string", nullable);
		text(w, "format", "date-time");
		break;
	case JSON_ID:
		put_id(w, f, nullable);
		break;
	case JSON_ENUM:
		put_type(w, "string", nullable);
		put_names(w, f, nullable);
		break;
	case JSON_OBJECT:
		put_object(w, f, nullable);
		break;
	case JSON_LIST:
	case JSON_TEXTS:
		put_list(w, f);
		break;
	case JSON_PAIRS:
		put_pairs(w);
		break;
	case JSON_COUNTS:
		put_counts(w, f);
		break;
	}
}

/* Lists are always written, absent objects and nullable members as null. */
static bool always_there(const struct json_field *f, bool in)
{
	if (in)
		return f->flags & JSON_REQUIRED;
	return f->flags & (JSON_REQUIRED | JSON_NULLABLE) || f->type == JSON_LIST ||
	       f->type == JSON_TEXTS || f->type == JSON_PAIRS || f->type == JSON_COUNTS;
}

static void put_required(struct writer *w, const struct used_schema *u)
{
	const struct json_field *f = u->schema->fields;

	while (f->name && !always_there(f, u->in))
		f++;
	if (!f->name)
		return;
	begin(w, "required", '[');
	for (; f->name; f++) {
		if (always_there(f, u->in))
			text(w, NULL, f->name);
	}
	end(w, ']');
}

static void put_schema(struct writer *w, const struct used_schema *u)
{
	begin(w, u->schema->name, '{');
	text(w, "type", "object");
	begin(w, "properties", '{');
	for (const struct json_field *f = u->schema->fields; f->name; f++) {
		begin(w, f->name, '{');
		put_field_type(w, f);
		end(w, '}');
	}
	end(w, '}');
	put_required(w, u);
	if (u->in && !(u->schema->flags & JSON_OPEN))
		word(w, "additionalProperties", "false");
	end(w, '}');
}

/* ---- operations ---- */

static const char *right_text(const struct doc *d, int right)
{
	switch (right) {
	case RIGHT_PUBLIC:
		return "public";
	case RIGHT_LOGIN:
		return "login";
	case RIGHT_SIGNED:
		return "signed";
	default:
		return d->names->right(right);
	}
}

static void put_ids(struct writer *w, const struct route *r)
{
	const char *at = r->path;

	for (size_t i = 0; i < ROUTE_IDS_MAX && r->ids[i] != ID_NONE; i++) {
		struct buf name = buf_new(64);
		struct json_field f = { .type = JSON_ID, .min = r->ids[i] };

		at = strchr(at, '{') + 1;
		buf_put(&name, at, strcspn(at, "}"));
		begin(w, NULL, '{');
		text(w, "name", (const char *)name.data);
		text(w, "in", "path");
		word(w, "required", "true");
		begin(w, "schema", '{');
		put_field_type(w, &f);
		end(w, '}');
		end(w, '}');
		buf_done(&name);
	}
}

static void put_last_event_id(struct writer *w)
{
	begin(w, NULL, '{');
	text(w, "name", "Last-Event-ID");
	text(w, "in", "header");
	begin(w, "schema", '{');
	text(w, "type", "integer");
	end(w, '}');
	end(w, '}');
}

static void put_parameters(struct writer *w, const struct route *r)
{
	const struct json_field *f = r->query ? r->query->fields : NULL;

	if (r->ids[0] == ID_NONE && !f && !(r->flags & ROUTE_STREAM))
		return;
	begin(w, "parameters", '[');
	put_ids(w, r);
	if (r->flags & ROUTE_STREAM)
		put_last_event_id(w);
	for (; f && f->name; f++) {
		begin(w, NULL, '{');
		text(w, "name", f->name);
		text(w, "in", "query");
		if (f->flags & JSON_REQUIRED)
			word(w, "required", "true");
		if (f->type == JSON_TEXTS) {
			text(w, "style", "form");
			word(w, "explode", "false");
		}
		begin(w, "schema", '{');
		put_field_type(w, f);
		end(w, '}');
		end(w, '}');
	}
	end(w, ']');
}

static void put_content(struct writer *w, const char *type, const struct json_schema *s)
{
	begin(w, "content", '{');
	begin(w, type, '{');
	begin(w, "schema", '{');
	if (s)
		ref(w, s);
	end(w, '}');
	end(w, '}');
	end(w, '}');
}

static void put_responses(struct writer *w, const struct route *r)
{
	char status[8];

	snprintf(status, sizeof(status), "%d", r->status ? r->status : 200);
	begin(w, "responses", '{');
	begin(w, status, '{');
	text(w, "description", "Done");
	if (r->flags & ROUTE_STREAM)
		put_content(w, "text/event-stream", r->out);
	else if (r->out)
		put_content(w, MEDIA_JSON, r->out);
	end(w, '}');
	begin(w, "default", '{');
	text(w, "description", "A problem (RFC 9457)");
	put_content(w, MEDIA_PROBLEM, &problem_schema);
	end(w, '}');
	end(w, '}');
}

static void put_operation(struct doc *d, const struct route *r)
{
	struct writer *w = &d->w;
	struct buf name = buf_new(16);

	for (const char *c = method_name(r->method); *c; c++)
		buf_putc(&name, (char)(*c | 0x20));
	begin(w, (const char *)name.data, '{');
	buf_done(&name);
	if (r->summary)
		text(w, "summary", r->summary);
	text(w, "x-right", right_text(d, r->right));
	text(w, "x-change", r->change > 0 ? d->names->change(r->change) : "none");
	if (r->right > RIGHT_PUBLIC && r->right != RIGHT_SIGNED) {
		begin(w, "security", '[');
		begin(w, NULL, '{');
		begin(w, "login", '[');
		end(w, ']');
		end(w, '}');
		end(w, ']');
	}
	put_parameters(w, r);
	if (r->in || r->flags & ROUTE_RAW) {
		begin(w, "requestBody", '{');
		word(w, "required", "true");
		put_content(w, r->flags & ROUTE_RAW ? r->type : MEDIA_JSON, r->in);
		end(w, '}');
	}
	put_responses(w, r);
	end(w, '}');
}

static int by_path(const void *a, const void *b)
{
	const struct route *x = *(const struct route *const *)a,
			   *y = *(const struct route *const *)b;
	int order = strcmp(x->path, y->path);

	return order ? order : (int)x->method - (int)y->method;
}

static void collect(struct doc *d, const struct route *const *tables)
{
	for (size_t t = 0; tables[t]; t++) {
		for (const struct route *r = tables[t]; r->path; r++) {
			if (r->flags & ROUTE_HIDDEN)
				continue;
			assert(d->rows_len < ROWS_MAX);
			d->rows[d->rows_len++] = r;
			if (r->in)
				use_schema(d, r->in, true);
			if (r->out)
				use_schema(d, r->out, false);
		}
	}
	use_schema(d, &problem_schema, false);
	qsort(d->rows, d->rows_len, sizeof(d->rows[0]), by_path);
	qsort(d->schemas, d->schemas_len, sizeof(d->schemas[0]), by_name);
}

static void put_paths(struct doc *d)
{
	struct writer *w = &d->w;

	begin(w, "paths", '{');
	for (size_t i = 0; i < d->rows_len; i++) {
		const char *path = d->rows[i]->path;

		if (i == 0 || strcmp(d->rows[i - 1]->path, path) != 0)
			begin(w, path, '{');
		put_operation(d, d->rows[i]);
		if (i + 1 == d->rows_len || strcmp(d->rows[i + 1]->path, path) != 0)
			end(w, '}');
	}
	end(w, '}');
}

static void put_components(struct doc *d)
{
	struct writer *w = &d->w;

	begin(w, "components", '{');
	begin(w, "schemas", '{');
	for (size_t i = 0; i < d->schemas_len; i++)
		put_schema(w, &d->schemas[i]);
	end(w, '}');
	begin(w, "securitySchemes", '{');
	begin(w, "login", '{');
	text(w, "type", "apiKey");
	text(w, "in", "cookie");
	text(w, "name", "__Host-imprimatur");
	end(w, '}');
	end(w, '}');
	end(w, '}');
}

void openapi_write(const struct route *const *tables, const struct openapi_names *names,
		   struct buf *out)
{
	struct doc *d = xcalloc(1, sizeof(*d));
	struct writer *w = &d->w;

	w->out = out;
	w->depth = 1;
	w->first = true;
	d->names = names;
	collect(d, tables);
	buf_putc(out, '{');
	text(w, "openapi", "3.1.0");
	begin(w, "info", '{');
	text(w, "title", names->title);
	text(w, "version", names->version);
	end(w, '}');
	put_paths(d);
	put_components(d);
	buf_puts(out, "\n}\n");
	free(d);
}
