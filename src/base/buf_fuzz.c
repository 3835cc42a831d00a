/* buf_fuzz.c - each decoder of octets: what decodes encodes back to the same text, no output passes
 * its limit, and UTF-8 is taken apart without loss. */
#include "base/buf.h"
#include "base/err.h"

#include <stdlib.h>
#include <string.h>

#define OUT_MAX 4096

typedef int decode_fn(struct str in, uint8_t *out, size_t max);
typedef void encode_fn(struct buf *b, const void *data, size_t len);

static void check_code(struct str in, decode_fn *decode, encode_fn *encode)
{
	/* Of the exact size, so that the sanitizer sees one octet too far. */
	size_t max = in.len < OUT_MAX ? in.len : OUT_MAX;
	uint8_t *out = malloc(max ? max : 1);
	struct buf again = buf_new(4 * OUT_MAX);
	int n;

	if (!out)
		abort();
	n = decode(in, out, max);
	if (n >= 0) {
		if ((size_t)n > max)
			abort();
		encode(&again, out, (size_t)n);
		if (!str_eq(in, buf_str(&again)))
			abort();
	}
	buf_done(&again);
	free(out);
}

static void check_gzip(const uint8_t *data, size_t len)
{
	struct buf plain = buf_new(64 * KIB), packed = buf_new(128 * KIB),
		   again = buf_new(64 * KIB);
	int rc = gzip_inflate(data, len, &plain);

	if (rc < 0) {
		if ((rc != ERR_INVALID && rc != ERR_TOO_LARGE) || plain.len > 0)
			abort();
	} else {
		if (gzip_deflate(plain.data, plain.len, &packed) < 0 ||
		    gzip_inflate(packed.data, packed.len, &again) < 0 ||
		    !str_eq(buf_str(&plain), buf_str(&again)))
			abort();
	}
	buf_done(&plain);
	buf_done(&packed);
	buf_done(&again);
}

static void check_utf8(struct str in)
{
	bool valid = utf8_valid(in), bad = false;
	struct str rest = in;

	for (size_t max = 0; max < 8; max++) {
		if (valid && !utf8_valid(utf8_cut(in, max)))
			abort();
	}
	while (rest.len > 0) {
		size_t before = rest.len;
		uint32_t code = utf8_take(&rest);

		bad = bad || code == UTF8_BAD || code == 0;
		if (rest.len >= before || (code != UTF8_BAD && code > 0x10ffff))
			abort();
	}
	if (valid == bad)
		abort();
}

static void check_split(struct str in)
{
	struct str rest = in, part;
	size_t seen = 0, parts = 0;
	uint64_t value;

	while (str_split(&rest, ',', &part)) {
		if (str_to_u64(str_trim(part), &value) && part.len == 0)
			abort();
		seen += part.len;
		parts++;
	}
	if (parts > 0 && seen + parts - 1 != in.len)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct str in = { (const char *)data, len };

	check_code(in, hex_decode, buf_put_hex);
	check_code(in, base64_decode, buf_put_base64);
	check_code(in, base64url_decode, buf_put_base64url);
	check_gzip(data, len);
	check_utf8(in);
	check_split(in);
	return 0;
}
