/* personal_test.c - which columns of the store can hold a word about a person, and why: a closed
 * list, against the real schema. */
#include "base/test.h"
#include "hub/test_rows.h"
#include "hub/test_world.h"
#include <stdio.h>
#include <string.h>

/* What it holds; what is within the sealed ones is looked at by test/scenario/export.test.ts. */
#define MACHINE "a hash, a key or a number that a machine made"
#define TOLD    "what a site tells: a report's closed schema has no field for a person (R41)"
#define TYPED   "what a provider's users type about a site and its machines"
#define CONTACT "contact data of the customer: its name, or where an invitation is mailed to"
#define USER    "a hub user's own account, and who let support in"

/* Every column but ids and numbers, which hold no words. */
static const struct personal {
	const char *table, *column;
	const char *holds;
} list[] = {
	{ "schema_version", "name", MACHINE },
	{ "schema_version", "sha256", MACHINE },
	{ "provider", "change_hash", MACHINE },
	{ "provider", "sealed", USER },
	{ "person", "email_hash", USER },
	{ "person", "password", USER },
	{ "person", "sealed", USER },
	{ "login", "token_hash", MACHINE },
	{ "customer", "sealed", CONTACT },
	{ "site", "sealed", TYPED },
	{ "site_state", "report_epoch", MACHINE },
	{ "site_state", "sealed", TOLD },
	{ "device", "device_key", MACHINE },
	{ "device", "sealed", TOLD },
	{ "invitation", "code_hash", MACHINE },
	{ "connector", "sealed", TOLD },
	{ "connector", "replaced_by", MACHINE },
	{ "connector_key", "thumbprint", MACHINE },
	{ "connector_key", "public_key", MACHINE },
	{ "consent", "text_sha256", MACHINE },
	{ "consent", "evidence", MACHINE },
	{ "consent", "sealed", TOLD },
	{ "command", "sealed", TYPED },
	{ "report", "epoch", MACHINE },
	{ "report", "digest", MACHINE },
	{ "report", "prev", MACHINE },
	{ "report", "sealed", TOLD },
	{ "report_call", "content_digest", MACHINE },
	{ "report_call", "signature", MACHINE },
	{ "report_call", "input", MACHINE },
	{ "report_head", "epoch", MACHINE },
	{ "change", "prev_hash", MACHINE },
	{ "change", "hash", MACHINE },
	{ "change", "sealed", TYPED },
	{ "terms_acceptance", "text_sha256", MACHINE },
	{ "mail", "sealed", CONTACT },
	{ "erased_key", "thumbprint", MACHINE },
	{ "erased_key", "public_key", MACHINE },
	{ "note", "sealed", TYPED },
	{ "session", "label", MACHINE },
	{ "session", "cookie_hash", MACHINE },
	{ "session", "sealed", TYPED },
	{ "target", "sealed", TOLD },
	{ "licence_entry", "sealed", TYPED },
	{ "support_grant", "sealed", USER },
};

static struct world *w;

static int setup(void **state)
{
	w = world_new();
	return 0;
}

static int teardown(void **state)
{
	world_free(&w);
	return 0;
}

/* What a list says of a column; NULL: nothing. */
static const struct personal *find(const char *table, struct str column)
{
	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		if (strcmp(list[i].table, table) == 0 && str_is(column, list[i].column))
			return &list[i];
	return NULL;
}

struct seen {
	bool listed[ARRAY_LEN(list)];
	size_t columns;
};

static void look_at(struct engine *e, const char *table, void *arg)
{
	struct engine_stmt *s = NULL;
	struct seen *seen = arg;
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT name, type FROM pragma_table_info('%s')", table);
	assert_int_equal(engine_prepare(e, "columns", sql, &s), 0);
	while (engine_step(s) > 0) {
		struct str name = engine_col_text(s, 0), type = engine_col_text(s, 1);
		bool words = !str_is(type, "BIGINT") && !str_is(type, "SMALLINT") &&
			     !str_is(type, "DOUBLE PRECISION") && !str_ends(name, STR("_id"));
		const struct personal *p = find(table, name);

		if (words != (p != NULL))
			fail_msg("%s.%.*s: %s", table, (int)name.len, name.p,
				 words ? "may hold words, and it is not said whose" : "holds none");
		seen->columns++;
		if (p)
			seen->listed[p - list] = true;
	}
	engine_finish(&s);
}

TEST(R76_each_column_of_the_store_that_can_hold_words_is_known_and_says_whose)
{
	struct seen seen = {};

	rows_each_table(w->f->db_path, look_at, &seen);
	assert_true(seen.columns > 100);
	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		if (!seen.listed[i])
			fail_msg("%s.%s is in the list and not in the schema", list[i].table,
				 list[i].column);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			R76_each_column_of_the_store_that_can_hold_words_is_known_and_says_whose),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
