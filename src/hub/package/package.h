/* package.h - the connector packages that the hub hands out to whoever was sent an invitation's
 * link: no login (R7).
 *
 * SHA256SUMS in the folder `packages_dir`, as sha256sum writes it, says which they are; what is not
 * in it, or not as it says, is not handed out.  All are read once, when the hub starts: what leaves
 * is what was compared, no request's path reaches the disk, and a slow reader costs no buffer. */
#ifndef HUB_PACKAGE_PACKAGE_H
#define HUB_PACKAGE_PACKAGE_H

#include "base/hash.h"
#include "hub/hub.h"

#define PACKAGES_MAX       16
#define PACKAGES_MAX_BYTES (64 * MIB) /* all together: they stay in memory */

struct package {
	const char *name; /* "imprimatur-connector_0.1.0_amd64.deb" */
	const char *os, *arch, *version;
	const char *type; /* media type */
	char sha256[2 * HASH_LEN + 1];
	const char *sha256_text; /* the same, for the encoder */
	int64_t bytes;
	struct buf data;
};

struct packages {
	struct arena mem;
	void *items[PACKAGES_MAX]; /* struct package *, in the order of SHA256SUMS */
	size_t len;
	size_t bytes;
	size_t bad; /* what was named but is not handed out */
};

/* Those of the folder; none if it or its SHA256SUMS is not there, or `dir` is NULL.  What is wrong
 * with one is logged (EV_PACKAGE_BAD).  Blocks: for the start. */
struct packages *packages_load(const char *dir);
void packages_free(struct packages **p); /* *p may be NULL */

const struct package *packages_find(const struct packages *p, const char *name);

extern const struct slice package_slice;

#endif
