/* gen_errors.c - base/err.def for the dashboard: web/src/generated/errors.ts.
 *
 *   gen_errors [--check] OUTPUT.ts
 *
 * Only what a browser can meet as a problem's `code`; the words for people are error.<code> in
 * texts/. */
#include "gen.h"

#include "base/err.h"

#include <string.h>

static const char *const retries[] = {
	[RETRY_NO] = "no", [RETRY_LATER] = "later", [RETRY_FRESH] = "fresh"
};

static void put(struct buf *out, int rc)
{
	buf_printf(out, "\t%s: { status: %d, retry: \"%s\" },\n", err_code(rc), err_status(rc),
		   retries[err_retry(rc)]);
}

int main(int argc, char **argv)
{
	struct buf out = buf_new(MIB);
	bool check = argc == 3 && strcmp(argv[1], "--check") == 0;

	if (argc != (check ? 3 : 2))
		gen_fail("usage: gen_errors [--check] OUTPUT.ts");
	gen_c_head(&out, "gen_errors");
	buf_puts(&out,
		 "/** Every `code` of a problem (RFC 9457): its HTTP status, and whether the same "
		 "call may succeed later. */\nexport const errors = {\n");
#define X(name, number, code, status, retry, title) put(&out, name);
#include "base/err.def"
#undef X
	buf_puts(&out, "} as const;\n\nexport type ErrorCode = keyof typeof errors;\n");
	gen_finish(argv[argc - 1], &out, check);
	buf_done(&out);
	return 0;
}
