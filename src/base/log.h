/* log.h - one line an event to standard error: level= at= event= k=v ...
 *
 * Events are rows of log.def and nothing else is logged.  Values are quoted and escaped as needed
 * (no control characters reach a terminal).  At info and above no path, host or person's text may
 * be given: review finds those by grepping the few calls.  Secrets have no formatter.
 * Thread-safe: a line is one write(2). */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/cc.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

enum log_event {
#define X(name, level, text) name,
#include "base/log.def"
#undef X
	LOG_EVENTS
};

void log_set_level(enum log_level level); /* default LOG_INFO */

/* log_event(EV_STARTED, "port=%d site=%s", port, id): fmt holds k=v pairs separated by one space;
 * a %s value is quoted if needed.  fmt "" for none.  Conversions: %s %.*s, and %d %u %x, each also
 * with l, ll or z: nothing else, a float or a padded number is an assertion. */
void log_event(enum log_event event, const char *fmt, ...) PRINTF(2, 3);

/* Names for docs/operate.md. */
const char *log_event_name(enum log_event event);
const char *log_event_text(enum log_event event);

#endif
