/* kerberos.h - the answer to a proxy that asks for a Kerberos ticket (RFC 4559, SPNEGO).
 *
 * It may wait for a key server, for as long as the machine's krb5.conf lets it, and the library
 * knows no deadline: never on a loop.  Who wants one beside other work asks a program (program.h)
 * whose command this is. */
#ifndef NET_KERBEROS_H
#define NET_KERBEROS_H

#include "base/buf.h"

#define KERBEROS_WHY_MAX 256

/* Appends the token for HTTP@host, by the account's own ticket, in base64.  ERR_PROXY_AUTH: there
 * is none; `ret_why` says so in the library's words. */
MUST_USE int kerberos_answer(const char *host, struct buf *out,
			     char ret_why[static KERBEROS_WHY_MAX]);

#endif
