/* ingest_test.c - what is remembered from one call to the next changes no answer. */
#include "hub/report/ingest.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/test.h"
#include "db/fixture.h"
#include "db/stmt.h"
#include "hub/known.h"
#include <math.h>
#include <string.h>

#define DISK   "5" /* the number of disk_used_percent */
#define MINUTE INT64_C(60000)

QUERY(q_rows, "test_series_rows",
      "SELECT at_ms, value FROM series WHERE provider_id = :provider AND subject_id = :site"
      " AND series = " DISK " ORDER BY at_ms");

static struct fixture *f;
static struct known *known;

static int setup(void **state)
{
	f = fixture_new();
	known = known_new();
	return 0;
}

static int teardown(void **state)
{
	known_free(&known);
	fixture_free(&f);
	return 0;
}

#define RECORDS 11

/* A connector that sends each record in a call of its own. */
struct sender {
	struct id provider, customer, site, connector;
	struct epoch epoch;
	int64_t begin_ms;
	double disk[RECORDS + 1];     /* what each record tells, by its number; NaN: it is a gap */
	struct hash end[RECORDS + 1]; /* the digest of each record */
	bool remembers;
	struct report_tail tail;
};

static void put_data(const struct sender *s, size_t seq, struct arena *mem, struct buf *out)
{
	struct json_problem problem;
	int64_t at_ms = s->begin_ms + (int64_t)seq * MINUTE;
	struct gap gap = { at_ms, at_ms + 1, 1, GAP_MONITORING_OFF };
	struct report r;

	if (isnan(s->disk[seq]))
		return json_encode(&gap_schema, &gap, 0, out);
	json_init(&report_schema, &r);
	r.schema = REPORT_SCHEMA_MAX;
	r.at_ms = at_ms;
	r.source = SOURCE_PAPERCUT;
	r.connector = REPORT_NEW(mem, struct report_connector, &report_connector_schema);
	r.connector->version = "1.0.0";
	r.health = REPORT_NEW(mem, struct report_health, &report_health_schema);
	r.health->read_at_ms = at_ms;
	r.health->disk_used_percent = s->disk[seq];
	if (report_encode(&r, REPORT_SCHEMA_MAX, out, &problem) < 0)
		fail_msg("%s %s", problem.field, problem.detail);
}

/* The record as it is sent, and its digest. */
static void put_record(struct sender *s, size_t seq, struct buf *out)
{
	struct buf data = buf_new(RECORD_MAX);
	struct record record = { .kind = isnan(s->disk[seq]) ? RECORD_GAP : RECORD_REPORT,
				 .epoch = s->epoch,
				 .seq = seq,
				 .prev = s->end[seq - 1],
				 .at_ms = s->begin_ms + (int64_t)seq * MINUTE };
	struct arena mem = {};

	put_data(s, seq, &mem, &data);
	record.data = buf_str(&data);
	assert_int_equal(record_encode(&record, out, &s->end[seq]), 0);
	buf_done(&data);
	arena_done(&mem);
}

/* Makes the records from `first` on, each with the digest of the one before. */
static void make_records(struct sender *s, size_t first)
{
	struct buf raw = buf_new(RECORD_CALL_MAX);

	for (size_t seq = first; seq <= RECORDS; seq++)
		put_record(s, seq, &raw);
	buf_done(&raw);
}

static struct sender sender_new(bool remembers)
{
	static const double disk[] = { 0, 40, 40, 41, 42, 43, 44, 44, 43, NAN, 45, 46 };
	struct sender s = { .provider = fixture_provider(f),
			    .customer = id_new(),
			    .site = id_new(),
			    .connector = id_new(),
			    .epoch = { "epoch" },
			    .begin_ms = clock_wall_ms() - SERIES_HOUR_MS,
			    .remembers = remembers };

	static_assert(sizeof(disk) == sizeof(s.disk), "one a record");
	memcpy(s.disk, disk, sizeof(disk));
	make_records(&s, 1);
	assert_int_equal(keyring_make(f->keys, s.provider, s.customer), 0);
	return s;
}

