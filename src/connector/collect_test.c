/* collect_test.c - the collector with its sources against servers on loopback. */
#include "base/test.h"
#include "base/err.h"
#include "base/log.h"
#include "connector/collect.h"
#include "connector/outbox.h"
#include "connector/permission.h"
#include "connector/test_dir.h"
#include "net/exchange.h"
#include "net/fetch.h"
#include "net/loop.h"
#include "net/server.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS 5000
#define KEY     "0123456789abcdef"

struct site {
	struct loop *loop;
	struct server *server;
	struct fetcher *fetcher;
	struct options options;
	struct print_source *source;
	struct permission_view *permission;
	struct outbox *outbox;
	struct collector *collector;
	char url[64], switches[1000];
	const char *box;
	/* what the print server does and saw */
	int status;         /* of health */
	const char *health; /* its body */
	const char *location;
	struct exchange *held; /* unanswered: hold */
	bool hold;
	unsigned calls, at_once, most_at_once, key_in_url, without_key, statistics, whole_minute;
	/* what the collector told */
	int state; /* -1: nothing */
	unsigned readings, reports;
};

static const uint8_t secret[SITE_SECRET_LEN] = { 7 };
static const struct outbox_limits limits = { 1000000000, 64 * MIB, 1000000000, 64 * MIB };

static void on_gone(struct exchange *x, int why, void *owner)
{
	struct site *s = owner;

	s->at_once--;
	s->held = NULL;
}

static void answer_statistics(struct site *s, struct exchange *x)
{
	const struct http_request *rq = exchange_request(x);

	s->statistics++;
	s->whole_minute += str_eq(rq->query, STR("minutes=1"));
	if (str_eq(rq->path, STR("/api/stats/recent-pages-count")))
		exchange_respond(x, 200, "application/json", STR("{\"recentPagesCount\":1290}"));
	else if (str_eq(rq->path, STR("/api/stats/recent-errors-count")))
		exchange_respond(x, 200, "application/json",
				 STR("{\"recentErrorsCount\":\"0\",\"comment\":\"\"}"));
	else
		exchange_respond(x, 500, "text/html", STR("<html>"));
}

static void on_request(struct exchange *x, void *owner)
{
	const struct http_request *rq = exchange_request(x);
	struct site *s = owner;

	s->calls++;
	if (++s->at_once > s->most_at_once)
		s->most_at_once = s->at_once;
	s->key_in_url += str_has_nocase(rq->query, STR("authorization"));
	s->without_key += !str_eq(exchange_header(x, "authorization"), STR(KEY));
	exchange_on_gone(x, on_gone, s);
	if (s->hold) {
		s->held = x;
		return;
	}
	s->at_once--;
	if (s->location)
		exchange_add_header(x, "Location", s->location);
	if (str_starts(rq->path, STR("/api/stats/")))
		answer_statistics(s, x);
	else if (str_eq(rq->path, STR("/api/health")))
		exchange_respond(x, s->status, "application/json", str_of(s->health));
	else if (str_eq(rq->path, STR("/api/health/printers")))
		exchange_respond(x, 200, "application/json",
				 STR("{\"printers\":[{\"name\":\"p\\\\q\",\"status\":\"OK\"}]}"));
	else
		exchange_respond(x, 404, "text/html", STR("<html>"));
}

static void on_report(void *owner)
{
	((struct site *)owner)->reports++;
}

static void on_reading(enum reading_state state, const struct report_server *server, void *owner)
{
	struct site *s = owner;

	s->state = state;
	s->readings++;
}

static void on_permission(void *owner)
{
	struct site *s = owner;

	if (s->collector)
		collector_look(s->collector);
}

static const int64_t schema_max = 1;

static struct site *begin(void)
{
	static const struct server_ops ops = { .on_request = on_request };
	struct site *s = xcalloc(1, sizeof(*s));
	struct permissions first;
	int port;

