/* bufq.c - chunks in a singly linked list; the loop keeps a few for reuse, newest first, so that
 * small answers touch the same warm 16 KiB again and again. */
#include "net/bufq.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "net/loop.h"
#include "net/loop_int.h"

#define SPARE_MAX 64 /* a MiB a loop: as many small answers may wait as browsers ask at a time */

struct chunk {
	struct chunk *next;
	uint32_t from, to; /* what is in use of data */
	uint8_t data[BUFQ_CHUNK];
};

/* Nothing is ordered by it: it is a sum that is compared with a limit. */
static atomic_size_t all_memory;

static_assert(sizeof(struct chunk) == CHUNK_BYTES, "a chunk fills 16 KiB");

static struct chunk *get_chunk(struct loop_pool *p)
{
	struct chunk *c = p->spare;

	if (c) {
		p->spare = c->next;
		p->spare_len--;
	} else {
		c = xmalloc(sizeof(*c));
	}
	c->next = NULL;
	c->from = c->to = 0;
	p->chunks++;
	atomic_fetch_add_explicit(&all_memory, CHUNK_BYTES, memory_order_relaxed);
	return c;
}

static void put_chunk(struct loop_pool *p, struct chunk *c)
{
	secret_wipe(c->data, c->to);
	p->chunks--;
	atomic_fetch_sub_explicit(&all_memory, CHUNK_BYTES, memory_order_relaxed);
	if (p->spare_len >= SPARE_MAX) {
		free(c);
		return;
	}
	c->next = p->spare;
	p->spare = c;
	p->spare_len++;
}

void loop_pool_done(struct loop_pool *p)
{
	while (p->spare) {
		struct chunk *c = p->spare;

		p->spare = c->next;
		free(c);
	}
	p->spare_len = 0;
}

void bufq_put(struct loop *l, struct bufq *q, const void *data, size_t len)
{
	struct loop_pool *p = loop_pool(l);
	const uint8_t *in = data;

	q->len += len;
	p->buffered_bytes += len;
	while (len) {
		size_t n;

		if (!q->last || q->last->to == BUFQ_CHUNK) {
			struct chunk *c = get_chunk(p);

			if (q->last)
				q->last->next = c;
			else
				q->first = c;
			q->last = c;
		}
		n = BUFQ_CHUNK - q->last->to;
		n = n < len ? n : len;
		memcpy(q->last->data + q->last->to, in, n);
		q->last->to += (uint32_t)n;
		in += n;
		len -= n;
	}
}

struct str bufq_peek(const struct bufq *q)
{
	const struct chunk *c = q->first;

	if (!c)
		return (struct str){ 0 };
	return (struct str){ (const char *)c->data + c->from, c->to - c->from };
}

void bufq_drop(struct loop *l, struct bufq *q, size_t len)
{
	struct loop_pool *p = loop_pool(l);

	assert(len <= q->len);
	q->len -= len;
	p->buffered_bytes -= len;
	while (len) {
		struct chunk *c = q->first;
		size_t n = c->to - c->from;

		n = n < len ? n : len;
		c->from += (uint32_t)n;
		len -= n;
		if (c->from < c->to)
			break;
		q->first = c->next;
		if (!q->first)
			q->last = NULL;
		put_chunk(p, c);
	}
}

size_t bufq_take(struct loop *l, struct bufq *q, void *out, size_t room)
{
	uint8_t *to = out;
	size_t taken = 0;

	while (taken < room && q->len) {
		struct str s = bufq_peek(q);
		size_t n = s.len < room - taken ? s.len : room - taken;

		memcpy(to + taken, s.p, n);
		bufq_drop(l, q, n);
		taken += n;
	}
	return taken;
}

bool bufq_crowded(struct loop *l)
{
	return loop_pool(l)->buffered_bytes >= BUFQ_AMPLE;
}

size_t bufq_memory(const struct bufq *q)
{
	return (q->len + BUFQ_CHUNK - 1) / BUFQ_CHUNK * CHUNK_BYTES;
}

size_t bufq_loop_memory(struct loop *l)
{
	return loop_pool(l)->chunks * CHUNK_BYTES;
}

size_t bufq_all_memory(void)
{
	return atomic_load_explicit(&all_memory, memory_order_relaxed);
}

void bufq_done(struct loop *l, struct bufq *q)
{
	bufq_drop(l, q, q->len);
}
