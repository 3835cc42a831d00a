/* bufq_test.c - the chunk queue: octets keep their order, memory its bounds, and nothing stays
 * readable. */
#include "base/test.h"
#include "net/bufq.h"

#include <stdlib.h>
#include <string.h>

#include "net/loop.h"
#include "net/test_net.h"

static void put(struct loop *l, struct bufq *q, size_t from, size_t len)
{
	uint8_t *data = malloc(len + 1);

	for (size_t i = 0; i < len; i++)
		data[i] = test_octet(from + i);
	bufq_put(l, q, data, len);
	free(data);
}

TEST(octets_leave_in_the_order_and_number_in_which_they_came)
{
	static const size_t sizes[] = { 1, 100, BUFQ_CHUNK - 101, BUFQ_CHUNK, 3 * BUFQ_CHUNK + 7,
					0, 5 };
	struct loop *l = loop_new();
	struct bufq q = { 0 };
	size_t in = 0, out = 0;
	uint8_t got[5000];

	for (size_t round = 0; round < 20; round++) {
		size_t n = sizes[round % ARRAY_LEN(sizes)];

		put(l, &q, in, n);
		in += n;
		assert_int_equal(q.len, in - out);
		assert_int_equal(loop_counts(l).buffered_bytes, q.len);
		n = bufq_take(l, &q, got, round * 250);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(got[i], test_octet(out + i));
		out += n;
	}
	while (q.len) {
		struct str s = bufq_peek(&q);

		assert_true(s.len > 0);
		assert_int_equal((uint8_t)s.p[0], test_octet(out));
		out += s.len;
		bufq_drop(l, &q, s.len);
	}
	assert_int_equal(in, out);
	assert_null(q.first);
	assert_int_equal(bufq_peek(&q).len, 0);
	assert_int_equal(bufq_take(l, &q, got, sizeof(got)), 0);
	loop_free(&l);
}

TEST(few_chunks_are_kept_for_reuse)
{
	struct loop *l = loop_new();
	struct bufq q = { 0 };

	assert_int_equal(loop_counts(l).spare_bytes, 0);
	put(l, &q, 0, 4 * MIB);
	assert_int_equal(loop_counts(l).buffered_bytes, 4 * MIB);
	bufq_done(l, &q);
	assert_int_equal(loop_counts(l).buffered_bytes, 0);
	assert_int_equal(loop_counts(l).spare_bytes, MIB);
	put(l, &q, 0, 10);
	assert_int_equal(loop_counts(l).spare_bytes, MIB - 16 * KIB);
	bufq_done(l, &q);
	loop_free(&l);
}

TEST(few_octets_cost_as_much_memory_as_many)
{
	struct loop *l = loop_new();
	struct bufq small[10] = {}, large = {};

	assert_int_equal(bufq_all_memory(), 0);
	for (size_t i = 0; i < ARRAY_LEN(small); i++)
		put(l, &small[i], 0, 1);
	assert_int_equal(bufq_memory(&small[0]), 16 * KIB);
	assert_int_equal(bufq_all_memory(), 10 * 16 * KIB);
	put(l, &large, 0, 10 * BUFQ_CHUNK);
	assert_int_equal(bufq_memory(&large), 10 * 16 * KIB);
	assert_int_equal(bufq_all_memory(), 20 * 16 * KIB);
	for (size_t i = 0; i < ARRAY_LEN(small); i++)
		bufq_done(l, &small[i]);
	bufq_done(l, &large);
	assert_int_equal(bufq_memory(&large), 0);
	assert_int_equal(bufq_all_memory(), 0);
	loop_free(&l);
}

TEST(a_chunk_is_wiped_when_it_has_been_read)
{
	struct loop *l = loop_new();
	struct bufq q = { 0 };
	const char *was;

	bufq_put(l, &q, "a secret", 8);
	was = bufq_peek(&q).p;
	bufq_drop(l, &q, 8);
	/* The chunk is a spare one now, still ours to look at. */
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(was[i], 0);
	loop_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(octets_leave_in_the_order_and_number_in_which_they_came),
		RUN(few_chunks_are_kept_for_reuse),
		RUN(few_octets_cost_as_much_memory_as_many),
		RUN(a_chunk_is_wiped_when_it_has_been_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
