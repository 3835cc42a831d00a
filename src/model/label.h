/* label.h - what a site's free text may say when it leaves the site.
 *
 * Printer names usually carry the server's name, and sometimes an address or a person's e-mail:
 * R48, R49 and R50 want them out, always, whatever the customer has set.  So a label is what is
 * left of a name without server and host part, with every run of characters that looks like an
 * e-mail address, an IPv4, IPv6 or MAC address or a host name with dots replaced by "***", without
 * control and direction-changing characters, cut to 64 octets at a character's boundary.
 * Too much is masked rather than too little.  Pure; both are idempotent (fuzzed). */
#ifndef MODEL_LABEL_H
#define MODEL_LABEL_H

#include "base/buf.h"

#define LABEL_MAX  64
#define LABEL_SIZE (LABEL_MAX + 1)

/* Masks `text`; returns the length, 0 if nothing is left.  Octets that are no UTF-8 are dropped. */
size_t label_mask(struct str text, char out[static LABEL_SIZE]);

/* The same for a printer's or device's name: "server\queue", "\\server\queue", "queue on server",
 * "ipp://host/printers/queue" are first cut down to the queue. */
size_t label_of_name(struct str name, char out[static LABEL_SIZE]);

/* `text` without what cannot be seen (control and direction-changing characters, octets that are no
 * UTF-8), blanks trimmed, cut to size - 1 octets at a character's boundary; nothing is masked: for
 * what a person has typed to be shown.  The length. */
size_t text_visible(struct str text, char *out, size_t size);

/* True if `text` is a label: label_of_name would change nothing. */
bool label_ok(struct str text);

/* The first three numbers of a version ("22.0.4 (Build 65000)" -> "22.0.4"): whatever else stands
 * there does not leave.  False if it does not begin with a number. */
#define VERSION_SIZE 32
bool version_of(struct str text, char out[static VERSION_SIZE]);

/* A version as one number to compare: up to three numbers with dots between them, each below 2^20;
 * what is left out is 0.  False for any other text. */
bool version_number(struct str text, int64_t *ret_number);

#endif
