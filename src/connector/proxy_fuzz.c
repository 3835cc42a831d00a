/* proxy_fuzz.c - any octets as an address of a proxy, and as a list of exceptions: what was taken
 * has a host and a port, and reads again as itself. */
#include "base/err.h"
#include "connector/proxy.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct str text = { (const char *)data, len };
	struct fetch_proxy way, again;
	struct arena mem = {};

	if (proxy_parse(text, true, &mem, &way) == 0) {
		if (!strchr(way.authority, ':') || strpbrk(way.authority, "@/ \r\n"))
			abort();
		if (proxy_parse(str_of(way.authority), false, &mem, &again) < 0 ||
		    strcmp(again.authority, way.authority) != 0)
			abort();
	}
	(void)proxy_exempts(text, STR("hub.example.test"));
	arena_done(&mem);
	return 0;
}
