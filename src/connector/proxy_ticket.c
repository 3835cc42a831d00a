/* proxy_ticket.c - see proxy_ticket.h. */
#include "connector/proxy_ticket.h"
#include "base/err.h"
#include "base/os.h"
#include "net/kerberos.h"
#include <stdio.h>

#define TOKEN_MAX (60 * KIB)

const struct arg proxy_ticket_args[] = { {} };

int proxy_ticket_run(const struct args *args)
{
	const char *host = args_word(args, 0);
	struct buf token = buf_new(TOKEN_MAX);
	char why[KERBEROS_WHY_MAX] = "";
	int rc;

	os_no_core_dumps();
	if (!host || args_word(args, 1)) {
		fputs("proxy-ticket: HOST\n", stderr);
		return EXIT_USAGE;
	}
	rc = kerberos_answer(host, &token, why);
	if (rc == 0)
		printf("token %.*s\n", (int)token.len, (const char *)token.data);
	else
		printf("failed %s\n", why);
	buf_wipe(&token);
	return rc == 0 ? EXIT_DONE : EXIT_FAILED;
}
