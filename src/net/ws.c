/* ws.c - see ws.h. */
#include "net/ws.h"

#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/os.h"
#include "base/rand.h"

#define CONTROL_MAX 125 /* RFC 6455 section 5.5 */
#define KEY_LEN     16
#define MASK_LEN    4

enum opcode { CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

struct ws {
	bool client;
	bool closed; /* the peer has said CLOSE */
	bool pong_due;
	uint8_t head[14]; /* of the peer's frame, while it comes */
	uint8_t head_len;
	uint8_t control[CONTROL_MAX]; /* of a PING, while it comes; then what PONG says */
	uint8_t control_len, pong_len;
	uint8_t pong[CONTROL_MAX];
	uint64_t left, at; /* of the frame's payload, and how much of it has come */
	bool in_payload;
};

struct ws *ws_new(bool client)
{
	struct ws *w = xcalloc(1, sizeof(*w));

	w->client = client;
	return w;
}

void ws_free(struct ws **w)
{
	if (*w)
		secret_wipe(*w, sizeof(**w));
	free(*w);
	*w = NULL;
}

/* ---- the peer's frames ---- */

static enum opcode opcode(const struct ws *w)
{
	return w->head[0] & 0x0f;
}

static bool is_control(const struct ws *w)
{
	return w->head[0] & 0x08;
}

static size_t head_needs(const struct ws *w)
{
	uint8_t len = w->head[1] & 0x7f;

	if (w->head_len < 2)
		return 2;
	return 2 + (len == 127 ? 8 : len == 126 ? 2 : 0) + (w->head[1] & 0x80 ? MASK_LEN : 0);
}

static const uint8_t *mask_of(const struct ws *w)
{
	return w->head + w->head_len - MASK_LEN;
}

static uint64_t payload_of(const struct ws *w)
{
	uint8_t len = w->head[1] & 0x7f;
	size_t octets = len == 127 ? 8 : 2;
	uint64_t n = 0;

	if (len < 126)
		return len;
	for (size_t i = 0; i < octets; i++)
		n = n << 8 | w->head[2 + i];
	return n;
}

static bool head_ok(const struct ws *w)
{
	bool masked = w->head[1] & 0x80, last = w->head[0] & 0x80;
	enum opcode op = opcode(w);

	if (w->head[0] & 0x70 || masked == w->client)
		return false;
	if (is_control(w))
		return last && w->left <= CONTROL_MAX && op <= PONG;
	return (op == BINARY || op == CONTINUATION) && w->left <= INT64_MAX;
}

static void end_frame(struct ws *w)
{
	w->head_len = 0;
	w->in_payload = false;
	if (opcode(w) == PING) {
		memcpy(w->pong, w->control, w->control_len);
		w->pong_len = w->control_len;
		w->pong_due = true;
	}
	w->closed |= opcode(w) == CLOSE;
	w->control_len = 0;
}

/* One octet of a head; false if it is none of ours. */
static bool take_head(struct ws *w, uint8_t octet)
{
	w->head[w->head_len++] = octet;
	if (w->head_len < head_needs(w))
		return true;
	w->left = payload_of(w);
	w->at = 0;
	w->in_payload = true;
	if (!head_ok(w))
		return false;
	if (!w->left)
		end_frame(w);
	return true;
}

static void unmask(struct ws *w, uint8_t *to, const uint8_t *from, size_t len)
{
	const uint8_t *mask = mask_of(w);

	if (w->client) {
		memmove(to, from, len);
		return;
	}
	for (size_t i = 0; i < len; i++)
		to[i] = from[i] ^ mask[(w->at + i) % MASK_LEN];
}

int ws_decode(struct ws *w, uint8_t *data, size_t len, size_t *ret_len)
{
	size_t out = 0, in = 0;

	while (in < len && !w->closed) {
		size_t n = len - in;

		if (!w->in_payload) {
			if (!take_head(w, data[in++]))
				return ERR_UPSTREAM;
			continue;
		}
		n = n < w->left ? n : (size_t)w->left;
		if (is_control(w)) {
			unmask(w, w->control + w->control_len, data + in, n);
			w->control_len = (uint8_t)(w->control_len + n);
		} else {
			unmask(w, data + out, data + in, n);
			out += n;
		}
		in += n;
		w->at += n;
		w->left -= n;
		if (!w->left)
			end_frame(w);
	}
	*ret_len = out;
	return w->closed ? 1 : 0;
}

/* ---- ours ---- */

bool ws_owes(const struct ws *w)
{
	return w->pong_due;
}

/* The head of a frame of len octets, which are masked. */
static size_t put_head(const struct ws *w, uint8_t *to, enum opcode op, uint8_t *data, size_t len)
{
	uint8_t masked = w->client ? 0x80 : 0;
	size_t n = 0;

	to[n++] = (uint8_t)(0x80 | op);
	if (len < 126) {
		to[n++] = (uint8_t)(masked | len);
	} else {
		to[n++] = masked | 126;
		to[n++] = (uint8_t)(len >> 8);
		to[n++] = (uint8_t)len;
	}
	if (!w->client)
		return n;
	rand_bytes(to + n, MASK_LEN);
	for (size_t i = 0; i < len; i++)
		data[i] ^= to[n + i % MASK_LEN];
	return n + MASK_LEN;
}

size_t ws_encode(struct ws *w, uint8_t *data, size_t len)
{
	uint8_t front[WS_ROOM];
	size_t n = 0;

	assert(len <= UINT16_MAX);
	if (w->pong_due) {
		n = put_head(w, front, PONG, w->pong, w->pong_len);
		memcpy(front + n, w->pong, w->pong_len);
		n += w->pong_len;
		w->pong_due = false;
	}
	if (len)
		n += put_head(w, front + n, BINARY, data, len);
	memcpy(data - n, front, n);
	return n;
}

/* ---- a connection of them ---- */

static int decode(void *state, uint8_t *data, size_t len, size_t *ret_len, bool *ret_owes)
{
	int rc = ws_decode(state, data, len, ret_len);

	*ret_owes = ws_owes(state);
	return rc;
}

static size_t encode(void *state, uint8_t *data, size_t len)
{
	return ws_encode(state, data, len);
}

static void done(void *state)
{
	struct ws *w = state;

	ws_free(&w);
}

void ws_wrap(struct conn *c, struct ws *w)
{
	static const struct conn_wrap wrap = { WS_ROOM, UINT16_MAX, decode, encode, done };

	conn_wrap(c, &wrap, w);
}

/* ---- the handshake ---- */

void ws_key(char out[static WS_KEY_SIZE])
{
	uint8_t nonce[KEY_LEN];

	rand_bytes(nonce, sizeof(nonce));
	EVP_EncodeBlock((unsigned char *)out, nonce, sizeof(nonce));
}

bool ws_key_ok(struct str key)
{
	uint8_t nonce[3 * (WS_KEY_SIZE / 4)];

	return key.len == WS_KEY_SIZE - 1 && key.p[22] == '=' && key.p[23] == '=' &&
	       EVP_DecodeBlock(nonce, (const unsigned char *)key.p, (int)key.len) > 0;
}

void ws_accept(struct str key, char out[static WS_ACCEPT_SIZE])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* section 1.3 */
	unsigned char sum[EVP_MAX_MD_SIZE];
	struct buf text = buf_new(256);
	unsigned len = 0;

	buf_putstr(&text, key);
	buf_puts(&text, guid);
	if (text.failed || EVP_Digest(text.data, text.len, sum, &len, EVP_sha1(), NULL) != 1)
		die("SHA-1 failed");
	EVP_EncodeBlock((unsigned char *)out, sum, (int)len);
	buf_done(&text);
}
