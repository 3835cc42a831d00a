/* seal_row.c - from struct to JSON or CBOR to box and back; the box knows where it belongs. */
#include "db/seal_row.h"
#include "base/err.h"
#include "base/packed.h"
#include "base/seal.h"
#include "db/keyring.h"
#include "db/work.h"

#include <string.h>

#define VERSION 1
#define PREFIX  (1 + sizeof(struct id)) /* version, key id */
#define BOX_MAX (SEALED_MAX + PREFIX + SEAL_OVERHEAD)

struct row_key row_key(const char *table)
{
	return (struct row_key){ .table = table };
}

struct row_key row_key_of(const char *table, struct id id)
{
	struct row_key row = row_key(table);

	row_key_id(&row, id);
	return row;
}

/* Each part with its length: ("ab", "c") is not ("a", "bc"). */
void row_key_put(struct row_key *row, const void *data, size_t len)
{
	assert(len < 256 && row->len + 1 + len <= sizeof(row->b));
	row->b[row->len++] = (uint8_t)len;
	memcpy(row->b + row->len, data, len);
	row->len += len;
}

void row_key_id(struct row_key *row, struct id id)
{
	row_key_put(row, id.b, sizeof(id.b));
}

void row_key_i64(struct row_key *row, int64_t value)
{
	uint8_t le[8];

	for (int i = 0; i < 8; i++)
		le[i] = (uint8_t)((uint64_t)value >> (8 * i));
	row_key_put(row, le, sizeof(le));
}

/* What a box is bound to. */
static struct buf bond(const struct tenant_db *db, struct id key_id, const struct row_key *row)
{
	struct buf aad = buf_new(512);

	buf_puts(&aad, "imprimatur row 1");
	buf_putc(&aad, 0);
	buf_puts(&aad, row->table);
	buf_putc(&aad, 0);
	buf_put(&aad, db->provider.b, sizeof(db->provider.b));
	buf_put(&aad, key_id.b, sizeof(key_id.b));
	buf_put(&aad, row->b, row->len);
	assert(!aad.failed);
	return aad;
}

int row_seal(const struct tenant_db *db, struct id customer, const struct row_key *row,
	     const void *data, size_t len, struct buf *out)
{
	struct seal_key key;
	struct id key_id;
	struct buf aad;
	int rc;

	if (len > SEALED_MAX)
		return ERR_TOO_LARGE;
	rc = keyring_find(db->work->keys, db->provider, customer, &key_id, &key);
	if (rc < 0)
		return rc;
	aad = bond(db, key_id, row);
	buf_putc(out, VERSION);
	buf_put(out, key_id.b, sizeof(key_id.b));
	seal(&key, buf_str(&aad), data, len, out);
	secret_wipe(&key, sizeof(key));
	buf_done(&aad);
	return buf_status(out);
}

int row_unseal(const struct tenant_db *db, const struct row_key *row, struct str box,
	       struct buf *out)
{
	struct cur in = cur_of(box.p, box.len);
	uint64_t version = cur_le(&in, 1);
	struct seal_key key;
	struct id key_id;
	struct buf aad;
	int rc;

	cur_copy(&in, key_id.b, sizeof(key_id.b));
	if (in.failed || version != VERSION)
		return ERR_CORRUPT;
	rc = keyring_get(db->work->keys, db->provider, key_id, &key);
	if (rc < 0)
		return rc;
	aad = bond(db, key_id, row);
	rc = unseal(&key, buf_str(&aad), in.p, in.left, out);
	secret_wipe(&key, sizeof(key));
	buf_done(&aad);
	return rc;
}

void stmt_sealed_bytes(struct stmt *st, const char *name, struct id customer,
		       const struct row_key *row, const void *data, size_t len)
{
	const struct tenant_db *db = stmt_tenant(st);
	struct buf box = buf_new(BOX_MAX);
	int rc;

	if (!db)
		return;
	rc = row_seal(db, customer, row, data, len, &box);
	if (rc < 0)
		stmt_fail(st, rc);
	else
		stmt_blob(st, name, box.data, box.len);
	buf_done(&box);
}

void stmt_sealed(struct stmt *st, const char *name, struct id customer, const struct row_key *row,
		 const struct json_schema *schema, const void *in)
{
	struct buf plain = buf_new(SEALED_MAX);

	if (schema->flags & JSON_PACKED)
		packed_encode(schema, in, &plain);
	else
		json_encode(schema, in, 0, &plain);
	if (buf_status(&plain) < 0)
		stmt_fail(st, ERR_TOO_LARGE);
	else
		stmt_sealed_bytes(st, name, customer, row, plain.data, plain.len);
	buf_wipe(&plain);
}

/* Opens the column into *plain. */
static bool opened(struct stmt *st, int col, const struct row_key *row, struct buf *plain)
{
	const struct tenant_db *db = stmt_tenant(st);
	struct str box;
	int rc;

	if (!db)
		return false;
	box = stmt_view(st, col);
	rc = row_unseal(db, row, box, plain);
	if (rc < 0)
		stmt_fail(st, rc);
	return rc == 0;
}

/* What a member occupies in its struct. */
static size_t member_size(enum json_type type)
{
	switch (type) {
	case JSON_INT:
	case JSON_TIME:
		return sizeof(int64_t);
	case JSON_REAL:
		return sizeof(double);
	case JSON_BOOL:
		return sizeof(enum json_bool);
	case JSON_ID:
		return sizeof(struct id);
	case JSON_ENUM:
		return sizeof(int);
	case JSON_LIST:
	case JSON_TEXTS:
	case JSON_PAIRS:
		return sizeof(struct json_list);
	case JSON_TEXT:
	case JSON_OBJECT:
		return sizeof(void *);
	case JSON_COUNTS: /* encode only */
		break;
	}
	return 0;
}

/* Decoding sets the whole struct, but the clear columns beside the sealed ones are in it already.
 */
static void set_members(const struct json_schema *schema, const void *from, void *out)
{
	for (const struct json_field *f = schema->fields; f->name; f++)
		memcpy((char *)out + f->offset, (const char *)from + f->offset,
		       member_size(f->type));
}

/* Rows from before their schema was packed are JSON. */
static int decode(const struct json_schema *schema, struct str plain, struct arena *mem, void *out)
{
	struct json_problem problem;

	return is_packed(plain) ? packed_decode(schema, plain, mem, out)
				: json_decode(schema, plain.p, plain.len, mem, out, &problem);
}

void col_sealed(struct stmt *st, int col, const struct row_key *row,
		const struct json_schema *schema, struct arena *mem, void *out)
{
	struct buf plain = buf_new(SEALED_MAX);
	void *read;

	if (opened(st, col, row, &plain)) {
		read = arena_alloc(mem, schema->size);
		if (decode(schema, buf_str(&plain), mem, read) < 0)
			stmt_fail(st, ERR_CORRUPT);
		else
			set_members(schema, read, out);
	}
	buf_wipe(&plain);
}

struct str col_sealed_bytes(struct stmt *st, int col, const struct row_key *row, struct arena *mem)
{
	struct buf plain = buf_new(SEALED_MAX);
	struct str bytes = {};

	if (opened(st, col, row, &plain) && plain.len > 0)
		bytes = (struct str){ arena_dup(mem, plain.data, plain.len), plain.len };
	buf_wipe(&plain);
	return bytes;
}
