/* csv.c - see csv.h. */
#include "base/csv.h"

#include <string.h>

static const char separators[] = ",;\t";

static bool at(const struct csv *c, char what)
{
	return c->rest.len && c->rest.p[0] == what;
}

static bool at_line_end(const struct csv *c)
{
	return !c->rest.len || at(c, '\n') || at(c, '\r');
}

static void step(struct csv *c, size_t n)
{
	c->rest.p += n;
	c->rest.len -= n;
}

/* CRLF is one end of line. */
static void end_line(struct csv *c)
{
	if (!c->rest.len)
		return;
	step(c, c->rest.len > 1 && c->rest.p[0] == '\r' && c->rest.p[1] == '\n' ? 2 : 1);
	c->lines++;
}

static void skip_line(struct csv *c)
{
	while (!at_line_end(c))
		step(c, 1);
	end_line(c);
}

/* Where a field may begin, whichever the separator is. */
static bool at_field(struct str text, size_t i)
{
	return i == 0 || (text.p[i - 1] && strchr(separators, text.p[i - 1]));
}

static char find_separator(struct str text)
{
	size_t counts[sizeof(separators)] = {}, best = 0;
	bool quoted = false;

	for (size_t i = 0; i < text.len && (quoted || !strchr("\r\n", text.p[i])); i++) {
		const char *found = text.p[i] ? strchr(separators, text.p[i]) : NULL;

		if (quoted && text.p[i] == '"' && i + 1 < text.len && text.p[i + 1] == '"')
			i++;
		else if (text.p[i] == '"')
			quoted = !quoted && at_field(text, i);
		else if (found && !quoted)
			counts[found - separators]++;
	}
	for (size_t i = 1; i < sizeof(separators) - 1; i++) {
		if (counts[i] > counts[best])
			best = i;
	}
	return separators[best];
}

void csv_begin(struct csv *c, struct str text)
{
	if (str_starts(text, STR("\xef\xbb\xbf")))
		text = (struct str){ text.p + 3, text.len - 3 };
	*c = (struct csv){ .rest = text, .separator = find_separator(text) };
}

/* A quote within it is one of its letters. */
static int plain_field(struct csv *c, struct str *ret_field)
{
	struct str field = { c->rest.p, 0 };

	while (!at_line_end(c) && !at(c, c->separator)) {
		step(c, 1);
		field.len++;
	}
	*ret_field = field;
	return 0;
}

/* Up to the closing quote; *ret_len octets of it, of which `doubled` quotes are one too many. */
static int find_close(struct csv *c, size_t *ret_len, size_t *ret_doubled)
{
	size_t len = 0, doubled = 0;

	for (; len < c->rest.len; len++) {
		if (c->rest.p[len] != '"')
			continue;
		if (len + 1 == c->rest.len || c->rest.p[len + 1] != '"') {
			*ret_len = len;
			*ret_doubled = doubled;
			return 0;
		}
		len++;
		doubled++;
	}
	return ERR_INVALID;
}

static struct str without_doubled(struct arena *mem, struct str text, size_t doubled)
{
	char *plain = arena_alloc(mem, text.len - doubled + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		plain[n++] = text.p[i];
		i += text.p[i] == '"';
	}
	plain[n] = 0;
	return (struct str){ plain, n };
}

static void count_lines(struct csv *c, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		bool pair = text.p[i] == '\r' && i + 1 < text.len && text.p[i + 1] == '\n';

		c->lines += !pair && (text.p[i] == '\n' || text.p[i] == '\r');
	}
}

static int quoted_field(struct csv *c, struct arena *mem, struct str *ret_field)
{
	size_t len, doubled;
	struct str field;
	int rc;

	step(c, 1);
	rc = find_close(c, &len, &doubled);
	if (rc < 0)
		return rc;
	field = (struct str){ c->rest.p, len };
	count_lines(c, field);
	step(c, len + 1);
	if (!at_line_end(c) && !at(c, c->separator))
		return ERR_INVALID;
	*ret_field = doubled ? without_doubled(mem, field, doubled) : field;
	return 0;
}

static int read_fields(struct csv *c, struct arena *mem, struct str *fields, size_t max,
		       size_t *ret_len)
{
	size_t len = 0;
	int rc;

	for (;;) {
		if (len == max)
			return ERR_TOO_LARGE;
		rc = at(c, '"') ? quoted_field(c, mem, &fields[len]) : plain_field(c, &fields[len]);
		if (rc < 0)
			return rc;
		len++;
		if (!at(c, c->separator))
			break;
		step(c, 1);
	}
	*ret_len = len;
	return 1;
}

int csv_row(struct csv *c, struct arena *mem, struct str *fields, size_t max, size_t *ret_len)
{
	int rc;

	while (c->rest.len && at_line_end(c))
		end_line(c);
	if (!c->rest.len)
		return 0;
	c->line = c->lines + 1;
	rc = read_fields(c, mem, fields, max, ret_len);
	if (rc < 0)
		skip_line(c);
	else
		end_line(c);
	return rc;
}
