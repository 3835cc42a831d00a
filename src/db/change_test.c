/* change_test.c - the log has no gaps, and what was altered shows. */
#include "base/test.h"
#include "db/change.h"
#include "db/fixture.h"
#include "db/stmt.h"

#include <string.h>

QUERY(q_alter, "test_change_alter",
      "UPDATE change SET at_ms = at_ms + 1 WHERE provider_id = :provider AND seq = :seq");
QUERY(q_drop, "test_change_drop",
      "DELETE FROM change WHERE provider_id = :provider AND seq = :seq");
QUERY(q_box, "test_change_box",
      "UPDATE change SET sealed = :sealed WHERE provider_id = :provider AND seq = :seq");
QUERY(q_rewind, "test_change_rewind",
      "UPDATE provider SET change_seq = :seq WHERE provider_id = :provider");

static struct fixture *f;
static struct id provider, customer, site, user;
static struct arena mem;

static int set_up(void **state)
{
	f = fixture_new();
	provider = fixture_provider(f);
	customer = id_new();
	site = id_new();
	user = id_new();
	return 0;
}

static int tear_down(void **state)
{
	arena_done(&mem);
	fixture_free(&f);
	return 0;
}

static int write_run(struct tenant_db *db, struct arena *arena, void *arg)
{
	int rc = tenant_make_key(db, customer);

	if (rc == 0)
		rc = change_write(db, &(struct change_in){ .verb = CHANGE_SITE_MADE,
							   .actor_kind = ACTOR_USER,
							   .actor = user,
							   .object_kind = ID_SITE,
							   .object = site,
							   .customer = customer,
							   .site = site,
							   .after = "{\"name\":\"Marker-0815\"}",
							   .from = "192.0.2.7" });
	return rc < 0 ? rc : *(int *)arg;
}

static int write(struct id who, int answer)
{
	return db_wait_write(f->db, who, write_run, &answer, &mem);
}

struct reading {
	int64_t after, last, bad;
	size_t limit, len;
	struct change *changes;
};

static int read_run(struct tenant_db *db, struct arena *arena, void *arg)
{
	struct reading *r = arg;
	int rc = change_last(db, &r->last);

	return rc < 0 ? rc : change_read(db, r->after, r->limit, arena, &r->changes, &r->len);
}

static struct reading read(struct id who, int64_t after, size_t limit)
{
	struct reading r = { .after = after, .limit = limit };

	assert_int_equal(db_wait_read(f->db, who, read_run, &r, &mem), 0);
	return r;
}

static int verify_run(struct tenant_db *db, struct arena *arena, void *arg)
{
	return change_verify(db, arg);
}

static int verify(int64_t *ret_bad)
{
	*ret_bad = 0;
	return db_wait_read(f->db, provider, verify_run, ret_bad, &mem);
}

TEST(a_change_comes_back_with_what_was_before_and_after)
{
	struct reading r;

	assert_int_equal(write(provider, 0), 0);
	r = read(provider, 0, 10);
	assert_int_equal(r.len, 1);
	assert_int_equal(r.last, 1);
	assert_int_equal(r.changes[0].note.seq, 1);
	assert_int_equal(r.changes[0].note.verb, CHANGE_SITE_MADE);
	assert_int_equal(r.changes[0].note.actor_kind, ACTOR_USER);
	assert_true(id_eq(r.changes[0].note.actor, user));
	assert_true(id_eq(r.changes[0].note.site, site));
	assert_null(r.changes[0].before);
	assert_string_equal(r.changes[0].after, "{\"name\":\"Marker-0815\"}");
	assert_string_equal(r.changes[0].from, "192.0.2.7");
	assert_false(r.changes[0].erased);
}

static int write_past_run(struct tenant_db *db, struct arena *arena, void *arg)
{
	const int64_t *at_ms = arg;
	int rc = tenant_make_key(db, customer);

	return rc < 0 ? rc
		      : change_write(db, &(struct change_in){ .verb = CHANGE_SITE_MADE,
							      .actor_kind = ACTOR_OPERATOR,
							      .object_kind = ID_SITE,
							      .object = site,
							      .customer = customer,
							      .site = site,
							      .at_ms = *at_ms });
}

TEST(a_change_of_the_past_bears_its_own_time_within_the_chain)
{
	int64_t at_ms = 1700000000000, bad;
	struct reading r;

	assert_int_equal(db_wait_write(f->db, provider, write_past_run, &at_ms, &mem), 0);
	assert_int_equal(write(provider, 0), 0);
	r = read(provider, 0, 10);
	assert_true(r.changes[0].note.at_ms == at_ms);
	assert_true(r.changes[1].note.at_ms > at_ms);
	assert_int_equal(verify(&bad), 0);
}

