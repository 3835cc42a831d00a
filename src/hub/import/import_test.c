/* import_test.c - what becomes of a row, and that the same rows again make nothing. */
#include "hub/import/import.h"

#include "base/clock.h"
#include "base/test.h"
#include "base/thread.h"
#include "hub/test_world.h"
#include "net/loop.h"
#include <stdio.h>
#include <string.h>

static struct world *w;
static struct arena mem;

static int setup(void **state)
{
	w = world_new();
	return 0;
}

static int teardown(void **state)
{
	world_free(&w);
	arena_done(&mem);
	return 0;
}

/* ---- reading ---- */

static const struct import_row *read_one(const char *csv, size_t n)
{
	struct import_rows rows = {};
	const char *why = NULL;

	assert_int_equal(import_read_csv(str_of(csv), &mem, &rows, &why), 0);
	assert_true(n < rows.len);
	return &rows.rows[n];
}

#define EMPTIED ";;;;;;;;;;;;;;;;;;;;"

static void refused(const char *csv, const char *code)
{
	const struct import_row *row = read_one(csv, 0);

	assert_int_equal(row->verdict, IMPORT_REFUSED);
	assert_string_equal(row->code, code);
}

TEST(columns_come_as_the_first_line_names_them_or_in_the_usual_order)
{
	const struct import_row *row = read_one("Standort;E-Mail;Kunde\nHaus B;a@b.test;K\n", 0);

	assert_string_equal(row->customer, "K");
	assert_string_equal(row->site, "Haus B");
	assert_string_equal(row->mail_to, "a@b.test");
	assert_int_equal(row->language, -1);
	row = read_one("K, Haus B ,FR\n", 0);
	assert_string_equal(row->site, "Haus B");
	assert_int_equal(row->language, 1);
	assert_null(row->mail_to);
	assert_null(read_one("customer\nK\n", 0)->site);
	row = read_one("Kunde;Standort; ;\nK;Haus B;;\n", 0);
	assert_string_equal(row->site, "Haus B");
	assert_int_equal(row->verdict, IMPORT_THERE);
	assert_string_equal(read_one("K;Haus B;;;;;\n", 0)->site, "Haus B");
	row = read_one("Standort;Kunde" EMPTIED "\nHaus B;K" EMPTIED "\n", 0);
	assert_string_equal(row->site, "Haus B");
	assert_string_equal(row->customer, "K");
}

TEST(a_table_that_cannot_be_meant_is_refused_as_a_whole_and_says_why)
{
	static const char *const bad[] = { "", "customer,site\n", "customer,colour\nK,red\n",
					   "customer,customer\nK,L\n",
					   "site;customer" EMPTIED EMPTIED EMPTIED EMPTIED
					   "\nS;K\n" };
	struct import_rows rows;
	const char *why;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		why = NULL;
		assert_int_equal(import_read_csv(str_of(bad[i]), &mem, &rows, &why), ERR_INVALID);
		assert_non_null(why);
	}
}

TEST(what_is_wrong_with_a_row_has_a_code)
{
	char longer[400];

	refused("K,S,en,a@b.test,more\n", "columns");
	refused("1,2,3,4,5,6,7,8,9\n", "columns");
	refused("K,S,klingon\n", "language");
	refused("K,S,en,nobody\n", "mail_to");
	refused("K,S,en,a@b@c.test\n", "mail_to");
	refused(",S\n", "customer");
	refused("\"K\nL\",S\n", "customer");
	refused("K,\"S\tT\"\n", "site");
	refused("K\u200b,S\n", "customer");
	refused("K,\u202eS\n", "site");
	refused("K\xef\xbf\xbd,S\n", "text");
	refused("K,S\xef\xbf\xbd\n", "text");
	refused("K,S,en,a\xef\xbf\xbd@b.test\n", "text");
	refused("\"K\"L,S\n", "quote");
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = 0;
	refused(longer, "customer");
}

/* ---- applying ---- */

static struct answer import(const char *more, const char *csv)
{
	struct buf body = buf_new(64 * KIB);
	struct answer a;

	buf_printf(&body, "{%s\"csv\":\"", more);
	for (; *csv; csv++)
		buf_puts(&body, *csv == '\n' ? "\\n" : (char[]){ *csv, 0 });
	buf_puts(&body, "\"}");
	a = world_call(w, &w->a, "POST", "/api/v1/imports", (const char *)body.data);
	buf_done(&body);
	return a;
}

static void check(const char *more, const char *csv, const char *expected)
{
	struct answer a = import(more, csv);

	if (a.status != 200 || !answer_has(&a, expected))
		print_error("%d %s\n", a.status, (const char *)a.body.data);
	assert_int_equal(a.status, 200);
	assert_true(answer_has(&a, expected));
	answer_done(&a);
}

