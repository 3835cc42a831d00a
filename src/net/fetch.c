/* fetch.c - see fetch.h.
 *
 *   fetch_start() --> curl_multi_add_handle --> timer, sockets (watches) --> collect() --> done()
 *
 * curl is driven only from the loop's own callbacks, so `done` cannot run inside fetch_start(), and
 * a `done` that starts or cancels another fetch is never inside curl. */
#include "net/fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/list.h"
#include "net/fetch_pump.h"
#include "net/fetch_tls.h"
#include "net/loop.h"
#include "net/program.h"

#define TIMEOUT_MS         30000
#define CONNECT_TIMEOUT_MS 10000
#define RESPONSE_MAX       MIB
#define HTTP_PROXY_AUTH    407
#define TICKET_MAX         (64 * KIB) /* with all the groups of an account */

struct fetcher {
	struct loop *loop;
	CURLM *multi;
	struct timer timer;
	struct task collect;
	struct link fetches, pumps;
};

struct fetch {
	struct link link;
	struct fetcher *fetcher;
	CURL *easy;
	struct curl_slist *headers, *recipients;
	struct buf request, response;
	size_t uploaded; /* of request: mail */
	bool mail, connect;
	bool pumped; /* the connection passes curl: the proxy is spoken to by TLS */
	fetch_done_fn *done;
	void *owner;
	int broken; /* curl would not take the request: told as the result */
	enum { DIRECT, BY_HTTP, BY_SOCKS } by;
	struct fetch_tls tls;
	char detail[CURL_ERROR_SIZE];
	int64_t end_ms; /* monotonic */
	/* The ticket for the proxy (Negotiate). */
	char *ticket_program, *ticket_host; /* NULL: none */
	struct program *ticket;             /* being asked for */
	CURLcode without_ticket;            /* what the try without it ended with */
	struct curl_slist *proxy_headers;   /* which hold it */
};

/* ---- curl's view of the loop ---- */

static void drive(struct fetcher *f, curl_socket_t fd, int events)
{
	int running;

	curl_multi_socket_action(f->multi, fd, events, &running);
	loop_later(f->loop, &f->collect);
}

static void on_timer(struct timer *t)
{
	drive(CONTAINER_OF(t, struct fetcher, timer), CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct fetcher *f = arg;

	if (timeout_ms < 0)
		timer_stop(f->loop, &f->timer);
	else
		timer_start(f->loop, &f->timer, timeout_ms);
	return 0;
}

struct socket_watch {
	struct fetcher *fetcher;
	struct watch *watch;
	curl_socket_t fd;
};

static void on_ready(struct watch *w, unsigned events, void *owner)
{
	struct socket_watch *s = owner;
	int what = 0;

	if (events & WATCH_READ)
		what |= CURL_CSELECT_IN;
	if (events & WATCH_WRITE)
		what |= CURL_CSELECT_OUT;
	/* Reading is how curl finds out that the peer has gone. */
	if (events & WATCH_GONE)
		what |= CURL_CSELECT_IN;
	drive(s->fetcher, s->fd, what);
}

static int set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	struct fetcher *f = arg;
	struct socket_watch *s = known;
	unsigned events =
		(what & CURL_POLL_IN ? WATCH_READ : 0) | (what & CURL_POLL_OUT ? WATCH_WRITE : 0);

	if (what == CURL_POLL_REMOVE) {
		if (s) {
			watch_close(&s->watch);
			curl_multi_assign(f->multi, fd, NULL);
			free(s);
		}
		return 0;
	}
	if (s) {
		watch_set(s->watch, events);
		return 0;
	}
	s = xcalloc(1, sizeof(*s));
	s->fetcher = f;
	s->fd = fd;
	if (watch_open(f->loop, fd, events, on_ready, s, &s->watch) < 0) {
		free(s);
		return -1;
	}
	curl_multi_assign(f->multi, fd, s);
	return 0;
}

/* ---- results ---- */

struct outcome {
	CURLcode code;
	int rc;
	enum fetch_leg leg;
};

