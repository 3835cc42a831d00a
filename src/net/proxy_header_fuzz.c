/* proxy_header_fuzz.c - any octets as the beginning of a balancer's connection: what was taken is
 * no longer than what came, tells an address if it says so, and each part of it is a beginning. */
#include <errno.h>
#include <stdlib.h>

#include "net/address.h"
#include "net/proxy_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct proxy_header h, part;
	char from[ADDRESS_TEXT_MAX];

	if (proxy_header_parse(data, len, &h) != 0)
		return 0;
	address_text(&h.from, from);
	if (h.len > len || h.len > PROXY_HEADER_MAX || h.told != (from[0] != 'u'))
		abort();
	for (size_t n = 0; n < h.len; n++)
		if (proxy_header_parse(data, n, &part) != -EAGAIN)
			abort();
	return 0;
}
