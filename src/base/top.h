/* top.h - the first few of many elements, in order, without sorting the others.
 *
 * What is kept is a heap whose top is the last of them: an element that comes behind it is passed
 * over by one comparison.  n elements of which k are kept cost at most n log k comparisons, a
 * little more than n as a rule.  Pure. */
#ifndef BASE_TOP_H
#define BASE_TOP_H

#include <stddef.h>

struct top {
	void *items; /* the caller's, room for `want` elements */
	size_t size; /* of an element */
	size_t want; /* at least 1 */
	int (*compare)(const void *a, const void *b);
	size_t len; /* so many are kept */
};

/* Keeps a copy of the element if it is one of the first `want` so far. */
void top_offer(struct top *t, const void *item);
/* Brings what was kept into order; nothing more may be offered then. */
void top_sort(struct top *t);

#endif
