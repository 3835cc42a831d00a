/* note_store.h - writing a note: between note_store.c and note_api.c. */
#ifndef HUB_NOTE_NOTE_STORE_H
#define HUB_NOTE_NOTE_STORE_H

#include "hub/note/note.h"

/* Replaces the subject's text and writes the change: verb, actor, object and customer are the
 * caller's.  ERR_EDITED: `revision` is not the one that is there. */
MUST_USE int note_put(struct tenant_db *db, struct arena *mem, const char *text, int64_t revision,
		      struct change_in *change);

#endif
