/* backup.c - the commands backup, keys backup and restore.
 *
 * What is restored is checked first and takes its place by one rename, and never the place of
 * something that is there: the operator moves that away himself. */
#include "hub/backup.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "db/keyring.h"
#include "hub/commands.h"
#include "hub/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NOTE_MAX (4 * KIB)
#define KEYS_MAX (256 * MIB)

/* clang-format off */
static const struct json_field note_fields[] = {
	{ "made_at", JSON_TIME, offsetof(struct backup_note, made_ms), JSON_REQUIRED },
	{ "hub_version", JSON_TEXT, offsetof(struct backup_note, hub_version), JSON_REQUIRED, .max = 64 },
	{ "bytes", JSON_INT, offsetof(struct backup_note, bytes), JSON_REQUIRED, .min = 0, .max = INT64_MAX },
	{ "sha256", JSON_TEXT, offsetof(struct backup_note, sha256), JSON_REQUIRED, .min = 64, .max = 64 },
	{}
};
/* clang-format on */
static const struct json_schema note_schema = { "backup", sizeof(struct backup_note), JSON_OPEN,
						note_fields };

static int failed(const char *what, int rc)
{
	fprintf(stderr, "imprimatur-hub: %s: %s\n", what, err_title(rc));
	return EXIT_FAILED;
}

static int sum(const char *path, struct arena *mem, struct backup_note *note)
{
	char hex[2 * HASH_LEN + 1];
	struct hash h;
	int rc = file_hash(path, &h, &note->bytes);

	if (rc == 0) {
		hash_hex(&h, hex);
		note->sha256 = arena_strdup(mem, hex);
	}
	return rc;
}

int backup_open(const char *dir, struct arena *mem, struct backup_note *ret_note,
		const char **ret_database)
{
	const char *database = arena_printf(mem, "%s/hub.db", dir);
	struct buf text = buf_new(NOTE_MAX);
	struct backup_note note = {}, found = {};
	struct json_problem problem;
	int rc = file_read(arena_printf(mem, "%s/backup.json", dir), &text);

	if (rc == 0 && json_decode(&note_schema, text.data, text.len, mem, &note, &problem) < 0)
		rc = ERR_CORRUPT;
	buf_done(&text);
	if (rc == 0)
		rc = sum(database, mem, &found);
	if (rc < 0)
		return rc;
	if (note.bytes != found.bytes || strcmp(note.sha256, found.sha256) != 0)
		return ERR_CORRUPT;
	*ret_note = note;
	*ret_database = database;
	return 0;
}

/* ---- backup ---- */

static int write_note(const char *dir, const char *database, struct arena *mem)
{
	struct backup_note note = { .made_ms = clock_wall_ms(), .hub_version = IMPRIMATUR_VERSION };
	struct buf text = buf_new(NOTE_MAX);
	int rc = sum(database, mem, &note);

	if (rc == 0) {
		json_encode(&note_schema, &note, 0, &text);
		rc = file_replace(arena_printf(mem, "%s/backup.json", dir), text.data, text.len,
				  FILE_PRIVATE);
	}
	buf_done(&text);
	if (rc == 0)
		printf("Copied %lld octets, SHA-256 %s.\nThe keys are not in it: imprimatur-hub "
		       "keys "
		       "backup copies them, to another place.\n",
		       (long long)note.bytes, note.sha256);
	return rc;
}

/* True if `path` lies in the folder `dir` or below. */
static bool within(const char *path, const char *dir, struct arena *mem)
{
	struct str folder = str_of(file_folder(path, mem));
	struct str whole = str_of(file_folder(arena_printf(mem, "%s/x", dir), mem));

	return str_starts(folder, whole) &&
	       (folder.len == whole.len || folder.p[whole.len] == '/' || whole.len == 1);
}

static int back_up(const struct hub_config *config, const char *dir, struct arena *mem)
{
	const char *database = arena_printf(mem, "%s/hub.db", dir);
	int rc = file_make_dir(dir);

	if (rc < 0)
		return failed(dir, rc);
	if (within(config->master_key_file, dir, mem)) {
		fprintf(stderr,
			"imprimatur-hub: --to: the master key lies there; a backup beside it "
			"protects nothing\n");
		return EXIT_FAILED;
	}
	rc = db_copy(hub_paths_of(mem, config).database, database);
	if (rc < 0)
		return failed(database, rc);
	rc = write_note(dir, database, mem);
	return rc < 0 ? failed(dir, rc) : EXIT_DONE;
}

