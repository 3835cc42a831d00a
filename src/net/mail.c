/* mail.c - see mail.h. */
#include "net/mail.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/mime.h"

#define MESSAGE_MAX (256 * KIB)
#define IDLE_MS     20000 /* servers hang up on a client that is silent for longer than minutes */

static const char *const reason_words[MAIL_REASONS] = {
	[MAIL_UNREACHABLE] = "unreachable",
	[MAIL_TLS] = "tls",
	[MAIL_UNTRUSTED] = "untrusted",
	[MAIL_LOGIN] = "login",
	[MAIL_TIMEOUT] = "timeout",
	[MAIL_REFUSED] = "refused",
	[MAIL_LATER] = "later",
	[MAIL_UPSTREAM] = "upstream",
	[MAIL_EXPIRED] = "expired",
};

const char *mail_reason_word(int64_t reason)
{
	return reason > 0 && reason < MAIL_REASONS ? reason_words[reason] : NULL;
}

/* Whether a refusal is about who we are (RFC 4954 section 6), and not about the message. */
static bool wants_login(int status)
{
	return status == 530 || status == 534 || status == 535 || status == 538;
}

int mail_verdict(const struct fetch_result *r)
{
	static const int by_leg[] = {
		[FETCH_RESOLVE] = MAIL_UNREACHABLE, [FETCH_CONNECT] = MAIL_UNREACHABLE,
		[FETCH_PROXY] = MAIL_UNREACHABLE,   [FETCH_TLS] = MAIL_TLS,
		[FETCH_LOGIN] = MAIL_LOGIN,         [FETCH_TRANSFER] = MAIL_UNREACHABLE,
	};

	if (r->rc == 0)
		return 0;
	if (r->rc == ERR_TIMEOUT)
		return MAIL_TIMEOUT;
	if (r->rc == ERR_UNTRUSTED)
		return MAIL_UNTRUSTED;
	if (r->leg != FETCH_TRANSFER)
		return by_leg[r->leg];
	if (wants_login(r->status))
		return MAIL_LOGIN;
	if (r->status >= 500)
		return MAIL_REFUSED;
	if (r->status >= 400)
		return MAIL_LATER;
	return r->rc == ERR_UPSTREAM ? MAIL_UPSTREAM : MAIL_UNREACHABLE;
}

static const char *url_of(struct arena *mem, const struct mail_server *s)
{
	static const int ports[] = {
		[MAIL_STARTTLS] = 587, [MAIL_IMPLICIT_TLS] = 465, [MAIL_NO_TLS] = 25
	};
	const char *scheme = s->security == MAIL_IMPLICIT_TLS ? "smtps" : "smtp";
	int64_t port = s->port ? s->port : ports[s->security];

	return arena_printf(mem, "%s://%s:%lld/%s", scheme, s->host, (long long)port, s->greets);
}

static void write_message(const struct mail_server *s, const struct mail_out *out,
			  struct buf *message)
{
	mime_write(message, &(struct mime_mail){
				    .from = s->from,
				    .to = out->to,
				    .reply_to = out->reply_to,
				    .from_name = out->from_name,
				    .subject = out->subject,
				    .message_id = out->id,
				    .language = out->language,
				    .at_ms = out->at_ms,
				    .body = out->text,
			    });
}

int mail_start(struct fetcher *f, const struct mail_server *s, const struct mail_out *out,
	       fetch_done_fn *done, void *owner, struct fetch **ret_fetch)
{
	struct buf message = buf_new(MESSAGE_MAX);
	struct arena mem = {};
	int rc;

	if (out)
		write_message(s, out, &message);
	rc = buf_status(&message);
	if (rc == 0) {
		struct fetch_mail mail = {
			.from = s->from,
			.to = out ? out->to : NULL,
			.message = buf_str(&message),
			.user = s->user,
			.password = s->password,
		};
		struct fetch_request request = {
			.url = url_of(&mem, s),
			.mail = &mail,
			.ca_file = s->ca_file,
			.timeout_ms = s->timeout_ms,
			.max_idle_ms = IDLE_MS,
			.flags = FETCH_TLS12 | (s->security == MAIL_STARTTLS ? FETCH_STARTTLS : 0),
		};

		*ret_fetch = fetch_start(f, &request, done, owner);
	}
	buf_wipe(&message);
	arena_done(&mem);
	return rc;
}
