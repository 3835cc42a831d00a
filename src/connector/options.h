/* options.h - connector.conf: one table makes parser, check and manual.
 *
 * Read once at the start; changed by editing the file and starting again, but for the switches,
 * which are no options (permission.h). */
#ifndef CONNECTOR_OPTIONS_H
#define CONNECTOR_OPTIONS_H

#include "base/config.h"
#include "model/words.h"

#define SETTINGS_OFF_WORD "off" /* of settings.listen */

struct options {
	const char *hub_url, *hub_ca_file;
	int source_kind; /* enum source */
	int64_t source_interval_ms;
	const char *papercut_url, *papercut_key, *papercut_ca_file;
	bool papercut_xmlrpc;
	const char *papercut_token;
	const char *cups_server;
	const char *proxy_url, *proxy_user, *proxy_password, *proxy_no_proxy, *proxy_ca_file;
	int proxy_auth; /* as proxy.c lists them */
	const char *licence_organisation,
		*licence_customer_reference; /* as the customer typed them */
	int64_t report_heartbeat_ms;
	int64_t key_max_age_ms;
	int64_t usage_period_ms, usage_floor;
	int64_t ledger_keep_ms, ledger_max_bytes;
	int64_t spool_keep_ms, spool_max_bytes;
	int64_t session_ceiling_ms, session_idle_ms;
	const char *settings_listen;
	/* Approving from a desk: desk/desk_options.h. */
	const char *desk_listen, *desk_host, *desk_allow, *desk_name;
	const char *desk_cert_file, *desk_key_file;
	const char *desk_mail_server, *desk_mail_from, *desk_mail_to, *desk_mail_user,
		*desk_mail_password, *desk_mail_ca_file;
	int64_t desk_mail_port;
	int desk_mail_security; /* enum mail_security, net/mail.h */
	const char *desk_webhook;
	int log_level; /* enum log_level */
};

extern const struct option connector_options[];

/* ERR_CONFIG with *ret_problem, or -errno.  Texts live in `mem`, which holds a secret: arena_wipe.
 */
MUST_USE int options_read(const char *path, struct arena *mem, struct options *ret_options,
			  struct config_problem *ret_problem);
/* The same from memory, for what is about to be written. */
MUST_USE int options_parse(struct str text, struct arena *mem, struct options *ret_options,
			   struct config_problem *ret_problem);

#define OPTIONS_FILE_MAX (256 * KIB)

struct option_change {
	const char *name;
	struct str value; /* p NULL: the line goes, the default holds again */
};

/* Writes the changes into the file at `path`, 0600, each in place of its line or behind the last
 * one; every other line stays as it is.  All of them or none: the new file is checked as a whole
 * before it takes the old one's place.  ERR_INVALID for what can be no value; ERR_CONFIG with
 * *ret_problem; ERR_TOO_LARGE above OPTIONS_FILE_MAX octets; -errno. */
MUST_USE int options_store(const char *path, const struct option_change *changes, size_t count,
			   struct config_problem *ret_problem);

#define HUB_URL_MAX 300 /* octets: a host name has at most 253 */

/* R53: an https URL with a host and no more than a port behind it. */
bool options_hub_url_ok(const char *url);
/* Host and port of it as the signature names them, without the default port. */
void options_authority(const char *hub_url, struct buf *out);

#endif
