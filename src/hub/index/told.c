/* told.c - see told.h. */
#include "hub/index/told.h"

#include "model/licence.h"

#define DAY_MS (24 * 3600 * INT64_C(1000))

struct site_infrastructure *
shown_infrastructure(struct arena *mem, const struct report_infrastructure *in, int64_t read_ms)
{
	struct site_infrastructure *out;

	if (!in)
		return NULL;
	out = ARENA_NEW(mem, struct site_infrastructure);
	out->read_ms = read_ms;
	for (size_t i = 0; i < in->parts.len; i++) {
		const struct report_part *from = in->parts.items[i];
		struct site_part *part = ARENA_NEW(mem, struct site_part);

		*part = (struct site_part){ component_kind_names[from->kind], from->state,
					    from->total, from->down };
		report_list_add(mem, &out->parts, part);
	}
	return out;
}

static struct json_list shown_seats(struct arena *mem, const struct json_list *in)
{
	struct json_list out = {};

	for (size_t i = 0; i < in->len; i++) {
		const struct report_seats *from = in->items[i];
		struct site_seats *seats = ARENA_NEW(mem, struct site_seats);

		*seats = (struct site_seats){ seat_names[from->kind], from->used, from->licensed };
		report_list_add(mem, &out, seats);
	}
	return out;
}

/* Whoever is asked first and says something. */
static struct report_stated *first_stated(struct arena *mem, struct report_stated *told,
					  const char *entered)
{
	struct report_stated *s;

	if (told || !entered)
		return told;
	s = ARENA_NEW(mem, struct report_stated);
	*s = (struct report_stated){ entered, ORIGIN_PROVIDER };
	return s;
}

static struct site_end *first_end(struct arena *mem, int64_t told_ms, int origin,
				  const char *entered)
{
	struct site_end end = { told_ms, JSON_ABSENT_INT, origin < 0 ? ORIGIN_SERVER : origin };

	if (told_ms == JSON_ABSENT_INT) {
		if (!entered || licence_date_parse(str_of(entered), &end.at_ms) < 0)
			return NULL;
		end.origin = ORIGIN_PROVIDER;
	}
	return arena_dup(mem, &end, sizeof(end));
}

static int64_t end_of(int64_t read_ms, int64_t days)
{
	return read_ms == JSON_ABSENT_INT || days == JSON_ABSENT_INT ? JSON_ABSENT_INT
								     : read_ms + days * DAY_MS;
}

struct site_licence *shown_licence(struct arena *mem, const struct report_licence *in,
				   int64_t read_ms, struct site_licence_entry *entry)
{
	const struct site_licence_entry unwritten = {}, *e = entry ? entry : &unwritten;
	struct report_licence nothing;
	struct site_licence *out;
	int64_t licence_ms;

	if (!in && !entry)
		return NULL;
	json_init(&report_licence_schema, &nothing);
	if (!in)
		in = &nothing;
	out = ARENA_NEW(mem, struct site_licence);
	licence_ms = end_of(read_ms, in->licence_days);
	*out = (struct site_licence){
		.read_ms = read_ms,
		.valid = in->valid,
		.support_days = in->support_days,
		.support_ends_ms = end_of(read_ms, in->support_days),
		.licence_days = in->licence_days,
		.origin = in->origin,
		.seats = shown_seats(mem, &in->seats),
		.organisation = first_stated(mem, in->organisation, e->organisation),
		.customer_reference =
			first_stated(mem, in->customer_reference, e->customer_reference),
		.provider = entry,
	};
	out->support_end = first_end(mem, out->support_ends_ms, in->origin, e->support_ends_on);
	out->licence_end = first_end(mem, licence_ms, in->origin, e->licence_ends_on);
	return out;
}

void show_days_left(struct arena *mem, struct site *s, int64_t now_ms)
{
	struct site_licence *l;

	if (!s->licence)
		return;
	l = s->licence = arena_dup(mem, s->licence, sizeof(*l));
	if (l->support_end) {
		l->support_end = arena_dup(mem, l->support_end, sizeof(*l->support_end));
		l->support_end->days = licence_days_left(l->support_end->at_ms, now_ms);
	}
	if (l->licence_end) {
		l->licence_end = arena_dup(mem, l->licence_end, sizeof(*l->licence_end));
		l->licence_end->days = licence_days_left(l->licence_end->at_ms, now_ms);
	}
}

struct site_usage *shown_usage(struct arena *mem, const struct report_usage *in, int64_t read_ms)
{
	struct site_usage *out;

	if (!in)
		return NULL;
	out = ARENA_NEW(mem, struct site_usage);
	*out = (struct site_usage){
		.read_ms = read_ms,
		.features = in->features,
		.held_jobs = in->held_jobs,
	};
	if (in->periods.len) {
		const struct report_period *p = in->periods.items[in->periods.len - 1];

		out->period = ARENA_NEW(mem, struct site_period);
		*out->period = (struct site_period){ p->from_ms, p->to_ms, p->pages, p->errors,
						     p->warnings };
	}
	if (in->days.len) {
		const struct report_day *d = in->days.items[in->days.len - 1];

		out->day = ARENA_NEW(mem, struct site_day);
		*out->day = (struct site_day){ d->from_ms, d->to_ms, d->rest_pages, d->rest_jobs };
	}
	return out;
}
