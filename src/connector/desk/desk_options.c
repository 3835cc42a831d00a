/* desk_options.c - see desk_options.h. */
#include "connector/desk/desk_options.h"
#include "base/err.h"
#include "base/mime.h"
#include "model/label.h"
#include "net/address_kind.h"
#include "net/address_range.h"
#include "net/mail.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define WEBHOOK_MAX 1000

bool desk_is_on(const struct options *o)
{
	return strcmp(o->desk_listen, SETTINGS_OFF_WORD) != 0;
}

/* "0.0.0.0:7644", "[::]:7644": numbers, as net/server takes them. */
static bool listen_ok(const char *listen)
{
	const char *colon = strrchr(listen, ':');
	struct str host = { listen, colon ? (size_t)(colon - listen) : 0 };
	uint8_t octets[16];
	uint64_t port;

	if (!colon || !str_to_u64(str_of(colon + 1), &port) || port > UINT16_MAX)
		return false;
	if (host.len > 2 && host.p[0] == '[' && host.p[host.len - 1] == ']')
		host = (struct str){ host.p + 1, host.len - 2 };
	else if (memchr(host.p, ':', host.len))
		return false;
	return address_literal(host, octets);
}

static bool is_address(const char *host)
{
	uint8_t octets[16];

	return address_literal(str_of(host), octets);
}

/* In lower case, as browsers send it: Host has to be exactly this. */
static bool host_ok(const char *host)
{
	size_t len = strlen(host);

	if (is_address(host))
		return true;
	for (size_t i = 0; i < len; i++)
		if (!islower((unsigned char)host[i]) && !isdigit((unsigned char)host[i]) &&
		    !strchr(".-_", host[i]))
			return false;
	return len > 0 && len <= 253 && host[0] != '.' && host[len - 1] != '.' &&
	       !address_looks_numeric(str_of(host));
}

bool desk_next_address(struct str *rest, struct str *ret_address)
{
	struct str part;

	if (!rest->p || !str_split(rest, ',', &part))
		return false;
	*ret_address = str_trim(part);
	return true;
}

static bool addresses_ok(const char *to)
{
	struct str rest = str_of(to), one;
	size_t n = 0;

	while (desk_next_address(&rest, &one)) {
		if (++n > DESK_MAIL_TO_MAX || !mime_address_ok(one))
			return false;
	}
	return n > 0;
}

static const char *page_problem(const struct options *o)
{
	struct address_ranges ranges;

	if (o->desk_allow && address_ranges_parse(o->desk_allow, &ranges) < 0)
		return "desk.allow must be addresses and networks, by commas";
	if (o->desk_host && !host_ok(o->desk_host))
		return "desk.host must be a host name in lower case, or an address";
	if (!o->desk_cert_file != !o->desk_key_file)
		return o->desk_key_file ? "desk.cert_file is needed with desk.key_file"
					: "desk.key_file is needed with desk.cert_file";
	if (!desk_is_on(o))
		return NULL;
	if (!listen_ok(o->desk_listen))
		return "desk.listen must be address:port, or off";
	if (!o->desk_host)
		return "desk.host is needed with desk.listen";
	return o->desk_allow ? NULL : "desk.allow is needed with desk.listen";
}

static const char *mail_problem(const struct options *o)
{
	if (o->desk_mail_from && !mime_address_ok(str_of(o->desk_mail_from)))
		return "desk.mail.from must be an address";
	if (o->desk_mail_to && !addresses_ok(o->desk_mail_to))
		return "desk.mail.to must be addresses, by commas, at most 8";
	if (o->desk_mail_password && !o->desk_mail_user)
		return "desk.mail.password needs desk.mail.user";
	/* A password does not cross a network in clear. */
	if (o->desk_mail_user && o->desk_mail_security == MAIL_NO_TLS)
		return "desk.mail.security must not be none with desk.mail.user";
	if (!o->desk_mail_server)
		return NULL;
	if (!host_ok(o->desk_mail_server))
		return "desk.mail.server must be a host name in lower case, or an address";
	if (!o->desk_mail_from)
		return "desk.mail.from is needed with desk.mail.server";
	return o->desk_mail_to ? NULL : "desk.mail.to is needed with desk.mail.server";
}

static bool webhook_ok(const char *url)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
		size_t len = strlen(schemes[i]);

		if (strncmp(url, schemes[i], len) == 0 && isalnum((unsigned char)url[len]))
			return strlen(url) <= WEBHOOK_MAX && !strpbrk(url, " @#\\");
	}
	return false;
}

int desk_options_check(const struct options *o, const char **ret_why)
{
	char seen[DESK_NAME_MAX + 1];

	*ret_why = page_problem(o);
	if (!*ret_why)
		*ret_why = mail_problem(o);
	if (!*ret_why && o->desk_webhook && !webhook_ok(o->desk_webhook))
		*ret_why = "desk.webhook must be an http or https address without user";
	if (!*ret_why && o->desk_name &&
	    (strlen(o->desk_name) > DESK_NAME_MAX ||
	     text_visible(str_of(o->desk_name), seen, sizeof(seen)) != strlen(o->desk_name)))
		*ret_why = "desk.name must be at most 40 octets of text";
	return *ret_why ? ERR_CONFIG : 0;
}

void desk_authority(const struct options *o, int port, char out[static DESK_AUTHORITY_MAX])
{
	bool six = strchr(o->desk_host, ':');
	char end[8] = "";

	if (port != 443)
		snprintf(end, sizeof(end), ":%d", port);
	snprintf(out, DESK_AUTHORITY_MAX, six ? "[%s]%s" : "%s%s", o->desk_host, end);
}
