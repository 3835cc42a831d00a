/* licence_test.c - what a provider writes down of a licence: kept, told beside what others say, and
 * found. */
#include "base/test.h"

#include "base/clock.h"
#include "hub/licence/licence.h"
#include "hub/test_world.h"
#include "model/report.h"
#include "net/loop.h"
#include <stdio.h>
#include <string.h>

#define DAY_MS (24 * 3600 * INT64_C(1000))

static struct world *w;
static char path[128], site[128], changes[128];

static int setup(void **state)
{
	w = world_new();
	snprintf(path, sizeof(path), "/api/v1/sites/%s/licence", w->site);
	snprintf(site, sizeof(site), "/api/v1/sites/%s", w->site);
	snprintf(changes, sizeof(changes), "/api/v1/sites/%s/changes", w->site);
	return 0;
}

static int teardown(void **state)
{
	world_free(&w);
	return 0;
}

static void call_as(const struct world_user *u, const char *method, const char *to,
		    const char *body, int status, const char *has)
{
	struct answer a = world_call(w, u, method, to, body);

	if (a.status != status || (has && !answer_has(&a, has)))
		print_error("%s %s: %d %.*s\n", method, to, a.status, (int)a.body.len,
			    (const char *)a.body.data);
	assert_int_equal(a.status, status);
	assert_true(!has || answer_has(&a, has));
	answer_done(&a);
}

#define CALL(...) call_as(&w->a, __VA_ARGS__)

TEST(R4_what_the_provider_writes_down_is_shown_with_its_origin_and_who_wrote_it)
{
	CALL("GET", site, NULL, 200, "\"licence\":null");
	CALL("PUT", path,
	     "{\"organisation\":\"Musterwerk GmbH\",\"customer_reference\":\"CRN-4711\","
	     "\"support_ends_on\":\"2099-01-31\",\"note\":\"Renews with the "
	     "lease\",\"revision\":0}",
	     200, "\"revision\":1");
	CALL("GET", site, NULL, 200,
	     "\"organisation\":{\"value\":\"Musterwerk GmbH\",\"origin\":\"provider\"}");
	CALL("GET", site, NULL, 200,
	     "\"support_end\":{\"at\":\"2099-01-31T00:00:00.000Z\",\"days\":");
	CALL("GET", site, NULL, 200, "\"licence_end\":null");
	CALL("GET", site, NULL, 200, "\"edited_by\":\"A user\"");
	CALL("GET", changes, NULL, 200, "\"verb\":\"site_licence_written\"");
	CALL("GET", changes, NULL, 200,
	     "{\"name\":\"entered_support_ends\",\"before\":null,\"after\":\"2099-01-31\"}");
}

TEST(R4_what_somebody_else_has_written_is_not_overwritten)
{
	CALL("PUT", path, "{\"note\":\"one\",\"revision\":0}", 200, "\"revision\":1");
	CALL("PUT", path, "{\"note\":\"two\",\"revision\":0}", 409, "\"edited\"");
	CALL("PUT", path, "{\"revision\":1}", 200, "\"note\":null");
	CALL("GET", changes, NULL, 200,
	     "{\"name\":\"entered_note\",\"before\":\"one\",\"after\":null}");
}

TEST(R4_what_cannot_be_is_refused_by_its_name)
{
	static char body[LICENCE_NOTE_MAX + 200], text[LICENCE_NOTE_MAX + 2];

	CALL("PUT", path, "{\"organisation\":\"a\\nb\",\"revision\":0}", 400, "\"organisation\"");
	CALL("PUT", path, "{\"customer_reference\":\" \",\"revision\":0}", 400,
	     "\"customer_reference\"");
	CALL("PUT", path, "{\"support_ends_on\":\"2027-02-30\",\"revision\":0}", 400,
	     "\"support_ends_on\"");
	CALL("PUT", path, "{\"licence_ends_on\":\"soon\",\"revision\":0}", 400,
	     "\"licence_ends_on\"");
	CALL("PUT", path, "{\"note\":\"a\\u0007\",\"revision\":0}", 400, "\"note\"");
	CALL("PUT", path, "{\"note\":\"a\"}", 400, "\"revision\"");
	memset(text, 'x', LICENCE_NOTE_MAX + 1);
	snprintf(body, sizeof(body), "{\"note\":\"%s\",\"revision\":0}", text);
	CALL("PUT", path, body, 400, "\"note\"");
	CALL("GET", site, NULL, 200, "\"licence\":null");
}

TEST(R5_nobody_elses_licence_is_seen_or_written)
{
	CALL("PUT", path, "{\"organisation\":\"Musterwerk\",\"revision\":0}", 200, NULL);
	call_as(&w->b, "PUT", path, "{\"note\":\"x\",\"revision\":1}", 404, NULL);
	call_as(&w->b, "GET", "/api/v1/licences", NULL, 200, "\"items\":[]");
	call_as(NULL, "PUT", path, "{\"note\":\"x\",\"revision\":1}", 401, NULL);
}

