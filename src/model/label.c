/* label.c - see label.h.
 *
 * Normalise (UTF-8, no control characters), mask, cut, mask again: the cut may make something that
 * looks like an address out of something that did not.  Masking looks at runs of characters that
 * may stand in an address, each on its own, and replaces a whole run by three characters that
 * cannot: so it never lengthens, and doing it again changes nothing. */
#include "model/label.h"
#include "base/hash.h"

#include <string.h>

#define NAME_READ_MAX 1024 /* of a longer name only the beginning counts */
#define MASK          "***"

/* ---- characters ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool is_alnum(char c)
{
	return is_digit(c) || is_alpha(c);
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* What may stand in an e-mail (RFC 5322 atext, but '*' and '/'), a host name or an address. */
static bool in_run(char c)
{
	return is_alnum(c) || (c && strchr(".@:%_-+!#$&'=?^`{|}~", c));
}

/* Length of the UTF-8 character at p, and its code point; 0 if there is none. */
static size_t utf8_at(const char *p, size_t left, uint32_t *ret_point)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char c = (unsigned char)*p;
	size_t len = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 0;
	uint32_t point;

	if (len == 0 || c > 0xf4 || len > left)
		return 0;
	point = len == 1 ? c : c & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if (((unsigned char)p[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | ((unsigned char)p[i] & 0x3f);
	}
	if (point < least[len] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*ret_point = point;
	return len;
}

/* East Asian full-width forms of ASCII, and full stops: browsers and mail programs read addresses
 * written in them. */
static uint32_t folded(uint32_t point)
{
	if (point >= 0xff01 && point <= 0xff5e)
		return point - 0xfee0;
	return point == 0x3002 || point == 0xff61 ? '.' : point;
}

/* Into out (at least in.len octets): what is left, blanks trimmed.  Hidden characters could hide an
 * address from the mask, or make a label read as something else on the dashboard. */
static struct str normalise(struct str in, bool fold, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < in.len;) {
		uint32_t point = 0;
		size_t len = utf8_at(in.p + i, in.len - i, &point);

		if (len == 0) {
			i++;
			continue;
		}
		if (fold && folded(point) != point) {
			out[n++] = (char)folded(point);
		} else if (point < 0x20 || (point >= 0x7f && point < 0xa1)) {
			out[n++] = ' ';
		} else if (!utf8_hidden(point)) {
			memcpy(out + n, in.p + i, len);
			n += len;
		}
		i += len;
	}
	return str_trim((struct str){ out, n });
}

/* ---- what looks like an address ---- */

static bool like_email(struct str s)
{
	for (size_t i = 1; i + 1 < s.len; i++)
		if (s.p[i] == '@')
			return true;
	return false;
}

/* Number of digits (1 to 3) of an octet (0 to 255) at i that no further digit follows; else 0. */
static size_t octet_at(struct str s, size_t i)
{
	unsigned value = 0;
	size_t n = 0;

	while (i + n < s.len && n < 4 && is_digit(s.p[i + n]))
		value = value * 10 + (unsigned)(s.p[i + n++] - '0');
	return n > 3 || value > 255 ? 0 : n;
}

/* Four octets with the same separator between them. */
static bool ipv4_at(struct str s, size_t i)
{
	char sep = 0;

	for (int part = 0; part < 4; part++) {
		size_t n = octet_at(s, i);

		if (n == 0)
			return false;
		i += n;
		if (part == 3)
			break;
		if (i >= s.len || (part > 0 && s.p[i] != sep))
			return false;
		sep = s.p[i++];
		if (sep != '.' && sep != '-' && sep != '_')
			return false;
	}
	return true;
}

static bool like_ipv4(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((i == 0 || !is_digit(s.p[i - 1])) && ipv4_at(s, i))
			return true;
	return false;
}

/* `groups` times `digits` hexadecimal digits with the same separator between them. */
static bool mac_at(struct str s, size_t i, int groups, int digits)
{
	char sep = 0;

	for (int g = 0; g < groups; g++) {
		for (int d = 0; d < digits; d++)
			if (i >= s.len || !is_hex(s.p[i++]))
				return false;
		if (g == groups - 1)
			break;
		if (i >= s.len || !strchr(":-._", s.p[i]) || (g > 0 && s.p[i] != sep))
			return false;
		sep = s.p[i++];
	}
	return true;
}

/* With separators, or 12 and more hexadecimal digits in a row with a decimal one among them. */
static bool like_mac(struct str s)
{
	size_t row = 0, decimals = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (mac_at(s, i, 6, 2) || mac_at(s, i, 3, 4))
			return true;
		row = is_hex(s.p[i]) ? row + 1 : 0;
		decimals = row == 0 ? 0 : decimals + is_digit(s.p[i]);
		if (row >= 12 && decimals > 0)
			return true;
	}
	return false;
}

