/* config.h - hub.conf: the one table of the hub's options. */
#ifndef HUB_CONFIG_H
#define HUB_CONFIG_H

#include "base/config.h"
#include "hub/hub.h"

extern const struct option hub_options[];

/* Reads and checks; texts live in `mem`.  ERR_CONFIG with *ret_problem, -errno. */
MUST_USE int hub_config_read(const char *path, struct arena *mem, struct hub_config *ret_config,
			     struct config_problem *ret_problem);

/* "https://hub.example.test:8443/" -> the origin without path and default port, in `mem`; NULL if it is
 * no https URL of a host alone (R55). */
const char *hub_origin_of(const char *public_url, struct arena *mem);

/* The origin's host and port: what Host has to be and signatures cover. */
const char *hub_authority_of(const char *origin);

#endif
