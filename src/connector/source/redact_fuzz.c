/* redact_fuzz.c - a document of any server: what a capture makes of it is JSON, whatever it was. */
#include "base/json_tree.h"
#include "connector/source/redact.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf out = buf_new(8 * MIB);
	char detail[TREE_DETAIL_MAX];
	struct tree tree = {};
	struct str body;
	bool made = true;

	if (len > 0) {
		body = (struct str){ (const char *)data + 1, len - 1 };
		if (data[0] % 2)
			redact_csv(body, &out);
		else
			made = redact_json(body, &out);
		if (made && buf_status(&out) == 0 && tree_parse(buf_str(&out), &tree, detail) < 0)
			abort();
	}
	tree_free(&tree);
	buf_done(&out);
	return 0;
}
