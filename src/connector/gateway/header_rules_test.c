/* header_rules_test.c - what a target and a browser see of each other's headers. */
#include "base/test.h"
#include "connector/gateway/header_rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#define SESSION "ab0123.console.example"

struct world {
	struct rules_between between;
	struct http_request request;
	struct http_header headers[8];
	struct arena mem;
	struct buf out;
};

static void begin(struct world *w, const char *address, enum console_kind console)
{
	*w = (struct world){ .out = buf_new(64 * KIB) };
	w->between.session = STR(SESSION);
	w->between.console = console;
	assert_int_equal(target_place_of(address, &w->between.place), 0);
	w->request = (struct http_request){
		.method = METHOD_GET,
		.path = STR("/a/b"),
		.authority = STR(SESSION),
		.headers = w->headers,
	};
}

static void add(struct world *w, const char *name, const char *value)
{
	w->headers[w->request.headers_len++] = (struct http_header){ str_of(name), str_of(value) };
}

static void end(struct world *w)
{
	arena_wipe(&w->mem);
	buf_done(&w->out);
}

static void put(struct buf *out, const struct http_header *f)
{
	buf_putstr(out, f->name);
	buf_puts(out, ": ");
	buf_putstr(out, f->value);
	buf_puts(out, "\n");
}

/* What the target gets, without Host. */
static const char *asked(struct world *w)
{
	struct http_request r = w->request;

	buf_clear(&w->out);
	buf_puts(&w->out, "");
	rules_request(&w->between, &w->request, &w->mem, &r);
	assert_true(str_eq(r.headers[0].name, STR("host")));
	for (size_t i = 1; i < r.headers_len; i++)
		put(&w->out, &r.headers[i]);
	return w->out.data ? (const char *)w->out.data : "";
}

/* With each answer, whatever the target said. */
static bool is_added(const struct http_header *f)
{
	return str_eq(f->name, STR("cache-control")) ||
	       str_eq(f->value, STR("upgrade-insecure-requests"));
}

/* What the browser gets of one field; "elsewhere" if the answer is refused. */
static const char *answered(struct world *w, int status, const char *name, const char *value)
{
	const struct http_header in = { str_of(name), str_of(value) };
	struct http_header out[1 + RULES_ADDED_MAX];
	size_t len = 0;
	int rc = rules_answer(&w->between, &w->request, status, &in, 1, &w->mem, out, &len);

	buf_clear(&w->out);
	assert_true(rc == 0 || rc == ERR_TARGET_ELSEWHERE);
	buf_puts(&w->out, rc < 0 ? "elsewhere" : "");
	for (size_t i = 0; rc == 0 && i < len; i++) {
		if (!is_added(&out[i]) || str_eq(out[i].name, str_of(name)))
			put(&w->out, &out[i]);
	}
	return w->out.data ? (const char *)w->out.data : "";
}

struct sample {
	const char *name, *value, *result; /* result: the value; NULL: left out */
};

static void check_result(const char *got, const struct sample *s)
{
	struct buf expected = buf_new(4 * KIB);

	if (s->result)
		buf_printf(&expected, "%s: %s\n", s->name, s->result);
	if (strcmp(got, expected.data ? (const char *)expected.data : "") != 0)
		fail_msg("%s: %s became\n%snot\n%s", s->name, s->value, got,
			 s->result ? s->result : "(nothing)");
	buf_done(&expected);
}

static void check_asked(const char *address, enum console_kind console,
			const struct sample *samples, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		struct world w;

		begin(&w, address, console);
		add(&w, samples[i].name, samples[i].value);
		check_result(asked(&w), &samples[i]);
		end(&w);
	}
}

