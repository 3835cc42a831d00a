/* cups.h - a CUPS server by IPP: CUPS-Get-Printers with a closed list of attributes. */
#ifndef CONNECTOR_SOURCE_CUPS_H
#define CONNECTOR_SOURCE_CUPS_H

#include "connector/source/source.h"

struct print_source *source_cups_new(struct fetcher *f, const struct options *o);

/* --- IPP as octets, without I/O ----------------------------------------------------------------
 */

/* Appends the request. */
void cups_request(struct buf *out);

/* Reads an answer into the reading's devices, server and printers component.  READING_UNEXPECTED if
 * it is no IPP answer or one that refuses; the reading is then unusable but for its memory. */
enum reading_state cups_read_printers(struct str body, struct reading *r);

/* The version in a Server header ("CUPS/2.4 IPP/2.1"); false if it names no CUPS. */
bool cups_version(struct str server_header, char ret_version[static VERSION_SIZE]);

extern const int cups_kinds[];

#endif
