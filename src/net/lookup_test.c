/* lookup_test.c - the resolver answers on the loop, and not after it was told not to. */
#include "base/test.h"
#include "net/lookup.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "net/test_net.h"

struct asked {
	int calls, rc;
	size_t len;
	char first[ADDRESS_TEXT_MAX];
};

static void on_found(int rc, const struct address *list, size_t len, void *owner)
{
	struct asked *k = owner;

	k->calls++;
	k->rc = rc;
	k->len = len;
	if (len)
		address_text(&list[0].sa, k->first);
}

static bool is_told(void *arg)
{
	return ((struct asked *)arg)->calls > 0;
}

TEST(an_address_is_itself)
{
	static const char *const hosts[] = { "127.0.0.1", "::1" };
	struct loop *l = loop_new();

	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		struct asked k = {};

		lookup_start(l, hosts[i], 80, on_found, &k);
		assert_int_equal(k.calls, 0);
		assert_true(loop_run_until(l, is_told, &k, TEST_WAIT_MS));
		assert_int_equal(k.rc, 0);
		assert_true(k.len > 0);
		assert_string_equal(k.first, hosts[i]);
	}
	loop_free(&l);
}

/* RFC 6761 section 6.4 keeps the name free; without a resolver it fails as well. */
TEST(a_name_without_an_address_fails)
{
	struct loop *l = loop_new();
	struct asked k = {};

	lookup_start(l, "no such host", 80, on_found, &k);
	assert_true(loop_run_until(l, is_told, &k, 60 * 1000));
	assert_int_equal(k.rc, ERR_UNREACHABLE);
	assert_int_equal(k.len, 0);
	loop_free(&l);
}

TEST(one_that_is_cancelled_tells_nothing_whenever_that_is)
{
	struct loop *l = loop_new();
	struct asked k = {}, last = {};
	struct lookup *first = lookup_start(l, "127.0.0.1", 80, on_found, &k);

	lookup_cancel(&first);
	assert_null(first);
	lookup_cancel(&first);
	lookup_start(l, "127.0.0.1", 80, on_found, &last);
	assert_true(loop_run_until(l, is_told, &last, TEST_WAIT_MS));
	test_turns(l, 20);
	assert_int_equal(k.calls, 0);
	/* And one that the loop's end cuts short. */
	lookup_start(l, "127.0.0.1", 80, on_found, &k);
	loop_free(&l);
	assert_int_equal(k.calls, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_itself),
		cmocka_unit_test(a_name_without_an_address_fails),
		cmocka_unit_test(one_that_is_cancelled_tells_nothing_whenever_that_is),
	};

	return cmocka_run_group_tests_name("net.lookup", tests, NULL, NULL);
}
