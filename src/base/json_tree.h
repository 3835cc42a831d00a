/* json_tree.h - the parsed form of a JSON text, for json.c alone.
 *
 * A thin wall around jansson: its header and ours want the same names (JSON_OBJECT, JSON_REAL,
 * ...), and what replaces jansson one day has to fill these few functions only. */
#ifndef BASE_JSON_TREE_H
#define BASE_JSON_TREE_H

#include "base/arena.h"
#include "base/buf.h"

enum node_kind { NODE_NULL, NODE_BOOL, NODE_INT, NODE_REAL, NODE_TEXT, NODE_LIST, NODE_OBJECT };

struct node; /* lives as long as its tree */

struct tree {
	struct arena mem; /* all of it; wiped by tree_free */
	const struct node *root;
};

#define TREE_DEPTH_MAX  16
#define TREE_DETAIL_MAX 96

/* ERR_JSON, and why in English, without anything of the text itself; *ret_tree is then {}. */
MUST_USE int tree_parse(struct str text, struct tree *ret_tree,
			char ret_detail[static TREE_DETAIL_MAX]);
/* The same of a peer's text that is read as well as it goes: of members that appear twice the last
 * counts. */
MUST_USE int tree_parse_loose(struct str text, struct tree *ret_tree,
			      char ret_detail[static TREE_DETAIL_MAX]);
void tree_free(struct tree *t); /* {} is a tree, too */

enum node_kind node_kind(const struct node *n);
bool node_bool(const struct node *n);
int64_t node_int(const struct node *n);
double node_real(const struct node *n); /* of NODE_INT too */
struct str node_text(const struct node *n);
size_t node_len(const struct node *n); /* of NODE_LIST and NODE_OBJECT */
const struct node *node_item(const struct node *n, size_t i);
/* NULL if there is no such member. */
const struct node *node_member(const struct node *n, const char *name);
/* Calls fn for each member in order until it returns non-zero; that result. */
int node_each(const struct node *n,
	      int (*fn)(const char *name, const struct node *member, void *arg), void *arg);

#endif
