/* keyring.c - the key file, and its content in memory.
 *
 *	offset  header                          offset  record
 *	0       "IMPRKEYS"                      0       'K'
 *	8       version, 4 octets               1       kind: 1 provider, 2 customer, 3 erased
 *	12      zero, 4 octets                  2       zero, 2 octets
 *	16      check value, 32 octets          4       key id, 16
 *	48      records                         20      provider, 16
 *	                                        36      customer, 16 (zero for kind 1)
 *	                                        52      box, 60
 *	                                        112     CRC-32 of all before, 4
 *
 * A record that is cut short or all zeros at the end was never synced, so no row can need it: the
 * next writer takes its place.
 *
 * A key is erased in two steps, each synced: a record of kind 3 with its id is appended (its box
 * holds nothing), then box and CRC of its own record are overwritten with zeros.  Wherever a crash
 * comes between, the key does not count any more: a damaged record is taken for one that was being
 * overwritten if, and only if, a record of kind 3 names it, and the next program to open the file
 * finishes the work.
 *
 * What was read badly does not count as read: the next look into the file begins with it.  So a
 * damage that passes (a record that somebody was still writing, a disk that failed once) holds up
 * nobody for longer than it lasts.  One that stays refuses every key behind it and every new one,
 * and the next start: there is a copy of the keys to bring back (`keys backup`), and whoever went
 * on without would lose a customer's rows without a word.
 *
 * After a sync that failed nobody knows what the disk holds, and the kernel calls the pages clean:
 * a record that was appended then is written once more, and synced, before anything else is done
 * with the file. */
#include "db/keyring.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/map.h"
#include "base/rand.h"
#include "base/thread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define VERSION    1
#define HEADER_LEN 48
#define BOX_AT     52
#define BOX_LEN    (SEAL_KEY_LEN + SEAL_OVERHEAD)
#define CRC_AT     (BOX_AT + BOX_LEN)
#define RECORD_LEN (CRC_AT + 4)
#define BUSY_MS    5000
#define PAUSE_MS   20
#define MASTER_HEX (2 * SEAL_KEY_LEN)

enum { KIND_PROVIDER = 1, KIND_CUSTOMER = 2, KIND_ERASED = 3 };

#define HEAD(kind) ('K' | (uint64_t)(kind) << 8)

struct scope {
	struct id provider, customer;
};

struct key {
	struct id id;
	struct scope scope;
	struct seal_key secret;
	int64_t at;       /* of its record in the file */
	bool overwritten; /* nothing is left of it there */
};

struct keyring {
	struct mutex *lock;
	struct cond *pause; /* never signalled: a way to wait */
	char *path, *lock_path;
	struct seal_key wrapping;
	struct hash lookup; /* what look-up keys are derived from */
	struct hash check;
	struct map by_id, by_scope; /* struct key */
	struct map erased;          /* struct key, without its secret, by scope */
	struct map erased_ids;      /* the same, by id: rows that they sealed are still read */
	struct map damaged;         /* the same: records that wait to be named as erased */
	int64_t half_erased;        /* where a record lies that is not all overwritten; 0: none */
	int64_t known;              /* octets of the file that are in the maps */
	bool unsure;                /* what is behind them may not be on disk */
};

/* Everything derived from the master key has a name of its own. */
static struct hash derive(const struct seal_key *master, const char *name)
{
	return hmac_of(master->b, sizeof(master->b), name, strlen(name));
}

/* True if `path` lies in the folder of `file`, or below. */
static bool beside(const char *path, const char *file)
{
	const char *slash = strrchr(file, '/');
	size_t len = slash ? (size_t)(slash - file) + 1 : 0;

	if (len == 0)
		return path[0] != '/' && strncmp(path, "../", 3) != 0;
	return strncmp(path, file, len) == 0;
}

static int read_master(const char *path, struct seal_key *ret_master)
{
	struct buf text = buf_new(MASTER_HEX + 1);
	int rc = file_read(path, &text);

	if (rc == 0 && text.len > 0 && text.data[text.len - 1] == '\n')
		text.len--;
	if (rc == 0 && (text.len != MASTER_HEX ||
			hex_decode(buf_str(&text), ret_master->b, sizeof(ret_master->b)) < 0))
		rc = ERR_CRYPTO;
	buf_wipe(&text);
	return rc == ERR_TOO_LARGE ? ERR_CRYPTO : rc;
}

