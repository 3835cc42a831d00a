/* gen_legal.c - texts/legal/<name>/<version>.<language>.md into the rows of model/legal.h.
 *
 *   gen_legal OUTPUT.c FILE...
 *
 * Fails if a version is not there in English, or if a text that a person accepts does not name the
 * provider. */
#include "gen.h"

#include "base/arena.h"
#include "model/legal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_row(const char *path, struct arena *mem, struct legal_row *row)
{
	const char *file = strrchr(path, '/');
	const char *folder = file;
	char *end = NULL;
	long version;
	struct buf text = gen_read(path);

	while (folder && folder > path && folder[-1] != '/')
		folder--;
	version = file ? strtol(file + 1, &end, 10) : 0;
	if (version < 1 || version > 9999 || end[0] != '.' || strlen(end) != strlen(".en.md") ||
	    strcmp(end + 3, ".md") != 0)
		gen_fail("%s: the name must be <name>/<version>.<language>.md", path);
	if (!utf8_valid(buf_str(&text)) || text.len == 0)
		gen_fail("%s: is not UTF-8 text", path);
	row->name = arena_strndup(mem, folder, (size_t)(file - folder));
	row->version = (int)version;
	row->language = arena_strndup(mem, end + 1, 2);
	row->text = arena_strndup(mem, (const char *)text.data, text.len);
	if (strcmp(row->name, LEGAL_CONNECTOR_AGREEMENT) == 0 && !strstr(row->text, "{provider}"))
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

static void check_english(const struct legal_row *rows, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool english = false;

		for (size_t j = 0; j < len; j++)
			english |= strcmp(rows[i].name, rows[j].name) == 0 &&
				   rows[i].version == rows[j].version &&
				   strcmp(rows[j].language, "en") == 0;
		if (!english)
			gen_fail("%s %d is not there in English", rows[i].name, rows[i].version);
	}
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
	check_english(rows, len);
	gen_c_head(&out, "gen_legal");
	buf_puts(&out, "#include \"model/legal.h\"\n\nconst struct legal_row legal_rows[] = {\n");
	for (size_t i = 0; i < len; i++) {
		buf_printf(&out, "\t{ \"%s\", %d, \"%s\",\n\t", rows[i].name, rows[i].version,
			   rows[i].language);
		gen_c_string(&out, str_of(rows[i].text));
		buf_puts(&out, " },\n");
	}
	buf_printf(&out, "};\nconst size_t legal_rows_len = %zu;\n", len);
	gen_finish(argv[1], &out, false);
	arena_done(&mem);
	buf_done(&out);
	return 0;
}
