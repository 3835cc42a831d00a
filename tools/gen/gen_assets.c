/* gen_assets.c - a built page (web/dist, web/dist-settings) into C: a const struct assets SYMBOL.
 *
 *   gen_assets OUTPUT.c DEPFILE SYMBOL DIST auto|enabled|disabled PAGE...
 *
 * Each file is kept plain, gzip and brotli (where that is smaller): compressed once at build time
 * at the best level, so that serving costs a memcpy.  If DIST has no index.html, `auto` embeds one
 * small page that says how to build the dashboard, `enabled` fails.  Every "assets/..." that a text
 * file names must be there: a page that asks for a file we do not have is found here.
 * PAGE are the paths that all are index.html. */
#include "gen.h"

#include "api/assets.h"
#include "base/arena.h"
#include "base/file.h"
#include "base/hash.h"

#include <brotli/encode.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX    1000
#define PATH_MAX_LEN 1024

struct file {
	const char *path; /* "/assets/x.js" */
	const char *type;
	struct buf plain;
};

struct tree {
	const char *root;
	struct arena mem;
	struct file files[FILES_MAX];
	size_t len;
	struct buf deps;
};

/* clang-format off */
static const struct { const char *ending, *type; bool text; } types[] = {
	{ ".html", "text/html; charset=utf-8", true },
	{ ".js", "text/javascript; charset=utf-8", true },
	{ ".css", "text/css; charset=utf-8", true },
	{ ".json", "application/json", true },
	{ ".webmanifest", "application/manifest+json", true },
	{ ".svg", "image/svg+xml", true },
	{ ".txt", "text/plain; charset=utf-8", true },
	{ ".png", "image/png", false },
	{ ".webp", "image/webp", false },
	{ ".ico", "image/x-icon", false },
	{ ".woff2", "font/woff2", false },
};
/* clang-format on */

static const char no_page[] =
	"<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n<title>Imprimatur</title>\n"
	"<h1>This program was built without its page</h1>\n"
	"<p>To build the page: <code>npm ci &amp;&amp; npm run build</code> in the folder "
	"<code>web</code>, then build the program again.</p>\n</html>\n";

static bool ends_with(const char *s, const char *ending)
{
	size_t n = strlen(s), m = strlen(ending);

	return n >= m && strcmp(s + n - m, ending) == 0;
}

static int type_of(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (ends_with(path, types[i].ending))
			return (int)i;
	return -1;
}

/* ---- reading the folder ---- */

struct place {
	struct tree *tree;
	const char *below; /* "" or "/assets" */
};

static int add_entry(const char *name, void *arg);

static void add_folder(struct tree *t, const char *below)
{
	char *dir = arena_printf(&t->mem, "%s%s", t->root, below);

	buf_printf(&t->deps, " %s", dir);
	if (file_list(dir, add_entry, &(struct place){ t, below }) < 0)
		gen_fail("%s: cannot be listed", dir);
}

static int add_entry(const char *name, void *arg)
{
	struct place *place = arg;
	struct tree *t = place->tree;
	char *path = arena_printf(&t->mem, "%s/%s", place->below, name);
	int type = type_of(path);

	if (ends_with(name, ".map"))
		return 0; /* for debuggers at the developer's, not for customers' browsers */
	if (type < 0 && !strchr(name, '.')) {
		add_folder(t, path);
		return 0;
	}
	if (type < 0)
		gen_fail("%s%s: no media type for this ending (tools/gen/gen_assets.c)", t->root,
			 path);
	if (t->len == FILES_MAX)
		gen_fail("%s: more than %d files", t->root, FILES_MAX);
	buf_printf(&t->deps, " %s%s", t->root, path);
	t->files[t->len++] =
		(struct file){ path, types[type].type,
			       gen_read(arena_printf(&t->mem, "%s%s", t->root, path)) };
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->path, ((const struct file *)b)->path);
}

static const struct file *find(const struct tree *t, const char *path)
{
	for (size_t i = 0; i < t->len; i++)
		if (strcmp(t->files[i].path, path) == 0)
			return &t->files[i];
	return NULL;
}

/* "assets/name.ending" as it stands in HTML, CSS and the bundler's lists of chunks. */
static void check_names(const struct tree *t, const struct file *f)
{
	static const char prefix[] = "assets/";
	const char *p = (const char *)f->plain.data;
	char path[PATH_MAX_LEN];

	while (p && (p = strstr(p, prefix))) {
		size_t n =
			strspn(p + strlen(prefix), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST"
						   "UVWXYZ0123456789_.-");

		snprintf(path, sizeof(path), "/%s%.*s", prefix, (int)n, p + strlen(prefix));
		if (type_of(path) >= 0 && !find(t, path))
			gen_fail("%s%s names %s, which is not there", t->root, f->path, path);
		p += strlen(prefix);
	}
}

