/* json.c - walks a schema's rows, once to read a tree into a struct, once to write a struct out.
 *
 * One function a type and direction, found by the type: a new type is a row in `readers` and one in
 * `writers`. */
#include "base/json.h"
#include "base/err.h"
#include "base/json_int.h"
#include "base/json_tree.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static_assert(TREE_DETAIL_MAX == sizeof(((struct json_problem *)0)->detail), "one size for both");

/* ---- decoding ---- */

/* The way from the root to what is being read.  Its name is made for what is refused alone. */
struct step {
	const struct step *above; /* NULL: the root's member */
	const char *name;         /* NULL: an item of a list */
	size_t item;
};

struct reading {
	struct arena *mem;
	struct json_problem *problem;
	bool numbers; /* JSON_NUMBERS */
	const struct step *at;
};

#define PATH_SIZE sizeof(((struct json_problem *)0)->field)

/* The length; what does not fit is left out (at a code point, so that it stays UTF-8). */
static size_t put_path(const struct step *step, char out[static PATH_SIZE])
{
	char index[24];
	struct str name;
	size_t len;

	out[0] = 0;
	if (!step)
		return 0;
	len = put_path(step->above, out);
	snprintf(index, sizeof(index), "[%zu]", step->item);
	name = str_of(step->name ? step->name : index);
	if (step->name && len > 0 && len < PATH_SIZE - 1)
		out[len++] = '.';
	name = utf8_cut(name, PATH_SIZE - 1 - len);
	memcpy(out + len, name.p, name.len);
	out[len + name.len] = 0;
	return len + name.len;
}

PRINTF(2, 3) static int refuse(struct reading *r, const char *fmt, ...)
{
	va_list ap;

	put_path(r->at, r->problem->field);
	va_start(ap, fmt);
	vsnprintf(r->problem->detail, sizeof(r->problem->detail), fmt, ap);
	va_end(ap);
	return ERR_INVALID;
}

static bool limited(const struct json_field *f)
{
	return f->min != 0 || f->max != 0;
}

static int check_number(struct reading *r, const struct json_field *f, int64_t value)
{
	if (limited(f) && (value < f->min || value > f->max))
		return refuse(r, "must be %" PRId64 " to %" PRId64, f->min, f->max);
	return 0;
}

static int check_count(struct reading *r, const struct json_field *f, size_t len)
{
	if (limited(f) && (len < (uint64_t)f->min || len > (uint64_t)f->max))
		return refuse(r, "must have %" PRId64 " to %" PRId64 " items", f->min, f->max);
	return 0;
}

static int read_object(struct reading *r, const struct json_schema *schema, const struct node *n,
		       void *out);

static int read_text(struct reading *r, const struct json_field *f, const struct node *n, void *at)
{
	struct str s;

	if (node_kind(n) != NODE_TEXT)
		return refuse(r, "must be a text");
	s = node_text(n);
	if (limited(f) &&
	    ((s.len < (uint64_t)f->min && !(f->flags & JSON_LATER)) || s.len > (uint64_t)f->max))
		return refuse(r, "must have %" PRId64 " to %" PRId64 " octets", f->min, f->max);
	*(char **)at = arena_strndup(r->mem, s.p, s.len);
	return 0;
}

static int read_int(struct reading *r, const struct json_field *f, const struct node *n, void *at)
{
	if (node_kind(n) != NODE_INT)
		return refuse(r, "must be a whole number");
	if (node_int(n) == JSON_ABSENT_INT)
		return refuse(r, "is too small");
	*(int64_t *)at = node_int(n);
	return check_number(r, f, *(int64_t *)at);
}

static int read_real(struct reading *r, const struct json_field *f, const struct node *n, void *at)
{
	double value;

	if (node_kind(n) != NODE_INT && node_kind(n) != NODE_REAL)
		return refuse(r, "must be a number");
	value = node_real(n);
	if (limited(f) && (value < (double)f->min || value > (double)f->max))
		return refuse(r, "must be %" PRId64 " to %" PRId64, f->min, f->max);
	*(double *)at = value;
	return 0;
}

