/* buf.c - views, the growing buffer, the cursor, and the encodings of octets as text. */
#include "base/buf.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define CAP_MIN     64
#define GZIP_WINDOW (15 + 16) /* zlib: the largest window, gzip's header and trailer */
#define GZIP_STEP   (16 * KIB)

struct str str_of(const char *s)
{
	return (struct str){ s, s ? strlen(s) : 0 };
}

bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool str_is(struct str s, const char *word)
{
	size_t at = 0;

	while (at < s.len && word[at] && s.p[at] == word[at])
		at++;
	return at == s.len && !word[at];
}

bool str_eq_nocase(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	if (str_eq(a, b)) /* as it mostly is */
		return true;
	for (size_t i = 0; i < a.len; i++) {
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	}
	return true;
}

#define EACH(octet) (0x0101010101010101U * (octet))

/* Eight octets at once: nothing else of a head is looked at as often as this.  May say no of more,
 * after the first one that is. */
static bool has_control(const char *p)
{
	uint64_t eight, del;

	memcpy(&eight, p, sizeof(eight));
	del = eight ^ EACH(0x7f);
	return (((eight - EACH(0x20)) & ~eight) | ((del - EACH(1)) & ~del)) & EACH(0x80);
}

size_t str_plain_len(struct str s)
{
	size_t n = 0;

	while (s.len - n >= 8 && !has_control(s.p + n))
		n += 8;
	if (s.len >= 8 && s.len - n < 8 && !has_control(s.p + s.len - 8))
		return s.len;
	while (n < s.len && (unsigned char)s.p[n] >= 0x20 && s.p[n] != 0x7f)
		n++;
	return n;
}

bool str_has_nocase(struct str s, struct str part)
{
	for (size_t i = 0; i + part.len <= s.len; i++)
		if (str_eq_nocase((struct str){ s.p + i, part.len }, part))
			return true;
	return false;
}

bool str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq((struct str){ s.p, prefix.len }, prefix);
}

bool str_ends(struct str s, struct str suffix)
{
	return s.len >= suffix.len &&
	       str_eq((struct str){ s.p + (s.len - suffix.len), suffix.len }, suffix);
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

struct str str_trim(struct str s)
{
	while (s.len > 0 && blank(s.p[0])) {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

bool str_split(struct str *rest, char sep, struct str *ret_part)
{
	const char *at;
	size_t len;

	if (!rest->p)
		return false;
	at = memchr(rest->p, sep, rest->len);
	if (!at) {
		*ret_part = *rest;
		*rest = (struct str){};
		return true;
	}
	len = (size_t)(at - rest->p);
	*ret_part = (struct str){ rest->p, len };
	*rest = (struct str){ at + 1, rest->len - len - 1 };
	return true;
}

bool str_to_u64(struct str s, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || mul_overflow(value, 10, &value) ||
		    add_overflow(value, (uint64_t)(s.p[i] - '0'), &value))
			return false;
	}
	*ret_value = value;
	return true;
}

struct buf buf_new(size_t max)
{
	return (struct buf){ .max = max };
}

void buf_done(struct buf *b)
{
	free(b->data);
	*b = buf_new(b->max);
}

void buf_wipe(struct buf *b)
{
	if (b->data)
		explicit_bzero(b->data, b->cap);
	buf_done(b);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->data)
		b->data[0] = 0;
}

/* realloc would leave what the buffer held in freed memory: hence the copy and the wiping. */
static void grow(struct buf *b, size_t need)
{
	size_t cap = b->cap ? 2 * b->cap : CAP_MIN;
	uint8_t *data;

	if (cap > b->max)
		cap = b->max + 1;
	if (cap < need)
		cap = need;
	data = xmalloc(cap);
	if (b->data) {
		memcpy(data, b->data, b->len);
		explicit_bzero(b->data, b->cap);
		free(b->data);
	}
	b->data = data;
	b->cap = cap;
}

void buf_room(struct buf *b, size_t len)
{
	if (!b->failed && len <= b->max - b->len && b->cap - b->len < len + 1)
		grow(b, b->len + len + 1);
}

uint8_t *buf_reserve(struct buf *b, size_t len)
{
	uint8_t *p;

	if (b->failed || len > b->max - b->len) {
		b->failed = true;
		return NULL;
	}
	if (b->cap - b->len < len + 1)
		grow(b, b->len + len + 1);
	p = b->data + b->len;
	b->len += len;
	b->data[b->len] = 0;
	return p;
}

void buf_put(struct buf *b, const void *data, size_t len)
{
	uint8_t *p = buf_reserve(b, len);

	if (p && len > 0)
		memcpy(p, data, len);
}

void buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void buf_putstr(struct buf *b, struct str s)
{
	buf_put(b, s.p, s.len);
}

