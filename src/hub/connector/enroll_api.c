/* enroll_api.c - POST /c/v1/enroll: a code becomes a key, with the consent that belongs to it.
 *
 * One transaction: the code is used up, an older connector of the site loses its key (a site has
 * one), the new key and the signed record of consent are stored, and the change log says all of it.
 * The same code with the same key gets the same answer again until the code expires, because the
 * first answer may have been lost on its way. */
#include "hub/connector/slice.h"

#include <stdlib.h>

#include "api/request.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/change.h"
#include "db/keyring.h"
#include "hub/connector/store.h"
#include "hub/site/site.h"
#include "model/legal.h"
#include "model/report.h"
#include "wire/code.h"
#include "wire/http_sig.h"
#include "wire/messages.h"

struct pending;

struct enroll_job {
	struct hash code_hash;
	struct id known; /* the connector that has this key already; zero: none */
	struct enrolment enrolment;
	const char *from;
	const char *provider; /* its name */
	struct id replaced;   /* the connector that lost its key; zero: none */
	bool again;           /* the answer to an enrolment that was made before */
	struct known *known_versions;
	struct site_facts facts; /* as the new connector makes them */
	int status;              /* enum site_status: what follows */
	struct pending *pending;
};

static int check_agreement(const struct enroll_job *job)
{
	struct buf text = buf_new(LEGAL_TEXT_MAX);
	char hex[SHA256_TEXT_LEN + 1];
	struct hash hash;
	int version = legal_version(LEGAL_CONNECTOR_AGREEMENT);
	int rc;

	if (job->enrolment.consent.version != version)
		return ERR_AGREEMENT;
	rc = legal_fill(LEGAL_CONNECTOR_AGREEMENT, version, job->enrolment.consent.language,
			job->provider, &text, &hash);
	buf_done(&text);
	if (rc < 0)
		return rc;
	hash_hex(&hash, hex);
	return str_eq(str_of(hex), str_of(job->enrolment.consent.sha256)) ? 0 : ERR_AGREEMENT;
}

static int note(struct tenant_db *db, const struct enroll_job *job, enum change_verb verb,
		struct id object)
{
	return change_write(db, &(struct change_in){
					.verb = verb,
					.actor_kind = ACTOR_CONNECTOR,
					.actor = job->enrolment.row.id,
					.object_kind = ID_CONN,
					.object = object,
					.customer = job->enrolment.row.customer,
					.site = job->enrolment.row.site,
					.from = job->from,
				});
}

/* With the new connector, so that no answer shows it with the status of the one before. */
static int conclude(struct tenant_db *db, struct arena *mem, struct enroll_job *job)
{
	const struct connector_row *row = &job->enrolment.row;
	struct site_state state;
	int rc = state_renew(db, job->known_versions, row->customer, row->site, mem, &job->facts,
			     &state);

	if (rc == 0)
		job->status = state.status;
	return rc;
}

static int store(struct tenant_db *db, struct arena *mem, const struct invitation *invitation,
		 struct enroll_job *job)
{
	struct enrolment *e = &job->enrolment;
	int rc = connector_revoke(db, e->row.site, e->row.id, e->now_ms, &job->replaced);

	if (rc == 0 && !id_is_zero(job->replaced))
		rc = note(db, job, CHANGE_CONNECTOR_REPLACED, job->replaced);
	if (rc == 0)
		rc = invitation_use(db, invitation, e->row.id, e->now_ms);
	if (rc >= 0)
		rc = connector_insert(db, e);
	if (rc >= 0)
		rc = note(db, job, CHANGE_CONNECTOR_ENROLLED, e->row.id);
	if (rc == 0)
		rc = note(db, job, CHANGE_CONSENT_RECORDED, e->row.id);
	return rc < 0 ? rc : conclude(db, mem, job);
}

static int enroll_run(struct system_db *system, struct arena *mem, void *arg)
{
	struct enroll_job *job = arg;
	struct connector_row *row = &job->enrolment.row;
	const char *site, *customer;
	struct invitation invitation;
	struct tenant_db *db;
	int rc = invitation_by_code(system, &job->code_hash, &invitation);

	if (rc < 0)
		return rc;
	row->provider = invitation.provider;
	row->site = invitation.site;
	db = system_tenant(system, invitation.provider);
	rc = site_names(db, mem, invitation.site, &site, &customer, &job->provider);
	if (rc < 0)
		return rc;
	job->again = !id_is_zero(job->known) && id_eq(job->known, invitation.connector) &&
		     invitation.expires_ms > job->enrolment.now_ms;
	if (job->again) {
		row->id = job->known;
		return 0;
	}
	rc = invitation_usable(&invitation, job->enrolment.now_ms);
	if (rc == 0 && !id_is_zero(job->known))
		rc = ERR_CONFLICT; /* a key is for one enrolment */
	if (rc == 0)
		rc = check_agreement(job);
	if (rc == 0)
		rc = site_customer(db, row->site, &row->customer);
	return rc < 0 ? rc : store(db, mem, &invitation, job);
}

/* The site's new connector begins to count at once; the old one has ended with the change
 * (connector_on_change). */
static void take_over(struct hub *hub, const struct enroll_job *job)
{
	struct connector *c = connectors_add(hub, &job->enrolment.row);
	struct live *l = c->live;
	char id[ID_TEXT_MAX];

	key_add(c, job->enrolment.public_key, KEY_CURRENT);
	l->connector = c->id;
	l->monitoring = SWITCH_ON;
	l->storage = STORAGE_OK;
	l->revoked = l->copied = false;
	l->revoked_ms = l->copied_ms = JSON_ABSENT_INT;
	status_concluded(l, &job->facts, job->status);
	status_seen(l);
	status_refresh(l);
	id_encode(ID_CONN, c->id, id);
	log_event(EV_ENROLLED, "connector=%s replaced=%d", id, !id_is_zero(job->replaced));
}

