/* marks.h - a word of its own for each text of a simulated server, so that a test can look for it
 * wherever it must not be.
 *
 * A mark is "zzmark" and 8 hexadecimal digits made from what it marks: the same text of the same
 * scenario has the same mark at each call.  Every mark that was given out is listed with what it
 * stood in and whether it may leave the site: a label may, everything else may not. */
#ifndef SIM_MARKS_H
#define SIM_MARKS_H

#include "base/arena.h"
#include "base/buf.h"

enum mark_kind { MARK_NEVER, MARK_LABEL };
#define MARK_SIZE 32

struct marks;
struct scenario;

struct marks *marks_new(void);
void marks_free(struct marks **m);

/* Writes the mark of what the rest describes ("printer 3 location") to out and lists it. */
PRINTF(4, 5)
void mark(struct marks *m, enum mark_kind kind, char out[static MARK_SIZE], const char *fmt, ...);

/* Gives each text of the scenario that is free its mark, names also an e-mail address, a host name
 * and an address of 10.0.0.0/8 of their own.  Words of a closed set ("OK", "Ricoh") stay. */
void marks_scenario(struct marks *m, struct arena *mem, struct scenario *s);

/* Writes the list, if it has grown since, as JSON: [{"mark":..., "in":..., "may_leave":false}].
 * -errno. */
MUST_USE int marks_write(struct marks *m, const char *path);

#endif