static int read_bool(struct reading *r, const struct json_field *f, const struct node *n, void *at)
{
	if (node_kind(n) != NODE_BOOL)
		return refuse(r, "must be true or false");
	*(enum json_bool *)at = node_bool(n) ? JSON_TRUE : JSON_FALSE;
	return 0;
}

static int read_time(struct reading *r, const struct json_field *f, const struct node *n, void *at)
{
	if (r->numbers && node_kind(n) == NODE_INT)
		return read_int(r, f, n, at);
	if (node_kind(n) != NODE_TEXT || time_decode(node_text(n), at) < 0)
		return refuse(r, "must be a time like 2026-11-23T09:12:00.000Z");
	return check_number(r, f, *(int64_t *)at);
}

static int read_id(struct reading *r, const struct json_field *f, const struct node *n, void *at)
{
	const char *prefix = id_prefix((enum id_kind)f->min);

	if (node_kind(n) != NODE_TEXT || id_decode((enum id_kind)f->min, node_text(n), at) < 0 ||
	    id_is_zero(*(struct id *)at))
		return refuse(r, "must be an id%s%s%s", *prefix ? " like " : "", prefix,
			      *prefix ? "_..." : "");
	return 0;
}

static int read_enum(struct reading *r, const struct json_field *f, const struct node *n, void *at)
{
	bool number = r->numbers && node_kind(n) == NODE_INT;
	bool text = node_kind(n) == NODE_TEXT;

	for (int i = 0; (number || text) && f->names[i]; i++) {
		if (number ? node_int(n) == i : str_eq(node_text(n), str_of(f->names[i]))) {
			*(int *)at = i;
			return 0;
		}
	}
	return refuse(r, "must be one of the words listed");
}

static int read_struct(struct reading *r, const struct json_field *f, const struct node *n,
		       void *at)
{
	void *sub = arena_alloc(r->mem, f->sub->size);

	memcpy(at, &sub, sizeof(sub)); /* the member is a pointer to another type */
	return read_object(r, f->sub, n, sub);
}

static int read_list(struct reading *r, const struct json_field *f, const struct node *n, void *at)
{
	struct json_list *list = at;
	int rc;

	if (node_kind(n) != NODE_LIST)
		return refuse(r, "must be a list");
	rc = check_count(r, f, node_len(n));
	if (rc < 0)
		return rc;
	list->items = ARENA_ARRAY(r->mem, void *, node_len(n));
	list->len = node_len(n);
	for (size_t i = 0; i < list->len && rc == 0; i++) {
		struct step step = { r->at, NULL, i };

		r->at = &step;
		list->items[i] = arena_alloc(r->mem, f->sub->size);
		rc = read_object(r, f->sub, node_item(n, i), list->items[i]);
		r->at = step.above;
	}
	return rc;
}

static int read_texts(struct reading *r, const struct json_field *f, const struct node *n, void *at)
{
	static const struct json_field any = { .type = JSON_TEXT };
	struct json_list *list = at;
	int rc;

	if (node_kind(n) != NODE_LIST)
		return refuse(r, "must be a list");
	rc = check_count(r, f, node_len(n));
	if (rc < 0)
		return rc;
	list->items = ARENA_ARRAY(r->mem, void *, node_len(n));
	list->len = node_len(n);
	for (size_t i = 0; i < list->len && rc == 0; i++) {
		struct step step = { r->at, NULL, i };
		char *text = NULL;

		r->at = &step;
		rc = read_text(r, &any, node_item(n, i), &text);
		list->items[i] = text;
		r->at = step.above;
	}
	return rc;
}

typedef int reader_fn(struct reading *r, const struct json_field *f, const struct node *n,
		      void *at);

/* clang-format off */
static reader_fn *const readers[] = {
	[JSON_TEXT]   = read_text,
	[JSON_INT]    = read_int,
	[JSON_REAL]   = read_real,
	[JSON_BOOL]   = read_bool,
	[JSON_TIME]   = read_time,
	[JSON_ID]     = read_id,
	[JSON_ENUM]   = read_enum,
	[JSON_OBJECT] = read_struct,
	[JSON_LIST]   = read_list,
	[JSON_TEXTS]  = read_texts,
	[JSON_PAIRS]  = NULL,
	[JSON_COUNTS] = NULL,
};
/* clang-format on */

