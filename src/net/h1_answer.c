/* h1_answer.c - see h1_answer.h.
 *
 *   HEAD --blank line--> split, framing --> COUNTED | CHUNKED | UNTIL_CLOSE --> OVER */
#include "net/h1_answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"

/* Octets of a body's framing (chunk sizes, extensions, trailers) between two octets of content. */
#define FRAMING_MAX (16 * KIB)

enum phase { HEAD, COUNTED, CHUNKED, UNTIL_CLOSE, OVER, BROKEN };
enum line { SIZE, DATA_END, TRAILER }; /* of a chunk: the next one */

struct h1_answer {
	struct h1_answer_setup setup;
	enum phase phase;
	struct buf raw; /* a head, or a line between chunks, until it is complete */
	size_t line_bytes, lines;
	bool after_cr;
	bool controls;    /* among the octets of the head: others than those that end lines */
	struct arena mem; /* the head's */
	struct h1_answer_head head;
	bool doubt;   /* another reader could see another message */
	int64_t left; /* of the body, or of its chunk */
	size_t framing, trailers;
	enum line line;
};

/* ---- the head as lines ---- */

/* Of a token (RFC 9110 section 5.6.2), in small letters; 0: of none. */
static char token_char(char c)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	if ((c >= 'a' && c <= 'z') || c == '-' || (c >= '0' && c <= '9'))
		return c;
	if (c >= 'A' && c <= 'Z')
		return (char)(c + 0x20);
	return c && strchr(others, c) ? c : 0;
}

/* The name becomes one of small letters, in place; false: it is none. */
static bool make_token(char *name, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = token_char(name[i]);

		if (!c)
			return false;
		name[i] = c;
	}
	return len > 0;
}

/* Control octets become blanks, in place; behind the text there is room for a NUL. */
static struct str make_value(struct h1_answer *r, char *text, size_t len)
{
	struct str value;

	for (size_t i = r->controls ? 0 : len; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f) {
			text[i] = ' ';
			r->doubt = true;
		}
	}
	value = str_trim((struct str){ text, len });
	text[value.p - text + (ptrdiff_t)value.len] = '\0'; /* what ends the line, or was trimmed */
	return value;
}

static bool next_line(struct str *rest, struct str *ret_line)
{
	if (!str_split(rest, '\n', ret_line))
		return false;
	if (ret_line->len && ret_line->p[ret_line->len - 1] == '\r')
		ret_line->len--;
	return true;
}

/* "HTTP/1.x nnn", and whatever stands behind it. */
static bool read_status(struct h1_answer *r, struct str line, bool *ret_http10)
{
	struct str code;
	uint64_t status;

	if (line.len < 12 || !str_eq_nocase((struct str){ line.p, 7 }, STR("HTTP/1.")) ||
	    line.p[7] < '0' || line.p[7] > '9' || line.p[8] != ' ')
		return false;
	code = str_trim((struct str){ line.p + 8, line.len - 8 });
	if (code.len < 3 || (code.len > 3 && code.p[3] >= '0' && code.p[3] <= '9'))
		return false;
	code.len = 3;
	if (!str_to_u64(code, &status) || status < 100 || status > HTTP_STATUS_MAX)
		return false;
	r->head.status = (int)status;
	*ret_http10 = line.p[7] == '0';
	return true;
}

/* A value that goes on in the next line (RFC 9112 section 5.2). */
static bool fold(struct h1_answer *r, struct str line)
{
	struct http_header *last;
	char *text;

	r->doubt = true;
	if (!r->head.headers_len)
		return false;
	line = str_trim(line);
	last = &r->head.headers[r->head.headers_len - 1];
	text = arena_printf(&r->mem, "%.*s %.*s", (int)last->value.len, last->value.p,
			    (int)line.len, line.p);
	last->value = make_value(r, text, strlen(text));
	return true;
}

