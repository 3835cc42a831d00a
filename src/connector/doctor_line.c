/* doctor_line.c - checks of the way to the hub.
 *
 *   name --> proxy --> connection --> TLS, certificate --> the hub's own answer
 *
 * One call is made and looked at from each side: it ends at the first thing that is wrong, and what
 * lies behind that has no verdict. */
#include "connector/doctor_int.h"
#include "connector/permission.h"
#include "connector/say.h"
#include "base/clock.h"
#include "base/err.h"
#include "net/loop.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLOCK_WARN_MS 10000 /* a hub takes 120 s, and what is learnt from it beyond */
/* The check characters are wrong, so that no hub needs to look it up. */
#define NO_CODE "XX-0000-0000-0000-0000-ZZ"

/* --- the probe ---------------------------------------------------------------------------------
 */

static void on_probed(const struct fetch_result *r, void *owner)
{
	struct doctor *d = owner;
	struct doctor_probe *p = &d->probe;

	*p = (struct doctor_probe){
		.done = true,
		.rc = r->rc,
		.status = r->status,
		.proxy_status = r->proxy_status,
		.leg = r->leg,
		.detail = arena_strdup(&d->mem, r->detail),
		.issuer = arena_strdup(&d->mem, r->issuer),
		.tls_version = arena_strdup(&d->mem, r->tls_version),
		.date_ms = fetch_header_time_ms(r, "Date"),
		.at_ms = clock_wall_ms(),
		.is_hub = r->status == 200 && str_eq(str_trim(r->body), STR("{\"status\":\"ok\"}")),
	};
	if (p->rc == 0)
		d->has |= HAS_WAY;
	if (p->is_hub)
		d->has |= HAS_HUB;
}

static bool is_probed(void *arg)
{
	return ((struct doctor *)arg)->probe.done;
}

static void probe(struct doctor *d)
{
	struct buf url = buf_new(KIB);
	struct str base = str_of(d->options.hub_url);
	struct fetch_request request = {
		.ca_file = d->options.hub_ca_file,
		.proxy = proxy_way(&d->proxy),
		.timeout_ms = d->check->deadline_ms,
		.max_response_bytes = 64 * KIB,
		.flags = FETCH_FRESH,
	};

	if (base.p[base.len - 1] == '/')
		base.len--;
	buf_putstr(&url, base);
	buf_puts(&url, "/healthz");
	request.url = (const char *)url.data;
	fetch_start(d->fetcher, &request, on_probed, d);
	/* The fetch keeps its own deadline; this one is for a fetch that does not. */
	if (!loop_run_until(d->loop, is_probed, d, d->check->deadline_ms + 5000))
		d->probe = (struct doctor_probe){ .rc = ERR_TIMEOUT,
						  .leg = FETCH_CONNECT,
						  .detail = "",
						  .issuer = "",
						  .tls_version = "" };
	buf_done(&url);
}

/* It came as far as this. */
static bool reached(const struct doctor *d, enum fetch_leg leg)
{
	return d->probe.rc == 0 || d->probe.leg > leg;
}

void doctor_names(struct doctor *d)
{
	probe(d);
	if (d->proxy.used)
		TELL(d, VERDICT_OK, "proxy", { "host", d->host });
	else if (reached(d, FETCH_RESOLVE))
		TELL(d, VERDICT_OK, "ok", { "host", d->host });
	else
		TELL(d, VERDICT_FAIL, "unknown", { "host", d->host });
}

/* --- the proxy ---------------------------------------------------------------------------------
 */

static void tell_failed_proxy(struct doctor *d)
{
	const struct doctor_probe *p = &d->probe;
	char status[16];

	snprintf(status, sizeof(status), "%d", p->proxy_status);
	if (p->rc == ERR_PROXY_AUTH)
		TELL(d, VERDICT_FAIL, "login", { "proxy", d->proxy.url });
	else if (p->rc == ERR_UNTRUSTED)
		TELL(d, VERDICT_FAIL, "untrusted", { "proxy", d->proxy.url },
		     { "issuer", p->issuer });
	else if (p->proxy_status && p->proxy_status / 100 != 2)
		TELL(d, VERDICT_FAIL, "refused", { "proxy", d->proxy.url }, { "status", status },
		     { "host", d->host });
	else
		TELL(d, VERDICT_FAIL, "unreachable", { "proxy", d->proxy.url },
		     { "detail", p->detail });
}

void doctor_proxy(struct doctor *d)
{
	const char *origin = d->proxy.variable ? d->proxy.variable : HOME_CONFIG;

	if (d->proxy.used && !reached(d, FETCH_PROXY))
		tell_failed_proxy(d);
	else if (d->proxy.used)
		TELL(d, VERDICT_OK, "ok", { "proxy", d->proxy.url }, { "origin", origin });
	else if (d->proxy.origin == PROXY_NOWHERE)
		TELL(d, VERDICT_OK, "none");
	else
		TELL(d, VERDICT_OK, "exempt", { "host", d->host }, { "origin", origin });
}

/* --- connection and TLS ------------------------------------------------------------------------
 */

