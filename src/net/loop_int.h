/* loop_int.h - what loop.c shows to its neighbours loop_file.c and bufq.c only. */
#ifndef NET_LOOP_INT_H
#define NET_LOOP_INT_H

#include <stddef.h>

#include "base/list.h"

struct chunk;
struct loop;
struct uv_loop_s;

#define CHUNK_BYTES 16384

/* Chunks for reuse and the account of all queues. */
struct loop_pool {
	struct chunk *spare;
	size_t spare_len;
	size_t buffered_bytes;
	size_t chunks; /* in use */
};

struct loop_pool *loop_pool(struct loop *l);
void loop_pool_done(struct loop_pool *p); /* bufq.c */
struct uv_loop_s *loop_uv(struct loop *l);

/* What lives as long as the loop unless it goes first; `end` is called by loop_free(). */
struct loop_guest {
	struct link link;
	void (*end)(struct loop_guest *g);
};

void loop_add_guest(struct loop *l, struct loop_guest *g);

#endif
