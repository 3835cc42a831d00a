#include "net/dial.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/test.h"
#include "net/listen.h"

static void accept_from(int server, const char *expected)
{
	struct pollfd waits = { .fd = server, .events = POLLIN };
	struct sockaddr_storage from;
	char text[ADDRESS_TEXT_MAX];
	int fd;

	assert_int_equal(poll(&waits, 1, 5000), 1);
	fd = listen_accept(server, &from);
	assert_true(fd >= 0);
	address_text(&from, text);
	assert_string_equal(text, expected);
	close(fd);
}

TEST(a_connection_to_this_machine_comes_from_the_address_that_was_asked_for)
{
	static const struct {
		size_t source;
		const char *from;
	} rows[] = { { 0, "127.0.0.1" }, { 7, "127.0.0.8" }, { DIAL_SOURCES, "127.0.0.1" } };
	struct address at;
	struct dial *d;
	const char *why;
	int server, fd;

	assert_int_equal(listen_open("127.0.0.1:0", LISTEN_PLAIN, &at, &server), 0);
	assert_int_equal(dial_new("127.0.0.1", (uint16_t)listen_port(server), &d, &why), 0);
	assert_true(dial_is_here(d));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(dial_start(d, rows[i].source, &fd), 0);
		accept_from(server, rows[i].from);
		close(fd);
	}
	dial_free(&d);
	assert_null(d);
	listen_close(server, &at);
}

TEST(a_name_that_there_is_not_says_so)
{
	struct dial *d = NULL;
	const char *why = NULL;

	assert_int_equal(dial_new("a..b", 443, &d, &why), ERR_UNREACHABLE);
	assert_non_null(why);
	assert_null(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_connection_to_this_machine_comes_from_the_address_that_was_asked_for),
		RUN(a_name_that_there_is_not_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
