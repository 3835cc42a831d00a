/* top.c - see top.h. */
#include "base/top.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static char *at(const struct top *t, size_t i)
{
	return (char *)t->items + i * t->size;
}

static void swap(const struct top *t, size_t a, size_t b)
{
	char *x = at(t, a), *y = at(t, b);

	for (size_t i = 0; i < t->size; i++) {
		char c = x[i];

		x[i] = y[i];
		y[i] = c;
	}
}

static void sift_up(const struct top *t, size_t i)
{
	while (i > 0 && t->compare(at(t, (i - 1) / 2), at(t, i)) < 0) {
		swap(t, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
}

static void sift_down(const struct top *t)
{
	size_t i = 0, child;

	while ((child = 2 * i + 1) < t->len) {
		if (child + 1 < t->len && t->compare(at(t, child), at(t, child + 1)) < 0)
			child++;
		if (t->compare(at(t, i), at(t, child)) >= 0)
			return;
		swap(t, i, child);
		i = child;
	}
}

void top_offer(struct top *t, const void *item)
{
	assert(t->want > 0);
	if (t->len < t->want) {
		memcpy(at(t, t->len), item, t->size);
		sift_up(t, t->len++);
	} else if (t->compare(item, at(t, 0)) < 0) {
		memcpy(at(t, 0), item, t->size);
		sift_down(t);
	}
}

void top_sort(struct top *t)
{
	qsort(t->items, t->len, t->size, t->compare);
}
