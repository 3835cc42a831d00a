/* bufq.h - a queue of octets in 16 KiB chunks: what has come from one end of an exchange and not
 * gone to the other.
 *
 * An empty queue holds no memory.  Chunks come from the loop's bounded list of spare ones and are
 * wiped on release: relayed octets are never kept (design.md 2.4).  The octets of all queues of a
 * loop are counted in loop_counts().buffered_bytes, and what those of all loops take of memory, in
 * which few octets cost as much as many, in bufq_all_memory().  A queue has no limit of its own:
 * who fills it stops at its credit.  Each on one thread, no failures. */
#ifndef NET_BUFQ_H
#define NET_BUFQ_H

#include "base/buf.h"

struct loop;
struct chunk;

/* Octets a chunk holds: with its header it fills 16 KiB. */
#define BUFQ_CHUNK (16384 - 16)
/* As much may wait in a loop's queues before anybody holds less ahead for it: some readers that
 * stop for a moment are not worth a round trip. */
#define BUFQ_AMPLE MIB

struct bufq {
	struct chunk *first, *last;
	size_t len; /* octets in the queue */
};

/* A loop's queues together hold BUFQ_AMPLE: what is read ahead of who takes it shall be little. */
bool bufq_crowded(struct loop *l);
/* {} is an empty queue. */
void bufq_put(struct loop *l, struct bufq *q, const void *data, size_t len);
/* The first contiguous part; empty if the queue is.  Valid until the next call. */
struct str bufq_peek(const struct bufq *q);
void bufq_drop(struct loop *l, struct bufq *q, size_t len); /* len <= q->len */
size_t bufq_take(struct loop *l, struct bufq *q, void *out,
		 size_t room);                  /* octets copied and dropped */
void bufq_done(struct loop *l, struct bufq *q); /* wipes and releases all */
/* Bytes of memory in which its octets wait. */
size_t bufq_memory(const struct bufq *q);
size_t bufq_loop_memory(struct loop *l); /* the same of all queues of a loop */
/* The same of all queues of this process, at this moment or a little before; any thread. */
size_t bufq_all_memory(void);

#endif
