/* invitation_mail.c - an invitation's mail: what it says, and sending another in its place. */
#include "hub/connector/slice.h"

#include "api/request.h"
#include "base/clock.h"
#include "base/mime.h"
#include "base/text.h"
#include "hub/connector/invite.h"
#include "hub/connector/store.h"
#include "hub/customer/customer.h"
#include "hub/mail/mail.h"
#include "hub/provider/provider.h"
#include "hub/site/site.h"

#define TEXT_MAX (16 * KIB)

struct names {
	const char *site, *customer, *provider;
	struct person sender;
	struct customer of;
};

static int read_names(struct tenant_db *db, struct arena *mem, struct id site, struct id user,
		      struct names *n)
{
	struct id customer;
	int rc = site_names(db, mem, site, &n->site, &n->customer, &n->provider);

	if (rc == 0)
		rc = site_customer(db, site, &customer);
	if (rc == 0)
		rc = customer_get(db, mem, customer, &n->of);
	return rc < 0 ? rc : person_get(db, mem, user, &n->sender);
}

/* "2026-12-10 21:43 UTC": the reader's time zone is not known here. */
static const char *moment(struct arena *mem, int64_t at_ms)
{
	char text[TIME_TEXT_MAX];

	time_encode(at_ms, text);
	return arena_printf(mem, "%.10s %.5s UTC", text, text + 11);
}

static const char *filled(struct arena *mem, const char *language, const char *key,
			  const struct text_arg *args)
{
	struct buf text = buf_new(TEXT_MAX);
	const char *kept;

	text_put(&text, language, key, args);
	kept = arena_strndup(mem, buf_str(&text).p, text.len);
	buf_wipe(&text);
	return kept;
}

int invitation_mail(struct tenant_db *db, struct arena *mem, const struct invitation_new *i,
		    const struct invitation_mail *m)
{
	struct names n;
	int rc = read_names(db, mem, i->site, m->user, &n);
	const char *language = rc == 0 ? hub_language_names[n.of.language] : NULL;
	const struct text_arg args[] = {
		{ "provider", n.provider },
		{ "sender", n.sender.name },
		{ "customer", n.customer },
		{ "site", n.site },
		{ "link", arena_printf(mem, "%s/install#%s", m->hub->origin, i->code) },
		{ "until", moment(mem, i->expires_ms) },
		{ 0 },
	};

	if (rc < 0)
		return rc;
	return mail_queue(
		db, m->hub->config,
		&(struct mail_new){
			.customer = n.of.id,
			.site = i->site,
			.invitation = i->id,
			.to = m->to,
			.reply_to = mime_address_ok(str_of(n.sender.email)) ? n.sender.email : NULL,
			.from_name = n.provider,
			.subject = filled(mem, language, "invite.mail.subject", args),
			.text = filled(mem, language, "invite.mail.body", args),
			.language = language,
			.now_ms = i->created_ms,
			.until_ms = i->expires_ms,
		});
}

/* POST /api/v1/sites/{id}/invitations/{invitation}/resend */
struct resend_job {
	struct invite_job invite;
	struct id old;
	struct change_in revoked;
};

static int resend_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct resend_job *job = arg;
	struct id site = job->invite.invitation.site;
	struct site_mail *mail = NULL;
	int rc = mail_show(db, mem, job->old, &mail);

	if (rc == 0)
		rc = site_customer(db, site, &job->revoked.customer);
	if (rc == 0)
		rc = invitation_revoke(db, site, job->old, job->invite.invitation.created_ms);
	/* Only now: whose the ids are comes before what the hub can do. */
	if (rc == 0 && !hub_sends_mail(job->invite.mail.hub->config))
		rc = ERR_MAIL_OFF;
	if (rc == 0)
		rc = change_write(db, &job->revoked);
	if (rc < 0)
		return rc;
	if (!job->invite.mail.to && mail)
		job->invite.mail.to = mail->to;
	/* Without an address there is nothing to send again. */
	return job->invite.mail.to ? invitation_run(db, mem, &job->invite) : ERR_INVALID;
}

static void resend_done(struct request *req, int rc, void *arg)
{
	struct resend_job *job = arg;

	if (rc == ERR_INVALID || rc == ERR_MAIL_OFF)
		return reply_error(req, rc, "mail_to");
	invitation_done(req, rc, &job->invite);
}

void invitation_resend(struct request *req)
{
	struct resend_job job = { .old = req->ids[1] };
	int rc = invitation_begin(req, &job.invite);

	if (rc < 0)
		return reply_error(req, rc, rc == ERR_CONFIG ? NULL : "mail_to");
	job.revoked = hub_change(req, CHANGE_INVITATION_REVOKED);
	job.revoked.object_kind = ID_INV;
	job.revoked.object = job.old;
	job.revoked.site = req->ids[0];
	hub_write(req, resend_run, resend_done, &job, sizeof(job));
	secret_wipe(&job, sizeof(job));
}
