/* store.h - rows of session and target; everything here runs within database jobs. */
#ifndef HUB_SESSION_STORE_H
#define HUB_SESSION_STORE_H

#include "hub/session/session.h"
#include "wire/messages.h"

/* What a row holds, and how the API shows it. */
struct session_ref {
	struct id id;
	const char *name; /* NULL: it has none any more */
};
struct session_target {
	const char *id;   /* "console" or "tgt_..." */
	int kind;         /* enum target_kind */
	const char *name; /* NULL of the console */
};
/* Said twice of one moment, by clocks that run apart. */
#define SAME_END_MS 2000

/* Who may say yes at the site, as far as it says so. */
struct session_desk {
	const char *name; /* NULL: it has none */
	int64_t count;
};
/* The site's no to the last question for more time. */
struct session_no {
	int64_t at_ms;
	int why; /* enum session_why */
};
struct session_row {
	struct id id, customer_id, site_id, connector, user_id, login, target_id;
	struct session_ref *site, *customer, *user;
	struct session_target *target;
	struct session_desk *desk; /* of memory, not of the row; NULL: nothing is known */
	int64_t more_ms;       /* the same: until when more time is asked for; JSON_ABSENT_INT */
	struct session_no *no; /* the same: that it is not given; NULL */
	int64_t silent_ms; /* the same: since when nothing is heard of the site; JSON_ABSENT_INT */
	const char *reason;
	int state, why; /* -1: not over */
	int64_t created_ms, ask_until_ms, waiting_ms, opened_ms, ends_ms, ended_ms;
	int64_t login_until_ms;
	int64_t bytes_up, bytes_down, requests;
	uint8_t label[16];
};

/* Writes a new one: ids, times, label, reason and target are set. */
MUST_USE int session_insert(struct tenant_db *db, const struct session_row *row);

/* What the change log says of one that is asked for, in `mem`; target NULL: the console. */
const char *session_change_text(struct arena *mem, const char *target, const char *reason);

/* One, with its names, in `mem`.  ERR_NOT_FOUND. */
MUST_USE int session_get(struct tenant_db *db, struct arena *mem, struct id id,
			 struct session_row *ret_row);

struct session_filter {
	struct id site; /* zero: all */
	int state;      /* -1: all */
	bool live;      /* only those that are not over */
	struct id before;
	size_t limit;
};
/* The newest first: struct session_row *, in `mem`. */
MUST_USE int session_list(struct tenant_db *db, struct arena *mem, const struct session_filter *f,
			  struct json_list *ret_rows);

/* What the connector told, or the hub decided; for one that is not over.  > 0: its state is another
 * now; 0: it said so before, or is over.  Of one that is over the row keeps no way in: no name, no
 * cookie, no login. */
MUST_USE int session_note(struct tenant_db *db, struct id session, const struct session_told *told,
			  int64_t now_ms);
/* Of one that is open: > 0 if it was another time. */
MUST_USE int session_note_ends(struct tenant_db *db, struct id session, int64_t ends_ms);
/* Nothing, if it is over. */
MUST_USE int session_note_cookie(struct tenant_db *db, struct id session,
				 const struct hash *cookie);

/* All that are not over, of all providers, for the start; on the database thread. */
struct session_live_row {
	struct session_row row;
	struct id provider;
	bool has_cookie;
	struct hash cookie;
};
MUST_USE int sessions_load(struct system_db *db,
			   void (*fn)(const struct session_live_row *row, void *arg), void *arg);

/* ---- targets ---- */

struct target_row {
	struct id id;
	int kind;
	const char *name;
};
/* ERR_NOT_FOUND. */
MUST_USE int target_get(struct tenant_db *db, struct arena *mem, struct id site, struct id target,
			struct target_row *ret_row);
/* By name: struct target_row *, in `mem`. */
MUST_USE int target_list(struct tenant_db *db, struct arena *mem, struct id site,
			 struct json_list *ret_rows);
/* Whose they are, and by whose word. */
struct target_site {
	struct id customer, site, connector;
};
/* In place of all that were there, unless the connector has told a newer revision.  *ret_changed:
 * they are others than before. */
MUST_USE int targets_put(struct tenant_db *db, struct arena *mem, const struct target_site *where,
			 const struct targets_request *told, bool *ret_changed);

#endif
