/* papercut_test.c - documents as the vendor shows them and as others have seen them. */
#include "base/test.h"
#include "connector/source/papercut.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char full[] =
	"{\"applicationServer\":{\"systemInfo\":{\"version\":\"22.0.4 (Build 65000)\","
	"\"operatingSystem\":\"Windows Server 2019 - 10.0 ()\",\"processors\":4},"
	"\"systemMetrics\":{\"diskSpaceUsedPercentage\":49.79,\"jvmMemoryUsedPercentage\":12.15,"
	"\"uptimeHours\":312.42,\"processCpuLoadPercentage\":-1}},"
	"\"database\":{\"status\":\"OK\",\"timeToConnectMilliseconds\":1},"
	"\"devices\":{\"count\":12,\"inErrorCount\":1,\"inErrorPercentage\":8.33,"
	"\"inError\":[{\"name\":\"mfd-3f\"}]},"
	"\"printers\":{\"count\":40,\"inErrorCount\":0,\"inError\":[]},"
	"\"license\":{\"valid\":true,\"upgradeAssuranceRemainingDays\":213},"
	"\"printProviders\":{\"count\":2,\"offlineCount\":0,\"offline\":[]}}";

static const struct report_component *part(const struct reading *r, enum component_kind kind)
{
	struct report whole = { .health = r->health };

	return report_component_find(&whole, kind);
}

static struct reading *read_text(const char *text)
{
	struct reading *r = reading_new();

	assert_true(papercut_read_health(200, str_of(text), r));
	assert_int_equal(r->state, READING_OK);
	return r;
}

TEST(R35_the_full_document_is_read)
{
	struct reading *r = read_text(full);

	assert_string_equal(r->server->version, "22.0.4");
	assert_int_equal(r->server->product, PRODUCT_PAPERCUT_MF);
	assert_int_equal(r->server->os, SERVER_OS_WINDOWS);
	assert_true(fabs(r->health->disk_used_percent - 49.79) < 1e-9);
	assert_int_equal(r->health->database_connect_ms, 1);
	assert_int_equal(part(r, COMPONENT_APPLICATION_SERVER)->code, CODE_REACHABLE);
	assert_int_equal(part(r, COMPONENT_DATABASE)->state, STATE_OK);
	assert_int_equal(part(r, COMPONENT_DEVICES)->code, CODE_SOME_IN_ERROR);
	assert_int_equal(part(r, COMPONENT_PRINTERS)->total, 40);
	assert_int_equal(part(r, COMPONENT_PRINT_PROVIDERS)->code, CODE_ALL_ONLINE);
	assert_int_equal(r->licence->valid, JSON_TRUE);
	assert_int_equal(r->licence->support_days, 213);
	assert_int_equal(r->licence->origin, ORIGIN_SERVER);
	reading_free(&r);
}

static const struct report_part *part_of(const struct reading *r, int kind)
{
	for (size_t i = 0; i < r->infrastructure->parts.len; i++) {
		const struct report_part *p = r->infrastructure->parts.items[i];

		if (p->kind == kind)
			return p;
	}
	return NULL;
}

static bool uses(const struct reading *r, enum feature feature)
{
	for (size_t i = 0; i < r->usage->features.len; i++)
		if (strcmp(r->usage->features.items[i], feature_names[feature]) == 0)
			return true;
	return false;
}

