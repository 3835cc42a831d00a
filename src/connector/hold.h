/* hold.h - how long a poll may be held open on this line, and how soon the next may go out.
 *
 * Some proxies cut what is silent for shorter than the hub's hold.  A poll that was cut twice in a
 * row after about the same time asks for three quarters of it from then on: docs/protocol.md
 * section 2, `hold_s`.  What was learnt is forgotten after half a day, as lines change.
 * The time is any monotonic one.  Pure. */
#ifndef CONNECTOR_HOLD_H
#define CONNECTOR_HOLD_H

#include <stdint.h>

/* Beyond it a dead line would be found too late: a hold and POLL_GRACE_MS (uplink.c) make 33 s. */
#define HOLD_MAX_S 25
/* An answer within it came at once, and shows nothing of whether the line holds. */
#define HOLD_QUICK_MS 1000

struct hold {                   /* {}: nothing is known */
	int64_t cut_ms;         /* how long the last poll was open when it was cut; 0: it was not */
	int64_t learnt_s;       /* 0: nothing */
	int64_t learnt_at_ms;   /* when */
	int64_t quick_until_ms; /* answers that came at once count a second each, from then on */
};

/* What to ask for, from what the hub holds by itself. */
int64_t hold_s(struct hold *h, int64_t hubs_s, int64_t now_ms);
/* The poll was broken off after so long by something on the way. */
void hold_cut(struct hold *h, int64_t after_ms, int64_t now_ms);
/* It was answered after so long.  How long to wait before the next: 0, but for a hub (or whoever
 * answers for it) that answers every poll at once: of ten at a time and one a second. */
int64_t hold_answered(struct hold *h, int64_t after_ms, int64_t now_ms);

#endif
