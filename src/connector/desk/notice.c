/* notice.c - see notice.h.
 *
 * One `delivery` for each address and each visit that waits, which lives until it was taken, is
 * refused for good, or the visit waits no more. */
#include "connector/desk/notice.h"

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "connector/desk/desk.h"
#include "connector/desk/desk_options.h"
#include "connector/home.h"
#include "connector/say.h"
#include "connector/session/session.h"
#include "net/fetch.h"
#include "net/loop.h"
#include "net/mail.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS     20000
#define FIRST_RETRY_MS 5000
#define RETRY_MAX_MS   (2 * 60 * 1000)
#define TEXT_MAX       (8 * KIB)
#define WHY_MAX        24
/* Each visit that waits, and a test. */
#define DELIVERIES_MAX ((SESSIONS_WAITING + 1) * (DESK_MAIL_TO_MAX + 1))

struct delivery {
	struct link link;
	struct notices *all;
	struct id session; /* zero: a test */
	bool more;         /* it is open, and is to last longer */
	enum notice_way way;
	char *to; /* NOTICE_MAIL */
	char *subject, *text;
	struct fetch *fetch;
	struct timer timer;
	int64_t wait_ms; /* before the next try */
};

struct notices {
	struct notice_config cfg;
	char *language;
	struct link deliveries;
	size_t len;
	struct id told[SESSIONS_WAITING]; /* those that wait and that we know */
	struct {
		int64_t at_ms;
		char why[WHY_MAX]; /* "": it was taken */
	} last[NOTICE_WAYS];
};

static void send_one(struct delivery *d);

static void drop(struct delivery *d)
{
	fetch_cancel(&d->fetch);
	timer_stop(d->all->cfg.loop, &d->timer);
	list_remove(&d->link);
	d->all->len--;
	free(d->to);
	free(d->subject);
	free(d->text);
	free(d);
}

/* --- one try -----------------------------------------------------------------------------------
 */

static void word_of(const struct delivery *d, const struct fetch_result *r, char *ret_why)
{
	int reason = mail_verdict(r);

	if (d->way == NOTICE_WEBHOOK && r->rc == 0 && r->status >= 300)
		snprintf(ret_why, WHY_MAX, "status_%d", r->status);
	else
		snprintf(ret_why, WHY_MAX, "%s", reason ? mail_reason_word(reason) : "");
}

/* Whether the same will be said again. */
static bool is_final(const struct delivery *d, const struct fetch_result *r)
{
	if (d->way == NOTICE_MAIL)
		return mail_verdict(r) == MAIL_REFUSED;
	return r->rc == 0 && r->status >= 400 && r->status < 500 && r->status != 429;
}

static void on_sent(const struct fetch_result *r, void *owner)
{
	struct delivery *d = owner;
	struct notices *n = d->all;
	char *why = n->last[d->way].why;
	const char *way = d->way == NOTICE_MAIL ? "mail" : "webhook";

	d->fetch = NULL;
	n->last[d->way].at_ms = clock_wall_ms();
	word_of(d, r, why);
	if (!*why)
		log_event(EV_NOTICE_SENT, "way=%s", way);
	else
		log_event(EV_NOTICE_FAILED, "way=%s why=%s", way, why);
	if (!*why || is_final(d, r) || id_is_zero(d->session))
		return drop(d);
	timer_start(n->cfg.loop, &d->timer, d->wait_ms);
	d->wait_ms = 2 * d->wait_ms < RETRY_MAX_MS ? 2 * d->wait_ms : RETRY_MAX_MS;
}

static void on_retry(struct timer *t)
{
	send_one(CONTAINER_OF(t, struct delivery, timer));
}

static void send_mail(struct delivery *d)
{
	const struct options *o = d->all->cfg.options;
	struct id id = id_new();
	char name[ID_TEXT_MAX];
	struct mail_server server = {
		.host = o->desk_mail_server,
		.port = o->desk_mail_port,
		.security = (enum mail_security)o->desk_mail_security,
		.greets = o->desk_host ? o->desk_host : "localhost",
		.from = o->desk_mail_from,
		.user = o->desk_mail_user,
		.password = o->desk_mail_password,
		.ca_file = o->desk_mail_ca_file,
		.timeout_ms = TIMEOUT_MS,
	};
	struct mail_out out = {
		.id = name,
		.to = d->to,
		.from_name = "Imprimatur",
		.subject = d->subject,
		.text = d->text,
		.language = d->all->language,
		.at_ms = clock_wall_ms(),
	};

	crockford_encode(id.b, 128, name);
	if (mail_start(d->all->cfg.fetcher, &server, &out, on_sent, d, &d->fetch) < 0)
		drop(d);
}

