/* xmlrpc.c - see xmlrpc.h.
 *
 * The reader walks the document once; each function below is entered on an element's start and
 * leaves on its end.  Whatever is not where the specification has it is refused. */
#include "connector/source/xmlrpc.h"
#include "base/err.h"
#include "model/report.h"
#include <libxml/xmlreader.h>
#include <stdlib.h>
#include <string.h>

/* --- writing -----------------------------------------------------------------------------------
 */

static void put_escaped(struct buf *out, struct str text)
{
	while (text.len > 0) {
		struct str at = text;
		uint32_t code = utf8_take(&text);

		if (code == UTF8_BAD || (code < 0x20 && code != '\n' && code != '\t'))
			buf_puts(out, "\xef\xbf\xbd"); /* XML has no way to say it */
		else if (code == '<' || code == '>' || code == '&')
			buf_printf(out, "&#%u;", (unsigned)code);
		else
			buf_put(out, at.p, at.len - text.len);
	}
}

void xmlrpc_begin(struct buf *out, const char *method)
{
	buf_printf(out,
		   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<methodCall><methodName>%s"
		   "</methodName><params>",
		   method);
}

void xmlrpc_put_string(struct buf *out, struct str value)
{
	buf_puts(out, "<param><value><string>");
	put_escaped(out, value);
	buf_puts(out, "</string></value></param>");
}

void xmlrpc_put_int(struct buf *out, int32_t value)
{
	buf_printf(out, "<param><value><int>%d</int></value></param>", value);
}

void xmlrpc_put_strings(struct buf *out, const char *const *values)
{
	buf_puts(out, "<param><value><array><data>");
	for (; *values; values++) {
		buf_puts(out, "<value><string>");
		put_escaped(out, str_of(*values));
		buf_puts(out, "</string></value>");
	}
	buf_puts(out, "</data></array></value></param>");
}

void xmlrpc_end(struct buf *out)
{
	buf_puts(out, "</params></methodCall>\n");
}

/* --- reading -----------------------------------------------------------------------------------
 */

struct walk {
	xmlTextReaderPtr reader;
	struct arena *mem;
	size_t values;
	bool bad;
};

/* The next start, end or text, over what says nothing; XML_READER_TYPE_NONE at the end or if the
 * document is not to be trusted. */
static int next(struct walk *w)
{
	while (!w->bad && xmlTextReaderRead(w->reader) == 1) {
		int type = xmlTextReaderNodeType(w->reader);

		switch (type) {
		case XML_READER_TYPE_ELEMENT:
		case XML_READER_TYPE_END_ELEMENT:
		case XML_READER_TYPE_TEXT:
		case XML_READER_TYPE_CDATA:
		case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
			return type;
		case XML_READER_TYPE_WHITESPACE:
		case XML_READER_TYPE_COMMENT:
		case XML_READER_TYPE_PROCESSING_INSTRUCTION:
		case XML_READER_TYPE_XML_DECLARATION:
			break;
		default: /* a document type, an entity: nobody needs them here */
			w->bad = true;
		}
	}
	w->bad = true;
	return XML_READER_TYPE_NONE;
}

static bool is_named(struct walk *w, const char *name)
{
	const char *local = (const char *)xmlTextReaderConstLocalName(w->reader);

	return local && strcmp(local, name) == 0;
}

/* <name/> has no end of its own. */
static bool is_empty(struct walk *w)
{
	return xmlTextReaderIsEmptyElement(w->reader) == 1;
}

static int next_tag(struct walk *w)
{
	int type = next(w);

	while (type == XML_READER_TYPE_SIGNIFICANT_WHITESPACE)
		type = next(w);
	return type;
}

static bool at_start(struct walk *w, const char *name)
{
	if (next_tag(w) == XML_READER_TYPE_ELEMENT && is_named(w, name))
		return true;
	w->bad = true;
	return false;
}

static bool at_end(struct walk *w, const char *name)
{
	if (next_tag(w) == XML_READER_TYPE_END_ELEMENT && is_named(w, name))
		return true;
	w->bad = true;
	return false;
}

