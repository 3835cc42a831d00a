/* gen_openapi.c - see gen_openapi.h; of what it writes the pages' types are made. */
#include "gen_openapi.h"

#include "gen.h"

#include <string.h>

int gen_openapi(int argc, char **argv, const struct route *const *routes,
		const struct openapi_names *names)
{
	struct buf out = buf_new(GEN_FILE_MAX);
	bool check = argc == 3 && strcmp(argv[1], "--check") == 0;

	if (argc != (check ? 3 : 2))
		gen_fail("usage: gen_openapi [--check] OUTPUT.json");
	openapi_write(routes, names, &out);
	gen_finish(argv[argc - 1], &out, check);
	buf_done(&out);
	return 0;
}
