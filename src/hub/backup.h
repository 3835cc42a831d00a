/* backup.h - a backup folder: hub.db (db_copy), and backup.json that says what it is.
 *
 * Neither holds a key: the wrapped keys are copied apart, and the master key is never copied. */
#ifndef HUB_BACKUP_H
#define HUB_BACKUP_H

#include "base/arena.h"
#include "base/hash.h"

struct backup_note {
	int64_t made_ms, bytes;
	const char *hub_version, *sha256; /* of hub.db, in hexadecimal */
};

/* Reads DIR/backup.json and compares it with DIR/hub.db, whose path is *ret_database.  ERR_CORRUPT:
 * they do not belong together; -errno. */
MUST_USE int backup_open(const char *dir, struct arena *mem, struct backup_note *ret_note,
			 const char **ret_database);

#endif
