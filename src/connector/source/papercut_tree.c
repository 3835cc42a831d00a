/* papercut_tree.c - see papercut_tree.h. */
#include "connector/source/papercut_tree.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 1e9 /* of counts, milliseconds, hours: beyond it a value is a mistake */

/* --- the tree ----------------------------------------------------------------------------------
 */

struct wanted {
	const char *name;
	const struct node *found;
};

static int match(const char *name, const struct node *member, void *arg)
{
	struct wanted *w = arg;

	if (!str_eq_nocase(str_of(name), str_of(w->name)))
		return 0;
	w->found = member;
	return 1;
}

/* A member of an object, whatever its case; NULL if n is NULL, no object, or has none. */
const struct node *told_member(const struct node *n, const char *name)
{
	struct wanted w = { name, NULL };

	if (n && node_kind(n) == NODE_OBJECT)
		node_each(n, match, &w);
	return w.found;
}

const struct node *told_either(const struct node *n, const char *name, const char *other)
{
	const struct node *found = told_member(n, name);

	return found ? found : told_member(n, other);
}

/* NaN unless it is a number, also one written as text, that fits. */
double told_number(const struct node *n)
{
	char text[32], *end;
	double v = NAN;
	struct str s;

	if (!n)
		return NAN;
	switch (node_kind(n)) {
	case NODE_INT:
	case NODE_REAL:
		v = node_real(n);
		break;
	case NODE_TEXT:
		s = str_trim(node_text(n));
		if (s.len == 0 || s.len >= sizeof(text))
			return NAN;
		memcpy(text, s.p, s.len);
		text[s.len] = 0;
		v = strtod(text, &end);
		if (*end)
			return NAN;
		break;
	default:
		break;
	}
	return isfinite(v) && fabs(v) <= NUMBER_MAX ? v : NAN;
}

int64_t told_whole(const struct node *n)
{
	double v = told_number(n);

	return isnan(v) ? JSON_ABSENT_INT : (int64_t)llround(v);
}

int64_t told_count(const struct node *n)
{
	int64_t v = told_whole(n);

	return v < 0 ? JSON_ABSENT_INT : v;
}

double told_percent(const struct node *n)
{
	double v = told_number(n);

	return v >= 0 && v <= 100 ? v : NAN; /* a load of -1 says "unknown" in Java */
}

enum json_bool told_truth(const struct node *n)
{
	static const struct {
		const char *text;
		enum json_bool value;
	} texts[] = { { "true", JSON_TRUE }, { "yes", JSON_TRUE },    { "y", JSON_TRUE },
		      { "1", JSON_TRUE },    { "false", JSON_FALSE }, { "no", JSON_FALSE },
		      { "n", JSON_FALSE },   { "0", JSON_FALSE } };

	if (!n)
		return JSON_UNSAID;
	if (node_kind(n) == NODE_BOOL)
		return node_bool(n) ? JSON_TRUE : JSON_FALSE;
	if (node_kind(n) == NODE_INT)
		return node_int(n) ? JSON_TRUE : JSON_FALSE;
	for (size_t i = 0; node_kind(n) == NODE_TEXT && i < ARRAY_LEN(texts); i++)
		if (str_eq_nocase(str_trim(node_text(n)), str_of(texts[i].text)))
			return texts[i].value;
	return JSON_UNSAID;
}

struct str told_text(const struct node *n)
{
	return n && node_kind(n) == NODE_TEXT ? node_text(n) : (struct str){};
}

size_t told_items(const struct node *n)
{
	return n && node_kind(n) == NODE_LIST ? node_len(n) : 0;
}

/* JSON is UTF-8, but Java writes what its machine is set to where nobody said so: what is no UTF-8
 * is ISO 8859-1, whose octets are the first 256 code points. */
static struct str as_utf8(struct str body, struct buf *room)
{
	static const struct str mark = STR("\xef\xbb\xbf");

	if (str_starts(body, mark))
		body = (struct str){ body.p + mark.len, body.len - mark.len };
	if (utf8_valid(body))
		return body;
	for (size_t i = 0; i < body.len; i++) {
		uint8_t c = (uint8_t)body.p[i];

		if (c >= 0x80)
			buf_putc(room, (char)(0xc0 | c >> 6));
		buf_putc(room, (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c));
	}
	return buf_str(room);
}

const struct node *told_parse(struct str body, struct tree *ret_tree)
{
	struct buf room = buf_new(2 * body.len), mended = buf_new(6 * body.len + 1);
	struct str text = as_utf8(body, &room);
	char detail[TREE_DETAIL_MAX];
	int rc = tree_parse(text, ret_tree, detail);

	if (rc < 0) {
		tree_free(ret_tree);
		told_mend(text, &mended);
		rc = tree_parse_loose(buf_str(&mended), ret_tree, detail);
	}
	buf_done(&mended);
	buf_done(&room);
	return rc == 0 && node_kind(ret_tree->root) == NODE_OBJECT ? ret_tree->root : NULL;
}
