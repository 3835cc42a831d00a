/* note_test.c - notes of customers and sites: written by one, read by all, overwritten by nobody
 * who has not read them. */
#include "base/test.h"

#include "hub/note/note.h"
#include "hub/test_world.h"
#include <stdio.h>
#include <string.h>

static struct world *w;
static char site_note[128], customer_note[128];

static int setup(void **state)
{
	w = world_new();
	snprintf(site_note, sizeof(site_note), "/api/v1/sites/%s/note", w->site);
	snprintf(customer_note, sizeof(customer_note), "/api/v1/customers/%s/note", w->customer);
	return 0;
}

static int teardown(void **state)
{
	world_free(&w);
	return 0;
}

static void call(const char *method, const char *path, const char *body, int status,
		 const char *has)
{
	struct answer a = world_call(w, &w->a, method, path, body);

	if (a.status != status || (has && !answer_has(&a, has)))
		print_error("%s %s: %d %.*s\n", method, path, a.status, (int)a.body.len,
			    (const char *)a.body.data);
	assert_int_equal(a.status, status);
	assert_true(!has || answer_has(&a, has));
	answer_done(&a);
}

TEST(R72_a_note_says_who_wrote_it_and_each_subject_has_its_own)
{
	call("GET", site_note, NULL, 200,
	     "{\"text\":\"\",\"revision\":0,\"edited_at\":null,\"edited_by\":null}");
	call("PUT", site_note, "{\"text\":\"Ring twice\",\"revision\":0}", 200, "\"revision\":1");
	call("GET", site_note, NULL, 200,
	     "{\"text\":\"Ring twice\",\"revision\":1,\"edited_at\":\"2");
	call("GET", site_note, NULL, 200, "\"edited_by\":\"A user\"");
	call("GET", customer_note, NULL, 200, "\"revision\":0");
	call("PUT", customer_note, "{\"text\":\"Pays late\",\"revision\":0}", 200, "Pays late");
	call("GET", site_note, NULL, 200, "Ring twice");
}

TEST(a_note_that_somebody_else_has_changed_is_not_overwritten)
{
	call("PUT", site_note, "{\"text\":\"one\",\"revision\":0}", 200, "\"revision\":1");
	call("PUT", site_note, "{\"text\":\"two\",\"revision\":0}", 409, "\"edited\"");
	call("GET", site_note, NULL, 200, "\"text\":\"one\"");
	call("PUT", site_note, "{\"text\":\"\",\"revision\":1}", 200, "\"revision\":2");
	call("PUT", site_note, "{\"text\":\"three\",\"revision\":0}", 409, "\"edited\"");
	call("PUT", site_note, "{\"text\":\"three\",\"revision\":2}", 200, "\"revision\":3");
}

TEST(a_note_is_text_of_limited_length)
{
	static char body[2 * NOTE_MAX + 200], text[NOTE_MAX + 2];

	call("PUT", site_note, "{\"revision\":0}", 400, "\"text\"");
	call("PUT", site_note, "{\"text\":\"one\"}", 400, "\"revision\"");
	call("PUT", site_note, "{\"text\":\"one\\u0007\",\"revision\":0}", 400, "\"text\"");
	memset(text, 'x', NOTE_MAX + 1);
	snprintf(body, sizeof(body), "{\"text\":\"%s\",\"revision\":0}", text);
	call("PUT", site_note, body, 400, "\"text\"");
	text[NOTE_MAX] = 0;
	snprintf(body, sizeof(body), "{\"text\":\"%s\",\"revision\":0}", text);
	call("PUT", site_note, body, 200, "\"revision\":1");
	call("PUT", site_note, "{\"text\":\"one\\n\\ttwo <script>\",\"revision\":1}", 200,
	     "one\\n\\ttwo <script>");
}

TEST(a_site_is_found_by_its_note_and_after_a_restart)
{
	call("PUT", site_note, "{\"text\":\"The key hangs at reception\",\"revision\":0}", 200,
	     NULL);
	call("GET", "/api/v1/sites?query=hangs%20key", NULL, 200, w->site);
	world_restart(w);
	call("GET", "/api/v1/sites?query=hangs%20key", NULL, 200, w->site);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(R72_a_note_says_who_wrote_it_and_each_subject_has_its_own),
		T(a_note_that_somebody_else_has_changed_is_not_overwritten),
		T(a_note_is_text_of_limited_length),
		T(a_site_is_found_by_its_note_and_after_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
