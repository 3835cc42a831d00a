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

static int empty_one(const char *name, void *arg)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", (const char *)arg, name);
	if (file_remove(path) == 0)
		return 0;
	/* A folder: what is in it goes; the folder itself may stay. */
	return file_list(path, empty_one, path);
}

const char *test_dir(const char *name)
{
	static char paths[DIRS][512];
	const char *base = getenv("TMPDIR");
	char path[512];
	size_t i = 0;

	snprintf(path, sizeof(path), "%s/imprimatur-test-%" PRId64 "-%s", base ? base : "/tmp",
		 os_pid(), name);
	while (i < DIRS && paths[i][0] && strcmp(paths[i], path) != 0)
		i++;
	assert_in_range(i, 0, DIRS - 1);
	memcpy(paths[i], path, sizeof(path));
	assert_int_equal(file_make_dir(path), 0);
	assert_int_equal(file_list(path, empty_one, path), 0);
	return paths[i];
}

const char *test_path(const char *dir, const char *name)
{
	static char paths[DIRS][1024];
	static unsigned next;
	char *path = paths[next++ % DIRS];

	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}