/* clang-format off */
TEST(a_request_says_the_targets_own_origin_where_it_said_the_sessions)
{
	static const struct sample samples[] = {
		{ "origin", "https://" SESSION, "https://192.0.2.7:8443" },
		{ "referer", "https://" SESSION "/a?b", "https://192.0.2.7:8443/a?b" },
		{ "referer", "https://" SESSION, "https://192.0.2.7:8443" },
		{ "destination", "https://" SESSION "/a%20b", "https://192.0.2.7:8443/a%20b" },
		{ "destination", "/a", "/a" }, { "destination", "https://" SESSION ":444/", "https://" SESSION ":444/" },
		/* The target's own defence is to see whom else a request comes from. */
		{ "origin", "https://evil.example", "https://evil.example" },
		{ "origin", "null", "null" },
		{ "origin", "http://" SESSION, "http://" SESSION },
		{ "origin", "https://" SESSION ".evil.example", "https://" SESSION ".evil.example" },
		{ "origin", "https://" SESSION ":444", "https://" SESSION ":444" },
		{ "origin", "https://192.0.2.7:8443", "https://192.0.2.7:8443" },
		{ "referer", "https://" SESSION ".evil.example/a", "https://" SESSION ".evil.example/a" },
		{ "referer", "https://evil.example/https://" SESSION "/", "https://evil.example/https://" SESSION "/" },
	};

	check_asked("https://192.0.2.7:8443", CONSOLE_NONE, samples, ARRAY_LEN(samples));
}

TEST(a_request_carries_nothing_of_hubs_and_proxies)
{
	static const struct sample samples[] = {
		{ "imprimatur-session", "sess_x", NULL }, { "imprimatur-x", "1", NULL },
		{ "forwarded", "for=1.2.3.4", NULL }, { "x-forwarded-for", "127.0.0.1", NULL },
		{ "x-forwarded-host", "a", NULL }, { "x-real-ip", "127.0.0.1", NULL }, { "via", "1.1 a", NULL },
		{ "proxy-authorization", "Basic eA==", NULL }, { "x-original-url", "/rpc", NULL },
		{ "x-rewrite-url", "/rpc", NULL }, { "expect", "100-continue", NULL }, { "priority", "u=1", NULL },
		{ "x_forwarded_for", "127.0.0.1", NULL }, { "x_real_ip", "127.0.0.1", NULL }, { "x.forwarded~for", "127.0.0.1", NULL }, { "imprimatur_session", "a", NULL },
		{ "client-ip", "127.0.0.1", NULL }, { "cf-connecting-ip", "127.0.0.1", NULL }, { "x-remote-user", "root", NULL },
		{ "remote-user", "root", NULL }, { "x-ssl-client-cert", "a", NULL }, { "csrf_token", "a", "a" },
		{ "x-http-method-override", "PUT", "PUT" },
		{ "accept", "a/b", "a/b" }, { "authorization", "Digest uri=\"/a\"", "Digest uri=\"/a\"" },
		{ "authorization", "PeerCred root", "PeerCred root" }, { "range", "bytes=1-", "bytes=1-" },
	};
	static const struct sample cups[] = {
		{ "authorization", "PeerCred root", NULL }, { "authorization", "Local 0123", NULL },
		{ "authorization", "Basic eA==", "Basic eA==" }, { "authorization", "digest a=b", "digest a=b" },
		{ "x-http-method-override", "PUT", NULL }, { "x_http_method_override", "PUT", NULL },
	};

	check_asked("https://192.0.2.7", CONSOLE_NONE, samples, ARRAY_LEN(samples));
	check_asked("http://localhost", CONSOLE_CUPS, cups, ARRAY_LEN(cups));
}

TEST(cookies_that_scripts_may_not_read_come_back_under_their_own_names)
{
	static const struct sample samples[] = {
		{ "cookie", "a=1; b=2", "a=1; b=2" },
		{ "cookie", "__Host-imprimatur-s=secret", NULL },
		{ "cookie", "a=1; __Host-imprimatur-s=secret;b=2", "a=1; b=2" },
		{ "cookie", "__host-IMPRIMATUR-s=secret; a=1", "a=1" },
		{ "cookie", "__Host-t-__Host-imprimatur-s=x; a=1", "a=1" },
		{ "cookie", "__Host-t- __Host-imprimatur-s=x; a=1", "a=1" },
		{ "cookie", "__Host-t-JSESSIONID=x; a=1", "JSESSIONID=x; a=1" },
		/* What a script has put beside the target's own is not sent. */
		{ "cookie", "JSESSIONID=evil; __Host-t-JSESSIONID=x", "JSESSIONID=x" },
		{ "cookie", "__Host-t-JSESSIONID=x; JSESSIONID=evil", "JSESSIONID=x" },
		{ "cookie", "__Host-other=1; __Secure-b=2", "__Host-other=1; __Secure-b=2" },
		{ "cookie", "value alone", "value alone" },
	};

	check_asked("https://192.0.2.7", CONSOLE_NONE, samples, ARRAY_LEN(samples));
}

