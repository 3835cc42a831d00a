/* path_rules_fuzz.c - any path: what is let through is not an interface for machines, as one reads
 * it who decodes once and as one who decodes twice. */
#include "connector/gateway/path_rules.h"

#include <stdlib.h>
#include <string.h>

#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

static int digit(uint8_t c)
{
	return c >= '0' && c <= '9'                     ? c - '0'
	       : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
							: -1;
}

static void decode(struct buf *text)
{
	size_t to = 0;

	for (size_t i = 0; i < text->len; i++) {
		uint8_t c = text->data[i];

		if (c == '%' && i + 2 < text->len && digit(text->data[i + 1]) >= 0 &&
		    digit(text->data[i + 2]) >= 0) {
			c = (uint8_t)(digit(text->data[i + 1]) << 4 | digit(text->data[i + 2]));
			i += 2;
		}
		text->data[to++] = c == '\\' ? '/' : c;
	}
	text->len = to;
}

/* The first segment that is not empty, for a reader who does not resolve dots. */
static void check(struct str path)
{
	struct str part = {};

	while (str_split(&path, '/', &part)) {
		str_split(&part, ';', &part);
		if (part.len && !str_eq(part, STR(".")))
			break;
	}
	EXPECT(!str_eq_nocase(part, STR("rpc")) && !str_eq_nocase(part, STR("api")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct str path = { (const char *)data, len };
	struct buf text = buf_new(64 * KIB);

	path_is_allowed(CONSOLE_CUPS, path);
	if (len && path_is_allowed(CONSOLE_PAPERCUT, path) && !memchr(data, '.', len)) {
		EXPECT(data[0] == '/');
		buf_put(&text, data, len);
		decode(&text);
		check(buf_str(&text));
		decode(&text);
		check(buf_str(&text));
	}
	buf_done(&text);
	return 0;
}
