/* checker.c - see checker.h. */
#include "api/checker.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/thread.h"
#include "net/loop.h"
#include <stdlib.h>
#include <string.h>

struct check {
	struct post post; /* first the worker's, then the loop's */
	struct checker *checker;
	struct check *next;
	char password[PASSWORD_MAX];
	size_t password_len;
	char hash[PASSWORD_HASH_MAX]; /* to be checked, or made */
	bool makes, right;
	bool forgotten; /* the loop's */
	union {
		void (*checked)(bool right, void *arg);
		void (*made)(const char *hash, void *arg);
	} done;
	void *arg;
};

struct checker {
	struct loop *loop;
	struct thread *thread;
	struct mutex *mutex;
	struct cond *cond;
	struct check *waiting; /* under the mutex */
	bool ending;           /* under the mutex */
	unsigned busy;         /* the loop's: started and not delivered */
	bool orphan;           /* the loop's: freed by the last delivery */
};

static void checker_destroy(struct checker *c)
{
	cond_free(&c->cond);
	mutex_free(&c->mutex);
	free(c);
}

static void deliver(struct post *p)
{
	struct check *k = CONTAINER_OF(p, struct check, post);
	struct checker *c = k->checker;
	bool wanted = !k->forgotten && !c->orphan;

	c->busy--;
	if (c->orphan && !c->busy)
		checker_destroy(c);
	if (wanted && k->makes)
		k->done.made(k->hash, k->arg);
	else if (wanted)
		k->done.checked(k->right, k->arg);
	secret_wipe(k, sizeof(*k));
	free(k);
}

static struct check *take(struct checker *c)
{
	struct check *k;

	mutex_lock(c->mutex);
	while (!c->waiting && !c->ending)
		cond_wait(c->cond, c->mutex);
	k = c->waiting;
	if (k)
		c->waiting = k->next;
	mutex_unlock(c->mutex);
	return k;
}

static void work(void *arg)
{
	struct checker *c = arg;
	struct check *k;

	while ((k = take(c))) {
		struct str password = { k->password, k->password_len };

		if (k->makes)
			password_hash(password, k->hash);
		else
			k->right = password_check(password, k->hash);
		secret_wipe(k->password, sizeof(k->password));
		k->post.fn = deliver;
		loop_post(c->loop, &k->post);
	}
}

struct checker *checker_new(struct loop *loop)
{
	struct checker *c = xcalloc(1, sizeof(*c));

	c->loop = loop;
	c->mutex = mutex_new();
	c->cond = cond_new();
	c->thread = thread_start("passwords", work, c);
	return c;
}

void checker_free(struct checker **checker)
{
	struct checker *c = *checker;

	if (!c)
		return;
	*checker = NULL;
	mutex_lock(c->mutex);
	c->ending = true;
	cond_signal(c->cond);
	mutex_unlock(c->mutex);
	thread_join(&c->thread);
	c->orphan = true;
	if (!c->busy)
		checker_destroy(c);
}

/* NULL: no room. */
static struct check *prepare(struct checker *c, struct str password, void *arg)
{
	struct check *k;

	if (c->busy == CHECKS_MAX || password.len > PASSWORD_MAX)
		return NULL;
	k = xcalloc(1, sizeof(*k));
	k->checker = c;
	memcpy(k->password, password.p, password.len);
	k->password_len = password.len;
	k->arg = arg;
	return k;
}

static void hand_over(struct checker *c, struct check *k)
{
	struct check **last;

	c->busy++;
	mutex_lock(c->mutex);
	last = &c->waiting;
	while (*last)
		last = &(*last)->next;
	*last = k;
	cond_signal(c->cond);
	mutex_unlock(c->mutex);
}

bool checker_start(struct checker *c, struct str password, const char *hash,
		   void (*done)(bool right, void *arg), void *arg, struct check **ret_check)
{
	struct check *k = strlen(hash) < PASSWORD_HASH_MAX ? prepare(c, password, arg) : NULL;

	if (!k)
		return false;
	memcpy(k->hash, hash, strlen(hash));
	k->done.checked = done;
	hand_over(c, k);
	*ret_check = k;
	return true;
}

bool checker_make(struct checker *c, struct str password, void (*done)(const char *hash, void *arg),
		  void *arg, struct check **ret_check)
{
	struct check *k = prepare(c, password, arg);

	if (!k)
		return false;
	k->makes = true;
	k->done.made = done;
	hand_over(c, k);
	*ret_check = k;
	return true;
}

void check_forget(struct check *k)
{
	k->forgotten = true;
}