/* The enrolment has been made whether or not its caller still waits, so the job belongs to the
 * slice; the caller is only remembered, and what the job points to lies in memory of its own. */
struct pending {
	struct request *req;   /* NULL: it has gone away */
	struct pending **link; /* lives as long as req, which clears `req` through it */
	struct arena mem;
};

static void forget(struct request *req, void *arg)
{
	struct pending **link = arg;

	if (*link)
		(*link)->req = NULL;
}

static void answer(struct request *req, int rc, const struct enroll_job *job)
{
	const struct hub_config *config = hub_of(req->owner)->config;

	if (rc < 0)
		return reply_error(req, rc, NULL);
	reply(req, 200,
	      &(struct enroll_answer){
		      .site_id = job->enrolment.row.site,
		      .connector_id = job->enrolment.row.id,
		      .provider = job->provider,
		      .region = config->region,
		      .poll_hold_s = config->poll_hold_ms / 1000,
		      .schema_min = REPORT_SCHEMA_MIN,
		      .schema_max = REPORT_SCHEMA_MAX,
	      });
}

static void enroll_done(int rc, void *arg, void *owner)
{
	const struct enroll_job *job = arg;
	struct connectors *all = owner;
	struct pending *p = job->pending;

	if (rc == 0 && !job->again)
		take_over(all->hub, job);
	if (p->req) {
		*p->link = NULL;
		answer(p->req, rc, job);
	}
	arena_wipe(&p->mem);
	free(p);
}

static int consent_of(struct request *req, const struct http_sig *sig, struct arena *mem,
		      struct consent_record *c)
{
	const struct enroll_request *in = req->in;
	struct buf base = buf_new(HTTP_SIG_BASE_MAX), text = buf_new(256);
	struct hash base_hash;
	int rc = connector_signature_base(req, sig, &base);

	buf_put_base64url(&text, sig->signature, SIGNATURE_LEN);
	if (rc == 0)
		rc = buf_status(&text);
	base_hash = hash_of(base.data, base.len);
	*c = (struct consent_record){
		.version = in->agreement->version,
		.language = arena_strdup(mem, in->agreement->language),
		.sha256 = arena_strdup(mem, in->agreement->sha256),
		.accepted_ms = in->agreement->accepted_at_ms,
		.base = arena_strndup(mem, buf_str(&base).p, base.len),
		.signature = arena_strndup(mem, buf_str(&text).p, text.len),
		.body = arena_strndup(mem, req->content.p, req->content.len),
		.evidence = hash_of2(base_hash.b, HASH_LEN, sig->signature, SIGNATURE_LEN),
	};
	buf_done(&base);
	buf_done(&text);
	return rc;
}

static int read_code(struct request *req, struct hash *ret_hash)
{
	const struct enroll_request *in = req->in;
	char text[CODE_TEXT_SIZE];
	struct code code;
	int rc = connectors_allow_code(req);

	if (rc == 0)
		rc = code_parse(str_of(in->code), &code);
	if (rc < 0)
		return rc;
	code_encode(&code, text);
	*ret_hash = lookup_hash(hub_of(req->owner)->keys, "code", str_of(text));
	secret_wipe(text, sizeof(text));
	secret_wipe(&code, sizeof(code));
	return 0;
}

static int admit(struct request *req, struct arena *mem, struct enroll_job *job)
{
	const struct enroll_request *in = req->in;
	uint8_t *key = job->enrolment.public_key;
	const struct connector_key *known;
	struct http_sig sig;
	int rc = read_code(req, &job->code_hash);

	if (rc < 0)
		return rc;
	if (base64url_decode(str_of(in->public_key), key, SIGN_KEY_LEN) != SIGN_KEY_LEN)
		return ERR_INVALID;
	rc = connector_check_signature(req, key, &sig);
	if (rc < 0)
		return rc;
	known = key_by_thumbprint(hub_of(req->owner), sig.keyid);
	if (known) {
		job->known = known->connector->id;
		rc = connector_take_nonce(known->connector, sig.nonce, sig.created_s,
					  clock_wall_ms() / 1000);
		if (rc < 0)
			return rc;
	}
	return consent_of(req, &sig, mem, &job->enrolment.consent);
}

void connector_enroll(struct request *req)
{
	const struct enroll_request *in = req->in;
	struct pending *p = xcalloc(1, sizeof(*p));
	struct enroll_job job = { .pending = p };
	struct enrolment *e = &job.enrolment;
	char version[VERSION_SIZE];
	int rc = admit(req, &p->mem, &job);

	/* As in reports: nothing but its numbers is kept. */
	if (rc == 0 && !version_of(str_of(in->connector_version), version))
		rc = ERR_INVALID;
	if (rc < 0) {
		arena_wipe(&p->mem);
		free(p);
		return reply_error(req, rc, NULL);
	}
	job.from = arena_strdup(&p->mem, request_address(req));
	e->now_ms = clock_wall_ms();
	e->connector_version = arena_strdup(&p->mem, version);
	e->os = connector_os_names[in->os];
	e->public_ip = job.from;
	e->row.id = id_new();
	e->row.revoked_ms = JSON_ABSENT_INT;
	e->row.monitoring = SWITCH_ON;
	job.known_versions = hub_of(req->owner)->known;
	status_facts_enrolled(hub_of(req->owner), e->now_ms, &job.facts);
	p->req = req;
	p->link = ARENA_NEW(&req->mem, struct pending *);
	*p->link = p;
	request_at_end(req, forget, p->link);
	db_system_write(&hub_of(req->owner)->connectors->owner, enroll_run, enroll_done, &job,
			sizeof(job));
}