static void check_answered(struct world *w, int status, const struct sample *samples, size_t len)
{
	for (size_t i = 0; i < len; i++)
		check_result(answered(w, status, samples[i].name, samples[i].value), &samples[i]);
}

TEST(R51_addresses_of_the_target_become_the_sessions)
{
	static const struct sample samples[] = {
		{ "location", "/a?b#c", "/a?b#c" }, { "location", "a", "a" }, { "location", "?x", "?x" }, { "location", "", "" },
		{ "location", "https://192.0.2.7/", "https://" SESSION "/" },
		{ "location", "https://192.0.2.7:443/a", "https://" SESSION "/a" },
		{ "location", "HTTPS://192.0.2.7?x", "https://" SESSION "?x" },
		{ "location", "http://192.0.2.7/", "https://" SESSION "/" },
		{ "location", "//192.0.2.7/a", "https://" SESSION "/a" },
		{ "location", "https://mfp.example/a", "https://" SESSION "/a" },
		{ "content-location", "https://192.0.2.7/a", "https://" SESSION "/a" },
		{ "content-location", "https://elsewhere.example/a", NULL },
		{ "sourcemap", "https://192.0.2.7/a", "https://" SESSION "/a" },
		{ "refresh", "5", "5" }, { "refresh", "0; url=/a", "0; url=/a" },
		{ "refresh", "0;URL='https://192.0.2.7/a'", "0; url=https://" SESSION "/a" },
		{ "refresh", "1, https://192.0.2.7/a", "1; url=https://" SESSION "/a" },
		{ "refresh", "0 url=https://192.0.2.7/a", "0; url=https://" SESSION "/a" },
		{ "refresh", "2\thttps://192.0.2.7/a", "2; url=https://" SESSION "/a" },
		{ "refresh", "5 ; url=/a", "5; url=/a" }, { "refresh", "5 ;", "5" }, { "refresh", ".5", ".5" },
		/* Without a time nothing happens, but behind the one of another such field it would. */
		{ "refresh", "https://elsewhere.example/", NULL }, { "refresh", "//elsewhere.example", NULL },
		{ "refresh", "\"//elsewhere.example", NULL }, { "refresh", "0x//elsewhere.example", NULL }, { "refresh", "; url=/a", NULL }, { "refresh", "", NULL },
		{ "link", "</a.css>; rel=preload, <https://192.0.2.7/b>; title=\"x, <y\", <https://cdn.example/c>; rel=preload",
		  "</a.css>; rel=preload, <https://" SESSION "/b>; title=\"x, <y\"" },
		{ "link", "<https://cdn.example/c>", NULL },
		{ "access-control-allow-origin", "*", "*" }, { "access-control-allow-origin", "null", "null" },
		{ "access-control-allow-origin", "https://192.0.2.7", "https://" SESSION },
		{ "access-control-allow-origin", "https://evil.example", NULL },
		{ "content-security-policy", "frame-ancestors 'none'; img-src https://192.0.2.7:443 data: 192.0.2.7; report-uri /r",
		  "frame-ancestors 'none'; img-src https://" SESSION " data: " SESSION "; report-uri /r" },
		/* To https: alone it may open no WebSocket (CSP 3 section 6.7.2.8). */
		{ "content-security-policy", "connect-src wss://192.0.2.7/news https://192.0.2.7",
		  "connect-src wss://" SESSION "/news https://" SESSION },
		{ "content-security-policy", "img-src mfp.example:443 mfp.example mfp.example:80 x.example:443 data:",
		  "img-src " SESSION " " SESSION " mfp.example:80 x.example:443 data:" },
	};
	struct world w;

	begin(&w, "https://192.0.2.7", CONSOLE_NONE);
	w.between.hosts[w.between.hosts_len++] = STR("mfp.example");
	check_answered(&w, 302, samples, ARRAY_LEN(samples));
	end(&w);
}