TEST(R36_infrastructure_is_kinds_and_counts_and_what_is_down)
{
	struct reading *r = read_text(
		"{\"siteServers\":{\"count\":3,\"offlineCount\":1,\"offline\":[{\"name\":\"s1\"}]},"
		"\"mobilityPrintServers\":{\"count\":0,\"offlineCount\":0},"
		"\"webPrint\":{\"offlineCount\":0,\"offline\":[]},"
		"\"printProviders\":{\"count\":2,\"offline\":[\"a\",\"b\"]},"
		"\"jobTicketing\":{\"status\":{\"status\":\"ERROR\",\"message\":\"down\"}}}");

	assert_int_equal(part_of(r, COMPONENT_SITE_SERVERS)->state, STATE_WARNING);
	assert_int_equal(part_of(r, COMPONENT_SITE_SERVERS)->total, 3);
	assert_int_equal(part_of(r, COMPONENT_SITE_SERVERS)->down, 1);
	assert_null(part_of(r, COMPONENT_MOBILITY_PRINT));
	assert_null(part_of(r, COMPONENT_WEB_PRINT));
	assert_int_equal(part_of(r, COMPONENT_PRINT_PROVIDERS)->state, STATE_ERROR);
	assert_int_equal(part_of(r, COMPONENT_JOB_TICKETING)->state, STATE_ERROR);
	assert_true(uses(r, FEATURE_SITE_SERVERS));
	assert_true(uses(r, FEATURE_JOB_TICKETING));
	assert_false(uses(r, FEATURE_MOBILITY_PRINT));
	reading_free(&r);
}

TEST(job_ticketing_that_is_not_installed_is_no_part_and_no_fault)
{
	struct reading *r = read_text("{\"jobTicketing\":{\"status\":{\"status\":\"ERROR\","
				      "\"message\":\"Job Ticketing is not installed.\"}}}");

	assert_null(part_of(r, COMPONENT_JOB_TICKETING));
	assert_false(uses(r, FEATURE_JOB_TICKETING));
	reading_free(&r);
}

TEST(R38_seats_are_numbers_and_what_is_unlimited_stays_unknown)
{
	struct reading *r =
		read_text("{\"license\":{\"valid\":\"true\",\"licenseRemainingDays\":29,"
			  "\"users\":{\"used\":812,\"licensed\":1000,\"remaining\":188},"
			  "\"devices\":{\"used\":12,\"licensed\":\"Unlimited\"},"
			  "\"siteServers\":{\"used\":-1},\"advancedClients\":7}}");
	const struct report_seats *seats;

	assert_int_equal(r->licence->support_days, JSON_ABSENT_INT);
	assert_int_equal(r->licence->licence_days, 29);
	assert_int_equal(r->licence->seats.len, 2);
	seats = r->licence->seats.items[0];
	assert_int_equal(seats->used, 812);
	assert_int_equal(seats->licensed, 1000);
	seats = r->licence->seats.items[1];
	assert_int_equal(seats->kind, SEAT_DEVICES);
	assert_int_equal(seats->licensed, JSON_ABSENT_INT);
	reading_free(&r);
}

TEST(both_spellings_of_held_jobs_are_read)
{
	struct reading *r = read_text("{\"printers\":{\"heldJobCountTotal\":17}}");

	assert_int_equal(r->usage->held_jobs, 17);
	assert_true(uses(r, FEATURE_HELD_JOBS));
	reading_free(&r);
	r = read_text("{\"printers\":{\"heldJobsCountTotal\":\"0\"}}");
	assert_int_equal(r->usage->held_jobs, 0);
	assert_false(uses(r, FEATURE_HELD_JOBS));
	reading_free(&r);
}

TEST(R33_what_the_customer_typed_about_the_licence_has_that_origin)
{
	struct reading *r = read_text("{}");
	struct options o = { .licence_organisation = "Musterwerk GmbH" };

	reading_state_licence(r, &o);
	assert_string_equal(r->licence->organisation->value, "Musterwerk GmbH");
	assert_int_equal(r->licence->organisation->origin, ORIGIN_CUSTOMER);
	assert_null(r->licence->customer_reference);
	assert_int_equal(r->licence->origin, -1);
	assert_int_equal(r->licence->valid, JSON_UNSAID);
	reading_free(&r);
}

TEST(numbers_as_text_truth_as_text_and_names_in_another_case_are_read_too)
{
	struct reading *r = read_text(
		"{\"ApplicationServer\":{\"systemMetrics\":{\"diskSpaceUsedPercentage\":\"50\"}},"
		"\"devices\":{\"count\":\"3\",\"inError\":[\"a\",\"b\",\"c\"]},"
		"\"license\":{\"valid\":\"FALSE\",\"upgradeAssuranceRemainingDays\":-5.0}}");

	assert_true(r->health->disk_used_percent == 50);
	assert_int_equal(part(r, COMPONENT_DEVICES)->code, CODE_ALL_IN_ERROR);
	assert_int_equal(r->licence->valid, JSON_FALSE);
	assert_int_equal(r->licence->support_days, -5);
	assert_int_equal(part(r, COMPONENT_LICENCE)->code, CODE_LICENCE_INVALID);
	reading_free(&r);
}

