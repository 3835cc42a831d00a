/* test_dir.h - an empty folder for a test, below the build's own (or TMPDIR). */
#ifndef CONNECTOR_TEST_DIR_H
#define CONNECTOR_TEST_DIR_H

/* The same name gives the same folder, emptied; gone at the end.  Static storage, at most 8 names.
 */
const char *test_dir(const char *name);
/* DIR/NAME; static storage, at most 8 at a time. */
const char *test_path(const char *dir, const char *name);

#endif