/* One of "name: value", which is r's to change; false: it is no field. */
static bool make_field(struct h1_answer *r, char *line, size_t len, struct http_header *ret)
{
	struct str name = { line, len };
	char *colon = memchr(line, ':', len);

	if (!colon)
		return false;
	name.len = (size_t)(colon - line);
	name = str_trim(name); /* RFC 9112 section 5.1: a proxy takes the blank away */
	r->doubt |= name.len != (size_t)(colon - line);
	if (name.p != line || !make_token(line, name.len))
		return false;
	line[name.len] = '\0'; /* the colon, or a blank before it */
	*ret = (struct http_header){ name,
				     make_value(r, colon + 1, len - 1 - (size_t)(colon - line)) };
	return true;
}

/* ---- what decides where it ends ---- */

/* Whether a list of tokens has it. */
static bool has_token(struct str list, struct str token)
{
	struct str part;

	while (str_split(&list, ',', &part)) {
		if (str_eq_nocase(str_trim(part), token))
			return true;
	}
	return false;
}

static bool connection_has(const struct h1_answer *r, struct str token)
{
	const struct h1_answer_head *h = &r->head;

	for (size_t i = 0; i < h->headers_len; i++) {
		if (str_eq(h->headers[i].name, STR("connection")) &&
		    has_token(h->headers[i].value, token))
			return true;
	}
	return false;
}

/* All Content-Length there are, each maybe a list (RFC 9110 section 8.6): one number, or false. One
 * that is no number, as "-1" of who does not know it, stands alone and tells nothing. */
static bool read_length(struct h1_answer *r, bool *ret_some)
{
	int64_t length = -1;
	bool garbled = false;

	for (size_t i = 0; i < r->head.headers_len; i++) {
		struct str list = r->head.headers[i].value, part;
		uint64_t n;

		if (!str_eq(r->head.headers[i].name, STR("content-length")))
			continue;
		while (str_split(&list, ',', &part)) {
			if (!str_to_u64(str_trim(part), &n) || n > INT64_MAX) {
				garbled = true;
				continue;
			}
			if (length >= 0 && (int64_t)n != length)
				return false;
			r->doubt |= length >= 0;
			length = (int64_t)n;
		}
	}
	if (garbled && length >= 0)
		return false;
	r->doubt |= garbled;
	r->head.body_bytes = length;
	*ret_some = length >= 0;
	return true;
}

/* False for anything but `chunked`, once, or none at all.  Empty items are none (RFC 9110 section
 * 5.6.1.2), nor is `identity`, of RFC 2616 and given up since. */
static bool read_codings(struct h1_answer *r, bool *ret_chunked)
{
	bool chunked = false;

	for (size_t i = 0; i < r->head.headers_len; i++) {
		struct str list = r->head.headers[i].value, coding;

		if (!str_eq(r->head.headers[i].name, STR("transfer-encoding")))
			continue;
		r->doubt |= !str_eq_nocase(list, STR("chunked"));
		while (str_split(&list, ',', &coding)) {
			coding = str_trim(coding);
			if (!coding.len || str_eq_nocase(coding, STR("identity")))
				continue;
			if (chunked || !str_eq_nocase(coding, STR("chunked")))
				return false;
			chunked = true;
		}
	}
	*ret_chunked = chunked;
	return true;
}

static bool never_has_body(const struct h1_answer *r)
{
	int status = r->head.status;

	return status < 200 || status == 204 || status == 304 || r->setup.head;
}

static bool choose_body(struct h1_answer *r, bool http10)
{
	struct h1_answer_head *h = &r->head;
	bool counted = false, chunked = false;

	if (!read_length(r, &counted) || !read_codings(r, &chunked))
		return false;
	/* RFC 9112 section 6.1: chunks decide, and the connection ends after them. */
	r->doubt |= chunked && (counted || http10);
	if (chunked)
		h->body_bytes = -1;
	if (never_has_body(r)) {
		r->phase = OVER;
		h->complete = true;
	} else if (chunked) {
		r->phase = CHUNKED;
	} else if (counted) {
		r->phase = h->body_bytes ? COUNTED : OVER;
		h->complete = h->body_bytes == 0;
		r->left = h->body_bytes;
	} else {
		r->phase = UNTIL_CLOSE;
		h->until_close = true;
	}
	h->stays_open = !connection_has(r, STR("close")) &&
			(!http10 || connection_has(r, STR("keep-alive")));
	h->keep_alive = h->stays_open && !r->doubt && !h->until_close;
	return true;
}