#define COUNTS(customers, sites, there, refused)                                                   \
	"\"counts\":{\"new_customer\":" #customers ",\"new_site\":" #sites ",\"there\":" #there    \
	",\"refused\":" #refused ",\"failed\":0}"

static const char table[] = "Works,Head office,de\nWorks,Branch\nKlinikum S\303\274d,Haus C\n"
			    "Only a customer\n";

TEST(nothing_is_made_before_it_is_applied_and_nothing_twice_after)
{
	struct answer a;

	check("", table, COUNTS(2, 2, 0, 0));
	check("\"apply\":false,", table, COUNTS(2, 2, 0, 0));
	a = world_call(w, &w->a, "GET", "/api/v1/sites", NULL);
	assert_true(answer_has(&a, "\"total\":1"));
	answer_done(&a);
	check("\"apply\":true,", table, COUNTS(2, 2, 0, 0));
	check("\"apply\":true,\"invite\":true,", table, COUNTS(0, 0, 4, 0));
	a = world_call(w, &w->a, "GET", "/api/v1/sites", NULL);
	assert_true(answer_has(&a, "\"total\":4"));
	answer_done(&a);
	a = world_call(w, &w->a, "GET", "/api/v1/customers?query=works", NULL);
	assert_true(answer_has(&a, "\"language\":\"de\""));
	assert_true(answer_has(&a, "\"total\":1"));
	answer_done(&a);
	a = world_call(w, &w->b, "GET", "/api/v1/customers", NULL);
	assert_true(answer_has(&a, "\"total\":0"));
	answer_done(&a);
}

TEST(a_name_that_is_nearly_there_is_neither_taken_for_it_nor_made_anew)
{
	check("", "klinikum sud,Haus C\n", "\"code\":\"similar_customer\"");
	check("", "A,S\na,T\n", "\"code\":\"similar_customer\"");
	check("", "A,S\nA,S\n", "\"code\":\"double\"");
	check("", "A\nA\n", "\"code\":\"double\"");
	/* Sites of two customers may have one name. */
	check("", "A,S\nB,S\nA,T\n", COUNTS(2, 1, 0, 0));
	check("", "Klinikum S\303\274d,haus b\n", "\"code\":\"similar_site\"");
	check("", "Klinikum S\303\274d,Haus B\n", COUNTS(0, 0, 1, 0));
}

TEST(a_code_comes_once_for_each_new_site_and_enrols_it)
{
	struct answer a = import("\"apply\":true,\"invite\":true,", "Works,Head office\nAlone\n");
	char code[64];

	assert_int_equal(a.status, 200);
	snprintf(code, sizeof(code), "%.63s", answer_member(&a, "code"));
	if (strncmp(code, "DE-", 3) != 0) {
		const char *at = strstr((const char *)a.body.data, "\"code\":\"DE-");

		assert_non_null(at);
		snprintf(code, sizeof(code), "%.*s", (int)strcspn(at + 8, "\""), at + 8);
	}
	answer_done(&a);
	world_enrol(w, code);
	a = import("\"apply\":true,\"invite\":true,", "Works,Head office\nAlone\n");
	assert_false(answer_has(&a, "DE-"));
	answer_done(&a);
}

/* ---- one at a time ---- */

/* Holds the store's writer until it is let go. */
struct gate {
	struct mutex *lock;
	struct cond *moved;
	bool held, open;
};

static int gate_run(struct tenant_db *db, struct arena *m, void *arg)
{
	struct gate *g = *(struct gate **)arg;
	int64_t until_ms = clock_mono_ms() + 10000;

	mutex_lock(g->lock);
	g->held = true;
	cond_signal(g->moved);
	/* A test that fails does not open it. */
	while (!g->open && clock_mono_ms() < until_ms)
		cond_wait_ms(g->moved, g->lock, 100);
	mutex_unlock(g->lock);
	return 0;
}

static void gate_shut(struct gate *g, struct db_owner *owner)
{
	*g = (struct gate){ mutex_new(), cond_new() };
	db_owner_init(owner, w->hub.db, w->hub.loop, NULL);
	db_write(owner, w->a.provider, gate_run, NULL, &g, sizeof(g));
	mutex_lock(g->lock);
	while (!g->held)
		cond_wait(g->moved, g->lock);
	mutex_unlock(g->lock);
}

static void gate_open(struct gate *g)
{
	mutex_lock(g->lock);
	g->open = true;
	cond_signal(g->moved);
	mutex_unlock(g->lock);
}

static bool may_begin(void *arg)
{
	struct answer a = import("", "Works,Head office\n");
	int status = a.status;

	answer_done(&a);
	if (status != 200)
		assert_int_equal(status, 429);
	return status == 200;
}

