/* gen_texts.c - texts/<language>.json into the rows of base/text.h.
 *
 *   gen_texts OUTPUT.c en.json fr.json de.json
 *
 * Fails if a key is not in English, if a translation names other arguments than the English text
 * (a {count} that is lost in German is found here, not by a customer), or if a key is not
 * lower-case words with dots. */
#include "gen.h"

#include "base/arena.h"
#include "base/text.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EN, FR, DE, LANGUAGES };
static const char *const codes[LANGUAGES] = { "en", "fr", "de" };

#define ARGS_MAX 16

struct args {
	struct str names[ARGS_MAX];
	size_t len;
};

static void check_key(const char *path, const char *key)
{
	if (!strchr(key, '.') ||
	    strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_.-") != strlen(key))
		gen_fail("%s: \"%s\" is not a key", path, key);
}

static json_t *load(const char *path)
{
	json_error_t error;
	json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error), *value;
	const char *key;

	if (!json_is_object(root))
		gen_fail("%s:%d: %s", path, root ? 0 : error.line, root ? "no object" : error.text);
	json_object_foreach(root, key, value)
	{
		check_key(path, key);
		if (!json_is_string(value) || json_string_length(value) == 0)
			gen_fail("%s: %s has no text", path, key);
	}
	return root;
}

/* {name}: lower-case letters, digits and '_'; other braces are text. */
static struct args args_of(const char *path, const char *key, const char *text)
{
	struct args found = {};

	for (const char *p = text; (p = strchr(p, '{')); p++) {
		size_t n = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz0123456789_");

		if (n == 0 || p[1 + n] != '}')
			continue;
		if (found.len == ARGS_MAX)
			gen_fail("%s: %s has too many arguments", path, key);
		found.names[found.len++] = (struct str){ p + 1, n };
	}
	return found;
}

static bool has(const struct args *a, struct str name)
{
	for (size_t i = 0; i < a->len; i++)
		if (str_eq(a->names[i], name))
			return true;
	return false;
}

static void check_args(const char *path, const char *key, const char *english, const char *text)
{
	struct args a = args_of(path, key, english), b = args_of(path, key, text);

	for (size_t i = 0; i < a.len; i++)
		if (!has(&b, a.names[i]))
			gen_fail("%s: %s lacks {%.*s}", path, key, (int)a.names[i].len,
				 a.names[i].p);
	for (size_t i = 0; i < b.len; i++)
		if (!has(&a, b.names[i]))
			gen_fail("%s: %s has {%.*s}, which English has not", path, key,
				 (int)b.names[i].len, b.names[i].p);
}

static void check_translation(const char *path, json_t *english, json_t *texts)
{
	const char *key;
	json_t *value;

	json_object_foreach(texts, key, value)
	{
		const char *en = json_string_value(json_object_get(english, key));

		if (!en)
			gen_fail("%s: %s is not in English", path, key);
		check_args(path, key, en, json_string_value(value));
	}
}

static void put_row(struct buf *out, json_t *const *texts, const char *key)
{
	buf_puts(out, "\t{ ");
	gen_c_string(out, str_of(key));
	for (int l = 0; l < LANGUAGES; l++) {
		const char *text = json_string_value(json_object_get(texts[l], key));

		buf_puts(out, ",\n\t  ");
		gen_c_string(out, text ? str_of(text) : (struct str){});
	}
	buf_puts(out, " },\n");
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* text_get searches by halves. */
static void put_rows(struct buf *out, json_t *const *texts)
{
	size_t len = json_object_size(texts[EN]), n = 0;
	const char **keys = xcalloc(len + 1, sizeof(*keys));
	const char *key;
	json_t *value;

	json_object_foreach(texts[EN], key, value) keys[n++] = key;
	qsort(keys, n, sizeof(*keys), by_text);
	for (size_t i = 0; i < n; i++)
		put_row(out, texts, keys[i]);
	free(keys);
}

int main(int argc, char **argv)
{
	struct buf out = buf_new(GEN_FILE_MAX);
	json_t *texts[LANGUAGES];

	if (argc != 2 + LANGUAGES)
		gen_fail("usage: gen_texts OUTPUT.c en.json fr.json de.json");
	for (int l = 0; l < LANGUAGES; l++) {
		struct str name = gen_base_name(argv[2 + l]);

		if (!str_starts(name, str_of(codes[l])))
			gen_fail("%s: %s.json is wanted here", argv[2 + l], codes[l]);
		texts[l] = load(argv[2 + l]);
	}
	for (int l = FR; l < LANGUAGES; l++)
		check_translation(argv[2 + l], texts[EN], texts[l]);
	gen_c_head(&out, "gen_texts");
	buf_puts(&out, "#include \"base/text.h\"\n\nconst struct text_row text_rows[] = {\n");
	put_rows(&out, texts);
	buf_printf(&out, "};\nconst size_t text_rows_len = %zu;\n", json_object_size(texts[EN]));
	gen_finish(argv[1], &out, false);
	for (int l = 0; l < LANGUAGES; l++)
		json_decref(texts[l]);
	buf_done(&out);
	return 0;
}