/* "Upgrade: TLS/1.2,TLS/1.1": each a protocol's name and perhaps its version. */
static bool names_tls(const struct h1_answer_head *h)
{
	for (size_t i = 0; i < h->headers_len; i++) {
		struct str list = h->headers[i].value, protocol, name;

		if (!str_eq(h->headers[i].name, STR("upgrade")))
			continue;
		while (str_split(&list, ',', &protocol)) {
			if (str_split(&protocol, '/', &name) &&
			    str_eq_nocase(str_trim(name), STR("tls")))
				return true;
		}
	}
	return false;
}

/* ---- what is passed on ---- */

static bool is_framing(struct str name)
{
	static const char *const names[] = {
		"connection", "content-length", "keep-alive",        "proxy-connection",
		"te",         "trailer",        "transfer-encoding", "upgrade",
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (str_is(name, names[i]))
			return true;
	}
	return false;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" by its shape (RFC 9110 section 5.6.7). */
static bool is_date(struct str value)
{
	static const char shape[] = "aaa, nn aaa nnnn nn:nn:nn GMT";

	for (size_t i = 0; i < value.len && i < sizeof(shape); i++) {
		char c = value.p[i];
		bool ok = shape[i] == 'a'   ? (c | 0x20) >= 'a' && (c | 0x20) <= 'z'
			  : shape[i] == 'n' ? c >= '0' && c <= '9'
					    : c == shape[i];
		if (!ok)
			return false;
	}
	return value.len == sizeof(shape) - 1;
}

/* Whether Connection may name fields (RFC 9110 section 7.6.1): mostly it is one word about itself.
 */
static bool connection_names_some(const struct h1_answer *r)
{
	const struct h1_answer_head *h = &r->head;

	for (size_t i = 0; i < h->headers_len; i++) {
		struct str value = h->headers[i].value;

		if (str_eq(h->headers[i].name, STR("connection")) &&
		    !str_eq_nocase(value, STR("keep-alive")) && !str_eq_nocase(value, STR("close")))
			return true;
	}
	return false;
}

static bool is_passed_on(const struct h1_answer *r, const struct http_header *f, size_t before)
{
	if (is_framing(f->name))
		return false;
	if (!str_eq(f->name, STR("date")))
		return true;
	return is_date(f->value) && !http_find(r->head.headers, before, f->name);
}

static void leave_out(struct h1_answer *r)
{
	struct http_header *all = r->head.headers;
	struct http_header *kept =
		ARENA_ARRAY(&r->mem, struct http_header, r->head.headers_len + 1);
	bool names_some = connection_names_some(r);
	size_t len = 0;

	for (size_t i = 0; i < r->head.headers_len; i++) {
		if (is_passed_on(r, &all[i], i) && !(names_some && connection_has(r, all[i].name)))
			kept[len++] = all[i];
	}
	r->head.headers = kept;
	r->head.headers_len = len;
}

/* ---- the head ---- */

static bool split_head(struct h1_answer *r, bool *ret_http10)
{
	char *text = arena_strndup(&r->mem, (const char *)r->raw.data, r->raw.len);
	struct str rest = { text, r->raw.len }, line;
	struct h1_answer_head *h = &r->head;

	do { /* the empty line that the scan let through */
		if (!next_line(&rest, &line))
			return false;
	} while (!line.len);
	h->headers = ARENA_ARRAY(&r->mem, struct http_header, r->lines + 1);
	if (!read_status(r, line, ret_http10))
		return false;
	while (next_line(&rest, &line) && line.len) {
		if (line.p[0] == ' ' || line.p[0] == '\t') {
			if (!fold(r, line))
				return false;
		} else if (make_field(r, text + (line.p - text), line.len,
				      &h->headers[h->headers_len])) {
			h->headers_len++;
		} else {
			r->doubt = true;
		}
	}
	return true;
}

static enum h1_answer_event finish_head(struct h1_answer *r)
{
	bool http10 = false;
	bool ok;

	arena_wipe(&r->mem);
	r->head = (struct h1_answer_head){ .body_bytes = -1 };
	ok = split_head(r, &http10) && r->head.headers_len <= r->setup.header_fields &&
	     (r->head.status != 101 || r->setup.upgrade) && choose_body(r, http10);
	buf_wipe(&r->raw);
	if (!ok) {
		r->phase = BROKEN;
		return ANSWER_BAD;
	}
	r->head.wants_tls = r->head.status == 426 && names_tls(&r->head);
	leave_out(r);
	if (r->head.status == 101) {
		r->head.switched = true;
		r->head.keep_alive = false;
	} else if (r->head.status < 200) {
		r->phase = HEAD;
		r->line_bytes = r->lines = 0;
		r->controls = false;
		return ANSWER_INTERIM;
	}
	return ANSWER_HEAD;
}

/* One octet of a head: 1 at its end, ERR_* if it cannot be one. */
static int scan(struct h1_answer *r, uint8_t c)
{
	bool after_cr = r->after_cr;

	r->after_cr = c == '\r';
	r->controls |= (c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7f ||
		       (after_cr && c != '\n');
	if (c == 0)
		return ERR_UPSTREAM;
	if (c != '\n') {
		r->line_bytes += 1 + (after_cr && c != '\r');
		r->line_bytes -= c == '\r';
		return 0;
	}
	if (!r->line_bytes && !r->lines) { /* what a body before left behind */
		if (r->doubt)
			return ERR_UPSTREAM;
		r->doubt = true;
		return 0;
	}
	r->doubt |= !after_cr;
	if (!r->line_bytes)
		return 1;
	r->line_bytes = 0;
	/* One more than fields: the status line. */
	return ++r->lines > r->setup.header_fields + 1 ? ERR_HEADERS_TOO_LARGE : 0;
}

/* Within a line, of the octets that only make it longer all but the last. */
static size_t scan_plain(struct h1_answer *r, const uint8_t *data, size_t len)
{
	size_t plain = 0;

	if (!r->after_cr)
		plain = str_plain_len((struct str){ (const char *)data, len });
	plain = plain ? plain - 1 : 0;
	r->line_bytes += plain;
	return plain;
}

static enum h1_answer_event feed_head(struct h1_answer *r, const uint8_t *data, size_t len,
				      size_t *ret_used)
{
	size_t room = r->setup.header_bytes - r->raw.len;

	for (size_t i = 0; i < len; i++) {
		int got;

		i += scan_plain(r, data + i, (len < room ? len : room) - i);
		got = scan(r, data[i]);
		if (got < 0 || r->raw.len + i + 1 > r->setup.header_bytes) {
			r->phase = BROKEN;
			return ANSWER_BAD;
		}
		if (got > 0) {
			buf_put(&r->raw, data, i + 1);
			*ret_used = i + 1;
			return finish_head(r);
		}
	}
	buf_put(&r->raw, data, len);
	return ANSWER_MORE;
}

/* ---- chunks ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What stands behind the size is nothing to us (RFC 9112 section 7.1.1), nor are blanks: servers
 * fill it up to a width of their own, as Apache 1.3 did. */
static bool read_size(struct str line, int64_t *ret_size)
{
	struct str rest = line, digits;
	int64_t size = 0;

	for (size_t i = 0; i < line.len; i++) {
		if (((uint8_t)line.p[i] < 0x20 && line.p[i] != '\t') || line.p[i] == 0x7f)
			return false;
	}
	if (!line.len || is_blank(line.p[0]) || !str_split(&rest, ';', &digits))
		return false;
	digits = str_trim(digits);
	for (size_t i = 0; i < digits.len; i++) {
		int digit = hex_digit(digits.p[i]);

		if (digit < 0 || size > INT64_MAX >> 4)
			return false;
		size = size << 4 | digit;
	}
	*ret_size = size;
	return digits.len > 0;
}

static bool read_trailer(struct h1_answer *r, struct str line)
{
	char *text = arena_strndup(&r->mem, line.p, line.len);
	struct http_header field;

	if (++r->trailers > r->setup.header_fields)
		return false;
	r->controls = true; /* nobody has looked */
	if (!make_field(r, text, line.len, &field))
		r->doubt = true;
	else if (!is_framing(field.name))
		r->setup.on_trailer(field.name, field.value, r->setup.arg);
	return true;
}

/* The line in raw is complete. */
static bool end_line(struct h1_answer *r)
{
	struct str line = buf_str(&r->raw);

	line.len--;
	if (line.len && line.p[line.len - 1] == '\r')
		line.len--;
	else
		r->doubt = true;
	switch (r->line) {
	case SIZE:
		if (!read_size(line, &r->left))
			return false;
		r->line = r->left ? DATA_END : TRAILER;
		return true;
	case DATA_END:
		r->line = SIZE;
		return !line.len;
	case TRAILER:
		if (!line.len)
			r->phase = OVER;
		return !line.len || read_trailer(r, line);
	}
	return false;
}

static bool feed_line(struct h1_answer *r, const uint8_t *data, size_t len, size_t *ret_used)
{
	const uint8_t *end = memchr(data, '\n', len);
	bool ok;

	*ret_used = end ? (size_t)(end - data) + 1 : len;
	r->framing += *ret_used;
	buf_put(&r->raw, data, *ret_used);
	if (r->raw.failed || r->framing > FRAMING_MAX)
		return false;
	if (!end)
		return true;
	ok = end_line(r);
	buf_clear(&r->raw);
	return ok;
}

static enum h1_answer_event feed_chunks(struct h1_answer *r, const uint8_t *data, size_t len,
					size_t *ret_used)
{
	size_t at = 0, used;

	while (at < len && r->phase == CHUNKED) {
		if (r->left) {
			used = (int64_t)(len - at) < r->left ? len - at : (size_t)r->left;
			r->left -= (int64_t)used;
			r->framing = 0;
			r->setup.on_body(data + at, used, r->setup.arg);
		} else if (!feed_line(r, data + at, len - at, &used)) {
			r->phase = BROKEN;
		}
		at += used;
	}
	*ret_used = at;
	r->head.keep_alive &= !r->doubt;
	return r->phase == OVER ? ANSWER_COMPLETE : r->phase == BROKEN ? ANSWER_BAD : ANSWER_MORE;
}

/* ---- feeding ---- */

static enum h1_answer_event feed_counted(struct h1_answer *r, const uint8_t *data, size_t len,
					 size_t *ret_used)
{
	if ((int64_t)len > r->left)
		len = (size_t)r->left;
	*ret_used = len;
	r->left -= (int64_t)len;
	r->setup.on_body(data, len, r->setup.arg);
	if (r->left)
		return ANSWER_MORE;
	r->phase = OVER;
	return ANSWER_COMPLETE;
}

enum h1_answer_event h1_answer_feed(struct h1_answer *r, const uint8_t *data, size_t len,
				    size_t *ret_used)
{
	*ret_used = len;
	switch (r->phase) {
	case HEAD:
		return feed_head(r, data, len, ret_used);
	case COUNTED:
		return feed_counted(r, data, len, ret_used);
	case CHUNKED:
		return feed_chunks(r, data, len, ret_used);
	case UNTIL_CLOSE:
		if (len)
			r->setup.on_body(data, len, r->setup.arg);
		return ANSWER_MORE;
	case OVER:
	case BROKEN:
		break;
	}
	return ANSWER_BAD; /* octets that nobody asked for */
}

enum h1_answer_event h1_answer_end(const struct h1_answer *r)
{
	return r->phase == UNTIL_CLOSE ? ANSWER_COMPLETE : ANSWER_BAD;
}

struct h1_answer_head h1_answer_head(const struct h1_answer *r)
{
	return r->head;
}

struct arena *h1_answer_memory(struct h1_answer *r)
{
	return &r->mem;
}

struct h1_answer *h1_answer_new(const struct h1_answer_setup *setup)
{
	struct h1_answer *r = xcalloc(1, sizeof(*r));

	r->setup = *setup;
	r->raw = buf_new(setup->header_bytes);
	return r;
}

void h1_answer_free(struct h1_answer **r)
{
	if (!*r)
		return;
	buf_wipe(&(*r)->raw);
	arena_wipe(&(*r)->mem);
	free(*r);
	*r = NULL;
}