TEST(what_is_absent_or_absurd_stays_unknown)
{
	struct reading *r = read_text(
		"{\"applicationServer\":{\"systemMetrics\":{\"diskSpaceUsedPercentage\":-1,"
		"\"jvmMemoryUsedPercentage\":1e300,\"uptimeHours\":\"soon\"}},"
		"\"database\":[],\"license\":{},\"printers\":{\"count\":true}}");

	assert_true(isnan(r->health->disk_used_percent));
	assert_true(isnan(r->health->jvm_memory_used_percent));
	assert_true(isnan(r->health->uptime_hours));
	assert_int_equal(part(r, COMPONENT_DATABASE)->state, STATE_UNKNOWN);
	assert_int_equal(part(r, COMPONENT_LICENCE)->code, CODE_NOT_READ);
	assert_int_equal(r->licence->support_days, JSON_ABSENT_INT);
	assert_int_equal(part(r, COMPONENT_PRINTERS)->state, STATE_UNKNOWN);
	assert_int_equal(r->server->product, PRODUCT_PAPERCUT);
	reading_free(&r);
}

TEST(names_in_utf_8_with_a_mark_in_front_and_in_iso_8859_1_are_read)
{
	static const char *const bodies[] = {
		"\xef\xbb\xbf{\"printers\":[{\"name\":\"B\xc3\xbcro\",\"status\":\"OK\"}]}",
		"{\"printers\":[{\"name\":\"B\xfcro\",\"status\":\"OK\"}]}",
		"{\"printers\":[{\"name\":\"B\\u00fcro\",\"status\":\"OK\"}]}",
	};

	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		struct reading *r = reading_new();

		assert_true(papercut_read_printers(str_of(bodies[i]), r));
		assert_string_equal(((const struct source_device *)r->devices.items[0])->name,
				    "B\xc3\xbcro");
		reading_free(&r);
	}
}

TEST(one_odd_entry_does_not_cost_the_list)
{
	static const struct {
		const char *name, *read; /* of the odd one; NULL: as it is told */
	} odd[] = {
		{ "a\\u0000b", "a\xef\xbf\xbd"
			       "b" },
		{ "a\\ud83d", "a\xef\xbf\xbd" },
		{ "a\\ude00\\ud83d\\ude00", "a\xef\xbf\xbd\xf0\x9f\x98\x80" },
		{ "\\ud83d\\ud83d", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "a\tb\x01", "a\xef\xbf\xbd"
			      "b\xef\xbf\xbd" },
		{ "C:\\print\\u12", "C:\xef\xbf\xbdprint\xef\xbf\xbdu12" },
		{ "a\",\"name\":\"b", "b" },
		{ "a\",\"load\":1e400,\"x\":-Infinity,\"y\":NaN,\"z\":99999999999999999999,\"v\":"
		  "\"",
		  "a" },
		{ "a\",\"load\":1.5e-30,\"y\":[null,true,false,-12],\"v\":\"\\u0000", "a" },
	};

	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		struct reading *r = reading_new();
		char body[512];

		snprintf(body, sizeof(body),
			 "{\"printers\":[{\"name\":\"B\xc3\xbcro\",\"status\":\"OK\"},"
			 "{\"name\":\"%s\",\"status\":\"NO_TONER\"},"
			 "{\"name\":\"last\",\"status\":\"PAPER_JAM\"}]}",
			 odd[i].name);
		assert_true(papercut_read_printers(str_of(body), r));
		assert_int_equal(r->devices.len, 3);
		assert_string_equal(((const struct source_device *)r->devices.items[0])->name,
				    "B\xc3\xbcro");
		assert_string_equal(((const struct source_device *)r->devices.items[1])->name,
				    odd[i].read);
		assert_int_equal(((const struct source_device *)r->devices.items[2])->state,
				 DEVICE_ERROR);
		reading_free(&r);
	}
}

