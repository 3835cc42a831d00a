/* rows.c - rows as they come: which column is what, and what is wrong with a value. */
#include "hub/import/import.h"

#include <string.h>

#include "base/csv.h"
#include "base/mime.h"
#include "model/fold.h"
#include "wire/messages.h"

const char *const import_verdict_names[] = { "new_customer", "new_site", "there",
					     "refused",      "failed",   NULL };

#define FIELDS_MAX 64 /* with those that somebody has emptied */

enum column { CUSTOMER, SITE, LANGUAGE, MAIL_TO, COLUMNS };

/* What a first line may call them, folded; without one they come in the order above. */
static const struct {
	const char *word;
	enum column column;
} heads[] = {
	{ "customer", CUSTOMER }, { "kunde", CUSTOMER },  { "client", CUSTOMER },
	{ "site", SITE },         { "standort", SITE },   { "language", LANGUAGE },
	{ "sprache", LANGUAGE },  { "langue", LANGUAGE }, { "mail_to", MAIL_TO },
	{ "e-mail", MAIL_TO },    { "email", MAIL_TO },   { "mail", MAIL_TO },
	{ "courriel", MAIL_TO },
};

static int head_of(struct str field, struct arena *mem)
{
	const char *word = fold_text(mem, arena_strndup(mem, field.p, field.len));

	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		if (strcmp(word, heads[i].word) == 0)
			return (int)heads[i].column;
	}
	return -1;
}

struct layout {
	int columns[COLUMNS]; /* where each stands; -1: nowhere */
	size_t width;
	bool head;
};

/* A first line whose first field is no column's name is a row already. */
static int read_head(const struct str *fields, size_t len, struct arena *mem, struct layout *l)
{
	*l = (struct layout){ { 0, 1, 2, 3 }, COLUMNS, false };
	if (head_of(fields[0], mem) < 0)
		return 0;
	*l = (struct layout){ { -1, -1, -1, -1 }, len, true };
	for (size_t i = 0; i < len; i++) {
		int column = head_of(fields[i], mem);

		if (column < 0 || l->columns[column] >= 0)
			return ERR_INVALID;
		l->columns[column] = (int)i;
	}
	return l->columns[CUSTOMER] < 0 ? ERR_INVALID : 0;
}

static const char *value(const struct layout *l, enum column column, const struct str *fields,
			 size_t len, struct arena *mem)
{
	int i = l->columns[column];
	struct str v = {};

	if (i >= 0 && (size_t)i < len)
		v = str_trim(fields[i]);
	return v.len ? arena_strndup(mem, v.p, v.len) : NULL;
}

static int language_of(const char *word)
{
	for (int i = 0; word && hub_language_names[i]; i++) {
		if (strcasecmp(word, hub_language_names[i]) == 0)
			return i;
	}
	return -1;
}

static void refuse(struct import_row *row, const char *code)
{
	row->verdict = IMPORT_REFUSED;
	row->code = code;
}

static void take_row(const struct layout *l, const struct str *fields, size_t len,
		     struct arena *mem, struct import_row *row)
{
	const char *language = value(l, LANGUAGE, fields, len, mem);

	row->customer = value(l, CUSTOMER, fields, len, mem);
	row->site = value(l, SITE, fields, len, mem);
	row->mail_to = value(l, MAIL_TO, fields, len, mem);
	row->language = language_of(language);
	if (len > l->width)
		refuse(row, "columns");
	else if (language && row->language < 0)
		refuse(row, "language");
	else
		import_check(row);
}

/* A character that some program put where it could not read one. */
static bool garbled(const char *text)
{
	return text && strstr(text, "\xef\xbf\xbd");
}

static bool name_ok(const char *name)
{
	return strlen(name) <= NAME_MAX_LEN && hub_name_ok(name);
}

void import_check(struct import_row *row)
{
	row->verdict = IMPORT_THERE;
	row->code = NULL;
	if (garbled(row->customer) || garbled(row->site) || garbled(row->mail_to))
		refuse(row, "text");
	else if (!row->customer || !name_ok(row->customer))
		refuse(row, "customer");
	else if (row->site && !name_ok(row->site))
		refuse(row, "site");
	else if (row->mail_to && !mime_address_ok(str_of(row->mail_to)))
		refuse(row, "mail_to");
}

struct reading {
	struct csv csv;
	struct layout layout;
	struct arena *mem;
	struct import_rows found;
	const char *why;
};

/* Spreadsheets write columns that somebody has emptied. */
static size_t without_empty(const struct str *fields, size_t len)
{
	while (len > 1 && !str_trim(fields[len - 1]).len)
		len--;
	return len;
}

static int add_row(struct reading *r, int rc, const struct str *fields, size_t len)
{
	struct import_row *row;

	if (r->found.len == IMPORT_ROWS_MAX) {
		r->why = "more than 10,000 rows";
		return ERR_INVALID;
	}
	row = &r->found.rows[r->found.len++];
	*row = (struct import_row){ .line = r->csv.line, .language = -1 };
	if (rc < 0)
		refuse(row, rc == ERR_TOO_LARGE ? "columns" : "quote");
	else
		take_row(&r->layout, fields, len, r->mem, row);
	return 0;
}

int import_read_csv(struct str text, struct arena *mem, struct import_rows *ret_rows,
		    const char **ret_why)
{
	struct reading r = { .mem = mem };
	struct str fields[FIELDS_MAX];
	bool first = true;
	size_t len = 0;
	int rc, bad = 0;

	csv_begin(&r.csv, text);
	r.found.rows = ARENA_ARRAY(mem, struct import_row, IMPORT_ROWS_MAX);
	r.layout = (struct layout){ { 0, 1, 2, 3 }, COLUMNS, false };
	while (bad == 0 && (rc = csv_row(&r.csv, mem, fields, ARRAY_LEN(fields), &len)) != 0) {
		len = rc > 0 ? without_empty(fields, len) : 0;
		if (first && rc == ERR_TOO_LARGE) {
			r.why = "the first line has more than 64 columns";
			bad = ERR_INVALID;
		} else if (first && rc > 0 && read_head(fields, len, mem, &r.layout) < 0) {
			r.why = "the first line names a column that is none or there twice, or no "
				"customer";
			bad = ERR_INVALID;
		} else if (!first || !r.layout.head) {
			bad = add_row(&r, rc, fields, len);
		}
		first = false;
	}
	if (bad == 0 && r.found.len == 0) {
		r.why = "no row";
		bad = ERR_INVALID;
	}
	*ret_why = r.why;
	if (bad == 0)
		*ret_rows = r.found;
	return bad;
}