void doctor_reach(struct doctor *d)
{
	/* The name or the proxy has had its verdict. */
	if (!reached(d, d->proxy.used ? FETCH_PROXY : FETCH_RESOLVE))
		return;
	if (reached(d, FETCH_PROXY))
		TELL(d, VERDICT_OK, "ok", { "host", d->host });
	else
		TELL(d, VERDICT_FAIL, "unreachable", { "host", d->host },
		     { "detail", d->probe.detail });
}

void doctor_tls(struct doctor *d)
{
	if (!reached(d, FETCH_PROXY) || d->probe.rc == ERR_UNTRUSTED)
		return;
	if (reached(d, FETCH_TLS))
		TELL(d, VERDICT_OK, "ok", { "version", d->probe.tls_version });
	else
		TELL(d, VERDICT_FAIL, "failed", { "detail", d->probe.detail });
}

void doctor_interception(struct doctor *d)
{
	const struct doctor_probe *p = &d->probe;

	if (p->rc == ERR_UNTRUSTED && p->leg == FETCH_TLS)
		TELL(d, VERDICT_FAIL, "untrusted", { "issuer", p->issuer[0] ? p->issuer : "?" },
		     { "detail", p->detail });
	else if (reached(d, FETCH_TLS))
		TELL(d, VERDICT_OK, "ok", { "issuer", p->issuer });
}

/* --- the hub -----------------------------------------------------------------------------------
 */

void doctor_hub(struct doctor *d)
{
	char status[16];

	snprintf(status, sizeof(status), "%d", d->probe.status);
	if (d->probe.is_hub)
		TELL(d, VERDICT_OK, "ok");
	else
		TELL(d, VERDICT_FAIL, "other", { "status", status });
}

void doctor_clock(struct doctor *d)
{
	const struct doctor_probe *p = &d->probe;
	int64_t off_ms = p->date_ms - p->at_ms;
	char seconds[24];

	/* The header counts whole seconds, cut off. */
	snprintf(seconds, sizeof(seconds), "%" PRId64, (off_ms + 500) / 1000);
	if (p->date_ms < 0)
		TELL(d, VERDICT_WARN, "unknown");
	else if (llabs(off_ms) > CLOCK_WARN_MS)
		TELL(d, VERDICT_WARN, "off", { "seconds", seconds });
	else
		TELL(d, VERDICT_OK, "ok");
}

struct answered {
	bool done;
	int rc;
};

static void on_answer(const struct hub_answer *a, void *owner)
{
	*(struct answered *)owner = (struct answered){ true, a->rc };
}

static bool is_answered(void *arg)
{
	return ((struct answered *)arg)->done;
}

static int call(struct doctor *d, const char *path, bool unsigned_call, struct str body)
{
	struct hub_request request = {
		.method = "POST",
		.path = path,
		.type = MEDIA_JSON,
		.body = body,
		.unsigned_call = unsigned_call,
		.timeout_ms = d->check->deadline_ms,
	};
	struct hub_way way = { d->options.hub_url, d->options.hub_ca_file, proxy_way(&d->proxy) };
	struct hub *hub = hub_new(d->fetcher, &way, d->key);
	struct answered a = { .rc = ERR_TIMEOUT };
	struct hub_call *c = hub_call(hub, &request, on_answer, &a);

	/* Twice: a signed call may be made once more by itself. */
	if (!loop_run_until(d->loop, is_answered, &a, 2 * d->check->deadline_ms))
		hub_cancel(&c);
	hub_free(&hub);
	return a.rc;
}

void doctor_invitation(struct doctor *d)
{
	static const struct invitation_request in = { NO_CODE, "en" };
	struct buf body = buf_new(KIB);
	int rc;

	json_encode(&invitation_request_schema, &in, 0, &body);
	rc = call(d, "/c/v1/invitation", true, buf_str(&body));
	buf_done(&body);
	/* What must come is a refusal of the hub's own. */
	if (rc == ERR_CODE_MISTYPED || rc == ERR_CODE_UNKNOWN || rc == ERR_TOO_MANY)
		TELL(d, VERDICT_OK, "ok");
	else
		TELL(d, VERDICT_FAIL, "failed", { "why", say_why(d->language, rc) });
}

void doctor_key(struct doctor *d)
{
	struct buf body = buf_new(4 * KIB);
	struct permissions permissions;
	char path[HOME_PATH_MAX];
	int rc = home_path(d->dir, HOME_PERMISSIONS, path);

	if (rc == 0)
		rc = permissions_load(path, &permissions);
	if (rc == 0 && permissions.silent) {
		TELL(d, VERDICT_OK, "silent");
		return;
	}
	/* The mirror of the switches, as the connector tells it on each new line. */
	if (rc == 0) {
		json_encode(&permissions_request_schema, &permissions.told, 0, &body);
		rc = call(d, "/c/v1/permissions", false, buf_str(&body));
	}
	if (rc == 0)
		TELL(d, VERDICT_OK, "ok");
	else
		TELL(d, VERDICT_FAIL, "failed", { "why", say_why(d->language, rc) });
	buf_done(&body);
}
