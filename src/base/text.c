/* text.c - binary search in the generated rows. */
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static int by_key(const void *key, const void *row)
{
	return strcmp(key, ((const struct text_row *)row)->key);
}

const char *text_get(const char *language, const char *key)
{
	const struct text_row *row =
		bsearch(key, text_rows, text_rows_len, sizeof(text_rows[0]), by_key);
	const char *text = NULL;

	if (!row)
		return NULL;
	if (language && strcmp(language, "fr") == 0)
		text = row->fr;
	else if (language && strcmp(language, "de") == 0)
		text = row->de;
	return text ? text : row->en;
}

static const char *argument(const struct text_arg *args, struct str name)
{
	for (; args && args->name; args++) {
		if (str_eq(str_of(args->name), name))
			return args->value;
	}
	return NULL;
}

void text_put(struct buf *out, const char *language, const char *key, const struct text_arg *args)
{
	const char *text = text_get(language, key);
	struct str rest = str_of(text ? text : key), part;

	while (str_split(&rest, '{', &part)) {
		struct str name = rest;
		const char *end, *value = NULL;

		buf_putstr(out, part);
		if (!rest.p)
			break;
		end = memchr(rest.p, '}', rest.len);
		if (end) {
			name.len = (size_t)(end - rest.p);
			value = argument(args, name);
		}
		if (value) {
			buf_puts(out, value);
			rest = (struct str){ end + 1, rest.len - name.len - 1 };
		} else {
			buf_putc(out, '{'); /* braces that name no argument are text */
		}
	}
}
