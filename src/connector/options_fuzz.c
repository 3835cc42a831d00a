/* options_fuzz.c - any octets as connector.conf: what was taken names a hub that can be signed for,
 * a settings page that only this machine reaches and a proxy without a password in it; a value that
 * is set into any file is that value or nothing, and touches no other line. */
#include "connector/options.h"
#include "connector/proxy.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void check(const struct options *o)
{
	struct buf authority = buf_new(HUB_URL_MAX + 1);

	expect(options_hub_url_ok(o->hub_url));
	options_authority(o->hub_url, &authority);
	expect(buf_status(&authority) == 0 && authority.len > 0);
	expect(str_starts(str_of(o->settings_listen), STR("127.0.0.1:")) ||
	       str_starts(str_of(o->settings_listen), STR("[::1]:")) ||
	       strcmp(o->settings_listen, SETTINGS_OFF_WORD) == 0);
	expect(o->source_interval_ms >= 1000);
	expect(o->ledger_max_bytes > 0 && o->spool_max_bytes > 0 && o->usage_floor > 0);
	expect(!o->proxy_url || strcmp(o->proxy_url, PROXY_NONE_WORD) == 0 ||
	       !strchr(o->proxy_url, '@'));
	buf_done(&authority);
}

/* The settings page writes what a person typed: the first line of the input into the rest of it. */
static void check_set(struct str all)
{
	static const char name[] = "licence.organisation";
	struct buf text = buf_new(OPTIONS_FILE_MAX), before = buf_new(OPTIONS_FILE_MAX);
	struct str rest = all, value, got;

	if (!str_split(&rest, '\n', &value) || !rest.p)
		return;
	buf_putstr(&text, rest);
	if (buf_status(&text) == 0 && config_set(&text, name, (struct str){}) == 0) {
		buf_putstr(&before, buf_str(&text));
		expect(!config_get(buf_str(&text), name, &got));
		if (config_set(&text, name, value) == 0) {
			expect(config_get(buf_str(&text), name, &got));
			expect(str_eq(got, str_trim(value)));
			expect(config_set(&text, name, (struct str){}) == 0);
		}
		expect(str_eq(buf_str(&text), buf_str(&before)));
	}
	buf_done(&before);
	buf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct str text = { (const char *)data, len };
	struct config_problem problem = {};
	struct arena mem = {};
	struct options o;

	if (options_parse(text, &mem, &o, &problem) == 0)
		check(&o);
	else
		expect(problem.line >= 0 && problem.text[0] && utf8_valid(str_of(problem.text)));
	check_set(text);
	arena_wipe(&mem);
	return 0;
}
