/* thread.h - threads for the database and for password hashing; nothing else blocks, nothing else
 * has one. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include "base/cc.h"
#include <stdint.h>

struct thread;
struct mutex;
struct cond;

struct thread *thread_start(const char *name, void (*fn)(void *arg), void *arg);
void thread_join(struct thread **t); /* waits for its end and frees it */

struct mutex *mutex_new(void);
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);
void mutex_free(struct mutex **m);

struct cond *cond_new(void);
void cond_wait(struct cond *c, struct mutex *m);
void cond_wait_ms(struct cond *c, struct mutex *m, int64_t ms); /* may wake early */
void cond_signal(struct cond *c);
void cond_free(struct cond **c);

#endif
