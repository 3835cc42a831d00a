/* openapi.c - see openapi.h.
 *
 * The order is that of paths and names, so that the committed document changes where a row changes
 * and nowhere else. */
#include "api/openapi.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/json_doc.h"
#include "wire/messages.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMAS_MAX 128
#define ROWS_MAX    512

struct used_schema {
	const struct json_schema *schema;
	bool in; /* what a client sends: closed */
};

struct doc {
	struct json_doc w;
	const struct openapi_names *names;
	const struct route *rows[ROWS_MAX];
	size_t rows_len;
	struct used_schema schemas[SCHEMAS_MAX];
	size_t schemas_len;
};

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

static void put_name_type(struct json_doc *w)
{
	doc_text(w, "type", "string");
	doc_text(w, "pattern", "^[0-9A-Za-z][0-9A-Za-z+._~-]*$");
	doc_number(w, "maxLength", ROUTE_NAME_MAX);
}

static void put_ids(struct json_doc *w, const struct route *r)
{
	const char *at = r->path;

	for (size_t i = 0; i < ROUTE_IDS_MAX && r->ids[i] != ID_NONE; i++) {
		struct buf name = buf_new(64);
		const struct json_field f = { .type = JSON_ID, .min = r->ids[i] };

		at = strchr(at, '{') + 1;
		buf_put(&name, at, strcspn(at, "}"));
		doc_open(w, NULL, '{');
		doc_text(w, "name", (const char *)name.data);
		doc_text(w, "in", "path");
		doc_word(w, "required", "true");
		doc_open(w, "schema", '{');
		if (r->ids[i] == ROUTE_NAME)
			put_name_type(w);
		else
			doc_type(w, &f);
		doc_close(w, '}');
		doc_close(w, '}');
		buf_done(&name);
	}
}

static void put_last_event_id(struct json_doc *w)
{
	doc_open(w, NULL, '{');
	doc_text(w, "name", "Last-Event-ID");
	doc_text(w, "in", "header");
	doc_open(w, "schema", '{');
	doc_text(w, "type", "integer");
	doc_close(w, '}');
	doc_close(w, '}');
}

static void put_parameters(struct json_doc *w, const struct route *r)
{
	const struct json_field *f = r->query ? r->query->fields : NULL;

	if (r->ids[0] == ID_NONE && !f && !(r->flags & ROUTE_STREAM))
		return;
	doc_open(w, "parameters", '[');
	put_ids(w, r);
	if (r->flags & ROUTE_STREAM)
		put_last_event_id(w);
	for (; f && f->name; f++) {
		doc_open(w, NULL, '{');
		doc_text(w, "name", f->name);
		doc_text(w, "in", "query");
		if (f->flags & JSON_REQUIRED)
			doc_word(w, "required", "true");
		if (f->type == JSON_TEXTS) {
			doc_text(w, "style", "form");
			doc_word(w, "explode", "false");
		}
		doc_open(w, "schema", '{');
		doc_type(w, f);
		doc_close(w, '}');
		doc_close(w, '}');
	}
	doc_close(w, ']');
}

static void put_content(struct json_doc *w, const char *type, const struct json_schema *s)
{
	doc_open(w, "content", '{');
	doc_open(w, type, '{');
	doc_open(w, "schema", '{');
	if (s)
		doc_ref(w, s);
	doc_close(w, '}');
	doc_close(w, '}');
	doc_close(w, '}');
}

static void put_responses(struct json_doc *w, const struct route *r)
{
	char status[8];

	snprintf(status, sizeof(status), "%d", r->status ? r->status : 200);
	doc_open(w, "responses", '{');
	doc_open(w, status, '{');
	doc_text(w, "description", "Done");
	if (r->flags & ROUTE_STREAM)
		put_content(w, "text/event-stream", r->out);
	else if (r->flags & ROUTE_DOWNLOAD)
		put_content(w, r->type, NULL);
	else if (r->out)
		put_content(w, MEDIA_JSON, r->out);
	doc_close(w, '}');
	doc_open(w, "default", '{');
	doc_text(w, "description", "A problem (RFC 9457)");
	put_content(w, MEDIA_PROBLEM, &problem_schema);
	doc_close(w, '}');
	doc_close(w, '}');
}

static void put_operation(struct doc *d, const struct route *r)
{
	struct json_doc *w = &d->w;
	struct buf name = buf_new(16);

	for (const char *c = method_name(r->method); *c; c++)
		buf_putc(&name, (char)(*c | 0x20));
	doc_open(w, (const char *)name.data, '{');
	buf_done(&name);
	if (r->summary)
		doc_text(w, "summary", r->summary);
	doc_text(w, "x-right", right_text(d, r->right));
	doc_text(w, "x-change", r->change > 0 ? d->names->change(r->change) : "none");
	if (r->right > RIGHT_PUBLIC && r->right != RIGHT_SIGNED) {
		doc_open(w, "security", '[');
		doc_open(w, NULL, '{');
		doc_open(w, "login", '[');
		doc_close(w, ']');
		doc_close(w, '}');
		doc_close(w, ']');
	}
	put_parameters(w, r);
	if (r->in || r->flags & ROUTE_RAW) {
		doc_open(w, "requestBody", '{');
		doc_word(w, "required", "true");
		put_content(w, r->flags & ROUTE_RAW ? r->type : MEDIA_JSON, r->in);
		doc_close(w, '}');
	}
	put_responses(w, r);
	doc_close(w, '}');
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
	struct json_doc *w = &d->w;

	doc_open(w, "paths", '{');
	for (size_t i = 0; i < d->rows_len; i++) {
		const char *path = d->rows[i]->path;

		if (i == 0 || strcmp(d->rows[i - 1]->path, path) != 0)
			doc_open(w, path, '{');
		put_operation(d, d->rows[i]);
		if (i + 1 == d->rows_len || strcmp(d->rows[i + 1]->path, path) != 0)
			doc_close(w, '}');
	}
	doc_close(w, '}');
}

static void put_components(struct doc *d)
{
	struct json_doc *w = &d->w;

	doc_open(w, "components", '{');
	doc_open(w, "schemas", '{');
	for (size_t i = 0; i < d->schemas_len; i++)
		doc_schema(w, d->schemas[i].schema, d->schemas[i].in ? DOC_IN : 0);
	doc_close(w, '}');
	doc_open(w, "securitySchemes", '{');
	doc_open(w, "login", '{');
	doc_text(w, "type", "apiKey");
	doc_text(w, "in", "cookie");
	doc_text(w, "name", "__Host-imprimatur");
	doc_close(w, '}');
	doc_close(w, '}');
	doc_close(w, '}');
}

void openapi_write(const struct route *const *tables, const struct openapi_names *names,
		   struct buf *out)
{
	struct doc *d = xcalloc(1, sizeof(*d));
	struct json_doc *w = &d->w;

	doc_begin(w, out, "#/components/schemas/");
	d->names = names;
	collect(d, tables);
	doc_text(w, "openapi", "3.1.0");
	doc_open(w, "info", '{');
	doc_text(w, "title", names->title);
	doc_text(w, "version", names->version);
	doc_close(w, '}');
	put_paths(d);
	put_components(d);
	doc_end(w);
	free(d);
}
