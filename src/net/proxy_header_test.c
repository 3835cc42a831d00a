/* proxy_header_test.c - both versions octet by octet, written by hand from haproxy's specification.
 */
#include "base/test.h"
#include "net/proxy_header.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "net/address.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V4        "\xc0\x00\x02\x01\xc6\x33\x64\x01\xdc\x04\x01\xbb" /* 192.0.2.1 to 198.51.100.1 */
#define V6                                                                                         \
	"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"                                               \
	"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02"                                               \
	"\xdc\x04\x01\xbb"
#define OWN "" /* valid, and tells no address */

struct sample {
	const char *name, *octets;
	size_t len;
	const char *from; /* NULL: refused */
};

#define SAMPLE(name, octets, from)                                                                 \
	{                                                                                          \
		name, octets, sizeof(octets) - 1, from                                             \
	}

static const struct sample samples[] = {
	SAMPLE("2: TCP4", SIGNATURE "\x21\x11\x00\x0c" V4, "192.0.2.1"),
	SAMPLE("2: TCP6", SIGNATURE "\x21\x21\x00\x24" V6, "2001:db8::1"),
	SAMPLE("2: values are skipped", SIGNATURE "\x21\x11\x00\x13" V4 "\x02\x00\x01x\xee\x00\x00",
	       "192.0.2.1"),
	SAMPLE("2: LOCAL", SIGNATURE "\x20\x00\x00\x00", OWN),
	SAMPLE("2: LOCAL tells no address, whatever follows", SIGNATURE "\x20\x11\x00\x0c" V4, OWN),
	SAMPLE("2: UNSPEC", SIGNATURE "\x21\x00\x00\x00", OWN),
	SAMPLE("2: UDP4", SIGNATURE "\x21\x12\x00\x0c" V4, OWN),
	SAMPLE("2: an address that is too short", SIGNATURE "\x21\x11\x00\x0b" V4, NULL),
	SAMPLE("2: TCP6 with the room of TCP4", SIGNATURE "\x21\x21\x00\x0c" V4, NULL),
	SAMPLE("2: a value that goes beyond", SIGNATURE "\x21\x11\x00\x10" V4 "\x02\x00\x02x",
	       NULL),
	SAMPLE("2: half a value", SIGNATURE "\x21\x11\x00\x0e" V4 "\x02\x00", NULL),
	SAMPLE("2: another family", SIGNATURE "\x21\x41\x00\x0c" V4, NULL),
	SAMPLE("2: a family without a protocol", SIGNATURE "\x21\x10\x00\x0c" V4, NULL),
	SAMPLE("2: another command", SIGNATURE "\x22\x11\x00\x0c" V4, NULL),
	SAMPLE("2: another version", SIGNATURE "\x11\x11\x00\x0c" V4, NULL),
	SAMPLE("2: UNIX without its room", SIGNATURE "\x21\x31\x00\x0c" V4, NULL),
	SAMPLE("1: TCP4", "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n", "192.0.2.1"),
	SAMPLE("1: TCP6", "PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n", "2001:db8::1"),
	SAMPLE("1: UNKNOWN", "PROXY UNKNOWN\r\n", OWN),
	SAMPLE("1: UNKNOWN with a rest", "PROXY UNKNOWN ffff::1 x y\r\n", OWN),
	SAMPLE("1: a port too far", "PROXY TCP4 192.0.2.1 198.51.100.1 65536 443\r\n", NULL),
	SAMPLE("1: no port", "PROXY TCP4 192.0.2.1 198.51.100.1 56324\r\n", NULL),
	SAMPLE("1: a word more", "PROXY TCP4 192.0.2.1 198.51.100.1 1 2 \r\n", NULL),
	SAMPLE("1: two spaces", "PROXY TCP4  192.0.2.1 198.51.100.1 1 2\r\n", NULL),
	SAMPLE("1: the other family", "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n", NULL),
	SAMPLE("1: NUL in an address", "PROXY TCP4 192.0.2.1\0x 198.51.100.1 1 2\r\n", NULL),
	SAMPLE("1: a name", "PROXY TCP4 localhost 198.51.100.1 1 2\r\n", NULL),
	SAMPLE("1: another protocol", "PROXY UDP4 192.0.2.1 198.51.100.1 1 2\r\n", NULL),
	SAMPLE("1: nothing", "PROXY \r\n", NULL),
	SAMPLE("TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc", NULL),
	SAMPLE("HTTP", "GET / HTTP/1.1\r\n\r\n", NULL),
	SAMPLE("what begins like it", "PROXIMITY\r\n", NULL),
};

static void check(const struct sample *s)
{
	struct proxy_header h = {};
	char from[ADDRESS_TEXT_MAX];
	int rc = proxy_header_parse((const uint8_t *)s->octets, s->len, &h);

	if (!s->from) {
		if (rc != ERR_INVALID)
			fail_msg("%s: %d", s->name, rc);
		return;
	}
	address_text(&h.from, from);
	if (rc != 0 || h.len != s->len || h.told != (*s->from != 0) ||
	    (h.told && strcmp(from, s->from) != 0))
		fail_msg("%s: %d, %zu octets, %s", s->name, rc, h.len, from);
	/* Whatever it is cut off at, more is waited for. */
	for (size_t len = 0; len < s->len; len++)
		if (proxy_header_parse((const uint8_t *)s->octets, len, &h) != -EAGAIN)
			fail_msg("%s: cut off at %zu", s->name, len);
}

TEST(R34_the_clients_address_is_read_from_what_a_balancer_says)
{
	for (size_t i = 0; i < ARRAY_LEN(samples); i++)
		check(&samples[i]);
}

TEST(what_follows_is_not_the_headers)
{
	static const char octets[] = "PROXY TCP4 192.0.2.1 198.51.100.1 1 2\r\n\x16\x03\r\n";
	struct proxy_header h;

	assert_int_equal(proxy_header_parse((const uint8_t *)octets, sizeof(octets) - 1, &h), 0);
	assert_int_equal(h.len, sizeof(octets) - 1 - 4);
}

TEST(a_header_has_a_limited_length)
{
	uint8_t v2[PROXY_HEADER_MAX] = SIGNATURE "\x20\x00", v1[108] = "PROXY UNKNOWN ";
	struct proxy_header h;

	v2[14] = (PROXY_HEADER_MAX - 16) >> 8;
	v2[15] = (PROXY_HEADER_MAX - 16) & 0xff;
	assert_int_equal(proxy_header_parse(v2, sizeof(v2), &h), 0);
	v2[15]++;
	assert_int_equal(proxy_header_parse(v2, 16, &h), ERR_TOO_LARGE);
	memset(v1 + 14, 'x', sizeof(v1) - 14);
	assert_int_equal(proxy_header_parse(v1, 106, &h), -EAGAIN);
	assert_int_equal(proxy_header_parse(v1, 107, &h), ERR_INVALID);
	memcpy(v1 + 105, "\r\n", 2);
	assert_int_equal(proxy_header_parse(v1, 107, &h), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(R34_the_clients_address_is_read_from_what_a_balancer_says),
		RUN(what_follows_is_not_the_headers),
		RUN(a_header_has_a_limited_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
