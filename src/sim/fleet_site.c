/* fleet_site.c - one site of a fleet.  One connection, one call at a time:
 *
 *   invitation --> enrol --> mirror --> report --> poll --+
 *                              ^           ^         |    |
 *                              '-----------'---------'<---'   what its life needs next
 *
 * A report that is due goes out when the poll has been answered, so a poll is asked to last no
 * longer than until then.  A line that is down by the life's hours is no connection at all. */
#include "sim/fleet_site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/os.h"
#include "base/rand.h"
#include "wire/commands.h"
#include "wire/messages.h"

#define LANGUAGE      "en"
#define REPORT_MS     (10 * 60 * INT64_C(1000)) /* of the life */
#define REPORT_MIN_MS 5000                      /* however fast it goes */
#define HOLD_MAX_S    25
#define SLEEP_MAX_MS  60000
#define SUPERSEDED_MS 60000

static int64_t life_now(const struct fleet *f)
{
	return f->today_ms + (clock_mono_ms() - f->began_mono_ms) * f->speed;
}

static enum life_way way_of(const struct fleet_site *s)
{
	return life_way(&s->life, life_now(s->fleet));
}

static bool has_reported(const struct fleet_site *s)
{
	return s->told_ms != 0;
}

/* ---- asking ---- */

static void post(struct fleet_site *s, const char *path, const struct json_schema *schema,
		 const void *in, bool is_unsigned)
{
	struct buf body = buf_new(16 * KIB);

	json_encode(schema, in, 0, &body);
	client_call(s->client, &(struct client_call){ .method = "POST",
						      .path = path,
						      .type = MEDIA_JSON,
						      .body = buf_str(&body),
						      .is_unsigned = is_unsigned });
	buf_wipe(&body);
}

static void ask_invitation(struct fleet_site *s)
{
	post(s, "/c/v1/invitation", &invitation_request_schema,
	     &(struct invitation_request){ s->code, LANGUAGE }, true);
}

static void ask_enrol(struct fleet_site *s)
{
	struct agreement_accepted accepted = { s->agreement, s->agreement_sha256, LANGUAGE,
					       clock_wall_ms() };
	uint8_t key[SIGN_KEY_LEN];
	struct buf text = buf_new(64);

	sign_key_public(s->key, key);
	buf_put_base64url(&text, key, sizeof(key));
	buf_putc(&text, 0);
	post(s, "/c/v1/enroll", &enroll_request_schema,
	     &(struct enroll_request){ .code = s->code,
				       .public_key = (const char *)text.data,
				       .agreement = &accepted,
				       .connector_version = IMPRIMATUR_VERSION,
				       .os = CONNECTOR_OS_LINUX },
	     false);
	buf_done(&text);
}

static void ask_mirror(struct fleet_site *s)
{
	bool on = way_of(s) != LIFE_HIDDEN || !has_reported(s);

	s->mirrored_on = on;
	post(s, "/c/v1/permissions", &permissions_request_schema,
	     &(struct permissions_request){ .revision = ++s->revision,
					    .monitoring = on,
					    .console = SWITCH_OFF,
					    .mfp = SWITCH_OFF,
					    .at_ms = clock_wall_ms() },
	     false);
}

static void make_report(struct fleet_site *s)
{
	int64_t at_ms = life_now(s->fleet);
	struct life_moment m = { at_ms, clock_wall_ms(), s->told_ms,
				 at_ms / LIFE_DAY_MS != s->told_ms / LIFE_DAY_MS };
	struct arena mem = {};
	struct report r;

	life_report(&s->life, &m, &mem, &r);
	s->telling_ms = at_ms;
	chain_report(&s->chain, &r, &s->waiting);
	arena_done(&mem);
}

static void ask_report(struct fleet_site *s)
{
	/* What was not acknowledged is sent again as it was. */
	if (!s->waiting.len)
		make_report(s);
	client_call(s->client, &(struct client_call){ .method = "POST",
						      .path = "/c/v1/reports",
						      .type = MEDIA_RECORDS,
						      .body = buf_str(&s->waiting) });
}

static void ask_poll(struct fleet_site *s)
{
	int64_t hold_s = (s->due_mono_ms - clock_mono_ms()) / 1000;
	char query[120];

	hold_s = hold_s < POLL_HOLD_MIN_S ? POLL_HOLD_MIN_S
		 : hold_s > HOLD_MAX_S    ? HOLD_MAX_S
					  : hold_s;
	snprintf(query, sizeof(query), "after=%lld&hold_s=%lld&run=%lld", (long long)s->after,
		 (long long)hold_s, (long long)s->run);
	client_call(s->client, &(struct client_call){
				       .method = "GET", .path = "/c/v1/commands", .query = query });
}

