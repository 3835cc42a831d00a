/* install_test.c - the install folder tells what the server tells. */
#include "base/test.h"
#include "base/file.h"
#include "sim/install.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
	char dir[40];
	struct arena mem;
	struct scenario scenario;
	struct buf text;
};

static void make(struct folder *f)
{
	*f = (struct folder){ .dir = "/tmp/imprimatur-sim-XXXXXX", .text = buf_new(64 * KIB) };
	assert_non_null(mkdtemp(f->dir));
	scenario_default(&f->mem, &f->scenario);
}

static const char *file_of(struct folder *f, const char *name)
{
	return arena_printf(&f->mem, "%s/server/%s", f->dir, name);
}

static const char *read_text(struct folder *f, const char *name)
{
	buf_clear(&f->text);
	assert_int_equal(file_read(file_of(f, name), &f->text), 0);
	buf_put(&f->text, "", 1);
	return (const char *)f->text.data;
}

static void clear(struct folder *f)
{
	assert_int_equal(file_remove(file_of(f, "version.txt")), 0);
	assert_int_equal(file_remove(file_of(f, "server.properties")), 0);
	assert_int_equal(file_remove_dir(arena_printf(&f->mem, "%s/server", f->dir)), 0);
	assert_int_equal(file_remove_dir(f->dir), 0);
	buf_done(&f->text);
	arena_done(&f->mem);
}

TEST(version_txt_names_product_version_and_build)
{
	struct folder f;

	make(&f);
	assert_int_equal(install_write(f.dir, &f.scenario, 9191, 0), 0);
	assert_string_equal(read_text(&f, "version.txt"), "PaperCut MF 22.0.4 (Build 65000)\n");
	f.scenario.product = SIM_NG;
	f.scenario.version = "16.4 (Build 39159)";
	assert_int_equal(install_write(f.dir, &f.scenario, 9191, 0), 0);
	assert_string_equal(read_text(&f, "version.txt"), "PaperCut NG 16.4 (Build 39159)\n");
	clear(&f);
}

TEST(server_properties_has_the_ports_that_listen_and_is_its_owners_alone)
{
	struct folder f;
	struct stat st;
	const char *text;

	make(&f);
	assert_int_equal(install_write(f.dir, &f.scenario, 40001, 40002), 0);
	text = read_text(&f, "server.properties");
	assert_non_null(strstr(text, "\nserver.port=40001\nserver.ssl.port=40002\n"));
	assert_non_null(strstr(text, "\nadmin.password=HASH\\:$2a$10$"));
	assert_null(strstr(text, f.scenario.admin->password));
	assert_int_equal(stat(file_of(&f, "server.properties"), &st), 0);
	assert_int_equal(st.st_mode & 0777, FILE_PRIVATE);
	assert_int_equal(install_write(f.dir, &f.scenario, 9191, 0), 0);
	assert_non_null(strstr(read_text(&f, "server.properties"), "\nserver.ssl.port=9192\n"));
	clear(&f);
}

TEST(a_folder_that_cannot_be_made_is_told)
{
	struct folder f;

	make(&f);
	assert_int_equal(install_write("/dev/null", &f.scenario, 9191, 0), -ENOTDIR);
	assert_int_equal(install_write(f.dir, &f.scenario, 9191, 0), 0);
	clear(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(version_txt_names_product_version_and_build),
		RUN(server_properties_has_the_ports_that_listen_and_is_its_owners_alone),
		RUN(a_folder_that_cannot_be_made_is_told),
	};

	return cmocka_run_group_tests_name("sim.install", tests, NULL, NULL);
}
