/* outbox_hub_test.h - a small hub for tests of the outbox: it holds records as the real one must,
 * by epoch, without holes, refusing what does not continue what it holds. */
#ifndef CONNECTOR_OUTBOX_HUB_TEST_H
#define CONNECTOR_OUTBOX_HUB_TEST_H

#include "connector/outbox.h"

#define HUB_RECORDS 4096

struct held {
	struct epoch epoch;
	uint64_t seq;
	struct hash digest, prev;
	int kind;
	int value;       /* a report's number */
	int64_t records; /* of a gap */
	int reason;
};

struct hub {
	struct held held[HUB_RECORDS];
	size_t len;
	struct epoch epoch; /* of the last call */
	struct record_range ranges[64];
	void *range_items[64];
	char epoch_text[EPOCH_TEXT_SIZE];
};

/* 0 or ERR_FORK, like a call of /c/v1/reports. */
int hub_take(struct hub *h, struct str body);
struct reports_answer hub_answer(struct hub *h, int64_t credit);
int times_held(const struct hub *h, int value); /* reports of that number */
int64_t gap_records(const struct hub *h);       /* that all gaps tell */

/* The outbox's side. */
struct outbox *opened(const char *dir, const struct outbox_limits *limits);
int try_report(struct outbox *o, int value, size_t padding);     /* outbox_append()'s result */
void report(struct outbox *o, int value, size_t padding);        /* which must be 0 */
bool send_once(struct outbox *o, struct hub *h, int64_t credit); /* true if something was sent */
void send_all(struct outbox *o, struct hub *h);
struct outbox_info info_of(const struct outbox *o);

#endif
