/* list_test.c - searching, sorting and paging a provider's sites. */
#include "hub/index/list.h"

#include "base/err.h"
#include "base/test.h"
#include "model/fold.h"
#include "model/report.h"
#include <stdio.h>
#include <string.h>

static const struct id provider = { { 1 } };

static struct list make_list(void)
{
	static const struct {
		const char *customer, *name, *version;
		int status;
		int64_t devices, seen;
	} rows[] = {
		{ "Klinikum S\303\274d", "Haus B", "21.2.1", SITE_OK, 41, 5 },
		{ "Lyc\303\251e Blaise Pascal", "main", "22.0.4", SITE_ERROR, 3, 9 },
		{ "Acme", "Berlin", NULL, SITE_OK, 0, 1 },
		{ "acme", "Zagreb", "9.0", SITE_WARNING, 7, 2 },
		{ "Brown & Sons", "HQ", "22.0", SITE_OFFLINE, 5, 3 },
	};
	struct list l = {};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct site_customer_ref customer = { { { 9 } }, rows[i].customer };
		struct site_server server = { "PaperCut MF", rows[i].version, NULL, NULL };
		struct site_devices devices = { rows[i].devices, 0 };
		struct site s;

		json_init(&site_schema, &s);
		s.id.b[15] = (uint8_t)(i + 1);
		s.name = rows[i].name;
		s.note = NULL;
		s.customer = &customer;
		s.status = rows[i].status;
		s.devices = &devices;
		s.last_seen_ms = rows[i].seen;
		if (rows[i].version)
			s.server = &server;
		list_put(&l, &s);
	}
	return l;
}

static void ask(const struct list *l, struct arena *mem, struct list_query q,
		struct list_page *page)
{
	const char *field;

	if (!q.limit)
		q.limit = JSON_ABSENT_INT;
	assert_int_equal(list_ask(l, provider, &q, mem, page, &field), 0);
}

/* The names in order, by their first letters. */
static const char *order(const struct list_page *page)
{
	static char text[32];
	size_t n = 0;

	for (size_t i = 0; i < page->items.len; i++)
		text[n++] = ((const struct site *)page->items.items[i])->name[0];
	text[n] = 0;
	return text;
}

#define ORDER(expected, ...)                                                                       \
	do {                                                                                       \
		ask(&l, &mem, (struct list_query){ __VA_ARGS__ }, &page);                          \
		assert_string_equal(order(&page), expected);                                       \
	} while (0)

TEST(what_needs_attention_comes_first)
{
	struct list l = make_list();
	struct arena mem = {};
	struct list_page page;

	ORDER("mZHBH", .sort = NULL);
	ORDER("HBHZm", .sort = "-attention");
	arena_done(&mem);
	list_done(&l);
}

TEST(a_list_is_sorted_by_what_is_asked)
{
	struct list l = make_list();
	struct arena mem = {};
	struct list_page page;

	ORDER("BHHmZ", .sort = "name");
	ORDER("BZHHm", .sort = "customer");
	ORDER("mHHZB", .sort = "-customer");
	ORDER("ZHHmB", .sort = "version");
	ORDER("BmHZH", .sort = "devices");
	ORDER("BZHHm", .sort = "last_seen");
	arena_done(&mem);
	list_done(&l);
}

TEST(words_are_found_without_case_and_accents_in_any_order)
{
	struct list l = make_list();
	struct arena mem = {};
	struct list_page page;

	ORDER("m", .query = "BLAISE  lycee");
	ORDER("H", .query = "s\303\234d");
	ORDER("H", .query = "sud haus");
	ORDER("ZB", .query = "acme");
	ORDER("", .query = "acme pascal");
	arena_done(&mem);
	list_done(&l);
}

TEST(counts_are_those_of_the_query_and_total_that_of_the_filter)
{
	struct list l = make_list();
	struct arena mem = {};
	struct list_page page;

	ORDER("Z", .query = "acme", .status = "warning,error");
	assert_int_equal(page.total, 1);
	assert_int_equal(page.counts[SITE_OK], 1);
	assert_int_equal(page.counts[SITE_WARNING], 1);
	assert_int_equal(page.counts[SITE_ERROR], 0);
	arena_done(&mem);
	list_done(&l);
}

