/* list.h - the rows of one provider: filter, order, page.  Pure but for its memory; one thread. */
#ifndef HUB_INDEX_LIST_H
#define HUB_INDEX_LIST_H

#include "base/map.h"
#include "hub/site/site.h"

/* The filters by words, as they stand in list_query. */
#define LIST_FILTERS 7

/* How a customer's sites are. */
struct tally {
	struct id customer;
	size_t sites;                           /* all of them; 0: it ends */
	int64_t counts[SITE_STATUSES];          /* of those that are not archived */
	int64_t archived_counts[SITE_STATUSES]; /* of those that are */
};

/* What is looked at of each row for each question stands first. */
struct row {
	bool archived;
	uint64_t words[LIST_FILTERS];         /* which of each filter's words it has, a bit each */
	struct str text;                      /* folded: what is searched */
	const char *name, *customer;          /* folded: what is sorted by */
	const char *organisation, *reference; /* the same, of the licence; NULL: not known */
	enum renewal renewal;                 /* as of list.now_ms */
	int64_t version;                      /* comparable; INT64_MAX: not known */
	int64_t seen_ms;  /* by which last_seen sorts: INT64_MAX while the site is online */
	struct site site; /* as a list shows it */
	struct tally *tally;
	size_t place;     /* in list.rows */
	struct arena mem; /* what the row points to */
};

struct list {
	struct row **rows;
	size_t len, cap;
	struct map by_id;   /* struct row */
	struct map tallies; /* struct tally, by customer */
	int64_t now_ms;     /* list_look_at() */
};

/* {} is an empty list.  What a row holds changes by another list_put alone, but for site.devices
 * and seen_ms. */
void list_put(struct list *l, const struct site *s); /* copied; replaces the site's row */
/* Counts days of licences to now: before a question. */
void list_look_at(struct list *l, int64_t now_ms);
void list_drop(struct list *l, struct id site); /* absent is no error */
struct row *list_find(const struct list *l, struct id site);
/* NULL: the customer has no site. */
const struct tally *list_tally(const struct list *l, struct id customer);
void list_done(struct list *l);

/* How much a status needs somebody: less is worse. */
int list_attention(int status);

#define LIST_LIMIT     50
#define LIST_LIMIT_MAX 200

struct list_query {
	const char *query, *sort, *cursor; /* NULL: absent */
	int64_t limit;                     /* JSON_ABSENT_INT: LIST_LIMIT */
	enum json_bool archived;           /* true: only what is; else only what is not */
	struct id customer;                /* zero: of all */
	const char *version;               /* what the version begins with; NULL: any */
	/* Comma lists of words; NULL: whatever it is. */
	const char *status, *monitoring, *console, *mfp, *product, *rule, *renewal;
};

struct list_page {
	struct json_list items; /* struct site * */
	char *next_cursor;
	int64_t total;
	int64_t counts[SITE_STATUSES];
	int64_t renewals[RENEWALS];
};
extern const struct json_schema list_query_schema, list_page_schema, list_licences_schema;

/* True if the answer's order follows from seen_ms. */
bool list_sorts_by_seen(const struct list_query *q);

/* The page asked for, in `mem`; items point to rows.  ERR_INVALID with the member's name. */
MUST_USE int list_ask(const struct list *l, struct id provider, const struct list_query *q,
		      struct arena *mem, struct list_page *ret_page, const char **ret_field);

#endif