TEST(R4_the_list_of_licences_finds_sorts_and_counts_what_was_written_down)
{
	char other[ID_TEXT_MAX], other_path[128];

	world_site(w, other);
	snprintf(other_path, sizeof(other_path), "/api/v1/sites/%s/licence", other);
	CALL("GET", "/api/v1/licences", NULL, 200,
	     "\"renewals\":{\"ended\":0,\"within_30\":0,\"within_60\":0,\"within_90\":0,\"later\":"
	     "0,"
	     "\"unknown\":2}");
	CALL("PUT", path,
	     "{\"customer_reference\":\"CRN-4711\",\"licence_ends_on\":\"2001-01-31\","
	     "\"revision\":0}",
	     200, NULL);
	CALL("PUT", other_path,
	     "{\"organisation\":\"Werk Zwei\",\"support_ends_on\":\"2099-01-31\","
	     "\"revision\":0}",
	     200, NULL);
	CALL("GET", "/api/v1/licences?renewal=ended", NULL, 200, w->site);
	CALL("GET", "/api/v1/licences?renewal=ended&limit=1", NULL, 200, "\"total\":1");
	CALL("GET", "/api/v1/licences?renewal=unknown", NULL, 200, "\"items\":[]");
	CALL("GET", "/api/v1/licences?renewal=unknown", NULL, 200, "\"later\":1,\"unknown\":0}");
	CALL("GET", "/api/v1/licences?query=crn-4711", NULL, 200, "\"total\":1");
	CALL("GET", "/api/v1/sites?query=zwei", NULL, 200, other);
	CALL("GET", "/api/v1/licences?renewal=soon", NULL, 400, "\"renewal\"");
	world_restart(w);
	CALL("GET", "/api/v1/licences?query=crn-4711", NULL, 200, w->site);
	CALL("GET", "/api/v1/licences?renewal=later", NULL, 200, other);
}

static bool never(void *arg)
{
	return false;
}

static void pass(int64_t ms)
{
	if (!clock_skip_ms(ms))
		skip();
	loop_run_until(w->f->loop, never, NULL, 2500); /* some ticks, and what they write */
	world_login(w, &w->a);                         /* logins have ended meanwhile */
}

/* So many days from now on. */
static void enter_end(int days, int revision)
{
	char body[128], time[TIME_TEXT_MAX];

	time_encode(clock_wall_ms() + days * DAY_MS, time);
	snprintf(body, sizeof(body), "{\"licence_ends_on\":\"%.10s\",\"revision\":%d}", time,
		 revision);
	CALL("PUT", path, body, 200, NULL);
}

static void has_reason(const char *code, bool wanted)
{
	struct answer a = world_call(w, &w->a, "GET", site, NULL);

	if (answer_has(&a, code) != wanted)
		print_error("%s: %.*s\n", code, (int)a.body.len, (const char *)a.body.data);
	assert_int_equal(answer_has(&a, code), wanted);
	answer_done(&a);
}

/* Nothing comes from the site, whose connector is gone: only the clock goes on. */
TEST(R4_an_end_that_was_written_down_falls_due_by_the_clock_at_a_site_that_is_silent)
{
	char code[64], invitation[ID_TEXT_MAX];

	world_invite(w, w->site, code, invitation);
	world_enrol(w, code);
	enter_end(33, 0);
	pass(30 * 60 * 1000);
	has_reason("\"status\":\"offline\"", true);
	has_reason("\"code\":\"licence_ending\"", false);
	pass(4 * DAY_MS);
	has_reason("\"code\":\"licence_ending\"", true);
	has_reason("\"value\":29", true);
	pass(DAY_MS);
	has_reason("\"value\":28", true);
	/* And so it does if the hub was not there at midnight. */
	enter_end(33, 1);
	pass(1000);
	has_reason("\"code\":\"licence_ending\"", false);
	if (!clock_skip_ms(4 * DAY_MS))
		skip();
	world_restart(w);
	pass(6 * 60 * 1000);
	has_reason("\"code\":\"licence_ending\"", true);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(R4_an_end_that_was_written_down_falls_due_by_the_clock_at_a_site_that_is_silent),
		T(R4_what_the_provider_writes_down_is_shown_with_its_origin_and_who_wrote_it),
		T(R4_what_somebody_else_has_written_is_not_overwritten),
		T(R4_what_cannot_be_is_refused_by_its_name),
		T(R5_nobody_elses_licence_is_seen_or_written),
		T(R4_the_list_of_licences_finds_sorts_and_counts_what_was_written_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