TEST(a_site_is_found_by_whatever_one_remembers_of_it)
{
	struct list l = make_list();
	struct arena mem = {};
	struct list_page page;
	struct site s = list_find(&l, (struct id){ { [15] = 3 } })->site;

	s.public_ip = "192.0.2.17";
	s.note = "Schl\303\274ssel beim Empfang";
	list_put(&l, &s);
	ORDER("B", .query = "192.0.2.17");
	ORDER("B", .query = "empfang schlussel");
	ORDER("m", .query = "22.0.4");
	ORDER("m", .query = "papercut lycee");
	arena_done(&mem);
	list_done(&l);
}

TEST(sites_are_filtered_by_customer_version_and_words_and_counted_by_status)
{
	struct list l = make_list();
	struct arena mem = {};
	struct list_page page;
	struct site_permissions asks = { 1, SWITCH_ASK, SWITCH_OFF }, off = { 0, 0, 0 };
	struct site_reason silent = { .rule = "silent" }, disk = { .rule = "disk_low" };
	struct site b = list_find(&l, (struct id){ { [15] = 3 } })->site;
	struct site m = list_find(&l, (struct id){ { [15] = 2 } })->site;
	struct id other = { { 8 } };

	b.customer->id = other;
	b.permissions = &asks;
	m.permissions = &off;
	report_list_add(&mem, &m.reasons, &silent);
	report_list_add(&mem, &m.reasons, &disk);
	list_put(&l, &b);
	list_put(&l, &m);
	ORDER("B", .customer = other);
	ORDER("B", .console = "ask,on");
	ORDER("m", .console = "off");
	ORDER("B", .monitoring = "on", .mfp = "off");
	ORDER("m", .rule = "disk_low,held_jobs");
	ORDER("mH", .version = "22");
	ORDER("m", .version = "22.0.4");
	ORDER("", .version = "2");
	ORDER("", .monitoring = "on", .status = "error");
	assert_int_equal(page.counts[SITE_OK], 1);
	assert_int_equal(page.counts[SITE_ERROR], 0);
	arena_done(&mem);
	list_done(&l);
}

TEST(pages_follow_each_other_and_a_row_that_moves_does_not_move_the_page)
{
	struct list l = make_list();
	struct arena mem = {};
	struct list_page page;
	struct site z;
	char *cursor;

	ORDER("mZ", .limit = 2);
	cursor = page.next_cursor;
	z = list_find(&l, ((const struct site *)page.items.items[1])->id)->site;
	ORDER("HB", .limit = 2, .cursor = cursor);
	z.status = SITE_OK;
	list_put(&l, &z);
	ORDER("HB", .limit = 2, .cursor = cursor);
	cursor = page.next_cursor;
	ORDER("ZH", .limit = 2, .cursor = cursor);
	assert_null(page.next_cursor);
	arena_done(&mem);
	list_done(&l);
}

TEST(those_who_are_online_stand_together_by_name_and_stay_there_from_page_to_page)
{
	struct list l = make_list();
	struct arena mem = {};
	struct list_page page;

	for (uint8_t i = 1; i <= 3; i++)
		list_find(&l, (struct id){ { [15] = i } })->seen_ms = INT64_MAX;
	ORDER("ZHBHm", .sort = "last_seen");
	ORDER("mH", .sort = "-last_seen", .limit = 2);
	ORDER("BH", .sort = "-last_seen", .limit = 2, .cursor = page.next_cursor);
	ORDER("Z", .sort = "-last_seen", .limit = 2, .cursor = page.next_cursor);
	arena_done(&mem);
	list_done(&l);
}

static void counted(const struct list *l, struct id customer, int status, int64_t live,
		    int64_t archived)
{
	const struct tally *t = list_tally(l, customer);

	assert_int_equal(t ? t->counts[status] : 0, live);
	assert_int_equal(t ? t->archived_counts[status] : 0, archived);
}

