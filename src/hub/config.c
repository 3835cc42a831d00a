/* config.c - see config.h. */
#include "hub/config.h"

#include "base/err.h"
#include "base/file.h"
#include "base/mime.h"
#include "net/address_range.h"
#include "net/mail.h"
#include <stdio.h>
#include <string.h>

#define AT(member)     offsetof(struct hub_config, member)
#define REGION_MIN_LEN 2
#define REGION_MAX_LEN 8
#define DEFAULT_PORT   443

/* clang-format off */
const struct option hub_options[] = {
	{ "admin.listen", OPTION_TEXT, AT(admin_listen), NULL, NULL, NULL, NULL, 0,
	  "Where /metrics and /readyz are told: unix:/path, or a loopback address and port; never public." },
	{ "console_suffix", OPTION_TEXT, AT(console_suffix), NULL, NULL, NULL, NULL, 0,
	  "The name below which each visit to a site's pages gets a name of its own; unset: monitoring only." },
	{ "data_dir", OPTION_PATH, AT(data_dir), "data", NULL, NULL, NULL, 0,
	  "Folder of the database and the wrapped keys." },
	{ "listen", OPTION_TEXT, AT(listen), "0.0.0.0:443", NULL, NULL, NULL, 0,
	  "Address and port that browsers and connectors reach, with TLS." },
	{ "listen.proxy_from", OPTION_TEXT, AT(listen_proxy_from), NULL, NULL, NULL, NULL, 0,
	  "Addresses and networks, by commas, of load balancers in front: they must send a PROXY header (v1, v2), nobody else may." },
	{ "log.level", OPTION_CHOICE, AT(log_level), "info", NULL, NULL, "error|warn|info|debug", 0,
	  "What is worth a line on standard error." },
	{ "mail.ca_file", OPTION_PATH, AT(mail_ca_file), NULL, NULL, NULL, NULL, 0,
	  "PEM file of the authorities that may vouch for mail.server; unset: this machine's." },
	{ "mail.from", OPTION_TEXT, AT(mail_from), NULL, NULL, NULL, NULL, 0,
	  "The address that mails come from; needed with mail.server." },
	{ "mail.give_up", OPTION_DURATION, AT(mail_give_up_ms), "2d", "1s", "14d", NULL, 0,
	  "A mail that could not be handed over for so long is given up, and shown as failed." },
	{ "mail.password_file", OPTION_PATH, AT(mail_password_file), NULL, NULL, NULL, NULL, 0,
	  "File whose first line is mail.user's password; read for each mail." },
	{ "mail.per_day", OPTION_INT, AT(mail_per_day), "1000", "1", "1000000", NULL, 0,
	  "How many mails a provider may ask for a day (UTC)." },
	{ "mail.per_hour", OPTION_INT, AT(mail_per_hour), "2000", "1", "1000000", NULL, 0,
	  "How many mails the hub hands over an hour, of all providers; others wait." },
	{ "mail.port", OPTION_INT, AT(mail_port), "0", "0", "65535", NULL, 0,
	  "Its port; 0: the usual one, 587 with starttls, 465 with tls, 25 with none." },
	{ "mail.retry", OPTION_DURATION, AT(mail_retry_ms), "1m", "100ms", "1h", NULL, 0,
	  "How long it is waited after a mail's first try that failed; each further one doubles it, up to an hour." },
	{ "mail.security", OPTION_CHOICE, AT(mail_security), "starttls", NULL, NULL, "starttls|tls|none", 0,
	  "TLS after the start, from the start, or none, which only a server on this machine may have." },
	{ "mail.server", OPTION_TEXT, AT(mail_server), NULL, NULL, NULL, NULL, 0,
	  "Name or address of the mail server (SMTP) that takes the hub's mails; unset: the hub sends none." },
	{ "mail.timeout", OPTION_DURATION, AT(mail_timeout_ms), "2m", "1s", "10m", NULL, 0,
	  "How long handing a mail over may take in all." },
	{ "mail.user", OPTION_TEXT, AT(mail_user), NULL, NULL, NULL, NULL, 0,
	  "Whom to log in as there; unset: nobody." },
	{ "master_key_file", OPTION_PATH, AT(master_key_file), "master.key", NULL, NULL, NULL, 0,
	  "The key that wraps all others: keep it outside data_dir and out of its backups." },
	{ "packages_dir", OPTION_PATH, AT(packages_dir), "/usr/share/imprimatur-hub/packages", NULL, NULL, NULL, 0,
	  "Folder of the connector packages that invited customers are offered, with their SHA256SUMS; read at the start." },
	{ "poll.hold", OPTION_DURATION, AT(poll_hold_ms), "25s", "1s", "60s", NULL, 0,
	  "How long a connector's poll is held open when there is nothing to say." },
	{ "poll.offline_after", OPTION_DURATION, AT(poll_offline_after_ms), "90s", "1s", "1h", NULL, 0,
	  "A site is offline so long after its connector's last poll." },
	{ "poll.start_grace", OPTION_DURATION, AT(start_grace_ms), "5m", "0s", "1h", NULL, 0,
	  "After its own start, and after its clock has jumped, the hub calls no site offline for so long." },
	{ "public_url", OPTION_TEXT, AT(public_url), NULL, NULL, NULL, NULL, OPTION_REQUIRED,
	  "The address in the browser: https, a name, perhaps a port; nothing else is answered." },
	{ "region", OPTION_TEXT, AT(region), "us", NULL, NULL, NULL, 0,
	  "The region that this hub is; it stands in front of every enrolment code." },
	{ "regions", OPTION_TEXT, AT(regions), HUB_REGIONS, NULL, NULL, NULL, 0,
	  "All regions that there are, 2 to 8 letters each." },
	{ "relay.threads", OPTION_INT, AT(relay_threads), "0", "0", "64", NULL, 0,
	  "How many threads carry what visits pass, each for sites of its own; 0: one less than the machine has processors, at least one." },
	{ "series.keep_days", OPTION_DURATION, AT(series_keep_days_ms), "3650d", "180d", "36500d", NULL, 0,
	  "How long a day's values over time are kept: low, high, mean, last, share known." },
	{ "series.keep_hours", OPTION_DURATION, AT(series_keep_hours_ms), "180d", "40d", "3650d", NULL, 0,
	  "How long an hour's are." },
	{ "series.keep_raw", OPTION_DURATION, AT(series_keep_raw_ms), "40d", "35d", "3650d", NULL, 0,
	  "How long values over time are kept as they came; longer than a connector may be silent and still catch up (30 days)." },
	{ "tls.certificate", OPTION_PATH, AT(tls_certificate_file), "tls.pem", NULL, NULL, NULL, OPTION_RELOAD,
	  "PEM file: the certificate for public_url's name, then its chain." },
	{ "tls.check", OPTION_DURATION, AT(tls_check_ms), "1m", "1s", "1d", NULL, 0,
	  "How often it is looked whether the certificate's files are new; SIGHUP looks at once." },
	{ "tls.key", OPTION_PATH, AT(tls_key_file), "tls.key", NULL, NULL, NULL, OPTION_RELOAD,
	  "PEM file: the certificate's private key." },
	{ "vulnerable_versions", OPTION_PATH, AT(vulnerable_versions_file), NULL, NULL, NULL, NULL, OPTION_RELOAD,
	  "File that says which versions of print servers are open to known attacks; read again when it changes." },
	{}
};
/* clang-format on */

