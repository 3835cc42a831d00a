/* life.h - the lives of made-up sites: how large, what runs there, what goes wrong and when.
 *
 * A life is a function of the fleet's seed, the site's number and the time: nothing is kept, any
 * moment may be asked for in any order, and two programs with one seed tell the same.  `today_ms`
 * is the moment about which the lives were written: what a profile says of its status is so at noon
 * of that day, if it is a working day.  Pure. */
#ifndef SIM_LIFE_H
#define SIM_LIFE_H

#include "model/report.h"

#define LIFE_NAME_MAX       96
#define LIFE_ALL            -1 /* of life_profile.failing: every device */
#define LIFE_DAY_MS         (24 * 3600 * INT64_C(1000))
#define LIFE_CUSTOMER_SITES 3 /* of each customer */

struct life_profile {
	const char *name; /* NULL ends the table */
	int weight;       /* how many of about a thousand sites */
	int devices_min, devices_max;
	int status; /* enum site_status, as above; of restarts once a day of them has been told */
	enum product product;
	int awake_from, awake_to; /* hours UTC in which the line is up; equal: never */
	double disk, disk_day;    /* percent today, and what a day adds */
	int64_t support,
		licence; /* days left today; 0: as most have, which is renewed in time, and none */
	int failing;     /* devices that are down */
	int restart_hours;           /* how often the server starts anew; 0: every few weeks */
	bool invited_only;           /* nobody has redeemed its code */
	bool hidden, hidden_weekend; /* the customer has monitoring off */
	bool database_down;
	bool many_servers; /* site servers, Mobility Print and job ticketing */
};

extern const struct life_profile life_profiles[];

struct life {
	const struct life_profile *profile;
	uint64_t seed; /* of this life alone */
	size_t number;
	int64_t devices, today_ms;
};

void life_make(uint64_t fleet_seed, size_t number, int64_t today_ms, struct life *ret_life);

/* Customers are numbered as sites are; each has some neighbouring ones. */
size_t life_customer(size_t number);
void life_customer_name(uint64_t fleet_seed, size_t customer, char out[static LIFE_NAME_MAX]);
void life_site_name(const struct life *l, char out[static LIFE_NAME_MAX]);

enum life_way {
	LIFE_INVITED, /* has no connector */
	LIFE_AWAKE,   /* reports */
	LIFE_ASLEEP,  /* its line is down */
	LIFE_HIDDEN,  /* its customer has monitoring off */
};
enum life_way life_way(const struct life *l, int64_t at_ms);
/* The status that its provider is to see about that time, today: enum site_status. */
int life_status(const struct life *l, int64_t at_ms);

/* Who lives how: one JSON object a line, {"customer","site","profile","status","devices"}. */
void life_plan(uint64_t fleet_seed, size_t sites, int64_t today_ms, struct buf *out);

/* How many times the outer world has cut its line in the year before today, and the n-th of these,
 * the oldest first. */
#define LIFE_OUTAGES_MAX 4
struct life_outage {
	int64_t from_ms, to_ms;
};
size_t life_outages(const struct life *l, struct life_outage out[static LIFE_OUTAGES_MAX]);

/* What its connector reports at that time.  `told_ms` is the time that the report bears: it differs
 * from at_ms where a life goes faster than the hub's clock.  With `whole` all devices are told,
 * else those of `since_ms` whose state is another since then.  Members live in `mem`. */
struct life_moment {
	int64_t at_ms, told_ms, since_ms;
	bool whole;
};
void life_report(const struct life *l, const struct life_moment *m, struct arena *mem,
		 struct report *ret_report);

#endif