/* clang-format off */
static const struct outcome outcomes[] = {
	{ CURLE_OK,				0,			FETCH_DONE },
	{ CURLE_COULDNT_RESOLVE_HOST,		ERR_UNREACHABLE,	FETCH_RESOLVE },
	{ CURLE_COULDNT_RESOLVE_PROXY,		ERR_PROXY,		FETCH_PROXY },
	{ CURLE_PROXY,				ERR_PROXY,		FETCH_PROXY },
	{ CURLE_COULDNT_CONNECT,		ERR_UNREACHABLE,	FETCH_CONNECT },
	{ CURLE_SSL_CONNECT_ERROR,		ERR_TLS,		FETCH_TLS },
	{ CURLE_USE_SSL_FAILED,			ERR_TLS,		FETCH_TLS },
	{ CURLE_PEER_FAILED_VERIFICATION,	ERR_UNTRUSTED,		FETCH_TLS },
	{ CURLE_SSL_CACERT_BADFILE,		ERR_TLS,		FETCH_TLS },
	{ CURLE_SSL_CERTPROBLEM,		ERR_TLS,		FETCH_TLS },
	{ CURLE_SSL_ISSUER_ERROR,		ERR_TLS,		FETCH_TLS },
	{ CURLE_SSL_PINNEDPUBKEYNOTMATCH,	ERR_TLS,		FETCH_TLS },
	{ CURLE_REMOTE_ACCESS_DENIED,		ERR_UPSTREAM,		FETCH_CONNECT },
	{ CURLE_LOGIN_DENIED,			ERR_UPSTREAM,		FETCH_LOGIN },
	{ CURLE_URL_MALFORMAT,			ERR_INVALID,		FETCH_CONNECT },
	{ CURLE_UNSUPPORTED_PROTOCOL,		ERR_INVALID,		FETCH_CONNECT },
	{ CURLE_GOT_NOTHING,			ERR_UNREACHABLE,	FETCH_TRANSFER },
	{ CURLE_SEND_ERROR,			ERR_UNREACHABLE,	FETCH_TRANSFER },
	{ CURLE_RECV_ERROR,			ERR_UNREACHABLE,	FETCH_TRANSFER },
};
/* clang-format on */

static enum fetch_leg timed_out_leg(const struct fetch *f)
{
	curl_off_t named_us = 0, connected_us = 0, secured_us = 0;

	curl_easy_getinfo(f->easy, CURLINFO_NAMELOOKUP_TIME_T, &named_us);
	curl_easy_getinfo(f->easy, CURLINFO_CONNECT_TIME_T, &connected_us);
	curl_easy_getinfo(f->easy, CURLINFO_PRETRANSFER_TIME_T, &secured_us);
	if (!named_us)
		return FETCH_RESOLVE;
	return !connected_us ? FETCH_CONNECT : !secured_us ? FETCH_TLS : FETCH_TRANSFER;
}

