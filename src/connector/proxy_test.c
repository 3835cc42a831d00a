/* proxy_test.c */
#include "base/test.h"
#include "base/err.h"
#include "connector/options.h"
#include "connector/proxy.h"
#include <string.h>

static const char *const *environment; /* name, value, ...; NULL */

static const char *env(const char *name)
{
	for (const char *const *e = environment; e && *e; e += 2)
		if (strcmp(e[0], name) == 0)
			return e[1];
	return NULL;
}

struct chosen {
	struct arena mem;
	struct options options;
	struct proxy proxy;
	struct config_problem problem;
	int rc;
};

static void choose(struct chosen *c, const char *lines, const char *const *variables)
{
	struct buf text = buf_new(KIB);

	*c = (struct chosen){};
	environment = variables;
	buf_printf(&text, "hub.url = https://hub.example.test:8443\n%s", lines);
	c->rc = options_parse(buf_str(&text), &c->mem, &c->options, &c->problem);
	if (c->rc == 0)
		c->rc = proxy_choose(&c->options, env, &c->mem, &c->proxy, &c->problem);
	buf_done(&text);
}

static void done(struct chosen *c)
{
	arena_wipe(&c->mem);
}

#define ENV(...) ((const char *const[]){ __VA_ARGS__, NULL })

TEST(R67_without_any_setting_there_is_no_proxy)
{
	struct chosen c;

	choose(&c, "", NULL);
	assert_int_equal(c.rc, 0);
	assert_null(proxy_way(&c.proxy));
	assert_int_equal(c.proxy.origin, PROXY_NOWHERE);
	done(&c);
	choose(&c, "", ENV("https_proxy", ""));
	assert_null(proxy_way(&c.proxy));
	done(&c);
}

TEST(R67_the_file_decides_before_the_environment_also_for_none)
{
	struct chosen c;

	choose(&c, "proxy.url = http://one:3128\n", ENV("https_proxy", "http://two:1"));
	assert_int_equal(c.rc, 0);
	assert_string_equal(c.proxy.way.authority, "one:3128");
	assert_string_equal(c.proxy.url, "http://one:3128");
	assert_null(c.proxy.variable);
	done(&c);
	choose(&c, "proxy.url = none\n", ENV("https_proxy", "http://two:1"));
	assert_int_equal(c.rc, 0);
	assert_null(proxy_way(&c.proxy));
	assert_int_equal(c.proxy.origin, PROXY_CONFIGURED);
	done(&c);
}

TEST(R67_the_environment_is_asked_in_its_order)
{
	struct chosen c;

	choose(&c, "", ENV("ALL_PROXY", "socks5://three", "HTTPS_PROXY", "two:8080"));
	assert_int_equal(c.proxy.way.kind, FETCH_PROXY_HTTP);
	assert_string_equal(c.proxy.way.authority, "two:8080");
	assert_string_equal(c.proxy.variable, "HTTPS_PROXY");
	done(&c);
	choose(&c, "", ENV("all_proxy", "socks5h://three"));
	assert_int_equal(c.proxy.way.kind, FETCH_PROXY_SOCKS5);
	assert_string_equal(c.proxy.url, "socks5://three:1080");
	done(&c);
	/* Only what is meant for https. */
	choose(&c, "", ENV("http_proxy", "http://four:1"));
	assert_null(proxy_way(&c.proxy));
	done(&c);
}

TEST(R66_the_environments_password_is_taken_off_its_address)
{
	struct chosen c;

	choose(&c, "", ENV("https_proxy", "http://CORP%5Cjoe:p%40s@s:w@proxy:3128/"));
	assert_int_equal(c.rc, 0);
	assert_string_equal(c.proxy.way.user, "CORP\\joe");
	assert_string_equal(c.proxy.way.password, "p@s@s:w");
	assert_string_equal(c.proxy.url, "http://proxy:3128");
	done(&c);
}

TEST(R66_a_password_in_the_files_address_is_refused_and_not_repeated)
{
	struct chosen c;

	choose(&c, "proxy.url = http://joe:geheim@proxy:3128\n", NULL);
	assert_int_equal(c.rc, ERR_CONFIG);
	assert_null(strstr(c.problem.text, "geheim"));
	done(&c);
	choose(&c, "", ENV("https_proxy", "http://joe:geheim@proxy:99999"));
	assert_int_equal(c.rc, ERR_CONFIG);
	assert_null(strstr(c.problem.text, "geheim"));
	done(&c);
}

