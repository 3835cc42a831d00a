/* h1_reader_fuzz.c - one connection's octets: whatever is taken keeps the promises of exchange.h,
 * and the same octets in any split give the same requests. */
#include "net/h1_reader.h"

#include <stdlib.h>
#include <string.h>

#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

static const struct http_limits limits = {
	.header_bytes = 2048,
	.header_fields = 20,
	.uri_bytes = 512,
};

/* What was read, in a form that can be compared. */
struct trace {
	struct buf text;
};

static void on_body(const uint8_t *data, size_t len, void *arg)
{
	struct trace *t = arg;

	buf_put(&t->text, data, len);
}

static bool clean(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static void check_head(const struct h1_head *head, struct trace *t)
{
	const struct http_request *r = &head->request;
	size_t hosts = 0;

	EXPECT(r->headers_len <= limits.header_fields);
	EXPECT(r->path.len && (r->path.p[0] == '/' || str_eq(r->path, STR("*"))));
	EXPECT(r->path.len + r->query.len <= limits.uri_bytes);
	EXPECT(clean(r->path) && clean(r->query) && clean(r->authority) && r->authority.len);
	EXPECT(r->body_bytes >= -1 && !(head->http10 && r->body_bytes < 0));
	EXPECT(!head->complete || r->body_bytes == 0);
	for (size_t i = 0; i < r->headers_len; i++) {
		const struct http_header *h = &r->headers[i];

		EXPECT(h->name.len && clean(h->name) && clean(h->value));
		for (size_t k = 0; k < h->name.len; k++)
			EXPECT(!(h->name.p[k] >= 'A' && h->name.p[k] <= 'Z') &&
			       h->name.p[k] != ' ');
		EXPECT(!str_eq(h->name, STR("transfer-encoding")));
		EXPECT(!str_eq(h->name, STR("content-length")));
		hosts += str_eq(h->name, STR("host"));
		buf_putstr(&t->text, h->name);
		buf_putstr(&t->text, h->value);
	}
	EXPECT(hosts == 1);
	buf_putstr(&t->text, r->method_text);
	buf_putstr(&t->text, r->path);
	buf_putstr(&t->text, r->query);
	buf_printf(&t->text, "%d%d%d%lld\n", head->keep_alive, head->http10, head->expects_continue,
		   (long long)r->body_bytes);
}

static void run(const uint8_t *data, size_t len, size_t step, struct trace *t)
{
	struct h1_reader *r = h1_reader_new(&limits, on_body, t);
	size_t at = 0;

	t->text = buf_new(4 * MIB);
	while (at < len) {
		size_t n = len - at < step ? len - at : step;
		bool complete = false;
		size_t used = 0;
		enum h1_event event = h1_reader_feed(r, data + at, n, &used);

		EXPECT(used <= n && (used == n || event != H1_MORE));
		at += used;
		if (event == H1_HEAD) {
			struct arena mem;
			struct h1_head head = h1_reader_head(r, &mem);

			check_head(&head, t);
			complete = head.complete;
			arena_wipe(&mem);
		} else if (event == H1_REFUSED) {
			struct h1_refusal no = h1_reader_refusal(r);

			EXPECT(no.status >= 400 && no.status <= 505 && no.rc < 0);
			buf_printf(&t->text, "refused %d\n", no.status);
			break;
		}
		if (event == H1_COMPLETE || complete) {
			buf_puts(&t->text, "complete\n");
			h1_reader_free(&r);
			r = h1_reader_new(&limits, on_body, t);
		}
	}
	h1_reader_free(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const size_t steps[] = { 1, 2, 7, 64 };
	struct trace whole, split;

	if (len > 12 * KIB) /* beyond it the limit on framing counts calls, not octets */
		return 0;
	run(data, len, len ? len : 1, &whole);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		run(data, len, steps[i], &split);
		EXPECT(str_eq(buf_str(&whole.text), buf_str(&split.text)));
		buf_done(&split.text);
	}
	buf_done(&whole.text);
	return 0;
}