/* An object on its way into a struct. */
struct members {
	struct reading *r;
	const struct json_schema *schema;
	void *out;
	size_t next;
	uint64_t given; /* bit n: row n was there, and not null */
};

const struct json_field *json_find_field(const struct json_schema *schema, struct str name,
					 size_t *next)
{
	const size_t start = *next;
	size_t row = start;

	do {
		const struct json_field *f = &schema->fields[row];

		if (!f->name) {
			row = 0; /* round; an empty schema ends here as well */
			continue;
		}
		row++;
		if (readers[f->type] && str_is(name, f->name)) {
			*next = row;
			return f;
		}
	} while (row != start);
	return NULL;
}

static int read_member(const char *name, const struct node *n, void *arg)
{
	struct members *m = arg;
	struct reading *r = m->r;
	const struct json_field *f = json_find_field(m->schema, str_of(name), &m->next);
	struct step step = { r->at, name, 0 };
	int rc = 0;

	r->at = &step;
	if (!f && !(m->schema->flags & JSON_OPEN)) {
		rc = refuse(r, "is not known here");
	} else if (f && node_kind(n) != NODE_NULL) {
		assert(f - m->schema->fields < 64);
		m->given |= UINT64_C(1) << (f - m->schema->fields);
		rc = readers[f->type](r, f, n, (char *)m->out + f->offset);
	}
	r->at = step.above;
	return rc;
}

static int check_given(const struct members *m)
{
	struct reading *r = m->r;

	for (size_t i = 0; m->schema->fields[i].name; i++) {
		const struct json_field *f = &m->schema->fields[i];
		struct step step = { r->at, f->name, 0 };

		if (!(f->flags & JSON_REQUIRED) || !readers[f->type] || m->given >> i & 1)
			continue;
		r->at = &step;
		(void)!refuse(r, "must be given");
		r->at = step.above;
		return ERR_INVALID;
	}
	return 0;
}

static int read_object(struct reading *r, const struct json_schema *schema, const struct node *n,
		       void *out)
{
	struct members m = { .r = r, .schema = schema, .out = out };
	int rc;

	if (node_kind(n) != NODE_OBJECT)
		return refuse(r, "must be an object");
	json_init(schema, out);
	rc = node_each(n, read_member, &m);
	return rc < 0 ? rc : check_given(&m);
}

int json_decode(const struct json_schema *schema, const void *data, size_t len, struct arena *mem,
		void *out, struct json_problem *ret_problem)
{
	struct reading r = { .mem = mem,
			     .problem = ret_problem,
			     .numbers = schema->flags & JSON_NUMBERS };
	char detail[TREE_DETAIL_MAX] = "must be an object";
	struct tree tree;
	int rc;

	rc = tree_parse((struct str){ data, len }, &tree, detail);
	if (rc == 0 && node_kind(tree.root) != NODE_OBJECT) {
		tree_free(&tree);
		rc = ERR_JSON;
	}
	if (rc < 0) {
		ret_problem->field[0] = 0;
		memcpy(ret_problem->detail, detail, sizeof(detail));
		return rc;
	}
	rc = read_object(&r, schema, tree.root, out);
	tree_free(&tree);
	return rc;
}

void json_init(const struct json_schema *schema, void *out)
{
	memset(out, 0, schema->size);
	for (const struct json_field *f = schema->fields; f->name; f++) {
		void *at = (char *)out + f->offset;

		switch (f->type) {
		case JSON_INT:
		case JSON_TIME:
			*(int64_t *)at = JSON_ABSENT_INT;
			break;
		case JSON_REAL:
			*(double *)at = NAN;
			break;
		case JSON_BOOL:
			*(enum json_bool *)at = JSON_UNSAID;
			break;
		case JSON_ENUM:
			*(int *)at = -1;
			break;
		case JSON_TEXT:
		case JSON_ID:
		case JSON_OBJECT:
		case JSON_LIST:
		case JSON_TEXTS:
		case JSON_PAIRS:
		case JSON_COUNTS:
			break; /* zeros are absent */
		}
	}
}

