/* chain.c - see chain.h. */
#include "sim/chain.h"

#include "base/os.h"
#include "base/rand.h"

void chain_begin(struct chain *c)
{
	*c = (struct chain){};
	rand_bytes(c->epoch.b, sizeof(c->epoch.b));
}

void chain_report(struct chain *c, const struct report *r, struct buf *out)
{
	struct buf json = buf_new(RECORD_MAX);
	struct record record = { .kind = RECORD_REPORT,
				 .purposes = report_purposes(r, REPORT_SCHEMA_MAX),
				 .epoch = c->epoch,
				 .seq = ++c->seq,
				 .at_ms = r->at_ms,
				 .prev = c->prev };
	struct json_problem problem;

	if (report_encode(r, REPORT_SCHEMA_MAX, &json, &problem) < 0)
		die("a report does not fit its schema: %s %s", problem.field, problem.detail);
	record.data = buf_str(&json);
	if (record_encode(&record, out, &c->prev) < 0)
		die("a record cannot be made");
	buf_done(&json);
}