static bool is_connected(const struct fetch *f)
{
	curl_off_t ready_us = 0;

	curl_easy_getinfo(f->easy, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
	return ready_us > 0;
}

static long proxy_status(const struct fetch *f)
{
	long status = 0;

	curl_easy_getinfo(f->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	return status;
}

static bool proxy_refused_user(const struct fetch *f)
{
	long why = CURLPX_OK, cause = 0;

	curl_easy_getinfo(f->easy, CURLINFO_PROXY_ERROR, &why);
	curl_easy_getinfo(f->easy, CURLINFO_OS_ERRNO, &cause);
	if (why == CURLPX_USER_REJECTED || why == CURLPX_NO_AUTH)
		return true;
	/* One that breaks off between the steps of a login has not judged it. */
	return proxy_status(f) == HTTP_PROXY_AUTH && cause != ECONNRESET && cause != EPIPE;
}

/* What goes wrong before a proxy has opened the way is the proxy's: not reached, not willing, or
 * not able to reach the server. */
static void blame_proxy(const struct fetch *f, CURLcode code, struct fetch_result *r)
{
	/* A head that says 200 and does not end has opened nothing. */
	bool answered = proxy_status(f) / 100 == 2 && (f->tls.begun || r->leg != FETCH_TRANSFER);
	bool open = f->by == BY_SOCKS ? f->tls.begun : answered;

	/* On a connection that was there already, no way had to be opened. */
	if (code == CURLE_OK || is_connected(f) || open)
		return;
	r->leg = FETCH_PROXY;
	if (r->rc == ERR_UNREACHABLE || r->rc == ERR_PROXY)
		r->rc = proxy_refused_user(f) ? ERR_PROXY_AUTH : ERR_PROXY;
}

static void classify(const struct fetch *f, CURLcode code, struct fetch_result *r)
{
	r->rc = ERR_UPSTREAM;
	r->leg = FETCH_TRANSFER;
	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
		if (outcomes[i].code == code) {
			r->rc = outcomes[i].rc;
			r->leg = outcomes[i].leg;
		}
	}
	if (code == CURLE_OPERATION_TIMEDOUT) {
		r->rc = ERR_TIMEOUT;
		r->leg = timed_out_leg(f);
	}
	if (code == CURLE_UNSUPPORTED_PROTOCOL && is_connected(f)) {
		/* What came is no HTTP, or a version that is none. */
		r->rc = ERR_UPSTREAM;
		r->leg = FETCH_TRANSFER;
	}
	if (code == CURLE_WRITE_ERROR && f->response.failed)
		r->rc = ERR_TOO_LARGE;
	/* What greets us with a refusal has not judged the message. */
	if (f->mail && code == CURLE_WEIRD_SERVER_REPLY && !f->uploaded)
		r->leg = FETCH_CONNECT;
	if (f->by != DIRECT)
		blame_proxy(f, code, r);
}

static void release(struct fetch *f)
{
	list_remove(&f->link);
	program_cancel(&f->ticket);
	fetch_tls_done(&f->tls);
	if (f->easy) {
		curl_multi_remove_handle(f->fetcher->multi, f->easy);
		curl_easy_cleanup(f->easy);
	}
	curl_slist_free_all(f->headers);
	if (f->proxy_headers)
		secret_wipe(f->proxy_headers->data, strlen(f->proxy_headers->data));
	curl_slist_free_all(f->proxy_headers);
	free(f->ticket_program);
	free(f->ticket_host);
	curl_slist_free_all(f->recipients);
	buf_wipe(&f->request);
	buf_wipe(&f->response);
	free(f);
}

/* The handle goes on without us. */
static int give_to_pump(struct fetch *f, int *ret_fd)
{
	int rc = fetch_pump_open(f->fetcher->loop, f->fetcher->multi, f->easy, &f->fetcher->pumps,
				 ret_fd);

	if (rc < 0)
		return rc;
	curl_easy_setopt(f->easy, CURLOPT_PRIVATE, NULL);
	curl_easy_setopt(f->easy, CURLOPT_ERRORBUFFER, NULL);
	curl_easy_setopt(f->easy, CURLOPT_WRITEDATA, NULL);
	curl_easy_setopt(f->easy, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(f->easy, CURLOPT_PROXYHEADER, NULL);
	curl_easy_setopt(f->easy, CURLOPT_SSL_CTX_FUNCTION, NULL);
	f->easy = NULL;
	return 0;
}

/* What curl closes with its handle lives on as another descriptor. */
static void take_connection(struct fetch *f, struct fetch_result *r)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (f->pumped) {
		if (give_to_pump(f, &r->fd) < 0)
			r->rc = ERR_UNREACHABLE;
		return;
	}
	curl_easy_getinfo(f->easy, CURLINFO_ACTIVESOCKET, &fd);
	r->fd = fd == CURL_SOCKET_BAD ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (r->fd < 0)
		r->rc = ERR_UNREACHABLE;
}

static void tell(struct fetch *f, CURLcode code)
{
	struct fetch_result r = {
		.fd = -1,
		.fetch = f,
		.detail = f->detail,
		.tls_version = f->tls.version,
		.issuer = f->tls.issuer,
		.proxy_status = (int)proxy_status(f),
	};
	long status = 0;

	classify(f, code, &r);
	if (f->broken < 0)
		r.rc = f->broken;
	curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
	r.status = (int)status;
	if (f->connect && r.rc == 0)
		take_connection(f, &r);
	r.body = buf_str(&f->response);
	if (!r.body.p)
		r.body.p = "";
	if (!f->detail[0] && code != CURLE_OK)
		r.detail = curl_easy_strerror(code);
	/* It is gone for its owner from here on: a cancel must not find it. */
	list_remove(&f->link);
	f->done(&r, f->owner);
	release(f);
}

/* ---- the ticket for a proxy ---- */

static bool offers_negotiate(const struct fetch *f)
{
	struct curl_header *h;

	for (size_t i = 0;
	     curl_easy_header(f->easy, "Proxy-Authenticate", i, CURLH_CONNECT, -1, &h) == CURLHE_OK;
	     i++)
		if (strcasestr(h->value, "negotiate"))
			return true;
	return false;
}

/* The library that gets a ticket waits for key servers as it likes, so another process does it. */
static bool wants_ticket(const struct fetch *f)
{
	return f->ticket_host && !f->proxy_headers && proxy_status(f) == HTTP_PROXY_AUTH &&
	       offers_negotiate(f);
}

/* Once more, with what the program said. */
static int go_with_ticket(struct fetch *f, struct str said)
{
	static const struct str token = STR("token ");
	struct buf line = buf_new(TICKET_MAX + 64);
	int64_t left_ms = f->end_ms - clock_mono_ms();
	int rc = ERR_PROXY_AUTH;

	if (str_starts(said, token) && said.p[said.len - 1] == '\n' && left_ms > 0) {
		buf_puts(&line, "Proxy-Authorization: Negotiate ");
		buf_put(&line, said.p + token.len, said.len - token.len - 1);
		buf_putc(&line, 0);
		rc = buf_status(&line);
	}
	if (rc == 0) {
		f->proxy_headers = curl_slist_append(NULL, (const char *)line.data);
		curl_easy_setopt(f->easy, CURLOPT_PROXYHEADER, f->proxy_headers);
		curl_easy_setopt(f->easy, CURLOPT_TIMEOUT_MS, (long)left_ms);
		f->detail[0] = 0;
		if (curl_multi_add_handle(f->fetcher->multi, f->easy) != CURLM_OK)
			rc = ERR_INVALID;
	}
	buf_wipe(&line);
	return rc;
}

static void on_ticket(int rc, struct str said, void *owner)
{
	struct fetch *f = owner;

	f->ticket = NULL;
	if (rc == 0)
		rc = go_with_ticket(f, said);
	if (rc == 0)
		return;
	snprintf(f->detail, sizeof(f->detail), "no Kerberos ticket: %.*s",
		 rc == ERR_TIMEOUT ? 0 : (int)said.len, said.len ? said.p : "");
	if (rc == ERR_TIMEOUT)
		strncat(f->detail, "no key server answers", 40);
	f->detail[strcspn(f->detail, "\n")] = 0;
	tell(f, f->without_ticket);
}

/* False: it cannot be asked for. */
static bool ask_for_ticket(struct fetch *f, CURLcode code)
{
	const char *const argv[] = { f->ticket_program, "proxy-ticket", f->ticket_host, NULL };
	int64_t left_ms = f->end_ms - clock_mono_ms();

	f->without_ticket = code;
	curl_multi_remove_handle(f->fetcher->multi, f->easy);
	return left_ms > 0 && program_ask(f->fetcher->loop, argv, left_ms, TICKET_MAX, on_ticket, f,
					  &f->ticket) == 0;
}

static void on_collect(struct task *t)
{
	struct fetcher *f = CONTAINER_OF(t, struct fetcher, collect);
	CURLMsg *m;
	int left;

	LIST_EACH(l, &f->fetches) {
		struct fetch *broken = LIST_ENTRY(l, struct fetch, link);

		if (broken->broken < 0) {
			tell(broken, CURLE_URL_MALFORMAT);
			return loop_again(f->loop, &f->collect); /* the list may be another now */
		}
	}
	while ((m = curl_multi_info_read(f->multi, &left))) {
		struct fetch *done = NULL;
		CURLcode code;

		if (m->msg != CURLMSG_DONE)
			continue;
		code = m->data.result;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &done);
		if (!wants_ticket(done) || !ask_for_ticket(done, code))
			tell(done, code);
	}
}

