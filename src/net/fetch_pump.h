/* fetch_pump.h - a connection whose octets pass curl: through a proxy that is spoken to by TLS, of
 * which curl knows the keys. Its owner gets a descriptor like any other, the one end of a pair of
 * sockets; the pump carries between the other and curl.
 *
 *   owner's fd ==pair== near <-- 16 KB each way --> far: curl, TLS, the proxy
 *
 * One loop.  It ends with either end of it, or with its fetcher. */
#ifndef NET_FETCH_PUMP_H
#define NET_FETCH_PUMP_H

#include <curl/curl.h>

#include "base/list.h"

struct loop;

/* Takes over `easy`, whose connection is open (CURLOPT_CONNECT_ONLY) and which stays in `multi` as
 * long as the pump lives, since curl keeps the connection there; appends the pump to `pumps`.  The
 * owner's descriptor, close-on-exec; -errno: easy stays the caller's. */
MUST_USE int fetch_pump_open(struct loop *l, CURLM *multi, CURL *easy, struct link *pumps,
			     int *ret_fd);
void fetch_pumps_close(struct link *pumps);

#endif