TEST(a_nul_itself_and_what_ends_too_early_are_no_trouble)
{
	static const char nul[] = "{\"printers\":[{\"name\":\"a\0b\",\"status\":\"OK\"}]}";
	static const char *const cut[] = { "{\"printers\":[{\"name\":\"a\\u00",
					   "{\"printers\":[{\"name\":\"a\\",
					   "{\"a\":-",
					   "{\"a\":1e",
					   "\\ud800\\",
					   "NaN" };
	struct reading *r = reading_new();

	assert_true(papercut_read_printers((struct str){ nul, sizeof(nul) - 1 }, r));
	assert_string_equal(((const struct source_device *)r->devices.items[0])->name,
			    "a\xef\xbf\xbd"
			    "b");
	for (size_t i = 0; i < ARRAY_LEN(cut); i++) {
		char *exact = xmalloc(strlen(cut[i])); /* so that a read beyond it is seen */

		memcpy(exact, cut[i], strlen(cut[i]));
		assert_false(papercut_read_printers((struct str){ exact, strlen(cut[i]) }, r));
		free(exact);
	}
	reading_free(&r);
}

TEST(R47_an_error_text_of_the_server_goes_nowhere)
{
	struct reading *r = read_text(
		"{\"database\":{\"status\":\"Cannot reach SENTINEL-host at 192.0.2.77\"}}");
	struct buf json = buf_new(MIB);

	assert_int_equal(part(r, COMPONENT_DATABASE)->code, CODE_FAULT);
	json_encode(&report_health_schema, r->health, 0, &json);
	assert_null(strstr((const char *)json.data, "SENTINEL"));
	buf_done(&json);
	reading_free(&r);
}

TEST(R37_printers_and_devices_become_states_and_reasons)
{
	struct reading *r = reading_new();
	const struct source_device *d;

	assert_true(papercut_read_printers(
		STR("{\"printers\":[{\"name\":\"prn01\\\\Ricoh-2F\",\"status\":\"OK\"},"
		    "{\"name\":\"prn01\\\\HP-1F\",\"status\":\"NO_TONER\"},"
		    "{\"name\":\"x\",\"status\":\"SOMETHING_NEW\"},{\"status\":\"OK\"}]}"),
		r));
	assert_true(papercut_read_devices(
		STR("{\"devices\":[{\"name\":\"mfd-2f\",\"state\":{\"status\":\"OK\"}},"
		    "{\"name\":\"mfd-3f\",\"status\":\"ERROR\"}]}"),
		r));
	assert_int_equal(r->devices.len, 5);
	d = r->devices.items[0];
	assert_string_equal(d->name, "prn01\\Ricoh-2F");
	assert_int_equal(d->state, DEVICE_IDLE);
	d = r->devices.items[1];
	assert_int_equal(d->state, DEVICE_ERROR);
	assert_string_equal(d->reasons.items[0], "toner-empty");
	d = r->devices.items[2];
	assert_int_equal(d->state, DEVICE_UNKNOWN);
	d = r->devices.items[4];
	assert_int_equal(d->kind, 'd');
	assert_int_equal(d->state, DEVICE_ERROR);
	assert_false(papercut_read_printers(STR("{\"printers\":{}}"), r));
	reading_free(&r);
}

