/* note.h - what a provider's users write down of a customer or a site, for each other.
 *
 * One plain text for each, which no connector is ever told.  Whoever writes names the revision that
 * was read: a text that somebody else has changed meanwhile is refused, never overwritten.  Store
 * functions run on database threads within jobs. */
#ifndef HUB_NOTE_NOTE_H
#define HUB_NOTE_NOTE_H

#include "hub/hub.h"

/* Octets.  All notes of a provider are searched in memory: at 10,000 sites that is 80 MB at most.
 */
#define NOTE_MAX (8 * KIB)

struct note {
	const char *text;
	int64_t revision;      /* 0: nothing was ever written */
	int64_t edited_ms;     /* JSON_ABSENT_INT with revision 0 */
	const char *edited_by; /* NULL: that user is there no more */
};

/* The note of a customer or site, in `mem`; one that was never written is empty.  Whether there is
 * such a subject is the caller's to know. */
MUST_USE int note_get(struct tenant_db *db, struct arena *mem, struct id subject,
		      struct note *ret_note);
/* The text alone; "" if there is none. */
MUST_USE int note_text(struct tenant_db *db, struct arena *mem, struct id subject,
		       const char **ret_text);

/* True if `text` is what a note may be: lines and tabs are text, other control characters are not.
 */
bool note_text_ok(const char *text);

extern const struct slice note_slice;

#endif
