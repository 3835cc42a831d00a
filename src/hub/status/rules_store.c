/* rules_store.c - see rules.h. */
#include "hub/status/rules.h"

#include "db/db.h"
#include "db/stmt.h"
#include <math.h>

QUERY(q_rules, "rule_overrides_of",
      "SELECT rule, threshold, severity FROM rule_override"
      " WHERE provider_id = :provider AND subject_id = :subject");

/* Every report asks: both subjects at once.  (IN would build a table of the two each time.) */
QUERY(q_at, "rule_overrides_at",
      "SELECT subject_id, rule, threshold, severity FROM rule_override"
      " WHERE provider_id = :provider AND subject_id = :provider"
      " UNION ALL SELECT subject_id, rule, threshold, severity FROM rule_override"
      " WHERE provider_id = :provider AND subject_id = :site");

QUERY(q_put, "rule_override_put",
      "INSERT INTO rule_override (provider_id, subject_id, rule, threshold, severity)"
      " VALUES (:provider, :subject, :rule, :threshold, :severity)"
      " ON CONFLICT (provider_id, subject_id, rule) DO UPDATE SET threshold = excluded.threshold,"
      " severity = excluded.severity");

QUERY(q_drop, "rule_override_drop",
      "DELETE FROM rule_override"
      " WHERE provider_id = :provider AND subject_id = :subject AND rule = :rule");

bool rule_is_set(const struct rule_override *o)
{
	return !isnan(o->threshold) || o->severity >= 0;
}

static void unset(struct rule_overrides *set)
{
	for (int i = 0; i < RULES; i++)
		set->of[i] = (struct rule_override){ NAN, -1 };
}

/* Rule, threshold and severity from column `col` on.  A newer version's rule is none of ours. */
static void take(struct stmt *st, int col, struct rule_overrides *set)
{
	int64_t rule = col_i64(st, col);

	if (rule >= 0 && rule < RULES)
		set->of[rule] = (struct rule_override){ col_f64(st, col + 1),
							(int)col_i64_or(st, col + 2, -1) };
}

int rules_get(struct tenant_db *db, struct id subject, struct rule_overrides *ret_set)
{
	struct stmt *st = tenant_query(db, &q_rules);
	struct rule_overrides set;
	int rc;

	unset(&set);
	stmt_id(st, ":subject", subject);
	while (stmt_row(st))
		take(st, 0, &set);
	rc = stmt_end(st);
	if (rc == 0)
		*ret_set = set;
	return rc;
}

int rules_put(struct tenant_db *db, struct id subject, enum rule rule,
	      const struct rule_override *o)
{
	bool set = rule_is_set(o);
	struct stmt *st = tenant_query(db, set ? &q_put : &q_drop);
	int rc;

	stmt_id(st, ":subject", subject);
	stmt_i64(st, ":rule", rule);
	if (set) {
		stmt_f64(st, ":threshold", o->threshold);
		if (o->severity < 0)
			stmt_null(st, ":severity");
		else
			stmt_i64(st, ":severity", o->severity);
	}
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

void rules_lay_over(struct rule_settings *rules, const struct rule_overrides *set,
		    enum rule_origin origin)
{
	for (int i = 0; i < RULES; i++)
		if (rule_is_set(&set->of[i]))
			rule_lay_over(rules, (enum rule)i, &set->of[i], origin);
}

int rules_at(struct tenant_db *db, struct id site, struct rule_settings *rules)
{
	struct stmt *st = tenant_query(db, &q_at);
	struct rule_overrides provider, own;
	int rc;

	unset(&provider);
	unset(&own);
	stmt_id(st, ":site", site);
	while (stmt_row(st))
		take(st, 1, id_eq(col_id(st, 0), site) ? &own : &provider);
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	rules_lay_over(rules, &provider, RULE_OF_PROVIDER);
	rules_lay_over(rules, &own, RULE_OF_SITE);
	return 0;
}
