/* store.c - see store.h. */
#include "store.h"

#include "base/file.h"
#include "base/os.h"
#include "db/keyring.h"
#include "hub/config.h"

void must(int rc, const char *what)
{
	if (rc < 0)
		die("%s: %s", what, err_title(rc));
}

void store_open(const char *config, struct store *s)
{
	struct hub_paths paths;

	*s = (struct store){ 0 };
	if (!hub_config_load(config, &s->mem, &s->config))
		die("hub.conf cannot be used");
	paths = hub_paths_of(&s->mem, &s->config);
	must(file_lock_take(paths.lock, &s->lock), "the hub's lock: does it run?");
	must(keyring_open(s->config.master_key_file, paths.keys, &s->keys), "the keys");
	must(db_open(paths.database, s->keys, &s->db), "the database");
}

void store_close(struct store *s)
{
	db_close(&s->db);
	keyring_close(&s->keys);
	file_lock_free(&s->lock);
	arena_done(&s->mem);
}