TEST(how_a_customers_sites_are_is_counted_as_they_change)
{
	const struct id customer = { { 9 } }, other = { { 8 } };
	struct list l = make_list();
	struct site s = list_find(&l, (struct id){ { [15] = 1 } })->site;

	counted(&l, customer, SITE_OK, 2, 0);
	counted(&l, customer, SITE_ERROR, 1, 0);
	s.status = SITE_ERROR;
	list_put(&l, &s);
	counted(&l, customer, SITE_OK, 1, 0);
	counted(&l, customer, SITE_ERROR, 2, 0);
	s = list_find(&l, s.id)->site;
	s.archived_ms = 1;
	list_put(&l, &s);
	counted(&l, customer, SITE_ERROR, 1, 1);
	s = list_find(&l, s.id)->site;
	s.customer->id = other;
	list_put(&l, &s);
	counted(&l, customer, SITE_ERROR, 1, 0);
	counted(&l, other, SITE_ERROR, 0, 1);
	list_drop(&l, s.id);
	assert_null(list_tally(&l, other));
	list_done(&l);
}

TEST(a_question_that_does_not_fit_names_its_member)
{
	static const struct {
		struct list_query q;
		const char *field;
	} rows[] = {
		{ { .sort = "colour" }, "sort" },
		{ { .sort = "" }, "sort" },
		{ { .status = "ok,fine" }, "status" },
		{ { .console = "perhaps" }, "console" },
		{ { .rule = "no_such_rule" }, "rule" },
		{ { .cursor = "AAAA" }, "cursor" },
		{ { .query = "a b c d e f g h i" }, "query" },
	};
	struct list l = make_list();
	struct arena mem = {};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct list_query q = rows[i].q;
		struct list_page page;
		const char *field = NULL;

		q.limit = 10;
		assert_int_equal(list_ask(&l, provider, &q, &mem, &page, &field), ERR_INVALID);
		assert_string_equal(field, rows[i].field);
	}
	arena_done(&mem);
	list_done(&l);
}

TEST(a_cursor_of_another_provider_or_question_is_refused)
{
	struct list_query q = { .limit = 1 };
	struct list l = make_list();
	struct arena mem = {};
	struct list_page page;
	const char *field;

	ask(&l, &mem, q, &page);
	q.cursor = page.next_cursor;
	assert_int_equal(list_ask(&l, (struct id){ { 2 } }, &q, &mem, &page, &field), ERR_INVALID);
	q.query = "haus";
	assert_int_equal(list_ask(&l, provider, &q, &mem, &page, &field), ERR_INVALID);
	arena_done(&mem);
	list_done(&l);
}

TEST(text_is_folded)
{
	struct arena mem = {};

	assert_string_equal(fold_text(&mem, "  Stra\303\237e  \305\222uvre "), "strasse oeuvre");
	assert_string_equal(fold_text(&mem, "\303\211COLE \305\201\303\263d\305\272"),
			    "ecole lodz");
	assert_string_equal(fold_text(&mem, "\316\221\316\230 \320\226"),
			    "\316\261\316\270 \320\266");
	assert_string_equal(fold_text(&mem, "\360\237\226\250 \346\227\245"),
			    "\360\237\226\250 \346\227\245");
	/* As some systems write what others put together; and blanks that do not break. */
	assert_string_equal(fold_text(&mem, "E\314\201cole\302\240 su\314\210d"), "ecole sud");
	assert_string_equal(fold_text(&mem, ""), "");
	arena_done(&mem);
}

/* ---- licences ---- */

#define DAY_MS (24 * 3600 * INT64_C(1000))
#define NOW_MS (20000 * DAY_MS)

/* Sites A to F, by the days that are left of support and licence. */
static struct list make_licences(void)
{
	/* Beyond all that is days. */
	enum { NONE = 1000000 };
	static const struct {
		const char *name, *organisation;
		enum json_bool valid;
		int64_t support, licence; /* days; NONE: not known */
	} rows[] = {
		{ "A", "\303\204rzte", JSON_TRUE, 45, NONE },
		{ "B", NULL, JSON_UNSAID, NONE, NONE },
		{ "C", "zoo", JSON_TRUE, -3, 400 },
		{ "D", NULL, JSON_TRUE, 200, 10 },
		{ "E", "bank", JSON_FALSE, NONE, NONE },
		{ "F", NULL, JSON_TRUE, 90, 90 },
	};
	struct list l = {};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct site_end support = { NOW_MS + rows[i].support * DAY_MS, 0, 0 };
		struct site_end licence = { NOW_MS + rows[i].licence * DAY_MS, 0, 0 };
		struct report_stated organisation = { rows[i].organisation, 1 };
		struct site_customer_ref customer = { { { 9 } }, "Acme", JSON_ABSENT_INT };
		struct site_devices devices = {};
		struct site_licence terms = { .valid = rows[i].valid };
		struct site s;

