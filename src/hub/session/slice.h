/* slice.h - what the session slice's files share on the loop. */
#ifndef HUB_SESSION_SLICE_H
#define HUB_SESSION_SLICE_H

#include "api/request.h"
#include "base/map.h"
#include "hub/session/session.h"
#include "net/loop.h"
#include "wire/messages.h"

struct sessions {
	struct hub *hub;
	struct map by_id, by_label;
	struct link live, over; /* over: the oldest first */
	size_t over_len;
	struct timer tick;
	struct session_listener listener; /* told NULL: nobody listens */
	struct db_owner owner;            /* jobs that no request waits for */
};

struct session *session_by_id(const struct hub *hub, struct id id);
/* How many of the provider's are not over. */
size_t sessions_of(const struct hub *hub, struct id provider);

/* Its browser's cookie is another, or it is over. */
void session_tell(struct hub *hub, const struct session *s);

/* A new one in state requested, not in the database yet. */
struct session *session_make(struct hub *hub, struct id id, struct id provider, struct id login);
/* It did not come to be. */
void session_drop(struct hub *hub, struct session *s);
/* The connector said so: in memory. */
void session_opened(struct session *s, int64_t ends_ms);
void session_is_over_now(struct hub *hub, struct session *s, enum session_state state,
			 enum session_why why);
/* The same by a person's call, which is answered when it is written. */
void session_end_for(struct request *req, struct session *s);

/* Where a browser goes in: a new ticket, in place of any before it. */
void session_url(struct hub *hub, struct session *s, char out[static SESSION_URL_MAX]);

extern const struct route session_routes[];
/* Handlers, by file. */
void sessions_post(struct request *req);
void sessions_get(struct request *req);
void session_get_one(struct request *req);
void session_delete(struct request *req);
void session_post_url(struct request *req);
void session_post_more(struct request *req);
void targets_get(struct request *req);
void session_told_post(struct request *req);
void targets_told_post(struct request *req);

extern const struct json_schema session_in_schema, session_made_schema, sessions_query_schema,
	session_page_schema, session_schema, targets_schema;

#endif