/* One call; what came of it is in *ret. */
static int send(struct sender *s, size_t seq, struct ingest *ret)
{
	struct buf raw = buf_new(RECORD_CALL_MAX);
	struct arena mem = {};
	struct record record;
	struct cur in;
	int rc;

	put_record(s, seq, &raw);
	in = cur_of(raw.data, raw.len);
	assert_int_equal(record_decode(&in, &record), 0);
	*ret = (struct ingest){ .call = { .id = id_new(),
					  .connector = s->connector,
					  .received_ms = clock_wall_ms(),
					  .input = "sig=()" },
				.site = s->site,
				.customer = s->customer,
				.records = &record,
				.records_len = 1,
				.from = "192.0.2.1",
				.known = known,
				.report_ms = JSON_ABSENT_INT,
				.status = -1 };
	status_facts_init(&ret->facts);
	if (s->remembers)
		ret->tail = s->tail;
	rc = db_wait_write(f->db, s->provider, ingest_run, ret, &mem);
	s->tail = rc < 0 ? (struct report_tail){} : ret->tail;
	arena_done(&mem);
	buf_done(&raw);
	return rc;
}

/* The rows of what the records tell, by the minute. */
struct rows {
	struct id site;
	int64_t begin_ms;
	bool any[RECORDS + 1];
	double value[RECORDS + 1];
};

static int rows_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct rows *rows = arg;
	struct stmt *st = tenant_query(db, &q_rows);

	stmt_id(st, ":site", rows->site);
	while (stmt_row(st)) {
		size_t minute = (size_t)((col_i64(st, 0) - rows->begin_ms) / MINUTE);

		assert_in_range(minute, 1, RECORDS);
		rows->any[minute] = true;
		rows->value[minute] = col_f64(st, 1);
	}
	return stmt_end(st);
}

static void assert_rows(const struct sender *s)
{
	/* 2 and 7 say what the one before said. */
	static const bool any[] = { 0, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1 };
	struct rows rows = { .site = s->site, .begin_ms = s->begin_ms };
	struct arena mem = {};

	assert_int_equal(db_wait_write(f->db, s->provider, rows_run, &rows, &mem), 0);
	for (size_t seq = 1; seq <= RECORDS; seq++) {
		assert_int_equal(rows.any[seq], any[seq]);
		assert_true(!any[seq] || rows.value[seq] == s->disk[seq] ||
			    (isnan(rows.value[seq]) && isnan(s->disk[seq])));
	}
	arena_done(&mem);
}

TEST(what_is_remembered_of_a_chain_and_its_series_changes_no_answer)
{
	/* One comes again, one late, one is a gap in which monitoring was off. */
	static const size_t calls[] = { 1, 2, 3, 3, 4, 6, 7, 5, 8, 9, 10, 11 };
	struct sender asks = sender_new(false), remembers = sender_new(true);

	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		struct ingest a, b;

		assert_int_equal(send(&asks, calls[i], &a), 0);
		assert_int_equal(send(&remembers, calls[i], &b), 0);
		assert_int_equal(a.answer.acked, b.answer.acked);
		assert_int_equal(a.answer.ranges.len, b.answer.ranges.len);
		assert_int_equal(a.stored, b.stored);
		assert_int_equal(a.again, b.again);
	}
	assert_int_equal(remembers.tail.acked, RECORDS);
	assert_rows(&asks);
	assert_rows(&remembers);
}

TEST(a_fork_is_seen_by_who_remembers_the_chain)
{
	struct sender s = sender_new(true);
	struct report_tail tail;
	struct ingest in;

	for (size_t seq = 1; seq <= 3; seq++)
		assert_int_equal(send(&s, seq, &in), 0);
	tail = s.tail;
	assert_int_equal(tail.acked, 3);
	/* The same numbers, other content from 3 on. */
	s.disk[3] = 50;
	make_records(&s, 3);
	assert_int_equal(send(&s, 3, &in), ERR_FORK);
	s.tail = tail;
	assert_int_equal(send(&s, 4, &in), ERR_FORK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_is_remembered_of_a_chain_and_its_series_changes_no_answer, setup,
			teardown),
		cmocka_unit_test_setup_teardown(a_fork_is_seen_by_who_remembers_the_chain, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