TEST(R28_a_target_sends_the_browser_nowhere_else)
{
	static const char *const places[] = {
		"https://evil.example/", "https://192.0.2.8/", "https://192.0.2.7:8443/", "https://192.0.2.70/", "//evil.example/",
		"\\\\evil.example/", "/\\evil.example/", "///evil.example/", "https:evil.example", "https:/evil.example",
		"https:///192.0.2.7/", "https://192.0.2.7@evil.example/", "https://evil.example\\@192.0.2.7/",
		"https://192.0.2.7%2eevil.example/", "https://192.0.2.7.evil.example/", "https://192.0.2.7\\evil",
		"javascript:alert(1)", "data:text/html,x", "ipp://192.0.2.7/", "https://192.0.2.7:443443/", "https://192.0.2.7:x/",
		"/\t/evil.example/", "https://[192.0.2.7]x/", "https://",
	};
	/* Browsers take what follows each of them for an address. */
	static const char *const refreshes[] = {
		"0; url=", "0,", "0 url=", "0 ", "0\turl = ", "0;url='", "0;url=\"'", "0;'\"",
	};
	struct world w;

	begin(&w, "https://192.0.2.7", CONSOLE_NONE);
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		struct buf refresh = buf_new(KIB);

		if (strcmp(answered(&w, 302, "location", places[i]), "elsewhere") != 0)
			fail_msg("location %s went through", places[i]);
		for (size_t j = 0; j < ARRAY_LEN(refreshes); j++) {
			buf_printf(&refresh, "%s%s", refreshes[j], places[i]);
			if (strcmp(answered(&w, 200, "refresh", (const char *)refresh.data), "elsewhere") != 0)
				fail_msg("refresh %s went through", (const char *)refresh.data);
			refresh.len = 0;
		}
		/* Nobody follows it at 201. */
		assert_string_equal(answered(&w, 201, "location", places[i]), "");
		buf_done(&refresh);
	}
	end(&w);
	/* What was configured without TLS is not asked for with it, nor the other way round. */
	begin(&w, "http://192.0.2.7", CONSOLE_NONE);
	assert_string_equal(answered(&w, 302, "location", "https://192.0.2.7/"), "elsewhere");
	assert_string_equal(answered(&w, 302, "location", "http://192.0.2.7/"), "location: https://" SESSION "/\n");
	end(&w);
}

/* cupsd's admin pages lead on to the port that it listens on, also who came over its socket. */
TEST(R51_what_is_behind_a_socket_has_any_port)
{
	struct world w;

	begin(&w, "http://localhost", CONSOLE_CUPS);
	assert_string_equal(answered(&w, 303, "location", "http://localhost:631/printers/a"), "elsewhere");
	w.between.any_port = true;
	assert_string_equal(answered(&w, 303, "location", "http://localhost:631/printers/a"),
			    "location: https://" SESSION "/printers/a\n");
	assert_string_equal(answered(&w, 303, "location", "http://localhost/admin"), "location: https://" SESSION "/admin\n");
	assert_string_equal(answered(&w, 303, "location", "https://localhost:631/admin"), "elsewhere");
	assert_string_equal(answered(&w, 303, "location", "http://192.0.2.7:631/"), "elsewhere");
	end(&w);
}

/* Addresses can be written in many ways, of which devices choose their own. */
TEST(R28_an_address_is_the_targets_own_however_it_is_written)
{
	struct world w;

	begin(&w, "http://[2001:db8::7]:8080", CONSOLE_NONE);
	assert_string_equal(answered(&w, 302, "location", "http://[2001:DB8:0:0:0:0:0:7]:8080/a"), "location: https://" SESSION "/a\n");
	assert_string_equal(answered(&w, 302, "location", "http://[2001:db8:0::0007]:8080/a"), "location: https://" SESSION "/a\n");
	assert_string_equal(answered(&w, 302, "location", "http://[2001:db8::70]:8080/a"), "elsewhere");
	end(&w);
}

