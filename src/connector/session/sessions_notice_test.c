/* sessions_notice_test.c - what those at the desk are told of visits, and of which; the network is
 * stood in for. */
#include "base/test.h"

#include "connector/session/test_visits.h"

#include "base/clock.h"
#include "connector/desk/desk.h"
#include "connector/home.h"
#include "connector/say.h"
#include "net/fetch.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SENT_MAX 16

/* ---- the network: what is sent is kept, and never answered ---- */

struct fetch {
	struct fetcher *from;
};

static char sent[SENT_MAX][4096];
static size_t sent_len;

struct fetch *fetch_start(struct fetcher *f, const struct fetch_request *request,
			  fetch_done_fn *done, void *owner)
{
	struct fetch *one = xcalloc(1, sizeof(*one));

	assert_in_range(sent_len, 0, SENT_MAX - 1);
	assert_in_range(request->body.len, 1, sizeof(sent[0]) - 1);
	snprintf(sent[sent_len++], sizeof(sent[0]), "%.*s", (int)request->body.len,
		 request->body.p);
	one->from = f;
	return one;
}

void fetch_cancel(struct fetch **f)
{
	free(*f);
	*f = NULL;
}

/* ---- a desk that is told by a webhook ---- */

struct told_desk {
	struct site *site;
	struct options options;
	struct state state;
	struct desk *desk;
	struct notices *notices;
};

static void nothing(void *owner)
{
}

static struct told_desk *begin_desk(void)
{
	struct told_desk *d = xcalloc(1, sizeof(*d));

	d->site = begin(SWITCH_ASK);
	d->options.desk_listen = SETTINGS_OFF_WORD;
	d->options.desk_webhook = "http://chat.example.test/hook";
	d->state.provider = "ACME Print";
	d->state.site = "Berlin";
	d->desk = desk_new(&(struct desk_config){ .loop = d->site->loop,
						  .dir = d->site->dir,
						  .options = &d->options,
						  .state = &d->state,
						  .sessions = d->site->sessions,
						  .on_change = nothing });
	d->notices = notices_new(&(struct notice_config){ .loop = d->site->loop,
							  .dir = d->site->dir,
							  .options = &d->options,
							  .state = &d->state,
							  .sessions = d->site->sessions,
							  .desk = d->desk });
	sent_len = 0;
	return d;
}

static void finish_desk(struct told_desk *d)
{
	notices_free(&d->notices);
	desk_free(&d->desk);
	finish(d->site);
	free(d);
}

static struct id open_one(struct told_desk *d)
{
	struct id id = ask(d->site);

	notices_look(d->notices);
	assert_int_equal(sessions_approve(d->site->sessions, id, JSON_ABSENT_INT), 0);
	notices_look(d->notices);
	pass(d->site, SECOND); /* a later question is not the first one again */
	return id;
}

static void ask_more(struct told_desk *d, struct id id)
{
	ask_for(d->site, id, (struct id){});
	notices_look(d->notices);
}

/* As a page shows it: until when it lasts or waits, and until when a yes gives it more time. */
static void times(struct told_desk *d, struct id id, int64_t *ret_until_ms, int64_t *ret_more_ms)
{
	struct arena mem = {};
	struct json_list all = sessions_list(d->site->sessions, &mem);
	bool found = false;

	for (size_t i = 0; i < all.len; i++) {
		const struct session_shown *s = all.items[i];

		if (!id_eq(s->id, id))
			continue;
		found = true;
		*ret_until_ms = s->until_ms;
		*ret_more_ms = s->more_ms;
	}
	assert_true(found);
	arena_done(&mem);
}

/* The last one sent. */
static void check_sent(const char *event, struct id id, const char *words, int64_t until_ms)
{
	char session[ID_TEXT_MAX], begins[128];
	const char *last;

	assert_true(sent_len > 0);
	last = sent[sent_len - 1];
	id_encode(ID_SESS, id, session);
	snprintf(begins, sizeof(begins), "{\"event\":\"%s\",\"session\":\"%s\",\"text\":", event,
		 session);
	assert_memory_equal(last, begins, strlen(begins));
	assert_non_null(strstr(last, words));
	assert_non_null(strstr(last, say_time(until_ms, "en")));
}

TEST(R25_a_visit_that_waits_and_one_that_asks_for_more_time_are_told_as_what_they_are)
{
	struct told_desk *d = begin_desk();
	struct id id = ask(d->site);
	int64_t until_ms, more_ms;

	notices_look(d->notices);
	assert_int_equal(sent_len, 1);
	times(d, id, &until_ms, &more_ms);
	check_sent("session_waits", id, "asks to open", until_ms);
	assert_int_equal(sessions_approve(d->site->sessions, id, JSON_ABSENT_INT), 0);
	notices_look(d->notices);
	pass(d->site, 10 * MINUTE);
	ask_more(d, id);
	assert_int_equal(sent_len, 2);
	times(d, id, &until_ms, &more_ms);
	check_sent("session_more", id, "asks for more time", more_ms);
	/* Its end, hours away, is not the time until which an answer counts. */
	assert_null(strstr(sent[1], say_time(until_ms, "en")));
	assert_null(strstr(sent[1], "refused"));
	finish_desk(d);
}

TEST(R25_of_every_question_that_there_may_be_a_notice_is_sent)
{
	struct told_desk *d = begin_desk();
	struct id open[SESSIONS_WAITING], one;
	int64_t until_ms, more_ms;

	for (size_t i = 0; i < SESSIONS_WAITING; i++)
		open[i] = open_one(d);
	sent_len = 0;
	for (size_t i = 0; i < SESSIONS_WAITING; i++)
		ask_more(d, open[i]);
	assert_int_equal(sent_len, SESSIONS_WAITING);
	/* One more is no question: it is refused at once. */
	one = ask(d->site);
	notices_look(d->notices);
	assert_int_equal(sent_len, SESSIONS_WAITING);
	check_told(d->site, one, SESSION_REFUSED, WHY_TOO_MANY);
	assert_int_equal(sessions_refuse(d->site->sessions, open[1], JSON_ABSENT_INT), 0);
	one = ask(d->site);
	notices_look(d->notices);
	assert_int_equal(sent_len, SESSIONS_WAITING + 1);
	times(d, one, &until_ms, &more_ms);
	check_sent("session_waits", one, "asks to open", until_ms);
	finish_desk(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(R25_a_visit_that_waits_and_one_that_asks_for_more_time_are_told_as_what_they_are),
		RUN(R25_of_every_question_that_there_may_be_a_notice_is_sent),
	};

	return cmocka_run_group_tests_name("connector.sessions_notice", tests, NULL, NULL);
}
