/* json.h - JSON from and to structs, by tables.
 *
 * One row a member: the same rows decode, encode, and make openapi.json and the report's schema
 * (tools/gen).  Decoding is strict: unknown members are refused unless the schema says JSON_OPEN,
 * numbers must fit, text must be UTF-8 without NUL, depth is at most 16, duplicate members are
 * refused; null is as good as absent.  jansson parses (json_tree.c); the encoder writes straight
 * into a struct buf, in the rows' order, never anything but UTF-8 (what is none becomes U+FFFD).
 * Pure; what a decoded struct points to lives in the arena given. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"

enum json_type {
	JSON_TEXT,   /* const char *: NULL is absent; min, max are octets */
	JSON_INT,    /* int64_t: JSON_ABSENT_INT is absent */
	JSON_REAL,   /* double: NaN is absent */
	JSON_BOOL,   /* enum json_bool */
	JSON_TIME,   /* int64_t ms UTC, RFC 3339 on the wire: JSON_ABSENT_INT is absent */
	JSON_ID,     /* struct id, all zero is absent; `kind` in .min */
	JSON_ENUM,   /* int: index into .names, -1 is absent */
	JSON_OBJECT, /* pointer to the struct described by .sub: NULL is absent */
	JSON_LIST, /* struct json_list of pointers to structs described by .sub; max is the count */
	JSON_TEXTS, /* struct json_list of const char *; max is the count */
	/* Encode only: */
	JSON_PAIRS,  /* struct json_list of struct json_pair *: [[at_ms, value|null], ...] */
	JSON_COUNTS, /* int64_t array at offset, one for each of .names: {"ok":3,...} */
	/* A list whose items are NULL is absent; but a JSON_REQUIRED one is written as []. */
};

enum json_bool { JSON_FALSE, JSON_TRUE, JSON_UNSAID = -1 };
#define JSON_ABSENT_INT INT64_MIN

struct json_list {
	void **items;
	size_t len;
};

struct json_pair {
	int64_t at_ms;
	double value; /* NaN is null */
};

enum json_flags {
	JSON_REQUIRED = 1, /* decode: must be there */
	JSON_NULLABLE = 2, /* encode: absent is written as null, instead of being left out */
	JSON_OPEN = 4, /* on a schema: unknown members are skipped (what a newer peer may add) */
	/* On a schema, and all below it: words of enumerations and times are written as their
	 * numbers, and read as numbers, too.  For what only we ourselves read. */
	JSON_NUMBERS = 8,
	/* On a schema of sealed rows: they are written by packed.h.  Read either way. */
	JSON_PACKED = 16,
	/* A document says that it must be there, and a text at least `min` octets; decoding leaves
	 * both to whoever reads it, who has something else to look at first. */
	JSON_LATER = 32,
};

/* What a field of a report carries besides its type; NULL elsewhere. */
struct field_note {
	/* Why it is sent, in words for the customer (English; key report.<section>.<name> in
	 * texts/). */
	const char *purpose;
	const char *requirement; /* "R35" */
	int since;               /* schema version that brought it */
};

struct json_field {
	const char *name;
	enum json_type type;
	size_t offset;
	unsigned flags;
	/* Of the number (a time's ms), the octets or the count; both 0: the type's own limits. */
	int64_t min, max;
	/* JSON_ENUM, JSON_COUNTS: NULL-terminated.  JSON_TEXTS: the words there are, for documents
	 * alone; who decodes drops or refuses others. */
	const char *const *names;
	const struct json_schema *sub; /* JSON_OBJECT, JSON_LIST */
	const struct field_note *note;
};

struct json_schema {
	const char *name; /* component name in openapi.json */
	size_t size;      /* of the struct */
	unsigned flags;
	const struct json_field *fields; /* ends with a row whose name is NULL */
};

/* Where and why decoding failed: `field` is a path like "agreement.version". */
struct json_problem {
	char field[64];
	char detail[96];
};

/* Decodes one object into *out (schema->size octets, set to "absent" first).  ERR_JSON if it is no
 * JSON object, ERR_INVALID if it does not fit the schema; *out is then undefined. */
MUST_USE int json_decode(const struct json_schema *schema, const void *data, size_t len,
			 struct arena *mem, void *out, struct json_problem *ret_problem);

/* Sets every member of *out to "absent"; counts to 0. */
void json_init(const struct json_schema *schema, void *out);

/* Appends the object; rows with note->since above `version` are left out (0: no limit). */
void json_encode(const struct json_schema *schema, const void *in, int version, struct buf *out);
/* Appends one JSON string with its quotes. */
void json_put_text(struct buf *out, struct str text);

/* RFC 3339 with milliseconds, UTC.  The decoder takes offsets and fractions and gives ms. */
#define TIME_TEXT_MAX 32
void time_encode(int64_t at_ms, char out[static TIME_TEXT_MAX]);
MUST_USE int time_decode(struct str text, int64_t *ret_ms); /* ERR_INVALID */

#endif
