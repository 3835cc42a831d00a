/* packed.c - see packed.h.  libcbor tells each item to a callback; here they all fill one struct.
 */
#include "base/packed.h"
#include "base/err.h"
#include "base/json_int.h"

#include <cbor.h>
#include <math.h>
#include <string.h>

#define DEPTH_MAX 16   /* of what is skipped; what is read is as deep as its tables */
#define HEAD_MAX  9    /* octets of an item without its text: RFC 8949 section 3 */
#define MAP_MARK  0xbf /* a map without a count: section 3.2.2 */

/* ---- encoding ---- */

static void put_head(struct buf *out, size_t (*encode)(uint64_t, unsigned char *, size_t),
		     uint64_t n)
{
	unsigned char head[HEAD_MAX];

	buf_put(out, head, encode(n, head, sizeof(head)));
}

static void put_text(struct buf *out, const char *text)
{
	size_t len = strlen(text);

	put_head(out, cbor_encode_string_start, len);
	buf_put(out, text, len);
}

/* -1 - n is ~n: section 3.1, major type 1. */
static void put_int(struct buf *out, int64_t value)
{
	if (value < 0)
		put_head(out, cbor_encode_negint, ~(uint64_t)value);
	else
		put_head(out, cbor_encode_uint, (uint64_t)value);
}

static void put_real(struct buf *out, double value)
{
	unsigned char octets[HEAD_MAX];

	buf_put(out, octets, cbor_encode_double(value, octets, sizeof(octets)));
}

static void put_list(struct buf *out, const struct json_field *f, const struct json_list *list)
{
	put_head(out, cbor_encode_array_start, list->len);
	for (size_t i = 0; i < list->len; i++) {
		if (f->type == JSON_TEXTS)
			put_text(out, list->items[i]);
		else
			packed_encode(f->sub, list->items[i], out);
	}
}

static void put_member(struct buf *out, const struct json_field *f, const void *at)
{
	const void *sub;

	switch (f->type) {
	case JSON_TEXT:
		return put_text(out, *(const char *const *)at);
	case JSON_INT:
	case JSON_TIME:
		return put_int(out, *(const int64_t *)at);
	case JSON_REAL:
		return put_real(out, *(const double *)at);
	case JSON_BOOL:
		return put_int(out, *(const enum json_bool *)at);
	case JSON_ENUM:
		return put_int(out, *(const int *)at);
	case JSON_ID:
		put_head(out, cbor_encode_bytestring_start, sizeof(struct id));
		return buf_put(out, ((const struct id *)at)->b, sizeof(struct id));
	case JSON_OBJECT:
		memcpy(&sub, at, sizeof(sub)); /* the member is a pointer to another type */
		return packed_encode(f->sub, sub, out);
	case JSON_LIST:
	case JSON_TEXTS:
		return put_list(out, f, at);
	case JSON_PAIRS:
	case JSON_COUNTS:
		break;
	}
	assert(!"a row that is written alone");
}

void packed_encode(const struct json_schema *schema, const void *in, struct buf *out)
{
	unsigned char mark[HEAD_MAX];

	buf_put(out, mark, cbor_encode_indef_map_start(mark, sizeof(mark)));
	for (const struct json_field *f = schema->fields; f->name; f++) {
		const void *at = (const char *)in + f->offset;

		if (json_is_absent(f, at))
			continue;
		put_text(out, f->name);
		put_member(out, f, at);
	}
	buf_put(out, mark, cbor_encode_break(mark, sizeof(mark)));
}

bool is_packed(struct str data)
{
	return data.len > 0 && (uint8_t)data.p[0] == MAP_MARK;
}

/* ---- decoding: items ---- */

enum item_kind { NONE, INT, REAL, TEXT, OCTETS, LIST, MAP, END };

struct item {
	enum item_kind kind;
	int64_t n; /* INT; LIST: the count */
	double real;
	struct str text; /* TEXT, OCTETS */
};

static void take_count(struct item *i, enum item_kind kind, uint64_t n)
{
	*i = (struct item){ .kind = n <= INT64_MAX ? kind : NONE, .n = (int64_t)n };
}