/* "::" beside a hexadecimal digit, or six and more groups with single colons. */
static bool like_ipv6(struct str s)
{
	size_t groups = 0;
	bool digit = false;

	for (size_t i = 0; i < s.len; i++) {
		if (is_hex(s.p[i])) {
			groups += !digit;
			digit = true;
			continue;
		}
		if (s.p[i] != ':') {
			groups = 0;
		} else if (i + 1 < s.len && s.p[i + 1] == ':' &&
			   (digit || (i + 2 < s.len && is_hex(s.p[i + 2])))) {
			return true;
		} else if (groups >= 5 && i + 1 < s.len && is_hex(s.p[i + 1])) {
			return true;
		}
		digit = false;
	}
	return false;
}

/* Labels with dots between them, the last one of two and more characters, a letter first. */
static bool like_host(struct str s)
{
	for (size_t i = 1; i + 2 < s.len; i++)
		if (s.p[i] == '.' && is_alnum(s.p[i - 1]) && is_alpha(s.p[i + 1]) &&
		    (is_alnum(s.p[i + 2]) || s.p[i + 2] == '-'))
			return true;
	return false;
}

static bool like_address(struct str run)
{
	return like_email(run) || like_ipv4(run) || like_mac(run) || like_ipv6(run) ||
	       like_host(run);
}

/* In place; returns the new length, which is never more. */
static size_t mask_runs(char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len;) {
		size_t end = i;

		while (end < len && in_run(text[end]))
			end++;
		if (end == i) {
			text[n++] = text[i++];
			continue;
		}
		if (like_address((struct str){ text + i, end - i })) {
			memcpy(text + n, MASK, sizeof(MASK) - 1);
			n += sizeof(MASK) - 1;
		} else {
			memmove(text + n, text + i, end - i);
			n += end - i;
		}
		i = end;
	}
	return n;
}

/* The length not above max that ends with a whole character. */
static size_t cut_at(const char *text, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
		max--;
	return max;
}

static size_t finish(char *text, size_t len, char out[static LABEL_SIZE])
{
	struct str s;

	len = mask_runs(text, len);
	len = mask_runs(text, cut_at(text, len, LABEL_MAX));
	s = str_trim((struct str){ text, len });
	memcpy(out, s.p, s.len);
	out[s.len] = '\0';
	return s.len;
}

size_t label_mask(struct str text, char out[static LABEL_SIZE])
{
	char work[NAME_READ_MAX];
	struct str s = { text.p, text.len < sizeof(work) ? text.len : sizeof(work) };
	size_t len;

	if (s.len == 0) {
		out[0] = '\0';
		return 0;
	}
	s = normalise(s, true, work);
	memmove(work, s.p, s.len);
	len = finish(work, s.len, out);
	secret_wipe(work, sizeof(work));
	return len;
}

