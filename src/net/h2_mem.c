/* h2_mem.c - nghttp2's memory: wiped when it is given back, because frames and header tables held
 * what passed through (design: nothing of it is kept). */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "net/h2_int.h"

/* malloc(3) does not tell how much it gave, so each piece begins with its size. */
struct piece {
	_Alignas(max_align_t) size_t size;
	uint8_t data[];
};

static struct piece *piece_of(void *p)
{
	return CONTAINER_OF(p, struct piece, data);
}

static void *mem_malloc(size_t size, void *arg)
{
	struct piece *p;

	if (size > SIZE_MAX - sizeof(*p))
		return NULL;
	p = xmalloc(sizeof(*p) + size);
	p->size = size;
	return p->data;
}

static void *mem_calloc(size_t n, size_t size, void *arg)
{
	void *p;

	if (__builtin_mul_overflow(n, size, &size))
		return NULL;
	p = mem_malloc(size, arg);
	if (p)
		memset(p, 0, size);
	return p;
}

static void mem_free(void *p, void *arg)
{
	if (!p)
		return;
	secret_wipe(p, piece_of(p)->size);
	free(piece_of(p));
}

static void *mem_realloc(void *p, size_t size, void *arg)
{
	void *more = mem_malloc(size, arg);

	if (p && more) {
		size_t old = piece_of(p)->size;

		memcpy(more, p, old < size ? old : size);
		mem_free(p, arg);
	}
	return more;
}

const nghttp2_mem h2_mem = {
	.malloc = mem_malloc,
	.free = mem_free,
	.calloc = mem_calloc,
	.realloc = mem_realloc,
};
