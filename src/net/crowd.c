/* crowd.c - see crowd.h. */
#include "net/crowd.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "net/address.h"

#define V6_NETWORK_OCTETS 8

struct crowd_group {
	struct network network;
	struct link count_link, turn_link;
	struct link members; /* oldest first */
	size_t count, figure;
};

void network_of(const struct sockaddr_storage *sa, struct network *ret_network)
{
	struct network n = {};

	if (!address_octets(sa, n.octets))
		n.octets[15] = 1; /* no network's: these octets are cut off */
	else if (!address_is_v4(n.octets))
		memset(n.octets + V6_NETWORK_OCTETS, 0, sizeof(n.octets) - V6_NETWORK_OCTETS);
	*ret_network = n;
}

void crowd_init(struct crowd *c, size_t most)
{
	*c = (struct crowd){ .most = most };
	c->by_count = xcalloc(most + 1, sizeof(*c->by_count));
	for (size_t i = 0; i <= most; i++)
		list_init(&c->by_count[i]);
	list_init(&c->turns);
}

void crowd_done(struct crowd *c)
{
	assert(c->len == 0);
	map_done(&c->groups);
	free(c->by_count);
	c->by_count = NULL;
}

static struct crowd_group *find(const struct crowd *c, const struct network *n)
{
	return map_get(&c->groups, n, sizeof(*n));
}

static struct crowd_group *make(struct crowd *c, const struct network *n)
{
	struct crowd_group *g = xcalloc(1, sizeof(*g));

	g->network = *n;
	list_init(&g->members);
	list_init(&g->count_link);
	list_append(&c->turns, &g->turn_link);
	map_put(&c->groups, n, sizeof(*n), g);
	return g;
}

static void set_count(struct crowd *c, struct crowd_group *g, size_t count)
{
	size_t at = count < c->most ? count : c->most;

	g->count = count;
	list_remove(&g->count_link);
	list_append(&c->by_count[at], &g->count_link);
	if (at > c->greatest)
		c->greatest = at;
}

void crowd_join(struct crowd *c, struct crowd_member *m, const struct network *n)
{
	struct crowd_group *g = find(c, n);

	assert(!m->group);
	if (!g)
		g = make(c, n);
	m->group = g;
	list_append(&g->members, &m->link);
	set_count(c, g, g->count + 1);
	c->len++;
}

void crowd_leave(struct crowd *c, struct crowd_member *m)
{
	struct crowd_group *g = m->group;

	if (!g)
		return;
	m->group = NULL;
	list_remove(&m->link);
	set_count(c, g, g->count - 1);
	c->len--;
	if (g->count)
		return;
	list_remove(&g->count_link);
	list_remove(&g->turn_link);
	map_remove(&c->groups, &g->network, sizeof(g->network));
	free(g);
}

size_t crowd_count(const struct crowd *c, const struct network *n)
{
	const struct crowd_group *g = find(c, n);

	return g ? g->count : 0;
}

static struct crowd_member *oldest_of(const struct crowd_group *g)
{
	return LIST_ENTRY(g->members.next, struct crowd_member, link);
}

struct crowd_member *crowd_oldest(const struct crowd *c, const struct network *n)
{
	const struct crowd_group *g = find(c, n);

	return g ? oldest_of(g) : NULL;
}

struct crowd_member *crowd_of_greediest(struct crowd *c)
{
	if (!c->len)
		return NULL;
	while (list_empty(&c->by_count[c->greatest]))
		c->greatest--;
	return oldest_of(LIST_ENTRY(c->by_count[c->greatest].next, struct crowd_group, count_link));
}

struct crowd_member *crowd_next(struct crowd *c)
{
	struct crowd_group *g;

	if (!c->len)
		return NULL;
	g = LIST_ENTRY(c->turns.next, struct crowd_group, turn_link);
	list_remove(&g->turn_link);
	list_append(&c->turns, &g->turn_link);
	return oldest_of(g);
}

size_t *crowd_figure(const struct crowd_member *m)
{
	return &m->group->figure;
}
