/* xml.c - see xml.h. */
#include "sim/xml.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX    16
#define ELEMENTS_MAX 20000

struct parser {
	struct str rest;
	struct arena *mem;
	size_t elements;
};

static void skip(struct parser *p, size_t n)
{
	p->rest.p += n;
	p->rest.len -= n;
}

/* Up to and with `end`; false if it does not come.  *ret_before: what stood before it. */
static bool take_until(struct parser *p, const char *end, struct str *ret_before)
{
	const char *at = memmem(p->rest.p, p->rest.len, end, strlen(end));

	if (!at)
		return false;
	*ret_before = (struct str){ p->rest.p, (size_t)(at - p->rest.p) };
	skip(p, ret_before->len + strlen(end));
	return true;
}

/* --- character data ----------------------------------------------------------------------------
 */

static void put_code_point(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_putc(out, (char)c);
	} else if (c < 0x800) {
		buf_putc(out, (char)(0xc0 | c >> 6));
		buf_putc(out, (char)(0x80 | (c & 63)));
	} else if (c < 0x10000) {
		buf_putc(out, (char)(0xe0 | c >> 12));
		buf_putc(out, (char)(0x80 | (c >> 6 & 63)));
		buf_putc(out, (char)(0x80 | (c & 63)));
	}
}

static void put_reference(struct buf *out, struct str name)
{
	static const struct {
		const char *name;
		char c;
	} names[] = {
		{ "lt", '<' }, { "gt", '>' }, { "amp", '&' }, { "quot", '"' }, { "apos", '\'' }
	};
	char digits[12] = "";

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(name, str_of(names[i].name)))
			buf_putc(out, names[i].c);
	if (name.len < 2 || name.len > sizeof(digits) || name.p[0] != '#')
		return;
	memcpy(digits, name.p + 1, name.len - 1);
	put_code_point(out, (uint32_t)(digits[0] == 'x' ? strtoul(digits + 1, NULL, 16)
							: strtoul(digits, NULL, 10)));
}

static void put_data(struct buf *out, struct str data)
{
	while (data.len) {
		const char *amp = memchr(data.p, '&', data.len);
		size_t n = amp ? (size_t)(amp - data.p) : data.len;
		struct str name;

		buf_put(out, data.p, n);
		data.p += n;
		data.len -= n;
		if (!amp)
			return;
		data.p++;
		data.len--;
		str_split(&data, ';', &name);
		put_reference(out, name);
	}
}

static void add_text(struct parser *p, struct xml *n, struct str data)
{
	struct buf all = buf_new(p->rest.len + n->text.len + data.len + 1);

	buf_putstr(&all, n->text);
	put_data(&all, data);
	n->text = (struct str){ arena_strndup(p->mem, (const char *)all.data, all.len), all.len };
	buf_done(&all);
}

/* --- elements ----------------------------------------------------------------------------------
 */

static struct str name_of(struct str tag)
{
	size_t n = 0;

	while (n < tag.len && !strchr(" \t\r\n/", tag.p[n]))
		n++;
	return (struct str){ tag.p, n };
}

/* "<?...?>", "<!--...-->" and "<!...>"; true if there was one. */
static bool skip_other(struct parser *p)
{
	struct str what;

	if (str_starts(p->rest, STR("<!--")))
		return take_until(p, "-->", &what);
	if (str_starts(p->rest, STR("<?")) || str_starts(p->rest, STR("<!")))
		return take_until(p, ">", &what);
	return false;
}

static struct xml *element(struct parser *p, int depth);

/* What stands between an element's tags, with the closing one. */
static bool content(struct parser *p, struct xml *n, int depth)
{
	struct xml **tail = &n->child;
	struct str text, tag;

	for (;;) {
		const char *lt = memchr(p->rest.p, '<', p->rest.len);

		if (!lt)
			return false;
		text = (struct str){ p->rest.p, (size_t)(lt - p->rest.p) };
		skip(p, text.len);
		if (text.len)
			add_text(p, n, text);
		if (str_starts(p->rest, STR("</")))
			return take_until(p, ">", &tag) &&
			       str_eq(name_of((struct str){ tag.p + 2, tag.len - 2 }), n->name);
		if (skip_other(p))
			continue;
		*tail = element(p, depth + 1);
		if (!*tail)
			return false;
		n->has_children = true;
		tail = &(*tail)->next;
	}
}

static struct xml *element(struct parser *p, int depth)
{
	struct xml *n = ARENA_NEW(p->mem, struct xml);
	struct str tag;

	if (depth > DEPTH_MAX || ++p->elements > ELEMENTS_MAX || !str_starts(p->rest, STR("<")) ||
	    !take_until(p, ">", &tag))
		return NULL;
	tag.p++;
	tag.len--;
	n->name = name_of(tag);
	if (n->name.len == 0)
		return NULL;
	if (tag.p[tag.len - 1] == '/')
		return n;
	return content(p, n, depth) ? n : NULL;
}

struct xml *xml_parse(struct str text, struct arena *mem)
{
	struct parser p = { text, mem, 0 };
	const char *lt;

	do {
		lt = p.rest.len ? memchr(p.rest.p, '<', p.rest.len) : NULL;
		if (!lt)
			return NULL;
		skip(&p, (size_t)(lt - p.rest.p));
	} while (skip_other(&p));
	return element(&p, 0);
}

const struct xml *xml_child(const struct xml *n, const char *name)
{
	const struct xml *child = n ? n->child : NULL;

	while (child && !str_eq(child->name, str_of(name)))
		child = child->next;
	return child;
}

void xml_put_text(struct buf *out, struct str text, bool latin1)
{
	while (text.len) {
		struct str at = text;
		uint32_t c = utf8_take(&text);

		if (c == '<')
			buf_puts(out, "&lt;");
		else if (c == '&')
			buf_puts(out, "&amp;");
		else if (latin1 && c > 0xff)
			buf_printf(out, "&#%" PRIu32 ";", c);
		else if (latin1)
			buf_putc(out, (char)c);
		else
			buf_put(out, at.p, at.len - text.len);
	}
}