struct str fetch_header(const struct fetch_result *result, const char *name)
{
	struct curl_header *h;
	size_t amount;

	if (curl_easy_header(result->fetch->easy, name, 0, CURLH_HEADER, -1, &h) != CURLHE_OK)
		return (struct str){};
	amount = h->amount;
	if (amount > 1 && curl_easy_header(result->fetch->easy, name, amount - 1, CURLH_HEADER, -1,
					   &h) != CURLHE_OK)
		return (struct str){};
	return str_of(h->value);
}

int64_t fetch_header_time_ms(const struct fetch_result *result, const char *name)
{
	struct str value = fetch_header(result, name);
	time_t at = value.p ? curl_getdate(value.p, NULL) : -1;

	return at < 0 ? -1 : (int64_t)at * 1000;
}

/* ---- requests ---- */

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct fetch *f = arg;

	buf_put(&f->response, data, size * n);
	return f->response.failed ? 0 : size * n;
}

static void add_header(struct fetch *f, const char *name, const char *value)
{
	struct buf line = buf_new(16 * KIB);
	struct curl_slist *more = NULL;

	/* "Name;" is curl's way to send an empty field, "Name:" to send none. */
	buf_printf(&line, "%s%s%s", name, *value ? ": " : ";", value);
	if (buf_status(&line) == 0 && !memchr(line.data, '\r', line.len) &&
	    !memchr(line.data, '\n', line.len))
		more = curl_slist_append(f->headers, (const char *)line.data);
	if (more)
		f->headers = more;
	else
		f->broken = ERR_INVALID;
	buf_wipe(&line);
}

