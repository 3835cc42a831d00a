/* config.c - one parser and one printer a type of option; the table does the rest. */
#include "base/config.h"
#include "base/err.h"
#include "base/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX_BYTES (256 * KIB)

struct unit {
	const char *name;
	int64_t factor;
};

/* Largest first: the printer takes the first that divides. */
static const struct unit durations[] = { { "d", 86400000 }, { "h", 3600000 }, { "m", 60000 },
					 { "s", 1000 },     { "ms", 1 },      {} };
static const struct unit sizes[] = {
	{ "GB", 1 << 30 }, { "MB", 1 << 20 }, { "KB", 1 << 10 }, { "B", 1 }, {}
};

struct parsing {
	const struct option *options;
	struct arena *mem;
	void *out;
	const char *folder; /* what relative paths are relative to; NULL leaves them */
	int line;
	struct config_problem *problem;
};

PRINTF(2, 3) static int refuse(struct parsing *p, const char *fmt, ...)
{
	va_list ap;

	p->problem->line = p->line;
	va_start(ap, fmt);
	vsnprintf(p->problem->text, sizeof(p->problem->text), fmt, ap);
	va_end(ap);
	return ERR_CONFIG;
}

/* Splits digits from what follows: "25s" -> 25, "s". */
static bool parse_number(struct str s, int64_t *ret_value, struct str *ret_unit)
{
	struct str digits = s;
	uint64_t value;

	digits.len = 0;
	while (digits.len < s.len && s.p[digits.len] >= '0' && s.p[digits.len] <= '9')
		digits.len++;
	if (!str_to_u64(digits, &value) || value > INT64_MAX)
		return false;
	*ret_value = (int64_t)value;
	*ret_unit = (struct str){ s.p + digits.len, s.len - digits.len };
	return true;
}

static bool parse_int(struct str s, int64_t *ret_value)
{
	bool negative = str_starts(s, STR("-"));
	struct str unit;
	int64_t value;

	if (negative)
		s = (struct str){ s.p + 1, s.len - 1 };
	if (!parse_number(s, &value, &unit) || unit.len > 0)
		return false;
	*ret_value = negative ? -value : value;
	return true;
}

static bool parse_amount(struct str s, const struct unit *units, int64_t *ret_value)
{
	struct str unit;
	int64_t value;

	if (!parse_number(s, &value, &unit))
		return false;
	for (; units->name; units++) {
		if (str_eq(unit, str_of(units->name)))
			return !mul_overflow(value, units->factor, ret_value);
	}
	return false;
}

static bool parse_bool(struct str s, int64_t *ret_value)
{
	*ret_value = str_eq(s, STR("yes"));
	return *ret_value || str_eq(s, STR("no"));
}

static bool parse_choice(struct str s, const char *choices, int64_t *ret_value)
{
	struct str rest = str_of(choices), word;

	for (int64_t i = 0; str_split(&rest, '|', &word); i++) {
		if (str_eq(word, s)) {
			*ret_value = i;
			return true;
		}
	}
	return false;
}

/* The number that s says for an option of any type but texts. */
static bool parse_value(const struct option *o, struct str s, int64_t *ret_value)
{
	switch (o->type) {
	case OPTION_INT:
		return parse_int(s, ret_value);
	case OPTION_DURATION:
		return parse_amount(s, durations, ret_value);
	case OPTION_SIZE:
		return parse_amount(s, sizes, ret_value);
	case OPTION_BOOL:
		return parse_bool(s, ret_value);
	case OPTION_CHOICE:
		return parse_choice(s, o->choices, ret_value);
	case OPTION_TEXT:
	case OPTION_PATH:
		break;
	}
	assert(!"texts are no numbers");
}

static bool is_text(const struct option *o)
{
	return o->type == OPTION_TEXT || o->type == OPTION_PATH;
}

static void store(const struct option *o, int64_t value, void *out)
{
	void *at = (char *)out + o->offset;

	if (o->type == OPTION_BOOL)
		*(bool *)at = value != 0;
	else if (o->type == OPTION_CHOICE)
		*(int *)at = (int)value;
	else
		*(int64_t *)at = value;
}

static const char *store_text(struct parsing *p, const struct option *o, struct str s)
{
	if (o->type == OPTION_PATH && p->folder && !str_starts(s, STR("/")))
		return arena_printf(p->mem, "%s/%.*s", p->folder, (int)s.len, s.p);
	return arena_strndup(p->mem, s.p, s.len);
}

