/* licence.h - how long a licence and its support last, whoever says so.  Pure.
 *
 * An end is a moment in ms UTC of the day that is the last one; days are counted from date to date
 * in UTC, so that 0 is today and a negative number is past.  JSON_ABSENT_INT is "not known", which
 * is neither 0 nor past. */
#ifndef MODEL_LICENCE_H
#define MODEL_LICENCE_H

#include "base/buf.h"
#include "base/json.h"
#include "model/words.h"

int64_t licence_days_left(int64_t end_ms, int64_t now_ms);
/* The first ms of the day that is so many days after today. */
int64_t licence_day_ms(int64_t now_ms, int64_t days);

/* What the nearer of both ends amounts to.  A licence of which the print server says that it is not
 * valid has ended, whatever else is told. */
enum renewal licence_renewal(enum json_bool valid, int64_t support_ms, int64_t licence_ms,
			     int64_t now_ms);

/* A date as a person enters it, "2027-01-31": its first ms.  ERR_INVALID for anything else. */
#define LICENCE_DATE_LEN 10
MUST_USE int licence_date_parse(struct str text, int64_t *ret_ms);
/* In `mem`; NULL for JSON_ABSENT_INT. */
const char *licence_date_text(struct arena *mem, int64_t end_ms);

#endif