TEST(numbers_have_no_gaps_and_each_provider_has_its_own)
{
	struct id other = fixture_provider(f);
	struct reading r;

	for (int i = 0; i < 12; i++)
		assert_int_equal(write(i % 4 == 3 ? other : provider, i % 4 == 1 ? -1 : 0),
				 i % 4 == 1 ? -1 : 0);
	r = read(provider, 0, 100);
	assert_int_equal(r.len, 6);
	for (size_t i = 0; i < r.len; i++)
		assert_int_equal(r.changes[i].note.seq, i + 1);
	assert_int_equal(read(other, 0, 100).len, 3);
	r = read(provider, 2, 3);
	assert_int_equal(r.len, 3);
	assert_int_equal(r.changes[0].note.seq, 3);
	assert_int_equal(read(provider, 6, 3).len, 0);
}

TEST(a_change_without_its_provider_is_refused)
{
	assert_int_equal(write(id_new(), 0), ERR_NOT_FOUND);
}

struct tampering {
	const struct query *query;
	int64_t seq;
};

static int tamper_run(struct tenant_db *db, struct arena *arena, void *arg)
{
	const struct tampering *t = arg;
	struct stmt *st = tenant_query(db, t->query);

	stmt_i64(st, ":seq", t->seq);
	if (t->query == &q_box)
		stmt_blob(st, ":sealed", "other", 5);
	return stmt_run(st);
}

static void tamper(const struct query *q, int64_t seq)
{
	struct tampering t = { q, seq };

	assert_int_equal(db_wait_write(f->db, provider, tamper_run, &t, &mem), 1);
}

TEST(the_chain_holds_and_shows_what_was_altered)
{
	static const struct {
		const struct query *query;
		int64_t seq, bad;
	} cases[] = {
		{ &q_alter, 1, 1 }, { &q_alter, 3, 3 }, { &q_box, 2, 2 },    { &q_drop, 1, 1 },
		{ &q_drop, 3, 3 },  { &q_drop, 5, 5 },  { &q_rewind, 4, 5 }, { &q_rewind, 6, 6 },
	};
	int64_t bad;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		provider = fixture_provider(f);
		assert_int_equal(verify(&bad), 0);
		for (int n = 0; n < 5; n++)
			assert_int_equal(write(provider, 0), 0);
		assert_int_equal(verify(&bad), 0);
		tamper(cases[i].query, cases[i].seq);
		assert_int_equal(verify(&bad), ERR_CORRUPT);
		assert_int_equal(bad, cases[i].bad);
	}
}

TEST(texts_of_a_change_lie_sealed)
{
	char where[64];

	assert_int_equal(write(provider, 0), 0);
	assert_false(fixture_holds(f, "Marker-0815", 11, where));
	assert_false(fixture_holds(f, "192.0.2.7", 9, where));
}

TEST(verbs_and_actors_have_words)
{
	assert_string_equal(change_word(CHANGE_SITE_STATUS), "site_status");
	assert_null(change_word(0));
	assert_null(change_word(9999));
	assert_string_equal(actor_word(ACTOR_OPERATOR), "operator");
	assert_null(actor_word(-1));
	assert_null(actor_word(5));
}

/* The key file with the customer's record gone stands for an erased key. */
TEST(an_erased_key_hides_the_texts_and_leaves_the_chain_provable)
{
	struct reading r;
	int64_t bad;

	assert_int_equal(write(provider, 0), 0);
	fixture_close_db(f);
	fixture_forget_last_key(f);
	fixture_open_db(f);
	r = read(provider, 0, 10);
	assert_int_equal(r.len, 1);
	assert_true(r.changes[0].erased);
	assert_null(r.changes[0].after);
	assert_int_equal(verify(&bad), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_change_comes_back_with_what_was_before_and_after),
		CASE(a_change_of_the_past_bears_its_own_time_within_the_chain),
		CASE(numbers_have_no_gaps_and_each_provider_has_its_own),
		CASE(a_change_without_its_provider_is_refused),
		CASE(the_chain_holds_and_shows_what_was_altered),
		CASE(texts_of_a_change_lie_sealed),
		CASE(verbs_and_actors_have_words),
		CASE(an_erased_key_hides_the_texts_and_leaves_the_chain_provable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