static const char *what_fits(const struct option *o)
{
	switch (o->type) {
	case OPTION_INT:
		return "a whole number";
	case OPTION_DURATION:
		return "a time like 500ms, 25s, 2m, 8h or 14d";
	case OPTION_SIZE:
		return "a size like 512B, 16KB, 64MB or 2GB";
	case OPTION_BOOL:
		return "yes or no";
	default:
		return o->choices;
	}
}

static int check_limits(struct parsing *p, const struct option *o, int64_t value)
{
	int64_t limit;

	if (o->min && parse_value(o, str_of(o->min), &limit) && value < limit)
		return refuse(p, "%s must be at least %s", o->name, o->min);
	if (o->max && parse_value(o, str_of(o->max), &limit) && value > limit)
		return refuse(p, "%s must be at most %s", o->name, o->max);
	return 0;
}

static int set(struct parsing *p, const struct option *o, struct str s)
{
	int64_t value;
	int rc;

	if (is_text(o)) {
		*(const char **)((char *)p->out + o->offset) = store_text(p, o, s);
		return 0;
	}
	if (!parse_value(o, s, &value))
		return refuse(p, "%s must be %s", o->name, what_fits(o));
	rc = check_limits(p, o, value);
	if (rc == 0)
		store(o, value, p->out);
	return rc;
}

static void set_defaults(struct parsing *p)
{
	for (const struct option *o = p->options; o->name; o++) {
		int rc = 0;

		if (o->value)
			rc = set(p, o, str_of(o->value));
		else if (is_text(o))
			*(const char **)((char *)p->out + o->offset) = NULL;
		else
			store(o, o->type == OPTION_CHOICE ? -1 : 0, p->out);
		assert(rc == 0);
	}
}

static const struct option *find(const struct option *options, struct str name)
{
	for (const struct option *o = options; o->name; o++) {
		if (str_eq(str_of(o->name), name))
			return o;
	}
	return NULL;
}

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == 0 || !strchr("abcdefghijklmnopqrstuvwxyz0123456789._-", s.p[i]))
			return false;
	}
	return s.len > 0 && s.len <= 64;
}

/* Control characters would change what a terminal, a log line or a header says later on. */
static bool is_value(struct str s)
{
	while (s.len > 0) {
		uint32_t code = utf8_take(&s);

		if (code == UTF8_BAD || code < 0x20 || (code >= 0x7f && code < 0xa0))
			return false;
	}
	return true;
}

/* The name and the value of a line; false for a comment, an empty line and what is none. */
static bool split_line(struct str line, struct str *ret_name, struct str *ret_value)
{
	struct str value;

	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	value = str_trim(line);
	if (value.len == 0 || value.p[0] == '#' || !str_split(&value, '=', ret_name) || !value.p)
		return false;
	*ret_name = str_trim(*ret_name);
	*ret_value = str_trim(value);
	return true;
}

bool config_get(struct str text, const char *name, struct str *ret_value)
{
	struct str line, n, value;

	while (str_split(&text, '\n', &line)) {
		if (!split_line(line, &n, &value) || !str_eq(n, str_of(name)))
			continue;
		*ret_value = value;
		return true;
	}
	return false;
}

int config_set(struct buf *text, const char *name, struct str value)
{
	struct buf out = buf_new(text->max);
	struct str rest = buf_str(text), line, n, old;
	bool put = !value.p;
	int rc;

	if (value.p && (str_trim(value).len == 0 || !is_value(value)))
		return ERR_INVALID;
	while (str_split(&rest, '\n', &line)) {
		bool ours = split_line(line, &n, &old) && str_eq(n, str_of(name));

		if (ours && !put)
			buf_printf(&out, "%s = %.*s\n", name, (int)value.len, value.p);
		put = put || ours;
		if (!ours && (line.len || rest.p)) {
			buf_putstr(&out, line);
			buf_putc(&out, '\n');
		}
	}
	if (!put)
		buf_printf(&out, "%s = %.*s\n", name, (int)value.len, value.p);
	rc = buf_status(&out);
	if (rc == 0) {
		buf_wipe(text);
		*text = out;
	} else {
		buf_wipe(&out);
	}
	return rc;
}

