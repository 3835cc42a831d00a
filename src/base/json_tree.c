/* json_tree.c - one pass over the text (RFC 8259) to nodes in an arena, wiped when the tree goes.
 *
 * Decoded texts never need more room than what was read so far: each loses two quotes and gains a
 * NUL, and no escape is shorter than what it means.  So all of them lie in one block. */
#include "base/json_tree.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"

/* Members are compared with all before them; what we read has a few dozen. */
#define MEMBERS_MAX 256
#define TEXT_OF_(n) #n
#define TEXT_OF(n)  TEXT_OF_(n)
/* A decimal of at most 15 digits, and a power of ten of at most 22, are exact as doubles: one
 * multiplication or division rounds correctly (Clinger, "How to read floating point numbers
 * accurately", 1990). */
#define EXACT_DIGITS 15
#define EXACT_TENS   22

struct node {
	enum node_kind kind;
	uint32_t name_len; /* of a member */
	const char *name;
	union {
		bool yes;
		int64_t number;
		double real;
		struct str text;
		struct {
			const struct node **items;
			size_t len;
		} list; /* NODE_LIST and NODE_OBJECT */
	};
};

struct tree {
	struct node root; /* first: a tree is found by it */
	struct arena mem;
};

struct reader {
	struct arena *mem;
	const char *start, *p, *end;
	char *texts; /* where the next decoded one goes */
	const char *problem;
	unsigned depth;
};

/* Children of the list that is being read; on the stack while they are few. */
struct children {
	const struct node **items;
	size_t len, cap;
	const struct node *few[16];
};

static bool fail(struct reader *r, const char *problem)
{
	if (!r->problem)
		r->problem = problem;
	return false;
}

/* What is wrong with an octet that does not belong here, or with there being none. */
static bool unexpected(struct reader *r)
{
	return fail(r, r->p == r->end ? "the text ends too early" : "this is not JSON");
}

static void skip_space(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\r' || *r->p == '\t'))
		r->p++;
}

static bool take(struct reader *r, char c)
{
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

/* -- Texts */

static void put_utf8(struct reader *r, uint32_t c)
{
	if (c < 0x80) {
		*r->texts++ = (char)c;
	} else if (c < 0x800) {
		*r->texts++ = (char)(0xc0 | c >> 6);
		*r->texts++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*r->texts++ = (char)(0xe0 | c >> 12);
		*r->texts++ = (char)(0x80 | (c >> 6 & 0x3f));
		*r->texts++ = (char)(0x80 | (c & 0x3f));
	} else {
		*r->texts++ = (char)(0xf0 | c >> 18);
		*r->texts++ = (char)(0x80 | (c >> 12 & 0x3f));
		*r->texts++ = (char)(0x80 | (c >> 6 & 0x3f));
		*r->texts++ = (char)(0x80 | (c & 0x3f));
	}
}

static bool read_hex4(struct reader *r, uint32_t *ret_value)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++, r->p++) {
		char c = r->p < r->end ? *r->p : 0;

		if (c >= '0' && c <= '9')
			value = value << 4 | (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value = value << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return unexpected(r);
	}
	*ret_value = value;
	return true;
}

