/* loop_thread.h - a loop that runs on a thread of its own. */
#ifndef NET_LOOP_THREAD_H
#define NET_LOOP_THREAD_H

#include "net/loop.h"

struct loop_thread;

struct loop_thread *loop_thread_start(const char *name); /* at most 15 octets */
struct loop *loop_thread_loop(const struct loop_thread *t);
/* Ends the thread after its turn; idempotent.  From then on the loop is the caller's thread's, who
 * may still call what belongs to it. */
void loop_thread_stop(struct loop_thread *t);
/* The same, and loop_free(): what is still posted runs here.  Sets *t to NULL; NULL is harmless. */
void loop_thread_free(struct loop_thread **t);

#endif
