/* papercut_rpc.h - page totals by PaperCut's XML-RPC interface: off unless the customer turns it
 * on.
 *
 * The token of this interface may do anything on the server, so that what we call is a constant
 * table of methods that read (papercut_rpc.c), and nothing else can be put on the wire.  A run
 * lists the printers and asks for each one's counters, one call after the other; it may be spread
 * over several readings, so that a large site's health is never kept waiting for long.
 *
 * One loop; `done` runs once per totals_read() unless cancelled, never from inside it. */
#ifndef CONNECTOR_SOURCE_PAPERCUT_RPC_H
#define CONNECTOR_SOURCE_PAPERCUT_RPC_H

#include "connector/source/source.h"
#include "connector/source/xmlrpc.h"

/* Sorted; ends with NULL. */
extern const char *const papercut_rpc_methods[];

struct totals_run;

struct totals_run *totals_new(struct fetcher *f, const struct options *o);
void totals_free(struct totals_run **t); /* cancels */

/* Goes on for at most `calls` calls.  READING_OK with *totals (struct source_total *, which live
 * until the next call here) once all printers were read; READING_OK with NULL: there is more to
 * read; else why not: what was read is then forgotten. */
typedef void totals_done_fn(enum reading_state state, const struct json_list *totals, void *owner);
void totals_read(struct totals_run *t, int calls, totals_done_fn *done, void *owner);
void totals_forget(struct totals_run *t); /* cancels, and what was read is forgotten */

#endif
