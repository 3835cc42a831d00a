/* gen_schema.c - turns schema/NNNN_name.sql into a C table (migrate.h); meson runs it.
 *
 *	gen_schema OUT 0001_init.sql 0002_more.sql ...
 *
 * The files are compiled in so that a hub cannot meet a schema that it was not built with. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Octets as numbers: no escapes, no limit on the length of a literal. */
static int put_text(FILE *out, const char *path, int n)
{
	FILE *in = fopen(path, "rb");
	int c, len = 0;

	if (!in) {
		perror(path);
		return -1;
	}
	fprintf(out, "static const char sql_%d[] = {", n);
	while ((c = getc(in)) != EOF)
		fprintf(out, "%s%d,", len++ % 24 == 0 ? "\n" : "", (signed char)c);
	fprintf(out, "0};\n\n");
	fclose(in);
	return len > 0 ? 0 : -1;
}

/* Of a name like 0001_init.sql. */
static int number_of(const char *path)
{
	return (int)strtol(base_name(path), NULL, 10);
}

static int put_all(FILE *out, int count, char **paths)
{
	fprintf(out, "/* Generated from schema/. */\n#include \"db/migrate.h\"\n\n");
	for (int i = 0, last = 0; i < count; i++) {
		int number = number_of(paths[i]);

		if (number <= last) {
			fprintf(stderr, "%s: a number above %d was expected\n", paths[i], last);
			return -1;
		}
		if (put_text(out, paths[i], number) < 0)
			return -1;
		last = number;
	}
	fprintf(out, "const struct migration migrations[] = {\n");
	for (int i = 0; i < count; i++)
		fprintf(out, "\t{%d, \"%s\", sql_%d},\n", number_of(paths[i]), base_name(paths[i]),
			number_of(paths[i]));
	fprintf(out, "\t{},\n};\n");
	return ferror(out) ? -1 : 0;
}

int main(int argc, char **argv)
{
	FILE *out;
	int rc;

	if (argc < 3)
		return 2;
	out = fopen(argv[1], "wb");
	if (!out) {
		perror(argv[1]);
		return 1;
	}
	rc = put_all(out, argc - 2, argv + 2);
	return fclose(out) == 0 && rc == 0 ? 0 : 1;
}
