/* rotate.c - see rotate.h. */
#include "connector/rotate.h"
#include "base/backoff.h"
#include "base/err.h"
#include "base/log.h"
#include "net/loop.h"
#include "wire/key_proof.h"
#include "wire/messages.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLOW_MS 60000 /* where trying soon cannot help */

struct rotation {
	struct rotation_config cfg;
	struct file_watch *watch;
	struct timer retry;
	struct backoff backoff;
	bool allowed;
	/* The open offer: of `to`, signed by the key of `by`. */
	struct hub *by;
	struct hub_call *call;
	struct sign_key *other; /* key.next.pem, or key.old.pem if `again` */
	bool again;             /* the hub forgot the present key */
};

static int load(const char *dir, const char *name, struct sign_key **ret_key)
{
	char path[HOME_PATH_MAX];
	int rc = home_path(dir, name, path);

	return rc < 0 ? rc : sign_key_load(path, ret_key);
}

static int save(const char *dir, const char *name, const struct sign_key *key)
{
	char path[HOME_PATH_MAX];
	int rc = home_path(dir, name, path);

	return rc < 0 ? rc : sign_key_save(key, path);
}

static int remove_next(const char *dir)
{
	char path[HOME_PATH_MAX];
	int rc = home_path(dir, HOME_KEY_NEXT, path);

	return rc < 0 ? rc : file_remove(path);
}

bool rotation_waits(const char *dir)
{
	char path[HOME_PATH_MAX];

	return home_path(dir, HOME_KEY_NEXT, path) == 0 && file_exists(path);
}

int rotation_begin(const char *dir)
{
	struct sign_key *key;
	int rc;

	if (rotation_waits(dir))
		return 0;
	key = sign_key_new();
	rc = save(dir, HOME_KEY_NEXT, key);
	sign_key_free(&key);
	return rc;
}

static bool same_key(const struct sign_key *a, const struct sign_key *b)
{
	uint8_t pa[SIGN_KEY_LEN], pb[SIGN_KEY_LEN];

	sign_key_public(a, pa);
	sign_key_public(b, pb);
	return memcmp(pa, pb, sizeof(pa)) == 0;
}

/* --- the change itself -------------------------------------------------------------------------
 */

/* The hub knows key.next.pem: changes over.  key.pem is never without a good key. */
static int change_over(struct rotation *r)
{
	struct sign_key *key = r->other;
	int rc = save(r->cfg.dir, HOME_KEY_OLD, r->cfg.key);

	if (rc == 0)
		rc = save(r->cfg.dir, HOME_KEY, key);
	if (rc < 0)
		return rc;
	r->other = NULL;
	r->cfg.key = key;
	/* One that stays is found to be key.pem at the next look, and removed then. */
	if (remove_next(r->cfg.dir) < 0)
		log_event(EV_KEY_FAILED, "code=%s", "remove");
	log_event(EV_KEY_CHANGED, "");
	r->cfg.on_changed(key, r->cfg.owner);
	return 0;
}

static void end_offer(struct rotation *r)
{
	hub_cancel(&r->call);
	hub_free(&r->by);
	sign_key_free(&r->other);
}

static void try_later(struct rotation *r, int rc, int64_t retry_after_ms)
{
	int64_t ms = backoff_next_ms(&r->backoff) + 1 + retry_after_ms;

	log_event(EV_KEY_FAILED, "code=%s", err_code(rc));
	if (err_retry(rc) != RETRY_LATER)
		ms += SLOW_MS;
	timer_start(r->cfg.loop, &r->retry, ms);
}

/* A hub that says so and knows the key no better afterwards is not asked again at once. */
static void taken_again(struct rotation *r)
{
	timer_start(r->cfg.loop, &r->retry, SLOW_MS);
	r->cfg.on_changed(NULL, r->cfg.owner);
}

