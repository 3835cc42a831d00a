/* postgres_test.c - the schema loads into PostgreSQL and every named query PREPAREs there.
 *
 * test/checks/postgres starts a private server and runs this program beside it (PGHOST names its
 * socket).  The second engine has no driver yet; this keeps the way to it open. */
#include "base/test.h"
#include "db/migrate.h"
#include "db/stmt.h"

#include <libpq-fe.h>
#include <stdlib.h>

static PGconn *connection;

static int set_up(void **state)
{
	connection = PQconnectdb("");
	if (PQstatus(connection) == CONNECTION_OK)
		return 0;
	print_error("%s", PQerrorMessage(connection));
	return -1;
}

static int tear_down(void **state)
{
	PQfinish(connection);
	return 0;
}

/* 0, or 1 with the server's words on standard error. */
static int check(PGresult *result, const char *what)
{
	ExecStatusType status = PQresultStatus(result);
	int failed = status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY;

	if (failed)
		print_error("%s: %s", what, PQresultErrorMessage(result));
	PQclear(result);
	return failed;
}

TEST(the_schema_loads_into_postgresql)
{
	for (const struct migration *m = migrations; m->version != 0; m++)
		assert_int_equal(check(PQexec(connection, m->sql), m->name), 0);
}

TEST(every_query_prepares_on_postgresql)
{
	int failed = 0;

	assert_true(query_count() > 0);
	for (size_t i = 0; i < query_count(); i++) {
		const struct query *q = query_at(i);
		struct buf sql = buf_new(64 * KIB);

		assert_true(query_positional(q->sql, &sql) >= 0);
		failed +=
			check(PQprepare(connection, "", (const char *)sql.data, 0, NULL), q->name);
		buf_done(&sql);
	}
	assert_int_equal(failed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(the_schema_loads_into_postgresql),
		RUN(every_query_prepares_on_postgresql),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
