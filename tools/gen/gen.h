/* gen.h - what the generators share: reading, writing C, and saying "this file is not fresh".
 *
 * Generators run at build time only, one job each, and end with exit code 1 and a sentence on
 * standard error when anything is not as it must be. */
#ifndef GEN_GEN_H
#define GEN_GEN_H

#include "base/buf.h"

#define GEN_FILE_MAX (64 * MIB)

NORETURN void gen_fail(const char *fmt, ...) PRINTF(1, 2);

/* The whole file; the caller frees it. */
struct buf gen_read(const char *path);

/* Writes `path`, or with `check` compares it with what is there and fails if they differ. */
void gen_finish(const char *path, const struct buf *content, bool check);

/* Appends a C string literal of any octets, broken into lines; "NULL" if s.p is NULL. */
void gen_c_string(struct buf *out, struct str s);

/* Appends "made by" as a comment. */
void gen_c_head(struct buf *out, const char *generator);

/* The part of a path behind its last '/'. */
struct str gen_base_name(const char *path);

#endif
