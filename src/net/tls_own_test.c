/* tls_own_test.c - a certificate of one's own, as a listener and a client take it. */
#include "base/test.h"
#include "net/test_net.h"
#include "net/tls_own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/tls.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)

struct place {
	char dir[64], cert[96], key[96];
};

static void make_place(struct place *p)
{
	strcpy(p->dir, "/tmp/imprimatur-own-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->cert, sizeof(p->cert), "%s/cert.pem", p->dir);
	snprintf(p->key, sizeof(p->key), "%s/key.pem", p->dir);
}

static void remove_place(struct place *p)
{
	unlink(p->cert);
	unlink(p->key);
	rmdir(p->dir);
}

TEST(what_is_made_can_be_served_and_is_for_that_name_only)
{
	static const char *const hosts[] = { "print01.example.test", "192.0.2.7", "2001:db8::7" };

	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		struct tls_problem problem;
		struct tls *tls = NULL;
		struct hash sum, again;
		struct tls_view view;
		struct place p;

		make_place(&p);
		assert_int_equal(tls_own_make(p.cert, p.key, hosts[i]), 0);
		assert_true(tls_own_fits(p.cert, hosts[i], 800 * DAY_MS, &sum));
		assert_false(tls_own_fits(p.cert, hosts[i], (TLS_OWN_DAYS + 1) * DAY_MS, &sum));
		assert_false(tls_own_fits(p.cert, "192.0.2.8", 0, &again));
		assert_false(tls_own_fits(p.cert, "print02.example.test", 0, &again));
		assert_true(hash_eq(&sum, &again));
		assert_int_equal(tls_server_new(p.cert, p.key, &tls, &problem), 0);
		tls_view(tls, hosts[i], &view);
		assert_true(view.covers);
		tls_free(&tls);
		remove_place(&p);
	}
}

TEST(both_files_are_private_and_each_is_another)
{
	struct hash first, second;
	struct stat st;
	struct place p;

	make_place(&p);
	assert_int_equal(tls_own_make(p.cert, p.key, "a.test"), 0);
	assert_int_equal(stat(p.key, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(tls_own_fits(p.cert, "a.test", 0, &first));
	assert_int_equal(tls_own_make(p.cert, p.key, "a.test"), 0);
	assert_true(tls_own_fits(p.cert, "a.test", 0, &second));
	assert_false(hash_eq(&first, &second));
	remove_place(&p);
	assert_false(tls_own_fits(p.cert, "a.test", 0, &second));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(what_is_made_can_be_served_and_is_for_that_name_only),
		RUN(both_files_are_private_and_each_is_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