static void set_headers(struct fetch *f, const struct fetch_request *r)
{
	for (size_t i = 0; i < r->headers_len; i++)
		add_header(f, r->headers[i].name, r->headers[i].value);
	/* No 100-continue: some print servers do not know it. */
	f->headers = curl_slist_append(f->headers, "Expect:");
	curl_easy_setopt(f->easy, CURLOPT_HTTPHEADER, f->headers);
}

static void set_body(struct fetch *f, const struct fetch_request *r)
{
	if (r->body.p) {
		buf_put(&f->request, r->body.p, r->body.len);
		curl_easy_setopt(f->easy, CURLOPT_POST, 1L);
		curl_easy_setopt(f->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len);
		curl_easy_setopt(f->easy, CURLOPT_POSTFIELDS,
				 f->request.data ? (const char *)f->request.data : "");
	}
	if (r->method)
		curl_easy_setopt(f->easy, CURLOPT_CUSTOMREQUEST, r->method);
}

static size_t on_upload(char *to, size_t size, size_t n, void *arg)
{
	struct fetch *f = arg;
	size_t left = f->request.len - f->uploaded, len = size * n < left ? size * n : left;

	memcpy(to, f->request.data + f->uploaded, len);
	f->uploaded += len;
	return len;
}

/* What goes into a command must not end it. */
static bool is_mailbox(const char *address)
{
	return *address && !address[strcspn(address, "<> \r\n\t")];
}

