/* exchange_filter.c - who looks at a TARGET's head before the SOURCE does, and gets the exchange
 * back.
 *
 *   attached --answer says false, TARGET gives up, taken back--> MUTED --in a task--> a handler's
 *
 * While it is muted the TARGET may be in the midst of its own call, so what it still does counts
 * for nothing; it is told, and `instead` runs, when that is over. */
#include "net/exchange.h"

#include <stdlib.h>

#include "base/err.h"
#include "net/exchange_int.h"

struct filter {
	struct exchange *x;
	const struct exchange_filter *ops;
	void *owner;
	struct task task;
	int why;
	bool target_left; /* it needs not be told */
};

static void mute(struct exchange *x, int why)
{
	x->muted = true;
	x->filter->why = why;
	loop_later(x->loop, &x->filter->task);
}

/* The built-in target in place of one that has gone. */
static void put_handler(struct exchange *x)
{
	struct end *e = &x->ends[TARGET];

	e->ops = &exchange_handler_ops;
	e->arg = NULL;
	e->put_ended = false;
}

static void on_task(struct task *t)
{
	struct filter *f = CONTAINER_OF(t, struct filter, task);
	struct exchange *x = f->x;
	struct end *e = &x->ends[TARGET];

	if (e->left) /* the client has gone meanwhile, and the TARGET was told so */
		return;
	if (!f->target_left)
		e->ops->abort(x, ERR_CANCELLED, e->arg);
	f->target_left = false;
	put_handler(x);
	x->muted = false;
	x->answer_headers.len = x->trailers.len = 0;
	x->answer_bytes = -1;
	f->ops->instead(x, f->why, f->owner);
}

void exchange_filter_answer(struct exchange *x, const struct exchange_filter *ops, void *owner)
{
	assert(!x->filter && !x->status);
	x->filter = xcalloc(1, sizeof(*x->filter));
	x->filter->x = x;
	x->filter->ops = ops;
	x->filter->owner = owner;
	task_init(&x->filter->task, on_task);
}

static bool is_handlers(const struct exchange *x)
{
	return x->ends[TARGET].ops == &exchange_handler_ops;
}

bool exchange_filter_passes(struct exchange *x)
{
	struct filter *f = x->filter;

	if (!f || is_handlers(x) || f->ops->answer(x, f->owner))
		return true;
	if (x->status < 200 && !x->switched)
		return false;
	x->status = 0;
	x->switched = false;
	mute(x, 0);
	return false;
}

bool exchange_filter_left(struct exchange *x, int why)
{
	struct filter *f = x->filter;

	if (!f || is_handlers(x) || x->status || x->ends[SOURCE].left)
		return false;
	if (!x->muted)
		mute(x, why);
	f->target_left = true;
	put_handler(x);
	return true;
}

bool exchange_take_back(struct exchange *x, int why)
{
	if (x->status || x->muted || is_handlers(x) || x->ends[TARGET].left)
		return false;
	mute(x, why);
	return true;
}

void exchange_filter_done(struct exchange *x)
{
	struct filter *f = x->filter;

	if (!f)
		return;
	task_cancel(&f->task);
	f->ops->over(x, f->owner);
	free(f);
	x->filter = NULL;
}
