/* redact.c - see redact.h. */
#include "connector/source/redact.h"
#include "base/json.h"
#include "connector/source/papercut_tree.h"
#include "model/label.h"
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define DIGITS_MAX   7
#define NAME_MAX_LEN 40

/* Words and sentences of PaperCut's own that say nothing about a site. */
static const char *const known_texts[] = {
	"OK",
	"ERROR",
	"WARNING",
	"UNKNOWN",
	"PAPER_JAM",
	"PAPER_OUT",
	"PAPER_PROBLEM",
	"OUTPUT_BIN_FULL",
	"NOT_AVAILABLE",
	"NO_TONER",
	"OUT_OF_MEMORY",
	"OFFLINE",
	"DOOR_OPEN",
	"USER_INTERVENTION",
	"true",
	"false",
	"Y",
	"N",
	"yes",
	"no",
	"Unlimited",
	"amd64",
	"x86_64",
	"aarch64",
	"Job Ticketing is not installed.",
	"Missing required auth parameter",
	"Invalid license status: EXPIRED",
	"Started - with no errors",
	"Could not connect to the device",
	NULL,
};

/* Members whose value names somebody or something, whatever its type. */
static const char *const naming[] = {
	"name",
	"host",
	"ip",
	"address",
	"location",
	"hostingServer",
	"physicalPrinterId",
	"user",
	"email",
	"contact",
	"serial",
	"serialNumber",
	"id",
	"url",
	"type",
	"crn",
	"customerReference",
	"licenseNumber",
	"key",
	"phone",
	"card",
	"cardNumber",
	NULL,
};

/* Of which the names of PaperCut's own members are made; a list may also be keyed by the names of
 * printers or people, which are made of other words.
 * clang-format off */
static const char *const member_words[] = {
	"access",      "active",      "address",    "advanced",     "agent",        "allowed",
	"api",         "application", "apps",       "architecture", "assurance",    "available",
	"average",     "backup",      "build",      "cache",        "capacity",     "check",
	"client",      "clients",     "cluster",    "code",         "comment",      "component",
	"components",  "connect",     "connection", "connections",  "contact",      "count",
	"cpu",         "current",     "database",   "date",         "day",          "days",
	"description", "details",     "device",     "devices",      "disk",         "display",
	"edition",     "email",       "enabled",    "error",        "errors",       "executions",
	"expired",     "expires",     "expiry",     "external",     "failed",       "feature",
	"features",    "file",        "free",       "functions",    "gc",           "group",
	"groups",      "health",      "held",       "host",         "hosting",      "hours",
	"id",          "idle",        "in",         "info",         "interval",     "invalid",
	"ip",          "is",          "items",      "job",          "jobs",         "jvm",
	"last",        "latency",     "level",      "licence",      "license",      "licensed",
	"link",        "list",        "load",       "location",     "max",          "maximum",
	"mb",          "memory",      "message",    "metrics",      "milliseconds", "min",
	"minimum",     "minutes",     "mobility",   "mode",         "model",        "monitoring",
	"name",        "names",       "network",    "node",         "number",       "of",
	"offline",     "online",      "operating",  "os",           "output",       "pack",
	"packs",       "pages",       "paper",      "path",         "percent",      "percentage",
	"physical",    "pool",        "port",       "primary",      "print",        "printer",
	"printers",    "process",     "processors", "product",      "provider",     "providers",
	"query",       "queue",       "recent",     "release",      "remaining",    "replication",
	"restart",     "scan",        "seconds",    "secondary",    "serial",       "server",
	"servers",     "service",     "services",   "site",         "size",         "software",
	"space",       "started",     "state",      "status",       "storage",      "subscription",
	"supplies",    "support",     "sync",       "system",       "thread",       "threads",
	"ticketing",   "time",        "timeout",    "toner",        "total",        "trial",
	"type",        "unlimited",   "upgrade",    "uptime",       "url",          "urls",
	"usage",       "use",         "used",       "user",         "users",        "valid",
	"value",       "version",     "waiting",    "warning",      "warnings",     "web",
	NULL,
};
/* clang-format on */

static bool is_listed(const char *const *list, struct str s)
{
	for (; *list; list++)
		if (str_eq_nocase(str_of(*list), s))
			return true;
	return false;
}