static int write_master(const char *path, const struct seal_key *master)
{
	struct buf text = buf_new(MASTER_HEX + 1);
	int rc;

	buf_put_hex(&text, master->b, sizeof(master->b));
	buf_putc(&text, '\n');
	rc = file_replace(path, text.data, text.len, FILE_PRIVATE);
	buf_wipe(&text);
	return rc;
}

static int write_header(const char *path, const struct seal_key *master)
{
	struct hash check = derive(master, "imprimatur key file 1");
	struct buf header = buf_new(HEADER_LEN);
	int rc;

	buf_puts(&header, "IMPRKEYS");
	buf_put_le(&header, VERSION, 4);
	buf_put_le(&header, 0, 4);
	buf_put(&header, check.b, sizeof(check.b));
	rc = file_replace(path, header.data, header.len, FILE_PRIVATE);
	buf_done(&header);
	return rc;
}

int keyring_init(const char *master_path, const char *keys_path)
{
	struct seal_key master;
	int rc;

	if (beside(master_path, keys_path))
		return ERR_CONFIG;
	if (file_exists(master_path) || file_exists(keys_path))
		return -EEXIST;
	rand_bytes(master.b, sizeof(master.b));
	rc = write_master(master_path, &master);
	if (rc == 0)
		rc = write_header(keys_path, &master);
	secret_wipe(&master, sizeof(master));
	return rc;
}

static int check_header(struct keyring *keys, const uint8_t *data)
{
	struct cur in = cur_of(data, HEADER_LEN);
	const uint8_t *magic = cur_take(&in, 8);
	uint64_t version = cur_le(&in, 4);
	uint64_t zero = cur_le(&in, 4);
	struct hash check;

	cur_copy(&in, check.b, sizeof(check.b));
	if (memcmp(magic, "IMPRKEYS", 8) != 0 || version == 0 || zero != 0)
		return ERR_CORRUPT;
	if (version > VERSION)
		return ERR_NEWER;
	return hash_eq(&check, &keys->check) ? 0 : ERR_CRYPTO;
}

static void learn(struct keyring *keys, const struct key *key)
{
	struct key *k = map_get(&keys->by_id, key->id.b, sizeof(key->id.b));

	if (k || map_get(&keys->erased_ids, key->id.b, sizeof(key->id.b)))
		return;
	k = xmalloc(sizeof(*k));
	*k = *key;
	map_put(&keys->by_id, k->id.b, sizeof(k->id.b), k);
	map_put(&keys->by_scope, &k->scope, sizeof(k->scope), k);
}

static void free_key(void *value, void *arg)
{
	secret_wipe(value, sizeof(struct key));
	free(value);
}

static struct key *mark(struct map *marks, struct id id, const struct scope *scope, int64_t at)
{
	struct key *k = xcalloc(1, sizeof(*k)), *old;

	k->id = id;
	k->scope = *scope;
	k->at = at;
	old = map_put(marks, &k->scope, sizeof(k->scope), k);
	free(old);
	return k;
}

/* Its key, if it was still there, is wiped; what is left of it in the file is to be overwritten. */
static void forget(struct keyring *keys, struct id id, const struct scope *scope)
{
	struct key *k = map_remove(&keys->by_scope, scope, sizeof(*scope));

	if (k)
		map_remove(&keys->by_id, k->id.b, sizeof(k->id.b));
	else
		k = map_remove(&keys->damaged, scope, sizeof(*scope));
	if (k) {
		if (!k->overwritten)
			keys->half_erased = k->at;
		free_key(k, NULL);
	}
	if (map_get(&keys->erased, scope, sizeof(*scope)))
		return;
	k = mark(&keys->erased, id, scope, 0);
	map_put(&keys->erased_ids, k->id.b, sizeof(k->id.b), k);
}

static int open_box(struct keyring *keys, const uint8_t *r, struct key *key)
{
	struct buf plain = buf_new(SEAL_KEY_LEN);
	int rc = unseal(&keys->wrapping, (struct str){ (const char *)r, BOX_AT }, r + BOX_AT,
			BOX_LEN, &plain);

	if (rc == 0 && plain.len != SEAL_KEY_LEN)
		rc = ERR_CORRUPT;
	if (rc == 0)
		memcpy(key->secret.b, plain.data, SEAL_KEY_LEN);
	buf_wipe(&plain);
	return rc;
}

static bool all_zero(const uint8_t *p, size_t len)
{
	while (len > 0 && *p == 0)
		p++, len--;
	return len == 0;
}

