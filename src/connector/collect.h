/* collect.h - from readings to reports: what is new, in the words of model/report_schema, and no
 * more.
 *
 * A report is made at once when something changed, else as a heartbeat; devices are told when they
 * changed, all of them at first, once a day, and when the hub asks.  Names become labels and
 * pseudonyms here and go no further.
 *
 * struct memory is the pure half: what the last report said.  struct collector drives it: a timer,
 * a source, the switch `monitoring`, the outbox.  One loop. */
#ifndef CONNECTOR_COLLECT_H
#define CONNECTOR_COLLECT_H

#include "connector/home.h"
#include "connector/source/source.h"

struct loop;
struct outbox;
struct permission_view;

/* --- the pure half -----------------------------------------------------------------------------
 */

#define COLLECT_CHUNK  4000 /* devices in one report: about 0.6 MB of the record's 1 MiB */
#define COLLECT_ALL_MS (24 * 3600 * 1000)

/* A device's pseudonym: only who has site.secret can connect it with a name. */
void device_pseudonym(const uint8_t *secret, char kind, const char *name,
		      uint8_t out[static DEVICE_KEY_BYTES]);

struct memory;

/* secret: SITE_SECRET_LEN octets, copied. */
struct memory *memory_new(enum source source, const uint8_t *secret, int64_t heartbeat_ms);
void memory_free(struct memory **m);

/* All devices with the next report: at first, on `report_now`, after a report that was not kept. */
void memory_tell_all(struct memory *m);

/* A device (its id in reports) that the hub may hold from before this start: if no reading has it,
 * it is told as gone.  Anything else is ignored. */
void memory_recall(struct memory *m, const char *id);

/* Fills *ret_report (in `mem`) with what is to be told of this reading now; false: nothing.  May
 * have more to say: call again until false.  What it gave counts as told; usage is taken out of the
 * reading, which is told once. */
bool memory_take(struct memory *m, struct reading *r, int64_t now_ms, int64_t mono_ms,
		 struct arena *mem, struct report *ret_report);

/* --- the driver --------------------------------------------------------------------------------
 */

struct collector;

struct collector_config {
	struct loop *loop;
	const struct options *options;
	struct print_source *source; /* borrowed */
	struct permission_view *permission;
	struct outbox *outbox;
	const uint8_t *secret;
	const char *dir;           /* where counters are kept */
	const int64_t *schema_max; /* what the hub takes, as last told; JSON_ABSENT_INT: unsaid */
	void (*on_report)(void *owner); /* a record is in the outbox */
	/* After each reading; server is NULL where nothing was told. */
	void (*on_reading)(enum reading_state state, const struct report_server *server,
			   void *owner);
	void *owner;
};

struct collector *collector_new(const struct collector_config *cfg); /* copied; starts at once */
void collector_free(struct collector **c);
/* The hub's `report_now`, at most once a minute. */
void collector_report_now(struct collector *c);
/* `monitoring` may have changed: stops what is being read, or begins anew. */
void collector_look(struct collector *c);
/* For good: revoked. */
void collector_stop(struct collector *c);

#endif