/* ---- what the answers mean: false is not what a hub says ---- */

static bool decode(const struct json_schema *schema, struct str body, struct arena *mem, void *out)
{
	struct json_problem problem;

	return json_decode(schema, body.p, body.len, mem, out, &problem) == 0;
}

static bool take_invitation(struct fleet_site *s, struct str body, struct arena *mem)
{
	struct invitation_answer a;
	struct hash h;

	if (!decode(&invitation_answer_schema, body, mem, &a))
		return false;
	/* What is accepted is the text that came, not the hash that is told. */
	h = hash_of(a.agreement->text, strlen(a.agreement->text));
	hash_hex(&h, s->agreement_sha256);
	s->agreement = a.agreement->version;
	return true;
}

static bool take_enrolled(struct fleet_site *s, struct str body, struct arena *mem)
{
	struct enroll_answer a;

	s->enrolled = decode(&enroll_answer_schema, body, mem, &a);
	secret_wipe(s->code, sizeof(s->code));
	return s->enrolled;
}

static bool take_mirrored(struct fleet_site *s, struct str body, struct arena *mem)
{
	return true;
}

/* Each a little earlier or later, so that ten thousand do not march in step. */
static int64_t interval_ms(const struct fleet_site *s)
{
	int64_t ms = REPORT_MS / s->fleet->speed;

	ms = ms < REPORT_MIN_MS ? REPORT_MIN_MS : ms;
	return ms * 3 / 4 + (int64_t)rand_below((uint64_t)ms / 2);
}

static bool take_reported(struct fleet_site *s, struct str body, struct arena *mem)
{
	struct reports_answer a;

	if (!decode(&reports_answer_schema, body, mem, &a))
		return false;
	if (a.acked < (int64_t)s->chain.seq)
		return true;
	buf_clear(&s->waiting);
	s->told_ms = s->telling_ms;
	s->due_mono_ms = clock_mono_ms() + interval_ms(s);
	s->fleet->reports++;
	return true;
}

static bool take_commands(struct fleet_site *s, struct str body, struct arena *mem)
{
	struct json_problem problem;
	struct commands c;

	if (commands_decode(body.p, body.len, mem, &c, &problem) < 0)
		return false;
	for (size_t i = 0; i < c.len; i++) {
		s->after = c.items[i].n;
		if (c.items[i].kind == COMMAND_REPORT_NOW)
			s->due_mono_ms = clock_mono_ms();
	}
	s->fleet->polls++;
	return true;
}

static const struct {
	void (*ask)(struct fleet_site *s);
	bool (*take)(struct fleet_site *s, struct str body, struct arena *mem);
} steps[] = {
	[STEP_INVITATION] = { ask_invitation, take_invitation },
	[STEP_ENROL] = { ask_enrol, take_enrolled },
	[STEP_MIRROR] = { ask_mirror, take_mirrored },
	[STEP_REPORT] = { ask_report, take_reported },
	[STEP_POLL] = { ask_poll, take_commands },
};

/* ---- what comes next ---- */

/* STEP_NONE: its line is down. */
static enum fleet_step next_step(const struct fleet_site *s)
{
	enum life_way way = way_of(s);

	if (!s->enrolled)
		return s->agreement ? STEP_ENROL : STEP_INVITATION;
	if (!has_reported(s))
		return s->revision ? STEP_REPORT : STEP_MIRROR;
	if (way == LIFE_ASLEEP)
		return STEP_NONE;
	if (s->mirrored_on != (way == LIFE_AWAKE))
		return STEP_MIRROR;
	return way == LIFE_AWAKE && (s->waiting.len || clock_mono_ms() >= s->due_mono_ms)
		       ? STEP_REPORT
		       : STEP_POLL;
}

static void note_settled(struct fleet_site *s)
{
	if (s->settled)
		return;
	s->settled = true;
	s->fleet->settled++;
	s->fleet->on_settled(s->fleet);
}

static void end(struct fleet_site *s)
{
	s->ended = true;
	note_settled(s);
	if (s->client)
		client_close(s->client);
}