/* ---- encoding ---- */

struct writing {
	struct buf *out;
	int version;
	bool numbers; /* JSON_NUMBERS */
};

static void write_object(const struct writing *w, const struct json_schema *schema, const void *in);

/* Octets from the front that stand for themselves: nearly all of nearly every text. */
static size_t plain_octets(struct str s)
{
	size_t n = 0;

	while (n < s.len && s.p[n] >= 0x20 && s.p[n] < 0x7f && s.p[n] != '"' && s.p[n] != '\\')
		n++;
	return n;
}

void json_put_text(struct buf *out, struct str text)
{
	static const char shorts[] = "\"\\\b\f\n\r\t";
	static const char letters[] = "\"\\bfnrt";

	buf_putc(out, '"');
	for (;;) {
		size_t plain = plain_octets(text);
		struct str at;
		uint32_t code;
		const char *s;

		buf_put(out, text.p, plain);
		if (plain == text.len)
			break;
		text = at = (struct str){ text.p + plain, text.len - plain };
		code = utf8_take(&text);
		s = code > 0 && code < 0x80 ? strchr(shorts, (int)code) : NULL;
		if (code == UTF8_BAD || code == 0)
			buf_puts(out, "\xef\xbf\xbd"); /* U+FFFD; our decoder refuses NUL */
		else if (s)
			buf_printf(out, "\\%c", letters[s - shorts]);
		else if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 ||
			 code == 0x2029)
			buf_printf(out, "\\u%04x", (unsigned)code);
		else
			buf_put(out, at.p, at.len - text.len);
	}
	buf_putc(out, '"');
}

/* Every whole number below has its digits and nothing behind them. */
#define WHOLE_MAX 1e15

/* The shortest of three precisions that reads back as the same number. */
static void put_real(struct buf *out, double value)
{
	char text[32];

	/* Nearly all that is measured; -0 becomes 0, as it would be read back. */
	if (fabs(value) < WHOLE_MAX && value == (double)(int64_t)value) {
		buf_put_i64(out, (int64_t)value);
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (digits == 17 || strtod(text, NULL) == value)
			break;
	}
	buf_puts(out, text);
}

static void write_text(const struct writing *w, const struct json_field *f, const void *at)
{
	json_put_text(w->out, str_of(*(const char *const *)at));
}

static void write_int(const struct writing *w, const struct json_field *f, const void *at)
{
	buf_put_i64(w->out, *(const int64_t *)at);
}

static void write_real(const struct writing *w, const struct json_field *f, const void *at)
{
	put_real(w->out, *(const double *)at);
}

static void write_bool(const struct writing *w, const struct json_field *f, const void *at)
{
	buf_puts(w->out, *(const enum json_bool *)at == JSON_TRUE ? "true" : "false");
}

static void write_time(const struct writing *w, const struct json_field *f, const void *at)
{
	char text[TIME_TEXT_MAX];

	if (w->numbers)
		return buf_put_i64(w->out, *(const int64_t *)at);
	time_encode(*(const int64_t *)at, text);
	json_put_text(w->out, str_of(text));
}

static void write_id(const struct writing *w, const struct json_field *f, const void *at)
{
	const struct id *id = at;
	char text[ID_TEXT_MAX];

	id_encode((enum id_kind)f->min, *id, text);
	json_put_text(w->out, str_of(text));
}

static void write_enum(const struct writing *w, const struct json_field *f, const void *at)
{
	int value = *(const int *)at;

	for (int i = 0; i <= value; i++)
		assert(f->names[i]);
	if (w->numbers)
		return buf_put_i64(w->out, value);
	json_put_text(w->out, str_of(f->names[value]));
}

static void write_struct(const struct writing *w, const struct json_field *f, const void *at)
{
	const void *sub;

	memcpy(&sub, at, sizeof(sub)); /* the member is a pointer to another type */
	write_object(w, f->sub, sub);
}