static int take_record(struct keyring *keys, const uint8_t *r)
{
	struct cur in = cur_of(r, RECORD_LEN);
	struct key key = { .at = keys->known }, *k;
	uint64_t head = cur_le(&in, 4);
	int rc;

	cur_copy(&in, key.id.b, sizeof(key.id.b));
	cur_copy(&in, key.scope.provider.b, sizeof(key.scope.provider.b));
	cur_copy(&in, key.scope.customer.b, sizeof(key.scope.customer.b));
	cur_take(&in, BOX_LEN);
	if (cur_le(&in, 4) != crc32_of(r, CRC_AT)) {
		if (head != HEAD(KIND_CUSTOMER))
			return ERR_CORRUPT;
		k = mark(&keys->damaged, key.id, &key.scope, key.at);
		k->overwritten = all_zero(r + BOX_AT, RECORD_LEN - BOX_AT);
		return 0;
	}
	if (head < HEAD(KIND_PROVIDER) || head > HEAD(KIND_ERASED) || (uint8_t)head != 'K')
		return ERR_NEWER;
	rc = open_box(keys, r, &key);
	if (rc == 0 && head == HEAD(KIND_ERASED))
		forget(keys, key.id, &key.scope);
	else if (rc == 0)
		learn(keys, &key);
	secret_wipe(&key, sizeof(key));
	return rc;
}

static void find_first(void *value, void *arg)
{
	const struct key *k = value;
	int64_t *first = arg;

	*first = k->at < *first ? k->at : *first;
}

/* At the file's end: what is damaged and not named as erased has to be read again. */
static int go_back(struct keyring *keys)
{
	if (!keys->damaged.len)
		return 0;
	map_each(&keys->damaged, find_first, &keys->known);
	map_each(&keys->damaged, free_key, NULL);
	map_done(&keys->damaged);
	return ERR_CORRUPT;
}

/* Reads what lies behind `known`; `known` stops before an unfinished end. */
static int read_on(struct keyring *keys, struct file_log *f)
{
	uint8_t r[RECORD_LEN];
	int rc, n;

	if (keys->known == 0) {
		n = file_log_read(f, 0, r, HEADER_LEN);
		if (n < 0)
			return n;
		rc = n < HEADER_LEN ? ERR_CORRUPT : check_header(keys, r);
		if (rc < 0)
			return rc;
		keys->known = HEADER_LEN;
	}
	for (;;) {
		n = file_log_read(f, keys->known, r, sizeof(r));
		if (n < 0)
			return n;
		if (n < RECORD_LEN || all_zero(r, sizeof(r)))
			return go_back(keys);
		rc = take_record(keys, r);
		if (rc < 0)
			return rc;
		keys->known += RECORD_LEN;
	}
}

void keyring_close(struct keyring **keys)
{
	struct keyring *k = *keys;

	if (!k)
		return;
	map_each(&k->by_id, free_key, NULL);
	map_done(&k->by_id);
	map_done(&k->by_scope);
	map_each(&k->erased, free_key, NULL);
	map_done(&k->erased);
	map_done(&k->erased_ids);
	map_each(&k->damaged, free_key, NULL);
	map_done(&k->damaged);
	mutex_free(&k->lock);
	cond_free(&k->pause);
	free(k->path);
	free(k->lock_path);
	secret_wipe(k, sizeof(*k));
	free(k);
	*keys = NULL;
}

/* Another process adds a key in a few ms; whoever holds the file longer is stuck. */
static int take_turn(struct keyring *keys, struct file_lock **ret_lock)
{
	int64_t until = clock_mono_ms() + BUSY_MS;
	int rc;

	for (;;) {
		rc = file_lock_take(keys->lock_path, ret_lock);
		if (rc != -EWOULDBLOCK)
			return rc;
		if (clock_mono_ms() >= until)
			return ERR_BUSY;
		cond_wait_ms(keys->pause, keys->lock, PAUSE_MS);
	}
}

static void make_record(const struct keyring *keys, int kind, const struct key *key,
			struct buf *out)
{
	uint8_t head[BOX_AT]; /* `out` may move while the box is put into it */

	buf_putc(out, 'K');
	buf_put_le(out, (uint64_t)kind, 1);
	buf_put_le(out, 0, 2);
	buf_put(out, key->id.b, sizeof(key->id.b));
	buf_put(out, key->scope.provider.b, sizeof(key->scope.provider.b));
	buf_put(out, key->scope.customer.b, sizeof(key->scope.customer.b));
	assert(out->len == BOX_AT);
	memcpy(head, out->data, sizeof(head));
	seal(&keys->wrapping, (struct str){ (char *)head, sizeof(head) }, key->secret.b,
	     sizeof(key->secret.b), out);
	buf_put_le(out, crc32_of(out->data, out->len), 4);
	assert(out->len == RECORD_LEN);
}

