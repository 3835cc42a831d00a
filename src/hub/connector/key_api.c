/* key_api.c - the keys of a connector over time, and POST /c/v1/key.
 *
 *   offered by the key that counts --> WAITS --its first call--> CURRENT --that of the next-->
 * RETIRED
 *
 * Until its first call both keys are good, so that neither side can be locked out by a crash or by
 * an answer that was lost: the connector changes over only when it has read that the hub knows the
 * new key, and goes on offering it with the old one until then.  A retired key's calls are told so
 * (key_retired), as a revoked one's are, and stay provable. */
#include "hub/connector/slice.h"

#include <stdlib.h>
#include <string.h>

#include "api/request.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/change.h"
#include "hub/connector/store.h"
#include "wire/key_proof.h"
#include "wire/messages.h"

struct connector_key *key_by_thumbprint(struct hub *hub, const char *thumbprint)
{
	return map_get(&hub->connectors->by_thumbprint, thumbprint, strlen(thumbprint));
}

static struct hub *hub_here(const struct connector *c)
{
	return c->live->hub;
}

struct change_in connector_change(const struct connector *c, enum change_verb verb)
{
	return (struct change_in){
		.verb = verb,
		.actor_kind = ACTOR_CONNECTOR,
		.actor = c->id,
		.object_kind = ID_CONN,
		.object = c->id,
		.customer = c->customer,
		.site = c->site,
	};
}

static void forget(struct connector_key **link)
{
	struct connector_key *k = *link;

	map_remove(&hub_here(k->connector)->connectors->by_thumbprint, k->thumbprint,
		   THUMBPRINT_LEN);
	*link = k->older;
	free(k);
}

struct connector_key *key_add(struct connector *c, const uint8_t public_key[static SIGN_KEY_LEN],
			      enum key_state state)
{
	struct connector_key *k = xcalloc(1, sizeof(*k)), **link = &c->keys;

	memcpy(k->public_key, public_key, sizeof(k->public_key));
	sign_thumbprint(public_key, k->thumbprint);
	k->connector = c;
	k->state = state;
	k->older = c->keys;
	c->keys = k;
	map_put(&hub_here(c)->connectors->by_thumbprint, k->thumbprint, THUMBPRINT_LEN, k);
	for (int n = 0; *link; n++) {
		if (n < CONNECTOR_KEYS_MAX)
			link = &(*link)->older;
		else
			forget(link);
	}
	return k;
}

/* -- Its first call */

struct use_job {
	struct id connector;
	uint8_t public_key[SIGN_KEY_LEN];
	char thumbprint[THUMBPRINT_LEN + 1];
	int64_t now_ms;
	struct change_in change;
};

static int use_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	const struct use_job *job = arg;
	int rc = key_use(db, job->connector, job->public_key, job->now_ms);

	return rc < 0 ? rc : change_write(db, &job->change);
}

static void use_done(int rc, void *arg, void *owner)
{
	const struct use_job *job = arg;
	const struct connectors *all = owner;
	struct connector_key *k = key_by_thumbprint(all->hub, job->thumbprint);

	/* Its next call writes it again.  Should the hub end before, both keys are good once more
	 * until that call. */
	if (rc < 0 && k)
		k->unsaved = true;
}

static void save(struct connector_key *k)
{
	struct connector *c = k->connector;
	struct use_job job = {
		.connector = c->id,
		.now_ms = clock_wall_ms(),
		.change = connector_change(c, CHANGE_KEY_CHANGED),
	};

	k->unsaved = false;
	memcpy(job.public_key, k->public_key, sizeof(job.public_key));
	memcpy(job.thumbprint, k->thumbprint, sizeof(job.thumbprint));
	db_write(&hub_here(c)->connectors->owner, c->provider, use_run, use_done, &job,
		 sizeof(job));
}

void key_used(struct connector_key *k)
{
	char id[ID_TEXT_MAX];

	if (k->state == KEY_WAITS) {
		for (struct connector_key *o = k->older; o; o = o->older)
			o->state = KEY_RETIRED;
		k->state = KEY_CURRENT;
		k->unsaved = true;
		id_encode(ID_CONN, k->connector->id, id);
		log_event(EV_KEY_CHANGED, "connector=%s", id);
	}
	if (k->unsaved)
		save(k);
}

/* -- POST /c/v1/key */

struct offer_job {
	struct id connector;
	uint8_t public_key[SIGN_KEY_LEN];
	int64_t now_ms;
	struct change_in change;
};

static int offer_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	const struct offer_job *job = arg;
	int rc = key_offer(db, job->connector, job->public_key, job->now_ms);

	if (rc < 0)
		return rc;
	/* An offer made again changes nothing, so that it leaves no row. */
	return rc == 1 ? 0 : change_write(db, &job->change);
}

static void offer_done(struct request *req, int rc, void *arg)
{
	if (rc < 0)
		return reply_error(req, rc, NULL);
	reply(req, 204, NULL);
}

static int read_key(struct request *req, const struct connector *c,
		    uint8_t ret_public_key[static SIGN_KEY_LEN])
{
	const struct key_request *in = req->in;
	uint8_t proof[SIGNATURE_LEN];

	if (base64url_decode(str_of(in->public_key), ret_public_key, SIGN_KEY_LEN) !=
		    SIGN_KEY_LEN ||
	    base64url_decode(str_of(in->proof), proof, sizeof(proof)) != SIGNATURE_LEN)
		return ERR_INVALID;
	/* The key that signed this call is the one that counts: a call by one that waited has made
	 * it so. */
	for (const struct connector_key *k = c->keys; k; k = k->older)
		if (k->state == KEY_CURRENT)
			return key_proof_check(str_of(hub_here(c)->authority), k->thumbprint,
					       ret_public_key, proof);
	return ERR_INTERNAL;
}

/* Each new offer is a row of the provider's change log, which is kept for ever. */
static int allow_offer(struct request *req, const struct connector *c)
{
	struct rate *offers = &hub_here(c)->connectors->offers;
	int64_t wait_ms = 0;

	if (rate_take(offers, (struct str){ (const char *)c->id.b, sizeof(c->id.b) },
		      clock_mono_ms(), &wait_ms))
		return 0;
	reply_retry_after(req, wait_ms / 1000 + 1);
	return ERR_TOO_MANY;
}

void key_change(struct request *req)
{
	struct connector *c = connector_of(req);
	struct offer_job job = {
		.connector = c->id,
		.now_ms = clock_wall_ms(),
		.change = hub_change(req, CHANGE_KEY_OFFERED),
	};
	char thumbprint[THUMBPRINT_LEN + 1];
	struct connector_key *k;
	int rc = read_key(req, c, job.public_key);

	if (rc < 0)
		return reply_error(req, rc, NULL);
	sign_thumbprint(job.public_key, thumbprint);
	k = key_by_thumbprint(hub_here(c), thumbprint);
	/* A key is for one connector, and once. */
	if (k && (k->connector != c || k->state != KEY_WAITS))
		return reply_error(req, ERR_CONFLICT, NULL);
	if (!k)
		rc = allow_offer(req, c);
	if (rc < 0)
		return reply_error(req, rc, NULL);
	/* Known before it is written: should the write fail, the connector offers it again. */
	if (!k) {
		if (c->keys->state == KEY_WAITS)
			forget(&c->keys);
		key_add(c, job.public_key, KEY_WAITS);
	}
	job.change.object_kind = ID_CONN;
	job.change.object = c->id;
	job.change.customer = c->customer;
	job.change.site = c->site;
	hub_write(req, offer_run, offer_done, &job, sizeof(job));
}
