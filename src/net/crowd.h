/* crowd.h - who of many is from where: members by their network, oldest first, and which network
 * has the most.
 *
 * A network is what one customer or attacker mostly has: an IPv4 address, or an IPv6 /64 (RFC 4291
 * section 2.5.4), within which anybody may choose addresses as he likes.  Each step costs the same
 * however many there are; memory is bounded by the members.  One loop. */
#ifndef NET_CROWD_H
#define NET_CROWD_H

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/map.h"

struct sockaddr_storage;
struct crowd_group;

struct network {
	uint8_t octets[16]; /* as address_octets() tells, without what stands behind the /64 */
};

/* What is no IP address is one network of its own. */
void network_of(const struct sockaddr_storage *sa, struct network *ret_network);

struct crowd_member { /* embedded; {} is in no crowd */
	struct link link;
	struct crowd_group *group;
};

struct crowd {
	struct map groups;     /* by network; owned, each with at least one member */
	struct link *by_count; /* groups that have so many; those with `most` or more in the last */
	struct link turns;     /* groups, the one whose turn it is first */
	size_t most, greatest; /* no list beyond by_count[greatest] has a group */
	size_t len;            /* members */
};

void crowd_init(struct crowd *c, size_t most); /* networks with more count as if they had `most` */
void crowd_done(struct crowd *c);              /* it is empty */
void crowd_join(struct crowd *c, struct crowd_member *m, const struct network *n);
void crowd_leave(struct crowd *c, struct crowd_member *m); /* harmless if it is in none */
size_t crowd_count(const struct crowd *c, const struct network *n);
/* The oldest member of a network, and of the one that has the most; NULL if there is none. */
struct crowd_member *crowd_oldest(const struct crowd *c, const struct network *n);
struct crowd_member *crowd_of_greediest(struct crowd *c);
/* The oldest member of the network whose turn it is, which then waits until the others had theirs;
 * NULL if nobody is here. */
struct crowd_member *crowd_next(struct crowd *c);

/* A figure of the member's network, for whoever adds something up; 0 at first.  It is in a crowd.
 */
size_t *crowd_figure(const struct crowd_member *m);

#endif
