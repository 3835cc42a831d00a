/* map.h - a hash table from short keys (ids, thumbprints, addresses) to pointers.
 *
 * Keys are copied (at most 64 octets) and hashed with a per-table random seed (SipHash-1-3), so a
 * peer cannot choose collisions.  One thread.  The table does not own its values. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/buf.h"

struct map_slot;

struct map {
	struct map_slot *slots; /* {} is an empty table */
	size_t len, cap;
	uint64_t seed[2];
};

void *map_get(const struct map *m, const void *key, size_t len);        /* NULL if absent */
void *map_put(struct map *m, const void *key, size_t len, void *value); /* the old value or NULL */
void *map_remove(struct map *m, const void *key, size_t len);           /* the value or NULL */
/* Calls fn for each entry, in no order; fn must not change the table. */
void map_each(const struct map *m, void (*fn)(void *value, void *arg), void *arg);
void map_done(struct map *m);

#endif
