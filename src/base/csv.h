/* csv.h - comma-separated values (RFC 4180), as spreadsheets of all countries write them.
 *
 *	struct csv c;
 *	csv_begin(&c, text);
 *	while ((rc = csv_row(&c, mem, fields, 8, &len)) != 0)
 *		...
 *
 * The separator is a comma, a semicolon or a tab: whichever the first line has most of, outside of
 * quotes.  A byte order mark is skipped; lines end with CRLF, LF or CR; fields may be quoted, with
 * "" for a quote, and then hold separators and line ends; a quote that does not begin a field is a
 * letter like others.  Lines with nothing in them are no rows.
 * Pure; one pass, linear in the text; fields are views of the text, or in `mem` where quotes had to
 * be taken out. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

struct csv {
	struct str rest;
	char separator;
	int line;  /* of the row read last: where it began, from 1 */
	int lines; /* read so far */
};

/* `text` must outlive c. */
void csv_begin(struct csv *c, struct str text);

/* The next row's fields, at most `max`: 1, or 0 at the end.  ERR_INVALID: a quote is not closed, or
 * something stands behind it; ERR_TOO_LARGE: more fields.  After either, reading goes on with the
 * next line. */
MUST_USE int csv_row(struct csv *c, struct arena *mem, struct str *fields, size_t max,
		     size_t *ret_len);

#endif
