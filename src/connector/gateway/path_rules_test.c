/* path_rules_test.c - interfaces for machines stay out of sessions, however their path is spelt. */
#include "base/test.h"
#include "connector/gateway/path_rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/rand.h"

/* sim/path.h: how a lenient servlet container reads a path; another layer's, whose source this
 * test compiles for itself. */
int path_resolve(struct str raw, struct buf *out);

TEST(R26_the_consoles_pages_are_let_through)
{
	static const char *const paths[] = {
		"/",
		"/admin",
		"/app",
		"/css/style.css",
		"/content/help/a%20b.html",
		"//",
		"/a//b/",
		"/app;jsessionid=1",
		"/%C3%A4/",
		"/apis",
		"/rpcx",
		"/x/rpc",
		"/a;rpc/b",
		"/app/api/device",
	};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (!path_is_allowed(CONSOLE_PAPERCUT, str_of(paths[i])))
			fail_msg("%s is refused", paths[i]);
}

/* clang-format off */
TEST(interfaces_for_machines_are_refused_in_every_spelling)
{
	static const char *const paths[] = {
		"/rpc", "/rpc/api/xmlrpc", "//rpc", "/./rpc", "/x/../rpc", "/rpc;x", "/;x/rpc", "/%72pc", "/r%70c/", "/RPC/api", "/x;/../rpc",
		"/api/health", "/API", "/device", "/device-api/x", "/devices", "/%64evice", "/x/./../api", "/a/b/../../api", "/%2frpc", "/%2Frpc",
		"/x%2f..%2frpc", "/%2e%2e/rpc", "/.%2e/rpc", "/x/%2e%2e/rpc", "/%252frpc", "/%25%37%32pc", "/rpc%00", "/x%3b/../rpc", "/x\\..\\rpc",
		"/x%5c..%5crpc", "/%c0%afrpc", "/%c0%ae%c0%ae/rpc", "/%e0%80%afrpc", "/../rpc", "/..", "/a/../..", "/%", "/%7", "/%zz", "rpc", "", "*",
		"/api//../health", "/api/;/../health", "/device//../x", "/rpc/a;/..//../x", "/rpc/api///../../xmlrpc", "/rpc/..;/x", "/rpc/.;/x", "/rpc/../x", "/a/./b", "/a/..",
		"/%20rpc", "/rpc%20/x", "/rpc%09", "/%0arpc", "/%ff", "/%3frpc", "/%23rpc",
	};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (path_is_allowed(CONSOLE_PAPERCUT, str_of(paths[i])))
			fail_msg("%s is let through", paths[i]);
}

/* clang-format on */

TEST(a_devices_own_paths_are_nobodys_business)
{
	assert_true(path_is_allowed(CONSOLE_NONE, STR("/api/%2e%2e//;%25")));
}

static struct str pick(const char *const *parts, size_t len)
{
	return str_of(parts[rand_below((uint32_t)len)]);
}

static bool is_for_machines(struct str path)
{
	struct str rest = path, part = {};

	while (str_split(&rest, '/', &part) && !part.len)
		;
	return str_eq_nocase(part, STR("rpc")) || str_eq_nocase(part, STR("api")) ||
	       (part.len >= 6 && str_eq_nocase((struct str){ part.p, 6 }, STR("device")));
}

/* Whatever the simulated server takes for one of them is refused. */
TEST(what_a_lenient_server_would_serve_as_an_interface_is_refused)
{
	static const char *const parts[] = {
		"/",   "/",   "//",  "rpc", "api", "device", "RPC", "%72", "%70", "pc",   "r",
		".",   "..",  "/..", "/./", ";",   ";x=y",   "%2f", "%2e", "%5c", "\\",   "%25",
		"%3b", "app", "x",   "%41", "%00", "%c0%af", "a",   "pi",  "de",  "vice",
	};
	size_t hits = 0;

	for (int i = 0; i < 200000; i++) {
		struct buf raw = buf_new(512), resolved = buf_new(512);

		buf_putc(&raw, '/');
		for (uint64_t k = rand_below(7); k > 0; k--)
			buf_putstr(&raw, pick(parts, ARRAY_LEN(parts)));
		if (path_resolve(buf_str(&raw), &resolved) == 0 &&
		    is_for_machines(buf_str(&resolved))) {
			hits++;
			if (path_is_allowed(CONSOLE_PAPERCUT, buf_str(&raw)))
				fail_msg("%s is served as %s and let through",
					 (const char *)raw.data, (const char *)resolved.data);
		}
		buf_done(&raw);
		buf_done(&resolved);
	}
	assert_true(hits > 1000); /* or this has shown nothing */
}

