/* told.c - see told.h. */
#include "hub/index/told.h"

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

struct site_licence *shown_licence(struct arena *mem, const struct report_licence *in,
				   int64_t read_ms)
{
	bool ends = in && in->support_days != JSON_ABSENT_INT && read_ms != JSON_ABSENT_INT;
	struct site_licence *out;

	if (!in)
		return NULL;
	out = ARENA_NEW(mem, struct site_licence);
	*out = (struct site_licence){
		.read_ms = read_ms,
		.valid = in->valid,
		.support_days = in->support_days,
		.support_ends_ms = ends ? read_ms + in->support_days * DAY_MS : JSON_ABSENT_INT,
		.licence_days = in->licence_days,
		.origin = in->origin,
		.seats = shown_seats(mem, &in->seats),
		.organisation = in->organisation,
		.customer_reference = in->customer_reference,
	};
	return out;
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
