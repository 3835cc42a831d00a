/* xml.h - as much XML as an XML-RPC call has: elements and text, no attributes that matter.
 *
 * Comments, processing instructions and declarations are skipped; the five named entities and
 * numeric references are known.  Written apart from the connector's reader, so that neither hides
 * the other's mistakes. */
#ifndef SIM_XML_H
#define SIM_XML_H

#include "base/arena.h"
#include "base/buf.h"

struct xml {
	struct str name;
	struct str text; /* all character data right below it */
	struct xml *child, *next;
	bool has_children;
};

/* The root element, or NULL if it is no XML, deeper than 16 or larger than 20,000 elements.  Lies
 * in the arena. */
struct xml *xml_parse(struct str text, struct arena *mem);
/* The first child of that name; NULL if there is none or n is NULL. */
const struct xml *xml_child(const struct xml *n, const char *name);

/* Appends text with what XML needs escaped; latin1: in ISO-8859-1, references beyond. */
void xml_put_text(struct buf *out, struct str text, bool latin1);

#endif
