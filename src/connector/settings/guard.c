/* guard.c - see guard.h. */
#include "connector/settings/guard.h"
#include "base/err.h"
#include "base/hash.h"

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
	token_text(g->secret);
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
	tokens_make(&g->tokens, (struct id){}, mono_ms, INT64_MAX, ret_token);
	return 0;
}

bool guard_admits(struct guard *g, struct str token, bool present, int64_t mono_ms)
{
	return tokens_admit(&g->tokens, token, present, mono_ms);
}

void guard_end(struct guard *g, struct str token)
{
	tokens_end(&g->tokens, token);
}