/* `text` alone is what chat servers take; the rest is for programs. */
static void put_json(struct buf *out, const struct delivery *d)
{
	char id[ID_TEXT_MAX] = "";

	if (!id_is_zero(d->session))
		id_encode(ID_SESS, d->session, id);
	buf_puts(out, "{\"event\":");
	json_put_text(out, str_of(!*id ? "test" : d->more ? "session_more" : "session_waits"));
	if (*id) {
		buf_puts(out, ",\"session\":");
		json_put_text(out, str_of(id));
	}
	buf_puts(out, ",\"text\":");
	json_put_text(out, str_of(d->text));
	buf_putc(out, '}');
}

static void send_webhook(struct delivery *d)
{
	static const struct fetch_header type = { "Content-Type", "application/json" };
	struct buf body = buf_new(4 * TEXT_MAX);

	put_json(&body, d);
	d->fetch = fetch_start(d->all->cfg.fetcher,
			       &(struct fetch_request){ .method = "POST",
							.url = d->all->cfg.options->desk_webhook,
							.headers = &type,
							.headers_len = 1,
							.body = buf_str(&body),
							.timeout_ms = TIMEOUT_MS,
							.max_response_bytes = 64 * KIB,
							.flags = FETCH_TLS12 | FETCH_FRESH },
			       on_sent, d);
	buf_done(&body);
}

static void send_one(struct delivery *d)
{
	if (d->way == NOTICE_MAIL)
		send_mail(d);
	else
		send_webhook(d);
}

/* --- what is told ------------------------------------------------------------------------------
 */

static char *take_text(struct buf *text)
{
	char *copy;

	buf_putc(text, 0);
	copy = xstrdup(buf_status(text) == 0 ? (const char *)text->data : "");
	buf_done(text);
	return copy;
}

static char *words(const struct notices *n, const char *key, const struct text_arg *args)
{
	struct buf text = buf_new(TEXT_MAX);

	text_put(&text, n->language, key, args);
	return take_text(&text);
}

/* It is open, and the question is whether it may go on. */
static bool asks_more(const struct session_shown *s)
{
	return s && s->more_ms != JSON_ABSENT_INT;
}

static char *body_of(const struct notices *n, const struct session_shown *s)
{
	const char *key = asks_more(s) ? "notice.more" : s ? "notice.text" : "notice.test";
	struct buf text = buf_new(TEXT_MAX);
	struct desk_info desk;
	char kind[64];
	const char *target = s ? s->name : NULL;
	const char *provider = n->cfg.state->provider ? n->cfg.state->provider : "?";

	desk_info(n->cfg.desk, &desk);
	snprintf(kind, sizeof(kind), "target.kind.%s", target_kind_names[s ? s->kind : 0]);
	if (!target)
		target = text_get(n->language, kind);
	text_put(
		&text, n->language, key,
		(const struct text_arg[]){
			{ "provider", provider },
			{ "site", n->cfg.state->site ? n->cfg.state->site : "?" },
			{ "target", target },
			{ "until",
			  s ? say_time(asks_more(s) ? s->more_ms : s->until_ms, n->language) : "" },
			{} });
	buf_puts(&text, "\n\n");
	text_put(&text, n->language, desk.url ? "notice.desk" : "notice.no_desk",
		 (const struct text_arg[]){ { "url", desk.url }, {} });
	buf_putc(&text, '\n');
	return take_text(&text);
}

static char *copy(struct str text)
{
	char *out = xmalloc(text.len + 1);

	memcpy(out, text.p, text.len);
	out[text.len] = 0;
	return out;
}

static void add(struct notices *n, const struct session_shown *s, enum notice_way way,
		struct str to)
{
	const struct text_arg args[] = {
		{ "provider", n->cfg.state->provider ? n->cfg.state->provider : "?" }, {}
	};
	struct delivery *d;