/* A record on disk; what it says is then taken from there like any other. */
static int append(struct keyring *keys, struct file_log *f, int kind, const struct key *key)
{
	struct buf record = buf_new(RECORD_LEN);
	int rc = 0;

	if (file_log_size(f) > keys->known)
		rc = file_log_cut(f, keys->known);
	make_record(keys, kind, key, &record);
	if (rc == 0)
		rc = file_log_append(f, record.data, record.len);
	if (rc == 0) {
		rc = file_log_sync(f);
		keys->unsure = rc < 0;
	}
	buf_done(&record);
	return rc < 0 ? rc : read_on(keys, f);
}

/* Writes what is behind `known` once more, whoever wrote it before, so that it is on disk. */
static int make_sure(struct keyring *keys, struct file_log *f)
{
	uint8_t r[RECORD_LEN];
	int rc = 0, n = RECORD_LEN;

	if (!keys->unsure)
		return 0;
	for (int64_t at = keys->known; rc == 0 && n == RECORD_LEN; at += n) {
		n = file_log_read(f, at, r, sizeof(r));
		rc = n < 0 ? n : file_log_overwrite(f, at, r, (size_t)n);
	}
	if (rc == 0)
		rc = file_log_sync(f);
	keys->unsure = rc < 0;
	return rc;
}

/* Makes a change of the file with its lock held, everything in it known. */
static int change_file(struct keyring *keys, const struct scope *scope,
		       int (*fn)(struct keyring *keys, struct file_log *f,
				 const struct scope *scope))
{
	struct file_lock *turn;
	struct file_log *f;
	int rc = take_turn(keys, &turn);

	if (rc < 0)
		return rc;
	rc = file_log_open(keys->path, &f);
	if (rc == 0) {
		rc = make_sure(keys, f);
		if (rc == 0)
			rc = read_on(keys, f);
		if (rc == 0)
			rc = fn(keys, f, scope);
		file_log_close(&f);
	}
	file_lock_free(&turn);
	return rc;
}

static int nothing(struct keyring *keys, struct file_log *f, const struct scope *scope)
{
	return 0;
}

static int refresh(struct keyring *keys)
{
	struct file_log *f;
	int rc;

	if (!file_exists(keys->path)) /* opening would make it */
		return -ENOENT;
	if (keys->unsure)
		return change_file(keys, NULL, nothing);
	rc = file_log_open(keys->path, &f);
	if (rc < 0)
		return rc;
	rc = read_on(keys, f);
	file_log_close(&f);
	return rc;
}

static int make(struct keyring *keys, struct file_log *f, const struct scope *scope)
{
	int kind = id_is_zero(scope->customer) ? KIND_PROVIDER : KIND_CUSTOMER;
	struct key key = { .id = id_new(), .scope = *scope };
	int rc;

	if (map_get(&keys->by_scope, scope, sizeof(*scope)))
		return 0;
	/* It would be taken for one that a restored store brought back. */
	if (map_get(&keys->erased, scope, sizeof(*scope)))
		return ERR_CONFLICT;
	rand_bytes(key.secret.b, sizeof(key.secret.b));
	rc = append(keys, f, kind, &key);
	secret_wipe(&key, sizeof(key));
	return rc;
}

int keyring_make(struct keyring *keys, struct id provider, struct id customer)
{
	struct scope scope = { provider, customer };
	int rc = 0;

	assert(!id_is_zero(provider));
	mutex_lock(keys->lock);
	if (!map_get(&keys->by_scope, &scope, sizeof(scope)))
		rc = change_file(keys, &scope, make);
	mutex_unlock(keys->lock);
	return rc;
}

static int finish_erasing(struct keyring *keys, struct file_log *f, const struct scope *scope)
{
	static const uint8_t nothing[RECORD_LEN - BOX_AT];
	int rc;

	if (!keys->half_erased)
		return 0;
	/* Whoever appended the record that names it may have ended before it was on disk. */
	rc = file_log_sync(f);
	if (rc == 0)
		rc = file_log_overwrite(f, keys->half_erased + BOX_AT, nothing, sizeof(nothing));
	if (rc == 0)
		rc = file_log_sync(f);
	if (rc == 0)
		keys->half_erased = 0;
	return rc;
}

