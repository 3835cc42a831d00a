/* h1_reader.c - the raw check of a head, llhttp, and the checks that llhttp leaves to us.
 *
 *   GUARD (octet by octet) --head complete--> llhttp --> checks --> BODY (llhttp) --> COMPLETE
 *
 * llhttp sees a head only when the guard has passed all of it, in one piece, so each of its spans
 * is whole.  It then runs on our copy, and the request points into that copy. */
#include "net/h1_reader.h"

#include <llhttp.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* Octets of a body's framing (chunk sizes, extensions, trailers) between two octets of content. */
#define FRAMING_MAX (16 * KIB)
/* "OPTIONS", two blanks, "HTTP/1.1" and room for longer methods. */
#define REQUEST_LINE_EXTRA 40

enum guard_state { BEGIN, SKIPPED_CR, LINE, LINE_CR, FIELD_START, FIELD, FIELD_CR, END_CR, PASSED };

struct field {
	uint32_t name, name_len, value, value_len; /* within the head */
};

struct h1_reader {
	struct http_limits limits;
	void (*on_body)(const uint8_t *data, size_t len, void *arg);
	void *arg;
	struct h1_refusal refusal;
	enum guard_state guard;
	size_t line_bytes, fields_seen;
	unsigned blanks; /* in the request line */
	bool after_blank;
	bool skipped;     /* the one empty line that may come before a request */
	struct buf raw;   /* the head until it is complete */
	struct arena mem; /* then */
	struct h1_head head;
	llhttp_t parser;
	char *base; /* the copy of the head that llhttp reads */
	struct str url;
	struct field *fields;
	size_t fields_len;
	bool value_open, headers_done, complete;
	size_t framing;
};

/* ---- the guard ---- */

static bool is_control(uint8_t c)
{
	return c < 0x20 || c == 0x7f;
}

/* 0, or why the head is refused.  RFC 9112 sections 2.2 and 5.2 let a recipient refuse all of
 * these. */
static int guard_octet(struct h1_reader *r, uint8_t c)
{
	switch (r->guard) {
	case BEGIN:
		if (c == '\r' && !r->skipped)
			r->guard = SKIPPED_CR;
		else if (is_control(c) || c == ' ')
			return ERR_INVALID;
		else
			r->guard = LINE;
		return 0;
	case SKIPPED_CR:
		r->skipped = true;
		r->guard = BEGIN;
		return c == '\n' ? 0 : ERR_INVALID;
	case LINE:
		/* Two single blanks: llhttp takes more of them, RFC 9112 section 3 does not. */
		if (c == ' ' && (r->after_blank || ++r->blanks > 2))
			return ERR_INVALID;
		if (c == '\r' && (r->after_blank || r->blanks != 2))
			return ERR_INVALID;
		r->after_blank = c == ' ';
		if (c == '\r')
			r->guard = LINE_CR;
		else if (is_control(c))
			return ERR_INVALID;
		if (++r->line_bytes > r->limits.uri_bytes + REQUEST_LINE_EXTRA)
			return ERR_HEADERS_TOO_LARGE;
		return 0;
	case LINE_CR:
	case FIELD_CR:
		r->guard = FIELD_START;
		return c == '\n' ? 0 : ERR_INVALID;
	case FIELD_START:
		if (c == '\r') {
			r->guard = END_CR;
			return 0;
		}
		/* Folding, a blank before the first field, or a field without a name. */
		if (is_control(c) || c == ' ' || c == ':')
			return ERR_INVALID;
		r->guard = FIELD;
		return ++r->fields_seen > r->limits.header_fields ? ERR_HEADERS_TOO_LARGE : 0;
	case FIELD:
		if (c == '\r')
			r->guard = FIELD_CR;
		else if (is_control(c) && c != '\t')
			return ERR_INVALID;
		return 0;
	case END_CR:
		r->guard = PASSED;
		return c == '\n' ? 0 : ERR_INVALID;
	case PASSED:
		break;
	}
	assert(!"the guard has passed the head already");
	return ERR_INTERNAL;
}

/* ---- llhttp ---- */

static int on_url(llhttp_t *p, const char *at, size_t len)
{
	struct h1_reader *r = p->data;

	if (r->url.p)
		return HPE_USER;
	r->url = (struct str){ at, len };
	return 0;
}

