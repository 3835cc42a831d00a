/* enter.c - who may pass at a session's origin: its name, the ticket, the cookie.
 *
 *   https://<slot><128 random bits>.<console_suffix>/.imprimatur/enter#<ticket>
 *       our page there posts the ticket --> session_enter() --> 303 with the cookie
 *
 * A ticket is good once, for SESSION_TICKET_MS, and only while the session is open; a cookie as
 * long as the session.  Of both only digests are held, the ticket's in memory alone. */
#include "hub/session/slice.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/rand.h"
#include "hub/session/store.h"

#define SLOT_CHARS 2
#define SLOT_BITS  10

unsigned session_slot(struct id site)
{
	struct hash h = hash_of(site.b, sizeof(site.b));

	return (unsigned)(h.b[0] << 8 | h.b[1]) % SESSION_SLOTS;
}

static void slot_text(struct id site, char out[static SLOT_CHARS + 1])
{
	unsigned slot = session_slot(site);
	uint8_t bits[2] = { (uint8_t)(slot >> 2), (uint8_t)(slot << 6) };

	crockford_encode(bits, SLOT_BITS, out);
}

/* Whether it ends in "." and the suffix; what stands before it. */
static bool cut_suffix(const struct hub *hub, struct str authority, struct str *ret_label)
{
	struct str suffix = str_of(hub->config->console_suffix ? hub->config->console_suffix : "");
	struct str host = authority;

	for (size_t i = 0; i < authority.len; i++)
		if (authority.p[i] == ':')
			host.len = i;
	if (suffix.len == 0 || host.len <= suffix.len + 1 ||
	    host.p[host.len - suffix.len - 1] != '.' ||
	    !str_eq_nocase((struct str){ host.p + host.len - suffix.len, suffix.len }, suffix))
		return false;
	*ret_label = (struct str){ host.p, host.len - suffix.len - 1 };
	return true;
}

bool session_is_host(const struct hub *hub, struct str authority)
{
	struct str label;

	return cut_suffix(hub, authority, &label);
}

bool session_name_read(const struct hub *hub, struct str authority, struct session_name *ret_name)
{
	uint8_t bits[2] = {};
	struct str label;

	if (!cut_suffix(hub, authority, &label) || label.len != SESSION_LABEL_LEN ||
	    crockford_decode((struct str){ label.p, SLOT_CHARS }, SLOT_BITS, bits) < 0 ||
	    crockford_decode((struct str){ label.p + SLOT_CHARS, label.len - SLOT_CHARS },
			     8 * SESSION_LABEL_BYTES, ret_name->label) < 0)
		return false;
	ret_name->slot = (unsigned)bits[0] << 2 | bits[1] >> 6;
	return true;
}

struct session *session_by_host(const struct hub *hub, struct str authority)
{
	struct session_name name;
	struct session *s;

	if (!session_name_read(hub, authority, &name))
		return NULL;
	s = map_get(&hub->sessions->by_label, name.label, sizeof(name.label));
	return s && !s->pending && session_slot(s->site) == name.slot ? s : NULL;
}

/* The port of public_url stands behind the name: it is one listener. */
static void host_of(const struct hub *hub, const struct session *s,
		    char out[static SESSION_HOST_MAX])
{
	const char *port = strrchr(hub->authority, ':');
	char slot[SLOT_CHARS + 1], label[27];

	if (port && strchr(port, ']'))
		port = NULL;
	slot_text(s->site, slot);
	crockford_encode(s->label, 8 * SESSION_LABEL_BYTES, label);
	snprintf(out, SESSION_HOST_MAX, "%s%s.%s%s", slot, label, hub->config->console_suffix,
		 port ? port : "");
}

/* 256 random bits, as text and as what is held of them. */
static struct hash new_secret(char text[static SESSION_SECRET_TEXT_MAX])
{
	uint8_t secret[SESSION_SECRET_LEN];
	struct buf out = buf_new(SESSION_SECRET_TEXT_MAX);
	struct hash digest;

	rand_bytes(secret, sizeof(secret));
	buf_put_base64url(&out, secret, sizeof(secret));
	memcpy(text, out.data, out.len);
	text[out.len] = '\0';
	digest = hash_of(secret, sizeof(secret));
	secret_wipe(secret, sizeof(secret));
	buf_wipe(&out);
	return digest;
}

/* Whether the text is the secret of that digest. */
static bool is_secret(struct str text, const struct hash *digest)
{
	uint8_t secret[SESSION_SECRET_LEN];
	struct hash seen;
	bool is;

	if (base64url_decode(text, secret, sizeof(secret)) != SESSION_SECRET_LEN)
		return false;
	seen = hash_of(secret, sizeof(secret));
	secret_wipe(secret, sizeof(secret));
	is = hash_eq(&seen, digest);
	return is;
}

void session_url(struct hub *hub, struct session *s, char out[static SESSION_URL_MAX])
{
	char ticket[SESSION_SECRET_TEXT_MAX], host[SESSION_HOST_MAX];

	s->ticket = new_secret(ticket);
	s->has_ticket = true;
	s->ticket_until = clock_mono_ms() + SESSION_TICKET_MS;
	host_of(hub, s, host);
	snprintf(out, SESSION_URL_MAX, "https://%s/.imprimatur/enter#%s", host, ticket);
	secret_wipe(ticket, sizeof(ticket));
}

int session_admits(const struct session_pass *pass, struct str cookie)
{
	if (!pass || !is_secret(cookie, &pass->cookie))
		return ERR_NO_SESSION;
	return pass->over ? ERR_SESSION_OVER : 0;
}

struct cookie_job {
	struct id session;
	struct hash cookie;
};

static int cookie_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	const struct cookie_job *job = arg;

	return session_note_cookie(db, job->session, &job->cookie);
}

int session_enter(struct hub *hub, struct session *s, struct str ticket,
		  char ret_cookie[static SESSION_SECRET_TEXT_MAX])
{
	struct cookie_job job;

	if (!s || !s->has_ticket || !is_secret(ticket, &s->ticket))
		return ERR_NO_SESSION;
	if (session_is_over(s->state))
		return ERR_SESSION_OVER;
	if (s->state != SESSION_OPEN)
		return ERR_SESSION_NOT_OPEN;
	s->has_ticket = false;
	secret_wipe(&s->ticket, sizeof(s->ticket));
	if (clock_mono_ms() >= s->ticket_until)
		return ERR_NO_SESSION;
	s->cookie = new_secret(ret_cookie);
	s->has_cookie = true;
	session_tell(hub, s);
	/* So that a restart of the hub leaves the browser where it was; not to be waited for. */
	job = (struct cookie_job){ s->id, s->cookie };
	db_write(&hub->sessions->owner, s->provider, cookie_run, NULL, &job, sizeof(job));
	return 0;
}
