/* probe.c - can the mail server be used, and if not, what is to be done? */
#include "hub/mail/mail.h"

#include "hub/mail/server.h"
#include "net/loop.h"
#include <stdio.h>

struct asked {
	const struct hub_config *config;
	struct mail_probe *probe;
	bool done;
};

static void on_answer(const struct fetch_result *r, void *owner)
{
	static const char *const advice[MAIL_REASONS] = {
		[MAIL_UNREACHABLE] = "look at mail.server and mail.port",
		[MAIL_TLS] = "look at mail.security",
		[MAIL_UNTRUSTED] = "name its authority in mail.ca_file",
		[MAIL_LOGIN] = "look at mail.user and mail.password_file",
		[MAIL_TIMEOUT] = "look at mail.server, mail.port and mail.security",
	};
	struct asked *a = owner;
	struct mail_probe *p = a->probe;
	const char *server = a->config->mail_server;
	int why = mail_verdict(r);

	a->done = true;
	p->ok = why == 0;
	p->code = p->ok ? "ok" : mail_reason_word(why);
	if (p->ok)
		snprintf(p->words, sizeof(p->words), "%s takes us %s (%s); no mail was sent",
			 server, a->config->mail_user ? "with our login" : "without a login",
			 *r->tls_version ? r->tls_version : "no TLS");
	else
		snprintf(p->words, sizeof(p->words), "%s: %s: %s", server, r->detail,
			 advice[why] ? advice[why] : "ask whoever runs it");
}

static bool is_done(void *arg)
{
	const struct asked *a = arg;

	return a->done;
}

void mail_probe(const struct hub_config *c, struct mail_probe *ret_probe)
{
	struct asked a = { c, ret_probe, false };
	struct loop *loop = loop_new();
	struct fetcher *fetcher = fetcher_new(loop);
	struct fetch *fetch = NULL;
	int rc = mail_server_start(fetcher, c, NULL, on_answer, &a, &fetch);

	/* The fetch has a time limit of its own, which comes first. */
	if (rc == 0 && !loop_run_until(loop, is_done, &a, 2 * c->mail_timeout_ms))
		rc = ERR_TIMEOUT;
	if (rc < 0) {
		*ret_probe =
			(struct mail_probe){ .code = rc == ERR_TIMEOUT ? "timeout" : "password" };
		snprintf(ret_probe->words, sizeof(ret_probe->words), "%s: %s",
			 rc == ERR_TIMEOUT ? c->mail_server : c->mail_password_file, err_title(rc));
	}
	fetcher_free(&fetcher);
	loop_free(&loop);
}
