/* invitation_api.c - inviting a site, and what a connector is shown before it sends anything else.
 */
#include "hub/connector/slice.h"

#include "api/request.h"
#include "base/clock.h"
#include "base/mime.h"
#include "base/rand.h"
#include "db/change.h"
#include "db/keyring.h"
#include "hub/connector/invite.h"
#include "hub/connector/store.h"
#include "hub/mail/mail.h"
#include "hub/site/site.h"
#include "model/legal.h"
#include "model/report.h"
#include "wire/code.h"
#include "wire/messages.h"

#define DAY_MS     (24 * 3600 * (int64_t)1000)
#define VALID_DAYS 14

/* clang-format off */
static const struct json_field in_fields[] = {
	{ "valid_days", JSON_INT, offsetof(struct invitation_in, valid_days), .min = 1, .max = INVITATION_DAYS_MAX },
	{ "mail_to", JSON_TEXT, offsetof(struct invitation_in, mail_to), .min = 1, .max = MIME_ADDRESS_MAX },
	{ 0 }
};
const struct json_schema invitation_in_schema = {
	"invitation_in", sizeof(struct invitation_in), 0, in_fields
};

static const struct json_field out_fields[] = {
	{ "id",		JSON_ID,   offsetof(struct invitation_out, id), JSON_REQUIRED, .min = ID_INV },
	{ "code",	JSON_TEXT, offsetof(struct invitation_out, code), JSON_REQUIRED },
	{ "expires_at",	JSON_TIME, offsetof(struct invitation_out, expires_ms), JSON_REQUIRED },
	{ 0 }
};
const struct json_schema invitation_schema = {
	"invitation", sizeof(struct invitation_out), 0, out_fields
};
/* clang-format on */

/* The one spelling that is hashed: what code_encode writes. */
static struct hash code_hash(const struct keyring *keys, const struct code *code)
{
	char text[CODE_TEXT_SIZE];
	struct hash h;

	code_encode(code, text);
	h = lookup_hash(keys, "code", str_of(text));
	secret_wipe(text, sizeof(text));
	return h;
}

int invitation_plan(const struct keyring *keys, const char *region, struct id site, int64_t days,
		    struct invitation_new *ret)
{
	int64_t now_ms = clock_wall_ms();
	uint8_t random[CODE_VALUE_LEN];
	struct code code;
	int rc;

	rand_bytes(random, sizeof(random));
	rc = code_make(str_of(region), random, &code);
	secret_wipe(random, sizeof(random));
	if (rc < 0)
		return rc;
	*ret = (struct invitation_new){
		.id = id_new(),
		.site = site,
		.created_ms = now_ms,
		.expires_ms = now_ms + (days ? days : VALID_DAYS) * DAY_MS,
		.code_hash = code_hash(keys, &code),
	};
	code_encode(&code, ret->code);
	secret_wipe(&code, sizeof(code));
	return 0;
}

int invitation_begin(struct request *req, struct invite_job *job)
{
	const struct invitation_in *in = req->in;
	struct hub *hub = hub_of(req->owner);
	int64_t days = in->valid_days == JSON_ABSENT_INT ? 0 : in->valid_days;

	job->change = hub_change(req, CHANGE_INVITATION_MADE);
	job->mail = (struct invitation_mail){ hub, in->mail_to, req->who.id };
	if (in->mail_to && !hub_sends_mail(hub->config))
		return ERR_MAIL_OFF;
	if (in->mail_to && !mime_address_ok(str_of(in->mail_to)))
		return ERR_INVALID;
	return invitation_plan(hub->keys, hub->config->region, req->ids[0], days,
			       &job->invitation) < 0
		       ? ERR_CONFIG
		       : 0;
}

int invitation_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct invite_job *job = arg;
	int rc = invitation_make(db, &job->invitation, &job->change);

	if (rc == 0 && job->mail.to)
		rc = invitation_mail(db, mem, &job->invitation, &job->mail);
	return rc;
}

void invitation_done(struct request *req, int rc, void *arg)
{
	struct invite_job *job = arg;

	if (rc < 0)
		return reply_error(req, rc, NULL);
	reply(req, 201,
	      &(struct invitation_out){ job->invitation.id, job->invitation.code,
					job->invitation.expires_ms });
}

