/* arena.h - memory that dies together: a request's, a job's, a report's.
 *
 * Out of memory aborts (base/os.h, die()).  An arena belongs to one thread at a time.  Chunks grow
 * from 512 octets to 16 KiB, so that an idle request costs little; `arena_wipe` is for secrets. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/cc.h"
#include <stdint.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks; /* newest first; NULL in an empty arena: {} is a valid arena */
	size_t used_bytes;          /* all that was handed out, for limits */
};

/* Zeroed memory, aligned for any type; never NULL. */
void *arena_alloc(struct arena *a, size_t size);
void *arena_dup(struct arena *a, const void *data, size_t len);  /* len octets */
char *arena_strdup(struct arena *a, const char *s);              /* NULL gives NULL */
char *arena_strndup(struct arena *a, const char *s, size_t len); /* adds the NUL */
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);

#define ARENA_NEW(a, type)      ((type *)arena_alloc(a, sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_alloc_array(a, sizeof(type), n))
void *arena_alloc_array(struct arena *a, size_t size, size_t n); /* dies on overflow */

/* All that is in `from` lives as long as `a` now; `from` is empty. */
void arena_join(struct arena *a, struct arena *from);
/* Frees everything; the arena is empty and usable again.  _wipe overwrites it first. */
void arena_done(struct arena *a);
void arena_wipe(struct arena *a);

/* malloc, calloc, realloc, strdup that die() when there is no memory. */
void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);

#endif
