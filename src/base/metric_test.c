#include "base/metric.h"
#include "base/test.h"
#include "base/thread.h"

#include <string.h>

static void count(void *arg)
{
	for (int i = 0; i < 100000; i++)
		metric_add(M_REQUESTS, 1);
}

TEST(threads_count_together)
{
	struct thread *t = thread_start("count", count, NULL);

	count(NULL);
	thread_join(&t);
	assert_int_equal(metric_get(M_REQUESTS), 200000);
}

TEST(figures_are_written_in_prometheus_form)
{
	struct buf b = buf_new(64 * KIB);

	metric_set(M_POLLS, 5);
	metric_add(M_POLLS, -2);
	metric_write("imprimatur_hub_polls", &b);
	assert_string_equal((char *)b.data, "# HELP imprimatur_hub_polls Open polls of connectors\n"
					    "# TYPE imprimatur_hub_polls gauge\n"
					    "imprimatur_hub_polls 3\n");
	buf_clear(&b);
	metric_write("imprimatur_nothing", &b);
	assert_int_equal(b.len, 0);
	buf_done(&b);
}

TEST(counters_end_in_total_and_gauges_do_not)
{
	enum { COUNTER = 1, GAUGE = 0 };
	static const struct {
		int counter;
		const char *name;
	} rows[] = {
#define X(name, kind, text_name, help) { kind, text_name },
#include "base/metric.def"
#undef X
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *end = strstr(rows[i].name, "_total");

		assert_int_equal(rows[i].counter, end && strlen(end) == strlen("_total"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(threads_count_together),
		RUN(figures_are_written_in_prometheus_form),
		RUN(counters_end_in_total_and_gauges_do_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