struct hub_paths hub_paths_of(struct arena *mem, const struct hub_config *config)
{
	return (struct hub_paths){
		.database = arena_printf(mem, "%s/hub.db", config->data_dir),
		.keys = arena_printf(mem, "%s/keys", config->data_dir),
		.lock = arena_printf(mem, "%s/lock", config->data_dir),
	};
}

const char *hub_store_file(const char *database, struct arena *mem)
{
	/* SQLite's log, its index, and the journal of a file that has no log. */
	static const char *const endings[] = { "", "-wal", "-shm", "-journal" };

	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		const char *path = arena_printf(mem, "%s%s", database, endings[i]);

		if (file_exists(path))
			return path;
	}
	return NULL;
}

/* Letters, digits, '-' and '.'; or an IPv6 address in brackets. */
static bool is_host(struct str host)
{
	bool address = host.len > 2 && host.p[0] == '[' && host.p[host.len - 1] == ']';
	const char *known = address ? ":.0123456789abcdefABCDEF"
				    : "-.0123456789abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	bool colon = false;

	if (address)
		host = (struct str){ host.p + 1, host.len - 2 };
	for (size_t i = 0; i < host.len; i++) {
		if (!host.p[i] || !strchr(known, host.p[i]))
			return false;
		colon |= host.p[i] == ':';
	}
	return host.len > 0 && colon == address;
}

