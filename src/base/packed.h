/* packed.h - structs to and from CBOR (RFC 8949), by the tables of json.h.
 *
 * For what only we ourselves read, and often: a text of JSON takes ten times as long to read.  The
 * members keep their names, so rows may come, go and change places between versions as in JSON;
 * words of enumerations and times are numbers.  libcbor knows the octets.  Pure. */
#ifndef BASE_PACKED_H
#define BASE_PACKED_H

#include "base/json.h"

/* Appends one map.  JSON_PAIRS and JSON_COUNTS are not for it. */
void packed_encode(const struct json_schema *schema, const void *in, struct buf *out);

/* Is it what packed_encode writes (and not a text of JSON)? */
bool is_packed(struct str data);

/* Into *out (schema->size octets, set to "absent" first); what it points to lives in the arena.
 * Members that no row names are skipped, limits of rows are not asked: they were checked when the
 * value came to us.  ERR_CORRUPT: not what packed_encode writes; *out is then undefined. */
MUST_USE int packed_decode(const struct json_schema *schema, struct str data, struct arena *mem,
			   void *out);

#endif
