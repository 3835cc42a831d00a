/* ws_fuzz.c - frames of a peer: whatever it says, in whatever pieces, gives the same octets or the
 * same refusal. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "net/ws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How it ended, and what came out until then. */
static int take(const uint8_t *data, size_t size, size_t step, bool client, struct buf *out)
{
	struct ws *w = ws_new(client);
	uint8_t *part = xmalloc(size + 1);
	uint8_t room[WS_ROOM];
	int rc = 0;

	for (size_t at = 0; at < size && rc == 0; at += step) {
		size_t n = size - at < step ? size - at : step, len = 0;

		memcpy(part, data + at, n);
		rc = ws_decode(w, part, n, &len);
		if (rc >= 0)
			buf_put(out, part, len);
		if (ws_owes(w) && ws_encode(w, room + WS_ROOM, 0) > WS_ROOM)
			abort();
	}
	free(part);
	ws_free(&w);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int client = 0; client < 2; client++) {
		struct buf whole = buf_new(MIB), pieces = buf_new(MIB);
		int rc = take(data, size, size + 1, client, &whole);

		if (take(data, size, 1, client, &pieces) != rc)
			abort();
		/* Before a refusal pieces may have given what the whole did not. */
		if (rc >= 0 && (whole.len != pieces.len ||
				(whole.len && memcmp(whole.data, pieces.data, whole.len) != 0)))
			abort();
		buf_done(&whole);
		buf_done(&pieces);
	}
	return 0;
}
