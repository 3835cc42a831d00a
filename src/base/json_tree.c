/* json_tree.c - jansson behind our names.  A struct node is a json_t.
 *
 * All that jansson allocates while it reads a text comes from the tree's arena: a report is read in
 * a third of the time, and what was in it is wiped and not only freed. */
#include "base/json_tree.h"
#include "base/err.h"
#include "base/os.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const json_t *value_of(const struct node *n)
{
	return (const json_t *)(const void *)n;
}

static const struct node *node_of(const json_t *v)
{
	return (const struct node *)(const void *)v;
}

/* Within texts, too: no more than these can be open at once. */
static size_t count_brackets(struct str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += (text.p[i] == '[') | (text.p[i] == '{');
	return n;
}

/* jansson's own limit is 2048 and costs a recursion each; texts of ours need a handful. */
static bool too_deep(struct str text)
{
	size_t depth = 0;
	bool quoted = false;

	if (count_brackets(text) <= TREE_DEPTH_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '[' || c == '{') && ++depth > TREE_DEPTH_MAX)
			return true;
		else if (!quoted && (c == ']' || c == '}') && depth > 0)
			depth--;
	}
	return false;
}

static const char *reason_of(const json_error_t *e)
{
	switch (json_error_code(e)) {
	case json_error_duplicate_key:
		return "a member appears twice";
	case json_error_numeric_overflow:
		return "a number is too large";
	case json_error_invalid_utf8:
		return "the text is not UTF-8";
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return "a text contains NUL";
	case json_error_premature_end_of_input:
		return "the text ends too early";
	case json_error_end_of_input_expected:
		return "something follows the end";
	default:
		return "this is not JSON";
	}
}

static _Thread_local struct arena *room; /* while a text is read */

static void *take(size_t size)
{
	return room ? arena_alloc(room, size) : xmalloc(size);
}

static void give_back(void *p)
{
	if (!room)
		free(p);
}

/* Before main, so before any thread reads.  Outside of tree_parse jansson keeps the heap. */
__attribute__((constructor)) static void use_room(void)
{
	json_set_alloc_funcs(take, give_back);
}

static int parse(struct str text, size_t flags, struct tree *ret_tree,
		 char ret_detail[static TREE_DETAIL_MAX])
{
	struct tree t = {};
	json_error_t error;

	*ret_tree = t;
	if (too_deep(text)) {
		snprintf(ret_detail, TREE_DETAIL_MAX, "nested deeper than %d", TREE_DEPTH_MAX);
		return ERR_JSON;
	}
	room = &t.mem;
	t.root = node_of(json_loadb(text.len ? text.p : "", text.len, flags, &error));
	room = NULL;
	if (!t.root) {
		snprintf(ret_detail, TREE_DETAIL_MAX, "line %d, column %d: %s", error.line,
			 error.column, reason_of(&error));
		tree_free(&t);
		return ERR_JSON;
	}
	*ret_tree = t;
	return 0;
}

int tree_parse(struct str text, struct tree *ret_tree, char ret_detail[static TREE_DETAIL_MAX])
{
	return parse(text, JSON_REJECT_DUPLICATES, ret_tree, ret_detail);
}

int tree_parse_loose(struct str text, struct tree *ret_tree,
		     char ret_detail[static TREE_DETAIL_MAX])
{
	return parse(text, 0, ret_tree, ret_detail);
}

void tree_free(struct tree *t)
{
	arena_wipe(&t->mem);
	t->root = NULL;
}

enum node_kind node_kind(const struct node *n)
{
	switch (json_typeof(value_of(n))) {
	case JSON_OBJECT:
		return NODE_OBJECT;
	case JSON_ARRAY:
		return NODE_LIST;
	case JSON_STRING:
		return NODE_TEXT;
	case JSON_INTEGER:
		return NODE_INT;
	case JSON_REAL:
		return NODE_REAL;
	case JSON_TRUE:
	case JSON_FALSE:
		return NODE_BOOL;
	case JSON_NULL:
		break;
	}
	return NODE_NULL;
}

bool node_bool(const struct node *n)
{
	return json_is_true(value_of(n));
}

int64_t node_int(const struct node *n)
{
	return json_integer_value(value_of(n));
}

double node_real(const struct node *n)
{
	return json_number_value(value_of(n));
}

struct str node_text(const struct node *n)
{
	return (struct str){ json_string_value(value_of(n)), json_string_length(value_of(n)) };
}

size_t node_len(const struct node *n)
{
	return json_is_array(value_of(n)) ? json_array_size(value_of(n))
					  : json_object_size(value_of(n));
}

const struct node *node_item(const struct node *n, size_t i)
{
	return node_of(json_array_get(value_of(n), i));
}

const struct node *node_member(const struct node *n, const char *name)
{
	return node_of(json_object_get(value_of(n), name));
}

int node_each(const struct node *n,
	      int (*fn)(const char *name, const struct node *member, void *arg), void *arg)
{
	json_t *object = (json_t *)(uintptr_t)n; /* jansson iterates over what it might change */
	int rc = 0;

	for (void *it = json_object_iter(object); it && rc == 0;
	     it = json_object_iter_next(object, it))
		rc = fn(json_object_iter_key(it), node_of(json_object_iter_value(it)), arg);
	return rc;
}
