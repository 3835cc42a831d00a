/* free_wipes.c - a program that is linked with this file overwrites what it frees.
 *
 * A print server's answers pass through the memory of libraries (curl, jansson, libxml2, libcups,
 * the resolver) that give back what they held as it is.  There is one place where all of it goes
 * by: the C library lets a program take the place of free() and realloc() ("Replacing malloc" in
 * its manual).  These wipe, then hand on to those they stand in front of.  docs/adr/0020. */
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if SANITIZED
/* A sanitizer's allocator frees before the program begins, and has a door of its own
 * (sanitizer/allocator_interface.h, which gcc does not ship). */
size_t __sanitizer_get_allocated_size(const volatile void *p);
void __sanitizer_free_hook(const volatile void *p);

void __sanitizer_free_hook(const volatile void *p)
{
	explicit_bzero((void *)(uintptr_t)p, __sanitizer_get_allocated_size(p));
}
#else
typedef void free_fn(void *p);

static free_fn *next_free(void)
{
	static _Atomic(free_fn *) known;
	free_fn *f = atomic_load_explicit(&known, memory_order_relaxed);

	if (!f) {
		f = (free_fn *)dlsym(RTLD_NEXT, "free");
		if (!f)
			abort();
		atomic_store_explicit(&known, f, memory_order_relaxed);
	}
	return f;
}

static void wipe_and_free(void *p)
{
	if (!p)
		return;
	explicit_bzero(p, malloc_usable_size(p));
	next_free()(p);
}

/* The next one would free what it moves away from by itself. */
static void *move_and_wipe(void *p, size_t size)
{
	size_t room = p ? malloc_usable_size(p) : 0;
	void *moved;

	if (p && size == 0) {
		wipe_and_free(p);
		return NULL;
	}
	if (p && size <= room && size >= room / 2)
		return p;
	moved = malloc(size);
	if (moved && p) {
		memcpy(moved, p, size < room ? size : room);
		wipe_and_free(p);
	}
	return moved;
}

static void *move_and_wipe_array(void *p, size_t n, size_t size)
{
	if (__builtin_mul_overflow(n, size, &size)) {
		errno = ENOMEM;
		return NULL;
	}
	return move_and_wipe(p, size);
}

static void wipe_and_delete(void *p, size_t size)
{
	wipe_and_free(p);
}

__typeof__(free) free __attribute__((alias("wipe_and_free")));
__typeof__(realloc) realloc __attribute__((alias("move_and_wipe")));
/* mimalloc has these in its own way, past the two above.  C++'s operators delete, of an object and
 * of an array, without and with its size: libraries of ours have parts in C++. */
__typeof__(reallocarray) reallocarray __attribute__((alias("move_and_wipe_array")));
typedef void delete_fn(void *p, size_t size);
__typeof__(free) _ZdlPv __attribute__((alias("wipe_and_free")));
__typeof__(free) _ZdaPv __attribute__((alias("wipe_and_free")));
delete_fn _ZdlPvm __attribute__((alias("wipe_and_delete")));
delete_fn _ZdaPvm __attribute__((alias("wipe_and_delete")));
#endif
