/* json_doc.h - writes what the tables of json.h describe as JSON Schema (2020-12, also
 * OpenAPI 3.1).
 *
 * Two spaces a level, members in the tables' order, so that a committed document changes where a
 * row changes and nowhere else.  For generators and openapi.json; pure. */
#ifndef BASE_JSON_DOC_H
#define BASE_JSON_DOC_H

#include "base/json.h"

struct json_doc {
	struct buf *out;
	int depth;
	bool first;       /* nothing stands yet in the innermost object or array */
	const char *refs; /* where schemas stand in the document: "#/$defs/" */
};

/* The document's outermost object. */
void doc_begin(struct json_doc *w, struct buf *out, const char *refs);
void doc_end(struct json_doc *w);

/* A member, or with name NULL an item; brackets are '{' '[' and their counterparts. */
void doc_open(struct json_doc *w, const char *name, char bracket);
void doc_close(struct json_doc *w, char bracket);
void doc_text(struct json_doc *w, const char *name, const char *value);
void doc_number(struct json_doc *w, const char *name, int64_t value);
void doc_word(struct json_doc *w, const char *name,
	      const char *value); /* as it stands: true, null */
void doc_ref(struct json_doc *w, const struct json_schema *s);

/* The members that say which values a field takes, into the open object. */
void doc_type(struct json_doc *w, const struct json_field *f);

enum doc_flags {
	DOC_IN = 1,    /* what a peer sends us: closed, and only what is required is required */
	DOC_NOTES = 2, /* with purpose, requirement and since of each field */
};
/* The schema as member `s->name`; its subs are only referred to. */
void doc_schema(struct json_doc *w, const struct json_schema *s, unsigned flags);

#endif