static void set_mail(struct fetch *f, const struct fetch_mail *m, unsigned flags)
{
	if (flags & FETCH_STARTTLS)
		curl_easy_setopt(f->easy, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	if (m->user) {
		curl_easy_setopt(f->easy, CURLOPT_USERNAME, m->user);
		curl_easy_setopt(f->easy, CURLOPT_PASSWORD, m->password);
	}
	if (!m->message.p) {
		curl_easy_setopt(f->easy, CURLOPT_CUSTOMREQUEST, "NOOP");
		curl_easy_setopt(f->easy, CURLOPT_NOBODY, 1L);
		return;
	}
	if (!is_mailbox(m->from) || !is_mailbox(m->to))
		f->broken = ERR_INVALID;
	buf_put(&f->request, m->message.p, m->message.len);
	f->recipients = curl_slist_append(NULL, m->to);
	curl_easy_setopt(f->easy, CURLOPT_MAIL_FROM, m->from);
	curl_easy_setopt(f->easy, CURLOPT_MAIL_RCPT, f->recipients);
	curl_easy_setopt(f->easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(f->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)f->request.len);
	curl_easy_setopt(f->easy, CURLOPT_READFUNCTION, on_upload);
	curl_easy_setopt(f->easy, CURLOPT_READDATA, f);
}

static void set_tls(struct fetch *f, const struct fetch_request *r)
{
	curl_easy_setopt(
		f->easy, CURLOPT_SSLVERSION,
		(long)(r->flags & FETCH_TLS12 ? CURL_SSLVERSION_TLSv1_2 : CURL_SSLVERSION_TLSv1_3));
	if (r->ca_file) {
		curl_easy_setopt(f->easy, CURLOPT_CAINFO, r->ca_file);
		/* One file that was given, and nothing besides it. */
		curl_easy_setopt(f->easy, CURLOPT_CAPATH, NULL);
	}
	if (r->pinned_key)
		curl_easy_setopt(f->easy, CURLOPT_PINNEDPUBLICKEY, r->pinned_key);
	fetch_tls_watch(&f->tls, f->easy);
}

/* clang-format off */
static const long proxy_types[] = {
	[FETCH_PROXY_HTTP] =	CURLPROXY_HTTP,
	[FETCH_PROXY_HTTPS] =	CURLPROXY_HTTPS,
	[FETCH_PROXY_SOCKS5] =	CURLPROXY_SOCKS5_HOSTNAME,
};

static const struct { unsigned ours, curls; } auths[] = {
	{ FETCH_AUTH_BASIC,	CURLAUTH_BASIC },
	{ FETCH_AUTH_DIGEST,	CURLAUTH_DIGEST },
	{ FETCH_AUTH_NTLM,	CURLAUTH_NTLM },
};
/* clang-format on */

/* Without the port; of [::1]:3128 without the brackets. */
static char *host_of(const char *authority)
{
	const char *colon = strrchr(authority, ':');
	size_t len = colon ? (size_t)(colon - authority) : strlen(authority);
	bool six = len > 1 && authority[0] == '[' && authority[len - 1] == ']';
	char *host = xstrdup(authority + six);

	host[len - (six ? 2 : 0)] = 0;
	return host;
}

static void set_proxy_auth(struct fetch *f, const struct fetch_proxy *p)
{
	unsigned curls = 0;

	for (size_t i = 0; i < ARRAY_LEN(auths); i++)
		if (p->auth & auths[i].ours)
			curls |= auths[i].curls;
	if (curls)
		curl_easy_setopt(f->easy, CURLOPT_PROXYAUTH, (long)curls);
	if (p->auth & FETCH_AUTH_NEGOTIATE && p->ticket_program) {
		f->ticket_program = xstrdup(p->ticket_program);
		f->ticket_host = host_of(p->authority);
		return;
	}
	if (p->user)
		curl_easy_setopt(f->easy, CURLOPT_PROXYUSERNAME, p->user);
	if (p->password)
		curl_easy_setopt(f->easy, CURLOPT_PROXYPASSWORD, p->password);
}

static void set_proxy(struct fetch *f, const struct fetch_proxy *p)
{
	/* Whatever the environment says: an empty name is no proxy, an empty list no exception. */
	curl_easy_setopt(f->easy, CURLOPT_NOPROXY, "");
	curl_easy_setopt(f->easy, CURLOPT_PROXY, p ? p->authority : "");
	if (!p)
		return;
	f->by = p->kind == FETCH_PROXY_SOCKS5 ? BY_SOCKS : BY_HTTP;
	curl_easy_setopt(f->easy, CURLOPT_PROXYTYPE, proxy_types[p->kind]);
	curl_easy_setopt(f->easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
	/* What goes to the server is none of the proxy's business. */
	curl_easy_setopt(f->easy, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	curl_easy_setopt(f->easy, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (p->ca_file) {
		curl_easy_setopt(f->easy, CURLOPT_PROXY_CAINFO, p->ca_file);
		curl_easy_setopt(f->easy, CURLOPT_PROXY_CAPATH, NULL);
	}
	set_proxy_auth(f, p);
}

static void set_way(struct fetch *f, const struct fetch_request *r)
{
	int64_t timeout_ms = r->timeout_ms ? r->timeout_ms : TIMEOUT_MS;

	if (curl_easy_setopt(f->easy, CURLOPT_URL, r->url) != CURLE_OK)
		f->broken = ERR_INVALID;
	curl_easy_setopt(f->easy, CURLOPT_PROTOCOLS_STR, r->mail ? "smtp,smtps" : "http,https");
	curl_easy_setopt(f->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(f->easy, CURLOPT_FOLLOWLOCATION, 0L);
	set_proxy(f, r->proxy);
	if (r->unix_socket_path)
		curl_easy_setopt(f->easy, CURLOPT_UNIX_SOCKET_PATH, r->unix_socket_path);
	curl_easy_setopt(f->easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	f->end_ms = clock_mono_ms() + timeout_ms;
	curl_easy_setopt(
		f->easy, CURLOPT_CONNECTTIMEOUT_MS,
		(long)(r->connect_timeout_ms ? r->connect_timeout_ms : CONNECT_TIMEOUT_MS));
	if (r->flags & (FETCH_FRESH | FETCH_NEW))
		curl_easy_setopt(f->easy, CURLOPT_FRESH_CONNECT, 1L);
	if (r->flags & FETCH_FRESH)
		curl_easy_setopt(f->easy, CURLOPT_FORBID_REUSE, 1L);
	if (r->max_idle_ms)
		curl_easy_setopt(f->easy, CURLOPT_MAXAGE_CONN, (long)(r->max_idle_ms / 1000));
}

struct fetch *fetch_start(struct fetcher *fetcher, const struct fetch_request *r,
			  fetch_done_fn *done, void *owner)
{
	struct fetch *f = xcalloc(1, sizeof(*f));

	f->fetcher = fetcher;
	f->done = done;
	f->owner = owner;
	f->easy = curl_easy_init();
	assert(f->easy);
	f->mail = r->mail;
	f->request = buf_new((r->mail ? r->mail->message.len : r->body.len) + 1);
	f->response = buf_new(r->max_response_bytes ? r->max_response_bytes : RESPONSE_MAX);
	curl_easy_setopt(f->easy, CURLOPT_PRIVATE, f);
	curl_easy_setopt(f->easy, CURLOPT_ERRORBUFFER, f->detail);
	curl_easy_setopt(f->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(f->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(f->easy, CURLOPT_WRITEDATA, f);
	set_way(f, r);
	set_tls(f, r);
	if (r->mail) {
		set_mail(f, r->mail, r->flags);
	} else {
		set_body(f, r);
		set_headers(f, r);
	}
	list_append(&fetcher->fetches, &f->link);
	if (r->flags & FETCH_DIAL_ONLY) {
		f->connect = true;
		curl_easy_setopt(f->easy, CURLOPT_CONNECT_ONLY, 1L);
		f->pumped = r->proxy && r->proxy->kind == FETCH_PROXY_HTTPS;
	}
	if (f->broken == 0 && curl_multi_add_handle(fetcher->multi, f->easy) != CURLM_OK)
		f->broken = ERR_INVALID;
	if (f->broken < 0)
		loop_again(fetcher->loop, &fetcher->collect);
	return f;
}

void fetch_cancel(struct fetch **f)
{
	if (!*f)
		return;
	release(*f);
	*f = NULL;
}

/* ---- the fetcher ---- */

size_t fetcher_running(const struct fetcher *f)
{
	size_t n = 0;

	LIST_EACH(link, &f->fetches)
		n++;
	return n;
}

struct fetcher *fetcher_new(struct loop *l)
{
	struct fetcher *f = xcalloc(1, sizeof(*f));

	curl_global_init(CURL_GLOBAL_DEFAULT);
	f->loop = l;
	f->multi = curl_multi_init();
	assert(f->multi);
	timer_init(&f->timer, on_timer);
	task_init(&f->collect, on_collect);
	list_init(&f->fetches);
	list_init(&f->pumps);
	curl_multi_setopt(f->multi, CURLMOPT_SOCKETFUNCTION, set_socket);
	curl_multi_setopt(f->multi, CURLMOPT_SOCKETDATA, f);
	curl_multi_setopt(f->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(f->multi, CURLMOPT_TIMERDATA, f);
	return f;
}

void fetcher_free(struct fetcher **fetcher)
{
	struct fetcher *f = *fetcher;

	if (!f)
		return;
	LIST_EACH(l, &f->fetches)
		release(LIST_ENTRY(l, struct fetch, link));
	fetch_pumps_close(&f->pumps);
	/* Its idle connections are closed here, which still calls set_socket. */
	curl_multi_cleanup(f->multi);
	timer_stop(f->loop, &f->timer);
	task_cancel(&f->collect);
	free(f);
	*fetcher = NULL;
}
