/* gen.c - see gen.h. */
#include "gen.h"

#include "base/file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void gen_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

struct buf gen_read(const char *path)
{
	struct buf b = buf_new(GEN_FILE_MAX);

	if (file_read(path, &b) < 0)
		gen_fail("%s: cannot be read", path);
	return b;
}

void gen_finish(const char *path, const struct buf *content, bool check)
{
	FILE *f;

	if (buf_status(content) < 0)
		gen_fail("%s: would be too large", path);
	if (check) {
		struct buf old = gen_read(path);

		if (!str_eq(buf_str(&old), buf_str(content)))
			gen_fail("%s is not what its source makes today: build it anew and commit "
				 "it",
				 path);
		buf_done(&old);
		return;
	}
	f = fopen(path, "wb");
	if (!f || fwrite(content->data, 1, content->len, f) != content->len || fclose(f) != 0)
		gen_fail("%s: cannot be written", path);
}

/* One octet; octal, three digits, so that a digit that follows is not taken for a part of it. */
static void put_octet(struct buf *out, unsigned char c)
{
	if (c == '"' || c == '\\')
		buf_printf(out, "\\%c", c);
	else if (c == '\n')
		buf_puts(out, "\\n");
	else if (c < 0x20 || c >= 0x7f || c == '?')
		buf_printf(out, "\\%03o", c);
	else
		buf_putc(out, (char)c);
}

void gen_c_string(struct buf *out, struct str s)
{
	size_t line = out->len;

	if (!s.p) {
		buf_puts(out, "NULL");
		return;
	}
	buf_putc(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		if (out->len - line > 90) {
			buf_puts(out, "\"\n\t\"");
			line = out->len;
		}
		put_octet(out, (unsigned char)s.p[i]);
	}
	buf_putc(out, '"');
}

void gen_c_head(struct buf *out, const char *generator)
{
	buf_printf(out, "/* Made by tools/gen/%s: do not edit. */\n", generator);
}

struct str gen_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return str_of(slash ? slash + 1 : path);
}
