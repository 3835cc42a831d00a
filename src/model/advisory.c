/* advisory.c - see advisory.h. */
#include "model/advisory.h"

#include "base/err.h"
#include "model/label.h"
#include "model/words.h"

#include <stdio.h>
#include <string.h>

#define ID_MAX_LEN 40

#define BIT(product) (1u << (product))

static const struct {
	const char *name;
	unsigned products;
} products[] = {
	{ "papercut", BIT(PRODUCT_PAPERCUT) | BIT(PRODUCT_PAPERCUT_MF) | BIT(PRODUCT_PAPERCUT_NG) },
	{ "papercut-mf", BIT(PRODUCT_PAPERCUT_MF) },
	{ "papercut-ng", BIT(PRODUCT_PAPERCUT_NG) },
	{ "cups", BIT(PRODUCT_CUPS) },
};

/* The next word of the line; false at its end. */
static bool next_word(struct str *line, struct str *ret_word)
{
	*line = str_trim(*line);
	for (size_t i = 0; i < line->len; i++) {
		if (line->p[i] != ' ' && line->p[i] != '\t')
			continue;
		*ret_word = (struct str){ line->p, i };
		*line = (struct str){ line->p + i, line->len - i };
		return true;
	}
	*ret_word = *line;
	*line = (struct str){};
	return ret_word->len > 0;
}

static bool id_ok(struct str id)
{
	for (size_t i = 0; i < id.len; i++) {
		char c = id.p[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '-')
			return false;
	}
	return id.len <= ID_MAX_LEN;
}

static unsigned products_of(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(products); i++)
		if (str_eq(str_of(products[i].name), name))
			return products[i].products;
	return 0;
}

static bool read_range(struct str word, struct advisory_range *ret_range)
{
	const char *dots = memmem(word.p, word.len, "..", 2);
	struct str from, until;

	if (!dots)
		return false;
	from = (struct str){ word.p, (size_t)(dots - word.p) };
	until = (struct str){ dots + 2, word.len - from.len - 2 };
	return version_number(from, &ret_range->from) && version_number(until, &ret_range->until) &&
	       ret_range->from < ret_range->until;
}

/* NULL, or what is wrong with the line; `at` is the word that is. */
static const char *read_line(struct str line, struct arena *mem, struct advisory *a, struct str *at)
{
	if (!next_word(&line, at) || !id_ok(*at))
		return "an advisory's id has letters, digits and '-', at most 40";
	a->id = arena_strndup(mem, at->p, at->len);
	if (!next_word(&line, at))
		return "a product is missing after the id";
	a->products = products_of(*at);
	if (!a->products)
		return "this is none of the products: papercut papercut-mf papercut-ng cups";
	for (a->ranges_len = 0; next_word(&line, at); a->ranges_len++) {
		if (a->ranges_len == ADVISORY_RANGES_MAX)
			return "there are more than 16 ranges";
		if (!read_range(*at, &a->ranges[a->ranges_len]))
			return "a range is FIRST..FIXED, the lower version first: 22.0..22.0.9";
	}
	return a->ranges_len ? NULL : "ranges of versions are missing after the product";
}

int advisories_parse(struct str text, struct arena *mem, struct advisories *ret_list,
		     struct config_problem *ret_problem)
{
	struct advisories list = { .items = ARENA_ARRAY(mem, struct advisory, ADVISORIES_MAX) };
	struct str rest = text, line, at = {};
	const char *wrong = NULL;
	int n = 0;

	while (!wrong && rest.len && str_split(&rest, '\n', &line)) {
		n++;
		/* Lines may end as editors on Windows end them. */
		if (line.len && line.p[line.len - 1] == '\r')
			line.len--;
		line = str_trim(line);
		if (!line.len || line.p[0] == '#')
			continue;
		if (list.len == ADVISORIES_MAX)
			wrong = "there are more than 1000 advisories";
		else
			wrong = read_line(line, mem, &list.items[list.len++], &at);
	}
	if (wrong) {
		ret_problem->line = n;
		snprintf(ret_problem->text, sizeof(ret_problem->text), "%s", wrong);
		return ERR_CONFIG;
	}
	*ret_list = list;
	return 0;
}

static bool open_to(const struct advisory *a, int product, int64_t version)
{
	if (!(a->products & BIT(product)))
		return false;
	for (size_t i = 0; i < a->ranges_len; i++)
		if (version >= a->ranges[i].from && version < a->ranges[i].until)
			return true;
	return false;
}

const char *advisories_of(const struct advisories *list, int product, const char *version,
			  struct arena *mem)
{
	const char *ids = NULL;
	size_t shown = 0;
	int64_t number;

	if (product < 0 || !version || !version_number(str_of(version), &number))
		return NULL;
	for (size_t i = 0; i < list->len && shown < ADVISORIES_SHOWN_MAX; i++) {
		if (!open_to(&list->items[i], product, number))
			continue;
		ids = arena_printf(mem, "%s%s%s", ids ? ids : "", ids ? ", " : "",
				   list->items[i].id);
		shown++;
	}
	return ids;
}