void invitation_create(struct request *req)
{
	struct invite_job job = { 0 };
	int rc = invitation_begin(req, &job);

	if (rc < 0)
		return reply_error(req, rc, rc == ERR_CONFIG ? NULL : "mail_to");
	hub_write(req, invitation_run, invitation_done, &job, sizeof(job));
	secret_wipe(&job, sizeof(job));
}

struct delete_job {
	struct id site, invitation;
	struct change_in change;
};

static int delete_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct delete_job *job = arg;
	int rc = site_customer(db, job->site, &job->change.customer);

	if (rc == 0)
		rc = invitation_revoke(db, job->site, job->invitation, clock_wall_ms());
	return rc < 0 ? rc : change_write(db, &job->change);
}

static void delete_done(struct request *req, int rc, void *arg)
{
	if (rc < 0)
		return reply_error(req, rc, NULL);
	reply(req, 204, NULL);
}

void invitation_delete(struct request *req)
{
	struct delete_job job = {
		.site = req->ids[0],
		.invitation = req->ids[1],
		.change = hub_change(req, CHANGE_INVITATION_REVOKED),
	};

	job.change.object_kind = ID_INV;
	job.change.object = job.invitation;
	job.change.site = job.site;
	hub_write(req, delete_run, delete_done, &job, sizeof(job));
}

/* POST /c/v1/invitation */
struct show_job {
	struct hash code_hash;
	const char *language;
	struct invitation_answer answer;
	struct agreement_text agreement;
	char sha256[SHA256_TEXT_LEN + 1];
};

static int fill_agreement(struct show_job *job, struct arena *mem)
{
	const struct legal_row *row;
	int version = legal_version(LEGAL_CONNECTOR_AGREEMENT);
	struct buf text = buf_new(LEGAL_TEXT_MAX);
	struct hash hash;
	int rc = legal_fill(LEGAL_CONNECTOR_AGREEMENT, version, job->language, job->answer.provider,
			    &text, &hash);

	if (rc == 0) {
		row = legal_get(LEGAL_CONNECTOR_AGREEMENT, version, job->language);
		hash_hex(&hash, job->sha256);
		job->agreement.version = version;
		job->agreement.language = row->language;
		job->agreement.text = arena_strndup(mem, buf_str(&text).p, text.len);
	}
	buf_done(&text);
	return rc;
}

static int show_run(struct system_db *system, struct arena *mem, void *arg)
{
	struct show_job *job = arg;
	struct invitation invitation;
	struct connector_view view;
	struct tenant_db *db;
	int rc = invitation_by_code(system, &job->code_hash, &invitation);

	if (rc == 0)
		rc = invitation_usable(&invitation, clock_wall_ms());
	if (rc < 0)
		return rc;
	db = system_tenant(system, invitation.provider);
	rc = site_names(db, mem, invitation.site, &job->answer.site, &job->answer.customer,
			&job->answer.provider);
	if (rc < 0)
		return rc;
	rc = connector_view_get(db, invitation.site, mem, &view);
	if (rc < 0 && rc != ERR_NOT_FOUND)
		return rc;
	job->answer.replaces =
		rc == 0 && view.revoked_ms == JSON_ABSENT_INT ? JSON_TRUE : JSON_FALSE;
	return fill_agreement(job, mem);
}

static void show_done(struct request *req, int rc, void *arg)
{
	struct show_job *job = arg;

	if (rc < 0)
		return reply_error(req, rc, NULL);
	job->agreement.sha256 = job->sha256;
	job->answer.agreement = &job->agreement;
	job->answer.region = hub_of(req->owner)->config->region;
	job->answer.schema_min = REPORT_SCHEMA_MIN;
	job->answer.schema_max = REPORT_SCHEMA_MAX;
	reply(req, 200, &job->answer);
}

void invitation_show(struct request *req)
{
	const struct invitation_request *in = req->in;
	struct show_job job = { .language = in->language };
	struct code code;
	int rc = connectors_allow_code(req);

	if (rc == 0)
		rc = code_parse(str_of(in->code), &code);
	if (rc < 0)
		return reply_error(req, rc, NULL);
	job.code_hash = code_hash(hub_of(req->owner)->keys, &code);
	secret_wipe(&code, sizeof(code));
	hub_system_read(req, show_run, show_done, &job, sizeof(job));
}
