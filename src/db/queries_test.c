/* queries_test.c - every named query of the hub, on a fresh store: it PREPAREs, and it keeps to the
 * language that both engines speak.  Linked with the hub's libraries by test/checks. */
#include "base/test.h"
#include "base/map.h"
#include "db/fixture.h"
#include "db/migrate.h"
#include "db/stmt.h"

#include <ctype.h>
#include <string.h>

static const char *const forbidden[] = {
	"like",    "glob",     "collate",  "autoincrement", "strict",    "rowid",  "json", "ifnull",
	"replace", "datetime", "strftime", "julianday",     "unixepoch", "random", "now",  "pragma",
	"begin",   "commit",   "rollback", "integer",       "blob",      "real",
};

TEST(every_query_prepares_on_sqlite)
{
	struct fixture *f = fixture_new();
	const char *name = "";
	int rc = db_check_queries(f->db, &name);

	if (rc < 0)
		fail_msg("%s does not prepare", name);
	fixture_free(&f);
}

TEST(every_query_has_a_name_of_its_own)
{
	struct map names = {};

	assert_true(query_count() > 0);
	for (size_t i = 0; i < query_count(); i++) {
		const struct query *q = query_at(i);
		size_t len = strlen(q->name);

		assert_true(len > 0 && len <= 64);
		if (map_put(&names, q->name, len, (void *)q->name))
			fail_msg("two queries are called %s", q->name);
	}
	map_done(&names);
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == ':';
}

/* `word` as a word of its own; a parameter's name is another word, with its colon. */
static bool has_word(const char *sql, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = sql; (p = strcasestr(p, word)); p++) {
		if ((p == sql || !in_word(p[-1])) && !in_word(p[len]))
			return true;
	}
	return false;
}

static void check_words(const char *name, const char *sql)
{
	for (size_t i = 0; i < ARRAY_LEN(forbidden); i++) {
		if (has_word(sql, forbidden[i]))
			fail_msg("%s: %s is not for both engines", name, forbidden[i]);
	}
}

TEST(no_query_quotes_a_text_or_uses_what_one_engine_alone_has)
{
	for (size_t i = 0; i < query_count(); i++) {
		const struct query *q = query_at(i);

		if (strpbrk(q->sql, "'\"`;?$@#"))
			fail_msg("%s: values are bound, never written", q->name);
		check_words(q->name, q->sql);
	}
}

TEST(the_schema_uses_the_types_that_both_engines_have)
{
	static const char sqlite_only[] = "/*sqlite WITHOUT ROWID */;";

	for (const struct migration *m = migrations; m->version != 0; m++) {
		struct buf code = buf_new(MIB);
		struct str rest = str_of(m->sql), line;

		while (str_split(&rest, '\n', &line)) {
			const char *comment = memmem(line.p, line.len, "--", 2);

			/* Nothing else may be for one engine alone. */
			if (!comment)
				comment = memmem(line.p, line.len, sqlite_only,
						 sizeof(sqlite_only) - 1);

			buf_put(&code, line.p, comment ? (size_t)(comment - line.p) : line.len);
			buf_putc(&code, '\n');
		}
		check_words(m->name, (const char *)code.data);
		buf_done(&code);
	}
}

TEST(R5_a_query_without_the_provider_says_so_in_its_name)
{
	for (size_t i = 0; i < query_count(); i++) {
		const struct query *q = query_at(i);
		bool bound = has_word(q->sql, ":provider");
		bool system = strncmp(q->name, "system_", 7) == 0;

		if (!bound && !system)
			fail_msg("%s does not bind :provider", q->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(every_query_prepares_on_sqlite),
		RUN(every_query_has_a_name_of_its_own),
		RUN(no_query_quotes_a_text_or_uses_what_one_engine_alone_has),
		RUN(the_schema_uses_the_types_that_both_engines_have),
		RUN(R5_a_query_without_the_provider_says_so_in_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
