/* csv_fuzz.c - fields lie within the text or are shorter than it; reading ends. */
#include "base/csv.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct str text = { (const char *)data, len }, fields[5];
	struct arena mem = {};
	size_t rows = 0, octets = 0, n;
	int before = 0, rc;
	struct csv c;

	csv_begin(&c, text);
	expect(strchr(",;\t", c.separator));
	while ((rc = csv_row(&c, &mem, fields, 5, &n)) != 0) {
		expect(c.line > before);
		before = c.line;
		rows++;
		if (rc < 0)
			continue;
		expect(n >= 1 && n <= 5);
		for (size_t i = 0; i < n; i++)
			octets += fields[i].len;
	}
	expect(rows <= len && octets <= len && c.rest.len == 0);
	arena_done(&mem);
	return 0;
}
