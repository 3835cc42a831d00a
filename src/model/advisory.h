/* advisory.h - publicly known vulnerabilities of print servers, and which versions are open to
 *them.
 *
 * The list is a file that the operator keeps; a line is
 *
 *	CVE-2023-27350 papercut 8.0..20.1.7 21.0..21.2.11 22.0..22.0.9
 *
 * the advisory's id, the product (`papercut`, `papercut-mf`, `papercut-ng`, `cups`), and ranges of
 * versions, each from the first that is open to it to the first that is not.  '#' begins a comment.
 * Versions are compared as numbers.  A product whose edition is not known is open to what all
 * editions are open to.
 *
 * A list is constant once it is read and lives in the arena given.  Pure. */
#ifndef MODEL_ADVISORY_H
#define MODEL_ADVISORY_H

#include "base/arena.h"
#include "base/config.h"

#define ADVISORIES_MAX       1000
#define ADVISORY_RANGES_MAX  16
#define ADVISORIES_FILE_MAX  (256 * KIB)
#define ADVISORIES_SHOWN_MAX 8 /* ids that one version is told of; the first in the file */

struct advisory_range {
	int64_t from, until; /* version_number() */
};

struct advisory {
	const char *id;
	unsigned products; /* one bit an enum product */
	size_t ranges_len;
	struct advisory_range ranges[ADVISORY_RANGES_MAX];
};

struct advisories {
	struct advisory *items;
	size_t len;
};

/* ERR_CONFIG with the line and what is wrong with it; *ret_list is then untouched.  Fuzzed. */
MUST_USE int advisories_parse(struct str text, struct arena *mem, struct advisories *ret_list,
			      struct config_problem *ret_problem);

/* The ids, with commas between them, in `mem`; NULL: none, or product (enum product, -1) or version
 * (NULL) is not known. */
const char *advisories_of(const struct advisories *list, int product, const char *version,
			  struct arena *mem);

#endif