static void go_on(struct fleet_site *s)
{
	s->step = next_step(s);
	if (s->step == STEP_POLL || s->step == STEP_NONE)
		note_settled(s);
	if (s->step != STEP_NONE) {
		steps[s->step].ask(s);
		return;
	}
	s->wait_ms = LIFE_DAY_MS / 24 / 4 / s->fleet->speed;
	s->wait_ms = s->wait_ms > SLEEP_MAX_MS ? SLEEP_MAX_MS : s->wait_ms + 1;
	client_close(s->client);
}

/* ---- refusals ---- */

static void tell_refusal(const struct fleet_site *s, const struct client_answer *a)
{
	if (s->fleet->refused <= 10)
		fprintf(stderr, "fleet: site %zu: %d %.*s\n", s->life.number + 1, a->status,
			(int)a->body.len, a->body.p);
}

static void on_refused(struct fleet_site *s, const struct client_answer *a)
{
	bool busy = a->status == 429 || a->status == 503;
	bool for_good =
		a->status == 403 ||
		(!s->enrolled && (a->status == 404 || a->status == 409 || a->status == 410));

	if (!busy) {
		s->fleet->refused++;
		tell_refusal(s, a);
	}
	if (for_good) {
		end(s);
		return;
	}
	if (a->retry_after_s)
		s->wait_ms = a->retry_after_s * 1000 + (int64_t)rand_below(1000);
	if (a->status == 409 && s->step == STEP_POLL)
		s->wait_ms = SUPERSEDED_MS;
	/* The hub holds other records of this number: they go into an epoch of their own. */
	if (a->status == 409 && s->step == STEP_REPORT) {
		chain_begin(&s->chain);
		buf_clear(&s->waiting);
	}
	client_close(s->client);
}

/* ---- its line ---- */

static void on_open(struct client *c, void *owner)
{
	struct fleet_site *s = owner;

	go_on(s);
}

static void on_answer(struct client *c, const struct client_answer *a, void *owner)
{
	struct fleet_site *s = owner;
	struct arena mem = {};

	if (a->status != 200 && a->status != 204) {
		on_refused(s, a);
		return;
	}
	if (steps[s->step].take(s, a->body, &mem)) {
		backoff_reset(&s->backoff);
		go_on(s);
	} else {
		on_refused(s, a);
	}
	arena_done(&mem);
}

static void on_gone(struct client *c, int why, void *owner)
{
	struct fleet_site *s = owner;
	int64_t wait_ms = s->wait_ms;

	s->client = NULL;
	s->wait_ms = 0;
	if (s->ended)
		return;
	if (!wait_ms) {
		s->fleet->cut++;
		wait_ms = backoff_next_ms(&s->backoff);
	}
	timer_start(s->fleet->loop, &s->again, wait_ms);
}

static void connect_again(struct timer *t)
{
	static const struct client_ops ops = { on_open, on_answer, on_gone };
	struct fleet_site *s = CONTAINER_OF(t, struct fleet_site, again);

	if (has_reported(s) && way_of(s) == LIFE_ASLEEP)
		timer_start(s->fleet->loop, t, SLEEP_MAX_MS / s->fleet->speed + 1);
	else if (client_open(&s->fleet->hub, s->key, s->life.number, &ops, s, &s->client) < 0)
		timer_start(s->fleet->loop, t, backoff_next_ms(&s->backoff));
}

void fleet_site_begin(struct fleet_site *s)
{
	if (!s->key)
		s->key = sign_key_new();
	s->run = 1 + (int64_t)rand_below(INT32_MAX);
	s->waiting = buf_new(RECORD_CALL_MAX);
	chain_begin(&s->chain);
	timer_init(&s->again, connect_again);
	connect_again(&s->again);
}

static void end_site(struct fleet_site *s)
{
	s->ended = true;
	if (s->key)
		timer_stop(s->fleet->loop, &s->again);
	if (s->client)
		client_close(s->client);
}

static bool all_gone(void *arg)
{
	const struct fleet *f = arg;

	for (size_t n = 0; n < f->len; n++)
		if (f->sites[n].client)
			return false;
	return true;
}

void fleet_end(struct fleet *f, int64_t wait_ms)
{
	for (size_t n = 0; n < f->len; n++)
		end_site(&f->sites[n]);
	loop_run_until(f->loop, all_gone, f, wait_ms);
}

void fleet_site_free(struct fleet_site *s)
{
	if (s->key)
		buf_done(&s->waiting);
	sign_key_free(&s->key);
	secret_wipe(s->code, sizeof(s->code));
}
