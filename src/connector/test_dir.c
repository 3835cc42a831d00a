/* test_dir.c - see test_dir.h. */
#include "base/test.h"
#include "connector/test_dir.h"
#include "base/file.h"
#include "base/os.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIRS 8

static char paths[DIRS][512];

/* A file or a whole folder; remove(3) takes both. */
static int remove_all(const char *name, void *arg)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", (const char *)arg, name);
	if (remove(path) == 0)
		return 0;
	if (file_list(path, remove_all, path) == 0)
		remove(path);
	return 0;
}

static void remove_dirs(void)
{
	for (size_t i = 0; i < DIRS && paths[i][0]; i++)
		if (file_list(paths[i], remove_all, paths[i]) == 0)
			remove(paths[i]);
}

const char *test_dir(const char *name)
{
	const char *base = getenv("TMPDIR");
	char path[512];
	size_t i = 0;

	snprintf(path, sizeof(path), "%s/imprimatur-test-%" PRId64 "-%s", base ? base : "/tmp",
		 os_pid(), name);
	if (!paths[0][0])
		atexit(remove_dirs);
	while (i < DIRS && paths[i][0] && strcmp(paths[i], path) != 0)
		i++;
	assert_in_range(i, 0, DIRS - 1);
	memcpy(paths[i], path, sizeof(path));
	assert_int_equal(file_make_dir(path), 0);
	assert_int_equal(file_list(path, remove_all, path), 0);
	return paths[i];
}

const char *test_path(const char *dir, const char *name)
{
	static char texts[DIRS][1024];
	static unsigned next;
	char *path = texts[next++ % DIRS];

	snprintf(path, sizeof(texts[0]), "%s/%s", dir, name);
	return path;
}