static int on_field(llhttp_t *p, const char *at, size_t len)
{
	struct h1_reader *r = p->data;

	if (r->headers_done) /* a trailer: not passed on, bounded by FRAMING_MAX */
		return 0;
	if (r->fields_len == r->fields_seen || (r->fields_len && !r->value_open))
		return HPE_USER;
	r->fields[r->fields_len++] = (struct field){
		.name = (uint32_t)(at - r->base),
		.name_len = (uint32_t)len,
	};
	r->value_open = false;
	return 0;
}

static int on_value(llhttp_t *p, const char *at, size_t len)
{
	struct h1_reader *r = p->data;
	struct field *f;

	if (r->headers_done)
		return 0;
	if (!r->fields_len)
		return HPE_USER;
	f = &r->fields[r->fields_len - 1];
	/* A value may come in pieces; they must touch, or llhttp has read something as folding. */
	if (r->value_open && r->base + f->value + f->value_len != at)
		return HPE_USER;
	if (!r->value_open)
		f->value = (uint32_t)(at - r->base);
	f->value_len += (uint32_t)len;
	r->value_open = true;
	return 0;
}

static int on_headers_complete(llhttp_t *p)
{
	struct h1_reader *r = p->data;

	r->headers_done = true;
	r->head.keep_alive = llhttp_should_keep_alive(p) && p->http_minor > 0;
	/* Nobody here switches protocols at a request's word: RFC 9110 section 7.8 lets a server go
	 * on. */
	p->upgrade = 0;
	return 0;
}

static int on_body(llhttp_t *p, const char *at, size_t len)
{
	struct h1_reader *r = p->data;

	r->framing = 0;
	r->on_body((const uint8_t *)at, len, r->arg);
	return 0;
}

static int on_message_complete(llhttp_t *p)
{
	struct h1_reader *r = p->data;

	r->complete = true;
	return HPE_PAUSED; /* what follows is the next request's */
}

static const llhttp_settings_t settings = {
	.on_url = on_url,
	.on_header_field = on_field,
	.on_header_value = on_value,
	.on_headers_complete = on_headers_complete,
	.on_body = on_body,
	.on_message_complete = on_message_complete,
};

/* ---- the checks after llhttp ---- */

/* Lower-cases the names in our copy. */
static struct http_header *list_headers(struct h1_reader *r)
{
	struct http_header *h = ARENA_ARRAY(&r->mem, struct http_header, r->fields_len + 1);

	for (size_t i = 0; i < r->fields_len; i++) {
		const struct field *f = &r->fields[i];

		for (uint32_t k = f->name; k < f->name + f->name_len; k++) {
			if (r->base[k] >= 'A' && r->base[k] <= 'Z')
				r->base[k] = (char)(r->base[k] + 0x20);
		}
		h[i].name = (struct str){ r->base + f->name, f->name_len };
		h[i].value = str_trim((struct str){ r->base + f->value, f->value_len });
	}
	return h;
}

static int check_head(struct h1_reader *r)
{
	struct http_head head = {
		.version = r->parser.http_minor ? HTTP_1_1 : HTTP_1_0,
		.method = str_of(llhttp_method_name(r->parser.method)),
		.target = r->url,
		.headers = list_headers(r),
		.headers_len = r->fields_len,
	};

	r->head.http10 = head.version == HTTP_1_0;
	return http_check_head(&head, &r->limits, &r->head.request, &r->head.expects_continue);
}

/* ---- feeding ---- */

static enum h1_event refuse(struct h1_reader *r, int status, int rc)
{
	r->refusal = (struct h1_refusal){ status, rc };
	return H1_REFUSED;
}

static enum h1_event parse_head(struct h1_reader *r)
{
	llhttp_errno_t got;
	int rc;

	llhttp_init(&r->parser, HTTP_REQUEST, &settings);
	r->parser.data = r;
	r->base = arena_dup(&r->mem, r->raw.data, r->raw.len);
	r->fields = ARENA_ARRAY(&r->mem, struct field, r->fields_seen + 1);
	got = llhttp_execute(&r->parser, r->base, r->raw.len);
	buf_wipe(&r->raw);
	if (got == HPE_INVALID_VERSION)
		return refuse(r, 505, ERR_INVALID);
	if ((got != HPE_OK && got != HPE_PAUSED) || !r->headers_done)
		return refuse(r, 400, ERR_INVALID);
	if (r->parser.http_major != 1 || r->parser.http_minor > 1)
		return refuse(r, 505, ERR_INVALID);
	if (r->parser.method == HTTP_CONNECT || r->parser.method == HTTP_PRI)
		return refuse(r, 405, ERR_METHOD);
	rc = check_head(r);
	if (rc < 0)
		return refuse(r, err_status(rc), rc);
	r->head.complete = r->complete;
	if (got == HPE_PAUSED)
		llhttp_resume(&r->parser);
	return H1_HEAD;
}

