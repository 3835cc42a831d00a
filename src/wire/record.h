/* record.h - an outbox record: one form on disk and on the wire (docs/protocol.md section 4).
 *
 * Little-endian, no padding; the digest (SHA-256 of all but the CRC) is what the next record's
 * `prev` holds, so that records form a chain.  What parses encodes back to itself (fuzzed).  Pure.
 */
#ifndef WIRE_RECORD_H
#define WIRE_RECORD_H

#include "base/buf.h"
#include "base/hash.h"

#define RECORD_HEAD_LEN   80
#define RECORD_OVERHEAD   (RECORD_HEAD_LEN + 4) /* and the CRC */
#define RECORD_MAX        (1 * MIB)             /* of one, CRC included */
#define RECORD_CALL_MAX   (4 * MIB)             /* of a call, inflated */
#define RECORD_CALL_COUNT 64
#define EPOCH_LEN         16
#define EPOCH_TEXT_SIZE   (2 * EPOCH_LEN + 1) /* lower-case hex in JSON */

enum record_kind { RECORD_REPORT = 1, RECORD_GAP = 2 };

struct epoch {
	uint8_t b[EPOCH_LEN];
};

struct record {
	int kind;          /* enum record_kind */
	uint32_t purposes; /* report_purposes() */
	struct epoch epoch;
	uint64_t seq; /* from 1; at most INT64_MAX, because databases have no unsigned */
	int64_t at_ms;
	struct hash prev; /* zeros for seq 1 */
	struct str data;  /* a view: the caller's when encoding, into the input when decoding */
	struct str raw;   /* decode only: the whole record as it came, CRC included */
};

/* Appends the record and gives its digest.
 * ERR_TOO_LARGE, ERR_INVALID (kind, seq 0, seq 1 with a prev). */
MUST_USE int record_encode(const struct record *r, struct buf *out, struct hash *ret_digest);

/* Takes one record; *in then stands behind it.  ERR_RECORD if it is cut short or damaged: *in and
 * *ret_record are then as before. */
MUST_USE int record_decode(struct cur *in, struct record *ret_record);

/* The digest of a decoded record. */
struct hash record_digest(const struct record *r);

/* The length that a record's first 8 octets tell; ERR_RECORD if they begin none. */
#define RECORD_PEEK_LEN 8
MUST_USE int64_t record_peek(const uint8_t head[static RECORD_PEEK_LEN]);

bool epoch_eq(const struct epoch *a, const struct epoch *b);
void epoch_encode(const struct epoch *e, char out[static EPOCH_TEXT_SIZE]);
MUST_USE int epoch_decode(struct str text, struct epoch *ret_epoch); /* ERR_INVALID */

#endif
