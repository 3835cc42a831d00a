/* h1_answer_fuzz.c - what a device may send: whatever is taken keeps the promises of h1_answer.h,
 * and the same octets in any split give the same answers.  The first octet says what was asked. */
#include "net/h1_answer.h"

#include <stdlib.h>
#include <string.h>

#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

enum asked { ASKED_HEAD = 1, ASKED_UPGRADE = 2 };

#define FIELDS_MAX 20

static void on_body(const uint8_t *data, size_t len, void *arg)
{
	buf_put(arg, data, len);
}

static bool is_clean(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static void check_field(struct str name, struct str value)
{
	static const char *const framing[] = { "connection", "content-length", "transfer-encoding",
					       "upgrade" };

	EXPECT(name.len && is_clean(name) && is_clean(value));
	for (size_t i = 0; i < name.len; i++)
		EXPECT(name.p[i] > ' ' && name.p[i] != ':' &&
		       !(name.p[i] >= 'A' && name.p[i] <= 'Z'));
	for (size_t i = 0; i < ARRAY_LEN(framing); i++)
		EXPECT(!str_eq(name, str_of(framing[i])));
}

static void on_trailer(struct str name, struct str value, void *arg)
{
	check_field(name, value);
	buf_putstr(arg, name);
	buf_putstr(arg, value);
}

static void check_head(const struct h1_answer *r, struct buf *trace)
{
	struct h1_answer_head head = h1_answer_head(r);

	EXPECT(head.status >= 100 && head.status <= HTTP_STATUS_MAX &&
	       head.headers_len <= FIELDS_MAX);
	EXPECT(head.body_bytes >= -1 && !(head.keep_alive && head.until_close));
	EXPECT(!(head.complete && head.until_close));
	for (size_t i = 0; i < head.headers_len; i++) {
		const struct http_header *h = &head.headers[i];

		check_field(h->name, h->value);
		EXPECT(strlen(h->name.p) == h->name.len && strlen(h->value.p) >= h->value.len);
		buf_putstr(trace, h->name);
		buf_putstr(trace, h->value);
	}
	buf_printf(trace, "\n%d %lld %d%d%d%d%d\n", head.status, (long long)head.body_bytes,
		   head.complete, head.until_close, head.stays_open, head.keep_alive,
		   head.switched);
}

static void run(uint8_t asked, const uint8_t *data, size_t len, size_t step, struct buf *trace)
{
	const struct h1_answer_setup setup = {
		.header_bytes = 2048,
		.header_fields = FIELDS_MAX,
		.head = asked & ASKED_HEAD,
		.upgrade = asked & ASKED_UPGRADE,
		.on_body = on_body,
		.on_trailer = on_trailer,
		.arg = trace,
	};
	struct h1_answer *r = h1_answer_new(&setup);
	enum h1_answer_event event = ANSWER_MORE;
	bool over = false;
	size_t at = 0;

	*trace = buf_new(4 * MIB);
	while (at < len && !over) {
		size_t n = len - at < step ? len - at : step, used = 0;

		event = h1_answer_feed(r, data + at, n, &used);
		EXPECT(used <= n && (used == n || event != ANSWER_MORE));
		at += used;
		if (event == ANSWER_INTERIM || event == ANSWER_HEAD)
			check_head(r, trace);
		over = event == ANSWER_COMPLETE || event == ANSWER_BAD ||
		       (event == ANSWER_HEAD && h1_answer_head(r).complete);
	}
	if (event == ANSWER_BAD)
		at = 0; /* how much of it was looked at does not matter */
	buf_printf(trace, "\n%d %zu %d\n", over, at, over ? (int)event : (int)h1_answer_end(r));
	h1_answer_free(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const size_t steps[] = { 1, 2, 7, 64 };
	struct buf whole, split;

	if (len < 1 || len > 12 * KIB) /* beyond it the limit on framing counts calls */
		return 0;
	run(data[0], data + 1, len - 1, len, &whole);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		run(data[0], data + 1, len - 1, steps[i], &split);
		EXPECT(str_eq(buf_str(&whole), buf_str(&split)));
		buf_done(&split);
	}
	buf_done(&whole);
	return 0;
}
