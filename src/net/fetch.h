/* fetch.h - the one HTTP client, and the one that hands over mail: libcurl's multi interface on our
 * loop; nobody else sees curl.
 *
 * HTTP/1.1 only, redirects are never followed, the environment is ignored (a proxy is what the
 * request names), answers are collected up to a limit, connections are reused. TLS 1.3 unless a
 * request allows 1.2 (local servers, mail).  Resolving runs in curl's own thread.
 *
 * One loop.  `done` runs exactly once unless the fetch is cancelled, never from inside
 * fetch_start(); after it the fetch is gone. */
#ifndef NET_FETCH_H
#define NET_FETCH_H

#include "base/buf.h"

struct fetch;
struct fetcher; /* shared connections: one a loop suffices */
struct loop;

struct fetcher *fetcher_new(struct loop *l);
void fetcher_free(struct fetcher **f); /* cancels what runs */

enum fetch_flags {
	FETCH_TLS12 = 1, /* also TLS 1.2: local servers and mail, never hubs */
	FETCH_FRESH = 2, /* on a connection of its own, closed afterwards */
	FETCH_NEW = 4,   /* on a new connection, which others may use afterwards */
	FETCH_STARTTLS =
		8, /* smtp: nothing but STARTTLS is said before TLS, and none goes without */
	/* Nothing but the connection, also through a proxy: `url` is http://HOST:PORT, the result's
	 * fd is the owner's.  Through an https proxy it ends with the fetcher at the latest. */
	FETCH_DIAL_ONLY = 16,
};

enum fetch_proxy_kind { FETCH_PROXY_HTTP, FETCH_PROXY_HTTPS, FETCH_PROXY_SOCKS5 };

/* What a proxy's challenge may be answered with; of what it offers, the strongest is taken.
 * Negotiate is answered by the account's Kerberos ticket, and tried alone. */
enum fetch_proxy_auth {
	FETCH_AUTH_BASIC = 1,
	FETCH_AUTH_DIGEST = 2,
	FETCH_AUTH_NTLM = 4,
	FETCH_AUTH_NEGOTIATE = 8,
};

/* https goes through by CONNECT; names are resolved by the proxy, also by SOCKS5. */
struct fetch_proxy {
	enum fetch_proxy_kind kind;
	const char *authority;       /* "host:port" */
	const char *user, *password; /* NULL: none */
	unsigned auth;               /* of HTTP proxies */
	const char *ca_file;         /* PEM for an https proxy; NULL: the system's roots */
	/* Of Negotiate: whenever the proxy asks for a ticket, this program is run as `PROGRAM
	 * proxy-ticket HOST`, and says "token BASE64" or "failed WHY", a line.  It may wait for a
	 * key server: then for no longer than the fetch may take. */
	const char *ticket_program;
};

struct fetch_header {
	const char *name, *value;
};

/* A message for one recipient (RFC 5321).  Where no login is asked for by the server, none is made.
 */
struct fetch_mail {
	const char *from, *to; /* addresses, without brackets */
	struct str message;    /* lines end with CRLF; p NULL: nothing is sent, all else is tried */
	const char *user, *password; /* NULL: none */
};

struct fetch_request {      /* all is copied by fetch_start() */
	const char *method; /* NULL: GET, or POST with a body */
	const char *url; /* http or https; smtp or smtps (TLS from the start), and as path the name
			    by which we introduce ourselves */
	const struct fetch_mail *mail; /* smtp, smtps; no method, headers or body then */
	const struct fetch_header *headers;
	size_t headers_len;
	struct str body;        /* p NULL: none */
	const char *ca_file;    /* PEM; NULL: the system's roots */
	const char *pinned_key; /* "sha256//<base64>" of the server's public key (curl's form), or
				   NULL */
	const struct fetch_proxy *proxy; /* NULL: none */
	const char
		*unix_socket_path;  /* connect there; the URL's host is then only a name; or NULL */
	int64_t timeout_ms;         /* all in all; 0: 30 s */
	int64_t connect_timeout_ms; /* 0: 10 s */
	int64_t max_idle_ms;       /* a connection that was idle for longer is not used; 0: 118 s */
	size_t max_response_bytes; /* 0: 1 MiB */
	unsigned flags;
};

/* How far it came. */
enum fetch_leg {
	FETCH_DONE,
	FETCH_RESOLVE,
	FETCH_CONNECT,
	FETCH_PROXY,
	FETCH_TLS,
	FETCH_LOGIN, /* smtp: the user was refused */
	FETCH_TRANSFER,
};

struct fetch_result {       /* valid during `done` */
	int rc;             /* 0: an answer came, whatever its status (smtp: the message was
			       taken); ERR_UNREACHABLE, ERR_PROXY,
			       ERR_PROXY_AUTH, ERR_TLS, ERR_UNTRUSTED (the certificate), ERR_TIMEOUT,
			       ERR_TOO_LARGE, ERR_UPSTREAM, ERR_INVALID (the request) */
	enum fetch_leg leg; /* where it failed: FETCH_DONE if rc is 0 */
	int status;         /* smtp: of the last answer (RFC 5321 section 4.2) */
	int proxy_status;   /* of the answer to CONNECT; 0: none */
	/* Of the server's TLS, if this fetch opened the connection; else "". */
	const char *tls_version; /* "TLSv1.3" */
	const char *issuer; /* who signed what the server showed, trusted or not: "CN=...,O=..." */
	struct str body;    /* NUL follows */
	int fd;             /* FETCH_DIAL_ONLY, if rc is 0: close-on-exec; else -1 */
	const char *detail; /* curl's words about a failure, English; never NULL */
	const struct fetch *fetch; /* for fetch_header() */
};

typedef void fetch_done_fn(const struct fetch_result *result, void *owner);

size_t fetcher_running(const struct fetcher *f); /* fetches whose `done` is to come */
struct fetch *fetch_start(struct fetcher *f, const struct fetch_request *request,
			  fetch_done_fn *done, void *owner);
/* `done` does not run any more; sets *f to NULL; NULL is harmless.  Legal until `done` was called.
 */
void fetch_cancel(struct fetch **f);
/* Value of the answer's header (any case; the last one if repeated); p NULL if absent. */
struct str fetch_header(const struct fetch_result *result, const char *name);
/* The same as a time (RFC 9110 section 5.6.7) in ms UTC; -1 if absent or none. */
int64_t fetch_header_time_ms(const struct fetch_result *result, const char *name);

#endif
