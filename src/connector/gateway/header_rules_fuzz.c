/* header_rules_fuzz.c - any header, either way: nothing of ours gets out or in, no address of the
 * target's is left in Location, no octet is added that could split a header.  The first octet
 * chooses the field. */
#include "connector/gateway/header_rules.h"

#include <stdlib.h>
#include <string.h>

#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

static const char *const names[] = {
	"location",
	"refresh",
	"link",
	"access-control-allow-origin",
	"content-security-policy",
	"set-cookie",
	"cache-control",
	"cookie",
	"origin",
	"referer",
	"authorization",
	"x-other",
	"www-authenticate",
};

static bool has(struct str s, const char *text)
{
	return str_has_nocase(s, str_of(text));
}

static void check_answer(const struct http_header *f)
{
	for (size_t i = 0; i < f->value.len; i++)
		EXPECT(f->value.p[i] != '\r' && f->value.p[i] != '\n');
	if (str_eq(f->name, STR("set-cookie"))) {
		struct str name;
		struct str rest = f->value;

		str_split(&rest, '=', &name);
		name = str_trim(name);
		EXPECT(name.len < 17 || !has((struct str){ name.p, 17 }, "__host-imprimatur"));
	}
	if (str_eq(f->name, STR("location")) &&
	    (str_starts(f->value, STR("http")) || str_starts(f->value, STR("//"))))
		EXPECT(str_starts(f->value, STR("https://s.example")) ||
		       !memchr(f->value.p, ':', f->value.len) || f->value.p[0] != '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct rules_between b = { .session = STR("s.example"),
				   .place = { .secure = true, .host = "192.0.2.7", .port = 443 } };
	struct http_header in, out[1 + RULES_ADDED_MAX];
	struct http_request req = { .path = STR("/"), .headers = &in, .headers_len = 1 }, to = {};
	struct arena mem = {};
	size_t out_len = 0;

	if (!len)
		return 0;
	in.name = str_of(names[data[0] % ARRAY_LEN(names)]);
	in.value = (struct str){ arena_strndup(&mem, (const char *)data + 1, len - 1), len - 1 };
	for (size_t i = 0; i < in.value.len; i++) { /* as codecs pass values on */
		unsigned char c = (unsigned char)in.value.p[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f) {
			arena_wipe(&mem);
			return 0;
		}
	}
	if (rules_answer(&b, &req, 302, &in, 1, &mem, out, &out_len) == 0) {
		EXPECT(out_len <= 1 + RULES_ADDED_MAX);
		for (size_t i = 0; i < out_len; i++)
			check_answer(&out[i]);
	}
	rules_request(&b, &req, &mem, &to);
	EXPECT(to.headers_len >= 1 && to.headers_len <= 2);
	if (to.headers_len == 2 && str_eq(to.headers[1].name, STR("cookie"))) {
		struct str rest = to.headers[1].value, pair;

		while (str_split(&rest, ';', &pair))
			EXPECT(!str_starts(str_trim(pair), STR("__Host-imprimatur-s=")));
	}
	arena_wipe(&mem);
	return 0;
}
