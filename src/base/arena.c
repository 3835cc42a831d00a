/* arena.c - a chain of chunks, newest first.
 *
 * A request that fits the chunk at hand is a bump of a counter; one that does not gets a chunk of
 * its own, twice the size of the last up to CHUNK_MAX.  Nothing is given back before arena_done. */
#include "base/arena.h"
#include "base/os.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* With their heads: up to 1 KiB malloc keeps what was freed at hand. */
#define CHUNK_MIN ((size_t)512)
#define CHUNK_MAX (16 * KIB)
#define ALIGNMENT sizeof(max_align_t)

struct arena_chunk {
	struct arena_chunk *older;
	size_t size, used; /* octets of data */
	max_align_t data[];
};

static struct arena_chunk *add_chunk(struct arena *a, size_t need)
{
	struct arena_chunk *c;
	size_t whole = a->chunks ? 2 * (sizeof(*c) + a->chunks->size) : CHUNK_MIN;
	size_t size;

	if (whole > CHUNK_MAX)
		whole = CHUNK_MAX;
	size = whole - sizeof(*c);
	if (size < need)
		size = need;
	c = xmalloc(sizeof(*c) + size);
	c->older = a->chunks;
	c->size = size;
	c->used = 0;
	a->chunks = c;
	return c;
}

/* As it comes: whatever lay there. */
static void *take(struct arena *a, size_t size)
{
	struct arena_chunk *c = a->chunks;
	size_t need;
	void *p;

	if (add_overflow(size, ALIGNMENT - 1, &need) || need > SIZE_MAX / 4)
		die("an allocation of %zu octets", size);
	need -= need % ALIGNMENT;
	if (!c || need > c->size - c->used)
		c = add_chunk(a, need);
	p = (char *)c->data + c->used;
	c->used += need;
	a->used_bytes += need;
	return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
	return memset(take(a, size), 0, size);
}

void *arena_alloc_array(struct arena *a, size_t size, size_t n)
{
	size_t all;

	if (mul_overflow(size, n, &all))
		die("an allocation of %zu times %zu octets", n, size);
	return arena_alloc(a, all);
}

void *arena_dup(struct arena *a, const void *data, size_t len)
{
	void *p = take(a, len);

	if (len > 0)
		memcpy(p, data, len);
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p;

	if (len == SIZE_MAX)
		die("a text of %zu octets", len);
	p = take(a, len + 1);
	if (len > 0)
		memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

PRINTF(2, 0)
static char *format(struct arena *a, const char *fmt, va_list ap)
{
	char small[128];
	va_list again;
	char *p;
	int len;

	va_copy(again, ap);
	len = vsnprintf(small, sizeof(small), fmt, again);
	va_end(again);
	if (len < 0)
		die("text could not be formatted");
	if ((size_t)len < sizeof(small))
		return arena_strndup(a, small, (size_t)len);
	p = arena_alloc(a, (size_t)len + 1);
	vsnprintf(p, (size_t)len + 1, fmt, ap);
	return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = format(a, fmt, ap);
	va_end(ap);
	return p;
}

void arena_join(struct arena *a, struct arena *from)
{
	struct arena_chunk **end = &a->chunks;

	while (*end)
		end = &(*end)->older;
	*end = from->chunks;
	a->used_bytes += from->used_bytes;
	*from = (struct arena){};
}

void arena_done(struct arena *a)
{
	while (a->chunks) {
		struct arena_chunk *c = a->chunks;

		a->chunks = c->older;
		free(c);
	}
	a->used_bytes = 0;
}

void arena_wipe(struct arena *a)
{
	for (struct arena_chunk *c = a->chunks; c; c = c->older)
		explicit_bzero(c->data, c->used);
	arena_done(a);
}

void *xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		die("out of memory");
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		die("out of memory");
	return p;
}

void *xrealloc(void *p, size_t size)
{
	p = realloc(p, size ? size : 1);
	if (!p)
		die("out of memory");
	return p;
}

char *xstrdup(const char *s)
{
	size_t size = strlen(s) + 1;

	return memcpy(xmalloc(size), s, size);
}