static void write_pair(const struct writing *w, const struct json_pair *pair)
{
	buf_putc(w->out, '[');
	buf_put_i64(w->out, pair->at_ms);
	buf_putc(w->out, ',');
	if (isfinite(pair->value))
		put_real(w->out, pair->value);
	else
		buf_puts(w->out, "null");
	buf_putc(w->out, ']');
}

static void write_list(const struct writing *w, const struct json_field *f, const void *at)
{
	const struct json_list *list = at;

	buf_putc(w->out, '[');
	for (size_t i = 0; i < list->len; i++) {
		if (i > 0)
			buf_putc(w->out, ',');
		if (f->type == JSON_TEXTS)
			json_put_text(w->out, str_of(list->items[i]));
		else if (f->type == JSON_PAIRS)
			write_pair(w, list->items[i]);
		else
			write_object(w, f->sub, list->items[i]);
	}
	buf_putc(w->out, ']');
}

static void write_counts(const struct writing *w, const struct json_field *f, const void *at)
{
	const int64_t *counts = at;

	buf_putc(w->out, '{');
	for (size_t i = 0; f->names[i]; i++) {
		if (i > 0)
			buf_putc(w->out, ',');
		json_put_text(w->out, str_of(f->names[i]));
		buf_putc(w->out, ':');
		buf_put_i64(w->out, counts[i]);
	}
	buf_putc(w->out, '}');
}

typedef void writer_fn(const struct writing *w, const struct json_field *f, const void *at);

/* clang-format off */
static writer_fn *const writers[] = {
	[JSON_TEXT]   = write_text,
	[JSON_INT]    = write_int,
	[JSON_REAL]   = write_real,
	[JSON_BOOL]   = write_bool,
	[JSON_TIME]   = write_time,
	[JSON_ID]     = write_id,
	[JSON_ENUM]   = write_enum,
	[JSON_OBJECT] = write_struct,
	[JSON_LIST]   = write_list,
	[JSON_TEXTS]  = write_list,
	[JSON_PAIRS]  = write_list,
	[JSON_COUNTS] = write_counts,
};
/* clang-format on */

bool json_is_absent(const struct json_field *f, const void *at)
{
	const void *pointer;

	switch (f->type) {
	case JSON_TEXT:
	case JSON_OBJECT:
		memcpy(&pointer, at, sizeof(pointer));
		return !pointer;
	case JSON_INT:
	case JSON_TIME:
		return *(const int64_t *)at == JSON_ABSENT_INT;
	case JSON_REAL:
		return !isfinite(*(const double *)at);
	case JSON_BOOL:
		return *(const enum json_bool *)at == JSON_UNSAID;
	case JSON_ID:
		return id_is_zero(*(const struct id *)at);
	case JSON_ENUM:
		return *(const int *)at < 0;
	case JSON_LIST:
	case JSON_TEXTS:
	case JSON_PAIRS:
		return !((const struct json_list *)at)->items && !(f->flags & JSON_REQUIRED);
	case JSON_COUNTS:
		break;
	}
	return false;
}

static bool left_out(const struct writing *w, const struct json_field *f)
{
	return w->version > 0 && f->note && f->note->since > w->version;
}

static void write_object(const struct writing *w, const struct json_schema *schema, const void *in)
{
	const char *sep = "";

	buf_putc(w->out, '{');
	for (const struct json_field *f = schema->fields; f->name; f++) {
		const void *at = (const char *)in + f->offset;
		bool absent = json_is_absent(f, at);

		if (left_out(w, f) || (absent && !(f->flags & JSON_NULLABLE)))
			continue;
		buf_puts(w->out, sep);
		sep = ",";
		json_put_text(w->out, str_of(f->name));
		buf_putc(w->out, ':');
		if (absent)
			buf_puts(w->out, "null");
		else
			writers[f->type](w, f, at);
	}
	buf_putc(w->out, '}');
}

void json_encode(const struct json_schema *schema, const void *in, int version, struct buf *out)
{
	write_object(&(struct writing){ out, version, schema->flags & JSON_NUMBERS }, schema, in);
}
