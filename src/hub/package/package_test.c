/* What the hub hands out, by a folder of real files and through the API. */
#include "hub/package/package.h"

#include "base/file.h"
#include "base/test.h"
#include "hub/test_world.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME    "imprimatur-connector_0.1.0~rc1+b2_amd64.deb"
#define CONTENT "a package, octet by octet"

static char dir[] = "/tmp/imprimatur-packages-XXXXXX";
static struct buf sums;

static const char *at(const char *name)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const char *content)
{
	assert_int_equal(file_replace(at(name), content, strlen(content), FILE_PUBLIC), 0);
}

/* A line of SHA256SUMS that says `name` had this content. */
static void say(const char *name, const char *content)
{
	char hex[2 * HASH_LEN + 1];
	struct hash h = hash_of(content, strlen(content));

	hash_hex(&h, hex);
	buf_printf(&sums, "%s  %s\n", hex, name);
	assert_int_equal(file_replace(at("SHA256SUMS"), sums.data, sums.len, FILE_PUBLIC), 0);
}

static int remove_entry(const char *name, void *arg)
{
	return file_remove(at(name)) == 0 ? 0 : file_remove_dir(at(name));
}

static int setup(void **state)
{
	strcpy(strchr(dir, 0) - 6, "XXXXXX");
	sums = buf_new(64 * KIB);
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	buf_done(&sums);
	return file_list(dir, remove_entry, NULL) < 0 ? -1 : rmdir(dir);
}

static void expect_names(size_t len, const char *first)
{
	struct packages *p = packages_load(dir);

	assert_int_equal(p->len, len);
	if (len)
		assert_string_equal(((struct package *)p->items[0])->name, first);
	packages_free(&p);
}

TEST(R7_a_package_is_told_with_what_its_name_says_and_its_sum)
{
	struct packages *p;
	const struct package *package;

	put(NAME, CONTENT);
	say(NAME, CONTENT);
	p = packages_load(dir);
	package = packages_find(p, NAME);
	assert_non_null(package);
	assert_string_equal(package->os, "debian");
	assert_string_equal(package->arch, "amd64");
	assert_string_equal(package->version, "0.1.0~rc1+b2");
	assert_int_equal(package->bytes, strlen(CONTENT));
	assert_int_equal(strlen(package->sha256_text), 64);
	assert_true(str_eq(buf_str(&package->data), STR(CONTENT)));
	assert_null(packages_find(p, "SHA256SUMS"));
	packages_free(&p);
}

TEST(R7_without_a_folder_or_its_sums_nothing_is_handed_out)
{
	struct packages *p = packages_load(NULL);

	assert_int_equal(p->len, 0);
	packages_free(&p);
	put(NAME, CONTENT);
	expect_names(0, NULL);
	p = packages_load("/nonexistent");
	assert_int_equal(p->len, 0);
	packages_free(&p);
}

TEST(R7_a_package_that_is_not_as_its_sum_says_is_not_handed_out)
{
	put(NAME, CONTENT "!");
	say(NAME, CONTENT);
	put("imprimatur-connector_0.2.0_arm64.deb", CONTENT);
	say("imprimatur-connector_0.2.0_arm64.deb", CONTENT);
	say("imprimatur-connector_0.3.0_arm64.deb", CONTENT);
	expect_names(1, "imprimatur-connector_0.2.0_arm64.deb");
}

