/* ranges.c - see ranges.h. */
#include "connector/ranges.h"
#include <string.h>

static void take_out(struct ranges *s, unsigned at, unsigned n)
{
	memmove(&s->r[at], &s->r[at + n], (s->len - at - n) * sizeof(s->r[0]));
	s->len -= n;
}

bool ranges_add(struct ranges *s, uint64_t first, uint64_t last)
{
	unsigned at = 0, touched = 0;

	assert(first >= 1 && first <= last && last < UINT64_MAX);
	while (at < s->len && s->r[at].last + 1 < first)
		at++;
	while (at + touched < s->len && s->r[at + touched].first <= last + 1)
		touched++;
	if (touched == 0) {
		if (s->len == RANGES_MAX)
			return false;
		memmove(&s->r[at + 1], &s->r[at], (s->len - at) * sizeof(s->r[0]));
		s->len++;
		s->r[at] = (struct range){ first, last };
		return true;
	}
	if (s->r[at].first < first)
		first = s->r[at].first;
	if (s->r[at + touched - 1].last > last)
		last = s->r[at + touched - 1].last;
	s->r[at] = (struct range){ first, last };
	take_out(s, at + 1, touched - 1);
	return true;
}

bool ranges_eq(const struct ranges *a, const struct ranges *b)
{
	if (a->len != b->len)
		return false;
	for (unsigned i = 0; i < a->len; i++)
		if (a->r[i].first != b->r[i].first || a->r[i].last != b->r[i].last)
			return false;
	return true;
}

bool ranges_have(const struct ranges *s, uint64_t seq)
{
	for (unsigned i = 0; i < s->len; i++)
		if (seq >= s->r[i].first && seq <= s->r[i].last)
			return true;
	return false;
}

void ranges_cut(struct ranges *s, uint64_t seq)
{
	while (s->len && s->r[0].last <= seq)
		take_out(s, 0, 1);
	if (s->len && s->r[0].first <= seq)
		s->r[0].first = seq + 1;
}

void ranges_join_lowest(struct ranges *s)
{
	if (s->len < 2)
		return;
	s->r[0].last = s->r[1].last;
	take_out(s, 1, 1);
}

uint64_t ranges_count(const struct ranges *s, uint64_t first, uint64_t last)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < s->len; i++) {
		uint64_t a = s->r[i].first > first ? s->r[i].first : first;
		uint64_t b = s->r[i].last < last ? s->r[i].last : last;

		if (a <= b)
			n += b - a + 1;
	}
	return n;
}