static void on_uint8(void *i, uint8_t n)
{
	take_count(i, INT, n);
}

static void on_uint16(void *i, uint16_t n)
{
	take_count(i, INT, n);
}

static void on_uint32(void *i, uint32_t n)
{
	take_count(i, INT, n);
}

static void on_uint64(void *i, uint64_t n)
{
	take_count(i, INT, n);
}

static void on_negint64(void *arg, uint64_t n)
{
	struct item *i = arg;

	take_count(i, INT, n);
	i->n = ~i->n;
}

static void on_negint8(void *i, uint8_t n)
{
	on_negint64(i, n);
}

static void on_negint16(void *i, uint16_t n)
{
	on_negint64(i, n);
}

static void on_negint32(void *i, uint32_t n)
{
	on_negint64(i, n);
}

static void on_double(void *arg, double value)
{
	*(struct item *)arg = (struct item){ .kind = REAL, .real = value };
}

static void on_text(void *arg, cbor_data data, size_t len)
{
	*(struct item *)arg = (struct item){ .kind = TEXT, .text = { (const char *)data, len } };
}

static void on_octets(void *arg, cbor_data data, size_t len)
{
	*(struct item *)arg = (struct item){ .kind = OCTETS, .text = { (const char *)data, len } };
}

static void on_list(void *arg, size_t len)
{
	take_count(arg, LIST, len);
}

static void on_map(void *arg)
{
	*(struct item *)arg = (struct item){ .kind = MAP };
}

static void on_end(void *arg)
{
	*(struct item *)arg = (struct item){ .kind = END };
}

/* What packed_encode does not write leaves NONE. */
static const struct cbor_callbacks callbacks = {
	.uint8 = on_uint8,
	.uint16 = on_uint16,
	.uint32 = on_uint32,
	.uint64 = on_uint64,
	.negint8 = on_negint8,
	.negint16 = on_negint16,
	.negint32 = on_negint32,
	.negint64 = on_negint64,
	.byte_string_start = cbor_null_byte_string_start_callback,
	.byte_string = on_octets,
	.string = on_text,
	.string_start = cbor_null_string_start_callback,
	.indef_array_start = cbor_null_indef_array_start_callback,
	.array_start = on_list,
	.indef_map_start = on_map,
	.map_start = cbor_null_map_start_callback,
	.tag = cbor_null_tag_callback,
	.float2 = cbor_null_float2_callback,
	.float4 = cbor_null_float4_callback,
	.float8 = on_double,
	.undefined = cbor_null_undefined_callback,
	.null = cbor_null_null_callback,
	.boolean = cbor_null_boolean_callback,
	.indef_break = on_end,
};

struct unpacking {
	struct str rest;
	struct arena *mem;
};

static int next(struct unpacking *u, struct item *ret_item)
{
	struct cbor_decoder_result r;

	ret_item->kind = NONE;
	r = cbor_stream_decode((cbor_data)u->rest.p, u->rest.len, &callbacks, ret_item);
	if (r.status != CBOR_DECODER_FINISHED || ret_item->kind == NONE)
		return ERR_CORRUPT;
	u->rest = (struct str){ u->rest.p + r.read, u->rest.len - r.read };
	/* Each item of a list has an octet at least: no count makes us take memory for nothing. */
	return ret_item->kind == LIST && (uint64_t)ret_item->n > u->rest.len ? ERR_CORRUPT : 0;
}

/* The rest of a value that nobody knows, whose first item was *i. */
static int skip(struct unpacking *u, struct item *i, int depth)
{
	int64_t left = i->kind == LIST ? i->n : i->kind == MAP ? INT64_MAX : 0;
	int rc = i->kind == END || depth > DEPTH_MAX ? ERR_CORRUPT : 0;
	bool map = i->kind == MAP;

	while (rc == 0 && left-- > 0) {
		rc = next(u, i);
		if (rc == 0 && map && i->kind == END)
			break;
		if (rc == 0)
			rc = skip(u, i, depth + 1);
	}
	return rc;
}

/* ---- decoding: members ---- */