static int erase(struct keyring *keys, struct file_log *f, const struct scope *scope)
{
	const struct key *k = map_get(&keys->by_scope, scope, sizeof(*scope));
	int rc = finish_erasing(keys, f, NULL); /* of one before that failed */

	if (rc < 0 || !k)
		return rc;
	rc = append(keys, f, KIND_ERASED, &(struct key){ .id = k->id, .scope = *scope });
	return rc < 0 ? rc : finish_erasing(keys, f, scope);
}

int keyring_erase(struct keyring *keys, struct id provider, struct id customer)
{
	struct scope scope = { provider, customer };
	int rc;

	assert(!id_is_zero(provider) && !id_is_zero(customer));
	mutex_lock(keys->lock);
	rc = change_file(keys, &scope, erase);
	mutex_unlock(keys->lock);
	return rc;
}

int keyring_open(const char *master_path, const char *keys_path, struct keyring **ret_keys)
{
	struct seal_key master;
	struct buf lock_path = buf_new(4096);
	struct keyring *keys;
	struct hash wrapping;
	int rc;

	if (beside(master_path, keys_path))
		return ERR_CONFIG;
	rc = read_master(master_path, &master);
	if (rc < 0)
		return rc;
	keys = xcalloc(1, sizeof(*keys));
	keys->lock = mutex_new();
	keys->pause = cond_new();
	keys->path = xstrdup(keys_path);
	buf_printf(&lock_path, "%s.lock", keys_path);
	keys->lock_path = xstrdup(buf_status(&lock_path) == 0 ? (char *)lock_path.data : "");
	buf_done(&lock_path);
	wrapping = derive(&master, "imprimatur wrapping key 1");
	memcpy(keys->wrapping.b, wrapping.b, sizeof(keys->wrapping.b));
	keys->lookup = derive(&master, "imprimatur look-up key 1");
	keys->check = derive(&master, "imprimatur key file 1");
	secret_wipe(&master, sizeof(master));
	secret_wipe(&wrapping, sizeof(wrapping));
	rc = refresh(keys);
	if (rc == 0 && keys->half_erased) {
		mutex_lock(keys->lock);
		rc = change_file(keys, NULL, finish_erasing);
		mutex_unlock(keys->lock);
	}
	if (rc < 0)
		keyring_close(&keys);
	else
		*ret_keys = keys;
	return rc;
}

bool keyring_is_erased(struct keyring *keys, struct id provider, struct id customer)
{
	struct scope scope = { provider, customer };
	bool erased;

	mutex_lock(keys->lock);
	erased = map_get(&keys->erased, &scope, sizeof(scope));
	mutex_unlock(keys->lock);
	return erased;
}

/* Looks into the file once if the key is not known: another process may have made it. */
static const struct key *look_up(struct keyring *keys, struct map *map, const void *key, size_t len,
				 int *ret_rc)
{
	const struct key *k = map_get(map, key, len);

	*ret_rc = 0;
	if (k)
		return k;
	if (map == &keys->by_id && map_get(&keys->erased_ids, key, len)) {
		*ret_rc = ERR_NOT_FOUND;
		return NULL;
	}
	*ret_rc = refresh(keys);
	k = map_get(map, key, len);
	if (*ret_rc == 0 && !k)
		*ret_rc = ERR_NOT_FOUND;
	return k;
}

int keyring_find(struct keyring *keys, struct id provider, struct id customer,
		 struct id *ret_key_id, struct seal_key *ret_key)
{
	struct scope scope = { provider, customer };
	const struct key *k;
	int rc;

	mutex_lock(keys->lock);
	k = look_up(keys, &keys->by_scope, &scope, sizeof(scope), &rc);
	if (k) {
		*ret_key_id = k->id;
		*ret_key = k->secret;
	}
	mutex_unlock(keys->lock);
	return k ? 0 : rc;
}

int keyring_get(struct keyring *keys, struct id provider, struct id key_id,
		struct seal_key *ret_key)
{
	const struct key *k;
	int rc;

	mutex_lock(keys->lock);
	k = look_up(keys, &keys->by_id, key_id.b, sizeof(key_id.b), &rc);
	if (k && !id_eq(k->scope.provider, provider)) {
		k = NULL;
		rc = ERR_NOT_FOUND;
	}
	if (k)
		*ret_key = k->secret;
	mutex_unlock(keys->lock);
	return k ? 0 : rc;
}

struct hash lookup_hash(const struct keyring *keys, const char *domain, struct str text)
{
	struct hash key = hmac_of(keys->lookup.b, sizeof(keys->lookup.b), domain, strlen(domain));
	struct hash h = hmac_of(key.b, sizeof(key.b), text.p, text.len);

	secret_wipe(&key, sizeof(key));
	return h;
}
