/* mail.c - the mailer: one mail at a time over one connection, which curl keeps between them.
 *
 *   due? --claim (db)--> send (SMTP) --settle (db)--> due? ...      nothing due: the timer waits
 *
 * One step is under way at a time (`busy`).  One server, so one that hangs keeps nobody waiting who
 * would not have to wait anyway. */
#include "hub/mail/store.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/mime.h"
#include "base/rate.h"
#include "hub/mail/server.h"
#include "net/loop.h"
#include <stdio.h>
#include <stdlib.h>

#define HOUR_MS  (3600 * (int64_t)1000)
#define BURST    10
#define STUCK_MS 5000
/* The clock may be set: nobody sleeps for longer than this over it. */
#define SLEEP_MAX_MS (60 * 1000)

struct outcome {
	struct id provider;
	int64_t tries;
	struct mail_outcome o;
	char to[MIME_ADDRESS_MAX + 1];
};

struct mailer {
	struct hub *hub;
	struct db_owner owner;
	struct fetcher *fetcher;
	struct fetch *fetch;
	struct timer timer;
	struct rate in_all;
	bool busy, draining;
	bool again;                /* something was queued since the store was last asked */
	int64_t until_ms, next_ms; /* of the mail that is being sent */
	struct outcome outcome;    /* to be written, or written again */
};

static void look_in(struct mailer *m, int64_t ms)
{
	if (!m->draining)
		timer_start(m->hub->loop, &m->timer, ms < SLEEP_MAX_MS ? ms : SLEEP_MAX_MS);
}

/* ---- settle ---- */

static int settle_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct outcome *out = arg;

	out->o.to = out->to;
	return mail_settle(db, &out->o);
}

static void tell(const struct outcome *out)
{
	char id[ID_TEXT_MAX];
	const char *reason = mail_reason_word(out->o.reason);

	id_encode(ID_INV, out->o.invitation, id);
	if (!reason)
		log_event(EV_MAIL_SENT, "invitation=%s tries=%lld", id, (long long)out->tries);
	else
		log_event(out->o.done ? EV_MAIL_FAILED : EV_MAIL_LATER,
			  "invitation=%s tries=%lld reason=%s smtp=%d", id, (long long)out->tries,
			  reason, out->o.status);
	metric_add(!reason ? M_MAILS_SENT : out->o.done ? M_MAILS_FAILED : M_MAILS_AGAIN, 1);
}

static void settle(struct mailer *m);

static void settle_done(int rc, void *arg, void *owner)
{
	const struct outcome *out = arg;
	struct mailer *m = owner;

	/* What was sent must not be sent again because the store was busy.  (A customer whose key
	 * is gone has no mail any more.) */
	if (rc < 0 && rc != ERR_NOT_FOUND) {
		log_event(EV_MAIL_STUCK, "code=%s", err_code(rc));
		look_in(m, STUCK_MS);
		return;
	}
	tell(out);
	if (!out->o.done)
		hub_site_touched(m->hub, out->provider, out->o.site);
	m->outcome = (struct outcome){};
	m->busy = false;
	look_in(m, 0);
}

static void settle(struct mailer *m)
{
	db_write(&m->owner, m->outcome.provider, settle_run, settle_done, &m->outcome,
		 sizeof(m->outcome));
}

static void judge(struct mailer *m, int reason, int status)
{
	struct mail_outcome *o = &m->outcome.o;

	o->now_ms = clock_wall_ms();
	o->reason = reason;
	o->status = reason && status >= 400 ? status : 0;
	o->done = !reason || reason == MAIL_REFUSED || reason == MAIL_EXPIRED ||
		  m->next_ms > m->until_ms;
	settle(m);
}

/* ---- send ---- */

static void on_sent(const struct fetch_result *r, void *owner)
{
	struct mailer *m = owner;

	m->fetch = NULL;
	judge(m, mail_verdict(r), r->status);
}

static void send_mail(struct mailer *m, const struct mail_row *row, int64_t now_ms)
{
	char id[ID_TEXT_MAX];
	struct mail_out out = { id,           row->to,   row->reply_to, row->from_name,
				row->subject, row->text, row->language, now_ms };
	int rc;

	if (row->until_ms <= now_ms)
		return judge(m, MAIL_EXPIRED, 0);
	crockford_encode(row->id.b, 128, id);
	rc = mail_server_start(m->fetcher, m->hub->config, &out, on_sent, m, &m->fetch);
	if (rc == 0)
		return;
	/* The operator's to mend, so it is no reason to give the mail up early. */
	log_event(EV_MAIL_STUCK, "code=%s", err_code(rc));
	judge(m, MAIL_LOGIN, 0);
}

