/* hub.c - the list of slices, and what the hub tells all of them. */
#include "hub/hub.h"

#include "api/openapi.h"
#include "api/request.h"
#include "hub/archive/archive.h"
#include "hub/auth/auth.h"
#include "hub/change/change.h"
#include "hub/connector/connector.h"
#include "hub/customer/customer.h"
#include "hub/erase/erase.h"
#include "hub/export/export.h"
#include "hub/import/import.h"
#include "hub/index/index.h"
#include "hub/legal/legal.h"
#include "hub/licence/licence.h"
#include "hub/mail/mail.h"
#include "hub/note/note.h"
#include "hub/package/package.h"
#include "hub/provider/provider.h"
#include "hub/relay/relay.h"
#include "hub/report/report.h"
#include "hub/series/series.h"
#include "hub/session/session.h"
#include "hub/site/site.h"
#include "hub/status/status.h"
#include "hub/support/support.h"

const char *const hub_language_names[] = { "en", "fr", "de", NULL };

/* In the order of ARCHITECTURE.md and .may_include: a slice calls those before it. */
const struct slice *const hub_slices[] = {
	&provider_slice,     &legal_slice,  &package_slice, &auth_slice,
	&terms_slice,        &users_slice,  &support_slice, &customer_slice,
	&site_slice,         &note_slice,   &licence_slice, &erase_slice,
	&mail_slice,         &series_slice, &status_slice,  &connector_slice,
	&session_slice,      &relay_slice,  &archive_slice, &import_slice,
	&report_slice,       &index_slice,  &export_slice,  &change_slice,
	&site_changes_slice, NULL,
};

const struct route *const *hub_routes(void)
{
	static const struct route *tables[ARRAY_LEN(hub_slices) + 1];
	size_t n = 0;

	tables[n++] = hub_own_routes;
	for (size_t i = 0; hub_slices[i]; i++) {
		if (hub_slices[i]->routes)
			tables[n++] = hub_slices[i]->routes;
	}
	tables[n] = NULL;
	return tables;
}

void hub_site_touched(struct hub *hub, struct id provider, struct id site)
{
	for (size_t i = 0; hub_slices[i]; i++) {
		if (hub_slices[i]->on_site)
			hub_slices[i]->on_site(hub, provider, site);
	}
}

void hub_devices_counted(struct hub *hub, struct id provider, struct id site,
			 const struct device_counts *counts)
{
	for (size_t i = 0; hub_slices[i]; i++) {
		if (hub_slices[i]->on_devices)
			hub_slices[i]->on_devices(hub, provider, site, counts);
	}
}

void hub_on_changed(const struct change_note *note, void *owner)
{
	struct hub *hub = owner;

	for (size_t i = 0; hub_slices[i] && !hub->closed; i++) {
		if (hub_slices[i]->on_change)
			hub_slices[i]->on_change(hub, note);
	}
}

/* White space (Unicode's White_Space), and letters that leave a place empty: fillers of Hangul, a
 * pattern of Braille without dots. */
static bool is_blank(uint32_t c)
{
	static const uint32_t others[] = { ' ',    0xa0,   0x115f, 0x1160, 0x1680, 0x202f,
					   0x205f, 0x2800, 0x3000, 0x3164, 0xffa0 };

	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		if (c == others[i])
			return true;
	}
	return c >= 0x2000 && c <= 0x200a;
}

/* What changes the letter before it and is none itself: accents, how an emoji is drawn. */
static bool is_mark(uint32_t c)
{
	return (c >= 0x0300 && c <= 0x036f) || (c >= 0xfe00 && c <= 0xfe0f);
}

static bool is_joiner(uint32_t c)
{
	return c == 0x200c || c == 0x200d;
}

/* Latin, Greek and Cyrillic have none; scripts that have (Persian, Hindi, Sinhala), and emoji,
 * begin with Arabic. */
static bool is_joined(uint32_t c)
{
	return c >= 0x0600 && !is_blank(c) && !utf8_hidden(c);
}

/* Of what is not seen, what some scripts are spelled with, behind a letter of theirs: joiners, and
 * which form a Han character has. */
static bool is_spelling(uint32_t c, uint32_t letter)
{
	return (is_joiner(c) && is_joined(letter)) ||
	       (c >= 0xe0100 && c <= 0xe01ef && letter >= 0x3400);
}

bool hub_name_ok(const char *name)
{
	struct str rest = str_of(name);
	uint32_t letter = 0, c = 0; /* the last that is seen; 0: none */
	bool readable = false;

	while (rest.len > 0) {
		uint32_t before = c;

		c = utf8_take(&rest);
		if (c == UTF8_BAD || c < 0x20 || (c >= 0x7f && c < 0xa0) ||
		    (utf8_hidden(c) && !is_spelling(c, letter)))
			return false;
		if (is_joiner(before) && !is_joined(c))
			return false;
		if (is_blank(c))
			letter = 0;
		else if (!utf8_hidden(c) && !is_mark(c))
			letter = c;
		readable |= letter != 0;
	}
	return readable && !is_joiner(c);
}

/* ---- calls that belong to no slice ---- */

const struct openapi_names hub_openapi_names = { "Imprimatur", IMPRIMATUR_VERSION, right_name,
						 change_word };

static void get_openapi(struct request *req)
{
	struct buf text = buf_new(MIB);

	openapi_write(hub_routes(), &hub_openapi_names, &text);
	reply_raw(req, 200, "application/json", buf_str(&text));
	buf_done(&text);
}

static void get_health(struct request *req)
{
	reply_raw(req, 200, "application/json", STR("{\"status\":\"ok\"}"));
}

/* clang-format off */
const struct route hub_own_routes[] = {
	{ METHOD_GET, "/healthz", RIGHT_PUBLIC, 0, NULL, NULL, CHANGE_NONE, get_health,
	  .flags = ROUTE_BARE_OUT | ROUTE_ANY_HOST, .summary = "The process answers" },
	{ METHOD_GET, "/openapi.json", RIGHT_PUBLIC, 0, NULL, NULL, CHANGE_NONE, get_openapi,
	  .flags = ROUTE_BARE_OUT, .summary = "This document" },
	{ METHOD_GET, "/api/v1/openapi.json", RIGHT_PUBLIC, 0, NULL, NULL, CHANGE_NONE, get_openapi,
	  .flags = ROUTE_BARE_OUT, .summary = "This document" },
	{}
};
/* clang-format on */
