/* certificate.h - the certificate that a running hub shows: read again when the operator says so
 * (SIGHUP) and when its files have changed.
 *
 * A new pair that cannot be used, or is for another name than the hub's (or those of its sessions)
 * or another time than today while the old one is for it, leaves the old one in force, is logged
 * once a change, and is tried again with the next one: programs that renew certificates replace the
 * two files one after the other.  One that does not count yet is taken as soon as it does.
 * Connections that are open go on with what they have. */
#ifndef HUB_CERTIFICATE_H
#define HUB_CERTIFICATE_H

#include "hub/hub.h"
#include "net/loop.h"

struct tls;

struct certificate {
	struct loop *loop;
	const struct hub_config *config;
	struct tls *tls;
	const char *hosts[3]; /* the hub's, that of sessions; ends with NULL */
	struct timer timer;
	uint64_t files; /* what they were when they were last read */
	bool waits;     /* they hold a pair that may count later */
};

/* tls has just been made from the configuration's files; host is public_url's (hub_host_of()),
 * console one below console_suffix or NULL.  All live longer. */
void certificate_watch(struct certificate *c, struct loop *loop, const struct hub_config *config,
		       struct tls *tls, const char *host, const char *console);
void certificate_reload(struct certificate *c);
void certificate_unwatch(struct certificate *c); /* harmless if it was never watched */

#endif
