/* legal.c - the hash covers what was shown: so text and name are joined here and nowhere else. */
#include "model/legal.h"

#include "base/err.h"

#include <string.h>

#define PLACEHOLDER "{provider}"

const char *const legal_languages[] = { "en", "fr", "de", NULL };

int legal_version(const char *name)
{
	int newest = 0;

	for (size_t i = 0; i < legal_rows_len; i++)
		if (strcmp(legal_rows[i].name, name) == 0 && legal_rows[i].version > newest)
			newest = legal_rows[i].version;
	return newest;
}

static const struct legal_row *find(const char *name, int version, const char *language)
{
	for (size_t i = 0; i < legal_rows_len; i++)
		if (strcmp(legal_rows[i].name, name) == 0 && legal_rows[i].version == version &&
		    strcmp(legal_rows[i].language, language) == 0)
			return &legal_rows[i];
	return NULL;
}

const struct legal_row *legal_get(const char *name, int version, const char *language)
{
	const struct legal_row *row = language ? find(name, version, language) : NULL;

	return row ? row : find(name, version, "en");
}

/* C0 and C1 controls, DEL, LINE and PARAGRAPH SEPARATOR become a space each. */
static void put_name(struct buf *out, const char *name)
{
	const unsigned char *p = (const unsigned char *)name;

	while (*p) {
		bool c1 = p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0;
		bool separator = p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9);

		if (*p < 0x20 || *p == 0x7f || c1 || separator) {
			buf_putc(out, ' ');
			p += separator ? 3 : c1 ? 2 : 1;
		} else {
			buf_putc(out, (char)*p++);
		}
	}
}

int legal_fill(const char *name, int version, const char *language, const char *provider,
	       struct buf *out, struct hash *ret_hash)
{
	const struct legal_row *row = legal_get(name, version, language);
	size_t before = out->len;
	const char *rest, *at;
	int rc;

	if (!row)
		return ERR_NOT_FOUND;
	for (rest = row->text; (at = strstr(rest, PLACEHOLDER)); rest = at + strlen(PLACEHOLDER)) {
		buf_put(out, rest, (size_t)(at - rest));
		put_name(out, provider);
	}
	buf_puts(out, rest);
	rc = buf_status(out);
	if (rc < 0)
		return rc;
	*ret_hash = hash_of(out->data + before, out->len - before);
	return 0;
}
