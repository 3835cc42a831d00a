/* checker.c - passwords are checked on a thread of their own, because Argon2 is slow on purpose. */
#include "hub/auth/login.h"

#include "base/password.h"
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
	char hash[PASSWORD_HASH_MAX];
	bool right;
	void (*done)(bool right, void *arg); /* NULL: forgotten; the loop's */
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
	void (*done)(bool right, void *arg) = k->done;
	void *arg = k->arg;
	bool right = k->right;

	free(k);
	c->busy--;
	if (c->orphan && !c->busy)
		checker_destroy(c);
	else if (done && !c->orphan)
		done(right, arg);
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
		k->right = password_check((struct str){ k->password, k->password_len }, k->hash);
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

bool checker_start(struct checker *c, struct str password, const char *hash,
		   void (*done)(bool right, void *arg), void *arg, struct check **ret_check)
{
	struct check *k, **last;

	if (c->busy == CHECKS_MAX || password.len > PASSWORD_MAX ||
	    strlen(hash) >= PASSWORD_HASH_MAX)
		return false;
	k = xcalloc(1, sizeof(*k));
	k->checker = c;
	memcpy(k->password, password.p, password.len);
	k->password_len = password.len;
	memcpy(k->hash, hash, strlen(hash));
	k->done = done;
	k->arg = arg;
	c->busy++;
	mutex_lock(c->mutex);
	last = &c->waiting;
	while (*last)
		last = &(*last)->next;
	*last = k;
	cond_signal(c->cond);
	mutex_unlock(c->mutex);
	*ret_check = k;
	return true;
}

void check_forget(struct check *k)
{
	k->done = NULL;
}
