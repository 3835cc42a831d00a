/* label_fuzz.c - a label is short, well-formed, and a label of itself; masking leaves nothing to
 * mask. */
#include "model/label.h"

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
	struct str in = { (const char *)data, len };
	char label[LABEL_SIZE], again[LABEL_SIZE], version[VERSION_SIZE];
	size_t n = label_of_name(in, label);

	expect(n <= LABEL_MAX && strlen(label) == n);
	expect(utf8_valid(str_of(label)));
	expect(label_ok(str_of(label)));
	label_mask(str_of(label), again);
	expect(strcmp(label, again) == 0);

	label_mask(in, label);
	label_mask(str_of(label), again);
	expect(strcmp(label, again) == 0);

	if (version_of(in, version))
		expect(strspn(version, "0123456789.") == strlen(version));
	return 0;
}
