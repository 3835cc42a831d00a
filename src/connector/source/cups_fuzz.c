/* cups_fuzz.c - IPP answers from whoever answers. */
#include "connector/source/cups.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reading *r = reading_new();

	cups_read_printers((struct str){ (const char *)data, len }, r);
	reading_free(&r);
	return 0;
}
