/* seal_row.h - the sealed column of a row: whatever a person typed or a site told as text.
 *
 * The column holds: version (1), key id (16), AES-256-GCM box of the row's JSON.  The associated
 * data are table, provider, the row's key and the key id, so that a box altered, moved to another
 * row, table or provider, or relabelled to another key does not open: ERR_CORRUPT.  One key seals
 * a customer's rows, one the provider's own (keyring.h).
 *
 *	struct row_key row = row_key("device");
 *	row_key_id(&row, site);
 *	row_key_put(&row, device_key, 17);
 *	stmt_sealed(st, ":sealed", customer, &row, &device_sealed, &d);
 *
 * All calls are stmt.h's: sticky errors, tenant statements only. */
#ifndef DB_SEAL_ROW_H
#define DB_SEAL_ROW_H

#include "base/json.h"
#include "db/stmt.h"

#define SEALED_MAX (4 * MIB)

struct row_key {
	const char *table;
	size_t len;
	uint8_t b[96];
};

/* The row's primary key after provider_id, column by column; more than fits is our bug (asserted).
 */
struct row_key row_key(const char *table);
struct row_key row_key_of(const char *table, struct id id); /* most tables */
void row_key_put(struct row_key *row, const void *data, size_t len);
void row_key_id(struct row_key *row, struct id id);
void row_key_i64(struct row_key *row, int64_t value);

/* Binds the sealed JSON of *in.  `customer`: whose key seals; zero: the provider's.  Without such a
 * key (tenant_make_key was not called, or it has been erased): ERR_NOT_FOUND. */
void stmt_sealed(struct stmt *st, const char *name, struct id customer, const struct row_key *row,
		 const struct json_schema *schema, const void *in);
/* The same for octets as they are: reports, evidence. */
void stmt_sealed_bytes(struct stmt *st, const char *name, struct id customer,
		       const struct row_key *row, const void *data, size_t len);

/* Opens the column into the schema's members of *out; its other members stay as they are, and all
 * do on failure.  Texts live in `mem`.  The key is found by its id: ERR_NOT_FOUND if it has been
 * erased. */
void col_sealed(struct stmt *st, int col, const struct row_key *row,
		const struct json_schema *schema, struct arena *mem, void *out);
struct str col_sealed_bytes(struct stmt *st, int col, const struct row_key *row, struct arena *mem);

#endif
