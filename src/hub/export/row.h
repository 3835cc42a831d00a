/* row.h - a row of the store as a line of JSON; within database jobs. */
#ifndef HUB_EXPORT_ROW_H
#define HUB_EXPORT_ROW_H

#include "db/seal_row.h"

enum column_kind {
	COLUMN_INT,
	COLUMN_REAL,
	COLUMN_TIME, /* ms: written as RFC 3339, its name ends in _at in place of _ms */
	COLUMN_SPAN, /* ms, as it is */
	COLUMN_WORD, /* a number that has a word: by `names` from `first` on, or by `word` */
	COLUMN_TEXT,
	COLUMN_HEX,
	COLUMN_ID,     /* of the kind `id` */
	COLUMN_PERSON, /* a user: id and, as long as there is one, name */
	COLUMN_ACTOR,  /* an id whose kind the column before tells: enum actor_kind */
	COLUMN_OBJECT, /* the same: enum id_kind */
	COLUMN_SEALED, /* "content": the JSON within; of `sealed` only, if that is said */
	COLUMN_OCTETS, /* "record": the octets within, as text */
};

/* Of a primary key's column: more is no key of ours. */
#define ROW_KEY_PART_MAX 48

struct column {
	const char *name;
	enum column_kind kind;
	bool subject, key;
	enum id_kind id;
	const char *const *names;
	int first;
	const char *(*word)(int number);
	const struct json_schema *sealed;
};

/* Appends {"table":...} and a newline.  The statement stands on the row, whose column 0 is nothing
 * and whose columns from 1 on are `columns` (ends with a row without name).  Errors are the
 * statement's. */
void row_write(struct tenant_db *db, struct arena *mem, struct stmt *st, const char *table,
	       const struct column *columns, struct buf *out);

#endif
