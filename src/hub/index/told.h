/* told.h - sections of a report in the form in which the API shows them.
 *
 * In `mem`, sharing texts with what is shown; NULL for NULL, or where nothing was told.  `read_ms`:
 * when the section was read, in the site's time; JSON_ABSENT_INT: not known.  What a licence's
 * `entry` says counts where nothing was told; NULL: there is none. */
#ifndef HUB_INDEX_TOLD_H
#define HUB_INDEX_TOLD_H

#include "hub/site/site.h"

struct site_infrastructure *
shown_infrastructure(struct arena *mem, const struct report_infrastructure *in, int64_t read_ms);
struct site_licence *shown_licence(struct arena *mem, const struct report_licence *in,
				   int64_t read_ms, struct site_licence_entry *entry);
/* Counts what is left of a licence, on a copy of it in `mem`. */
void show_days_left(struct arena *mem, struct site *s, int64_t now_ms);
struct site_usage *shown_usage(struct arena *mem, const struct report_usage *in, int64_t read_ms);

#endif