TEST(R66_a_configured_user_is_never_shown_to_the_environments_proxy)
{
	struct chosen c;

	choose(&c, "proxy.user = joe\n", ENV("https_proxy", "http://two:1"));
	assert_int_equal(c.rc, ERR_CONFIG);
	done(&c);
	choose(&c, "proxy.url = none\nproxy.user = joe\n", NULL);
	assert_int_equal(c.rc, ERR_CONFIG);
	done(&c);
	choose(&c, "proxy.url = http://one:1\nproxy.password = x\n", NULL);
	assert_int_equal(c.rc, ERR_CONFIG);
	done(&c);
}

TEST(the_ticket_is_used_only_where_it_is_asked_for)
{
	struct chosen c;

	choose(&c, "proxy.url = http://one:1\n", NULL);
	assert_int_equal(c.proxy.way.auth, FETCH_AUTH_BASIC | FETCH_AUTH_DIGEST | FETCH_AUTH_NTLM);
	done(&c);
	choose(&c, "proxy.url = http://one:1\nproxy.auth = negotiate\n", NULL);
	assert_int_equal(c.proxy.way.auth, FETCH_AUTH_NEGOTIATE);
	done(&c);
	choose(&c, "proxy.url = http://one:1\nproxy.auth = ntlm\n", NULL);
	assert_int_equal(c.proxy.way.auth, FETCH_AUTH_NTLM);
	done(&c);
}

TEST(only_addresses_of_proxies_are_taken)
{
	static const char *const good[] = {
		"http://proxy", "https://proxy.example.test:443/", "socks5://[2001:db8::1]:1080",
		"proxy:3128",   "HTTP://192.0.2.1:3128",           "http://[::1]"
	};
	static const char *const bad[] = { "",
					   "http://",
					   "ftp://proxy:1",
					   "http://proxy:0",
					   "http://proxy:65536",
					   "http://proxy:",
					   "http://pro xy:1",
					   "http://proxy:1/path",
					   "http://u:p@proxy:1",
					   "http://[::1",
					   "http://[g]:1",
					   "http://proxy\r\nX: y:1",
					   "socks4://proxy:1" };
	struct fetch_proxy way;
	struct arena mem = {};

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_int_equal(proxy_parse(str_of(good[i]), false, &mem, &way), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(proxy_parse(str_of(bad[i]), false, &mem, &way), ERR_CONFIG);
	/* What decodes to a line end could forge a header. */
	assert_int_equal(proxy_parse(STR("http://a%0d%0a:b@proxy:1"), true, &mem, &way),
			 ERR_CONFIG);
	arena_done(&mem);
}

TEST(exceptions_are_names_with_all_that_ends_in_them)
{
	static const struct {
		const char *list, *host;
		bool yes;
	} rows[] = {
		{ "hub.example.test", "hub.example.test", true },
		{ "localhost, .example.test", "hub.Example.test", true },
		{ "example.test", "hub.example.test", true },
		{ "ample.test", "hub.example.test", false },
		{ "hub.example.test.evil", "hub.example.test", false },
		{ "*", "anything", true },
		{ "192.0.2.1 10.0.0.1", "10.0.0.1", true },
		{ "::1", "[::1]", true },
		{ "[::1]", "[::1]", true },
		{ ",, ", "hub", false },
		{ ".", "hub.", false },
		{ "", "hub", false },
	};
	struct chosen c;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(proxy_exempts(str_of(rows[i].list), str_of(rows[i].host)),
				 rows[i].yes);
	choose(&c, "proxy.url = http://one:1\nproxy.no_proxy = other, hub.example.test\n", NULL);
	assert_null(proxy_way(&c.proxy));
	assert_int_equal(c.proxy.origin, PROXY_CONFIGURED);
	done(&c);
	choose(&c, "", ENV("https_proxy", "http://two:1", "no_proxy", ".example.test"));
	assert_null(proxy_way(&c.proxy));
	done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(R67_without_any_setting_there_is_no_proxy),
		RUN(R67_the_file_decides_before_the_environment_also_for_none),
		RUN(R67_the_environment_is_asked_in_its_order),
		RUN(R66_the_environments_password_is_taken_off_its_address),
		RUN(R66_a_password_in_the_files_address_is_refused_and_not_repeated),
		RUN(R66_a_configured_user_is_never_shown_to_the_environments_proxy),
		RUN(the_ticket_is_used_only_where_it_is_asked_for),
		RUN(only_addresses_of_proxies_are_taken),
		RUN(exceptions_are_names_with_all_that_ends_in_them),
	};

	return cmocka_run_group_tests_name("connector.proxy", tests, NULL, NULL);
}
