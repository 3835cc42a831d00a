/* redact.h - documents of a print server without anything that says whose they are.
 *
 * For captures that the owner of a server sends us: the form stays (members, types, numbers, words
 * of closed lists), every other text becomes "<text of n>".  What is kept is what is listed in
 * redact.c, never what fails to look suspicious.  Pure. */
#ifndef CONNECTOR_SOURCE_REDACT_H
#define CONNECTOR_SOURCE_REDACT_H

#include "base/buf.h"

#define REDACT_ITEMS_MAX 20 /* of a list; how many there were is said */

/* Appends the redacted document as JSON; false if the body is no JSON object (nothing is appended).
 */
bool redact_json(struct str body, struct buf *out);

/* Appends, as a JSON object, what form a CSV has: its titles as far as they are known words, the
 * numbers of rows and columns, whether anything is quoted.  No field of a row. */
void redact_csv(struct str body, struct buf *out);

/* A media type with its charset if both are known ones, else "other"; static storage. */
const char *redact_media_type(struct str value, const char **ret_charset);

#endif
