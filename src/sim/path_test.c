/* path_test.c - all spellings of a path lead to the same place, and lists of addresses are read. */
#include "base/test.h"
#include "sim/path.h"

/* clang-format off */
static const struct {
	const char *raw, *path; /* path NULL: refused */
} paths[] = {
	{ "/",				"/" },
	{ "/rpc/api/xmlrpc",		"/rpc/api/xmlrpc" },
	{ "//rpc///api/xmlrpc",		"/rpc/api/xmlrpc" },
	{ "/rpc;x=1/api;/xmlrpc;y",	"/rpc/api/xmlrpc" },
	{ "/css/../rpc/./api/xmlrpc",	"/rpc/api/xmlrpc" },
	{ "/css/..;/rpc/api/xmlrpc",	"/rpc/api/xmlrpc" },
	{ "/css/%2e%2E/%72pc/api/xmlrpc", "/rpc/api/xmlrpc" },
	{ "/css%2f..%2frpc/api/xmlrpc",	"/rpc/api/xmlrpc" },
	{ "/rpc%3bx/api",		"/rpc;x/api" },
	{ "/%2572pc",			"/%72pc" }, /* decoded once */
	{ "/api/health/",		"/api/health/" },
	{ "/a/..",			"/" },
	{ "/..",			NULL },
	{ "/a/../../b",			NULL },
	{ "/%",				NULL },
	{ "/%zz",			NULL },
	{ "/%00",			NULL },
};
static const struct {
	const char *row, *peer;
	bool in;
} rows[] = {
	{ "127.0.0.1",			"127.0.0.1",	true },
	{ "127.0.0.1",			"127.0.0.2",	false },
	{ "*",				"192.0.2.1",	true },
	{ "192.0.2.0/24",		"192.0.2.200",	true },
	{ "192.0.2.0/255.255.255.128",	"192.0.2.200",	false },
	{ "0.0.0.0/0",			"192.0.2.200",	true },
	{ "192.0.2.0/33",		"192.0.2.0",	false },
	{ "::1",			"::1",		true },
	{ "localhost",			"127.0.0.1",	false },
};
/* clang-format on */

TEST(every_spelling_of_a_path_is_resolved)
{
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct buf out = buf_new(1000);
		int rc = path_resolve(str_of(paths[i].raw), &out);

		if (!paths[i].path && rc == 0)
			fail_msg("%s was taken", paths[i].raw);
		if (paths[i].path && (rc < 0 || !str_eq(buf_str(&out), str_of(paths[i].path))))
			fail_msg("%s became %.*s", paths[i].raw, (int)out.len, out.data);
		buf_done(&out);
	}
}

TEST(callers_are_let_in_by_address_and_network)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		void *items[] = { (void *)(uintptr_t)rows[i].row };
		struct json_list list = { items, 1 };

		if (peer_allowed(&list, rows[i].peer) != rows[i].in)
			fail_msg("%s and %s", rows[i].row, rows[i].peer);
	}
}

TEST(a_form_is_decoded)
{
	struct buf out = buf_new(100);

	form_decode(STR("a+b%20c%2"), &out);
	assert_true(str_eq(buf_str(&out), STR("a b c%2")));
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(every_spelling_of_a_path_is_resolved),
		RUN(callers_are_let_in_by_address_and_network),
		RUN(a_form_is_decoded),
	};

	return cmocka_run_group_tests_name("sim.path", tests, NULL, NULL);
}
