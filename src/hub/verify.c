/* verify.c - the command verify: is all there, in order, and can it be read?
 *
 * It works on a copy, as a restore would: the store is not touched, the hub may run, and what a
 * newer program would do to the schema is tried along.  Every provider's change log is recomputed
 * and opened with its keys; every report is compared with the one before it; what the hub reads of
 * customers and sites at its start is read. */
#include "base/err.h"
#include "base/file.h"
#include "db/change.h"
#include "db/keyring.h"
#include "hub/backup.h"
#include "hub/commands.h"
#include "hub/config.h"
#include "hub/index/index.h"
#include "hub/provider/provider.h"
#include "hub/report/report.h"

#include <stdio.h>

#define CHANGES_AT_ONCE 500

struct verify_job {
	int64_t bad; /* providers */
};

struct findings {
	int64_t changes, erased, bad_change, records, torn, unread;
};

/* Opens every change; a key that is gone was erased, a key that does not fit fails. */
static int read_changes(struct tenant_db *db, struct findings *f)
{
	struct arena mem = {};
	struct change *changes;
	int64_t after = 0;
	size_t len = 0;
	int rc;

	do {
		rc = change_read(db, after, CHANGES_AT_ONCE, &mem, &changes, &len);
		for (size_t i = 0; rc == 0 && i < len; i++) {
			after = changes[i].note.seq;
			f->erased += changes[i].erased;
		}
		f->changes += rc == 0 ? (int64_t)len : 0;
		arena_wipe(&mem);
	} while (rc == 0 && len == CHANGES_AT_ONCE);
	arena_done(&mem);
	return rc;
}

static int verify_provider(struct system_db *db, struct id provider, struct verify_job *job)
{
	struct tenant_db *tenant = system_tenant(db, provider);
	struct findings f = {};
	char id[ID_TEXT_MAX];
	int chain = change_verify(tenant, &f.bad_change), rc = 0;

	if (chain < 0 && chain != ERR_CORRUPT)
		return chain;
	if (chain == 0)
		rc = read_changes(tenant, &f);
	if (rc < 0)
		return rc;
	rc = reports_verify(tenant, &f.records, &f.torn);
	if (rc == 0)
		rc = index_verify(tenant, &f.unread);
	if (rc < 0)
		return rc;
	id_encode(ID_PROV, provider, id);
	printf("%s: ", id);
	if (chain < 0)
		printf("the change log breaks at number %lld", (long long)f.bad_change);
	else
		printf("%lld changes in an unbroken chain, %lld of them erased",
		       (long long)f.changes, (long long)f.erased);
	printf("; %lld reports, %lld out of order", (long long)f.records, (long long)f.torn);
	if (f.unread > 0)
		printf("; %lld customers or sites that do not open", (long long)f.unread);
	printf("\n");
	job->bad += chain < 0 || f.torn > 0 || f.unread > 0;
	return 0;
}

static int verify_run(struct system_db *db, struct arena *mem, void *arg)
{
	struct verify_job *job = arg;
	struct id *ids = NULL;
	size_t len = 0;
	int rc = provider_list(db, mem, &ids, &len);

	for (size_t i = 0; rc == 0 && i < len; i++)
		rc = verify_provider(db, ids[i], job);
	return rc;
}

static int check_copy(const struct hub_config *config, const char *copy, struct arena *mem)
{
	struct keyring *keys = NULL;
	struct verify_job job = {};
	struct db *db = NULL;
	const char *place = hub_paths_of(mem, config).keys;
	int rc = keyring_open(config->master_key_file, place, &keys);

	if (rc < 0)
		fprintf(stderr, "imprimatur-hub: the keys in %s cannot be used\n", place);
	else
		rc = db_open(copy, keys, &db);
	if (rc == 0)
		rc = db_wait_system_read(db, verify_run, &job, mem);
	db_close(&db);
	keyring_close(&keys);
	return rc < 0 ? rc : job.bad > 0 ? ERR_CORRUPT : 0;
}

/* All files of the folder are ours: the copy, what SQLite and an upgrade of it leave beside it. */
static int remove_file(const char *name, void *arg)
{
	struct arena mem = {};
	int rc = file_remove(arena_printf(&mem, "%s/%s", (const char *)arg, name));

	arena_done(&mem);
	return rc;
}

static void empty(const char *dir)
{
	(void)!file_list(dir, remove_file, (void *)(uintptr_t)dir);
}

static int verify(const struct hub_config *config, const char *from, struct arena *mem)
{
	const char *database = hub_paths_of(mem, config).database;
	const char *dir = arena_printf(mem, "%s/verify", config->data_dir);
	const char *copy = arena_printf(mem, "%s/hub.db", dir);
	struct file_lock *lock = NULL;
	struct backup_note note;
	int rc = from ? backup_open(from, mem, &note, &database) : 0;

	if (rc < 0)
		fprintf(stderr, "imprimatur-hub: %s is not what its backup.json says\n", from);
	else
		rc = file_make_dir(dir);
	if (rc == 0) /* one at a time */
		rc = file_lock_take(arena_printf(mem, "%s.lock", dir), &lock);
	if (rc < 0)
		return rc;
	empty(dir); /* of a check that was interrupted */
	rc = db_copy(database, copy);
	if (rc == 0)
		rc = check_copy(config, copy, mem);
	empty(dir);
	file_lock_free(&lock);
	return rc;
}

int command_verify(const struct args *args)
{
	struct hub_config config;
	struct arena mem = {};
	int rc = ERR_CONFIG;

	if (hub_config_load(args_get(args, "--config"), &mem, &config)) {
		rc = verify(&config, args_get(args, "--from"), &mem);
		if (rc < 0)
			fprintf(stderr, "imprimatur-hub: %s\n", err_title(rc));
	}
	arena_done(&mem);
	return rc < 0 ? EXIT_FAILED : EXIT_DONE;
}
