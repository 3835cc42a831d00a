/* advisory_fuzz.c - a list that parses has only what its form allows. */
#include "model/advisory.h"

#include "model/words.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct config_problem problem = {};
	struct advisories list = {};
	struct arena mem = {};

	if (advisories_parse((struct str){ (const char *)data, len }, &mem, &list, &problem) < 0 &&
	    (problem.line <= 0 || !problem.text[0]))
		abort();
	if (list.len > ADVISORIES_MAX)
		abort();
	for (size_t i = 0; i < list.len; i++)
		for (size_t j = 0; j < list.items[i].ranges_len; j++)
			if (list.items[i].ranges[j].from >= list.items[i].ranges[j].until)
				abort();
	for (int product = -1; product < PRODUCTS; product++)
		advisories_of(&list, product, "22.0.4", &mem);
	arena_done(&mem);
	return 0;
}
