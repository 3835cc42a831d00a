/* papercut.h - PaperCut MF/NG by its System Health interface: GET only, the key in a header
 * (and, if the customer turns it on, by XML-RPC: papercut_rpc.h). */
#ifndef CONNECTOR_SOURCE_PAPERCUT_H
#define CONNECTOR_SOURCE_PAPERCUT_H

#include "connector/source/source.h"

struct print_source *source_papercut_new(struct fetcher *f, const struct options *o);

/* --- what answers mean, without I/O ------------------------------------------------------------
 */

/* Reads an answer of the full document's URL into a new reading: its state, and what was told of
 * server, health and licence.  Every member is optional, numbers may be texts, names are compared
 * without case.  True if there was a document to read.
 *
 * A 500 alone never means "down": with JSON that holds a "status", its own or the database's, the
 * server was reached and says that it is in error (the vendor's status URLs do); without, it has
 * failed. */
bool papercut_read_health(int status, struct str body, struct reading *r);
/* Adds the printers or devices of a list; false if it is no such list. */
bool papercut_read_printers(struct str body, struct reading *r);
bool papercut_read_devices(struct str body, struct reading *r);
/* The number that a statistics URL answers; JSON_ABSENT_INT if there is none. */
int64_t papercut_read_count(struct str body, const char *member);

/* Appends the server's address with that path. */
void papercut_url(const struct options *o, const char *path, struct buf *out);

/* What the health document has told, as kinds for reading_went(). */
extern const int papercut_kinds[];

#endif
