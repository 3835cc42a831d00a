/* mime.c - see mime.h. */
#include "base/mime.h"

#include "base/json.h"
#include <assert.h>
#include <string.h>

#define LETTERS   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define ATEXT     LETTERS "!#$%&'*+-/=?^_`{|}~" /* RFC 5322 3.2.3 */
#define LOCAL_MAX 64                            /* RFC 5321 4.5.3.1.1 */
#define LABEL_MAX 63                            /* RFC 1035 2.3.4 */
#define TEXT_MAX  (64 * KIB)
#define DAY_MS    (86400 * (int64_t)1000)

/* Of a line of quoted-printable; 76 with the soft line break (RFC 2045 6.7), and room for "=XX". */
#define LINE_MAX_LEN 72
/* Octets of an encoded word: its line stays below 76 characters (RFC 2047 section 2). */
#define WORD_OCTETS 36
#define PLAIN_MAX   60

/* ---- addresses ---- */

/* Parts of `allowed`, with dots between, none empty. */
static bool is_dotted(struct str text, const char *allowed, size_t part_max)
{
	struct str part;

	if (!text.len)
		return false;
	while (str_split(&text, '.', &part)) {
		if (part.len == 0 || part.len > part_max)
			return false;
		for (size_t i = 0; i < part.len; i++) {
			if (!part.p[i] || !strchr(allowed, part.p[i]))
				return false;
		}
	}
	return true;
}

bool mime_address_ok(struct str address)
{
	const char *at = address.len ? memchr(address.p, '@', address.len) : NULL;
	struct str local, host;

	if (!at || address.len > MIME_ADDRESS_MAX)
		return false;
	local = (struct str){ address.p, (size_t)(at - address.p) };
	host = (struct str){ at + 1, address.len - local.len - 1 };
	return local.len <= LOCAL_MAX && is_dotted(local, ATEXT, LOCAL_MAX) &&
	       is_dotted(host, LETTERS "-", LABEL_MAX);
}

/* ---- texts ---- */

static bool turns_or_breaks(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* The text without what would do more than be read; '\n' stays if lines are wanted. */
static struct buf clean(const char *text, bool lines)
{
	struct buf out = buf_new(TEXT_MAX);
	struct str rest = str_of(text);

	while (rest.len) {
		struct str from = rest;
		uint32_t c = utf8_take(&rest);

		if (c == UTF8_BAD)
			buf_puts(&out, "\xef\xbf\xbd");
		else if (turns_or_breaks(c) && !(lines && c == '\n'))
			buf_putc(&out, ' ');
		else
			buf_put(&out, from.p, from.len - rest.len);
	}
	return out;
}

static void put_encoded_words(struct buf *out, struct str text)
{
	while (text.len) {
		struct str part = utf8_cut(text, WORD_OCTETS);

		buf_puts(out, "=?UTF-8?B?");
		buf_put_base64(out, part.p, part.len);
		buf_puts(out, "?=");
		text = (struct str){ text.p + part.len, text.len - part.len };
		if (text.len)
			buf_puts(out, "\r\n ");
	}
}

/* A field's text: as it is if it has nothing but `plain`, else as encoded words. */
static void put_words(struct buf *out, const char *text, const char *plain)
{
	struct buf words = clean(text, false);
	struct str s = buf_str(&words);

	if (s.len <= PLAIN_MAX && s.len && strspn(s.p, plain) == s.len && s.p[0] != ' ' &&
	    s.p[s.len - 1] != ' ')
		buf_putstr(out, s);
	else
		put_encoded_words(out, s);
	buf_wipe(&words);
}

/* "Thu, 26 Nov 2026 21:43:54 +0000" (RFC 5322 3.3) */
static void put_date(struct buf *out, int64_t at_ms)
{
	static const char days[] = "ThuFriSatSunMonTueWed"; /* 1970 began on a Thursday */
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char text[TIME_TEXT_MAX]; /* 2026-11-26T21:43:54.000Z */
	int month;

	time_encode(at_ms, text);
	month = 10 * (text[5] - '0') + text[6] - '0';
	buf_printf(out, "%.3s, %.2s %.3s %.4s %.8s +0000", days + at_ms / DAY_MS % 7 * 3, text + 8,
		   months + (size_t)(month - 1) * 3, text, text + 11);
}

static bool stands_for_itself(const char *at)
{
	/* A space at a line's end may be lost on the way. */
	if (*at == ' ')
		return at[1] && at[1] != '\n';
	return *at > ' ' && *at < 0x7f && *at != '=';
}

/* RFC 2045 6.7 */
static void put_quoted_printable(struct buf *out, const char *body)
{
	struct buf text = clean(body, true);
	size_t col = 0;

	for (const char *c = buf_str(&text).p; c && *c; c++) {
		if (*c == '\n') {
			buf_puts(out, "\r\n");
			col = 0;
			continue;
		}
		if (col > LINE_MAX_LEN) {
			buf_puts(out, "=\r\n");
			col = 0;
		}
		if (stands_for_itself(c))
			buf_putc(out, *c);
		else
			buf_printf(out, "=%02X", (unsigned)(unsigned char)*c);
		col += stands_for_itself(c) ? 1 : 3;
	}
	buf_puts(out, "\r\n");
	buf_wipe(&text);
}

void mime_write(struct buf *out, const struct mime_mail *m)
{
	static const char phrase[] = LETTERS " !#$%&'*+-/^_`{|}~";
	static const char line[] = LETTERS " !#$%&'*+-/^_`{|}~.,:;()<>@[]\"";

	assert(mime_address_ok(str_of(m->from)) && mime_address_ok(str_of(m->to)));
	assert(!m->reply_to || mime_address_ok(str_of(m->reply_to)));
	buf_puts(out, "From: ");
	put_words(out, m->from_name, phrase);
	buf_printf(out, "\r\n <%s>\r\nTo: <%s>\r\n", m->from, m->to);
	if (m->reply_to)
		buf_printf(out, "Reply-To: <%s>\r\n", m->reply_to);
	buf_puts(out, "Subject: ");
	put_words(out, m->subject, line);
	buf_puts(out, "\r\nDate: ");
	put_date(out, m->at_ms);
	buf_printf(out, "\r\nMessage-ID:\r\n <%s%s>\r\n", m->message_id, strchr(m->from, '@'));
	buf_printf(out,
		   "Auto-Submitted: auto-generated\r\n"
		   "Content-Language: %s\r\n"
		   "MIME-Version: 1.0\r\n"
		   "Content-Type: text/plain; charset=utf-8\r\n"
		   "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
		   m->language);
	put_quoted_printable(out, m->body);
}
