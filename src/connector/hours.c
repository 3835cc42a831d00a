/* hours.c - see hours.h. */
#include "connector/hours.h"
#include "base/clock.h"
#include "base/err.h"
#include <string.h>

#define DAYS      7
#define DAY_MIN   (24 * 60)
#define MINUTE_MS ((int64_t)60 * 1000)
#define SKIP_MAX  180 /* minutes by which a clock may be put forward */

static const char *const names[DAYS] = { "mo", "tu", "we", "th", "fr", "sa", "su" };

static int find_day(struct str word)
{
	for (int i = 0; i < DAYS; i++)
		if (str_eq_nocase(word, str_of(names[i])))
			return i;
	return -1;
}

/* "mo", "mo-fr", "fr-mo". */
static int add_days(struct str part, unsigned *days)
{
	struct str rest = part, word;
	int first, last;

	if (!str_split(&rest, '-', &word))
		return ERR_INVALID;
	first = last = find_day(word);
	if (rest.p)
		last = find_day(rest);
	if (first < 0 || last < 0)
		return ERR_INVALID;
	for (int i = first;; i = (i + 1) % DAYS) {
		*days |= 1u << i;
		if (i == last)
			return 0;
	}
}

/* "08:00"; "24:00" as an end. */
static int parse_time(struct str text, int *ret_minute)
{
	int digits[4], hour, minute;

	if (text.len != 5 || text.p[2] != ':')
		return ERR_INVALID;
	for (int i = 0; i < 4; i++) {
		char c = text.p[i < 2 ? i : i + 1];

		if (c < '0' || c > '9')
			return ERR_INVALID;
		digits[i] = c - '0';
	}
	hour = digits[0] * 10 + digits[1];
	minute = digits[2] * 10 + digits[3];
	if (hour > 24 || minute > 59 || (hour == 24 && minute))
		return ERR_INVALID;
	*ret_minute = hour * 60 + minute;
	return 0;
}

static int add(struct hours *h, unsigned days, int from, int to)
{
	if (h->len == HOURS_MAX)
		return ERR_INVALID;
	h->items[h->len].days = days;
	h->items[h->len].from = from;
	h->items[h->len++].to = to;
	return 0;
}

/* From the evening of its days to the morning of those that follow them. */
static int add_night(struct hours *h, unsigned days, int from, int to)
{
	unsigned mornings = (days << 1 | days >> (DAYS - 1)) & ((1u << DAYS) - 1);
	int rc = add(h, days, from, DAY_MIN);

	return rc == 0 && to > 0 ? add(h, mornings, 0, to) : rc;
}

static int parse_entry(struct str text, struct hours *h)
{
	struct str rest = text, days, day, from;
	unsigned bits = 0;
	int rc = 0, begin, end;

	if (!str_split(&rest, ' ', &days) || !rest.p)
		return ERR_INVALID;
	while (rc == 0 && str_split(&days, '+', &day))
		rc = add_days(day, &bits);
	rest = str_trim(rest);
	if (rc < 0 || !str_split(&rest, '-', &from) || !rest.p)
		return ERR_INVALID;
	rc = parse_time(str_trim(from), &begin);
	if (rc == 0)
		rc = parse_time(str_trim(rest), &end);
	if (rc < 0 || begin == end || begin == DAY_MIN)
		return ERR_INVALID;
	return begin < end ? add(h, bits, begin, end) : add_night(h, bits, begin, end);
}

int hours_parse(struct str text, struct hours *ret_hours)
{
	struct str rest = str_trim(text), entry;
	struct hours h = {};
	int rc = 0;

	if (text.len > HOURS_TEXT_MAX)
		return ERR_INVALID;
	if (!rest.len)
		rest.p = NULL; /* else it has one part, which is empty */
	while (rc == 0 && str_split(&rest, ',', &entry))
		rc = parse_entry(str_trim(entry), &h);
	if (rc == 0)
		*ret_hours = h;
	return rc;
}

static void print_days(unsigned days, struct buf *out)
{
	const char *between = "";

	for (int i = 0; i < DAYS; i++) {
		int last = i;

		if (!(days & 1u << i))
			continue;
		while (last + 1 < DAYS && days & 1u << (last + 1))
			last++;
		buf_printf(out, "%s%s", between, names[i]);
		if (last > i)
			buf_printf(out, "%s%s", last > i + 1 ? "-" : "+", names[last]);
		between = "+";
		i = last;
	}
}

void hours_print(const struct hours *h, struct buf *out)
{
	for (unsigned i = 0; i < h->len; i++) {
		int from = h->items[i].from, to = h->items[i].to;

		buf_puts(out, i ? ", " : "");
		print_days(h->items[i].days, out);
		buf_printf(out, " %02d:%02d-%02d:%02d", from / 60, from % 60, to / 60, to % 60);
	}
}

bool hours_have(const struct hours *h, int64_t wall_ms)
{
	struct clock_local now;

	clock_local(wall_ms, &now);
	for (unsigned i = 0; i < h->len; i++)
		if (h->items[i].days & 1u << now.weekday && now.minute >= h->items[i].from &&
		    now.minute < h->items[i].to)
			return true;
	return false;
}

/* By how many minutes the clock then shows more than that; negative: less. */
static int ahead(int64_t at, int minute)
{
	struct clock_local then;
	int off;

	clock_local(at, &then);
	off = then.minute - minute % DAY_MIN;
	if (off > DAY_MIN / 2)
		off -= DAY_MIN;
	if (off < -DAY_MIN / 2)
		off += DAY_MIN;
	return off;
}

/* The moment `day` days on at which the clock shows that minute, or passes over it.  Where it was
 * put forward or back meanwhile, the first guess is off by as much as it then shows too much or too
 * little. */
static int64_t moment(int64_t wall_ms, const struct clock_local *now, int day, int minute)
{
	int64_t begin = wall_ms - wall_ms % MINUTE_MS;
	int64_t at = begin + MINUTE_MS * ((int64_t)day * DAY_MIN + minute - now->minute);

	at -= ahead(at, minute) * MINUTE_MS;
	for (int i = 0; i < SKIP_MAX && ahead(at, minute) < 0; i++)
		at += MINUTE_MS;
	return at;
}

int64_t hours_next_ms(const struct hours *h, int64_t wall_ms)
{
	int64_t next = INT64_MAX;
	struct clock_local now;

	clock_local(wall_ms, &now);
	for (int day = 0; day <= DAYS && next == INT64_MAX; day++) {
		for (unsigned i = 0; i < h->len; i++) {
			int64_t from, to;

			if (!(h->items[i].days & 1u << ((now.weekday + day) % DAYS)))
				continue;
			from = moment(wall_ms, &now, day, h->items[i].from);
			to = moment(wall_ms, &now, day, h->items[i].to);
			if (from > wall_ms && from < next)
				next = from;
			if (to > wall_ms && to < next)
				next = to;
		}
	}
	return next;
}
