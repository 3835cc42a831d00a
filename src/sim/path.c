/* path.c - see path.h. */
#include "sim/path.h"
#include "base/err.h"
#include <string.h>

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* The octet that "%XX" at the beginning of s stands for; -1 if it is none. */
static int escaped(struct str s)
{
	int high, low;

	if (s.len < 3 || s.p[0] != '%')
		return -1;
	high = hex_digit(s.p[1]);
	low = hex_digit(s.p[2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Without parameters, decoded. */
static int decode(struct str raw, struct buf *out)
{
	bool skip = false;

	for (size_t i = 0; i < raw.len; i++) {
		int octet = (uint8_t)raw.p[i];

		if (octet == ';' || octet == '/')
			skip = octet == ';';
		if (skip)
			continue;
		if (octet == '%') {
			octet = escaped((struct str){ raw.p + i, raw.len - i });
			i += 2;
		}
		if (octet <= 0)
			return ERR_INVALID;
		buf_putc(out, (char)octet);
	}
	return 0;
}

/* Takes the last segment off; false at the root. */
static bool go_up(struct buf *out, size_t root)
{
	if (out->len == root)
		return false;
	do {
		out->len--;
	} while (out->data[out->len] != '/');
	return true;
}

int path_resolve(struct str raw, struct buf *out)
{
	struct buf decoded = buf_new(64 * KIB);
	size_t root = out->len;
	struct str rest, part;
	int rc = decode(raw, &decoded);
	bool folder = false;

	rest = buf_str(&decoded);
	while (rc == 0 && str_split(&rest, '/', &part)) {
		folder = part.len == 0 || str_eq(part, STR("."));
		if (str_eq(part, STR(".."))) {
			folder = true;
			rc = go_up(out, root) ? 0 : ERR_INVALID;
		} else if (!folder) {
			buf_putc(out, '/');
			buf_putstr(out, part);
		}
	}
	if (folder || out->len == root)
		buf_putc(out, '/');
	buf_done(&decoded);
	return rc < 0 ? rc : buf_status(out);
}

void form_decode(struct str raw, struct buf *out)
{
	for (size_t i = 0; i < raw.len; i++) {
		int octet = escaped((struct str){ raw.p + i, raw.len - i });

		if (octet >= 0)
			i += 2;
		else
			octet = raw.p[i] == '+' ? ' ' : raw.p[i];
		buf_putc(out, (char)octet);
	}
}

/* --- addresses ---------------------------------------------------------------------------------
 */

static bool ipv4(struct str text, uint32_t *ret)
{
	struct str part;
	uint32_t all = 0;
	uint64_t v;
	int n = 0;

	while (str_split(&text, '.', &part)) {
		if (!str_to_u64(part, &v) || v > 255)
			return false;
		all = all << 8 | (uint32_t)v;
		n++;
	}
	*ret = all;
	return n == 4;
}

static bool in_network(struct str network, uint32_t peer)
{
	uint32_t address, mask = UINT32_MAX;
	struct str base;
	uint64_t bits;

	str_split(&network, '/', &base);
	if (!ipv4(base, &address))
		return false;
	if (network.p && str_to_u64(network, &bits) && bits <= 32)
		mask = bits ? UINT32_MAX << (32 - bits) : 0;
	else if (network.p && !ipv4(network, &mask))
		return false;
	return (peer & mask) == (address & mask);
}

bool peer_allowed(const struct json_list *allowed, const char *peer)
{
	uint32_t address = 0;
	bool v4 = ipv4(str_of(peer), &address);

	for (size_t i = 0; i < allowed->len; i++) {
		struct str row = str_trim(str_of(allowed->items[i]));

		if (str_eq(row, STR("*")) || str_eq(row, str_of(peer)) ||
		    (v4 && in_network(row, address)))
			return true;
	}
	return false;
}
