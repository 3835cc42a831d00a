/* test_frames.c - see test_frames.h. */
#include "net/test_frames.h"

#include <string.h>

void put_frame(struct buf *out, const struct frame *f)
{
	uint8_t head[9] = { (uint8_t)(f->len >> 16),
			    (uint8_t)(f->len >> 8),
			    (uint8_t)f->len,
			    f->type,
			    f->flags,
			    0,
			    0,
			    (uint8_t)(f->stream >> 8),
			    (uint8_t)f->stream };

	buf_put(out, head, sizeof(head));
	if (f->len > FRAME_MAX)
		memset(buf_reserve(out, f->len), 0, f->len);
	else
		buf_put(out, f->payload, f->len);
}

/* A status is the first field of our answers: indexed (RFC 7541 appendix A, 8 to 14), or 3 digits
 * after the name's index, Huffman-coded or not. */
static int status_of(const uint8_t *block, size_t len)
{
	static const int indexed[] = { 200, 204, 206, 304, 400, 404, 500 };

	if (block[0] >= 0x88 && block[0] <= 0x8e)
		return indexed[block[0] - 0x88];
	if (block[0] == 0x48 && block[1] == 3)
		return (block[2] - '0') * 100 + (block[3] - '0') * 10 + block[4] - '0';
	return 0; /* some other */
}

struct cursor {
	const uint8_t *at; /* a frame's head */
	size_t left, len;  /* of the payload */
};

/* A client begins with the preface. */
static struct cursor begin(const struct test_peer *p)
{
	struct cursor c = { p->got.data, p->got.len, 0 };
	size_t preface = sizeof(PREFACE) - 1;

	if (c.left >= preface && memcmp(c.at, PREFACE, preface) == 0) {
		c.at += preface;
		c.left -= preface;
	}
	return c;
}

static bool is_whole(struct cursor *c)
{
	if (c->left < 9)
		return false;
	c->len = (size_t)c->at[0] << 16 | (size_t)c->at[1] << 8 | c->at[2];
	return c->left >= 9 + c->len;
}

static void next(struct cursor *c)
{
	c->at += 9 + c->len;
	c->left -= 9 + c->len;
}

struct said listen_to(const struct test_peer *p)
{
	struct said said = { -1, -1, -1, false };

	for (struct cursor c = begin(p); is_whole(&c); next(&c)) {
		const uint8_t *payload = c.at + 9;

		if (c.at[3] == HEADERS)
			said.status = status_of(payload, c.len);
		else if (c.at[3] == RST_STREAM)
			said.reset = payload[3];
		else if (c.at[3] == GOAWAY)
			said.gone = payload[7];
		else if (c.at[3] == PING)
			said.ping |= (c.at[4] & 1) != 0;
	}
	return said;
}

struct wanted {
	struct test_peer *peer;
	enum type type;
	struct cursor found;
};

static bool has_come(void *arg)
{
	struct wanted *w = arg;

	for (w->found = begin(w->peer); is_whole(&w->found); next(&w->found)) {
		if (w->found.at[3] == w->type)
			return true;
	}
	return false;
}

bool listen_for(struct test_peer *p, enum type type, const uint8_t **ret, size_t *ret_len)
{
	struct wanted w = { .peer = p, .type = type };

	if (!loop_run_until(p->loop, has_come, &w, TEST_WAIT_MS))
		return false;
	*ret = w.found.at + 9;
	*ret_len = w.found.len;
	return true;
}