/* A host, perhaps a port. */
static bool split_authority(struct str text, struct str *ret_host, uint64_t *ret_port)
{
	struct str host = text, port = {};

	for (size_t i = text.len; i-- > 0;) {
		if (text.p[i] == ']')
			break;
		if (text.p[i] == ':') {
			host.len = i;
			port = (struct str){ text.p + i + 1, text.len - i - 1 };
			break;
		}
	}
	*ret_port = DEFAULT_PORT;
	if (port.p && (!str_to_u64(port, ret_port) || *ret_port < 1 || *ret_port > 65535))
		return false;
	*ret_host = host;
	return is_host(host);
}

bool hub_authority_of(struct arena *mem, const char *public_url, int port,
		      const char **ret_authority)
{
	struct str url = str_of(public_url), host;
	uint64_t own;
	char *name;

	if (!str_starts(url, STR("https://")))
		return false;
	url = (struct str){ url.p + 8, url.len - 8 };
	if (url.len && url.p[url.len - 1] == '/')
		url.len--;
	if (!split_authority(url, &host, &own))
		return false;
	if (port >= 0)
		own = (uint64_t)port;
	name = arena_strndup(mem, host.p, host.len);
	for (char *c = name; *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
	*ret_authority = own == DEFAULT_PORT ? name : arena_printf(mem, "%s:%d", name, (int)own);
	return true;
}

const char *hub_host_of(struct arena *mem, const char *public_url)
{
	const char *authority = "";
	struct str host;

	(void)hub_authority_of(mem, public_url, DEFAULT_PORT, &authority);
	host = str_of(authority);
	if (host.len && host.p[0] == '[')
		host = (struct str){ host.p + 1, host.len - 2 };
	return arena_strndup(mem, host.p, host.len);
}

const char *hub_region_problem(const char *region, const char *regions)
{
	struct str rest = str_of(regions), part;
	bool listed = false;

	while (rest.len && str_split(&rest, ' ', &part)) {
		if (!part.len)
			continue;
		if (part.len < REGION_MIN_LEN || part.len > REGION_MAX_LEN)
			return "regions: a region has 2 to 8 letters";
		for (size_t i = 0; i < part.len; i++) {
			if (part.p[i] < 'a' || part.p[i] > 'z')
				return "regions: a region has lower-case letters only";
		}
		listed |= str_eq(part, str_of(region));
	}
	return listed ? NULL : "region: it is not in the list of regions";
}

static bool is_set(const char *value)
{
	return value && *value;
}

/* Names that are this machine whatever a DNS says. */
static bool is_this_machine(const char *host)
{
	static const char *const names[] = { "localhost", "127.0.0.1", "[::1]" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(names[i], host) == 0)
			return true;
	}
	return false;
}

const char *hub_mail_problem(const struct hub_config *c)
{
	if (!is_set(c->mail_server))
		return NULL;
	if (!is_host(str_of(c->mail_server)))
		return "mail.server: it must be a name or an address";
	if (!is_set(c->mail_from) || !mime_address_ok(str_of(c->mail_from)))
		return "mail.from: it must be an e-mail address";
	if (is_set(c->mail_user) != is_set(c->mail_password_file))
		return "mail.user and mail.password_file: only both or none";
	if (c->mail_security == MAIL_NO_TLS && !is_this_machine(c->mail_server))
		return "mail.security: none is only for localhost, 127.0.0.1 and [::1]";
	return NULL;
}

/* The longest label below it has SESSION_LABEL_LEN (28) octets; a name has 253. */
#define SUFFIX_MAX 224

static bool is_below(struct str host, struct str suffix)
{
	return host.len > suffix.len && host.p[host.len - suffix.len - 1] == '.' &&
	       str_eq_nocase((struct str){ host.p + host.len - suffix.len, suffix.len }, suffix);
}

