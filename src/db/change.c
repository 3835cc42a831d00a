/* change.c - one row a change, chained.
 *
 *	hash = SHA-256("imprimatur change 1" 0 prev_hash provider seq at_ms actor_kind actor verb
 *	               object_kind object customer site length-of-sealed sealed)
 *
 * Numbers are 8 octets little-endian; an id that is NULL counts as 16 zeros. */
#include "db/change.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "db/db.h"
#include "db/seal_row.h"
#include "db/stmt.h"
#include "db/work.h"

#include <string.h>

#define SEALED_CHANGE_MAX (3 * CHANGE_TEXT_MAX)

struct texts {
	const char *before, *after, *from;
};

static const struct json_field texts_fields[] = {
	/* clang-format off */
	{"before", JSON_TEXT, offsetof(struct texts, before), .max = CHANGE_TEXT_MAX},
	{"after",  JSON_TEXT, offsetof(struct texts, after),  .max = CHANGE_TEXT_MAX},
	{"from",   JSON_TEXT, offsetof(struct texts, from),   .max = 256},
	{},
	/* clang-format on */
};
static const struct json_schema texts_schema = { "change_texts", sizeof(struct texts), 0,
						 texts_fields };

QUERY(q_next, "change_next",
      "UPDATE provider SET change_seq = change_seq + 1 WHERE provider_id = :provider "
      "RETURNING change_seq, change_hash");

QUERY(q_head, "change_head",
      "UPDATE provider SET change_hash = :hash WHERE provider_id = :provider");

QUERY(q_insert, "change_insert",
      "INSERT INTO change (provider_id, seq, at_ms, actor_kind, actor_id, verb, object_kind, "
      "object_id, customer_id, site_id, prev_hash, hash, sealed) "
      "VALUES (:provider, :seq, :at, :actor_kind, :actor, :verb, :object_kind, "
      ":object, :customer, :site, :prev, :hash, :sealed)");

QUERY(q_last, "change_last",
      "SELECT change_seq, change_hash FROM provider "
      "WHERE provider_id = :provider");

#define COLUMNS                                                                                    \
	"seq, at_ms, actor_kind, actor_id, verb, object_kind, object_id, customer_id, site_id, "   \
	"prev_hash, hash, sealed"

QUERY(q_after, "change_after",
      "SELECT " COLUMNS " FROM change WHERE provider_id = :provider AND seq > :after "
      "ORDER BY seq LIMIT :limit");

QUERY(q_site, "change_site",
      "SELECT " COLUMNS " FROM change WHERE provider_id = :provider AND site_id = :site "
      "AND seq < :before AND at_ms >= :since ORDER BY seq DESC LIMIT :limit");

/* By its own index, whose condition has to stand here in the same words. */
QUERY(q_support, "change_support",
      "SELECT " COLUMNS " FROM change WHERE provider_id = :provider AND verb >= 70 "
      "AND verb <= 73 ORDER BY seq DESC LIMIT :limit");

QUERY(q_all, "change_all",
      "SELECT " COLUMNS " FROM change WHERE provider_id = :provider ORDER BY seq");

const char *change_word(int verb)
{
	switch (verb) {
#define X(name, number, word)                                                                      \
	case number:                                                                               \
		return word;
#include "db/change.def"
#undef X
	default:
		return NULL;
	}
}

const char *actor_word(int kind)
{
	static const char *const words[] = { "nobody", "user", "connector", "hub", "operator" };

	return kind >= 0 && (size_t)kind < ARRAY_LEN(words) ? words[kind] : NULL;
}

struct hash change_genesis(struct id provider)
{
	static const char name[] = "imprimatur change log 1";

	return hash_of2(name, sizeof(name), provider.b, sizeof(provider.b));
}

static void put_id(struct buf *out, struct id id)
{
	buf_put(out, id.b, sizeof(id.b));
}

static struct hash link_hash(const struct hash *prev, const struct change_note *n,
			     struct str sealed)
{
	static const char name[] = "imprimatur change 1";
	struct buf in = buf_new(512);
	struct hash h;

	buf_put(&in, name, sizeof(name));
	buf_put(&in, prev->b, sizeof(prev->b));
	put_id(&in, n->provider);
	buf_put_le(&in, (uint64_t)n->seq, 8);
	buf_put_le(&in, (uint64_t)n->at_ms, 8);
	buf_put_le(&in, (uint64_t)n->actor_kind, 8);
	put_id(&in, n->actor);
	buf_put_le(&in, (uint64_t)n->verb, 8);
	buf_put_le(&in, (uint64_t)n->object_kind, 8);
	put_id(&in, n->object);
	put_id(&in, n->customer);
	put_id(&in, n->site);
	buf_put_le(&in, sealed.len, 8);
	assert(!in.failed);
	h = hash_of2(in.data, in.len, sealed.p, sealed.len);
	buf_done(&in);
	return h;
}

