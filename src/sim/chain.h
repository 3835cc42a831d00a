/* chain.h - a connector's records, numbered and chained, where no outbox keeps them. */
#ifndef SIM_CHAIN_H
#define SIM_CHAIN_H

#include "model/report.h"
#include "wire/record.h"

struct chain {
	struct epoch epoch;
	uint64_t seq; /* of the last record made */
	struct hash prev;
};

void chain_begin(struct chain *c); /* a new epoch */
/* Appends the next record; dies if the report does not fit its schema: whoever made it is wrong. */
void chain_report(struct chain *c, const struct report *r, struct buf *out);

#endif