	if (n->len == DELIVERIES_MAX)
		return;
	d = xcalloc(1, sizeof(*d));
	d->all = n;
	d->way = way;
	d->session = s ? s->id : (struct id){};
	d->more = asks_more(s);
	d->to = to.p ? copy(to) : NULL;
	d->subject = words(n, s ? "notice.subject" : "notice.test.subject", args);
	d->text = body_of(n, s);
	d->wait_ms = FIRST_RETRY_MS;
	timer_init(&d->timer, on_retry);
	list_append(&n->deliveries, &d->link);
	n->len++;
	send_one(d);
}

static void tell(struct notices *n, const struct session_shown *s)
{
	const struct options *o = n->cfg.options;
	struct str rest = str_of(o->desk_mail_server ? o->desk_mail_to : NULL), to;

	while (desk_next_address(&rest, &to))
		add(n, s, NOTICE_MAIL, to);
	if (o->desk_webhook)
		add(n, s, NOTICE_WEBHOOK, (struct str){});
}

/* --- when --------------------------------------------------------------------------------------
 */

/* To be let in, or to stay longer. */
static bool asks(const struct session_shown *s)
{
	return s->state == SESSION_WAITING || asks_more(s);
}

static bool waits(const struct json_list *all, struct id session)
{
	for (size_t i = 0; i < all->len; i++) {
		const struct session_shown *s = all->items[i];

		if (asks(s) && id_eq(s->id, session))
			return true;
	}
	return false;
}

static void forget_others(struct notices *n, const struct json_list *all)
{
	for (size_t i = 0; i < SESSIONS_WAITING; i++)
		if (!waits(all, n->told[i]))
			n->told[i] = (struct id){};
	LIST_EACH(l, &n->deliveries) {
		struct delivery *d = LIST_ENTRY(l, struct delivery, link);

		if (!id_is_zero(d->session) && !waits(all, d->session))
			drop(d);
	}
}

/* False: it is known already. */
static bool remember(struct notices *n, struct id session)
{
	struct id *place = NULL;

	for (size_t i = 0; i < SESSIONS_WAITING; i++) {
		if (id_eq(n->told[i], session))
			return false;
		if (id_is_zero(n->told[i]))
			place = &n->told[i];
	}
	if (place)
		*place = session;
	return place;
}

void notices_look(struct notices *n)
{
	struct arena mem = {};
	struct json_list all = sessions_list(n->cfg.sessions, &mem);

	forget_others(n, &all);
	for (size_t i = 0; i < all.len; i++) {
		const struct session_shown *s = all.items[i];

		if (asks(s) && remember(n, s->id))
			tell(n, s);
	}
	arena_wipe(&mem);
}

void notices_test(struct notices *n)
{
	LIST_EACH(l, &n->deliveries) {
		struct delivery *d = LIST_ENTRY(l, struct delivery, link);

		if (id_is_zero(d->session))
			return; /* one is under way */
	}
	tell(n, NULL);
}

void notices_last(const struct notices *n, enum notice_way way, struct notice_last *ret_last)
{
	const struct options *o = n->cfg.options;

	*ret_last = (struct notice_last){
		.on = way == NOTICE_MAIL ? o->desk_mail_server != NULL : o->desk_webhook != NULL,
		.at_ms = n->last[way].at_ms,
		.why = *n->last[way].why ? n->last[way].why : NULL,
	};
	LIST_EACH(l, &n->deliveries)
		ret_last->busy |= LIST_ENTRY(l, struct delivery, link)->way == way;
}

/* --- life --------------------------------------------------------------------------------------
 */

static char *language_of(const char *dir)
{
	struct consent consent = {};
	struct arena mem = {};
	char *language;

	if (home_load(dir, HOME_CONSENT, &consent_schema, &mem, &consent) < 0)
		consent.language = NULL;
	language = xstrdup(say_language(consent.language));
	arena_done(&mem);
	return language;
}

struct notices *notices_new(const struct notice_config *cfg)
{
	struct notices *n = xcalloc(1, sizeof(*n));

	n->cfg = *cfg;
	n->language = language_of(cfg->dir);
	list_init(&n->deliveries);
	for (int i = 0; i < NOTICE_WAYS; i++)
		n->last[i].at_ms = JSON_ABSENT_INT;
	return n;
}

void notices_free(struct notices **n)
{
	if (!*n)
		return;
	LIST_EACH(l, &(*n)->deliveries)
		drop(LIST_ENTRY(l, struct delivery, link));
	free((*n)->language);
	free(*n);
	*n = NULL;
}