	log_set_level(LOG_ERROR);
	s->state = -1;
	s->status = 200;
	s->health = "{\"database\":{\"status\":\"OK\"}}";
	s->loop = loop_new();
	s->fetcher = fetcher_new(s->loop);
	s->server = server_new(s->loop, &(struct server_limits){}, &ops, s);
	assert_int_equal(server_listen(s->server, "127.0.0.1:0", NULL, &port), 0);
	snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%d/", port);
	s->options = (struct options){ .source_kind = SOURCE_PAPERCUT,
				       .source_interval_ms = 20,
				       .papercut_url = s->url,
				       .papercut_key = KEY,
				       .cups_server = s->url,
				       .usage_period_ms = 3600000,
				       .usage_floor = 20,
				       .report_heartbeat_ms = 3600000 };
	permissions_first(&first);
	snprintf(s->switches, sizeof(s->switches), "%s/permissions.json", test_dir("collect"));
	assert_int_equal(permissions_save(s->switches, &first), 0);
	s->permission = permission_open(s->loop, s->switches, on_permission, s);
	s->box = test_dir("outbox");
	assert_int_equal(outbox_open(s->box, &limits, &s->outbox), 0);
	return s;
}

static void start(struct site *s)
{
	s->source = source_new(s->fetcher, &s->options);
	s->collector = collector_new(&(struct collector_config){
		.loop = s->loop,
		.options = &s->options,
		.source = s->source,
		.permission = s->permission,
		.outbox = s->outbox,
		.secret = secret,
		.dir = s->box,
		.schema_max = &schema_max,
		.on_report = on_report,
		.on_reading = on_reading,
		.owner = s,
	});
}

static void end(struct site *s)
{
	collector_free(&s->collector);
	source_free(&s->source);
	permission_close(&s->permission);
	fetcher_free(&s->fetcher);
	server_close(s->server);
	loop_free(&s->loop);
	outbox_close(&s->outbox);
	free(s);
}

static bool has_read(void *arg)
{
	return ((struct site *)arg)->readings > 0;
}

static bool has_read_thrice(void *arg)
{
	return ((struct site *)arg)->readings >= 3;
}

TEST(R35_a_papercut_server_is_read_call_by_call_with_the_key_in_a_header)
{
	struct site *s = begin();

	start(s);
	assert_true(loop_run_until(s->loop, has_read_thrice, s, WAIT_MS));
	assert_int_equal(s->state, READING_OK);
	assert_int_equal(s->reports, 1); /* nothing changed after the first */
	assert_int_equal(s->most_at_once, 1);
	assert_int_equal(s->key_in_url, 0);
	assert_int_equal(s->without_key, 0);
	end(s);
}

static bool has_told_twice(void *arg)
{
	return ((struct site *)arg)->reports >= 2;
}

static bool has_seven(void *arg)
{
	return ((struct site *)arg)->statistics >= 7;
}

TEST(R32_the_statistics_are_asked_once_a_period_for_no_more_than_its_time)
{
	struct site *s = begin();

	s->options.usage_period_ms = 100;
	start(s);
	assert_true(loop_run_until(s->loop, has_read, s, WAIT_MS));
	assert_int_equal(s->statistics, 0); /* what was before is not ours to know */
	assert_true(loop_run_until(s->loop, has_told_twice, s, WAIT_MS));
	assert_int_equal(s->statistics, 3);
	assert_int_equal(s->whole_minute, 3);
	assert_true(loop_run_until(s->loop, has_seven, s, WAIT_MS));
	end(s);
}

