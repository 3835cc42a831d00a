/* told_change.c - see told_change.h.
 *
 * A report that says what the one before said costs some comparisons and no memory. */
#include "hub/report/told_change.h"

#include "db/change.h"
#include "model/facts.h"
#include "model/report.h"
#include <string.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)
/* An end is told as days left, of a reading at some hour: the same end may show as the day beside.
 */
#define END_SLACK_MS (2 * DAY_MS)

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static int64_t end_of(int64_t read_ms, int64_t days)
{
	return read_ms == JSON_ABSENT_INT || days == JSON_ABSENT_INT ? JSON_ABSENT_INT
								     : read_ms + days * DAY_MS;
}

static bool same_end(int64_t a, int64_t b)
{
	if (a == JSON_ABSENT_INT || b == JSON_ABSENT_INT)
		return a == b;
	return a - b < END_SLACK_MS && b - a < END_SLACK_MS;
}

static int64_t licensed(const struct report_licence *l, enum seat kind)
{
	for (size_t i = 0; i < l->seats.len; i++) {
		const struct report_seats *seats = l->seats.items[i];

		if (seats->kind == (int)kind)
			return seats->licensed;
	}
	return JSON_ABSENT_INT;
}

static bool same_licence(const struct site_state *a, const struct site_state *b)
{
	const struct report_licence *was = a->licence, *is = b->licence;

	/* That it is told at all is no change of it. */
	if (was == is || !was || !is)
		return true;
	for (int kind = 0; kind < SEATS; kind++)
		if (licensed(was, (enum seat)kind) != licensed(is, (enum seat)kind))
			return false;
	return was->valid == is->valid &&
	       same_end(end_of(a->licence_ms, was->support_days),
			end_of(b->licence_ms, is->support_days)) &&
	       same_end(end_of(a->licence_ms, was->licence_days),
			end_of(b->licence_ms, is->licence_days));
}

static bool same_server(const struct site_state *a, const struct site_state *b)
{
	return a->product == b->product && a->edition == b->edition && a->os == b->os &&
	       same_text(a->version, b->version);
}

static bool same_connector(const struct site_state *a, const struct site_state *b)
{
	return !a->connector_version || same_text(a->connector_version, b->connector_version);
}

static const char *word(const char *const *names, int value)
{
	return value < 0 ? NULL : names[value];
}

static const char *count(struct arena *mem, int64_t n)
{
	return n == JSON_ABSENT_INT ? NULL : arena_printf(mem, "%lld", (long long)n);
}

static const char *day(struct arena *mem, int64_t at_ms)
{
	char text[TIME_TEXT_MAX];

	if (at_ms == JSON_ABSENT_INT)
		return NULL;
	time_encode(at_ms, text);
	return arena_printf(mem, "%.10s", text);
}

static void put_licence(struct arena *mem, const struct site_state *s, struct change_facts *f)
{
	const struct report_licence *l = s->licence;

	if (l->valid != JSON_UNSAID)
		f->licence_valid = l->valid == JSON_TRUE ? "true" : "false";
	f->support_ends = day(mem, end_of(s->licence_ms, l->support_days));
	f->licence_ends = day(mem, end_of(s->licence_ms, l->licence_days));
	f->seats_users = count(mem, licensed(l, SEAT_USERS));
	f->seats_site_servers = count(mem, licensed(l, SEAT_SITE_SERVERS));
	f->seats_advanced_clients = count(mem, licensed(l, SEAT_ADVANCED_CLIENTS));
	f->seats_devices = count(mem, licensed(l, SEAT_DEVICES));
}

enum parts { SERVER = 1, CONNECTOR = 2, LICENCE = 4 };

static struct change_facts facts_of(struct arena *mem, const struct site_state *s, unsigned parts)
{
	struct change_facts f;

	json_init(&change_facts_schema, &f);
	if (parts & SERVER) {
		f.server = word(product_names, s->product);
		f.server_version = s->version;
		f.server_edition = word(edition_names, s->edition);
		f.server_os = word(server_os_names, s->os);
	}
	if (parts & CONNECTOR)
		f.connector_version = s->connector_version;
	if (parts & LICENCE)
		put_licence(mem, s, &f);
	return f;
}

int told_change(struct tenant_db *db, struct arena *mem, struct id customer, struct id connector,
		const struct site_state *before, const struct site_state *after, int64_t added,
		int64_t gone)
{
	unsigned parts = (same_server(before, after) ? 0 : SERVER) |
			 (same_connector(before, after) ? 0 : CONNECTOR) |
			 (same_licence(before, after) ? 0 : LICENCE);
	struct change_facts was, is;

	if (before->report_ms == JSON_ABSENT_INT || (parts == 0 && added == 0 && gone == 0))
		return 0;
	was = facts_of(mem, before, parts);
	is = facts_of(mem, after, parts);
	if (added > 0)
		is.devices_added = count(mem, added);
	if (gone > 0)
		is.devices_gone = count(mem, gone);
	return change_write(db, &(struct change_in){ .verb = CHANGE_SITE_TOLD,
						     .actor_kind = ACTOR_CONNECTOR,
						     .actor = connector,
						     .object_kind = ID_SITE,
						     .object = after->site,
						     .customer = customer,
						     .site = after->site,
						     .before = facts_text(mem, &was),
						     .after = facts_text(mem, &is) });
}