static bool cups_takes(enum http_method method, const char *type, int64_t body_bytes)
{
	struct http_header header = { STR("content-type"), str_of(type) };
	struct http_request r = {
		.method = method,
		.path = STR("/admin"),
		.headers = &header,
		.headers_len = type != NULL,
		.body_bytes = body_bytes,
	};

	return request_is_allowed(CONSOLE_CUPS, &r);
}

TEST(no_ipp_goes_through_the_pages_of_cups)
{
	assert_true(cups_takes(METHOD_GET, NULL, 0));
	assert_true(cups_takes(METHOD_HEAD, NULL, 0));
	assert_true(cups_takes(METHOD_POST, "application/x-www-form-urlencoded", 10));
	assert_true(cups_takes(METHOD_POST, "Multipart/Form-Data; boundary=x", -1));
	assert_false(cups_takes(METHOD_POST, "application/ipp", 10));
	assert_false(cups_takes(METHOD_POST, "APPLICATION/IPP", 10));
	assert_false(cups_takes(METHOD_POST, "application/ipp; x=multipart/form-data", 10));
	assert_false(cups_takes(METHOD_POST, "text/plain", 10));
	assert_false(cups_takes(METHOD_POST, NULL, 10));
	assert_false(cups_takes(METHOD_PUT, "application/x-www-form-urlencoded", 10));
	assert_false(cups_takes(METHOD_OTHER, NULL, 0));
	assert_false(cups_takes(METHOD_GET, NULL, 10));
	assert_false(cups_takes(METHOD_GET, "application/ipp", 0));
}

TEST(no_ipp_goes_to_any_target)
{
	static const char *const types[] = { "application/ipp", "Application/IPP ; x=y" };

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		struct http_header header = { STR("content-type"), str_of(types[i]) };
		struct http_request r = {
			.method = METHOD_POST,
			.path = STR("/ipp/print"),
			.headers = &header,
			.headers_len = 1,
			.body_bytes = 10,
		};

		assert_false(request_is_allowed(CONSOLE_NONE, &r));
		assert_false(request_is_allowed(CONSOLE_PAPERCUT, &r));
		header.value = STR("application/ippx");
		assert_true(request_is_allowed(CONSOLE_NONE, &r));
	}
}

static bool takes(enum console_kind kind, const char *method)
{
	struct http_request r = {
		.method = METHOD_OTHER,
		.method_text = str_of(method),
		.path = STR("/"),
	};

	return request_is_allowed(kind, &r);
}

TEST(R51_nobody_has_a_target_say_what_it_was_asked_by)
{
	static const char *const methods[] = { "TRACE", "TRACK", "CONNECT", "trace", "Track" };

	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		assert_false(takes(CONSOLE_NONE, methods[i]));
		assert_false(takes(CONSOLE_PAPERCUT, methods[i]));
		assert_false(takes(CONSOLE_CUPS, methods[i]));
	}
	assert_true(takes(CONSOLE_NONE, "PROPFIND"));
	assert_true(takes(CONSOLE_NONE, "TRACER"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R26_the_consoles_pages_are_let_through),
		cmocka_unit_test(interfaces_for_machines_are_refused_in_every_spelling),
		cmocka_unit_test(a_devices_own_paths_are_nobodys_business),
		cmocka_unit_test(what_a_lenient_server_would_serve_as_an_interface_is_refused),
		cmocka_unit_test(no_ipp_goes_through_the_pages_of_cups),
		cmocka_unit_test(no_ipp_goes_to_any_target),
		cmocka_unit_test(R51_nobody_has_a_target_say_what_it_was_asked_by),
	};

	return cmocka_run_group_tests_name("connector.gateway.path_rules", tests, NULL, NULL);
}
