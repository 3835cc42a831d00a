/* fetch_pump.c - see fetch_pump.h. */
#include "net/fetch_pump.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/hash.h"
#include "net/loop.h"

#define ROUNDS 64 /* of a turn: 1 MiB each way */

/* What was read on one side and not yet written on the other. */
struct way {
	size_t at, len;
	bool ended; /* nothing more is read */
	uint8_t octets[16 * KIB];
};

struct fetch_pump {
	struct link link;
	struct loop *loop;
	CURLM *multi;
	CURL *easy;
	int near;
	struct watch *near_watch, *far_watch;
	struct task again;
	struct way out, in; /* towards the proxy, from it */
};

static void pump_close(struct fetch_pump *p)
{
	list_remove(&p->link);
	task_cancel(&p->again);
	watch_close(&p->near_watch);
	watch_close(&p->far_watch);
	curl_multi_remove_handle(p->multi, p->easy);
	curl_easy_cleanup(p->easy);
	close(p->near);
	secret_wipe(&p->out, sizeof(p->out));
	secret_wipe(&p->in, sizeof(p->in));
	free(p);
}

/* Octets, 0 at the end, -EAGAIN, or what ends the pump. */
static ssize_t read_near(struct fetch_pump *p, void *to, size_t room)
{
	ssize_t n = read(p->near, to, room);

	return n < 0 ? -errno : n;
}

static ssize_t read_far(struct fetch_pump *p, void *to, size_t room)
{
	size_t n = 0;
	CURLcode code = curl_easy_recv(p->easy, to, room, &n);

	return code == CURLE_OK ? (ssize_t)n : code == CURLE_AGAIN ? -EAGAIN : -EIO;
}

static ssize_t write_near(struct fetch_pump *p, const void *from, size_t len)
{
	ssize_t n = send(p->near, from, len, MSG_NOSIGNAL);

	return n < 0 ? -errno : n;
}

static ssize_t write_far(struct fetch_pump *p, const void *from, size_t len)
{
	size_t n = 0;
	CURLcode code = curl_easy_send(p->easy, from, len, &n);

	return code == CURLE_OK ? (ssize_t)n : code == CURLE_AGAIN ? -EAGAIN : -EIO;
}

typedef ssize_t read_fn(struct fetch_pump *p, void *to, size_t room);
typedef ssize_t write_fn(struct fetch_pump *p, const void *from, size_t len);

/* 1: something has moved; 0: it has to wait; -errno. */
static int carry(struct fetch_pump *p, struct way *w, read_fn *from, write_fn *to)
{
	ssize_t n;

	if (w->at == w->len && !w->ended) {
		n = from(p, w->octets, sizeof(w->octets));
		if (n == -EAGAIN || n == -EINTR)
			return 0;
		if (n < 0)
			return (int)n;
		w->ended = n == 0;
		w->at = 0;
		w->len = (size_t)n;
	}
	if (w->at == w->len)
		return 0;
	n = to(p, w->octets + w->at, w->len - w->at);
	if (n == -EAGAIN || n == -EINTR)
		return 0;
	if (n < 0)
		return (int)n;
	w->at += (size_t)n;
	return 1;
}

/* Each is read while what came from it has gone, and written while something waits for it. */
static void watch_both(struct fetch_pump *p)
{
	bool out = p->out.at < p->out.len, in = p->in.at < p->in.len;

	watch_set(p->near_watch, (out || p->out.ended ? 0 : WATCH_READ) | (in ? WATCH_WRITE : 0));
	watch_set(p->far_watch, (in || p->in.ended ? 0 : WATCH_READ) | (out ? WATCH_WRITE : 0));
}

/* Until neither side gives or takes more: octets may wait in curl's TLS that no socket tells of. */
static void move(struct fetch_pump *p)
{
	for (int i = 0; i < ROUNDS; i++) {
		int out = carry(p, &p->out, read_near, write_far);
		int in = out < 0 ? out : carry(p, &p->in, read_far, write_near);
		bool over = p->out.ended || (p->in.ended && p->in.at == p->in.len);

		if (in < 0 || over) {
			pump_close(p);
			return;
		}
		if (!out && !in) {
			watch_both(p);
			return;
		}
	}
	loop_again(p->loop, &p->again);
}

static void on_again(struct task *t)
{
	move(CONTAINER_OF(t, struct fetch_pump, again));
}

static void on_ready(struct watch *w, unsigned events, void *owner)
{
	move(owner);
}

int fetch_pump_open(struct loop *l, CURLM *multi, CURL *easy, struct link *pumps, int *ret_fd)
{
	struct fetch_pump *p = xcalloc(1, sizeof(*p));
	curl_socket_t far = CURL_SOCKET_BAD;
	int pair[2] = { -1, -1 }, rc = 0;

	p->loop = l;
	p->multi = multi;
	p->easy = easy;
	task_init(&p->again, on_again);
	curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &far);
	if (far == CURL_SOCKET_BAD)
		rc = -ENOTCONN;
	else if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		rc = -errno;
	if (rc == 0)
		rc = watch_open(l, pair[0], WATCH_READ, on_ready, p, &p->near_watch);
	if (rc == 0)
		rc = watch_open(l, far, WATCH_READ, on_ready, p, &p->far_watch);
	if (rc < 0) {
		watch_close(&p->near_watch);
		for (int i = 0; i < 2; i++)
			if (pair[i] >= 0)
				close(pair[i]);
		free(p);
		return rc;
	}
	p->near = pair[0];
	*ret_fd = pair[1];
	list_append(pumps, &p->link);
	return 0;
}

void fetch_pumps_close(struct link *pumps)
{
	LIST_EACH(l, pumps)
		pump_close(LIST_ENTRY(l, struct fetch_pump, link));
}