/* ---- claim ---- */

struct claim {
	int64_t now_ms, retry_ms;
	struct mail_row row;
	struct mail_queue_state state;
};

static int claim_run(struct system_db *db, struct arena *mem, void *arg)
{
	struct claim *c = arg;

	return mail_claim(db, mem, c->now_ms, c->retry_ms, &c->row, &c->state);
}

static void note_claimed(struct mailer *m, const struct mail_row *row)
{
	struct outcome *out = &m->outcome;

	*out = (struct outcome){
		.provider = row->provider,
		.tries = row->tries + 1,
		.o = { row->id, row->customer, row->site, row->invitation },
	};
	snprintf(out->to, sizeof(out->to), "%s", row->to);
	m->until_ms = row->until_ms;
	m->next_ms = row->next_ms;
}

static void claim_done(int rc, void *arg, void *owner)
{
	const struct claim *c = arg;
	struct mailer *m = owner;
	int64_t now_ms = clock_wall_ms();

	metric_set(M_MAILS_WAITING, c->state.waiting);
	if (rc > 0) {
		rate_take(&m->in_all, STR("all"), clock_mono_ms(), NULL);
		note_claimed(m, &c->row);
		return send_mail(m, &c->row, now_ms);
	}
	m->busy = false;
	if (rc < 0) {
		log_event(EV_MAIL_STUCK, "code=%s", err_code(rc));
		look_in(m, STUCK_MS);
	} else if (m->again) {
		look_in(m, 0);
	} else if (c->state.next_ms != JSON_ABSENT_INT) {
		look_in(m, c->state.next_ms > now_ms ? c->state.next_ms - now_ms : 0);
	}
}

static void on_timer(struct timer *t)
{
	struct mailer *m = CONTAINER_OF(t, struct mailer, timer);
	struct claim c = { .now_ms = clock_wall_ms(), .retry_ms = m->hub->config->mail_retry_ms };
	int64_t wait_ms = 0;

	/* A settlement that failed comes first. */
	if (m->busy)
		return settle(m);
	if (!rate_has(&m->in_all, STR("all"), clock_mono_ms(), &wait_ms))
		return look_in(m, wait_ms + 1);
	m->busy = true;
	m->again = false;
	db_system_write(&m->owner, claim_run, claim_done, &c, sizeof(c));
}

/* ---- the slice ---- */

static int open_mailer(struct hub *hub)
{
	const struct hub_config *c = hub->config;
	struct mailer *m;

	if (!hub_sends_mail(c))
		return 0;
	m = xcalloc(1, sizeof(*m));
	m->hub = hub;
	hub->mailer = m;
	m->fetcher = fetcher_new(hub->loop);
	db_owner_init(&m->owner, hub->db, hub->loop, m);
	rate_init(&m->in_all, BURST, HOUR_MS / c->mail_per_hour, 1);
	timer_init(&m->timer, on_timer);
	look_in(m, 0);
	return 0;
}

static void on_change(struct hub *hub, const struct change_note *note)
{
	struct mailer *m = hub->mailer;

	if (!m || note->verb != CHANGE_INVITATION_MADE)
		return;
	/* Told before the answer of a claim that shared its commit and may have come first. */
	m->again = true;
	if (!m->busy)
		look_in(m, 0);
}

/* A mail that is on its way may still be noted; no other begins. */
static void drain_mailer(struct hub *hub)
{
	if (!hub->mailer)
		return;
	hub->mailer->draining = true;
	timer_stop(hub->loop, &hub->mailer->timer);
}

static void close_mailer(struct hub *hub)
{
	struct mailer *m = hub->mailer;

	if (!m)
		return;
	timer_stop(hub->loop, &m->timer);
	fetch_cancel(&m->fetch);
	fetcher_free(&m->fetcher);
	db_owner_done(&m->owner, NULL);
	rate_done(&m->in_all);
	free(m);
	hub->mailer = NULL;
}

const struct slice mail_slice = {
	.name = "mail",
	.open = open_mailer,
	.on_change = on_change,
	.drain = drain_mailer,
	.close = close_mailer,
};
