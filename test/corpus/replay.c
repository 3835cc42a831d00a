/* replay.c - runs a fuzzer over a folder of inputs, for builds without libFuzzer. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define INPUT_MAX (8 * 1024 * 1024)

static int replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *exact;
	uint8_t *all;
	size_t len;

	if (!f)
		return -1;
	all = malloc(INPUT_MAX);
	if (!all)
		abort();
	len = fread(all, 1, INPUT_MAX, f);
	fclose(f);
	/* An allocation of the exact size, so that the sanitizer sees one octet too far. */
	exact = malloc(len ? len : 1);
	if (!exact)
		abort();
	memcpy(exact, all, len);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
	free(all);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned done = 0;
	struct dirent *e;
	DIR *d;

	if (argc != 2 || !(d = opendir(argv[1]))) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	while ((e = readdir(d))) {
		char path[4096];

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", argv[1], e->d_name);
		if (replay(path) < 0) {
			fprintf(stderr, "cannot read %s\n", path);
			return 1;
		}
		done++;
	}
	closedir(d);
	printf("%u inputs replayed\n", done);
	return done ? 0 : 1;
}