static void check_tree(const struct tree *t)
{
	for (size_t i = 0; i < t->len; i++)
		if (types[type_of(t->files[i].path)].text)
			check_names(t, &t->files[i]);
}

/* ---- writing ---- */

static void put_bytes(struct buf *out, const char *member, const struct buf *data)
{
	buf_printf(out, "\t  .%s = { ", member);
	gen_c_string(out, buf_str(data));
	buf_printf(out, ", %zu },\n", data->len);
}

/* Worth it if it saves a tenth. */
static bool worth_it(const struct buf *packed, const struct buf *plain)
{
	return packed->len < plain->len - plain->len / 10;
}

static void put_packed(struct buf *out, const struct buf *plain)
{
	struct buf gzip = buf_new(GEN_FILE_MAX), br = buf_new(GEN_FILE_MAX);
	size_t n = BrotliEncoderMaxCompressedSize(plain->len);
	uint8_t *room = buf_reserve(&br, n);

	if (gzip_deflate(plain->data, plain->len, &gzip) < 0 || !room ||
	    !BrotliEncoderCompress(BROTLI_MAX_QUALITY, BROTLI_MAX_WINDOW_BITS, BROTLI_MODE_TEXT,
				   plain->len, plain->data, &n, room))
		gen_fail("cannot compress");
	br.len = n;
	if (worth_it(&gzip, plain))
		put_bytes(out, "gzip", &gzip);
	if (worth_it(&br, plain))
		put_bytes(out, "br", &br);
	buf_done(&gzip);
	buf_done(&br);
}

static void put_file(struct buf *out, const struct file *f)
{
	struct hash h = hash_of(f->plain.data, f->plain.len);

	buf_puts(out, "\t{ .path = ");
	gen_c_string(out, str_of(f->path));
	buf_printf(out, ", .type = \"%s\", .etag = \"\\\"", f->type);
	buf_put_base64url(out, h.b, 16);
	buf_puts(out, "\\\"\",\n");
	put_bytes(out, "plain", &f->plain);
	if (f->plain.len > 0 && types[type_of(f->path)].text)
		put_packed(out, &f->plain);
	buf_puts(out, "\t},\n");
}

static void read_tree(struct tree *t, const char *mode)
{
	char *index = arena_printf(&t->mem, "%s/index.html", t->root);
	struct file *f = &t->files[0];

	if (strcmp(mode, "disabled") != 0 && file_exists(index)) {
		add_folder(t, "");
		qsort(t->files, t->len, sizeof(t->files[0]), by_path);
		check_tree(t);
		return;
	}
	if (strcmp(mode, "enabled") == 0)
		gen_fail("%s is not there: build the pages first (npm run build in web/)", index);
	*f = (struct file){ "/index.html", types[0].type, buf_new(sizeof(no_page)) };
	buf_puts(&f->plain, no_page);
	t->len = 1;
}

/* So that ninja looks again when a file changes, appears or goes. */
static void write_deps(const char *path, const char *output, struct tree *t)
{
	struct buf all = buf_new(MIB);

	buf_printf(&all, "%s:", output);
	if (t->deps.len == 0)
		/* Its parent's time changes when the folder appears. */
		buf_printf(&all, " %.*s", (int)(strrchr(t->root, '/') - t->root), t->root);
	buf_putstr(&all, buf_str(&t->deps));
	buf_putc(&all, '\n');
	gen_finish(path, &all, false);
	buf_done(&all);
}

int main(int argc, char **argv)
{
	struct buf out = buf_new(GEN_FILE_MAX);
	static struct tree t;

	if (argc < 6 || !strchr(argv[4], '/'))
		gen_fail("usage: gen_assets OUTPUT.c DEPFILE SYMBOL DIST auto|enabled|disabled "
			 "PAGE...");
	t.root = argv[4];
	t.deps = buf_new(MIB);
	read_tree(&t, argv[5]);
	write_deps(argv[2], argv[1], &t);
	gen_c_head(&out, "gen_assets");
	buf_puts(&out, "#include \"api/assets.h\"\n\nstatic const struct asset files[] = {\n");
	for (size_t i = 0; i < t.len; i++)
		put_file(&out, &t.files[i]);
	buf_puts(&out, "};\n\nstatic const char *const pages[] = {\n");
	for (int i = 6; i < argc; i++)
		buf_printf(&out, "\t\"%s\",\n", argv[i]);
	buf_printf(&out,
		   "\tNULL,\n};\n\nextern const struct assets %s;\n"
		   "const struct assets %s = { files, %zu, pages };\n",
		   argv[3], argv[3], t.len);
	gen_finish(argv[1], &out, false);
	for (size_t i = 0; i < t.len; i++)
		buf_done(&t.files[i].plain);
	buf_done(&t.deps);
	arena_done(&t.mem);
	buf_done(&out);
	return 0;
}
