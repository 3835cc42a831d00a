/* papercut_mend.c - see papercut_tree.h. */
#include "connector/source/papercut_tree.h"
#include <ctype.h>
#include <string.h>

#define UNKNOWN         "\xef\xbf\xbd" /* U+FFFD */
#define WHOLE_DIGITS    18             /* fit into 64 bits */
#define EXPONENT_DIGITS 2              /* fit into a double */
#define NUMBER_LEN_MAX  300

struct mending {
	const char *p, *end;
	struct buf *out;
};

static size_t span(const struct mending *m, bool (*is)(char c))
{
	const char *p = m->p;

	while (p < m->end && is(*p))
		p++;
	return (size_t)(p - m->p);
}

static bool in_number(char c)
{
	return isdigit((unsigned char)c) || c == '-' || c == '+' || c == '.' || c == 'e' ||
	       c == 'E';
}

static bool in_word(char c)
{
	return isalpha((unsigned char)c);
}

/* A number that no variable holds would fail the whole text. */
static bool fits(struct str number)
{
	size_t digits = 0; /* since the beginning, or since the exponent's */
	bool exponent = false, whole = true;

	for (size_t i = 0; i < number.len; i++) {
		bool begins = number.p[i] == 'e' || number.p[i] == 'E';

		if (begins)
			digits = 0;
		digits += isdigit((unsigned char)number.p[i]) != 0;
		exponent = exponent || begins;
		whole = whole && !begins && number.p[i] != '.';
	}
	if (exponent && digits > EXPONENT_DIGITS)
		return false;
	return whole ? digits <= WHOLE_DIGITS : number.len <= NUMBER_LEN_MAX;
}

static void mend_number(struct mending *m)
{
	struct str number = { m->p, span(m, in_number) };

	m->p += number.len;
	if (number.len == 1 && number.p[0] == '-' && m->p < m->end && in_word(*m->p))
		return; /* of -Infinity */
	buf_putstr(m->out, fits(number) ? number : STR("null"));
}

static void mend_word(struct mending *m)
{
	struct str word = { m->p, span(m, in_word) };

	m->p += word.len;
	if (str_eq(word, STR("NaN")) || str_eq(word, STR("Infinity")))
		word = STR("null");
	buf_putstr(m->out, word);
}

/* What \uXXXX says that many octets on; -1: it is none. */
static int code_unit(const struct mending *m, int offset)
{
	const char *p;
	int unit = 0;

	if (m->end - m->p < offset + 6)
		return -1;
	p = m->p + offset;
	if (p[0] != '\\' || p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		int c = tolower((unsigned char)p[i]);

		if (!isxdigit(c))
			return -1;
		unit = unit * 16 + (isdigit(c) ? c - '0' : c - 'a' + 10);
	}
	return unit;
}

/* Octets of the escape at m->p that say something; 0: it says nothing, and *ret_skip are skipped.
 */
static size_t escape_len(const struct mending *m, size_t *ret_skip)
{
	int unit = code_unit(m, 0), next = code_unit(m, 6);

	*ret_skip = unit < 0 ? 1 : 6;
	if (unit < 0)
		return m->end - m->p > 1 && strchr("\"\\/bfnrt", m->p[1]) && m->p[1] ? 2 : 0;
	if (unit >= 0xd800 && unit < 0xdc00)
		return next >= 0xdc00 && next < 0xe000 ? 12 : 0;
	return unit == 0 || (unit >= 0xdc00 && unit < 0xe000) ? 0 : 6;
}

static void mend_text(struct mending *m)
{
	buf_putc(m->out, *m->p++);
	while (m->p < m->end && *m->p != '"') {
		size_t skip = 1, len = *m->p == '\\' ? escape_len(m, &skip) : 1;

		if ((unsigned char)*m->p < 0x20)
			len = 0;
		if (len > 0)
			buf_put(m->out, m->p, len);
		else
			buf_puts(m->out, UNKNOWN);
		m->p += len > 0 ? len : skip;
	}
	if (m->p < m->end)
		buf_putc(m->out, *m->p++);
}

void told_mend(struct str text, struct buf *out)
{
	struct mending m = { text.p, text.p + text.len, out };

	while (m.p < m.end) {
		if (*m.p == '"')
			mend_text(&m);
		else if (in_word(*m.p))
			mend_word(&m);
		else if (in_number(*m.p))
			mend_number(&m);
		else
			buf_putc(out, *m.p++);
	}
}