		json_init(&site_schema, &s);
		s.id.b[15] = (uint8_t)(i + 1);
		s.name = rows[i].name;
		s.note = NULL;
		s.customer = &customer;
		s.status = SITE_OK;
		s.devices = &devices;
		s.licence = &terms;
		terms.organisation = rows[i].organisation ? &organisation : NULL;
		terms.support_end = rows[i].support == NONE ? NULL : &support;
		terms.licence_end = rows[i].licence == NONE ? NULL : &licence;
		list_put(&l, &s);
	}
	list_look_at(&l, NOW_MS);
	return l;
}

TEST(R4_licences_are_sorted_by_what_ends_first_and_what_is_unknown_comes_last)
{
	struct list l = make_licences();
	struct arena mem = {};
	struct list_page page;

	ORDER("ECDAFB", .sort = "renewal");
	ORDER("FADCEB", .sort = "-renewal");
	ORDER("CAFDBE", .sort = "support_end");
	ORDER("DFACEB", .sort = "-support_end");
	arena_done(&mem);
	list_done(&l);
}

TEST(R4_licences_are_counted_by_how_soon_they_end_and_the_day_moves_them)
{
	static const int64_t today[RENEWALS] = { 2, 1, 1, 1, 0, 1 };
	static const int64_t later[RENEWALS] = { 3, 1, 1, 0, 0, 1 };
	struct list l = make_licences();
	struct arena mem = {};
	struct list_page page;

	ORDER("ADF", .renewal = "within_30,within_60,within_90");
	assert_memory_equal(page.renewals, today, sizeof(today));
	ORDER("CE", .renewal = "ended");
	assert_memory_equal(page.renewals, today, sizeof(today));
	assert_int_equal(page.counts[SITE_OK], 2);
	ORDER("B", .renewal = "unknown");
	list_look_at(&l, NOW_MS + 31 * DAY_MS);
	ORDER("AF", .renewal = "within_30,within_60");
	assert_memory_equal(page.renewals, later, sizeof(later));
	arena_done(&mem);
	list_done(&l);
}

TEST(R4_a_list_of_licences_is_read_page_by_page_in_any_order)
{
	static const struct {
		const char *sort, *order;
	} rows[] = { { "renewal", "ECDAFB" },
		     { "-renewal", "FADCEB" },
		     { "organisation", "AECBDF" },
		     { "-organisation", "CEAFDB" } };
	struct list l = make_licences();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct list_query q = { .sort = rows[i].sort, .limit = 2 };
		struct arena mem = {};
		struct list_page page;
		char seen[16] = "";

		do {
			ask(&l, &mem, q, &page);
			strcat(seen, order(&page));
			q.cursor = page.next_cursor;
		} while (q.cursor && strlen(seen) < 10);
		assert_string_equal(seen, rows[i].order);
		arena_done(&mem);
	}
	list_done(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(what_needs_attention_comes_first),
		RUN(a_list_is_sorted_by_what_is_asked),
		RUN(words_are_found_without_case_and_accents_in_any_order),
		RUN(counts_are_those_of_the_query_and_total_that_of_the_filter),
		RUN(a_site_is_found_by_whatever_one_remembers_of_it),
		RUN(sites_are_filtered_by_customer_version_and_words_and_counted_by_status),
		RUN(pages_follow_each_other_and_a_row_that_moves_does_not_move_the_page),
		RUN(those_who_are_online_stand_together_by_name_and_stay_there_from_page_to_page),
		RUN(how_a_customers_sites_are_is_counted_as_they_change),
		RUN(a_question_that_does_not_fit_names_its_member),
		RUN(a_cursor_of_another_provider_or_question_is_refused),
		RUN(text_is_folded),
		RUN(R4_licences_are_sorted_by_what_ends_first_and_what_is_unknown_comes_last),
		RUN(R4_licences_are_counted_by_how_soon_they_end_and_the_day_moves_them),
		RUN(R4_a_list_of_licences_is_read_page_by_page_in_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
