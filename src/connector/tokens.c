/* tokens.c - see tokens.h. */
#include "connector/tokens.h"
#include "base/rand.h"
#include <assert.h>
#include <string.h>

#define SECRET_LEN 32

void token_text(char out[static TOKEN_TEXT_SIZE])
{
	struct buf text = buf_new(TOKEN_TEXT_SIZE);
	uint8_t octets[SECRET_LEN];

	rand_bytes(octets, sizeof(octets));
	buf_put_base64url(&text, octets, sizeof(octets));
	assert(text.len == TOKEN_TEXT_SIZE - 1);
	memcpy(out, text.data, text.len);
	out[text.len] = 0;
	secret_wipe(octets, sizeof(octets));
	buf_wipe(&text);
}

static bool expired(const struct token *t, int64_t mono_ms)
{
	return !t->alive || mono_ms - t->used_ms >= TOKEN_IDLE_MS || mono_ms >= t->until_ms;
}

static struct token *place(struct tokens *t, int64_t mono_ms)
{
	struct token *oldest = &t->items[0];

	for (size_t i = 0; i < TOKENS_MAX; i++) {
		struct token *one = &t->items[i];

		if (expired(one, mono_ms))
			return one;
		if (one->used_ms < oldest->used_ms)
			oldest = one;
	}
	return oldest;
}

void tokens_make(struct tokens *t, struct id whose, int64_t mono_ms, int64_t max_ms,
		 char ret_token[static TOKEN_TEXT_SIZE])
{
	token_text(ret_token);
	*place(t, mono_ms) = (struct token){
		.digest = hash_of(ret_token, TOKEN_TEXT_SIZE - 1),
		.whose = whose,
		.used_ms = mono_ms,
		.until_ms = max_ms == INT64_MAX ? INT64_MAX : mono_ms + max_ms,
		.alive = true,
	};
}

static struct token *find(struct tokens *t, struct str token)
{
	struct hash given = hash_of(token.p, token.len);
	struct token *found = NULL;

	for (size_t i = 0; i < TOKENS_MAX; i++)
		if (t->items[i].alive && hash_eq(&given, &t->items[i].digest))
			found = &t->items[i];
	return found;
}

const struct token *tokens_admit(struct tokens *t, struct str token, bool present, int64_t mono_ms)
{
	struct token *one = find(t, token);

	if (!one || expired(one, mono_ms))
		return NULL;
	if (present)
		one->used_ms = mono_ms;
	return one;
}

void tokens_end(struct tokens *t, struct str token)
{
	struct token *one = find(t, token);

	if (one)
		*one = (struct token){};
}

void tokens_end_of(struct tokens *t, struct id whose)
{
	for (size_t i = 0; i < TOKENS_MAX; i++)
		if (t->items[i].alive && id_eq(t->items[i].whose, whose))
			t->items[i] = (struct token){};
}
