/* options.c - see options.h. */
#include "connector/options.h"
#include "connector/desk/desk.h"
#include "connector/proxy.h"
#include "base/err.h"
#include "base/file.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define AT(member) offsetof(struct options, member)

/* clang-format off */
const struct option connector_options[] = {
	{ "desk.allow", OPTION_TEXT, AT(desk_allow), NULL, NULL, NULL, NULL, 0,
	  "Addresses and networks from which the page for approving may be opened, by commas: 10.1.2.0/24, 192.0.2.7." },
	{ "desk.cert_file", OPTION_PATH, AT(desk_cert_file), NULL, NULL, NULL, NULL, 0,
	  "The page's certificate (PEM, chain, leaf first); without it the connector makes its own." },
	{ "desk.host", OPTION_TEXT, AT(desk_host), NULL, NULL, NULL, NULL, 0,
	  "The name or address of this machine by which the page is opened." },
	{ "desk.key_file", OPTION_PATH, AT(desk_key_file), NULL, NULL, NULL, NULL, 0,
	  "The key of desk.cert_file (PEM)." },
	/* 7644: as settings.listen. */
	{ "desk.listen", OPTION_TEXT, AT(desk_listen), "off", NULL, NULL, NULL, 0,
	  "Where approvers open their page over TLS: address:port, 0.0.0.0:7644 for example, or off." },
	{ "desk.mail.ca_file", OPTION_PATH, AT(desk_mail_ca_file), NULL, NULL, NULL, NULL, 0,
	  "Certificates (PEM) that may vouch for the mail server; without it those of the system." },
	{ "desk.mail.from", OPTION_TEXT, AT(desk_mail_from), NULL, NULL, NULL, NULL, 0,
	  "The sender's address of a notice." },
	{ "desk.mail.password", OPTION_TEXT, AT(desk_mail_password), NULL, NULL, NULL, NULL, OPTION_SECRET,
	  "Password at the mail server." },
	{ "desk.mail.port", OPTION_INT, AT(desk_mail_port), "0", "0", "65535", NULL, 0,
	  "Port of the mail server; 0 is the usual one." },
	{ "desk.mail.security", OPTION_CHOICE, AT(desk_mail_security), "starttls", NULL, NULL, "starttls|tls|none", 0,
	  "How the connection to the mail server is secured; none takes no user." },
	{ "desk.mail.server", OPTION_TEXT, AT(desk_mail_server), NULL, NULL, NULL, NULL, 0,
	  "Your mail server: a notice is sent when a visit waits for a yes." },
	{ "desk.mail.to", OPTION_TEXT, AT(desk_mail_to), NULL, NULL, NULL, NULL, 0,
	  "Who gets a notice: addresses, by commas." },
	{ "desk.mail.user", OPTION_TEXT, AT(desk_mail_user), NULL, NULL, NULL, NULL, 0,
	  "User at the mail server, if it wants one." },
	{ "desk.name", OPTION_TEXT, AT(desk_name), NULL, NULL, NULL, NULL, 0,
	  "What your provider reads of who may say yes, with their number: IT desk, for example; no person's name." },
	{ "desk.webhook", OPTION_TEXT, AT(desk_webhook), NULL, NULL, NULL, NULL, OPTION_SECRET,
	  "An http or https address in your network that gets a notice as JSON; never through the proxy." },
	{ "hub.ca_file", OPTION_PATH, AT(hub_ca_file), NULL, NULL, NULL, NULL, 0,
	  "Certificates (PEM) that may vouch for the hub; without it those of the system." },
	{ "hub.url", OPTION_TEXT, AT(hub_url), NULL, NULL, NULL, NULL, OPTION_REQUIRED,
	  "Address of the hub, https only." },
	{ "key.max_age", OPTION_DURATION, AT(key_max_age_ms), "365d", "1d", "3650d", NULL, 0,
	  "How old the connector's key may become before it is changed for a new one." },
	{ "ledger.keep", OPTION_DURATION, AT(ledger_keep_ms), "90d", "1d", "3650d", NULL, 0,
	  "How long the ledger keeps what was sent." },
	{ "ledger.max", OPTION_SIZE, AT(ledger_max_bytes), "64MB", "1MB", "64GB", NULL, 0,
	  "How much room the ledger may take." },
	{ "licence.customer_reference", OPTION_TEXT, AT(licence_customer_reference), NULL, NULL, NULL, NULL, 0,
	  "Customer reference number (CRN) of the print server's licence, if your provider shall know it." },
	{ "licence.organisation", OPTION_TEXT, AT(licence_organisation), NULL, NULL, NULL, NULL, 0,
	  "Organisation to which the print server is licensed, if your provider shall know it." },
	{ "log.level", OPTION_CHOICE, AT(log_level), "info", NULL, NULL, "error|warn|info|debug", 0,
	  "How much is logged." },
	{ "proxy.auth", OPTION_CHOICE, AT(proxy_auth), "auto", NULL, NULL, "auto|basic|digest|ntlm|negotiate", 0,
	  "How to log in to an HTTP proxy; auto takes the strongest of Basic, Digest and NTLM that it offers." },
	{ "proxy.ca_file", OPTION_PATH, AT(proxy_ca_file), NULL, NULL, NULL, NULL, 0,
	  "Certificates (PEM) that may vouch for an https proxy; without it those of the system." },
	{ "proxy.no_proxy", OPTION_TEXT, AT(proxy_no_proxy), NULL, NULL, NULL, NULL, 0,
	  "Hosts that are reached without proxy.url: names with all that ends in them, addresses, or *; by commas." },
	{ "proxy.password", OPTION_TEXT, AT(proxy_password), NULL, NULL, NULL, NULL, OPTION_SECRET,
	  "Password at the proxy." },
	{ "proxy.url", OPTION_TEXT, AT(proxy_url), NULL, NULL, NULL, NULL, 0,
	  "The proxy to the hub: http, https or socks5://host:port, or none; without it the environment's https_proxy." },
	{ "proxy.user", OPTION_TEXT, AT(proxy_user), NULL, NULL, NULL, NULL, 0,
	  "User at the proxy; for NTLM with its domain, as DOMAIN\\user." },
	{ "report.heartbeat", OPTION_DURATION, AT(report_heartbeat_ms), "5m", "10s", "1h", NULL, 0,
	  "How often a report is sent though nothing changed." },
	{ "session.ceiling", OPTION_DURATION, AT(session_ceiling_ms), "8h", "1m", "8h", NULL, 0,
	  "How long a visit to this site's pages may last at most." },
	{ "session.idle", OPTION_DURATION, AT(session_idle_ms), "15m", "1m", "8h", NULL, 0,
	  "A visit in which nothing passes for so long ends." },
	/* 7643: assigned to nobody in the lists of well-known ports, and below those that systems
	 * give out by themselves. */
	{ "settings.listen", OPTION_TEXT, AT(settings_listen), "127.0.0.1:7643", NULL, NULL, NULL, 0,
	  "Where the settings page is served: a port of 127.0.0.1 or [::1], or off." },
	{ "source.cups.server", OPTION_TEXT, AT(cups_server), "/run/cups/cups.sock", NULL, NULL, NULL, 0,
	  "The CUPS server: path of its socket, or http://host:port." },
	{ "source.interval", OPTION_DURATION, AT(source_interval_ms), NULL, "1s", "1h", NULL, 0,
	  "How often the print server is read; without it 30s for PaperCut and 5s for CUPS." },
	{ "source.kind", OPTION_CHOICE, AT(source_kind), "papercut", NULL, NULL, "papercut|cups", 0,
	  "Which print server is read." },
	{ "source.papercut.ca_file", OPTION_PATH, AT(papercut_ca_file), NULL, NULL, NULL, NULL, 0,
	  "Certificates (PEM) that may vouch for the PaperCut server if its URL is https." },
	{ "source.papercut.key", OPTION_TEXT, AT(papercut_key), NULL, NULL, NULL, NULL, OPTION_SECRET,
	  "The key of PaperCut's System Health interface." },
	{ "source.papercut.token", OPTION_TEXT, AT(papercut_token), NULL, NULL, NULL, NULL, OPTION_SECRET,
	  "Token of PaperCut's XML-RPC interface. It may do anything there; the connector only calls methods that read." },
	{ "source.papercut.url", OPTION_TEXT, AT(papercut_url), "http://127.0.0.1:9191", NULL, NULL, NULL, 0,
	  "Address of the PaperCut application server." },
	{ "source.papercut.xmlrpc", OPTION_BOOL, AT(papercut_xmlrpc), "no", NULL, NULL, NULL, 0,
	  "Whether pages by device and day are read by PaperCut's XML-RPC interface, with source.papercut.token; without it only the whole site's are known." },
	{ "spool.keep", OPTION_DURATION, AT(spool_keep_ms), "30d", "1h", "365d", NULL, 0,
	  "How long reports wait for a hub that cannot be reached." },
	/* At least two segments, so that the newest one never has to go. */
	{ "spool.max", OPTION_SIZE, AT(spool_max_bytes), "64MB", "16MB", "64GB", NULL, 0,
	  "How much room reports may take that wait." },
	{ "usage.floor", OPTION_INT, AT(usage_floor), "20", "1", "1000000", NULL, 0,
	  "Devices with fewer jobs a day are only told as one sum." },
	{ "usage.period", OPTION_DURATION, AT(usage_period_ms), "1h", "1m", "4h", NULL, 0,
	  "Over what time the pages of the whole site are summed up." },
	{ NULL, OPTION_TEXT, 0, NULL, NULL, NULL, NULL, 0, NULL },
};
/* clang-format on */

