/* fixture.c - see fixture.h. */
#include "db/fixture.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/os.h"
#include "db/change.h"
#include "db/seal_row.h"
#include "net/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

QUERY(q_provider, "fixture_provider",
      "INSERT INTO provider (provider_id, created_ms, change_hash, sealed) "
      "VALUES (:provider, :created, :hash, :sealed)");

static void must(int rc, const char *what)
{
	if (rc < 0)
		die("%s: %s", what, err_title(rc));
}

struct fixture *fixture_new(void)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	const char *base = getenv("TMPDIR");

	snprintf(f->dir, sizeof(f->dir), "%s/imprimatur-db-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(f->dir))
		die("mkdtemp");
	snprintf(f->data, sizeof(f->data), "%s/data", f->dir);
	must(file_make_dir(f->data), "folder");
	snprintf(f->db_path, sizeof(f->db_path), "%s/hub.db", f->data);
	snprintf(f->keys_path, sizeof(f->keys_path), "%s/keys", f->data);
	snprintf(f->master_path, sizeof(f->master_path), "%s/master.key", f->dir);
	must(keyring_init(f->master_path, f->keys_path), "keyring_init");
	must(keyring_open(f->master_path, f->keys_path, &f->keys), "keyring_open");
	f->loop = loop_new();
	fixture_open_db(f);
	return f;
}

void fixture_open_db(struct fixture *f)
{
	must(db_open(f->db_path, f->keys, &f->db), "db_open");
}

void fixture_close_db(struct fixture *f)
{
	db_close(&f->db);
}

struct walk {
	const char *dir;
	void (*fn)(const char *path, void *arg);
	void *arg;
};

static int on_name(const char *name, void *arg)
{
	const struct walk *w = arg;
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", w->dir, name);
	w->fn(path, w->arg);
	return 0;
}

void fixture_each_file(const struct fixture *f, void (*fn)(const char *path, void *arg), void *arg)
{
	must(file_list(f->data, on_name, &(struct walk){ f->data, fn, arg }), "list");
}

static void remove_file(const char *path, void *arg)
{
	must(file_remove(path), "remove");
}

void fixture_free(struct fixture **fixture)
{
	struct fixture *f = *fixture;

	db_close(&f->db);
	loop_free(&f->loop);
	keyring_close(&f->keys);
	fixture_each_file(f, remove_file, NULL);
	must(file_remove(f->master_path), "remove");
	if (remove(f->data) < 0 || remove(f->dir) < 0)
		die("remove %s", f->dir);
	free(f);
	*fixture = NULL;
}

struct no_text {
	const char *name;
};
static const struct json_field no_text_fields[] = {
	{ "name", JSON_TEXT, offsetof(struct no_text, name), .max = 100 }, {}
};
static const struct json_schema no_text_schema = { "no_text", sizeof(struct no_text), 0,
						   no_text_fields };

static int provider_run(struct tenant_db *db, struct arena *mem, void *job)
{
	struct row_key row = row_key("provider");
	struct hash genesis = change_genesis(tenant_id(db));
	struct no_text text = { "a provider" };
	int rc = tenant_make_key(db, (struct id){});
	struct stmt *st;

	if (rc < 0)
		return rc;
	st = tenant_query(db, &q_provider);
	stmt_i64(st, ":created", clock_wall_ms());
	stmt_hash(st, ":hash", &genesis);
	stmt_sealed(st, ":sealed", (struct id){}, &row, &no_text_schema, &text);
	return stmt_run(st);
}

struct id fixture_provider(struct fixture *f)
{
	struct id provider = id_new();
	struct arena mem = {};

	must(db_wait_write(f->db, provider, provider_run, NULL, &mem), "provider");
	arena_done(&mem);
	return provider;
}

void fixture_forget_last_key(struct fixture *f)
{
	struct buf file = buf_new(MIB);

	keyring_close(&f->keys);
	must(file_read(f->keys_path, &file), "read");
	must(file_replace(f->keys_path, file.data, file.len - 116, FILE_PRIVATE), "write");
	buf_done(&file);
	must(keyring_open(f->master_path, f->keys_path, &f->keys), "keyring_open");
}

struct counted {
	const int *count;
	int n;
};

static bool reached(void *arg)
{
	const struct counted *c = arg;

	return *c->count >= c->n;
}

bool fixture_run(struct fixture *f, const int *count, int n)
{
	return loop_run_until(f->loop, reached, &(struct counted){ count, n }, 60000);
}

struct search {
	const void *octets;
	size_t len;
	bool found;
	char name[64];
};

static void search_file(const char *path, void *arg)
{
	struct search *s = arg;
	struct buf content = buf_new(256 * MIB);

	must(file_read(path, &content), "read");
	if (content.len >= s->len && memmem(content.data, content.len, s->octets, s->len)) {
		s->found = true;
		snprintf(s->name, sizeof(s->name), "%s", strrchr(path, '/') + 1);
	}
	buf_done(&content);
}

bool fixture_holds(const struct fixture *f, const void *octets, size_t len, char ret_name[64])
{
	struct search s = { .octets = octets, .len = len };

	fixture_each_file(f, search_file, &s);
	if (s.found)
		memcpy(ret_name, s.name, sizeof(s.name));
	return s.found;
}
