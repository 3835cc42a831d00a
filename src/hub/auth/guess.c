/* guess.c - see guess.h. */
#include "hub/auth/guess.h"
#include "hub/auth/login.h"

#include "base/clock.h"
#include "base/rand.h"
#include "db/keyring.h"
#include <stdio.h>
#include <string.h>

#define NETWORK_BURST     10
#define NETWORK_REFILL_MS (60 * 1000)
#define ACCOUNT_BURST     20
#define THERE_BURST       5
#define BROWSER_BURST     5
#define ACCOUNT_REFILL_MS (5 * 60 * 1000) /* also of it from one network, and in one browser */
#define KEYS_MAX          50000

#define BROWSER_COOKIE     "__Host-imprimatur-browser"
#define BROWSER_COOKIE_MS  (INT64_C(180) * 24 * 3600 * 1000)
#define BROWSER_DOMAIN     "browser" /* of the keyed hash */
#define BROWSER_NUMBER_LEN 16
#define BROWSER_SAID_LEN   (BROWSER_NUMBER_LEN + 8) /* number and time: what the hash proves */
#define BROWSER_TOKEN_LEN  (BROWSER_SAID_LEN + HASH_LEN)

void guesses_init(struct guesses *g)
{
	rate_init(&g->by_network, NETWORK_BURST, NETWORK_REFILL_MS, KEYS_MAX);
	rate_init(&g->by_account_there, THERE_BURST, ACCOUNT_REFILL_MS, KEYS_MAX);
	rate_init(&g->by_account, ACCOUNT_BURST, ACCOUNT_REFILL_MS, KEYS_MAX);
	rate_init(&g->by_browser, BROWSER_BURST, ACCOUNT_REFILL_MS, KEYS_MAX);
	rate_init(&g->by_browsers, ACCOUNT_BURST, ACCOUNT_REFILL_MS, KEYS_MAX);
}

void guesses_done(struct guesses *g)
{
	rate_done(&g->by_network);
	rate_done(&g->by_account_there);
	rate_done(&g->by_account);
	rate_done(&g->by_browser);
	rate_done(&g->by_browsers);
}

/* ---- the browser ---- */

static struct hash proof_of(const struct request *req, const struct hash *account,
			    const uint8_t *said)
{
	char text[HASH_LEN + BROWSER_SAID_LEN];

	memcpy(text, account->b, HASH_LEN);
	memcpy(text + HASH_LEN, said, BROWSER_SAID_LEN);
	return lookup_hash(hub_of(req->owner)->keys, BROWSER_DOMAIN,
			   (struct str){ text, sizeof(text) });
}

static bool browser_known(const struct request *req, const struct hash *account,
			  struct hash *ret_browser)
{
	struct str cookie = request_cookie(req, BROWSER_COOKIE);
	uint8_t token[BROWSER_TOKEN_LEN];
	struct cur c = cur_of(token, sizeof(token));
	struct hash claimed, proof;
	int64_t made_ms;

	if (base64url_decode(cookie, token, sizeof(token)) != BROWSER_TOKEN_LEN)
		return false;
	proof = proof_of(req, account, cur_take(&c, BROWSER_NUMBER_LEN));
	made_ms = (int64_t)cur_le(&c, 8);
	cur_copy(&c, claimed.b, HASH_LEN);
	if (!hash_eq(&proof, &claimed) || made_ms + BROWSER_COOKIE_MS < clock_wall_ms())
		return false;
	*ret_browser = proof;
	return true;
}

void guess_tell_browser(struct request *req, const struct hash *account)
{
	struct buf token = buf_new(BROWSER_TOKEN_LEN), text = buf_new(256);
	struct hash proof;

	rand_bytes(buf_reserve(&token, BROWSER_NUMBER_LEN), BROWSER_NUMBER_LEN);
	buf_put_le(&token, (uint64_t)clock_wall_ms(), 8);
	proof = proof_of(req, account, token.data);
	buf_put(&token, proof.b, HASH_LEN);
	buf_puts(&text, BROWSER_COOKIE "=");
	buf_put_base64url(&text, token.data, token.len);
	buf_printf(&text, COOKIE_RULES "%lld", (long long)(BROWSER_COOKIE_MS / 1000));
	reply_header(req, "set-cookie", (const char *)text.data);
	buf_wipe(&text);
	buf_wipe(&token);
}

/* ---- who tries ---- */

struct guess guess_of(const struct request *req, const struct hash *account)
{
	struct guess who = { .account = *account };

	who.known = browser_known(req, account, &who.browser);
	request_address_group(req, who.network);
	return who;
}

static struct str key_of(const struct hash *h)
{
	return (struct str){ (const char *)h->b, sizeof(h->b) };
}

static struct hash account_there(const struct guess *who)
{
	return hash_of2(who->account.b, sizeof(who->account.b), who->network, strlen(who->network));
}

bool guess_may(const struct guesses *g, const struct guess *who, int64_t mono_ms,
	       int64_t *ret_wait_ms)
{
	struct hash there = account_there(who);

	if (who->known)
		return rate_has(&g->by_browser, key_of(&who->browser), mono_ms, ret_wait_ms) &&
		       rate_has(&g->by_browsers, key_of(&who->account), mono_ms, ret_wait_ms);
	return rate_has(&g->by_network, str_of(who->network), mono_ms, ret_wait_ms) &&
	       rate_has(&g->by_account_there, key_of(&there), mono_ms, ret_wait_ms) &&
	       rate_has(&g->by_account, key_of(&who->account), mono_ms, ret_wait_ms);
}

void guess_failed(struct guesses *g, const struct guess *who, int64_t mono_ms)
{
	struct hash there = account_there(who);

	if (who->known) {
		(void)rate_take(&g->by_browser, key_of(&who->browser), mono_ms, NULL);
		(void)rate_take(&g->by_browsers, key_of(&who->account), mono_ms, NULL);
		return;
	}
	(void)rate_take(&g->by_network, str_of(who->network), mono_ms, NULL);
	(void)rate_take(&g->by_account_there, key_of(&there), mono_ms, NULL);
	(void)rate_take(&g->by_account, key_of(&who->account), mono_ms, NULL);
}