size_t text_visible(struct str text, char *out, size_t size)
{
	char work[NAME_READ_MAX];
	struct str s = { text.p, text.len < sizeof(work) ? text.len : sizeof(work) };

	s = s.len ? str_trim(utf8_cut(normalise(s, false, work), size - 1)) : s;
	if (s.len)
		memcpy(out, s.p, s.len);
	out[s.len] = '\0';
	return s.len;
}

/* ---- names of printers ---- */

/* "x on server": what stands behind is one word. */
static size_t on_server_at(struct str s)
{
	for (size_t i = s.len; i-- > 4;) {
		if (s.p[i] != ' ')
			continue;
		if (i + 1 < s.len && str_eq_nocase((struct str){ s.p + i - 3, 4 }, STR(" on ")))
			return i - 3;
		return 0;
	}
	return 0;
}

static struct str last_part(struct str s, const char *seps)
{
	for (size_t i = s.len; i-- > 0;)
		if (s.p[i] && strchr(seps, s.p[i]))
			return str_trim((struct str){ s.p + i + 1, s.len - i - 1 });
	return s;
}

static bool is_path(struct str s)
{
	if (str_starts(s, STR("//")))
		return true;
	for (size_t i = 0; i + 2 < s.len; i++)
		if (memcmp(s.p + i, "://", 3) == 0)
			return true;
	return false;
}

/* Until nothing more comes off: one form may hide within another. */
static struct str queue_of(struct str s)
{
	size_t before;

	do {
		size_t at;

		before = s.len;
		s = last_part(s, is_path(s) ? "/\\" : "\\");
		at = on_server_at(s);
		if (at > 0)
			s = str_trim((struct str){ s.p, at });
	} while (s.len < before);
	return s;
}

size_t label_of_name(struct str name, char out[static LABEL_SIZE])
{
	char work[NAME_READ_MAX];
	struct str s = { name.p, name.len < sizeof(work) ? name.len : sizeof(work) };
	struct str queue;
	size_t len;

	if (s.len == 0) {
		out[0] = '\0';
		return 0;
	}
	queue = queue_of(normalise(s, true, work));
	memmove(work, queue.p, queue.len);
	len = finish(work, queue.len, out);
	/* What was masked does not stay behind. */
	secret_wipe(work, sizeof(work));
	/* The cut may have left "queue on part-of-a-long-name". */
	queue = queue_of((struct str){ out, len });
	memmove(out, queue.p, queue.len);
	out[queue.len] = '\0';
	return queue.len;
}

bool label_ok(struct str text)
{
	char out[LABEL_SIZE];
	size_t len = label_of_name(text, out);

	return str_eq(text, (struct str){ out, len });
}

bool version_of(struct str text, char out[static VERSION_SIZE])
{
	size_t n = 0;
	int parts = 0;

	for (size_t i = 0; i < text.len && n < VERSION_SIZE - 1; i++) {
		bool dot = text.p[i] == '.' && n > 0 && is_digit(text.p[i - 1]) &&
			   i + 1 < text.len && is_digit(text.p[i + 1]) && ++parts < 3;

		if (!dot && !is_digit(text.p[i]))
			break;
		out[n++] = text.p[i];
	}
	/* The room may have ended at a dot. */
	if (n > 0 && out[n - 1] == '.')
		n--;
	out[n] = '\0';
	return n > 0;
}

#define VERSION_PARTS 3
#define VERSION_BITS  20

bool version_number(struct str text, int64_t *ret_number)
{
	struct str rest = text, part;
	int64_t number = 0;

	for (int i = 0; i < VERSION_PARTS; i++) {
		uint64_t value = 0;

		if ((i == 0 || rest.len) && (!str_split(&rest, '.', &part) ||
					     !str_to_u64(part, &value) || value >> VERSION_BITS))
			return false;
		number = number << VERSION_BITS | (int64_t)value;
	}
	*ret_number = number;
	return rest.len == 0 && text.p[text.len - 1] != '.';
}
