/* cursor.c - see cursor.h.  The key is made at the first use and never leaves the process. */
#include "api/cursor.h"

#include "base/err.h"
#include "base/hash.h"
#include "base/rand.h"
#include <string.h>

#define TAG_LEN 16

static struct hash tag_of(struct str question, struct str where)
{
	static uint8_t key[HASH_LEN];
	static bool made;
	struct hash asked = hash_of(question.p, question.len), all;

	if (!made) {
		rand_bytes(key, sizeof(key));
		made = true;
	}
	/* The question's hash has one length, so no two pairs run together. */
	all = hash_of2(asked.b, sizeof(asked.b), where.p, where.len);
	return hmac_of(key, sizeof(key), all.b, sizeof(all.b));
}

char *cursor_encode(struct arena *mem, struct str question, struct str where)
{
	struct buf raw = buf_new(CURSOR_MAX + TAG_LEN), text = buf_new(2 * (CURSOR_MAX + TAG_LEN));
	struct hash tag = tag_of(question, where);
	char *out;

	assert(where.len <= CURSOR_MAX);
	buf_putstr(&raw, where);
	buf_put(&raw, tag.b, TAG_LEN);
	buf_put_base64url(&text, raw.data, raw.len);
	out = arena_strndup(mem, (const char *)text.data, text.len);
	buf_done(&raw);
	buf_done(&text);
	return out;
}

int cursor_decode(struct arena *mem, struct str question, const char *cursor, struct str *ret_where)
{
	uint8_t raw[CURSOR_MAX + TAG_LEN];
	struct str where;
	struct hash tag;
	int len = base64url_decode(str_of(cursor), raw, sizeof(raw));

	if (len < TAG_LEN)
		return ERR_INVALID;
	where = (struct str){ (const char *)raw, (size_t)len - TAG_LEN };
	tag = tag_of(question, where);
	if (!secret_eq(tag.b, raw + where.len, TAG_LEN))
		return ERR_INVALID;
	*ret_where = (struct str){ arena_dup(mem, where.p, where.len), where.len };
	return 0;
}
