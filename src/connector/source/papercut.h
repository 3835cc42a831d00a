/* papercut.h - PaperCut MF/NG by its System Health interface: GET only, the key in a header
 * (and, if the customer turns it on, by XML-RPC: papercut_rpc.h). */
#ifndef CONNECTOR_SOURCE_PAPERCUT_H
#define CONNECTOR_SOURCE_PAPERCUT_H

#include "connector/source/source.h"

struct print_source *source_papercut_new(struct fetcher *f, const struct options *o);

/* --- what answers mean, without I/O ------------------------------------------------------------
 */

/* Which of our states an answer of an information URL amounts to, by the vendor's status codes: 500
 * alone never means "down", because unhealthy servers answer 500 with JSON. */
enum reading_state papercut_state(int status, struct str body);

/* Reads the full document into a new reading's server, health and licence.  Every member is
 * optional, numbers may be texts, names are compared without case.  READING_UNEXPECTED if it is no
 * JSON object. */
enum reading_state papercut_read_health(struct str body, struct reading *r);
/* Adds the printers or devices of a list; false if it is no such list. */
bool papercut_read_printers(struct str body, struct reading *r);
bool papercut_read_devices(struct str body, struct reading *r);
/* The number that a statistics URL answers; JSON_ABSENT_INT if there is none. */
int64_t papercut_read_count(struct str body, const char *member);

/* Appends the server's address with that path. */
void papercut_url(const struct options *o, const char *path, struct buf *out);

/* What the health document has told, as kinds for reading_failed(). */
extern const int papercut_kinds[];

#endif