TEST(a_target_says_nothing_that_outlives_the_session)
{
	static const struct sample samples[] = {
		{ "strict-transport-security", "max-age=31536000", NULL }, { "clear-site-data", "\"*\"", NULL },
		{ "alt-svc", "h3=\":443\"", NULL }, { "nel", "{}", NULL }, { "report-to", "{}", NULL },
		{ "reporting-endpoints", "a=\"/b\"", NULL }, { "service-worker-allowed", "/", NULL },
		{ "public-key-pins-report-only", "a", NULL }, { "imprimatur-error", "target_tls", NULL },
		{ "proxy-authenticate", "Basic", NULL }, { "accept-encoding", "gzip", NULL }, { "origin-agent-cluster", "?0", NULL },
		{ "x-frame-options", "DENY", "DENY" }, { "www-authenticate", "Digest realm=\"a\", domain=\"/\"", "Digest realm=\"a\", domain=\"/\"" },
		{ "server", "KM-MFP-http/V0.0.1", "KM-MFP-http/V0.0.1" },
		{ "cache-control", "public, max-age=5, s-maxage=9", "max-age=5, private, no-cache" }, { "cache-control", "no-store", "no-store, private, no-cache" },
		{ "accept-ch", "Device-Memory", NULL }, { "critical-ch", "Device-Memory", NULL }, { "use-as-dictionary", "match=\"/\"", NULL },
		{ "attribution-reporting-register-source", "{}", NULL }, { "link", "</x>; rel=preload; as=image; imagesrcset=\"http://192.0.2.1/x 1x\"", NULL },
		{ "link", "</x>; Anchor=\"https://192.0.2.1/\"; rel=a, </y>; rel=next", "</y>; rel=next" },
	};
	struct http_header out[RULES_ADDED_MAX];
	struct world w;
	size_t len;

	begin(&w, "https://192.0.2.7", CONSOLE_NONE);
	check_answered(&w, 200, samples, ARRAY_LEN(samples));
	/* R59: also where the target says nothing of caches. */
	assert_int_equal(rules_answer(&w.between, &w.request, 200, NULL, 0, &w.mem, out, &len), 0);
	assert_int_equal(len, 1);
	assert_true(str_eq(out[0].name, STR("cache-control")) && str_eq(out[0].value, STR("private, no-cache")));
	end(&w);
}

/* RFC 7616 section 3.3: without it the password is for the whole server, which the session is. */
TEST(R51_a_digest_is_asked_for_without_the_targets_address)
{
	static const struct sample samples[] = {
		{ "www-authenticate", "Digest realm=\"a\", domain=\"http://192.0.2.7/ /b\", nonce=\"c\"",
		  "Digest realm=\"a\", nonce=\"c\"" },
		{ "www-authenticate", "Digest DOMAIN = \"//192.0.2.7/\", realm=\"a, b\"", "Digest realm=\"a, b\"" },
		{ "www-authenticate", "Digest realm=\"a\\\", b\", domain=http://10.0.0.1/", "Digest realm=\"a\\\", b\"" },
		{ "www-authenticate", "Digest domain=\"http:\\/\\/192.0.2.7\", Basic realm=\"a\"", "Digest, Basic realm=\"a\"" },
		{ "www-authenticate", "Negotiate, Digest realm=\"a\",domain=\"ftp://a/\",Basic realm=\"b\"",
		  "Negotiate, Digest realm=\"a\", Basic realm=\"b\"" },
		{ "www-authenticate", "Digest\tdomain=http://192.0.2.7/", "Digest" }, { "www-authenticate", "realm=a, domain=http://a/", "realm=a" },
		{ "www-authenticate", "digest domain=\"http://192.0.2.7/\"", "digest" },
		{ "www-authenticate", "Digest  realm=\"a\" ,domain=\"/ /b\"", "Digest  realm=\"a\" ,domain=\"/ /b\"" },
		{ "www-authenticate", "Basic realm=\"domain=http://192.0.2.7/\"", "Basic realm=\"domain=http://192.0.2.7/\"" },
		{ "www-authenticate", "NTLM TlRMTVNTUAACAAAA==", "NTLM TlRMTVNTUAACAAAA==" }, { "www-authenticate", "", "" },
	};
	struct world w;

	begin(&w, "https://192.0.2.7", CONSOLE_NONE);
	check_answered(&w, 401, samples, ARRAY_LEN(samples));
	end(&w);
}

