/* proxied.c - see proxied.h.
 *
 * What waits in the socket is looked at before it is taken.  If header and octets looked at are a
 * beginning, all of them belong to the header and are taken; else exactly those that do. */
#include "net/proxied.h"

#include <errno.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "net/loop.h"

struct proxied {
	struct loop *loop;
	struct watch *watch;
	struct timer deadline;
	proxied_fn *done;
	void *owner;
	int fd;
	size_t len;
	uint8_t octets[PROXY_HEADER_MAX];
};

void proxied_close(struct proxied **p)
{
	if (!*p)
		return;
	watch_close(&(*p)->watch);
	timer_stop((*p)->loop, &(*p)->deadline);
	free(*p);
	*p = NULL;
}

static void finish(struct proxied *p, int rc, const struct proxy_header *header)
{
	proxied_fn *done = p->done;
	void *owner = p->owner;

	proxied_close(&p);
	done(rc, header, owner);
}

/* False: they are gone, though they were there a moment ago. */
static bool take(struct proxied *p, size_t len)
{
	ssize_t n = recv(p->fd, p->octets + p->len, len, 0);

	p->len += len;
	return n == (ssize_t)len;
}

static void on_readable(struct watch *w, unsigned events, void *owner)
{
	struct proxied *p = owner;
	struct proxy_header header = {};
	ssize_t n = recv(p->fd, p->octets + p->len, sizeof(p->octets) - p->len, MSG_PEEK);
	int rc;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		return finish(p, p->len ? ERR_INVALID : ERR_CANCELLED, NULL);
	rc = proxy_header_parse(p->octets, p->len + (size_t)n, &header);
	if (rc == -EAGAIN && take(p, (size_t)n))
		return;
	if (rc == -EAGAIN || (rc == 0 && !take(p, header.len - p->len)))
		rc = ERR_INVALID;
	finish(p, rc, &header);
}

static void on_deadline(struct timer *t)
{
	finish(CONTAINER_OF(t, struct proxied, deadline), ERR_TIMEOUT, NULL);
}

int proxied_open(struct loop *l, int fd, int64_t deadline_ms, proxied_fn *done, void *owner,
		 struct proxied **ret_proxied)
{
	struct proxied *p = xcalloc(1, sizeof(*p));
	int rc;

	p->loop = l;
	p->fd = fd;
	p->done = done;
	p->owner = owner;
	rc = watch_open(l, fd, WATCH_READ, on_readable, p, &p->watch);
	if (rc < 0) {
		free(p);
		return rc;
	}
	timer_init(&p->deadline, on_deadline);
	timer_start(l, &p->deadline, deadline_ms);
	*ret_proxied = p;
	return 0;
}
