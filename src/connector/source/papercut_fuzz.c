/* papercut_fuzz.c - what a PaperCut server, or whoever answers in its place, may send.  The first
 * octet chooses the document; whatever is read must fit the report's schema. */
#include "base/err.h"
#include "connector/source/papercut.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void encode(struct reading *r)
{
	struct buf out = buf_new(8 * MIB);
	struct json_problem problem;
	struct report report;
	int rc;

	json_init(&report_schema, &report);
	report.at_ms = r->at_ms;
	report.source = SOURCE_PAPERCUT;
	report.server = r->server;
	report.health = r->health;
	report.licence = r->licence;
	report.infrastructure = r->infrastructure;
	report.usage = r->usage;
	report.connector = REPORT_NEW(&r->mem, struct report_connector, &report_connector_schema);
	rc = report_encode(&report, REPORT_SCHEMA_MAX, &out, &problem);
	if (rc < 0)
		abort();
	buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reading *r = reading_new();
	struct str body;

	if (len > 0) {
		body = (struct str){ (const char *)data + 1, len - 1 };
		switch (data[0] % 8) {
		case 0:
			papercut_read_printers(body, r);
			break;
		case 1:
			papercut_read_devices(body, r);
			break;
		case 2:
			if (papercut_read_health(500, body, r))
				encode(r);
			break;
		case 4:
			if (papercut_read_count(body, "recentPagesCount") < 0 &&
			    papercut_read_count(body, "recentPagesCount") != JSON_ABSENT_INT)
				abort();
			break;
		default:
			if (papercut_read_health(200, body, r))
				encode(r);
		}
	}
	reading_free(&r);
	return 0;
}