void buf_putc(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void buf_put_i64(struct buf *b, int64_t value)
{
	char digits[20]; /* of -2^63 */
	char *p = digits + sizeof(digits);
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;

	do {
		*--p = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (value < 0)
		*--p = '-';
	buf_put(b, p, (size_t)(digits + sizeof(digits) - p));
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	size_t room = b->cap - b->len;
	va_list again;
	uint8_t *p;
	int len;

	/* Straight to where it belongs: mostly it fits, and was formatted once. */
	va_copy(again, ap);
	len = vsnprintf(room ? (char *)b->data + b->len : NULL, room, fmt, again);
	va_end(again);
	if (len < 0)
		die("text could not be formatted");
	p = buf_reserve(b, (size_t)len);
	if (p && (size_t)len >= room)
		vsnprintf((char *)p, (size_t)len + 1, fmt, ap);
	else if (!p && room)
		b->data[b->len] = 0;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void buf_put_le(struct buf *b, uint64_t value, unsigned octets)
{
	uint8_t *p;

	assert(octets >= 1 && octets <= 8);
	p = buf_reserve(b, octets);
	for (unsigned i = 0; p && i < octets; i++)
		p[i] = (uint8_t)(value >> (8 * i));
}

int buf_status(const struct buf *b)
{
	return b->failed ? ERR_TOO_LARGE : 0;
}

struct str buf_str(const struct buf *b)
{
	return (struct str){ (const char *)b->data, b->len };
}

struct cur cur_of(const void *data, size_t len)
{
	return (struct cur){ .p = data, .left = len };
}

const uint8_t *cur_take(struct cur *c, size_t len)
{
	static const uint8_t nothing[1];
	const uint8_t *p = c->p ? c->p : nothing; /* NULL must mean failure alone */

	if (c->failed || len > c->left) {
		c->failed = true;
		return NULL;
	}
	if (len > 0)
		c->p += len;
	c->left -= len;
	return p;
}

uint64_t cur_le(struct cur *c, unsigned octets)
{
	const uint8_t *p;
	uint64_t value = 0;

	assert(octets >= 1 && octets <= 8);
	p = cur_take(c, octets);
	for (unsigned i = 0; p && i < octets; i++)
		value |= (uint64_t)p[i] << (8 * i);
	return value;
}

void cur_copy(struct cur *c, void *out, size_t len)
{
	const uint8_t *p = cur_take(c, len);

	if (len == 0)
		return;
	if (p)
		memcpy(out, p, len);
	else
		memset(out, 0, len);
}

void buf_put_hex(struct buf *b, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *in = data;

	for (size_t i = 0; i < len; i++) {
		buf_putc(b, digits[in[i] >> 4]);
		buf_putc(b, digits[in[i] & 15]);
	}
}

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64url_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void put_base64(struct buf *b, const char *digits, bool padded, const uint8_t *in,
		       size_t len)
{
	const size_t rest = len % 3, tail = rest ? (padded ? 4 : rest + 1) : 0;
	uint8_t *out = buf_reserve(b, len / 3 * 4 + tail);

	if (!out)
		return;
	for (size_t i = 0; i < len; i += 3) {
		size_t have = len - i < 3 ? len - i : 3;
		uint32_t word = (uint32_t)in[i] << 16;

		if (have > 1)
			word |= (uint32_t)in[i + 1] << 8;
		if (have > 2)
			word |= in[i + 2];
		for (size_t k = 0; k <= have; k++)
			*out++ = (uint8_t)digits[word >> (18 - 6 * k) & 63];
		for (size_t k = have; padded && k < 3; k++)
			*out++ = '=';
	}
}

void buf_put_base64(struct buf *b, const void *data, size_t len)
{
	put_base64(b, base64_digits, true, data, len);
}

void buf_put_base64url(struct buf *b, const void *data, size_t len)
{
	put_base64(b, base64url_digits, false, data, len);
}

/* The place of c among the digits, or -1.  NUL is not a digit although strchr would find it. */
static int digit(const char *digits, char c)
{
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

int hex_decode(struct str in, uint8_t *out, size_t max)
{
	if (in.len % 2 || in.len / 2 > max || in.len / 2 > INT32_MAX)
		return ERR_INVALID;
	for (size_t i = 0; i < in.len; i += 2) {
		int high = digit("0123456789abcdef", in.p[i]);
		int low = digit("0123456789abcdef", in.p[i + 1]);

		if (high < 0 || low < 0)
			return ERR_INVALID;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	return (int)(in.len / 2);
}

/* What the octets from ' ' on are worth in either base64 alphabet; -1: nothing. */
#define FIRST ' '
/* clang-format off */
static const int8_t base64_values[] = {
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 62, -1, 62, -1, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1,
	-1,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, 63,
	-1, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, -1, -1, -1, -1, -1,
};
/* clang-format on */

/* From a table, because a processor cannot foresee which of its ranges a random digit is in. */
static int value_base64(const char *digits, char c)
{
	size_t i = (size_t)(unsigned char)c - FIRST;
	int value = i < sizeof(base64_values) ? base64_values[i] : -1;

	return value >= 0 && digits[value] == c ? value : -1;
}

/* `in` without padding. */
static int decode_base64(struct str in, const char *digits, uint8_t *out, size_t max)
{
	size_t len = in.len / 4 * 3 + (in.len % 4 ? in.len % 4 - 1 : 0);
	uint32_t acc = 0;
	unsigned have = 0;

	if (in.len % 4 == 1 || len > max || len > INT32_MAX)
		return ERR_INVALID;
	for (size_t i = 0; i < in.len; i++) {
		int d = value_base64(digits, in.p[i]);

		if (d < 0)
			return ERR_INVALID;
		acc = (acc << 6 | (uint32_t)d) & 0xffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			*out++ = (uint8_t)(acc >> have);
		}
	}
	/* Two spellings of one value would let a signed text be altered unnoticed. */
	if (acc & ((1u << have) - 1))
		return ERR_INVALID;
	return (int)len;
}

int base64_decode(struct str in, uint8_t *out, size_t max)
{
	size_t pad = 0;

	if (in.len % 4)
		return ERR_INVALID;
	while (pad < 2 && in.len > 0 && in.p[in.len - 1] == '=') {
		in.len--;
		pad++;
	}
	return decode_base64(in, base64_digits, out, max);
}

int base64url_decode(struct str in, uint8_t *out, size_t max)
{
	return decode_base64(in, base64url_digits, out, max);
}

uint32_t utf8_take(struct str *rest)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const uint8_t *p = (const uint8_t *)rest->p;
	uint32_t code = p[0];
	size_t len = 1;

	if (code >= 0xf0)
		len = 4;
	else if (code >= 0xe0)
		len = 3;
	else if (code >= 0xc0)
		len = 2;
	if (len > rest->len || (code >= 0x80 && code < 0xc0) || code > 0xf4)
		goto bad;
	if (len > 1)
		code &= 0x7fu >> len;
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			goto bad;
		code = code << 6 | (p[i] & 0x3f);
	}
	if (code < least[len] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		goto bad;
	*rest = (struct str){ rest->p + len, rest->len - len };
	return code;
bad:
	*rest = (struct str){ rest->p + 1, rest->len - 1 };
	return UTF8_BAD;
}

bool utf8_hidden(uint32_t c)
{
	return (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0x00ad || c == 0x034f || c == 0x061c ||
	       (c >= 0x17b4 && c <= 0x17b5) || c == 0x180e || c == 0xfeff ||
	       (c >= 0xfff9 && c <= 0xfffc) || (c >= 0x1d173 && c <= 0x1d17a) ||
	       (c >= 0xe0000 && c <= 0xe0fff);
}

bool utf8_valid(struct str s)
{
	while (s.len > 0) {
		uint32_t code = utf8_take(&s);

		if (code == 0 || code == UTF8_BAD)
			return false;
	}
	return true;
}

struct str utf8_cut(struct str s, size_t max)
{
	if (s.len <= max)
		return s;
	s.len = max;
	while (s.len > 0 && ((uint8_t)s.p[s.len] & 0xc0) == 0x80)
		s.len--;
	return s;
}

/* Back to where a failed call began. */
static int undo(struct buf *out, size_t len, int rc)
{
	out->len = len;
	out->failed = false;
	if (out->data)
		out->data[len] = 0;
	return rc;
}

/* Inflates until the member ends, into steps of fixed size: memory is bounded by out->max whatever
 * the header promises.  0, ERR_INVALID or ERR_TOO_LARGE. */
static int inflate_member(z_stream *z, struct buf *out)
{
	uint8_t step[GZIP_STEP];
	int rc;

	do {
		z->next_out = step;
		z->avail_out = sizeof(step);
		rc = inflate(z, Z_NO_FLUSH);
		if (rc == Z_MEM_ERROR)
			die("out of memory");
		if (rc != Z_OK && rc != Z_STREAM_END)
			return ERR_INVALID; /* Z_BUF_ERROR too: the input ended early */
		buf_put(out, step, sizeof(step) - z->avail_out);
		if (out->failed)
			return ERR_TOO_LARGE;
	} while (rc != Z_STREAM_END);
	return z->avail_in == 0 ? 0 : ERR_INVALID;
}

int gzip_inflate(const void *data, size_t len, struct buf *out)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)data };
	size_t before = out->len;
	int rc;

	if (out->failed || len > UINT32_MAX)
		return ERR_TOO_LARGE;
	z.avail_in = (uInt)len;
	if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
		die("zlib does not start");
	rc = inflate_member(&z, out);
	inflateEnd(&z);
	return rc < 0 ? undo(out, before, rc) : 0;
}

int gzip_deflate(const void *data, size_t len, struct buf *out)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)data };
	size_t before = out->len;
	uint8_t step[GZIP_STEP];
	int rc;

	if (out->failed || len > UINT32_MAX)
		return ERR_TOO_LARGE;
	z.avail_in = (uInt)len;
	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		die("zlib does not start");
	do {
		z.next_out = step;
		z.avail_out = sizeof(step);
		rc = deflate(&z, Z_FINISH);
		buf_put(out, step, sizeof(step) - z.avail_out);
	} while (rc == Z_OK);
	deflateEnd(&z);
	assert(rc == Z_STREAM_END);
	return out->failed ? undo(out, before, ERR_TOO_LARGE) : 0;
}

uint32_t crc32_of(const void *data, size_t len)
{
	return (uint32_t)crc32_z(0, data, len);
}