TEST(after_a_client_that_left_nobody_begins_before_its_rows_are_written)
{
	struct call c = { "POST", "/api/v1/imports",
			  .headers = { "content-type", "application/json", "cookie", w->a.cookie },
			  .body = "{\"apply\":true,\"csv\":\"Works,Head office\"}" };
	struct db_owner owner;
	struct answer left;
	struct gate gate;

	gate_shut(&gate, &owner);
	call_begin(w->f->loop, w->hub.api, &c, &left);
	/* Until it is planned, and its rows wait behind the gate. */
	for (int i = 0; i < 20; i++) {
		struct answer a = world_call(w, &w->a, "GET", "/api/v1/me", NULL);

		answer_done(&a);
	}
	assert_false(may_begin(NULL));
	call_hang_up(&left);
	answer_done(&left);
	assert_false(may_begin(NULL));
	gate_open(&gate);
	assert_true(loop_run_until(w->f->loop, may_begin, NULL, 10000));
	check("\"apply\":true,", "Works,Head office\n", COUNTS(0, 0, 1, 0));
	db_owner_done(&owner, NULL);
	mutex_free(&gate.lock);
	cond_free(&gate.moved);
}

TEST(what_is_archived_is_not_added_to)
{
	char path[128];
	struct answer a;

	snprintf(path, sizeof(path), "/api/v1/sites/%s/archive", w->site);
	a = world_call(w, &w->a, "POST", path, NULL);
	assert_int_equal(a.status, 204);
	answer_done(&a);
	check("", "Klinikum S\303\274d,Haus B\n", "\"code\":\"archived\"");
	check("", "Klinikum S\303\274d,Haus C\n", COUNTS(0, 1, 0, 0));
	snprintf(path, sizeof(path), "/api/v1/customers/%s/archive", w->customer);
	a = world_call(w, &w->a, "POST", path, NULL);
	assert_int_equal(a.status, 204);
	answer_done(&a);
	check("", "Klinikum S\303\274d,Haus C\n", "\"code\":\"archived\"");
}

TEST(either_a_text_or_rows)
{
	struct answer a = world_call(w, &w->a, "POST", "/api/v1/imports", "{}");

	assert_int_equal(a.status, 400);
	answer_done(&a);
	a = world_call(w, &w->a, "POST", "/api/v1/imports",
		       "{\"csv\":\"K,S\",\"rows\":[{\"customer\":\"K\"}]}");
	assert_int_equal(a.status, 400);
	answer_done(&a);
	a = world_call(w, &w->a, "POST", "/api/v1/imports",
		       "{\"rows\":[{\"customer\":\"=HYPERLINK(1)\",\"site\":\"@S\"}]}");
	assert_int_equal(a.status, 200);
	assert_true(answer_has(&a, COUNTS(1, 0, 0, 0)));
	answer_done(&a);
}

TEST(R7_an_invitation_is_mailed_to_its_rows_address_where_the_hub_sends_mail)
{
	static const char rows[] = "Works,Head office,de,it@example.test\nWorks,Branch\n";
	const char *server = w->config.mail_server;
	struct answer a;

	w->config.mail_server = NULL;
	a = import("\"apply\":true,\"invite\":true,\"mail\":true,", rows);
	assert_int_equal(a.status, 409);
	assert_string_equal(answer_member(&a, "code"), "mail_off");
	answer_done(&a);
	w->config.mail_server = server;
	check("\"apply\":true,\"invite\":true,\"mail\":true,", rows, COUNTS(1, 1, 0, 0));
	a = world_call(w, &w->a, "GET", "/api/v1/sites?query=head", NULL);
	assert_true(answer_has(&a, "\"mail\":{\"to\":\"it@example.test\""));
	answer_done(&a);
	a = world_call(w, &w->a, "GET", "/api/v1/sites?query=branch", NULL);
	assert_true(answer_has(&a, "\"mail\":null"));
	answer_done(&a);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(columns_come_as_the_first_line_names_them_or_in_the_usual_order),
		T(a_table_that_cannot_be_meant_is_refused_as_a_whole_and_says_why),
		T(what_is_wrong_with_a_row_has_a_code),
		T(nothing_is_made_before_it_is_applied_and_nothing_twice_after),
		T(a_name_that_is_nearly_there_is_neither_taken_for_it_nor_made_anew),
		T(a_code_comes_once_for_each_new_site_and_enrols_it),
		T(after_a_client_that_left_nobody_begins_before_its_rows_are_written),
		T(what_is_archived_is_not_added_to),
		T(either_a_text_or_rows),
		T(R7_an_invitation_is_mailed_to_its_rows_address_where_the_hub_sends_mail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
