/* config.h - hub.conf: one table of options makes parser, check-config, init's file and the manual.
 */
#ifndef HUB_CONFIG_H
#define HUB_CONFIG_H

#include "base/config.h"
#include "hub/hub.h"

extern const struct option hub_options[];

/* Where things lie, made from the configuration; texts in `mem`. */
struct hub_paths {
	const char *database, *keys, *lock;
};
struct hub_paths hub_paths_of(struct arena *mem, const struct hub_config *config);

/* The first file that is there of the store `database`, its log included, in `mem`; NULL: none. */
const char *hub_store_file(const char *database, struct arena *mem);

/* Reads and checks `path`; what is wrong is told on standard error.  False: the program ends. */
bool hub_config_load(const char *path, struct arena *mem, struct hub_config *ret_config);

/* "https://Hub.example.test:8443/" -> authority "hub.example.test:8443", the default port left out;
 * a port of 0 and above replaces the URL's.  False: it is no such URL.  In `mem`. */
bool hub_authority_of(struct arena *mem, const char *public_url, int port,
		      const char **ret_authority);

/* The name or address in a public_url that was found good, without port and brackets.  In `mem`. */
const char *hub_host_of(struct arena *mem, const char *public_url);

/* NULL, or what is wrong with a region and the list of regions. */
const char *hub_region_problem(const char *region, const char *regions);

/* NULL, or what is wrong with console_suffix; `authority` is public_url's. */
const char *hub_console_problem(const struct hub_config *c, const char *authority);

/* Whether browsers may hold two names for one site: then a page under one can set cookies for the
 * other, for both.  By their last labels: two, or three where the second looks like a registry's
 * ("co.uk"); who is in the Public Suffix List is not known here, so it is a warning at most. */
bool hub_same_site(const char *a, const char *b);

/* NULL, or what is wrong with mail.*. */
const char *hub_mail_problem(const struct hub_config *c);

/* Appends a hub.conf that says these and shows all other options as comments. */
struct hub_given {
	const char *public_url, *listen, *region;
	const char *regions, *data_dir; /* NULL: the default */
};
void hub_config_write(struct buf *out, const struct hub_given *given);
#define HUB_REGIONS "us de uk au"

#endif
