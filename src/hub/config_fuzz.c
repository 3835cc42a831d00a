/* config_fuzz.c - any octets as hub.conf: an address that was taken has an authority of its own,
 * which reads as itself, and regions are told apart. */
#include "hub/config.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void check_address(const struct hub_config *c, struct arena *mem)
{
	const char *authority, *again;

	if (!hub_authority_of(mem, c->public_url, -1, &authority))
		return;
	expect(authority[0] && !strpbrk(authority, "/@?# \t"));
	expect(hub_authority_of(mem, arena_printf(mem, "https://%s", authority), -1, &again));
	expect(strcmp(authority, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct config_problem problem = {};
	struct hub_config config = {};
	struct arena mem = {};

	if (config_parse((struct str){ (const char *)data, len }, hub_options, &mem, &config,
			 &problem) == 0) {
		check_address(&config, &mem);
		if (!hub_region_problem(config.region, config.regions))
			expect(strstr(config.regions, config.region) && strlen(config.region) <= 8);
		expect(config.poll_hold_ms >= 1000 && config.poll_hold_ms <= 60000);
	}
	arena_done(&mem);
	return 0;
}