/* Which head that is: `data` is what of it still has room. */
static int why_too_large(struct h1_reader *r, const uint8_t *data)
{
	struct str rest, line, cookie = STR("cookie:");

	buf_put(&r->raw, data, r->limits.header_bytes - r->raw.len);
	rest = buf_str(&r->raw);
	while (rest.len && str_split(&rest, '\n', &line)) {
		if (line.len > r->limits.header_bytes / 2 &&
		    str_eq_nocase((struct str){ line.p, cookie.len }, cookie))
			return ERR_COOKIES_TOO_LARGE;
	}
	return ERR_HEADERS_TOO_LARGE;
}

/* Of a field's octets all but the last that change nothing: most of a head is skipped by it. */
static size_t passes_guard(const struct h1_reader *r, const uint8_t *data, size_t len)
{
	size_t plain = 0;

	if (r->guard == FIELD)
		plain = str_plain_len((struct str){ (const char *)data, len });
	return plain ? plain - 1 : 0;
}

static enum h1_event feed_head(struct h1_reader *r, const uint8_t *data, size_t len,
			       size_t *ret_used)
{
	size_t room = r->limits.header_bytes - r->raw.len;

	for (size_t i = 0; i < len; i++) {
		int rc;

		i += passes_guard(r, data + i, (len < room ? len : room) - i);
		rc = guard_octet(r, data[i]);
		if (rc == 0 && r->raw.len + i + 1 > r->limits.header_bytes)
			rc = why_too_large(r, data);
		if (rc < 0) {
			*ret_used = len;
			return refuse(r, err_status(rc), rc);
		}
		if (r->guard == PASSED) {
			buf_put(&r->raw, data, i + 1);
			*ret_used = i + 1;
			return parse_head(r);
		}
	}
	buf_put(&r->raw, data, len);
	*ret_used = len;
	return H1_MORE;
}

enum h1_event h1_reader_feed(struct h1_reader *r, const uint8_t *data, size_t len, size_t *ret_used)
{
	llhttp_errno_t got;

	if (r->refusal.status) {
		*ret_used = len;
		return H1_REFUSED;
	}
	if (!r->headers_done)
		return feed_head(r, data, len, ret_used);
	assert(!r->complete);
	r->framing += len;
	got = llhttp_execute(&r->parser, (const char *)data, len);
	*ret_used = len;
	if (r->complete) {
		*ret_used = (size_t)(llhttp_get_error_pos(&r->parser) - (const char *)data);
		return H1_COMPLETE;
	}
	if (got != HPE_OK)
		return refuse(r, 400, ERR_INVALID);
	if (r->framing > FRAMING_MAX)
		return refuse(r, 431, ERR_HEADERS_TOO_LARGE);
	return H1_MORE;
}

struct h1_reader *h1_reader_new(const struct http_limits *limits,
				void (*on_body_fn)(const uint8_t *data, size_t len, void *arg),
				void *arg)
{
	struct h1_reader *r = xcalloc(1, sizeof(*r));

	r->limits = *limits;
	r->on_body = on_body_fn;
	r->arg = arg;
	r->raw = buf_new(limits->header_bytes);
	return r;
}

void h1_reader_free(struct h1_reader **r)
{
	if (!*r)
		return;
	buf_wipe(&(*r)->raw);
	arena_wipe(&(*r)->mem);
	free(*r);
	*r = NULL;
}

struct h1_head h1_reader_head(struct h1_reader *r, struct arena *ret_mem)
{
	*ret_mem = r->mem;
	r->mem = (struct arena){ 0 };
	r->fields = NULL;
	r->base = NULL;
	return r->head;
}

struct h1_refusal h1_reader_refusal(const struct h1_reader *r)
{
	return r->refusal;
}
