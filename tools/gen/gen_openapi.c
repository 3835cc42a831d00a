/* gen_openapi.c - the hub's route tables as web/openapi.json, of which the dashboard's types are
 * made.
 *
 *   gen_openapi [--check] OUTPUT.json */
#include "gen.h"

#include "api/openapi.h"
#include "hub/hub.h"

#include <string.h>

int main(int argc, char **argv)
{
	struct buf out = buf_new(GEN_FILE_MAX);
	bool check = argc == 3 && strcmp(argv[1], "--check") == 0;

	if (argc != (check ? 3 : 2))
		gen_fail("usage: gen_openapi [--check] OUTPUT.json");
	openapi_write(hub_routes(), &hub_openapi_names, &out);
	gen_finish(argv[argc - 1], &out, check);
	buf_done(&out);
	return 0;
}
