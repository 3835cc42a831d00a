/* site.h - sites and what is known of each.
 *
 * The site slice owns the rows of `site` and, for all slices, the form of `site_state`: one row a
 * site, its status and what the last report said.  The report and status slices fill it in by
 * site_state_put(), within the job that writes their change row; whoever shows it reads it by
 * site_state_get().  A site without a row has never connected.
 *
 * Store functions run on database threads within jobs; everything else on the loop. */
#ifndef HUB_SITE_SITE_H
#define HUB_SITE_SITE_H

#include "hub/hub.h"
#include "model/report.h"
#include "model/status.h"

/* The wire's reason: {code, component, value, threshold, since}. */
struct site_reason {
	const char *code; /* reason_name() */
	int component;    /* enum component_kind, -1: none */
	double value, threshold;
	int64_t since_ms;
	int status;       /* enum site_status that it amounts to; sealed form only, not on the wire */
};

/* The wire's component of `health`, and the counts behind it. */
struct site_component {
	int kind, state, code; /* model/words.h */
	int64_t since_ms;
	int64_t total, in_error; /* sealed form only, not on the wire */
};

struct site_state {
	/* Clear columns. */
	int status; /* enum site_status */
	int64_t status_ms;
	int64_t report_ms;         /* the site's time of the report shown; 0: no report yet */
	uint8_t report_epoch[16];
	int64_t report_seq;
	int64_t device_total, device_error;

	/* Sealed; absent members as json_init sets them. */
	struct report_server *server;
	struct report_licence *licence;
	int source;                  /* enum source */
	int64_t read_at_ms;          /* of the health */
	int64_t received_ms;         /* when the report came */
	int64_t monitoring_ms;       /* since when monitoring is as it is */
	double disk_used_percent;
	struct json_list components; /* struct site_component * */
	struct json_list reasons;    /* struct site_reason *: worst first */
};

extern const struct json_schema site_reason_schema, site_component_schema;

/* All absent, status never_connected. */
void site_state_init(struct site_state *s);
/* ERR_NOT_FOUND: the site has no row yet.  Texts live in tenant_arena(). */
MUST_USE int site_state_get(struct tenant_db *db, struct id site, struct site_state *ret_state);
/* Writes the whole row, sealed by the customer's key. */
MUST_USE int site_state_put(struct tenant_db *db, struct id customer, struct id site,
			    const struct site_state *s);

/* The customer of a site: 0, or ERR_NOT_FOUND if this provider has no such site. */
MUST_USE int site_customer(struct tenant_db *db, struct id site, struct id *ret_customer);
/* The names, opened: for what is shown at enrolment. */
MUST_USE int site_names(struct tenant_db *db, struct id site, const char **ret_site,
			const char **ret_customer, const char **ret_provider);

extern const struct slice site_slice;

#endif