int command_backup(const struct args *args)
{
	struct hub_config config;
	struct arena mem = {};
	int code = EXIT_FAILED;

	if (hub_config_load(args_get(args, "--config"), &mem, &config))
		code = back_up(&config, args_get(args, "--to"), &mem);
	arena_done(&mem);
	return code;
}

/* ---- keys backup ---- */

/* Keys are appended one record at a time: a copy that ends within one ends before it.  It gets its
 * name once the master key has opened it. */
static int copy_keys(const char *master, const char *from, const char *to, struct arena *mem)
{
	const char *copy = arena_printf(mem, "%s.copy", to);
	struct buf content = buf_new(KEYS_MAX);
	struct keyring *keys = NULL;
	int rc = file_exists(to) ? -EEXIST : file_read(from, &content);

	if (rc == 0)
		rc = file_replace(copy, content.data, content.len, FILE_PRIVATE);
	if (rc == 0)
		rc = keyring_open(master, copy, &keys);
	if (rc == 0)
		rc = file_move(copy, to);
	if (rc < 0)
		(void)!file_remove(copy);
	keyring_close(&keys);
	buf_wipe(&content);
	return rc;
}

int command_keys_backup(const struct args *args)
{
	const char *to = args_get(args, "--to");
	struct hub_config config;
	struct arena mem = {};
	int code = EXIT_FAILED, rc;

	if (hub_config_load(args_get(args, "--config"), &mem, &config)) {
		rc = copy_keys(config.master_key_file, hub_paths_of(&mem, &config).keys, to, &mem);
		code = rc < 0 ? failed(to, rc) : EXIT_DONE;
	}
	arena_done(&mem);
	return code;
}

/* ---- restore ---- */

/* It gets its name once this program is seen to be able to open it. */
static int put_back(const char *database, const char *place, struct arena *mem)
{
	const char *new = arena_printf(mem, "%s.restored", place);
	int rc = file_remove(new); /* of a restore that was interrupted */
	int have, last;

	if (rc == 0)
		rc = db_copy(database, new);
	if (rc == 0)
		rc = db_versions(new, &have, &last);
	if (rc == 0)
		rc = file_move(new, place);
	if (rc < 0)
		(void)!file_remove(new);
	return rc;
}

/* The keys are those that were given, or were left there; they open before anything is put back. */
static int ready_keys(const struct hub_config *config, const char *given, const char *place,
		      struct arena *mem)
{
	struct keyring *keys = NULL;
	int rc = given ? copy_keys(config->master_key_file, given, place, mem) : 0;

	if (rc < 0)
		return failed(rc == -EEXIST ? place : given, rc);
	rc = keyring_open(config->master_key_file, place, &keys);
	keyring_close(&keys);
	if (!file_exists(place))
		fprintf(stderr, "imprimatur-hub: without its keys nothing of a store can be read: "
				"say by --keys where their copy is\n");
	return rc < 0 ? failed(place, rc) : EXIT_DONE;
}

static int restore_into(const struct hub_config *config, const struct args *args, struct arena *mem)
{
	const char *from = args_get(args, "--from"), *keys = args_get(args, "--keys");
	struct hub_paths paths = hub_paths_of(mem, config);
	const char *there = hub_store_file(paths.database, mem), *database;
	struct backup_note note;
	int rc;

	if (there) {
		fprintf(stderr, "imprimatur-hub: %s is there: move away all of the old store\n",
			there);
		return EXIT_FAILED;
	}
	rc = backup_open(from, mem, &note, &database);
	if (rc < 0)
		return failed(from, rc);
	if (ready_keys(config, keys, paths.keys, mem) != EXIT_DONE)
		return EXIT_FAILED;
	rc = put_back(database, paths.database, mem);
	if (rc < 0)
		return failed(paths.database, rc);
	printf("Restored %lld octets. Check them with imprimatur-hub verify, then start the hub: "
	       "connectors send again what they still have.\n",
	       (long long)note.bytes);
	return EXIT_DONE;
}

int command_restore(const struct args *args)
{
	struct file_lock *lock = NULL;
	struct hub_config config;
	struct arena mem = {};
	int code = EXIT_FAILED, rc;

	if (hub_config_load(args_get(args, "--config"), &mem, &config)) {
		rc = file_make_dir(config.data_dir);
		if (rc == 0)
			rc = file_lock_take(hub_paths_of(&mem, &config).lock, &lock);
		code = rc < 0 ? failed("data_dir is used by a running hub", rc)
			      : restore_into(&config, args, &mem);
	}
	if (lock)
		file_lock_free(&lock);
	arena_done(&mem);
	return code;
}
