/* ranges.h - a short, sorted list of sequence-number ranges that do not touch.
 *
 * What was acknowledged, tried or given up comes in runs, so few ranges say it all; the fixed size
 * is the limit on what a peer can make grow.  Plain values, no ownership, one thread. */
#ifndef CONNECTOR_RANGES_H
#define CONNECTOR_RANGES_H

#include "base/cc.h"
#include <stdbool.h>
#include <stdint.h>

#define RANGES_MAX 32

struct range {
	uint64_t first, last; /* both included */
};

struct ranges {
	struct range r[RANGES_MAX];
	unsigned len;
};

/* False, and nothing changed, if one more range would be needed than there is room for. */
bool ranges_add(struct ranges *s, uint64_t first, uint64_t last);
bool ranges_eq(const struct ranges *a, const struct ranges *b);
bool ranges_have(const struct ranges *s, uint64_t seq);
/* Forgets all up to and including seq. */
void ranges_cut(struct ranges *s, uint64_t seq);
/* Joins the two lowest ranges, what lies between them included. */
void ranges_join_lowest(struct ranges *s);
/* How many numbers of first..last are in it. */
uint64_t ranges_count(const struct ranges *s, uint64_t first, uint64_t last);

#endif
