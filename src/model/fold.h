/* fold.h - text as it is searched and sorted: lower case, without accents, blanks run together.
 *
 * "Lycée  BLAISE" becomes "lycee blaise", "Süd" "sud", "Straße" "strasse".  Latin letters of
 * European languages, composed or decomposed, Greek and Cyrillic case; anything else stays.  Pure.
 */
#ifndef MODEL_FOLD_H
#define MODEL_FOLD_H

#include "base/arena.h"
#include "base/buf.h"

/* In `mem`; text is valid UTF-8. */
char *fold_text(struct arena *mem, const char *text);

#endif
