/* json_doc.c - see json_doc.h.
 *
 * The writer knows two levels of syntax only (open, close, member). */
#include "base/json_doc.h"

#include "base/id.h"

/* ---- syntax ---- */

static void line(struct json_doc *w)
{
	buf_puts(w->out, w->first ? "\n" : ",\n");
	for (int i = 0; i < w->depth; i++)
		buf_puts(w->out, "  ");
	w->first = false;
}

static void key(struct json_doc *w, const char *name)
{
	line(w);
	if (name) {
		json_put_text(w->out, str_of(name));
		buf_puts(w->out, ": ");
	}
}

void doc_begin(struct json_doc *w, struct buf *out, const char *refs)
{
	*w = (struct json_doc){ .out = out, .depth = 1, .first = true, .refs = refs };
	buf_putc(out, '{');
}

void doc_end(struct json_doc *w)
{
	buf_puts(w->out, "\n}\n");
}

void doc_open(struct json_doc *w, const char *name, char bracket)
{
	key(w, name);
	buf_putc(w->out, bracket);
	w->depth++;
	w->first = true;
}

void doc_close(struct json_doc *w, char bracket)
{
	bool empty = w->first;

	w->depth--;
	w->first = true;
	if (!empty)
		line(w);
	buf_putc(w->out, bracket);
	w->first = false;
}

void doc_text(struct json_doc *w, const char *name, const char *value)
{
	key(w, name);
	json_put_text(w->out, str_of(value));
}

void doc_number(struct json_doc *w, const char *name, int64_t value)
{
	key(w, name);
	buf_printf(w->out, "%lld", (long long)value);
}

void doc_word(struct json_doc *w, const char *name, const char *value)
{
	key(w, name);
	buf_puts(w->out, value);
}

void doc_ref(struct json_doc *w, const struct json_schema *s)
{
	struct buf path = buf_new(128);

	buf_printf(&path, "%s%s", w->refs, s->name);
	doc_text(w, "$ref", (const char *)path.data);
	buf_done(&path);
}

/* ---- types and schemas ---- */

static void put_type(struct json_doc *w, const char *type, bool nullable)
{
	if (!nullable) {
		doc_text(w, "type", type);
		return;
	}
	doc_open(w, "type", '[');
	doc_text(w, NULL, type);
	doc_text(w, NULL, "null");
	doc_close(w, ']');
}

static void put_limits(struct json_doc *w, const struct json_field *f, const char *min,
		       const char *max)
{
	if (!f->min && !f->max)
		return;
	doc_number(w, min, f->min);
	doc_number(w, max, f->max);
}

static void put_names(struct json_doc *w, const struct json_field *f, bool nullable)
{
	doc_open(w, "enum", '[');
	for (const char *const *n = f->names; *n; n++)
		doc_text(w, NULL, *n);
	if (nullable)
		doc_word(w, NULL, "null");
	doc_close(w, ']');
}

static void put_counts(struct json_doc *w, const struct json_field *f)
{
	doc_text(w, "type", "object");
	doc_open(w, "properties", '{');
	for (const char *const *n = f->names; *n; n++) {
		doc_open(w, *n, '{');
		doc_text(w, "type", "integer");
		doc_close(w, '}');
	}
	doc_close(w, '}');
	doc_open(w, "required", '[');
	for (const char *const *n = f->names; *n; n++)
		doc_text(w, NULL, *n);
	doc_close(w, ']');
}

static void put_pairs(struct json_doc *w)
{
	doc_text(w, "type", "array");
	doc_open(w, "items", '{');
	doc_text(w, "type", "array");
	doc_open(w, "items", '{');
	put_type(w, "number", true);
	doc_close(w, '}');
	doc_number(w, "minItems", 2);
	doc_number(w, "maxItems", 2);
	doc_close(w, '}');
}

static void put_object(struct json_doc *w, const struct json_field *f, bool nullable)
{
	if (!nullable) {
		doc_ref(w, f->sub);
		return;
	}
	doc_open(w, "oneOf", '[');
	doc_open(w, NULL, '{');
	doc_ref(w, f->sub);
	doc_close(w, '}');
	doc_open(w, NULL, '{');
	doc_text(w, "type", "null");
	doc_close(w, '}');
	doc_close(w, ']');
}

static void put_list(struct json_doc *w, const struct json_field *f)
{
	doc_text(w, "type", "array");
	doc_open(w, "items", '{');
	if (f->type == JSON_LIST)
		doc_ref(w, f->sub);
	else
		doc_text(w, "type", "string");
	if (f->type == JSON_TEXTS && f->names)
		put_names(w, f, false);
	doc_close(w, '}');
	if (f->max)
		doc_number(w, "maxItems", f->max);
}

static void put_id(struct json_doc *w, const struct json_field *f, bool nullable)
{
	struct buf pattern = buf_new(128);

	put_type(w, "string", nullable);
	buf_printf(&pattern, "^%s_[0-9a-hjkmnp-tv-z]{26}$", id_prefix((enum id_kind)f->min));
	doc_text(w, "pattern", (const char *)pattern.data);
	buf_done(&pattern);
}

void doc_type(struct json_doc *w, const struct json_field *f)
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
		doc_text(w, "format", "date-time");
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
static bool always_there(const struct json_field *f, unsigned flags)
{
	if (flags & DOC_IN)
		return f->flags & (JSON_REQUIRED | JSON_LATER);
	return f->flags & (JSON_REQUIRED | JSON_NULLABLE) || f->type == JSON_LIST ||
	       f->type == JSON_TEXTS || f->type == JSON_PAIRS || f->type == JSON_COUNTS;
}

static void put_required(struct json_doc *w, const struct json_schema *s, unsigned flags)
{
	const struct json_field *f = s->fields;

	while (f->name && !always_there(f, flags))
		f++;
	if (!f->name)
		return;
	doc_open(w, "required", '[');
	for (; f->name; f++) {
		if (always_there(f, flags))
			doc_text(w, NULL, f->name);
	}
	doc_close(w, ']');
}

static void put_note(struct json_doc *w, const struct field_note *note)
{
	doc_text(w, "description", note->purpose);
	doc_text(w, "x-requirement", note->requirement);
	doc_number(w, "x-since", note->since);
}

void doc_schema(struct json_doc *w, const struct json_schema *s, unsigned flags)
{
	doc_open(w, s->name, '{');
	doc_text(w, "type", "object");
	doc_open(w, "properties", '{');
	for (const struct json_field *f = s->fields; f->name; f++) {
		doc_open(w, f->name, '{');
		doc_type(w, f);
		if (flags & DOC_NOTES && f->note)
			put_note(w, f->note);
		doc_close(w, '}');
	}
	doc_close(w, '}');
	put_required(w, s, flags);
	if (flags & DOC_IN && !(s->flags & JSON_OPEN))
		doc_word(w, "additionalProperties", "false");
	doc_close(w, '}');
}