static int parse_line(struct parsing *p, struct str line, int *lines)
{
	struct str value = str_trim(line), name;
	const struct option *o;
	int *before;

	if (value.len == 0 || value.p[0] == '#')
		return 0;
	str_split(&value, '=', &name);
	name = str_trim(name);
	if (!value.p || !is_name(name))
		return refuse(p, "not a line of the form name = value");
	value = str_trim(value);
	o = find(p->options, name);
	if (!o)
		return refuse(p, "%.*s is not known", (int)name.len, name.p);
	before = &lines[o - p->options];
	if (*before)
		return refuse(p, "%s was given in line %d already", o->name, *before);
	*before = p->line;
	if (value.len == 0)
		return refuse(p, "%s has no value", o->name);
	if (!is_value(value))
		return refuse(p, "%s has a value with control characters or that is not UTF-8",
			      o->name);
	return set(p, o, value);
}

static int parse(struct parsing *p, struct str text)
{
	struct str line;
	size_t count = 0;
	int *lines; /* where each option was given, 0: not yet */
	int rc = 0;

	while (p->options[count].name)
		count++;
	lines = ARENA_ARRAY(p->mem, int, count);
	set_defaults(p);
	if (str_starts(text, STR("\xef\xbb\xbf"))) /* what some editors put before UTF-8 */
		text = (struct str){ text.p + 3, text.len - 3 };
	while (rc == 0 && str_split(&text, '\n', &line)) {
		p->line++;
		if (line.len > 0 && line.p[line.len - 1] == '\r')
			line.len--;
		rc = parse_line(p, line, lines);
	}
	if (rc < 0)
		return rc;
	p->line = 0;
	for (size_t i = 0; i < count; i++) {
		if (p->options[i].flags & OPTION_REQUIRED && !lines[i])
			return refuse(p, "%s must be given", p->options[i].name);
	}
	return 0;
}

int config_parse(struct str text, const struct option *options, struct arena *mem, void *out,
		 struct config_problem *ret_problem)
{
	struct parsing p = { options, mem, out, NULL, 0, ret_problem };

	return parse(&p, text);
}

int config_read(const char *path, const struct option *options, struct arena *mem, void *out,
		struct config_problem *ret_problem)
{
	struct parsing p = { options, mem, out, file_folder(path, mem), 0, ret_problem };
	struct buf text = buf_new(FILE_MAX_BYTES);
	int rc = file_read(path, &text);

	if (rc == ERR_TOO_LARGE)
		rc = refuse(&p, "the file is too large");
	else if (rc == 0)
		rc = parse(&p, buf_str(&text));
	buf_wipe(&text); /* it may hold secrets */
	return rc;
}

static void print_amount(struct buf *out, int64_t value, const struct unit *units)
{
	while (value % units->factor != 0 || (value == 0 && units->factor > 1000))
		units++;
	buf_printf(out, "%" PRId64 "%s", value / units->factor, units->name);
}

static void print_choice(struct buf *out, const char *choices, int value)
{
	struct str rest = str_of(choices), word = {};

	for (int i = 0; i <= value && str_split(&rest, '|', &word); i++)
		;
	buf_putstr(out, word);
}

static bool is_set(const struct option *o, const void *at)
{
	if (is_text(o))
		return *(const char *const *)at;
	return o->type != OPTION_CHOICE || *(const int *)at >= 0;
}

static void print_value(const struct option *o, const void *at, struct buf *out)
{
	if (o->flags & OPTION_SECRET) {
		buf_puts(out, "(set)");
		return;
	}
	switch (o->type) {
	case OPTION_TEXT:
	case OPTION_PATH:
		buf_puts(out, *(const char *const *)at);
		break;
	case OPTION_INT:
		buf_printf(out, "%" PRId64, *(const int64_t *)at);
		break;
	case OPTION_DURATION:
		print_amount(out, *(const int64_t *)at, durations);
		break;
	case OPTION_SIZE:
		print_amount(out, *(const int64_t *)at, sizes);
		break;
	case OPTION_BOOL:
		buf_puts(out, *(const bool *)at ? "yes" : "no");
		break;
	case OPTION_CHOICE:
		print_choice(out, o->choices, *(const int *)at);
		break;
	}
}

void config_print(const struct option *options, const void *config, struct buf *out)
{
	for (const struct option *o = options; o->name; o++) {
		const void *at = (const char *)config + o->offset;

		if (!is_set(o, at)) {
			buf_printf(out, "# %s is not set\n", o->name);
			continue;
		}
		buf_printf(out, "%s = ", o->name);
		print_value(o, at, out);
		buf_putc(out, '\n');
	}
}