static int read_map(struct unpacking *u, const struct json_schema *schema, void *out);

static int read_text(struct unpacking *u, const struct item *i, void *at)
{
	if (i->kind != TEXT)
		return ERR_CORRUPT;
	*(char **)at = arena_strndup(u->mem, i->text.p, i->text.len);
	return 0;
}

static int read_enum(const struct json_field *f, const struct item *i, void *at)
{
	int64_t words = 0;

	while (f->names[words])
		words++;
	if (i->kind != INT || i->n < 0 || i->n >= words)
		return ERR_CORRUPT;
	*(int *)at = (int)i->n;
	return 0;
}

static int read_sub(struct unpacking *u, const struct json_schema *schema, const struct item *i,
		    void **ret_sub)
{
	if (i->kind != MAP)
		return ERR_CORRUPT;
	*ret_sub = arena_alloc(u->mem, schema->size);
	return read_map(u, schema, *ret_sub);
}

static int read_list(struct unpacking *u, const struct json_field *f, const struct item *i,
		     struct json_list *list)
{
	struct item each;
	int rc = i->kind == LIST ? 0 : ERR_CORRUPT;

	if (rc < 0)
		return rc;
	list->len = (size_t)i->n;
	list->items = ARENA_ARRAY(u->mem, void *, list->len);
	for (size_t n = 0; n < list->len && rc == 0; n++) {
		rc = next(u, &each);
		if (rc == 0)
			rc = f->type == JSON_TEXTS ? read_text(u, &each, &list->items[n])
						   : read_sub(u, f->sub, &each, &list->items[n]);
	}
	return rc;
}

static int read_member(struct unpacking *u, const struct json_field *f, const struct item *i,
		       void *at)
{
	void *sub = NULL;
	int rc;

	switch (f->type) {
	case JSON_TEXT:
		return read_text(u, i, at);
	case JSON_INT:
	case JSON_TIME:
		*(int64_t *)at = i->n;
		return i->kind == INT ? 0 : ERR_CORRUPT;
	case JSON_REAL:
		*(double *)at = i->real;
		return i->kind == REAL ? 0 : ERR_CORRUPT;
	case JSON_BOOL:
		*(enum json_bool *)at = i->n ? JSON_TRUE : JSON_FALSE;
		return i->kind == INT ? 0 : ERR_CORRUPT;
	case JSON_ENUM:
		return read_enum(f, i, at);
	case JSON_ID:
		if (i->kind != OCTETS || i->text.len != sizeof(struct id))
			return ERR_CORRUPT;
		memcpy(at, i->text.p, sizeof(struct id));
		return 0;
	case JSON_OBJECT:
		rc = read_sub(u, f->sub, i, &sub);
		memcpy(at, &sub, sizeof(sub)); /* the member is a pointer to another type */
		return rc;
	case JSON_LIST:
	case JSON_TEXTS:
		return read_list(u, f, i, at);
	case JSON_PAIRS:
	case JSON_COUNTS:
		break;
	}
	return ERR_CORRUPT;
}

/* The members of a map whose mark was read. */
static int read_map(struct unpacking *u, const struct json_schema *schema, void *out)
{
	const struct json_field *f;
	size_t row = 0;
	struct item i;
	int rc;

	json_init(schema, out);
	while ((rc = next(u, &i)) == 0 && i.kind != END) {
		if (i.kind != TEXT)
			return ERR_CORRUPT;
		f = json_find_field(schema, i.text, &row);
		rc = next(u, &i);
		if (rc == 0)
			rc = f ? read_member(u, f, &i, (char *)out + f->offset) : skip(u, &i, 0);
		if (rc < 0)
			return rc;
	}
	return rc;
}

int packed_decode(const struct json_schema *schema, struct str data, struct arena *mem, void *out)
{
	struct unpacking u = { data, mem };
	struct item i;
	int rc = next(&u, &i);

	if (rc == 0)
		rc = i.kind == MAP ? read_map(&u, schema, out) : ERR_CORRUPT;
	return rc == 0 && u.rest.len > 0 ? ERR_CORRUPT : rc;
}