/* Behind "\u".  Above the basic plane a character is written as a pair of surrogates. */
static bool read_code_point(struct reader *r)
{
	uint32_t c, low;

	if (!read_hex4(r, &c))
		return false;
	if (c == 0)
		return fail(r, "a text contains NUL");
	if (c >= 0xdc00 && c <= 0xdfff)
		return fail(r, "this is not JSON");
	if (c >= 0xd800 && c <= 0xdbff) {
		if (!take(r, '\\') || !take(r, 'u'))
			return unexpected(r);
		if (!read_hex4(r, &low))
			return false;
		if (low < 0xdc00 || low > 0xdfff)
			return fail(r, "this is not JSON");
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	put_utf8(r, c);
	return true;
}

static bool read_escape(struct reader *r)
{
	static const char escapes[] = "\"\\/bfnrt", meaning[] = "\"\\/\b\f\n\r\t";
	const char *known;

	if (take(r, 'u'))
		return read_code_point(r);
	known = r->p < r->end && *r->p ? strchr(escapes, *r->p) : NULL;
	if (!known)
		return unexpected(r);
	*r->texts++ = meaning[known - escapes];
	r->p++;
	return true;
}

static bool read_beyond_ascii(struct reader *r)
{
	struct str rest = { r->p, (size_t)(r->end - r->p) };
	size_t len;

	if (utf8_take(&rest) == UTF8_BAD)
		return fail(r, "the text is not UTF-8");
	len = (size_t)(rest.p - r->p);
	memcpy(r->texts, r->p, len);
	r->texts += len;
	r->p += len;
	return true;
}

static bool read_text(struct reader *r, struct str *ret_text)
{
	char *text = r->texts;

	if (!take(r, '"'))
		return unexpected(r);
	while (r->p < r->end && *r->p != '"') {
		unsigned char c = (unsigned char)*r->p;

		if (c >= 0x80) {
			if (!read_beyond_ascii(r))
				return false;
		} else if (c == '\\') {
			r->p++;
			if (!read_escape(r))
				return false;
		} else if (c < 0x20) {
			return fail(r, c ? "this is not JSON" : "a text contains NUL");
		} else {
			*r->texts++ = (char)c;
			r->p++;
		}
	}
	if (!take(r, '"'))
		return unexpected(r);
	*ret_text = (struct str){ text, (size_t)(r->texts - text) };
	*r->texts++ = 0;
	return true;
}

/* -- Numbers */

struct decimal {
	const char *text; /* with its sign, as it stands */
	size_t len;
	bool negative, real, many; /* many: the digits do not fit `digits` */
	uint64_t digits;           /* of integer and fraction together */
	int tens;                  /* times this power of ten */
};

/* At least one digit. */
static bool read_digits(struct reader *r, struct decimal *d, bool fraction)
{
	const char *first = r->p;

	for (; r->p < r->end && *r->p >= '0' && *r->p <= '9'; r->p++) {
		unsigned digit = (unsigned)(*r->p - '0');

		d->many |= d->digits > (UINT64_MAX - digit) / 10;
		d->digits = d->digits * 10 + digit;
		d->tens -= fraction;
	}
	return r->p > first || unexpected(r);
}

static bool read_exponent(struct reader *r, struct decimal *d)
{
	bool negative = take(r, '-');
	int value = 0;

	if (!negative)
		take(r, '+');
	if (r->p == r->end || *r->p < '0' || *r->p > '9')
		return unexpected(r);
	for (; r->p < r->end && *r->p >= '0' && *r->p <= '9'; r->p++)
		value = value < 100000 ? value * 10 + (*r->p - '0') : value;
	d->tens += negative ? -value : value;
	return true;
}

static bool read_decimal(struct reader *r, struct decimal *d)
{
	*d = (struct decimal){ .text = r->p };
	d->negative = take(r, '-');
	/* No zero before other digits. */
	if (!take(r, '0') && !read_digits(r, d, false))
		return false;
	if (take(r, '.')) {
		d->real = true;
		if (!read_digits(r, d, true))
			return false;
	}
	if (take(r, 'e') || take(r, 'E')) {
		d->real = true;
		if (!read_exponent(r, d))
			return false;
	}
	d->len = (size_t)(r->p - d->text);
	return true;
}

static bool take_integer(struct reader *r, const struct decimal *d, struct node *n)
{
	if (d->many || d->digits > (uint64_t)INT64_MAX + d->negative)
		return fail(r, "a number is too large");
	n->kind = NODE_INT;
	n->number = d->negative ? (int64_t)(0 - d->digits) : (int64_t)d->digits;
	return true;
}

static bool take_real(struct reader *r, const struct decimal *d, struct node *n)
{
	static const double tens[EXACT_TENS + 1] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
						     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
						     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
	char *end = r->texts + d->len;

	n->kind = NODE_REAL;
	if (!d->many && d->digits < 1000000000000000 && abs(d->tens) <= EXACT_TENS) {
		n->real = (double)d->digits;
		n->real = d->tens < 0 ? n->real / tens[-d->tens] : n->real * tens[d->tens];
		n->real = d->negative ? -n->real : n->real;
		return true;
	}
	memcpy(r->texts, d->text, d->len);
	*end = 0;
	n->real = strtod(r->texts, &end);
	/* A library may have set a locale whose decimal point is another. */
	if (end != r->texts + d->len)
		return fail(r, "this is not JSON");
	return isfinite(n->real) || fail(r, "a number is too large");
}

static bool read_number(struct reader *r, struct node *n)
{
	struct decimal d;

	if (!read_decimal(r, &d))
		return false;
	return d.real ? take_real(r, &d, n) : take_integer(r, &d, n);
}

/* -- Lists and objects */

static bool read_value(struct reader *r, struct node *n);

static void add_child(struct reader *r, struct children *c, const struct node *child)
{
	if (c->len == c->cap) {
		const struct node **more = ARENA_ARRAY(r->mem, const struct node *, 2 * c->cap);

		memcpy(more, c->items, c->len * sizeof(*more));
		c->items = more;
		c->cap *= 2;
	}
	c->items[c->len++] = child;
}

static void keep_children(struct reader *r, struct children *c, struct node *n)
{
	n->list.len = c->len;
	n->list.items = c->items == c->few ? arena_dup(r->mem, c->few, c->len * sizeof(c->few[0]))
					   : c->items;
}

static bool is_double(const struct children *c, struct str name)
{
	for (size_t i = 0; i < c->len; i++) {
		if (c->items[i]->name_len == name.len &&
		    memcmp(c->items[i]->name, name.p, name.len) == 0)
			return true;
	}
	return false;
}

static bool read_name(struct reader *r, const struct children *c, struct node *member)
{
	struct str name;

	if (!read_text(r, &name))
		return false;
	if (is_double(c, name))
		return fail(r, "a member appears twice");
	if (c->len == MEMBERS_MAX)
		return fail(r, "an object has too many members");
	member->name = name.p;
	member->name_len = (uint32_t)name.len;
	skip_space(r);
	return take(r, ':') || unexpected(r);
}

/* Behind its opening bracket. */
static bool read_children(struct reader *r, struct node *n, char close)
{
	struct children c = { .items = c.few, .cap = ARRAY_LEN(c.few) };

	n->kind = close == '}' ? NODE_OBJECT : NODE_LIST;
	skip_space(r);
	if (take(r, close))
		return true;
	do {
		struct node *child = ARENA_NEW(r->mem, struct node);

		skip_space(r);
		if (close == '}' && !read_name(r, &c, child))
			return false;
		if (!read_value(r, child))
			return false;
		add_child(r, &c, child);
		skip_space(r);
	} while (take(r, ','));
	keep_children(r, &c, n);
	return take(r, close) || unexpected(r);
}

static bool read_list(struct reader *r, struct node *n)
{
	bool ok;

	if (++r->depth > TREE_DEPTH_MAX)
		return fail(r, "nested deeper than " TEXT_OF(TREE_DEPTH_MAX));
	ok = read_children(r, n, *r->p++ == '{' ? '}' : ']');
	r->depth--;
	return ok;
}

static bool read_word(struct reader *r, const char *word)
{
	for (; *word; word++) {
		if (!take(r, *word))
			return unexpected(r);
	}
	return true;
}

static bool read_value(struct reader *r, struct node *n)
{
	skip_space(r);
	switch (r->p < r->end ? *r->p : 0) {
	case '{':
	case '[':
		return read_list(r, n);
	case '"':
		n->kind = NODE_TEXT;
		return read_text(r, &n->text);
	case 't':
		n->kind = NODE_BOOL;
		n->yes = true;
		return read_word(r, "true");
	case 'f':
		n->kind = NODE_BOOL;
		return read_word(r, "false");
	case 'n':
		return read_word(r, "null");
	default:
		return read_number(r, n);
	}
}

static bool read_root(struct reader *r, struct node *root)
{
	skip_space(r);
	if (r->p == r->end || (*r->p != '{' && *r->p != '['))
		return unexpected(r);
	if (!read_value(r, root))
		return false;
	skip_space(r);
	return r->p == r->end || fail(r, "something follows the end");
}

static void tell_problem(const struct reader *r, char out[static TREE_DETAIL_MAX])
{
	int line = 1, column = 0;

	for (const char *p = r->start; p < r->p; p++) {
		column++;
		if (*p == '\n') {
			line++;
			column = 0;
		}
	}
	snprintf(out, TREE_DETAIL_MAX, "line %d, column %d: %s", line, column, r->problem);
}

int tree_parse(struct str text, struct node **ret_root, char ret_detail[static TREE_DETAIL_MAX])
{
	struct tree *tree = xcalloc(1, sizeof(*tree));
	struct node *root = &tree->root;
	const char *start = text.len ? text.p : "";
	struct reader r = { .mem = &tree->mem,
			    .start = start,
			    .p = start,
			    .end = start + text.len,
			    .texts = arena_alloc(&tree->mem, text.len + 1) };

	if (!read_root(&r, root)) {
		tell_problem(&r, ret_detail);
		tree_free(&root);
		return ERR_JSON;
	}
	*ret_root = root;
	return 0;
}

void tree_free(struct node **root)
{
	struct tree *tree;

	if (!*root)
		return;
	tree = CONTAINER_OF(*root, struct tree, root);
	arena_wipe(&tree->mem);
	free(tree);
	*root = NULL;
}

/* -- Looking at it */

enum node_kind node_kind(const struct node *n)
{
	return n->kind;
}

/* What another kind has not is as good as absent. */

bool node_bool(const struct node *n)
{
	return n->kind == NODE_BOOL && n->yes;
}

int64_t node_int(const struct node *n)
{
	return n->kind == NODE_INT ? n->number : 0;
}

double node_real(const struct node *n)
{
	return n->kind == NODE_REAL ? n->real : (double)node_int(n);
}

struct str node_text(const struct node *n)
{
	return n->kind == NODE_TEXT ? n->text : (struct str){ 0 };
}

size_t node_len(const struct node *n)
{
	return n->kind == NODE_LIST || n->kind == NODE_OBJECT ? n->list.len : 0;
}

const struct node *node_item(const struct node *n, size_t i)
{
	return i < node_len(n) ? n->list.items[i] : NULL;
}

const struct node *node_member(const struct node *n, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; n->kind == NODE_OBJECT && i < n->list.len; i++) {
		const struct node *m = n->list.items[i];

		if (m->name_len == len && memcmp(m->name, name, len) == 0)
			return m;
	}
	return NULL;
}

int node_each(const struct node *n,
	      int (*fn)(const char *name, const struct node *member, void *arg), void *arg)
{
	int rc = 0;

	for (size_t i = 0; n->kind == NODE_OBJECT && i < n->list.len && rc == 0; i++)
		rc = fn(n->list.items[i]->name, n->list.items[i], arg);
	return rc;
}