static void on_offered(const struct hub_answer *a, void *owner)
{
	struct rotation *r = owner;
	int rc = a->rc;

	r->call = NULL;
	if (rc == 0) {
		backoff_reset(&r->backoff);
		if (r->again)
			taken_again(r);
		else
			rc = change_over(r);
	} else if (rc == ERR_KEY_RETIRED && !r->again) {
		/* Its successor has signed already: only this disk does not know it any more. */
		rc = change_over(r);
	} else if (rc == ERR_CONFLICT && !r->again && remove_next(r->cfg.dir) == 0) {
		/* That key is somebody's already: it is given up. */
		log_event(EV_KEY_FAILED, "code=%s", err_code(rc));
		rc = 0;
	}
	end_offer(r);
	if (rc < 0)
		try_later(r, rc, a->retry_after_ms);
}

static void offer(struct rotation *r, const struct sign_key *to, const struct sign_key *by)
{
	uint8_t public_key[SIGN_KEY_LEN], proof[SIGNATURE_LEN];
	struct buf key_text = buf_new(64), proof_text = buf_new(128), body = buf_new(KIB);
	struct hub_request request = { .method = "POST", .path = "/c/v1/key", .type = MEDIA_JSON };
	char old[THUMBPRINT_LEN + 1];

	sign_key_public(by, public_key);
	sign_thumbprint(public_key, old);
	key_proof_make(str_of(hub_authority(r->cfg.hub)), old, to, proof);
	sign_key_public(to, public_key);
	buf_put_base64url(&key_text, public_key, sizeof(public_key));
	buf_put_base64url(&proof_text, proof, sizeof(proof));
	json_encode(
		&key_request_schema,
		&(struct key_request){ (const char *)key_text.data, (const char *)proof_text.data },
		0, &body);
	request.body = buf_str(&body);
	r->by = hub_with_key(r->cfg.hub, by);
	r->call = hub_call(r->by, &request, on_offered, r);
	buf_done(&key_text);
	buf_done(&proof_text);
	buf_done(&body);
}

static void look(struct rotation *r)
{
	int rc;

	if (!r->allowed || r->call || timer_running(&r->retry) || !rotation_waits(r->cfg.dir))
		return;
	rc = load(r->cfg.dir, HOME_KEY_NEXT, &r->other);
	if (rc == 0 && same_key(r->other, r->cfg.key)) {
		sign_key_free(&r->other);
		rc = remove_next(r->cfg.dir);
	} else if (rc == 0) {
		r->again = false;
		offer(r, r->other, r->cfg.key);
	} else if (rc == ERR_CORRUPT) {
		rc = remove_next(r->cfg.dir);
	}
	if (rc < 0)
		try_later(r, rc, 0);
}

void rotation_unknown(struct rotation *r)
{
	if (r->call || timer_running(&r->retry) || load(r->cfg.dir, HOME_KEY_OLD, &r->other) < 0)
		return;
	r->again = true;
	offer(r, r->cfg.key, r->other);
}

/* --- life --------------------------------------------------------------------------------------
 */

static void on_retry(struct timer *t)
{
	look(CONTAINER_OF(t, struct rotation, retry));
}

static void on_watch(void *owner)
{
	look(owner);
}

struct rotation *rotation_new(const struct rotation_config *cfg)
{
	struct rotation *r = xcalloc(1, sizeof(*r));
	char path[HOME_PATH_MAX];

	r->cfg = *cfg;
	timer_init(&r->retry, on_retry);
	if (home_path(cfg->dir, HOME_KEY_NEXT, path) == 0)
		r->watch = file_watch_open(cfg->loop, path, on_watch, r);
	return r;
}

void rotation_free(struct rotation **r)
{
	if (!*r)
		return;
	end_offer(*r);
	timer_stop((*r)->cfg.loop, &(*r)->retry);
	file_watch_close(&(*r)->watch);
	free(*r);
	*r = NULL;
}

void rotation_allow(struct rotation *r, bool allowed)
{
	r->allowed = allowed;
	look(r);
}
