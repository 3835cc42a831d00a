/* store.h - the report slice's rows; everything here runs within database jobs. */
#ifndef HUB_REPORT_STORE_H
#define HUB_REPORT_STORE_H

#include "base/hash.h"
#include "hub/report/report.h"
#include "model/report.h"
#include "wire/messages.h"
#include "wire/record.h"

/* A signed call that brought records: evidence. */
struct report_call {
	struct id id, connector;
	int64_t received_ms;
	struct hash content_digest;
	uint8_t signature[64];
	const char *input; /* Signature-Input */
};
MUST_USE int report_call_insert(struct tenant_db *db, const struct report_call *call);

/* How a record stands to those held. */
enum record_place { RECORD_NEW, RECORD_HELD };
/* ERR_FORK if it contradicts what is held: itself, the one before, or the one after. */
MUST_USE int report_place(struct tenant_db *db, struct id connector, const struct record *r,
			  const struct hash *digest, int64_t acked, enum record_place *ret_place);
MUST_USE int report_insert(struct tenant_db *db, const struct report_call *call, struct id customer,
			   const struct record *r, const struct hash *digest, bool accepted);

/* How far an epoch is held.  ERR_NOT_FOUND: the epoch is new. */
MUST_USE int report_head_get(struct tenant_db *db, struct id connector, const struct epoch *epoch,
			     int64_t *ret_acked);
MUST_USE int report_head_put(struct tenant_db *db, struct id connector, const struct epoch *epoch,
			     int64_t acked, int64_t now_ms);
/* Advances *acked over what follows without a gap, and gives the ranges beyond it (in `mem`). */
MUST_USE int report_held(struct tenant_db *db, struct id connector, const struct epoch *epoch,
			 struct arena *mem, int64_t *acked, struct json_list *ret_ranges);

/* Removes a provider's records and calls that are older; at most some thousand rows a call. */
MUST_USE int reports_trim(struct tenant_db *db, int64_t before_ms);
MUST_USE int providers_each(struct system_db *db, int (*fn)(struct tenant_db *db, void *arg),
			    void *arg);

/* Devices. */
/* What a device did on the newest day that was told; times absent: nothing was. */
struct device_use {
	int64_t from_ms, to_ms, pages, jobs;
};
#define DEVICE_NO_USE                                                                              \
	((struct device_use){ JSON_ABSENT_INT, JSON_ABSENT_INT, JSON_ABSENT_INT, JSON_ABSENT_INT })

struct device_row {
	uint8_t key[DEVICE_KEY_BYTES];
	const char *label;
	struct json_list reasons; /* const char * */
	int state;                /* enum device_state */
	enum json_bool accepting;
	int64_t state_ms, told_seq;
	struct device_use use;
	bool gone; /* since told_seq: only that it is so is known */
};

/* Takes over what a record says of one device, unless a later record has spoken of it.  1: it was
 * not shown before. */
MUST_USE int device_take(struct tenant_db *db, struct id customer, struct id site,
			 struct arena *mem, const struct report_device *d, int64_t seq,
			 int64_t at_ms);
/* Adds what a day says of a device that is held. */
MUST_USE int device_used(struct tenant_db *db, struct id customer, struct id site,
			 struct arena *mem, const struct report_day *day,
			 const struct report_device_use *use);
/* Both: the number of devices that were shown and are not any more. */
MUST_USE int device_gone(struct tenant_db *db, struct id customer, struct id site,
			 struct arena *mem, const char *id, int64_t seq);
/* The list of `seq` was whole: all that no record from there on has told. */
MUST_USE int devices_gone_before(struct tenant_db *db, struct id site, int64_t seq);
/* All records up to `seq` have come: what has gone by then cannot be told again. */
MUST_USE int devices_settle(struct tenant_db *db, struct id site, int64_t seq);
/* A new epoch counts from 1. */
MUST_USE int devices_new_epoch(struct tenant_db *db, struct id site);
/* Rows behind `after` (NULL: from the first) in the order of their keys. */
MUST_USE int devices_list(struct tenant_db *db, struct id site, const uint8_t *after, size_t limit,
			  struct arena *mem, struct json_list *ret_rows);
MUST_USE int devices_count(struct tenant_db *db, struct id site, int64_t *ret_total);

#endif