TEST(R59_cookies_of_a_target_stay_within_its_session)
{
	static const struct sample samples[] = {
		{ "set-cookie", "a=1", "a=1" },
		{ "set-cookie", "a=1; Path=/x; Secure", "a=1; Path=/x; Secure" },
		{ "set-cookie", "a=1; Domain=console.example; Path=/x", "a=1; Path=/x" },
		{ "set-cookie", "a=1; HttpOnly; Path=/x", "a=1; HttpOnly; Path=/x" },
		{ "set-cookie", "JSESSIONID=1;Path=/;HttpOnly", "__Host-t-JSESSIONID=1; HttpOnly; Path=/; Secure" },
		{ "set-cookie", "JSESSIONID=1; path=/; secure; HTTPONLY; SameSite=Lax; domain=.example",
		  "__Host-t-JSESSIONID=1; HTTPONLY; SameSite=Lax; Path=/; Secure" },
		{ "set-cookie", "a=1; Path=/x; Path=/; HttpOnly", "__Host-t-a=1; HttpOnly; Path=/; Secure" },
		{ "set-cookie", "__Host-imprimatur-s=evil; Path=/; Secure", NULL },
		{ "set-cookie", "__HOST-imprimatur-s=evil; Path=/; Secure", NULL },
		{ "set-cookie", " __Host-imprimatur-s =evil", NULL },
		{ "set-cookie", "__Host-t-a=evil; Path=/; Secure", NULL },
		{ "set-cookie", "=__Host-imprimatur-s=evil", NULL }, { "set-cookie", "__Host-imprimatur-s", NULL }, { "set-cookie", "", NULL },
		{ "set-cookie", "__Secure-a=1; Path=/; HttpOnly; Secure", "__Secure-a=1; Path=/; HttpOnly; Secure" },
		{ "set-cookie2", "a=1", NULL },
	};
	struct world w;

	begin(&w, "https://192.0.2.7", CONSOLE_NONE);
	check_answered(&w, 200, samples, ARRAY_LEN(samples));
	/* Without a path it is the request's folder. */
	w.request.path = STR("/login");
	assert_string_equal(answered(&w, 200, "set-cookie", "a=1; HttpOnly"), "set-cookie: __Host-t-a=1; HttpOnly; Path=/; Secure\n");
	/* A script's cookie takes the place of one that was not for scripts. */
	add(&w, "cookie", "__Host-t-a=1");
	assert_string_equal(answered(&w, 200, "set-cookie", "a=2; Path=/"),
			    "set-cookie: a=2; Path=/\nset-cookie: __Host-t-a=; Max-Age=0; Path=/; Secure\n");
	end(&w);
}
/* clang-format on */

/* Some servers set one cookie twice in an answer. */
TEST(of_two_cookies_with_one_name_the_later_counts)
{
	static const struct {
		const char *first, *second, *asked, *outcome;
	} samples[] = {
		{ "a=1; HttpOnly; Path=/", "a=2; Path=/", NULL,
		  "__Host-t-a=1; HttpOnly; Path=/; Secure|a=2; Path=/"
		  "|__Host-t-a=; Max-Age=0; Path=/; Secure|" },
		{ "a=1; Path=/", "a=2; Path=/; HttpOnly", "__Host-t-a=0",
		  "a=1; Path=/|__Host-t-a=2; HttpOnly; Path=/; Secure|a=; Max-Age=0; Path=/|" },
		/* What scripts may read, a logout that says HttpOnly takes away, too. */
		{ "b=1; Path=/", "a=; Path=/; HttpOnly; Max-Age=0", "a=one; c=2",
		  "b=1; Path=/|__Host-t-a=; HttpOnly; Max-Age=0; Path=/; Secure"
		  "|a=; Max-Age=0; Path=/|" },
		{ "a=2; HttpOnly; Path=/", "a=3; Path=/", "a=1",
		  "__Host-t-a=2; HttpOnly; Path=/; Secure|a=3; Path=/"
		  "|__Host-t-a=; Max-Age=0; Path=/; Secure|" },
		/* Of another path it is another cookie. */
		{ "a=1; Path=/x", "a=2; Path=/; HttpOnly", NULL,
		  "a=1; Path=/x|__Host-t-a=2; HttpOnly; Path=/; Secure|" },
		{ "a=2; Path=/; HttpOnly", "a=1; Path=/x", "a=0",
		  "__Host-t-a=2; HttpOnly; Path=/; Secure|a=1; Path=/x|a=; Max-Age=0; Path=/|" },
	};

	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		struct http_header in[] = { { STR("set-cookie"), str_of(samples[i].first) },
					    { STR("set-cookie"), str_of(samples[i].second) } };
		struct http_header out[ARRAY_LEN(in) + RULES_ADDED_MAX];
		struct buf text = buf_new(KIB);
		struct world w;
		size_t len;

		begin(&w, "https://192.0.2.7", CONSOLE_NONE);
		if (samples[i].asked)
			add(&w, "cookie", samples[i].asked);
		assert_int_equal(rules_answer(&w.between, &w.request, 200, in, ARRAY_LEN(in),
					      &w.mem, out, &len),
				 0);
		for (size_t k = 0; k < len; k++) {
			if (!str_eq(out[k].name, STR("set-cookie")))
				continue;
			buf_putstr(&text, out[k].value);
			buf_putc(&text, '|');
		}
		buf_putc(&text, 0);
		assert_string_equal((const char *)text.data, samples[i].outcome);
		buf_done(&text);
		end(&w);
	}
}