/* The length of the word that s begins with: up to the next capital, or all capitals of "MB". */
static size_t word_at(struct str s)
{
	size_t n = 1;
	bool capitals =
		s.len > 1 && isupper((unsigned char)s.p[0]) && isupper((unsigned char)s.p[1]);

	while (n < s.len && (isupper((unsigned char)s.p[n]) != 0) == capitals)
		n++;
	return n;
}

/* Camel case of known words: a name of something is not. */
static bool is_member_name(struct str s)
{
	if (s.len == 0 || s.len > NAME_MAX_LEN)
		return false;
	while (s.len > 0) {
		size_t n = word_at(s);

		if (!is_listed(member_words, (struct str){ s.p, n }))
			return false;
		s = (struct str){ s.p + n, s.len - n };
	}
	return true;
}

/* A count or a share; not a number of a telephone, a card, a customer, nor an address. */
static bool is_number_text(struct str s)
{
	size_t digits = 0, points = 0;

	if (s.len > 1 && s.p[0] == '-')
		s = (struct str){ s.p + 1, s.len - 1 };
	for (size_t i = 0; i < s.len; i++) {
		digits += isdigit((unsigned char)s.p[i]) != 0;
		points += s.p[i] == '.';
	}
	return digits > 0 && digits + points == s.len && points <= 1 && digits <= DIGITS_MAX &&
	       (s.p[0] != '0' || s.len == 1 || s.p[1] == '.');
}

static void put_size(struct buf *out, size_t len)
{
	buf_printf(out, "\"<text of %zu>\"", len);
}

/* "22.0.4 (Build 65000)": its numbers, written anew. */
static void put_version(struct buf *out, struct str s)
{
	static const char mark[] = "(Build ";
	char version[VERSION_SIZE];
	size_t at = 0, digits = 0;

	if (!version_of(s, version)) {
		put_size(out, s.len);
		return;
	}
	buf_printf(out, "\"%s", version);
	while (at + sizeof(mark) <= s.len && memcmp(s.p + at, mark, sizeof(mark) - 1) != 0)
		at++;
	for (at += sizeof(mark) - 1; at + digits < s.len; digits++)
		if (!isdigit((unsigned char)s.p[at + digits]))
			break;
	if (digits > 0 && digits <= 8)
		buf_printf(out, " (Build %.*s)", (int)digits, s.p + at);
	buf_putc(out, '"');
}

/* The family alone. */
static void put_system(struct buf *out, struct str s)
{
	static const char *const families[] = { "Windows Server", "Windows", "Linux", "Mac" };

	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		if (str_has_nocase(s, str_of(families[i]))) {
			buf_printf(out, "\"%s <and %zu more>\"", families[i],
				   s.len - strlen(families[i]));
			return;
		}
	put_size(out, s.len);
}

static void put_text(struct buf *out, const char *member, struct str s)
{
	if (is_listed(naming, str_of(member)))
		put_size(out, s.len);
	else if (strcmp(member, "version") == 0)
		put_version(out, s);
	else if (strcmp(member, "operatingSystem") == 0)
		put_system(out, s);
	else if (is_listed(known_texts, s) || is_number_text(s))
		json_put_text(out, s);
	else
		put_size(out, s.len);
}

static void put_node(struct buf *out, const char *member, const struct node *n);

struct members {
	struct buf *out;
	const char *within; /* the naming member that all these belong to; NULL: none */
	size_t count, hidden;
};

static int put_member(const char *name, const struct node *n, void *arg)
{
	struct members *m = arg;
	const char *told_as = m->within ? m->within : name;
	char hidden[32];

	buf_puts(m->out, m->count++ ? "," : "");
	if (!is_member_name(str_of(name))) {
		snprintf(hidden, sizeof(hidden), "<name %zu>", ++m->hidden);
		name = hidden;
	}
	json_put_text(m->out, str_of(name));
	buf_putc(m->out, ':');
	put_node(m->out, told_as, n);
	return 0;
}

static void put_list(struct buf *out, const char *member, const struct node *n)
{
	size_t len = node_len(n);

	buf_putc(out, '[');
	for (size_t i = 0; i < len && i < REDACT_ITEMS_MAX; i++) {
		buf_puts(out, i ? "," : "");
		put_node(out, member, node_item(n, i));
	}
	if (len > REDACT_ITEMS_MAX)
		buf_printf(out, ",\"<%zu more>\"", len - REDACT_ITEMS_MAX);
	buf_putc(out, ']');
}

