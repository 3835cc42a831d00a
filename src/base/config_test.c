#include "base/config.h"
#include "base/err.h"
#include "base/file.h"
#include "base/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct settings {
	const char *dir, *name, *secret;
	int64_t port, hold_ms, spool_bytes;
	bool on;
	int level;
};

#define AT(member) offsetof(struct settings, member)

/* clang-format off */
static const struct option options[] = {
	{ "data.dir",    OPTION_PATH,     AT(dir),         "data", NULL, NULL, NULL, 0, "Where." },
	{ "hub.name",    OPTION_TEXT,     AT(name),        NULL, NULL, NULL, NULL, OPTION_REQUIRED, "Who." },
	{ "hub.secret",  OPTION_TEXT,     AT(secret),      NULL, NULL, NULL, NULL, OPTION_SECRET, "What." },
	{ "http.port",   OPTION_INT,      AT(port),        "443", "1", "65535", NULL, 0, "Port." },
	{ "log.level",   OPTION_CHOICE,   AT(level),       NULL, NULL, NULL, "error|warn|info", 0, "How much." },
	{ "poll.hold",   OPTION_DURATION, AT(hold_ms),     "25s", "5s", "60s", NULL, OPTION_RELOAD, "How long." },
	{ "spool.on",    OPTION_BOOL,     AT(on),          "yes", NULL, NULL, NULL, 0, "Whether." },
	{ "spool.size",  OPTION_SIZE,     AT(spool_bytes), "64MB", "1KB", NULL, NULL, 0, "How big." },
	{}
};
/* clang-format on */

static struct arena mem;
static struct config_problem problem;
static struct settings s;

static int parse(const char *text)
{
	return config_parse(str_of(text), options, &mem, &s, &problem);
}

static void refused(const char *text, int line, const char *why)
{
	assert_int_equal(parse(text), ERR_CONFIG);
	assert_string_equal(problem.text, why);
	assert_int_equal(problem.line, line);
}

static int free_memory(void **state)
{
	arena_done(&mem);
	return 0;
}

TEST(values_are_read_and_the_rest_has_its_default)
{
	assert_int_equal(parse("\xef\xbb\xbf# a comment\r\n"
			       "\r\n"
			       "hub.name = a = b # c\r\n"
			       "\tpoll.hold=5s\n"
			       "log.level = info\n"
			       "spool.on = no\n"
			       "spool.size = 2GB"),
			 0);
	assert_string_equal(s.name, "a = b # c");
	assert_string_equal(s.dir, "data");
	assert_null(s.secret);
	assert_int_equal(s.port, 443);
	assert_int_equal(s.hold_ms, 5000);
	assert_int_equal(s.level, 2);
	assert_false(s.on);
	assert_true(s.spool_bytes == (int64_t)2 << 30);
}

TEST(what_does_not_fit_is_told_with_its_line)
{
	refused("", 0, "hub.name must be given");
	refused("hub.name\n", 1, "not a line of the form name = value");
	refused("\n= x\n", 2, "not a line of the form name = value");
	refused("Hub Name = x\n", 1, "not a line of the form name = value");
	refused("hub.nam = x\n", 1, "hub.nam is not known");
	refused("hub.name = x\n#\nhub.name = y\n", 3, "hub.name was given in line 1 already");
	refused("hub.name =\n", 1, "hub.name has no value");
	refused("hub.name = \x1b[31m\n", 1,
		"hub.name has a value with control characters or that is not UTF-8");
	refused("hub.name = \xff\n", 1,
		"hub.name has a value with control characters or that is not UTF-8");
	refused("http.port = 0\n", 1, "http.port must be at least 1");
	refused("http.port = 65536\n", 1, "http.port must be at most 65535");
	refused("http.port = 8443x\n", 1, "http.port must be a whole number");
	refused("http.port = 99999999999999999999\n", 1, "http.port must be a whole number");
	refused("poll.hold = 2m\n", 1, "poll.hold must be at most 60s");
	refused("poll.hold = 25\n", 1, "poll.hold must be a time like 500ms, 25s, 2m, 8h or 14d");
	refused("poll.hold = 9223372036854775807d\n", 1,
		"poll.hold must be a time like 500ms, 25s, 2m, 8h or 14d");
	refused("spool.size = -1KB\n", 1, "spool.size must be a size like 512B, 16KB, 64MB or 2GB");
	refused("spool.on = true\n", 1, "spool.on must be yes or no");
	refused("log.level = all\n", 1, "log.level must be error|warn|info");
}