/* The session is https: "ws://" + location.host would else be mixed content. */
TEST(R56_pages_of_a_target_by_http_may_name_their_own_host_with_it)
{
	static const struct {
		const char *address;
		int status;
		const char *added;
	} samples[] = {
		{ "http://192.0.2.7", 200, "upgrade-insecure-requests" },
		{ "http://192.0.2.7", 404, "upgrade-insecure-requests" },
		{ "http://192.0.2.7", 101, NULL },
		{ "https://192.0.2.7", 200, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		const struct http_header in = { STR("content-security-policy"),
						STR("default-src 'self'") };
		struct http_header out[1 + RULES_ADDED_MAX];
		const char *added = samples[i].added;
		struct world w;
		size_t len;

		begin(&w, samples[i].address, CONSOLE_NONE);
		assert_int_equal(rules_answer(&w.between, &w.request, samples[i].status, &in, 1,
					      &w.mem, out, &len),
				 0);
		assert_true(str_eq(out[0].value, in.value)); /* its own holds besides */
		for (size_t k = 1; k < len; k++) {
			if (!str_eq(out[k].name, in.name))
				continue;
			assert_non_null(added);
			assert_true(str_is(out[k].value, added));
			added = NULL;
		}
		assert_null(added);
		end(&w);
	}
}

TEST(host_is_what_the_target_calls_itself)
{
	static const char *const samples[][2] = {
		{ "https://192.0.2.7", "192.0.2.7" },
		{ "https://192.0.2.7:8443", "192.0.2.7:8443" },
		{ "http://MFP.example:80", "mfp.example" },
		{ "http://[2001:db8::1]:8000", "[2001:db8::1]:8000" },
	};

	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		struct http_request r = {};
		struct world w;

		begin(&w, samples[i][0], CONSOLE_NONE);
		add(&w, "host", SESSION);
		rules_request(&w.between, &w.request, &w.mem, &r);
		assert_int_equal(r.headers_len, 1);
		assert_true(str_eq(r.headers[0].value, str_of(samples[i][1])));
		end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_says_the_targets_own_origin_where_it_said_the_sessions),
		cmocka_unit_test(a_request_carries_nothing_of_hubs_and_proxies),
		cmocka_unit_test(cookies_that_scripts_may_not_read_come_back_under_their_own_names),
		cmocka_unit_test(R51_addresses_of_the_target_become_the_sessions),
		cmocka_unit_test(R28_a_target_sends_the_browser_nowhere_else),
		cmocka_unit_test(R51_what_is_behind_a_socket_has_any_port),
		cmocka_unit_test(R28_an_address_is_the_targets_own_however_it_is_written),
		cmocka_unit_test(a_target_says_nothing_that_outlives_the_session),
		cmocka_unit_test(R51_a_digest_is_asked_for_without_the_targets_address),
		cmocka_unit_test(R59_cookies_of_a_target_stay_within_its_session),
		cmocka_unit_test(of_two_cookies_with_one_name_the_later_counts),
		cmocka_unit_test(R56_pages_of_a_target_by_http_may_name_their_own_host_with_it),
		cmocka_unit_test(host_is_what_the_target_calls_itself),
	};

	return cmocka_run_group_tests_name("connector.gateway.header_rules", tests, NULL, NULL);
}
