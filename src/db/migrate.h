/* migrate.h - brings the store to the schema that this program was built with.
 *
 * The numbered files of schema/ are compiled in.  What the store lacks runs in one transaction
 * together with its row in schema_version (number, name, SHA-256 of the text): forward only. */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include "base/cc.h"

struct engine;

struct migration {
	int version; /* the file's number, from 1 upwards; one may be missing */
	const char *name, *sql;
};

/* Generated from schema/; ends with version 0. */
extern const struct migration migrations[];

/* The version that the store has, 0 before its first schema, and the one that `list` would bring it
 * to.  ERR_NEWER, ERR_CORRUPT as below. */
MUST_USE int migrate_versions(struct engine *e, const struct migration *list, int *ret_have,
			      int *ret_last);

/* ERR_NEWER: the store has a number that `list` lacks; ERR_CORRUPT: a text that ran is not the
 * text in `list`, or one of ours failed; ERR_BUSY: another process is writing. */
MUST_USE int migrate(struct engine *e, const struct migration *list);

#endif
