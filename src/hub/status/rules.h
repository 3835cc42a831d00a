/* rules.h - what providers have set of the rules; within the status slice, and on database threads
 * but for the routes. */
#ifndef HUB_STATUS_RULES_H
#define HUB_STATUS_RULES_H

#include "api/route.h"
#include "hub/hub.h"
#include "model/rule.h"

/* By rule; one that says nothing is not set. */
struct rule_overrides {
	struct rule_override of[RULES];
};

bool rule_is_set(const struct rule_override *o);

/* `subject`: the provider's own id, or a site's. */
MUST_USE int rules_get(struct tenant_db *db, struct id subject, struct rule_overrides *ret_set);
/* One that says nothing takes the row away. */
MUST_USE int rules_put(struct tenant_db *db, struct id subject, enum rule rule,
		       const struct rule_override *o);
/* Lays over *rules what the provider and the site have set. */
MUST_USE int rules_at(struct tenant_db *db, struct id site, struct rule_settings *rules);

void rules_lay_over(struct rule_settings *rules, const struct rule_overrides *set,
		    enum rule_origin origin);

extern const struct route rules_routes[];

#endif