TEST(R7_a_link_a_folder_and_a_pipe_are_not_followed_read_or_waited_for)
{
	static const char *const names[] = {
		"imprimatur-connector_1_link.deb",
		"imprimatur-connector_1_folder.deb",
		"imprimatur-connector_1_pipe.deb",
	};

	put("secret", CONTENT);
	assert_int_equal(symlink("secret", at(names[0])), 0);
	assert_int_equal(mkdir(at(names[1]), 0700), 0);
	assert_int_equal(mkfifo(at(names[2]), 0600), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		say(names[i], CONTENT);
	expect_names(0, NULL);
}

TEST(R7_only_names_of_connector_packages_are_handed_out)
{
	static const char *const names[] = {
		"imprimatur-hub_0.1.0_amd64.deb", "../imprimatur-connector_1_a.deb",
		"imprimatur-connector_1_a.rpm",   "imprimatur-connector_.deb",
		"imprimatur-connector__a.deb",    "imprimatur-connector_1_.deb",
		"imprimatur-connector_1 2_a.deb", "imprimatur-connector_../x_a.deb",
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (!strchr(names[i], '/'))
			put(names[i], CONTENT);
		say(names[i], CONTENT);
	}
	expect_names(0, NULL);
	buf_puts(&sums, "\n \nno sum\n");
	put("imprimatur-connector_1_a.deb", CONTENT);
	say("imprimatur-connector_1_a.deb", CONTENT);
	expect_names(1, "imprimatur-connector_1_a.deb");
}

TEST(no_more_than_the_limit_is_kept)
{
	char name[64];

	for (unsigned i = 0; i < PACKAGES_MAX + 2; i++) {
		snprintf(name, sizeof(name), "imprimatur-connector_%u_a.deb", i);
		put(name, CONTENT);
		say(name, CONTENT);
	}
	expect_names(PACKAGES_MAX, "imprimatur-connector_0_a.deb");
}

static void expect_not_found(struct world *w, const char *path)
{
	struct answer a = world_call(w, NULL, "GET", path, NULL);

	if (a.status != 404)
		print_error("%s: %d\n", path, a.status);
	assert_int_equal(a.status, 404);
	answer_done(&a);
}

TEST(R7_a_package_is_listed_and_downloaded_without_a_login_and_nothing_else_is)
{
	struct world *w = world_new();
	struct answer a = world_call(w, NULL, "GET", "/api/v1/packages", NULL);

	assert_true(answer_has(&a, "{\"items\":[]}"));
	answer_done(&a);
	put(NAME, CONTENT);
	put("secret", CONTENT);
	say(NAME, CONTENT);
	w->config.packages_dir = dir;
	world_restart(w);
	a = world_call(w, NULL, "GET", "/api/v1/packages", NULL);
	assert_int_equal(a.status, 200);
	assert_string_equal(answer_member(&a, "name"), NAME);
	answer_done(&a);
	a = world_call(w, NULL, "GET", "/packages/" NAME, NULL);
	assert_int_equal(a.status, 200);
	assert_true(str_eq(buf_str(&a.body), STR(CONTENT)));
	assert_string_equal(answer_header(&a, "content-disposition"),
			    "attachment; filename=\"" NAME "\"");
	assert_string_equal(answer_header(&a, "x-content-type-options"), "nosniff");
	answer_done(&a);
	expect_not_found(w, "/packages/secret");
	expect_not_found(w, "/packages/SHA256SUMS");
	expect_not_found(w, "/packages/../secret");
	expect_not_found(w, "/packages/%2e%2e%2fsecret");
	expect_not_found(w, "/packages/" NAME "%00");
	expect_not_found(w, "/packages/" NAME "/");
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			R7_a_package_is_told_with_what_its_name_says_and_its_sum, setup, teardown),
		cmocka_unit_test_setup_teardown(
			R7_without_a_folder_or_its_sums_nothing_is_handed_out, setup, teardown),
		cmocka_unit_test_setup_teardown(
			R7_a_package_that_is_not_as_its_sum_says_is_not_handed_out, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			R7_a_link_a_folder_and_a_pipe_are_not_followed_read_or_waited_for, setup,
			teardown),
		cmocka_unit_test_setup_teardown(R7_only_names_of_connector_packages_are_handed_out,
						setup, teardown),
		cmocka_unit_test_setup_teardown(no_more_than_the_limit_is_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(
			R7_a_package_is_listed_and_downloaded_without_a_login_and_nothing_else_is,
			setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
