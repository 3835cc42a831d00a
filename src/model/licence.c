/* licence.c - see licence.h. */
#include "model/licence.h"

#include "base/err.h"
#include <stdio.h>

#define DAY_MS (24 * 3600 * INT64_C(1000))

static int64_t day_of(int64_t at_ms)
{
	return at_ms >= 0 ? at_ms / DAY_MS : -((-at_ms + DAY_MS - 1) / DAY_MS);
}

int64_t licence_days_left(int64_t end_ms, int64_t now_ms)
{
	return end_ms == JSON_ABSENT_INT ? JSON_ABSENT_INT : day_of(end_ms) - day_of(now_ms);
}

int64_t licence_day_ms(int64_t now_ms, int64_t days)
{
	return (day_of(now_ms) + days) * DAY_MS;
}

static enum renewal renewal_of(int64_t days)
{
	static const struct {
		int64_t below;
		enum renewal is;
	} steps[] = { { 0, RENEWAL_ENDED },
		      { 31, RENEWAL_WITHIN_30 },
		      { 61, RENEWAL_WITHIN_60 },
		      { 91, RENEWAL_WITHIN_90 } };

	if (days == JSON_ABSENT_INT)
		return RENEWAL_UNKNOWN;
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		if (days < steps[i].below)
			return steps[i].is;
	}
	return RENEWAL_LATER;
}

enum renewal licence_renewal(enum json_bool valid, int64_t support_ms, int64_t licence_ms,
			     int64_t now_ms)
{
	enum renewal support = renewal_of(licence_days_left(support_ms, now_ms));
	enum renewal licence = renewal_of(licence_days_left(licence_ms, now_ms));

	/* In the order of the words: what is nearer comes first, what is not known last. */
	if (valid == JSON_FALSE)
		return RENEWAL_ENDED;
	return support < licence ? support : licence;
}

int licence_date_parse(struct str text, int64_t *ret_ms)
{
	char time[TIME_TEXT_MAX];

	if (text.len != LICENCE_DATE_LEN)
		return ERR_INVALID;
	snprintf(time, sizeof(time), "%.*sT00:00:00Z", (int)text.len, text.p);
	return time_decode(str_of(time), ret_ms);
}

const char *licence_date_text(struct arena *mem, int64_t end_ms)
{
	char time[TIME_TEXT_MAX];

	if (end_ms == JSON_ABSENT_INT)
		return NULL;
	time_encode(end_ms, time);
	return arena_strndup(mem, time, LICENCE_DATE_LEN);
}