static struct row_key key_of(int64_t seq)
{
	struct row_key row = row_key("change");

	row_key_i64(&row, seq);
	return row;
}

/* The next number and the hash to build on. */
static int take_number(struct tenant_db *db, int64_t *ret_seq, struct hash *ret_prev)
{
	struct stmt *st = tenant_query(db, &q_next);
	struct hash prev = {};
	int64_t seq = 0;
	bool found = stmt_row(st);
	int rc;

	if (found) {
		seq = col_i64(st, 0);
		prev = col_hash(st, 1);
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	if (!found)
		return ERR_NOT_FOUND;
	*ret_seq = seq;
	*ret_prev = prev;
	return 0;
}

static int seal_texts(struct tenant_db *db, const struct change_in *in, int64_t seq,
		      struct buf *out)
{
	struct texts texts = { in->before, in->after, in->from };
	struct buf json = buf_new(SEALED_CHANGE_MAX);
	struct row_key row = key_of(seq);
	int rc;

	json_encode(&texts_schema, &texts, 0, &json);
	rc = buf_status(&json);
	if (rc == 0)
		rc = row_seal(db, in->customer, &row, json.data, json.len, out);
	buf_wipe(&json);
	return rc;
}

static int insert(struct tenant_db *db, const struct change_note *n, const struct hash *prev,
		  const struct hash *hash, struct str sealed)
{
	struct stmt *st = tenant_query(db, &q_insert);

	stmt_i64(st, ":seq", n->seq);
	stmt_i64(st, ":at", n->at_ms);
	stmt_i64(st, ":actor_kind", n->actor_kind);
	stmt_id(st, ":actor", n->actor);
	stmt_i64(st, ":verb", n->verb);
	stmt_i64(st, ":object_kind", n->object_kind);
	stmt_id(st, ":object", n->object);
	stmt_id(st, ":customer", n->customer);
	stmt_id(st, ":site", n->site);
	stmt_hash(st, ":prev", prev);
	stmt_hash(st, ":hash", hash);
	stmt_blob(st, ":sealed", sealed.p, sealed.len);
	return stmt_run(st);
}

static int set_head(struct tenant_db *db, const struct hash *hash)
{
	struct stmt *st = tenant_query(db, &q_head);

	stmt_hash(st, ":hash", hash);
	return stmt_run(st);
}

int change_write(struct tenant_db *db, const struct change_in *in)
{
	struct change_note n = {
		.provider = db->provider,
		.at_ms = in->at_ms ? in->at_ms : clock_wall_ms(),
		.verb = in->verb,
		.actor_kind = in->actor_kind,
		.actor = in->actor,
		.object_kind = in->object_kind,
		.object = in->object,
		.customer = in->customer,
		.site = in->site,
	};
	struct buf sealed = buf_new(SEALED_CHANGE_MAX + KIB);
	struct hash prev, hash;
	int rc;

	assert(change_word(in->verb) && actor_word(in->actor_kind) && !id_is_zero(in->object));
	rc = take_number(db, &n.seq, &prev);
	if (rc == 0)
		rc = seal_texts(db, in, n.seq, &sealed);
	if (rc == 0) {
		hash = link_hash(&prev, &n, buf_str(&sealed));
		rc = insert(db, &n, &prev, &hash, buf_str(&sealed));
	}
	if (rc >= 0)
		rc = set_head(db, &hash);
	if (rc >= 0)
		work_note(db->work, &n);
	buf_done(&sealed);
	return rc < 0 ? rc : 0;
}

/* A row as q_after and q_all give it; `sealed` is valid until the next one. */
struct row {
	struct change_note note;
	struct hash prev, hash;
	struct str sealed;
};

static struct row read_row(struct tenant_db *db, struct stmt *st)
{
	struct row r = {};

	r.note.provider = db->provider;
	r.note.seq = col_i64(st, 0);
	r.note.at_ms = col_i64(st, 1);
	r.note.actor_kind = (enum actor_kind)col_i64(st, 2);
	r.note.actor = col_id(st, 3);
	r.note.verb = (enum change_verb)col_i64(st, 4);
	r.note.object_kind = (enum id_kind)col_i64(st, 5);
	r.note.object = col_id(st, 6);
	r.note.customer = col_id(st, 7);
	r.note.site = col_id(st, 8);
	r.prev = col_hash(st, 9);
	r.hash = col_hash(st, 10);
	r.sealed = stmt_view(st, 11);
	return r;
}

static int open_texts(struct tenant_db *db, const struct row *r, struct arena *mem,
		      struct change *c)
{
	struct buf plain = buf_new(SEALED_CHANGE_MAX);
	struct row_key row = key_of(r->note.seq);
	struct texts texts = {};
	struct json_problem problem;
	int rc = row_unseal(db, &row, r->sealed, &plain);

	if (rc == 0 && json_decode(&texts_schema, plain.data, plain.len, mem, &texts, &problem) < 0)
		rc = ERR_CORRUPT;
	buf_wipe(&plain);
	if (rc < 0 && rc != ERR_NOT_FOUND)
		return rc;
	*c = (struct change){ r->note, texts.before, texts.after, texts.from, rc < 0 };
	return 0;
}

/* The rows of `st`, at most `limit`. */
static int read_all(struct tenant_db *db, struct stmt *st, size_t limit, struct arena *mem,
		    struct change **ret_changes, size_t *ret_len)
{
	struct change *changes = ARENA_ARRAY(mem, struct change, limit);
	size_t len = 0;
	int rc = 0;

	stmt_i64(st, ":limit", (int64_t)limit);
	while (len < limit && stmt_row(st)) {
		struct row r = read_row(db, st);

		rc = open_texts(db, &r, mem, &changes[len++]);
		if (rc < 0)
			stmt_fail(st, rc);
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	*ret_changes = changes;
	*ret_len = len;
	return 0;
}

int change_read(struct tenant_db *db, int64_t after, size_t limit, struct arena *mem,
		struct change **ret_changes, size_t *ret_len)
{
	struct stmt *st = tenant_query(db, &q_after);

	stmt_i64(st, ":after", after);
	return read_all(db, st, limit, mem, ret_changes, ret_len);
}

int change_read_site(struct tenant_db *db, struct id site, int64_t before, int64_t since_ms,
		     size_t limit, struct arena *mem, struct change **ret_changes, size_t *ret_len)
{
	struct stmt *st = tenant_query(db, &q_site);

	stmt_id(st, ":site", site);
	stmt_i64(st, ":before", before);
	stmt_i64(st, ":since", since_ms);
	return read_all(db, st, limit, mem, ret_changes, ret_len);
}

int change_read_support(struct tenant_db *db, size_t limit, struct arena *mem,
			struct change **ret_changes, size_t *ret_len)
{
	static_assert(CHANGE_SUPPORT_GRANTED == 70 && CHANGE_SUPPORT_LOOKED == 73, "q_support");

	return read_all(db, tenant_query(db, &q_support), limit, mem, ret_changes, ret_len);
}

static int read_head(struct tenant_db *db, int64_t *ret_seq, struct hash *ret_hash)
{
	struct stmt *st = tenant_query(db, &q_last);
	struct hash hash = {};
	int64_t seq = 0;
	bool found = stmt_row(st);
	int rc;

	if (found) {
		seq = col_i64(st, 0);
		hash = col_hash(st, 1);
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	if (!found)
		return ERR_NOT_FOUND;
	*ret_seq = seq;
	*ret_hash = hash;
	return 0;
}

int change_last(struct tenant_db *db, int64_t *ret_seq)
{
	struct hash hash;

	return read_head(db, ret_seq, &hash);
}

int change_verify(struct tenant_db *db, int64_t *ret_bad_seq)
{
	struct hash head, hash = change_genesis(db->provider);
	int64_t last = 0, seq = 0;
	struct stmt *st;
	bool fits = true;
	int rc = read_head(db, &last, &head);

	if (rc < 0)
		return rc;
	st = tenant_query(db, &q_all);
	while (fits && stmt_row(st)) {
		struct row r = read_row(db, st);
		struct hash expected = link_hash(&hash, &r.note, r.sealed);

		seq++;
		fits = r.note.seq == seq && hash_eq(&r.prev, &hash) && hash_eq(&r.hash, &expected);
		hash = expected;
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	if (fits && seq == last && hash_eq(&hash, &head))
		return 0;
	*ret_bad_seq = fits ? (seq < last ? seq : last) + 1 : seq;
	return ERR_CORRUPT;
}
