/* past.h - sessions.json: which sessions there were, and which there are, by ids, times and counts.
 *
 * No name of a person, no reason, no address (R61, R62).  It is what the customer reads of past
 * visits, what makes an id good for one visit only, and what is left to tell the hub after a crash.
 * At most PAST_MAX: the oldest goes that is over and told, and first of those that were never open,
 * if there are more than PAST_ASKED. */
#ifndef CONNECTOR_SESSION_PAST_H
#define CONNECTOR_SESSION_PAST_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "base/json.h"

#define PAST_MAX   200
#define PAST_ASKED 50

struct past_session {
	struct id id;
	int kind;  /* enum target_kind */
	int state; /* enum session_state: as long as it is not over, it was when this was written */
	int why;   /* enum session_why; -1: it is not over */
	int64_t asked_ms, opened_ms, ended_ms; /* JSON_ABSENT_INT: not */
	int64_t seen_ms; /* when this was written: if nothing comes after it, the end */
	int64_t bytes_up, bytes_down, requests;
	enum json_bool told; /* the hub knows the end */
};

struct past {
	struct past_session items[PAST_MAX]; /* the oldest first */
	size_t len;
};

extern const struct json_schema past_file_schema;

/* What is written in `text`, each session whole: of those that were not over when the process ended
 * it is said that they are
 * (`restarted`), and what is not said of one is nothing: no octet, no request.  ERR_CORRUPT. */
MUST_USE int past_parse(struct str text, struct past *ret_past);
void past_print(const struct past *p, struct buf *out);

/* The same of the file; one that is not there or cannot be read is an empty one. */
void past_load(const char *dir, struct past *ret_past);
MUST_USE int past_save(const char *dir, const struct past *p);

struct past_session *past_find(struct past *p, struct id id);
/* A new one at the end; good until the next. */
struct past_session *past_add(struct past *p, struct id id);

#endif
