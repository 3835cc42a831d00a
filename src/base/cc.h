/* cc.h - the few compiler extensions we use, under names that say what they are for.
 *
 * gnu17 on gcc 12 and clang 14; a later -std=c23 changes this file only. */
#ifndef BASE_CC_H
#define BASE_CC_H

#include <assert.h>
#include <stddef.h>

#define MUST_USE          __attribute__((warn_unused_result))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define NORETURN          __attribute__((noreturn))
#define UNUSED            __attribute__((unused))
#define CLEANUP(f)        __attribute__((cleanup(f)))

#define ARRAY_LEN(a)                    (sizeof(a) / sizeof((a)[0]))
#define CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/* Moves a pointer out of a CLEANUP() variable at hand-over. */
#define TAKE(p)                                                                                    \
	({                                                                                         \
		typeof(p) taken_ = (p);                                                            \
		(p) = NULL;                                                                        \
		taken_;                                                                            \
	})
#define TAKE_FD(fd)                                                                                \
	({                                                                                         \
		int taken_ = (fd);                                                                 \
		(fd) = -1;                                                                         \
		taken_;                                                                            \
	})

#define add_overflow(a, b, ret) __builtin_add_overflow(a, b, ret)
#define mul_overflow(a, b, ret) __builtin_mul_overflow(a, b, ret)

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)

#endif
