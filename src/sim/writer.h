/* writer.h - JSON as a PaperCut server writes it: commas, quotes, and marks in free texts. */
#ifndef SIM_WRITER_H
#define SIM_WRITER_H

#include "base/buf.h"

struct marks;

struct writer {
	struct buf *out;
	struct marks *marks;  /* NULL: none */
	const char *document; /* what a mark is said to stand in */
	bool more;            /* a comma is due before the next member or item */
};

/* name NULL: an item of a list, or the whole. */
void w_open(struct writer *w, const char *name, char bracket);
void w_close(struct writer *w, char bracket); /* with marks, an object gets an unknown member too */
void w_text(struct writer *w, const char *name, const char *value); /* a word, or marked already */
void w_free_text(struct writer *w, const char *name, const char *value); /* gets a mark */
void w_int(struct writer *w, const char *name, int64_t value);
void w_real(struct writer *w, const char *name, double value); /* two decimals */
void w_bool(struct writer *w, const char *name, bool value);

#endif
