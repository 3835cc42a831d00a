/* json_time.c - RFC 3339 by our own calendar: no locale, no time zone, no limit of time_t. */
#include "base/err.h"
#include "base/json.h"

#define DAY_MS   86400000
#define FIRST_MS (-62167219200000) /* 0000-01-01T00:00:00.000Z */
#define LAST_MS  253402300799999   /* 9999-12-31T23:59:59.999Z */

/* Days since 1970 of a proleptic Gregorian date.  Years begin in March, so that the day which comes
 * and goes is the last of one. */
static int64_t days_of(int64_t year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t in_era = y - era * 400;
	int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static void date_of(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
	int64_t d = days + 719468;
	int64_t era = (d >= 0 ? d : d - 146096) / 146097;
	int64_t in_era = d - era * 146097;
	int64_t y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * in_year + 2) / 153;

	*ret_day = (int)(in_year - (153 * m + 2) / 5 + 1);
	*ret_month = (int)(m < 10 ? m + 3 : m - 9);
	*ret_year = (int)(y + era * 400 + (*ret_month <= 2 ? 1 : 0));
}

/* `digits` digits and the octet `end`; what follows them.  Not printf: a report has several times.
 */
static char *put_number(char *out, unsigned value, int digits, char end)
{
	for (int i = digits; i-- > 0; value /= 10)
		out[i] = (char)('0' + value % 10);
	out[digits] = end;
	return out + digits + 1;
}

void time_encode(int64_t at_ms, char out[static TIME_TEXT_MAX])
{
	int year, month, day;
	int64_t days;
	unsigned ms;

	if (at_ms < FIRST_MS)
		at_ms = FIRST_MS;
	if (at_ms > LAST_MS)
		at_ms = LAST_MS;
	days = (at_ms - FIRST_MS) / DAY_MS + FIRST_MS / DAY_MS;
	ms = (unsigned)(at_ms - days * DAY_MS);
	date_of(days, &year, &month, &day);
	out = put_number(out, (unsigned)year, 4, '-');
	out = put_number(out, (unsigned)month, 2, '-');
	out = put_number(out, (unsigned)day, 2, 'T');
	out = put_number(out, ms / 3600000, 2, ':');
	out = put_number(out, ms / 60000 % 60, 2, ':');
	out = put_number(out, ms / 1000 % 60, 2, '.');
	out = put_number(out, ms % 1000, 3, 'Z');
	*out = 0;
}

/* `digits` digits, then the octet `end` unless that is 0; -1 if it is anything else. */
static int take_number(struct cur *c, size_t digits, char end)
{
	const uint8_t *p = cur_take(c, digits);
	const uint8_t *e = end ? cur_take(c, 1) : p;
	int value = 0;

	if (!p || !e || (end && *e != (uint8_t)end))
		return -1;
	for (size_t i = 0; i < digits; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		value = value * 10 + (p[i] - '0');
	}
	return value;
}

/* What may follow the seconds: a fraction, of which three digits count. */
static int take_fraction_ms(struct cur *c)
{
	int ms = 0, weight = 100, digits = 0;

	if (c->left == 0 || *c->p != '.')
		return 0;
	cur_take(c, 1);
	for (; c->left > 0 && *c->p >= '0' && *c->p <= '9'; digits++) {
		ms += (*cur_take(c, 1) - '0') * weight;
		weight /= 10;
	}
	return digits > 0 ? ms : -1;
}

/* "Z", "+hh:mm" or "-hh:mm", and nothing more. */
static int take_offset(struct cur *c, int64_t *ret_ms)
{
	const uint8_t *sign = cur_take(c, 1);
	int hours, minutes;

	if (!sign)
		return ERR_INVALID;
	if (*sign == 'Z' || *sign == 'z') {
		*ret_ms = 0;
		return c->left == 0 ? 0 : ERR_INVALID;
	}
	hours = take_number(c, 2, ':');
	minutes = take_number(c, 2, 0);
	if ((*sign != '+' && *sign != '-') || hours < 0 || hours > 23 || minutes < 0 ||
	    minutes > 59 || c->left > 0)
		return ERR_INVALID;
	*ret_ms = (hours * 60 + minutes) * (*sign == '+' ? (int64_t)60000 : -60000);
	return 0;
}

static bool is_date(int year, int month, int day)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	if (year < 0 || month < 1 || month > 12 || day < 1)
		return false;
	return day <= lengths[month - 1] + (month == 2 && leap ? 1 : 0);
}

int time_decode(struct str text, int64_t *ret_ms)
{
	struct cur c = cur_of(text.p, text.len);
	int year = take_number(&c, 4, '-');
	int month = take_number(&c, 2, '-');
	int day = take_number(&c, 2, 0);
	const uint8_t *t = cur_take(&c, 1);
	int hour = take_number(&c, 2, ':');
	int minute = take_number(&c, 2, ':');
	int second = take_number(&c, 2, 0);
	int64_t offset_ms, at_ms;
	int fraction_ms;

	if (c.failed || !is_date(year, month, day) || (*t != 'T' && *t != 't'))
		return ERR_INVALID;
	/* 60: a leap second (RFC 3339, 5.7) counts as the second after it. */
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
		return ERR_INVALID;
	fraction_ms = take_fraction_ms(&c);
	if (fraction_ms < 0 || take_offset(&c, &offset_ms) < 0)
		return ERR_INVALID;
	at_ms = days_of(year, month, day) * DAY_MS + hour * (int64_t)3600000 + minute * 60000 +
		second * 1000 + fraction_ms - offset_ms;
	if (at_ms < FIRST_MS || at_ms > LAST_MS)
		return ERR_INVALID;
	*ret_ms = at_ms;
	return 0;
}
