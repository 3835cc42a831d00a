/* papercut_tree.h - members of PaperCut's documents, as tolerantly as they differ between versions.
 *
 * Each takes NULL for "not there" and gives NULL, NaN, JSON_ABSENT_INT or JSON_UNSAID for it, and
 * for whatever does not fit: nothing becomes a zero that was not told.  Pure. */
#ifndef CONNECTOR_SOURCE_PAPERCUT_TREE_H
#define CONNECTOR_SOURCE_PAPERCUT_TREE_H

#include "base/json.h"
#include "base/json_tree.h"

/* The root if the body is a JSON object, in UTF-8 or ISO 8859-1, else NULL; tree_free(ret_tree) in
 * any case.  One odd value does not cost the rest: what is no JSON for that alone is mended
 * (told_mend), and read once more. */
const struct node *told_parse(struct str body, struct tree *ret_tree);
/* Appends the text, at most three times as long: in texts NUL, other control characters, lone
 * surrogates and escapes that there are not become U+FFFD; NaN, Infinity and numbers that fit no
 * variable become null.  All else stays as it is. */
void told_mend(struct str text, struct buf *out);
/* A member of an object, whatever its case. */
const struct node *told_member(const struct node *n, const char *name);
const struct node *told_either(const struct node *n, const char *name, const char *other);
/* A number, also one written as text. */
double told_number(const struct node *n);
int64_t told_whole(const struct node *n);        /* rounded */
int64_t told_count(const struct node *n);        /* a whole number that is not negative */
double told_percent(const struct node *n);       /* 0 to 100: a load of -1 says "unknown" in Java */
enum json_bool told_truth(const struct node *n); /* true, "yes", 1, ... */
struct str told_text(const struct node *n);      /* p NULL if it is none */
size_t told_items(const struct node *n);         /* of a list, else 0 */

#endif