static void put_number(struct buf *out, const char *member, const struct node *n)
{
	if (is_listed(naming, str_of(member)))
		buf_puts(out, "\"<number>\"");
	else if (node_kind(n) == NODE_INT)
		buf_printf(out, "%" PRId64, node_int(n));
	else
		buf_printf(out, "%.15g", node_real(n));
}

static void put_node(struct buf *out, const char *member, const struct node *n)
{
	struct members members = { out, is_listed(naming, str_of(member)) ? member : NULL, 0, 0 };

	switch (node_kind(n)) {
	case NODE_NULL:
		buf_puts(out, "null");
		break;
	case NODE_BOOL:
		buf_puts(out, node_bool(n) ? "true" : "false");
		break;
	case NODE_INT:
	case NODE_REAL:
		put_number(out, member, n);
		break;
	case NODE_TEXT:
		put_text(out, member, node_text(n));
		break;
	case NODE_LIST:
		put_list(out, member, n);
		break;
	case NODE_OBJECT:
		buf_putc(out, '{');
		node_each(n, put_member, &members);
		buf_putc(out, '}');
		break;
	}
}

bool redact_json(struct str body, struct buf *out)
{
	struct tree tree;
	const struct node *root = told_parse(body, &tree);

	if (root)
		put_node(out, "", root);
	tree_free(&tree);
	return root != NULL;
}

/* --- CSV ---------------------------------------------------------------------------------------
 */

static const char *const title_words[] = {
	"server", "printer", "device", "name", "location", "status", "monitoring",
	"recent", "jobs",    "job",    "url",  "type",     "group",  NULL,
};

static bool is_title(struct str s)
{
	struct str word;

	while (str_split(&s, ' ', &word))
		if (!is_listed(title_words, word))
			return false;
	return true;
}

/* The next field of a line, without its quotes; false at the line's end. */
static bool next_field(struct str *line, struct str *ret_field)
{
	bool quoted = line->len && line->p[0] == '"';
	size_t end = quoted;

	if (!line->p)
		return false;
	while (end < line->len && line->p[end] != (quoted ? '"' : ','))
		end++;
	*ret_field = (struct str){ line->p + quoted, end - quoted };
	while (end < line->len && line->p[end] != ',')
		end++;
	*line = end < line->len ? (struct str){ line->p + end + 1, line->len - end - 1 }
				: (struct str){};
	return true;
}

static size_t put_titles(struct buf *out, struct str line)
{
	struct str field;
	size_t n = 0;

	for (; next_field(&line, &field); n++) {
		buf_puts(out, n ? "," : "");
		field = str_trim(field);
		if (is_title(field))
			json_put_text(out, field);
		else
			put_size(out, field.len);
	}
	return n;
}

void redact_csv(struct str body, struct buf *out)
{
	size_t rows = 0, columns;
	bool quoted = false;
	struct str line;

	for (size_t i = 0; i < body.len; i++)
		quoted = quoted || body.p[i] == '"';
	buf_puts(out, "{\"titles\":[");
	columns = 0;
	while (str_split(&body, '\n', &line)) {
		if (line.len && line.p[line.len - 1] == '\r')
			line.len--;
		if (rows == 0 && line.len)
			columns = put_titles(out, line);
		rows += line.len > 0;
	}
	buf_printf(out, "],\"columns\":%zu,\"rows\":%zu,\"quoted\":%s}", columns,
		   rows ? rows - 1 : 0, quoted ? "true" : "false");
}

/* --- media types -------------------------------------------------------------------------------
 */

const char *redact_media_type(struct str value, const char **ret_charset)
{
	static const char *const types[] = { "application/json",
					     "text/html",
					     "text/plain",
					     "text/csv",
					     "application/csv",
					     "text/xml",
					     "application/octet-stream" };
	static const char *const charsets[] = { "utf-8", "iso-8859-1", "us-ascii", "windows-1252" };
	struct str rest = value, type;

	*ret_charset = NULL;
	if (!value.p || !str_split(&rest, ';', &type))
		return "none";
	for (size_t i = 0; i < ARRAY_LEN(charsets); i++)
		if (str_has_nocase(rest, str_of(charsets[i])))
			*ret_charset = charsets[i];
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (str_eq_nocase(str_trim(type), str_of(types[i])))
			return types[i];
	return "other";
}