TEST(each_way_a_papercut_server_fails_has_a_state_of_its_own)
{
	static const struct {
		int status;
		const char *body;
		int state;
	} cases[] = {
		{ 401, "no", READING_KEY_REFUSED },
		{ 302, "", READING_REDIRECT },
		{ 500, "<html>", READING_SERVER_FAILURE },
		{ 404, "<html>", READING_NOT_IN_VERSION },
		{ 200, "<html>", READING_UNEXPECTED },
		{ 500, "{\"status\":\"ERROR\"}", READING_UNHEALTHY },
	};
	struct site *s = begin();

	start(s);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		s->status = cases[i].status;
		s->health = cases[i].body;
		s->location = cases[i].status == 302 ? "http://127.0.0.1:1/" : NULL;
		s->readings = 0;
		assert_true(loop_run_until(s->loop, has_read_thrice, s, WAIT_MS));
		assert_int_equal(s->state, cases[i].state);
	}
	end(s);
}

TEST(a_server_that_is_not_there_is_unreachable)
{
	struct site *s = begin();

	s->options.papercut_url = "http://127.0.0.1:1";
	start(s);
	s->readings = 0;
	assert_true(loop_run_until(s->loop, has_read, s, WAIT_MS));
	assert_int_equal(s->state, READING_UNREACHABLE);
	assert_int_equal(s->reports, 1);
	end(s);
}

static bool is_held(void *arg)
{
	return ((struct site *)arg)->held != NULL;
}

static bool is_gone(void *arg)
{
	return !is_held(arg);
}

TEST(R29_switching_off_ends_a_reading_that_is_under_way_and_nothing_of_it_is_kept)
{
	struct site *s = begin();
	struct permissions p;
	struct outbox_info info;

	s->hold = true;
	start(s);
	assert_true(loop_run_until(s->loop, is_held, s, WAIT_MS));
	assert_int_equal(permissions_turn(s->switches, PERMISSION_MONITORING, SWITCH_OFF,
					  JSON_ABSENT_INT, &p),
			 0);
	assert_true(loop_run_until(s->loop, is_gone, s, 1000));
	assert_int_equal(s->readings, 0);
	s->hold = false;
	s->calls = 0;
	loop_run_until(s->loop, has_read, s, 300);
	assert_int_equal(s->calls, 0);
	outbox_info(s->outbox, &info);
	assert_int_equal(info.last, 0);
	/* And on again: everything is told anew. */
	assert_int_equal(permissions_turn(s->switches, PERMISSION_MONITORING, SWITCH_ON,
					  JSON_ABSENT_INT, &p),
			 0);
	assert_true(loop_run_until(s->loop, has_read, s, WAIT_MS));
	assert_int_equal(s->reports, 1);
	end(s);
}

TEST(report_now_is_followed_once_a_minute)
{
	struct site *s = begin();

	start(s);
	assert_true(loop_run_until(s->loop, has_read, s, WAIT_MS));
	assert_int_equal(s->reports, 1);
	for (int i = 0; i < 3; i++) {
		collector_report_now(s->collector);
		s->readings = 0;
		assert_true(loop_run_until(s->loop, has_read_thrice, s, WAIT_MS));
	}
	assert_int_equal(s->reports, 2);
	end(s);
}

TEST(a_cups_server_that_answers_html_is_unexpected)
{
	struct site *s = begin();

	s->options.source_kind = SOURCE_CUPS;
	s->options.papercut_key = NULL;
	start(s);
	assert_true(loop_run_until(s->loop, has_read, s, WAIT_MS));
	assert_int_equal(s->state, READING_UNEXPECTED);
	end(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(R35_a_papercut_server_is_read_call_by_call_with_the_key_in_a_header),
		RUN(R32_the_statistics_are_asked_once_a_period_for_no_more_than_its_time),
		RUN(each_way_a_papercut_server_fails_has_a_state_of_its_own),
		RUN(a_server_that_is_not_there_is_unreachable),
		RUN(R29_switching_off_ends_a_reading_that_is_under_way_and_nothing_of_it_is_kept),
		RUN(report_now_is_followed_once_a_minute),
		RUN(a_cups_server_that_answers_html_is_unexpected),
	};

	return cmocka_run_group_tests_name("connector.collect", tests, NULL, NULL);
}
