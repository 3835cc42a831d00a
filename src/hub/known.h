/* known.h - the list of vulnerable versions that counts now (model/advisory.h).
 *
 * Made before the store's threads and freed after them: known_find may be called on any thread,
 * known_load on the loop's. */
#ifndef HUB_KNOWN_H
#define HUB_KNOWN_H

#include "base/config.h"

struct known;

struct known *known_new(void); /* an empty list */
void known_free(struct known **k);

/* Takes over the file's list.  ERR_CONFIG with the line and what is wrong, ERR_TOO_LARGE, -errno:
 * the list that counted before still counts. */
MUST_USE int known_load(struct known *k, const char *path, struct config_problem *ret_problem);

/* What known_load would say of a file, always with problem.text where it is not 0. */
MUST_USE int known_check(const char *path, struct config_problem *ret_problem);

/* advisories_of() of the list that counts. */
const char *known_find(struct known *k, int product, const char *version, struct arena *mem);

#endif