/* The text up to the end of the element that was entered. */
static struct str read_text(struct walk *w)
{
	struct buf text = buf_new(XMLRPC_ANSWER_MAX);
	struct str out = { "", 0 };
	int type = is_empty(w) ? XML_READER_TYPE_END_ELEMENT : next(w);

	for (; type != XML_READER_TYPE_END_ELEMENT && type != XML_READER_TYPE_NONE;
	     type = next(w)) {
		if (type == XML_READER_TYPE_ELEMENT)
			w->bad = true;
		else
			buf_puts(&text, (const char *)xmlTextReaderConstValue(w->reader));
	}
	if (buf_status(&text) < 0)
		w->bad = true;
	else if (text.len)
		out = (struct str){ arena_strndup(w->mem, (const char *)text.data, text.len),
				    text.len };
	buf_done(&text);
	return out;
}

static struct xmlrpc_value *read_value(struct walk *w, unsigned depth);

static void read_array(struct walk *w, struct xmlrpc_value *v, unsigned depth)
{
	if (!at_start(w, "data"))
		return;
	if (!is_empty(w)) {
		while (next_tag(w) == XML_READER_TYPE_ELEMENT && is_named(w, "value"))
			report_list_add(w->mem, &v->items, read_value(w, depth + 1));
		if (!w->bad && !is_named(w, "data"))
			w->bad = true;
	}
	if (!w->bad)
		at_end(w, "array");
}

static void read_struct(struct walk *w, struct xmlrpc_value *v, unsigned depth)
{
	while (next_tag(w) == XML_READER_TYPE_ELEMENT && is_named(w, "member")) {
		struct xmlrpc_value *member = NULL;
		struct str name = {};

		if (at_start(w, "name"))
			name = read_text(w);
		if (!w->bad && at_start(w, "value"))
			member = read_value(w, depth + 1);
		if (w->bad || !member || !at_end(w, "member"))
			return;
		member->name = name.p;
		report_list_add(w->mem, &v->items, member);
	}
	if (!w->bad && !is_named(w, "struct"))
		w->bad = true;
}

/* Digits of an int or a boolean; anything else is refused. */
static void read_number(struct walk *w, struct xmlrpc_value *v)
{
	struct str s = str_trim(v->text);
	char *end;

	if (s.len == 0 || s.len > 20) {
		w->bad = true;
		return;
	}
	v->number = strtoll(s.p, &end, 10);
	if (end != s.p + s.len)
		w->bad = true;
}

static const struct {
	const char *name;
	enum xmlrpc_type type;
} types[] = {
	{ "int", XMLRPC_INT },         { "i4", XMLRPC_INT },
	{ "boolean", XMLRPC_BOOLEAN }, { "string", XMLRPC_STRING },
	{ "double", XMLRPC_DOUBLE },   { "dateTime.iso8601", XMLRPC_TIME },
	{ "base64", XMLRPC_BASE64 },   { "struct", XMLRPC_STRUCT },
	{ "array", XMLRPC_ARRAY },
};

/* On the start of the element that names the type. */
static void read_typed(struct walk *w, struct xmlrpc_value *v, unsigned depth)
{
	size_t i = 0;

	while (i < ARRAY_LEN(types) && !is_named(w, types[i].name))
		i++;
	if (i == ARRAY_LEN(types)) {
		w->bad = true;
		return;
	}
	v->type = types[i].type;
	if (v->type == XMLRPC_STRUCT || v->type == XMLRPC_ARRAY) {
		if (is_empty(w))
			return;
		if (v->type == XMLRPC_STRUCT)
			read_struct(w, v, depth);
		else
			read_array(w, v, depth);
		return;
	}
	v->text = read_text(w);
	if (v->type == XMLRPC_INT || v->type == XMLRPC_BOOLEAN)
		read_number(w, v);
}

static bool is_blank(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!strchr(" \t\r\n", s.p[i]))
			return false;
	return true;
}