const char *hub_console_problem(const struct hub_config *c, const char *authority)
{
	struct str suffix = str_of(c->console_suffix ? c->console_suffix : ""), host;
	uint64_t port;

	if (suffix.len == 0)
		return NULL;
	if (!is_host(suffix) || suffix.p[0] == '[' || suffix.p[0] == '.' ||
	    suffix.p[suffix.len - 1] == '.' || !memchr(suffix.p, '.', suffix.len) ||
	    suffix.len > SUFFIX_MAX)
		return "console_suffix: it must be a name like console.example.net";
	if (!split_authority(str_of(authority), &host, &port) || str_eq_nocase(host, suffix) ||
	    is_below(host, suffix))
		return "console_suffix: public_url's own name must not be it, nor below it";
	return NULL;
}

/* The last `labels` labels of a name; the empty view if it has fewer. */
static struct str last_labels(struct str name, int labels)
{
	for (size_t i = name.len; i-- > 0;) {
		if (name.p[i] == '.' && --labels == 0)
			return (struct str){ name.p + i + 1, name.len - i - 1 };
	}
	return labels == 1 ? name : (struct str){};
}

/* "co.uk", "com.au": a country's two letters behind a usual word. */
static bool is_registry(struct str two)
{
	static const char *const words[] = { "ac", "co", "com", "edu", "go", "gov",
					     "me", "ne", "net", "or",  "org" };
	struct str rest = two, word;

	if (!str_split(&rest, '.', &word) || rest.len != 2)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq_nocase(word, str_of(words[i])))
			return true;
	return false;
}

bool hub_same_site(const char *a, const char *b)
{
	struct str x = last_labels(str_of(a), 2), y = last_labels(str_of(b), 2);

	if (x.len && y.len && is_registry(x)) {
		x = last_labels(str_of(a), 3);
		y = last_labels(str_of(b), 3);
	}
	return x.len && str_eq_nocase(x, y);
}

static const char *find_problem(const struct hub_config *c)
{
	struct address_ranges balancers;
	struct arena mem = {};
	const char *authority, *problem = NULL;

	if (!hub_authority_of(&mem, c->public_url, -1, &authority))
		problem = "public_url: it must be https://NAME or https://NAME:PORT";
	else if (address_ranges_parse(c->listen_proxy_from, &balancers) < 0)
		problem = "listen.proxy_from: it must be addresses like 192.0.2.7 or networks like "
			  "10.0.0.0/8, at most 64, by commas";
	else
		problem = hub_region_problem(c->region, c->regions);
	if (!problem)
		problem = hub_console_problem(c, authority);
	if (!problem)
		problem = hub_mail_problem(c);
	arena_done(&mem);
	return problem;
}

bool hub_config_load(const char *path, struct arena *mem, struct hub_config *ret_config)
{
	struct config_problem problem = {};
	struct hub_config config = {};
	const char *text = NULL;
	int rc = config_read(path, hub_options, mem, &config, &problem);

	if (rc == ERR_CONFIG)
		text = problem.text;
	else if (rc < 0)
		text = err_title(rc);
	else
		text = find_problem(&config);
	if (text && problem.line)
		fprintf(stderr, "%s:%d: %s\n", path, problem.line, text);
	else if (text)
		fprintf(stderr, "%s: %s\n", path, text);
	if (text)
		return false;
	*ret_config = config;
	return true;
}

static const char *given_value(const char *name, const struct hub_given *g)
{
	const struct {
		const char *name, *value;
	} rows[] = {
		{ "data_dir", g->data_dir },     { "listen", g->listen },
		{ "public_url", g->public_url }, { "region", g->region },
		{ "regions", g->regions },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (strcmp(name, rows[i].name) == 0)
			return rows[i].value;
	}
	return NULL;
}

void hub_config_write(struct buf *out, const struct hub_given *given)
{
	buf_puts(out, "# The hub's options.  Relative paths start at this file's folder.\n"
		      "# imprimatur-hub check-config says what is wrong and what counts.\n");
	for (const struct option *o = hub_options; o->name; o++) {
		const char *value = given_value(o->name, given);

		buf_printf(out, "\n# %s\n", o->help);
		if (value)
			buf_printf(out, "%s = %s\n", o->name, value);
		else
			buf_printf(out, "# %s = %s\n", o->name, o->value ? o->value : "");
	}
}
