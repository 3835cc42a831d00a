/* owner.h - the loop's side of a job; db/ only. */
#ifndef DB_OWNER_H
#define DB_OWNER_H

#include "db/job.h"

/* On the owner's loop: calls done() unless the owner is gone, then frees the job. */
void owner_take_back(struct job *job);

#endif