/* Text without a type, as far as it goes; true if an element follows instead. */
static bool read_untyped(struct walk *w, struct xmlrpc_value *v)
{
	struct buf text = buf_new(XMLRPC_ANSWER_MAX);
	bool typed = false;
	int type = next(w);

	for (; type == XML_READER_TYPE_TEXT || type == XML_READER_TYPE_CDATA ||
	       type == XML_READER_TYPE_SIGNIFICANT_WHITESPACE;
	     type = next(w))
		buf_puts(&text, (const char *)xmlTextReaderConstValue(w->reader));
	typed = type == XML_READER_TYPE_ELEMENT;
	if (buf_status(&text) < 0 || (typed && !is_blank(buf_str(&text))))
		w->bad = true;
	else if (!typed)
		v->text = (struct str){ arena_strndup(w->mem, (const char *)text.data, text.len),
					text.len };
	buf_done(&text);
	return typed;
}

/* On the start of <value>; leaves on its end. */
static struct xmlrpc_value *read_value(struct walk *w, unsigned depth)
{
	struct xmlrpc_value *v = ARENA_NEW(w->mem, struct xmlrpc_value);

	*v = (struct xmlrpc_value){ .type = XMLRPC_STRING, .text = { "", 0 } };
	if (depth > XMLRPC_DEPTH_MAX || ++w->values > XMLRPC_VALUES_MAX)
		w->bad = true;
	if (w->bad || is_empty(w) || !read_untyped(w, v))
		return v;
	if (!w->bad)
		read_typed(w, v, depth);
	if (!w->bad)
		at_end(w, "value");
	return v;
}

/* "java.lang.Exception: text" is told as "text", as the vendor's own client does. */
static struct str without_class(struct str s)
{
	for (size_t i = 0, dots = 0; i < s.len; i++) {
		if (s.p[i] == '.')
			dots++;
		else if (s.p[i] == ':' && dots)
			return str_trim((struct str){ s.p + i + 1, s.len - i - 1 });
		else if (s.p[i] == ' ' || s.p[i] == ':')
			break;
	}
	return s;
}

static int read_fault(struct walk *w, struct xmlrpc_value *fault)
{
	/* Only a struct's values have names. */
	for (size_t i = 0; fault->type == XMLRPC_STRUCT && i < fault->items.len; i++) {
		struct xmlrpc_value *v = fault->items.items[i];
		struct str text;

		if (strcmp(v->name, "faultString") != 0)
			continue;
		text = without_class(v->text);
		text.p = arena_strndup(w->mem, text.p, text.len);
		*fault = (struct xmlrpc_value){ .type = XMLRPC_STRING, .text = text };
		return ERR_UPSTREAM;
	}
	w->bad = true;
	return ERR_INVALID;
}

static int read_answer(struct walk *w, struct xmlrpc_value **ret_value)
{
	bool fault;

	if (!at_start(w, "methodResponse") || next_tag(w) != XML_READER_TYPE_ELEMENT)
		return ERR_INVALID;
	fault = is_named(w, "fault");
	if (!fault && (!is_named(w, "params") || !at_start(w, "param")))
		return ERR_INVALID;
	if (is_empty(w) || !at_start(w, "value"))
		return ERR_INVALID;
	*ret_value = read_value(w, 0);
	if (w->bad)
		return ERR_INVALID;
	return fault ? read_fault(w, *ret_value) : 0;
}

static void ignore(void *arg, const char *text, xmlParserSeverities severity,
		   xmlTextReaderLocatorPtr where)
{
}

int xmlrpc_read(struct str body, struct arena *mem, struct xmlrpc_value **ret_value)
{
	struct xmlrpc_value *value = NULL;
	struct walk w = { .mem = mem };
	int rc;

	if (body.len == 0 || body.len > XMLRPC_ANSWER_MAX)
		return ERR_INVALID;
	/* No XML_PARSE_NOENT, no XML_PARSE_DTDLOAD, no XML_PARSE_HUGE. */
	w.reader = xmlReaderForMemory(body.p, (int)body.len, NULL, NULL, XML_PARSE_NONET);
	if (!w.reader)
		return ERR_INVALID;
	xmlTextReaderSetErrorHandler(w.reader, ignore, NULL);
	rc = read_answer(&w, &value);
	xmlFreeTextReader(w.reader);
	if (rc == 0 || rc == ERR_UPSTREAM)
		*ret_value = value;
	return rc;
}
