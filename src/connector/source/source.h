/* source.h - the code that reads a print server, whichever it is.
 *
 * A source asks its server once per source_read() and gives one reading: what could be read, and in
 * any case how it went.  It knows nothing of permissions, reports sent or time between readings:
 * that is collect.h.
 *
 * One loop.  `done` runs exactly once per read unless it is cancelled, never from inside
 * source_read(); it then owns the reading. */
#ifndef CONNECTOR_SOURCE_SOURCE_H
#define CONNECTOR_SOURCE_SOURCE_H

#include "connector/options.h"
#include "connector/source/cups_devices.h"
#include "model/report.h"

struct fetch_result;
struct fetcher;

/* How a reading went: what the connector's own status says.  What the hub is told are the closed
 * codes of components (model/words.h). */
#define READING_WORDS(X)                                                                           \
	X(READING_OK, "ok")                                                                        \
	X(READING_UNREACHABLE, "unreachable")                                                      \
	X(READING_KEY_REFUSED, "key_refused")                                                      \
	X(READING_REDIRECT, "redirect_configured")                                                 \
	X(READING_SERVER_FAILURE, "server_failure")                                                \
	X(READING_NOT_IN_VERSION, "not_in_version")                                                \
	X(READING_UNEXPECTED, "unexpected_answer")                                                 \
	X(READING_TOO_SLOW, "too_slow")                                                            \
	X(READING_UNHEALTHY, "unhealthy") /* it was read, and says that it is in error */
enum reading_state { READING_WORDS(WORD_NUMBER) READING_STATES };
extern const char *const reading_state_names[];

struct source_device {
	char kind; /* of name: 'p' queue, 'd' device; a queue and a device of one name are two */
	const char *
		name; /* as its server names it: it makes id and label, and never leaves the site */
	int state;    /* enum device_state */
	struct json_list reasons; /* const char *, as the server words them */
	enum json_bool accepting_jobs;
};

/* A lifetime total of a queue or device, as the server counts it. */
struct source_total {
	char kind; /* as in struct source_device */
	const char *name;
	int64_t printer; /* the server's own number for it: another one is another printer */
	int64_t pages, jobs;
};

struct reading {
	struct arena mem; /* all that the others point to */
	enum reading_state state;
	int64_t at_ms;
	struct report_server *server; /* NULL where nothing was told */
	struct report_health *health; /* never NULL */
	struct report_licence *licence;
	struct report_infrastructure *infrastructure;
	struct report_usage *usage; /* periods only those that have ended with this reading */
	bool has_devices;           /* the list below is whole, but for REPORT_DEVICES_MAX */
	struct json_list devices;   /* struct source_device *: reading_device() */
	int64_t devices_total, devices_in_error; /* of all, also of those beyond the list's limit */
	bool has_totals;                         /* the list below is whole */
	struct json_list totals;                 /* struct source_total * */
};

struct reading *reading_new(void);
void reading_free(struct reading **r);
/* Adds a component; the kind must be new. */
struct report_component *reading_component(struct reading *r, enum component_kind kind);
/* Counts a device and adds a copy of it to the list, as long as that may grow; what it points to
 * must be in r->mem. */
void reading_device(struct reading *r, const struct source_device *d);
/* What a call that brought no whole answer says of the server. */
enum reading_state reading_unanswered(const struct fetch_result *result);
/* Sets r->state and says it as the state of the server itself; what else the source could have told
 * (`unknown`, ends with -1) was then not read. */
void reading_went(struct reading *r, enum reading_state state, const int *unknown);

/* Says of a server that was read that a part of what it should tell could not be. */
void reading_lacks(struct reading *r);

/* Adds what the customer has typed about the licence, with that origin. */
void reading_state_licence(struct reading *r, const struct options *o);

typedef void source_done_fn(struct reading *r, void *owner);

struct print_source {
	const struct source_ops *ops;
};
struct source_ops {
	void (*read)(struct print_source *s, source_done_fn *done, void *owner);
	void (*cancel)(struct print_source *s); /* harmless if nothing is being read */
	void (*free)(struct print_source **s);  /* cancels */
};

/* By options.source_kind; options must outlive it. */
struct print_source *source_new(struct fetcher *f, const struct options *o);

static inline void source_read(struct print_source *s, source_done_fn *done, void *owner)
{
	s->ops->read(s, done, owner);
}

static inline void source_cancel(struct print_source *s)
{
	s->ops->cancel(s);
}

static inline void source_free(struct print_source **s)
{
	if (*s)
		(*s)->ops->free(s);
}

#endif
