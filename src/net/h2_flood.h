/* h2_flood.h - how much of what is cheap to send and dear to receive a connection may send.
 *
 * A bucket each kind: it holds `burst`, and `per_second` come back.  For net/ only. */
#ifndef NET_H2_FLOOD_H
#define NET_H2_FLOOD_H

#include <stdbool.h>
#include <stdint.h>

enum h2_flood {
	FLOOD_SETTINGS,
	FLOOD_PING,
	FLOOD_PRIORITY,
	FLOOD_EMPTY,  /* DATA without an octet and without the end */
	FLOOD_UPDATE, /* WINDOW_UPDATE; data that go out earn some */
	FLOOD_RESET,  /* the peer gives up a stream: CVE-2023-44487 */
	FLOOD_PUSH,   /* PUSH_PROMISE, which we do not take */
	FLOOD_FAULT,  /* we must reset one for the peer's fault: CVE-2025-8671 */
	FLOOD_KINDS
};

struct h2_meter {
	int64_t at_ms;
	bool tunnel; /* the table's other column */
	int32_t used[FLOOD_KINDS];
};

/* Counts one; false if that is too many. */
bool h2_meter_count(struct h2_meter *m, enum h2_flood kind, int64_t now_ms);
void h2_meter_earn(struct h2_meter *m, enum h2_flood kind, int32_t n);

#endif
