/* segment_fuzz.c - a segment as a failing disk may leave it: scanning must end, and cutting where
 * it says must leave a segment that scans well. */
#include "base/err.h"
#include "base/os.h"
#include "connector/segment.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *tmp = getenv("TMPDIR");
	struct segment s = { .number = 1 }, again = { .number = 1 };
	struct file_log *file;
	char path[4096];
	int rc;

	snprintf(path, sizeof(path), "%s/imprimatur-fuzz-%" PRId64 ".seg", tmp ? tmp : "/tmp",
		 os_pid());
	if (file_log_open(path, &file) < 0)
		return 0;
	if (file_log_cut(file, 0) == 0 && file_log_append(file, data, len) == 0) {
		rc = segment_scan(file, &s);
		if (rc != 0 && rc != ERR_RECORD)
			abort();
		if (s.size_bytes > (int64_t)len)
			abort();
		if (file_log_cut(file, s.size_bytes) < 0 || segment_scan(file, &again) != 0 ||
		    again.last_seq != s.last_seq)
			abort();
	}
	file_log_close(&file);
	if (file_remove(path) < 0)
		abort();
	return 0;
}
