/* rule.h - the rules by which a site has its status: one row each in rule.c.
 *
 * A rule looks at one fact and says whether it holds, with what value and since when.  Its
 * threshold and its severity are the row's unless the provider, or the site, has a setting of its
 * own; the nearer one counts.  What is not known makes no rule hold, and no rule says "ok". Pure;
 * the table is constant. */
#ifndef MODEL_RULE_H
#define MODEL_RULE_H

#include "base/cc.h"
#include "model/words.h"

#include <stdbool.h>
#include <stdint.h>

struct site_facts;

#define RULE_RESTARTS_MAX       16 /* as many as are counted */
#define RULE_RESTARTS_WITHIN_MS (24 * 3600 * INT64_C(1000))

struct rule_finding {
	int code;           /* enum component_code or enum reason_code: reason_name() */
	double value;       /* NaN: there is none */
	int64_t since_ms;   /* JSON_ABSENT_INT: not known */
	const char *detail; /* what no number tells: the advisories' ids; NULL: nothing */
};

enum rule_answer { RULE_NO, RULE_YES, RULE_COMPARE /* the value with the threshold */ };

struct rule_def {
	int code;      /* of the reason; -1: as the component tells */
	int component; /* enum component_kind or -1 */
	int unit;      /* enum rule_unit; -1: the rule has neither value nor threshold */
	double threshold, min, max; /* the default, and what may be set; NaN without a unit */
	int severity;               /* the default */
	bool below;                 /* holds below the threshold; else from it on */
	bool age;                   /* the value is a time that goes on: told by its beginning */
	enum rule_answer (*look)(const struct site_facts *f, const struct rule_def *def,
				 double threshold, struct rule_finding *found);
};

extern const struct rule_def rule_defs[RULES];

struct rule_setting {
	double threshold; /* NaN without a unit */
	int8_t severity;  /* enum severity */
	int8_t origin;    /* enum rule_origin */
};

struct rule_settings {
	struct rule_setting of[RULES];
};

void rule_settings_init(struct rule_settings *s); /* the table's */

/* What a provider or a site has set of a rule. */
struct rule_override {
	double threshold; /* NaN: as before */
	int severity;     /* enum severity; -1: as before */
};

/* Lays it over *s.  A threshold beyond the row's limits, which an older version may have allowed,
 * counts as the limit. */
void rule_lay_over(struct rule_settings *s, enum rule rule, const struct rule_override *o,
		   enum rule_origin origin);

/* What is wrong with a setting: "threshold", "severity", or NULL. */
const char *rule_override_problem(enum rule rule, const struct rule_override *o);
/* "offline" is for silent sites alone. */
bool rule_may_be(enum rule rule, enum severity severity);

/* True if the rule holds and is not off. */
bool rule_holds(const struct site_facts *f, enum rule rule, struct rule_finding *ret_found);

#endif