static const int64_t default_interval_ms[] = {
	[SOURCE_PAPERCUT] =
		30 * 1000, /* its values are cached for 15 s; the maker advises 30 to 60 */
	[SOURCE_CUPS] = 5 * 1000,
};

/* The part behind "https://", or NULL. */
static const char *after_scheme(const char *url)
{
	static const char scheme[] = "https://";

	return strncasecmp(url, scheme, sizeof(scheme) - 1) == 0 ? url + sizeof(scheme) - 1 : NULL;
}

bool options_hub_url_ok(const char *url)
{
	const char *p = after_scheme(url);
	size_t len;

	if (!p || strlen(url) > HUB_URL_MAX)
		return false;
	len = strcspn(p, "/");
	if (len == 0 || (p[len] && p[len + 1]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)p[i]) && !strchr(".-_:[]", p[i]))
			return false;
	return true;
}

void options_authority(const char *hub_url, struct buf *out)
{
	const char *p = after_scheme(hub_url);
	size_t len = strcspn(p, "/");

	if (len > 4 && memcmp(p + len - 4, ":443", 4) == 0)
		len -= 4;
	for (size_t i = 0; i < len; i++)
		buf_putc(out, (char)tolower((unsigned char)p[i]));
}

static int refuse(struct config_problem *ret_problem, const char *text)
{
	ret_problem->line = 0;
	snprintf(ret_problem->text, sizeof(ret_problem->text), "%s", text);
	return ERR_CONFIG;
}

