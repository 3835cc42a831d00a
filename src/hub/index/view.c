/* view.c - see view.h. */
#include "hub/index/view.h"

#include "hub/connector/connector.h"
#include "hub/index/told.h"
#include "hub/licence/licence.h"
#include "hub/note/note.h"
#include "hub/series/series.h"
#include "hub/status/status.h"
#include "wire/messages.h"
#include <math.h>

/* The word of a number that may be absent or a newer version's. */
static const char *word_of(const char *const *names, int64_t number)
{
	for (int64_t i = 0; names[i] && number >= 0; i++) {
		if (i == number)
			return names[i];
	}
	return NULL;
}

static const char *unit_of(int64_t rule)
{
	return rule >= 0 && rule < RULES ? word_of(rule_unit_names, rule_defs[rule].unit) : NULL;
}

/* Of what a person decided there is none. */
static const char *severity_of(int64_t status)
{
	static const int severities[SITE_STATUSES] = {
		[SITE_WARNING] = SEVERITY_WARNING,
		[SITE_ERROR] = SEVERITY_ERROR,
		[SITE_OFFLINE] = SEVERITY_OFFLINE,
	};

	return status > 0 && status < SITE_STATUSES && severities[status]
		       ? severity_names[severities[status]]
		       : NULL;
}

static void show_reasons(struct arena *mem, const struct site_state *state, struct site *s)
{
	s->reasons.items = ARENA_ARRAY(mem, void *, state->reasons.len + 1);
	for (size_t i = 0; i < state->reasons.len; i++) {
		const struct state_reason *from = state->reasons.items[i];
		struct site_reason *r = ARENA_NEW(mem, struct site_reason);
		const char *code = reason_name((int)from->code);

		/* A code of a newer version that ran before has no word here. */
		if (!code)
			continue;
		*r = (struct site_reason){
			.code = code,
			.component = word_of(component_kind_names, from->component),
			.value = from->value,
			.threshold = from->threshold,
			.since_ms = from->since_ms,
			.rule = word_of(rule_names, from->rule),
			.unit = unit_of(from->rule),
			.severity = severity_of(from->status),
			.origin = word_of(rule_origin_names, from->origin),
			.detail = from->detail,
		};
		s->reasons.items[s->reasons.len++] = r;
	}
}

static void show_health(struct arena *mem, const struct site_state *state, struct site *s)
{
	struct site_health *h;
	int64_t read_ms = state->read_at_ms;

	/* A source that does not tell when it read did so for the report. */
	if (read_ms == JSON_ABSENT_INT && state->components.len)
		read_ms = state->report_ms;
	if (read_ms == JSON_ABSENT_INT)
		return;
	h = ARENA_NEW(mem, struct site_health);
	h->read_at_ms = read_ms;
	h->components.items = ARENA_ARRAY(mem, void *, state->components.len + 1);
	for (size_t i = 0; i < state->components.len; i++) {
		const struct state_component *from = state->components.items[i];
		const char *kind = word_of(component_kind_names, from->kind);
		const char *code = reason_name(from->code);
		struct site_component *c = ARENA_NEW(mem, struct site_component);

		if (!kind || !code)
			continue;
		*c = (struct site_component){ kind, from->state, code, from->since_ms };
		h->components.items[h->components.len++] = c;
	}
	s->health = h;
}

static void show_state(struct arena *mem, const struct site_state *state, struct site *s)
{
	s->status = state->status;
	s->devices->total = state->device_total > 0 ? state->device_total : 0;
	s->devices->in_error = state->device_error > 0 ? state->device_error : 0;
	show_reasons(mem, state, s);
	show_health(mem, state, s);
	if (state->product >= 0 || state->version) {
		s->server = ARENA_NEW(mem, struct site_server);
		*s->server = (struct site_server){ word_of(product_names, state->product),
						   state->version,
						   word_of(edition_names, state->edition),
						   word_of(server_os_names, state->os) };
	}
	s->infrastructure =
		shown_infrastructure(mem, state->infrastructure, state->infrastructure_ms);
	s->usage = shown_usage(mem, state->usage, state->usage_ms);
}

static void show_connector(struct arena *mem, const struct connector_view *v, struct site *s)
{
	s->permissions = ARENA_NEW(mem, struct site_permissions);
	*s->permissions =
		(struct site_permissions){ permission_monitoring((enum switch_state)v->monitoring),
					   v->console, v->mfp };
	s->connector = ARENA_NEW(mem, struct site_connector);
	*s->connector = (struct site_connector){
		v->id,      v->version,     v->skew_ms,
		v->spooled, v->enrolled_ms, v->copied_ms != JSON_ABSENT_INT ? JSON_TRUE : JSON_FALSE
	};
	s->consent = ARENA_NEW(mem, struct site_consent);
	*s->consent = (struct site_consent){ v->consent_version, v->consent_sha256, v->consent_ms };
	s->last_seen_ms = v->seen_ms;
	s->public_ip = v->public_ip;
}

/* `state` may be empty: what the provider wrote down of a site that never reported is shown, too.
 */
static int show_licence(struct tenant_db *db, struct arena *mem, const struct site_state *state,
			struct site *s)
{
	struct site_licence_entry entry;
	int rc = licence_entry_get(db, mem, s->id, &entry);

	if (rc < 0 && rc != ERR_NOT_FOUND)
		return rc;
	s->licence = shown_licence(mem, state->licence, state->licence_ms,
				   rc == 0 ? arena_dup(mem, &entry, sizeof(entry)) : NULL);
	return 0;
}

int view_row(struct tenant_db *db, struct arena *mem, struct id site, int64_t now_ms,
	     struct site *ret_site)
{
	struct site_invitation invitation;
	struct connector_view connector;
	struct site_state state;
	struct site s;
	int rc = site_get(db, mem, site, &s);

	if (rc == 0)
		rc = note_text(db, mem, site, &s.note);
	if (rc < 0)
		return rc;
	state_init(site, &state);
	rc = state_get(db, site, mem, &state);
	if (rc == 0)
		show_state(mem, &state, &s);
	else if (rc != ERR_NOT_FOUND)
		return rc;
	rc = show_licence(db, mem, &state, &s);
	if (rc < 0)
		return rc;
	rc = connector_view_get(db, site, mem, &connector);
	if (rc == 0)
		show_connector(mem, &connector, &s);
	else if (rc != ERR_NOT_FOUND)
		return rc;
	rc = invitation_open_get(db, mem, site, now_ms, &invitation);
	if (rc == 0)
		s.invitation = arena_dup(mem, &invitation, sizeof(invitation));
	else if (rc != ERR_NOT_FOUND)
		return rc;
	*ret_site = s;
	return 0;
}

int view_page(struct tenant_db *db, struct arena *mem, struct id site, int64_t now_ms,
	      struct site *ret_site)
{
	struct site s;
	int rc = view_row(db, mem, site, now_ms, &s);

	if (rc < 0)
		return rc;
	rc = series_list(db, mem, site, &s.series);
	if (rc < 0)
		return rc;
	*ret_site = s;
	return 0;
}
