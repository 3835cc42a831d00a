/* query.c - the program's named queries as the linker collected them, and their other spelling. */
#include "base/err.h"
#include "db/stmt.h"

#include <string.h>

#define NAMES_MAX 40

/* Put there by the linker because "queries" is a valid C name. */
extern const struct query *const __start_queries[];
extern const struct query *const __stop_queries[];

size_t query_count(void)
{
	return (size_t)(__stop_queries - __start_queries);
}

const struct query *query_at(size_t i)
{
	assert(i < query_count());
	return __start_queries[i];
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* The number of `name` in the first `len` of `names`; adds it at the end. */
static int number_of(struct str *names, int *len, struct str name)
{
	for (int i = 0; i < *len; i++) {
		if (str_eq(names[i], name))
			return i + 1;
	}
	if (*len == NAMES_MAX)
		return ERR_INVALID;
	names[(*len)++] = name;
	return *len;
}

int query_positional(const char *sql, struct buf *out)
{
	struct str names[NAMES_MAX];
	int len = 0;

	for (const char *p = sql; *p;) {
		const char *end = p + 1;
		int n;

		if (*p != ':') {
			buf_putc(out, *p++);
			continue;
		}
		while (is_name(*end))
			end++;
		if (end == p + 1)
			return ERR_INVALID;
		n = number_of(names, &len, (struct str){ p, (size_t)(end - p) });
		if (n < 0)
			return n;
		buf_printf(out, "$%d", n);
		p = end;
	}
	return len;
}