static bool has_scheme(const char *url, const char *scheme)
{
	return strncmp(url, scheme, strlen(scheme)) == 0 && url[strlen(scheme)];
}

static int check_proxy(const struct options *o, struct config_problem *ret_problem)
{
	bool named = o->proxy_url && strcmp(o->proxy_url, PROXY_NONE_WORD) != 0;
	struct arena mem = {};
	struct fetch_proxy way;
	int rc = named ? proxy_parse(str_of(o->proxy_url), false, &mem, &way) : 0;

	arena_wipe(&mem);
	if (rc < 0)
		return refuse(ret_problem, "proxy.url must be none, or http, https or "
					   "socks5://host:port without user and password");
	if (o->proxy_user && !named)
		return refuse(ret_problem, "proxy.user needs an address in proxy.url");
	if (o->proxy_password && !o->proxy_user)
		return refuse(ret_problem, "proxy.password needs proxy.user");
	return 0;
}

/* Loopback only: the page is for who sits at this machine. */
static bool listen_ok(const char *listen)
{
	static const char *const hosts[] = { "127.0.0.1:", "[::1]:" };
	uint64_t port;

	for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
		if (str_starts(str_of(listen), str_of(hosts[i])))
			return str_to_u64(str_of(listen + strlen(hosts[i])), &port) &&
			       port <= UINT16_MAX;
	return strcmp(listen, SETTINGS_OFF_WORD) == 0;
}

