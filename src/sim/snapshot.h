/* snapshot.h - the scenario as a running server sees it: read anew when its file changes, and for
 * cached values only when their cache has run out. */
#ifndef SIM_SNAPSHOT_H
#define SIM_SNAPSHOT_H

#include "sim/papercut.h"

struct snapshots;

/* path NULL: the defaults for good.  marks may be NULL and outlives it. */
struct snapshots *snapshots_new(const char *path, struct marks *marks);
void snapshots_free(struct snapshots **s);

/* Looks at the file; what it returns is valid until the next call.  A file that is being written or
 * is wrong leaves everything as it was (and is logged). */
const struct sim_state *snapshots_look(struct snapshots *s, int64_t now_ms);

#endif
