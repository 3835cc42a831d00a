/* console.c - see console.h. */
#include "connector/gateway/console.h"

#include <stdio.h>
#include <string.h>

/* PaperCut's own (its manual, "Change the ports"). */
#define PAPERCUT_HTTP  9191
#define PAPERCUT_HTTPS 9192

#define OWN_MAX 2 /* of this machine's addresses that are tried */

static void add(struct console *c, const char *host, bool secure, uint16_t port, bool here)
{
	struct endpoint *e;

	if (c->endpoints_len == ENDPOINTS_MAX)
		return;
	e = &c->endpoints[c->endpoints_len++];
	*e = (struct endpoint){ .place = { .secure = secure, .port = port }, .here = here };
	snprintf(e->place.host, sizeof(e->place.host), "%s", host);
}

static bool is_loopback(const char *host)
{
	uint8_t octets[16];

	if (strcmp(host, "localhost") == 0)
		return true;
	return address_literal(str_of(host), octets) && address_kind_of(octets) == ADDRESS_LOOPBACK;
}

/* An URL without its path. */
static bool place_of_url(const char *url, struct target_place *place)
{
	size_t scheme = strcspn(url, ":");
	char origin[TARGET_ADDRESS_MAX];
	size_t len;

	if (strlen(url) < scheme + 3)
		return false;
	len = scheme + 3 + strcspn(url + scheme + 3, "/?#");
	if (len >= sizeof(origin))
		return false;
	memcpy(origin, url, len);
	origin[len] = 0;
	return target_place_of(origin, place) == 0;
}

static void add_host(struct console *c, const char *host, const struct target_place *place)
{
	/* Over https it knows by itself who it is; over http it would say so of the session's
	 * pages, too. */
	if (!place->secure && place->port == PAPERCUT_HTTP)
		add(c, host, true, PAPERCUT_HTTPS, true);
	add(c, host, place->secure, place->port, true);
}

static void find_papercut(const struct options *o, const struct gateway_net *net, void *net_owner,
			  struct console *c)
{
	struct address_here own[OWN_MAX];
	struct target_place place;
	size_t len;

	c->kind = CONSOLE_PAPERCUT;
	if (!place_of_url(o->papercut_url, &place))
		return;
	c->plain_port = PAPERCUT_HTTP;
	if (!is_loopback(place.host)) {
		add(c, place.host, place.secure, place.port, false);
		return;
	}
	len = net->list_here(own, OWN_MAX, net_owner);
	for (size_t i = 0; i < len; i++)
		add_host(c, own[i].text, &place);
	add_host(c, place.host, &place);
}

static void find_cups(const struct options *o, struct console *c)
{
	struct target_place place;

	c->kind = CONSOLE_CUPS;
	if (o->cups_server[0] == '/') {
		/* cupsd takes only this name over its socket. */
		add(c, "localhost", false, 80, true);
		c->endpoints[0].unix_path = o->cups_server;
	} else if (place_of_url(o->cups_server, &place)) {
		add(c, place.host, place.secure, place.port, is_loopback(place.host));
	}
}

void console_find(const struct options *o, const struct gateway_net *net, void *net_owner,
		  struct console *ret_console)
{
	struct console c = {};

	if (o->source_kind == SOURCE_CUPS)
		find_cups(o, &c);
	else
		find_papercut(o, net, net_owner, &c);
	*ret_console = c;
}