/* An address whose calls cannot be read on the way. */
static bool is_safe_for_token(const char *url)
{
	const char *host = url + strlen("http://");
	size_t len = strcspn(host, ":/");

	if (has_scheme(url, "https://"))
		return true;
	if (strchr(url, '@'))
		return false; /* what stands before it is no host */
	if (str_starts(str_of(host), STR("[::1]")))
		return host[5] == 0 || host[5] == ':' || host[5] == '/';
	if (str_eq_nocase((struct str){ host, len }, STR("localhost")))
		return true;
	return str_starts(str_of(host), STR("127.")) && strspn(host, "0123456789.") == len;
}

/* What a table of single options cannot say. */
static int check(struct options *o, struct config_problem *ret_problem)
{
	const char *why;
	int rc;

	if (!options_hub_url_ok(o->hub_url))
		return refuse(ret_problem, "hub.url must be https://host or https://host:port");
	if (!has_scheme(o->papercut_url, "http://") && !has_scheme(o->papercut_url, "https://"))
		return refuse(ret_problem, "source.papercut.url must be an http or https address");
	if (!listen_ok(o->settings_listen))
		return refuse(ret_problem,
			      "settings.listen must be 127.0.0.1:port, [::1]:port or off");
	/* A token that may do anything does not cross a network in clear. */
	if (o->papercut_xmlrpc && !is_safe_for_token(o->papercut_url))
		return refuse(ret_problem, "source.papercut.xmlrpc needs an https address or this "
					   "machine's own");
	if (o->cups_server[0] != '/' && !has_scheme(o->cups_server, "http://"))
		return refuse(ret_problem, "source.cups.server must be a path or an http address");
	if (o->source_interval_ms <= 0)
		o->source_interval_ms = default_interval_ms[o->source_kind];
	rc = desk_options_check(o, &why);
	if (rc < 0)
		return refuse(ret_problem, why);
	return check_proxy(o, ret_problem);
}

int options_read(const char *path, struct arena *mem, struct options *ret_options,
		 struct config_problem *ret_problem)
{
	struct options o = {};
	int rc = config_read(path, connector_options, mem, &o, ret_problem);

	if (rc == 0)
		rc = check(&o, ret_problem);
	if (rc == 0)
		*ret_options = o;
	return rc;
}

int options_parse(struct str text, struct arena *mem, struct options *ret_options,
		  struct config_problem *ret_problem)
{
	struct options o = {};
	int rc = config_parse(text, connector_options, mem, &o, ret_problem);

	if (rc == 0)
		rc = check(&o, ret_problem);
	if (rc == 0)
		*ret_options = o;
	return rc;
}

int options_store(const char *path, const struct option_change *changes, size_t count,
		  struct config_problem *ret_problem)
{
	struct buf text = buf_new(OPTIONS_FILE_MAX);
	struct options unused;
	struct arena mem = {};
	int rc = file_read(path, &text);

	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = config_set(&text, changes[i].name, changes[i].value);
	if (rc == 0)
		rc = options_parse(buf_str(&text), &mem, &unused, ret_problem);
	if (rc == 0)
		rc = file_replace(path, text.data, text.len, FILE_PRIVATE);
	buf_wipe(&text);
	arena_wipe(&mem);
	return rc;
}
