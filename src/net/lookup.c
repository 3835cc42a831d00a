/* lookup.c - see lookup.h.  One that is cancelled while a thread works for it frees itself when
 * that has ended; a loop that ends meanwhile waits for it. */
#include "net/lookup.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/os.h"
#include "net/loop.h"
#include "net/loop_int.h"

struct lookup {
	struct loop_guest guest;
	uv_getaddrinfo_t work;
	struct loop *loop;
	lookup_fn *fn; /* NULL: cancelled */
	void *owner;
	bool over;
};

static void tell(struct lookup *k, int failed, const struct addrinfo *found)
{
	struct address list[LOOKUP_MAX];
	size_t len = 0;

	for (; found && !failed && len < LOOKUP_MAX; found = found->ai_next) {
		list[len] = (struct address){ .len = found->ai_addrlen };
		memcpy(&list[len].sa, found->ai_addr, found->ai_addrlen);
		len++;
	}
	k->fn(len ? 0 : ERR_UNREACHABLE, list, len, k->owner);
}

static void on_found(uv_getaddrinfo_t *work, int failed, struct addrinfo *found)
{
	struct lookup *k = CONTAINER_OF(work, struct lookup, work);

	k->over = true;
	list_remove(&k->guest.link);
	if (k->fn)
		tell(k, failed, found);
	uv_freeaddrinfo(found);
	free(k);
}

/* The loop ends: the thread is waited for. */
static void on_loop_end(struct loop_guest *g)
{
	struct lookup *k = CONTAINER_OF(g, struct lookup, guest);

	k->fn = NULL;
	uv_cancel((uv_req_t *)&k->work);
	/* The loop runs until its requests have ended before it is closed. */
}

struct lookup *lookup_start(struct loop *l, const char *host, uint16_t port, lookup_fn *fn,
			    void *owner)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct lookup *k = xcalloc(1, sizeof(*k));
	char service[8];

	k->loop = l;
	k->fn = fn;
	k->owner = owner;
	k->guest.end = on_loop_end;
	loop_add_guest(l, &k->guest);
	snprintf(service, sizeof(service), "%u", port);
	if (uv_getaddrinfo(loop_uv(l), &k->work, on_found, host, service, &hints) < 0)
		die("no thread for the resolver");
	return k;
}

void lookup_cancel(struct lookup **k)
{
	if (!*k)
		return;
	(*k)->fn = NULL;
	uv_cancel((uv_req_t *)&(*k)->work);
	*k = NULL;
}
