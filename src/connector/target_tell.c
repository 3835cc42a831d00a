/* target_tell.c - see target_tell.h. */
#include "connector/target_tell.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "base/err.h"
#include "connector/hub.h"
#include "connector/permission.h"
#include "model/report.h"
#include "net/loop.h"
#include "wire/messages.h"

#include <stdlib.h>

#define SLOW_MS  60000 /* where trying soon cannot help */
#define BODY_MAX (256 * KIB)

struct target_tell {
	struct loop *loop;
	struct hub *hub;
	struct permission_view *permission;
	const struct targets *now; /* NULL: not known yet */
	struct hub_call *call;
	struct timer retry;
	struct backoff backoff;
	bool due;          /* `now` is to be told */
	int64_t revision;  /* that was told last */
	int64_t offset_ms; /* of the hub's clock, as that was told */
};

static void put_items(const struct targets *now, struct arena *mem, struct json_list *items)
{
	for (size_t i = 0; i < now->items.len; i++) {
		const struct target *t = now->items.items[i];
		struct target_told told = { t->id, t->name, t->kind };

		report_list_add(mem, items, arena_dup(mem, &told, sizeof(told)));
	}
}

static void tell(struct target_tell *t);

static void on_told(const struct hub_answer *a, void *owner)
{
	struct target_tell *t = owner;
	bool slow = a->status == 401 || a->status == 403;

	t->call = NULL;
	if (a->rc == 0 || (a->status == 400 && a->rc != ERR_NOT_HUB)) {
		/* It went out by a clock that the hub has set right since. */
		t->due |= hub_clock_offset_ms(t->hub) != t->offset_ms;
		backoff_reset(&t->backoff);
		tell(t);
		return;
	}
	t->due = true;
	timer_start(t->loop, &t->retry,
		    backoff_next_ms(&t->backoff) + 1 + a->retry_after_ms + (slow ? SLOW_MS : 0));
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Not the file's own count alone: one that was edited by hand, or put back, is news, too. */
static void count_up(struct target_tell *t)
{
	t->offset_ms = hub_clock_offset_ms(t->hub);
	t->revision =
		later(t->revision + 1, later(t->now->revision, clock_wall_ms() + t->offset_ms));
}

static void tell(struct target_tell *t)
{
	struct targets_request said = {};
	struct buf body = buf_new(BODY_MAX);
	struct arena mem = {};

	if (t->call || !t->due || timer_running(&t->retry) || permission_silent(t->permission) ||
	    (!t->now->revision && !t->revision)) /* there never was a target */
		return;
	count_up(t);
	t->due = false;
	said.revision = t->revision;
	put_items(t->now, &mem, &said.items);
	json_encode(&targets_request_schema, &said, 0, &body);
	t->call = hub_call(t->hub,
			   &(struct hub_request){ .method = "POST",
						  .path = "/c/v1/targets",
						  .type = MEDIA_JSON,
						  .body = buf_str(&body) },
			   on_told, t);
	buf_done(&body);
	arena_done(&mem);
}

static void on_retry(struct timer *timer)
{
	tell(CONTAINER_OF(timer, struct target_tell, retry));
}

struct target_tell *target_tell_new(struct loop *l, struct hub *hub, struct permission_view *p)
{
	struct target_tell *t = xcalloc(1, sizeof(*t));

	t->loop = l;
	t->hub = hub;
	t->permission = p;
	timer_init(&t->retry, on_retry);
	return t;
}

void target_tell_free(struct target_tell **tp)
{
	struct target_tell *t = *tp;

	if (!t)
		return;
	hub_cancel(&t->call);
	timer_stop(t->loop, &t->retry);
	free(t);
	*tp = NULL;
}

void target_tell_set(struct target_tell *t, const struct targets *now)
{
	t->now = now;
	t->due = true;
	tell(t);
}

void target_tell_online(struct target_tell *t, bool back)
{
	timer_stop(t->loop, &t->retry);
	t->due |= back && t->now;
	tell(t);
}
