/* list.h - an intrusive, circular, doubly linked list; the head is a link that holds nothing. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include "base/cc.h"
#include <stdbool.h>

struct link {
	struct link *prev, *next;
};

static inline void list_init(struct link *head)
{
	head->prev = head->next = head;
}

static inline bool list_empty(const struct link *head)
{
	return head->next == head;
}

static inline void list_append(struct link *head, struct link *l)
{
	l->prev = head->prev;
	l->next = head;
	head->prev->next = l;
	head->prev = l;
}

static inline void list_prepend(struct link *head, struct link *l)
{
	list_append(head->next, l);
}

/* Takes l out of its list; doing it again is harmless. */
static inline void list_remove(struct link *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	l->prev = l->next = l;
}

#define LIST_ENTRY(l, type, member) CONTAINER_OF(l, type, member)
/* The current entry may be removed while iterating. */
#define LIST_EACH(l, head)                                                                         \
	for (struct link *l = (head)->next, *l##_next = l->next; l != (head);                      \
	     l = l##_next, l##_next = l->next)

#endif
