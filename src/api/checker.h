/* checker.h - the worker for people's passwords: one thread, because Argon2 is slow on purpose.
 *
 * At most CHECKS_MAX run or wait.  `done` runs on the loop, never from inside the call.  What is
 * given is copied and wiped.  One loop. */
#ifndef API_CHECKER_H
#define API_CHECKER_H

#include "base/password.h"

#define CHECKS_MAX 2

struct check;
struct checker;
struct loop;

struct checker *checker_new(struct loop *loop);
/* Waits for the check under way; results that are on their way are dropped. */
void checker_free(struct checker **c);

/* Whether the password is that hash's.  False: there is no room, nothing will happen. */
bool checker_start(struct checker *c, struct str password, const char *hash,
		   void (*done)(bool right, void *arg), void *arg, struct check **ret_check);
/* Makes the hash of a new password, which is `done`'s until it returns.  False as above. */
bool checker_make(struct checker *c, struct str password, void (*done)(const char *hash, void *arg),
		  void *arg, struct check **ret_check);
/* The result is not wanted any more. */
void check_forget(struct check *k);

#endif
