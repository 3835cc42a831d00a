/* row.c - see row.h. */
#include "hub/export/row.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/packed.h"
#include "db/change.h"
#include "hub/provider/provider.h"

struct writing {
	struct tenant_db *db;
	struct arena *mem;
	struct stmt *st;
	struct row_key key; /* of the columns so far */
	int64_t before;     /* the number in the column before */
	struct buf *out;
};

static void put_name(struct buf *out, const char *name, const char *end)
{
	buf_printf(out, ",\"%s%s\":", name, end);
}

static void put_time(struct buf *out, int64_t at_ms)
{
	char text[TIME_TEXT_MAX];

	time_encode(at_ms, text);
	json_put_text(out, str_of(text));
}

static void put_real(struct buf *out, double value)
{
	if (isfinite(value))
		buf_printf(out, "%.17g", value);
	else
		buf_puts(out, "null");
}

/* What a newer or an older version has stored may have no word here. */
static void put_word(struct buf *out, const struct column *c, int64_t value)
{
	const char *word = NULL;
	int64_t len = 0;

	while (c->names && c->names[len])
		len++;
	if (c->word)
		word = c->word((int)value);
	else if (value >= c->first && value - c->first < len)
		word = c->names[value - c->first];
	if (word)
		json_put_text(out, str_of(word));
	else
		buf_put_i64(out, value);
}

static void put_hex(struct buf *out, struct str octets)
{
	buf_putc(out, '"');
	buf_put_hex(out, octets.p, octets.len);
	buf_putc(out, '"');
}

static void put_id(struct buf *out, enum id_kind kind, struct id id)
{
	char text[ID_TEXT_MAX];

	if (kind == ID_NONE || kind >= ID_KINDS) {
		put_hex(out, (struct str){ (const char *)id.b, sizeof(id.b) });
		return;
	}
	id_encode(kind, id, text);
	json_put_text(out, str_of(text));
}

static enum id_kind kind_of(const struct column *c, int64_t before)
{
	if (c->kind == COLUMN_OBJECT)
		return before > ID_NONE && before < ID_KINDS ? (enum id_kind)before : ID_NONE;
	if (c->kind == COLUMN_ACTOR)
		return before == ACTOR_USER        ? ID_USER
		       : before == ACTOR_CONNECTOR ? ID_CONN
						   : ID_NONE;
	return c->kind == COLUMN_PERSON ? ID_USER : c->id;
}

static void put_some_id(struct writing *w, const struct column *c, int col)
{
	enum id_kind kind = kind_of(c, w->before);
	struct id id = col_id(w->st, col);
	const char *name = NULL;
	int rc;

	put_name(w->out, c->name, "");
	put_id(w->out, kind, id);
	if (kind != ID_USER)
		return;
	rc = person_name(w->db, w->mem, id, &name);
	if (rc < 0)
		stmt_fail(w->st, rc);
	buf_printf(w->out, ",\"%.*s_name\":", (int)strcspn(c->name, "_"), c->name);
	if (name)
		json_put_text(w->out, str_of(name));
	else
		buf_puts(w->out, "null");
}

static void put_sealed(struct writing *w, const struct column *c, int col)
{
	struct json_schema words;
	struct str json;
	void *in;

	buf_puts(w->out, ",\"content\":");
	if (!c->sealed) {
		json = col_sealed_bytes(w->st, col, &w->key, w->mem);
		if (is_packed(json)) /* then tables.def has to say what it is */
			stmt_fail(w->st, ERR_INTERNAL);
		else
			buf_putstr(w->out, json);
		return;
	}
	in = arena_alloc(w->mem, c->sealed->size);
	json_init(c->sealed, in);
	col_sealed(w->st, col, &w->key, c->sealed, w->mem, in);
	words = *c->sealed;
	words.flags &= ~(unsigned)JSON_NUMBERS;
	json_encode(&words, in, 0, w->out);
}

/* As text its digest can be computed again; what is none (a peer may send anything) is in hex. */
static void put_octets(struct writing *w, int col)
{
	struct str octets = col_sealed_bytes(w->st, col, &w->key, w->mem);

	if (utf8_valid(octets)) {
		buf_puts(w->out, ",\"record\":");
		json_put_text(w->out, octets);
		return;
	}
	buf_puts(w->out, ",\"record_hex\":");
	put_hex(w->out, octets);
}

static void put_plain(struct writing *w, const struct column *c, int col)
{
	struct buf *out = w->out;

	if (c->kind == COLUMN_TIME && strcmp(c->name, "at_ms") != 0)
		buf_printf(out, ",\"%.*s_at\":", (int)(strlen(c->name) - 3), c->name);
	else if (c->kind == COLUMN_TIME)
		put_name(out, "at", "");
	else
		put_name(out, c->name, "");
	if (col_null(w->st, col)) {
		buf_puts(out, "null");
		return;
	}
	switch (c->kind) {
	case COLUMN_REAL:
		put_real(out, col_f64(w->st, col));
		return;
	case COLUMN_TEXT:
		json_put_text(out, str_of(col_text(w->st, col)));
		return;
	case COLUMN_HEX:
		put_hex(out, col_blob(w->st, col));
		return;
	default:
		break;
	}
	w->before = col_i64(w->st, col);
	if (c->kind == COLUMN_TIME && w->before < 0) /* never: of columns that know no NULL */
		buf_puts(out, "null");
	else if (c->kind == COLUMN_TIME)
		put_time(out, w->before);
	else if (c->kind == COLUMN_WORD)
		put_word(out, c, w->before);
	else
		buf_put_i64(out, w->before);
}

/* Rows are sealed by their primary key, column by column (seal_row.h). */
static void add_key(struct writing *w, const struct column *c, int col)
{
	struct str octets;

	switch (c->kind) {
	case COLUMN_INT:
	case COLUMN_TIME:
	case COLUMN_WORD:
		row_key_i64(&w->key, col_i64(w->st, col));
		return;
	case COLUMN_TEXT:
		octets = str_of(col_text(w->st, col));
		break;
	default:
		octets = col_blob(w->st, col);
	}
	if (octets.len > ROW_KEY_PART_MAX)
		stmt_fail(w->st, ERR_CORRUPT);
	else
		row_key_put(&w->key, octets.p, octets.len);
}

static void put_column(struct writing *w, const struct column *c, int col)
{
	switch (c->kind) {
	case COLUMN_ID:
	case COLUMN_PERSON:
	case COLUMN_ACTOR:
	case COLUMN_OBJECT:
		if (!col_null(w->st, col)) {
			put_some_id(w, c, col);
			return;
		}
		break;
	case COLUMN_SEALED:
	case COLUMN_OCTETS:
		if (!col_null(w->st, col)) {
			c->kind == COLUMN_SEALED ? put_sealed(w, c, col) : put_octets(w, col);
			return;
		}
		break;
	default:
		break;
	}
	put_plain(w, c, col);
}

void row_write(struct tenant_db *db, struct arena *mem, struct stmt *st, const char *table,
	       const struct column *columns, struct buf *out)
{
	struct writing w = { db, mem, st, row_key(table), 0, out };

	buf_puts(out, "{\"table\":");
	json_put_text(out, str_of(table));
	for (int i = 0; columns[i].name; i++) {
		const struct column *c = &columns[i];

		if (c->subject || c->key)
			add_key(&w, c, i + 1);
		put_column(&w, c, i + 1);
	}
	buf_puts(out, "}\n");
}