/* clang-format off */
static const struct {
	int status;
	const char *body;
	enum reading_state state;
} answers[] = {
	{ 200, "{}",						READING_OK },
	{ 200, "{\"status\":\"OK\"}",				READING_OK },
	{ 200, "{\"status\":\"ERROR\"}",			READING_UNHEALTHY },
	{ 200, "<html>",					READING_UNEXPECTED },
	{ 200, "[]",						READING_UNEXPECTED },
	{ 500, "{\"status\":\"ERROR\"}",			READING_UNHEALTHY },
	{ 500, "{\"STATUS\":\"Low disk\",\"comment\":\"x\"}",	READING_UNHEALTHY },
	{ 500, "{\"status\":\"OK\"}",				READING_UNHEALTHY },
	{ 500, "{\"database\":{\"status\":\"OK\"}}",		READING_UNHEALTHY },
	{ 500, "{\"database\":{\"status\":{\"status\":\"x\"}}}", READING_UNHEALTHY },
	{ 500, "{\"status\":500,\"error\":\"x\"}",		READING_SERVER_FAILURE },
	{ 500, "{\"error\":\"x\"}",				READING_SERVER_FAILURE },
	{ 500, "{}",						READING_SERVER_FAILURE },
	{ 500, "[{\"status\":\"ERROR\"}]",			READING_SERVER_FAILURE },
	{ 500, "<html>",					READING_SERVER_FAILURE },
	{ 500, "{\"status\":\"ERR",				READING_SERVER_FAILURE },
	{ 500, "",						READING_SERVER_FAILURE },
	{ 503, "{\"status\":\"ERROR\"}",			READING_SERVER_FAILURE },
	{ 400, "",						READING_KEY_REFUSED },
	{ 401, "{\"status\":\"ERROR\"}",			READING_KEY_REFUSED },
	{ 403, "",						READING_KEY_REFUSED },
	{ 404, "",						READING_NOT_IN_VERSION },
	{ 302, "",						READING_REDIRECT },
	{ 418, "",						READING_UNEXPECTED },
};
/* clang-format on */

TEST(each_kind_of_answer_has_a_state_of_its_own_and_500_alone_is_none)
{
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		struct reading *r = reading_new();
		bool read = papercut_read_health(answers[i].status, str_of(answers[i].body), r);

		if (r->state != answers[i].state ||
		    read != (r->state == READING_OK || r->state == READING_UNHEALTHY))
			fail_msg("%d %s: %s", answers[i].status, answers[i].body,
				 reading_state_names[r->state]);
		reading_free(&r);
	}
}

TEST(a_server_that_says_it_is_in_error_is_read_and_is_in_error)
{
	struct reading *r = reading_new();

	assert_true(papercut_read_health(500, str_of(full), r));
	assert_int_equal(part(r, COMPONENT_APPLICATION_SERVER)->state, STATE_ERROR);
	assert_int_equal(part(r, COMPONENT_APPLICATION_SERVER)->code, CODE_FAULT);
	assert_int_equal(part(r, COMPONENT_DATABASE)->state, STATE_OK);
	assert_string_equal(r->server->version, "22.0.4");
	reading_free(&r);
	r = reading_new();
	assert_true(papercut_read_health(500, STR("{\"status\":\"ERROR\"}"), r));
	assert_int_equal(part(r, COMPONENT_APPLICATION_SERVER)->state, STATE_ERROR);
	assert_int_equal(part(r, COMPONENT_DATABASE)->code, CODE_NOT_READ);
	assert_null(r->licence);
	reading_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(R35_the_full_document_is_read),
		RUN(R36_infrastructure_is_kinds_and_counts_and_what_is_down),
		RUN(job_ticketing_that_is_not_installed_is_no_part_and_no_fault),
		RUN(R38_seats_are_numbers_and_what_is_unlimited_stays_unknown),
		RUN(both_spellings_of_held_jobs_are_read),
		RUN(R33_what_the_customer_typed_about_the_licence_has_that_origin),
		RUN(numbers_as_text_truth_as_text_and_names_in_another_case_are_read_too),
		RUN(what_is_absent_or_absurd_stays_unknown),
		RUN(names_in_utf_8_with_a_mark_in_front_and_in_iso_8859_1_are_read),
		RUN(one_odd_entry_does_not_cost_the_list),
		RUN(a_nul_itself_and_what_ends_too_early_are_no_trouble),
		RUN(R47_an_error_text_of_the_server_goes_nowhere),
		RUN(R37_printers_and_devices_become_states_and_reasons),
		RUN(each_kind_of_answer_has_a_state_of_its_own_and_500_alone_is_none),
		RUN(a_server_that_says_it_is_in_error_is_read_and_is_in_error),
	};

	return cmocka_run_group_tests_name("connector.source.papercut", tests, NULL, NULL);
}
