/* job.c - database jobs whose owner is a request.
 *
 * A db_owner is made with a request's first job and ends with the request, so that the result of a
 * job whose browser has gone away is dropped and nobody else has to think of it. */
#include "hub/hub.h"

#include "api/request.h"
#include <stdlib.h>

struct link_to_db {
	struct db_owner owner;
	struct request *req;
	job_done_fn done; /* NULL: no job is under way */
};

static void on_end(struct request *req, void *arg)
{
	struct link_to_db *l = arg;

	db_owner_done(&l->owner, &req->mem);
	free(l);
}

static struct link_to_db *link_of(struct request *req)
{
	struct hub *hub = hub_of(req->owner);
	struct link_to_db *l = req->jobs;

	if (!l) {
		l = xcalloc(1, sizeof(*l));
		l->req = req;
		db_owner_init(&l->owner, hub->db, hub->loop, l);
		req->jobs = l;
		request_at_end(req, on_end, l);
	}
	return l;
}

static void on_done(int rc, void *job, void *arg)
{
	struct link_to_db *l = arg;
	job_done_fn done = l->done;

	l->done = NULL;
	done(l->req, rc, job);
}

static struct link_to_db *begin(struct request *req, job_done_fn done)
{
	struct link_to_db *l = link_of(req);

	assert(!l->done);
	l->done = done;
	return l;
}

void hub_read(struct request *req, db_fn fn, job_done_fn done, const void *job, size_t size)
{
	db_read(&begin(req, done)->owner, req->who.provider, fn, on_done, job, size);
}

void hub_write(struct request *req, db_fn fn, job_done_fn done, const void *job, size_t size)
{
	db_write(&begin(req, done)->owner, req->who.provider, fn, on_done, job, size);
}

void hub_system_read(struct request *req, db_system_fn fn, job_done_fn done, const void *job,
		     size_t size)
{
	db_system_read(&begin(req, done)->owner, fn, on_done, job, size);
}

void hub_system_write(struct request *req, db_system_fn fn, job_done_fn done, const void *job,
		      size_t size)
{
	db_system_write(&begin(req, done)->owner, fn, on_done, job, size);
}

struct change_in hub_change(struct request *req, enum change_verb verb)
{
	static const enum actor_kind kinds[] = {
		[CALLER_NOBODY] = ACTOR_NOBODY,
		[CALLER_USER] = ACTOR_USER,
		[CALLER_CONNECTOR] = ACTOR_CONNECTOR,
	};

	bool visits = !id_is_zero(req->who.home); /* whom this provider does not know */

	return (struct change_in){
		.verb = verb,
		.actor_kind = visits ? ACTOR_OPERATOR : kinds[req->who.kind],
		.actor = visits ? (struct id){} : req->who.id,
		.from = arena_strdup(&req->mem, request_address(req)),
	};
}
