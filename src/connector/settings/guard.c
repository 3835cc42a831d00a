/* guard.c - see guard.h. */
#include "connector/settings/guard.h"
#include "base/err.h"
#include "base/rand.h"
#include <string.h>

static void random_text(char out[static GUARD_TEXT_SIZE])
{
	struct buf text = buf_new(GUARD_TEXT_SIZE);
	uint8_t octets[GUARD_SECRET_LEN];

	rand_bytes(octets, sizeof(octets));
	buf_put_base64url(&text, octets, sizeof(octets));
	assert(text.len == GUARD_TEXT_SIZE - 1);
	memcpy(out, text.data, text.len);
	out[text.len] = 0;
	secret_wipe(octets, sizeof(octets));
	buf_wipe(&text);
}

void guard_init(struct guard *g)
{
	*g = (struct guard){};
	rate_init(&g->wrong, GUARD_WRONG_BURST, GUARD_WRONG_MS, 1);
	guard_renew(g);
}

void guard_done(struct guard *g)
{
	rate_done(&g->wrong);
	secret_wipe(g, sizeof(*g));
}

void guard_renew(struct guard *g)
{
	random_text(g->secret);
}

static bool expired(const struct guard_token *t, int64_t mono_ms)
{
	return !t->alive || mono_ms - t->used_ms >= GUARD_IDLE_MS;
}

static struct guard_token *place(struct guard *g, int64_t mono_ms)
{
	struct guard_token *oldest = &g->tokens[0];

	for (size_t i = 0; i < GUARD_TOKENS_MAX; i++) {
		struct guard_token *t = &g->tokens[i];

		if (expired(t, mono_ms))
			return t;
		if (t->used_ms < oldest->used_ms)
			oldest = t;
	}
	return oldest;
}

int guard_spend(struct guard *g, struct str secret, int64_t mono_ms,
		char ret_token[static GUARD_TEXT_SIZE])
{
	/* Digests, so that neither octets nor length of a guess show in the time it takes. */
	struct hash given = hash_of(secret.p, secret.len);
	struct hash good = hash_of(g->secret, GUARD_TEXT_SIZE - 1);

	if (!hash_eq(&given, &good))
		return rate_take(&g->wrong, STR("all"), mono_ms, NULL) ? ERR_LINK_SPENT
								       : ERR_TOO_MANY;
	guard_renew(g);
	random_text(ret_token);
	*place(g, mono_ms) = (struct guard_token){
		.digest = hash_of(ret_token, GUARD_TEXT_SIZE - 1),
		.used_ms = mono_ms,
		.alive = true,
	};
	return 0;
}

static struct guard_token *find(struct guard *g, struct str token, int64_t mono_ms)
{
	struct hash given = hash_of(token.p, token.len);
	struct guard_token *found = NULL;

	for (size_t i = 0; i < GUARD_TOKENS_MAX; i++)
		if (!expired(&g->tokens[i], mono_ms) && hash_eq(&given, &g->tokens[i].digest))
			found = &g->tokens[i];
	return found;
}

bool guard_admits(struct guard *g, struct str token, bool present, int64_t mono_ms)
{
	struct guard_token *t = find(g, token, mono_ms);

	if (t && present)
		t->used_ms = mono_ms;
	return t;
}

void guard_end(struct guard *g, struct str token)
{
	/* Also one that has been idle for long: time zero finds every token that is alive. */
	struct guard_token *t = find(g, token, INT64_MIN / 2);

	if (t)
		*t = (struct guard_token){};
}
