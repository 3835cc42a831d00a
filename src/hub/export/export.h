/* export.h - all that the hub holds on a site, for the customer to have (R78).
 *
 *   GET /api/v1/sites/{id}/export?ask=true --> nothing, or why it may not begin now: what a browser
 *                                              saves by a link it cannot tell of when it is refused
 *   GET /api/v1/sites/{id}/export --> change row site_exported --> page of rows --> the reader
 *                                                                    ^ takes it --'
 *
 * Lines of JSON (NDJSON), each a row of the store in the clear, table by table as tables.def says:
 * first one that says what it is and what it leaves out and why, last one that counts the rows, so
 * that a file that was cut off can be told from a whole one.  The rows are read some at a time
 * between other jobs, and only as fast as the reader takes them: a site with years of series costs
 * no more memory than another.  What changes meanwhile is in it or not.
 *
 * It ends, cut off, with the login that asked for it, which is looked at with each page, and when
 * its reader takes none for a minute.  At most EXPORTS_PROVIDER of a provider and EXPORTS_ALL in
 * all at a time.
 *
 * Files: export_api.c (the reader's side), export_store.c (which rows, on database threads), row.c
 * (a row's line).  Loop thread only but for what store.h says. */
#ifndef HUB_EXPORT_EXPORT_H
#define HUB_EXPORT_EXPORT_H

#include "hub/hub.h"

#define EXPORTS_PROVIDER 2
#define EXPORTS_ALL      8

extern const struct slice export_slice;

/* What tables.def says, for its test, line by line: a table (column NULL) or a column of the one
 * before.  False beyond the last. */
struct export_said {
	const char *table, *column;
};
bool export_said(size_t i, struct export_said *ret_said);

#endif
