/* gen_legal.c - texts/legal/<name>/<version>.<language>.md into the rows of model/legal.h.
 *
 *   gen_legal OUTPUT.c FILE...
 *
 * Fails if a version lacks a language, if its languages do not name the same requirements in the
 * same order, or if a text that a person accepts does not name the provider.  (That each
 * requirement named has a test is looked after by script/check-texts.) */
#include "gen.h"

#include "base/arena.h"
#include "base/hash.h"
#include "model/legal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const languages[] = { "de", "en", "fr" }; /* in the rows' order */

static bool is_accepted(const char *name)
{
	return strcmp(name, LEGAL_CONNECTOR_AGREEMENT) == 0 || strcmp(name, LEGAL_HUB_TERMS) == 0;
}

static void read_row(const char *path, struct arena *mem, struct legal_row *row)
{
	const char *file = strrchr(path, '/');
	const char *folder = file;
	char hex[2 * HASH_LEN + 1];
	char *end = NULL;
	long version;
	struct hash h;
	struct buf text = gen_read(path);

	while (folder && folder > path && folder[-1] != '/')
		folder--;
	version = file ? strtol(file + 1, &end, 10) : 0;
	if (version < 1 || version > 9999 || end[0] != '.' || strlen(end) != strlen(".en.md") ||
	    strcmp(end + 3, ".md") != 0)
		gen_fail("%s: the name must be <name>/<version>.<language>.md", path);
	if (!utf8_valid(buf_str(&text)) || text.len == 0 || text.len > LEGAL_TEXT_MAX)
		gen_fail("%s: is no UTF-8 text of at most %zu octets", path, LEGAL_TEXT_MAX);
	h = hash_of(text.data, text.len);
	hash_hex(&h, hex);
	row->name = arena_strndup(mem, folder, (size_t)(file - folder));
	row->version = (int)version;
	row->language = arena_strndup(mem, end + 1, 2);
	row->text = arena_strndup(mem, (const char *)text.data, text.len);
	row->sha256 = arena_strndup(mem, hex, strlen(hex));
	if (is_accepted(row->name) && !strstr(row->text, "{provider}"))
		gen_fail("%s: does not name the {provider}", path);
	buf_done(&text);
}

static int by_name(const void *a, const void *b)
{
	const struct legal_row *x = a, *y = b;
	int d = strcmp(x->name, y->name);

	if (d == 0)
		d = (x->version > y->version) - (x->version < y->version);
	return d ? d : strcmp(x->language, y->language);
}

/* The next "[R12]" from *at on, which then stands behind it; 0: there is none. */
static int next_tag(const char **at)
{
	const char *p = *at;

	while ((p = strstr(p, "[R"))) {
		char *end;
		long n = strtol(p + 2, &end, 10);

		p += 2;
		if (isdigit((unsigned char)*p) && *end == ']' && n > 0 && n < 10000) {
			*at = end + 1;
			return (int)n;
		}
	}
	return 0;
}

static void check_tags(const struct legal_row *one, const struct legal_row *other)
{
	const char *x = one->text, *y = other->text;
	int n;

	do {
		int m = next_tag(&y);

		n = next_tag(&x);
		if (n != m)
			gen_fail("%s %d: [R%d] in %s, but [R%d] in %s (0: none)", one->name,
				 one->version, n, one->language, m, other->language);
	} while (n);
}

/* Sorted rows are whole if each run of languages is. */
static void check_languages(const struct legal_row *rows, size_t len)
{
	const size_t all = ARRAY_LEN(languages);

	for (size_t i = 0; i < len; i++) {
		const struct legal_row *first = &rows[i - i % all];

		if (strcmp(rows[i].language, languages[i % all]) != 0 ||
		    strcmp(rows[i].name, first->name) != 0 || rows[i].version != first->version)
			gen_fail("%s %d: must be there once in each language", rows[i].name,
				 rows[i].version);
		check_tags(first, &rows[i]);
	}
	if (len % all)
		gen_fail("%s: a language is missing", rows[len - 1].name);
}

int main(int argc, char **argv)
{
	struct buf out = buf_new(GEN_FILE_MAX);
	struct arena mem = {};
	struct legal_row *rows;
	size_t len;

	if (argc < 3)
		gen_fail("usage: gen_legal OUTPUT.c FILE...");
	len = (size_t)argc - 2;
	rows = ARENA_ARRAY(&mem, struct legal_row, len);
	for (size_t i = 0; i < len; i++)
		read_row(argv[2 + i], &mem, &rows[i]);
	qsort(rows, len, sizeof(*rows), by_name);
	check_languages(rows, len);
	gen_c_head(&out, "gen_legal");
	buf_puts(&out, "#include \"model/legal.h\"\n\nconst struct legal_row legal_rows[] = {\n");
	for (size_t i = 0; i < len; i++) {
		buf_printf(&out, "\t{ \"%s\", %d, \"%s\",\n\t", rows[i].name, rows[i].version,
			   rows[i].language);
		gen_c_string(&out, str_of(rows[i].text));
		buf_printf(&out, ",\n\t\"%s\" },\n", rows[i].sha256);
	}
	buf_printf(&out, "};\nconst size_t legal_rows_len = %zu;\n", len);
	gen_finish(argv[1], &out, false);
	arena_done(&mem);
	buf_done(&out);
	return 0;
}
