/* hold.c - see hold.h. */
#include "connector/hold.h"
#include "wire/commands.h"

#define FORGET_MS ((int64_t)12 * 3600 * 1000)
#define DOWN_MS   2000 /* sooner than any proxy cuts: the line itself broke */
/* Somebody who opens a visit, ends it and opens another is the cause of two or three each. */
#define QUICK_MAX   10
#define QUICK_PAUSE 1000

int64_t hold_s(struct hold *h, int64_t hubs_s, int64_t now_ms)
{
	int64_t s = hubs_s < HOLD_MAX_S ? hubs_s : HOLD_MAX_S;

	if (h->learnt_s && now_ms - h->learnt_at_ms > FORGET_MS)
		h->learnt_s = 0;
	return h->learnt_s && h->learnt_s < s ? h->learnt_s : s;
}

void hold_cut(struct hold *h, int64_t after_ms, int64_t now_ms)
{
	int64_t before_ms = h->cut_ms;

	h->cut_ms = after_ms < DOWN_MS ? 0 : after_ms;
	if (!h->cut_ms || !before_ms || after_ms > before_ms * 5 / 4 ||
	    before_ms > after_ms * 5 / 4)
		return;
	h->learnt_s = after_ms * 3 / 4 / 1000;
	if (h->learnt_s < POLL_HOLD_MIN_S)
		h->learnt_s = POLL_HOLD_MIN_S;
	h->learnt_at_ms = now_ms;
}

int64_t hold_answered(struct hold *h, int64_t after_ms, int64_t now_ms)
{
	h->cut_ms = 0;
	if (after_ms >= HOLD_QUICK_MS)
		return 0;
	if (h->quick_until_ms < now_ms)
		h->quick_until_ms = now_ms;
	h->quick_until_ms += QUICK_PAUSE;
	if (h->quick_until_ms <= now_ms + QUICK_MAX * QUICK_PAUSE)
		return 0;
	/* One more: the pause alone earns nothing. */
	h->quick_until_ms = now_ms + (QUICK_MAX + 1) * QUICK_PAUSE;
	return QUICK_PAUSE;
}
