/* gen_rights.c - hub/auth/right.def for the dashboard: web/src/generated/rights.ts.
 *
 *   gen_rights [--check] OUTPUT.ts */
#include "gen.h"

#include <string.h>

int main(int argc, char **argv)
{
	struct buf out = buf_new(MIB);
	bool check = argc == 3 && strcmp(argv[1], "--check") == 0;

	if (argc != (check ? 3 : 2))
		gen_fail("usage: gen_rights [--check] OUTPUT.ts");
	gen_c_head(&out, "gen_rights");
	buf_puts(&out, "/** What a role may give, as `me` names it. */\nexport const rights = {\n");
#define X(name, number, text, roles, help) buf_puts(&out, "\t" text ": \"" help "\",\n");
#include "hub/auth/right.def"
#undef X
	buf_puts(&out, "} as const;\n\nexport type Right = keyof typeof rights;\n");
	gen_finish(argv[argc - 1], &out, check);
	buf_done(&out);
	return 0;
}