TEST(what_is_printed_reads_back_and_secrets_are_not_shown)
{
	struct buf b = buf_new(1000), again = buf_new(1000);

	assert_int_equal(parse("hub.name = x y\nspool.size = 1536B\npoll.hold = 5500ms\n"), 0);
	config_print(options, &s, &b);
	assert_string_equal((char *)b.data, "data.dir = data\n"
					    "hub.name = x y\n"
					    "# hub.secret is not set\n"
					    "http.port = 443\n"
					    "# log.level is not set\n"
					    "poll.hold = 5500ms\n"
					    "spool.on = yes\n"
					    "spool.size = 1536B\n");
	assert_int_equal(parse((char *)b.data), 0);
	config_print(options, &s, &again);
	assert_true(str_eq(buf_str(&b), buf_str(&again)));
	assert_int_equal(parse("hub.name = x\nhub.secret = s3cret\nlog.level = warn\n"
			       "spool.size = 64MB\npoll.hold = 1m\n"),
			 0);
	buf_clear(&b);
	config_print(options, &s, &b);
	assert_null(strstr((char *)b.data, "s3cret"));
	assert_non_null(strstr((char *)b.data, "hub.secret = (set)\n"));
	assert_non_null(strstr((char *)b.data, "log.level = warn\n"));
	assert_non_null(strstr((char *)b.data, "spool.size = 64MB\n"));
	assert_non_null(strstr((char *)b.data, "poll.hold = 1m\n"));
	buf_done(&b);
	buf_done(&again);
}

TEST(paths_are_relative_to_the_file_that_names_them)
{
	char dir[] = "/tmp/imprimatur-config-XXXXXX";
	static const char text[] = "hub.name = x\n";
	char *path;

	assert_non_null(mkdtemp(dir));
	path = arena_printf(&mem, "%s/hub.conf", dir);
	assert_int_equal(config_read(path, options, &mem, &s, &problem), -ENOENT);
	assert_int_equal(file_replace(path, text, strlen(text), FILE_PRIVATE), 0);
	assert_int_equal(config_read(path, options, &mem, &s, &problem), 0);
	assert_string_equal(s.dir, arena_printf(&mem, "%s/data", dir));
	assert_int_equal(file_replace(path, "data.dir = /x\nhub.name = y", 26, FILE_PRIVATE), 0);
	assert_int_equal(config_read(path, options, &mem, &s, &problem), 0);
	assert_string_equal(s.dir, "/x");
	assert_int_equal(file_remove(path), 0);
	rmdir(dir);
}

static struct buf text_of(const char *text)
{
	struct buf b = buf_new(500);

	buf_puts(&b, text);
	return b;
}

#define EXPECT_SET(before, name, value, after)                                                     \
	do {                                                                                       \
		struct buf b_ = text_of(before);                                                   \
		assert_int_equal(config_set(&b_, name, value), 0);                                 \
		assert_string_equal((const char *)b_.data, after);                                 \
		buf_done(&b_);                                                                     \
	} while (0)

TEST(one_line_is_set_and_every_other_stays_as_it_is)
{
	EXPECT_SET("# mine\n\na = 1\n  b=2\nc = 3", "b", STR("x y"),
		   "# mine\n\na = 1\nb = x y\nc = 3\n");
	EXPECT_SET("a = 1\n", "b", STR("2"), "a = 1\nb = 2\n");
	EXPECT_SET("", "b", STR("2"), "b = 2\n");
	EXPECT_SET("a = 1\r\nb = 2\r\n", "b", STR("3"), "a = 1\r\nb = 3\n");
	EXPECT_SET("a = 1\n# b = 2\nb = 3\n", "b", (struct str){}, "a = 1\n# b = 2\n");
	EXPECT_SET("ab = 1\n", "b", (struct str){}, "ab = 1\n");
}

TEST(a_value_that_would_be_more_than_a_value_is_refused)
{
	struct buf b = text_of("a = 1\n");

	assert_int_equal(config_set(&b, "a", STR("x\nhub.url = y")), ERR_INVALID);
	assert_int_equal(config_set(&b, "a", STR("x\ry")), ERR_INVALID);
	assert_int_equal(config_set(&b, "a", STR("  ")), ERR_INVALID);
	assert_string_equal((const char *)b.data, "a = 1\n");
	buf_done(&b);
}

TEST(a_files_value_is_what_stands_there)
{
	struct str v;

	assert_true(config_get(STR("# a = 0\n a =  1 = 2 \r\nb = 3"), "a", &v));
	assert_true(str_eq(v, STR("1 = 2")));
	assert_true(config_get(STR("a = 1\nb = 3"), "b", &v));
	assert_true(str_eq(v, STR("3")));
	assert_false(config_get(STR("ab = 1\n"), "b", &v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(values_are_read_and_the_rest_has_its_default),
		RUN(what_does_not_fit_is_told_with_its_line),
		RUN(what_is_printed_reads_back_and_secrets_are_not_shown),
		RUN(paths_are_relative_to_the_file_that_names_them),
		RUN(one_line_is_set_and_every_other_stays_as_it_is),
		RUN(a_value_that_would_be_more_than_a_value_is_refused),
		RUN(a_files_value_is_what_stands_there),
	};

	return cmocka_run_group_tests(tests, NULL, free_memory);
}
