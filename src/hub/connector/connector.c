/* connector.c - the slice: all keys in memory, who may try codes, opening and closing. */
#include "hub/connector/slice.h"

#include <stdlib.h>
#include <string.h>

#include "api/request.h"
#include "base/clock.h"
#include "base/log.h"
#include "hub/auth/auth.h"
#include "hub/connector/store.h"
#include "wire/commands.h"
#include "wire/http_sig.h"
#include "wire/messages.h"

/* Codes have 80 bits, so these bounds are about noise and load, not about guessing. */
#define CODE_BURST         10
#define CODE_REFILL_MS     6000
#define CODE_ALL_BURST     200
#define CODE_ALL_REFILL_MS 100
#define CODE_ADDRESSES_MAX 4096
/* A connector changes its key once a year, or when somebody wants it to. */
#define OFFER_BURST          10
#define OFFER_REFILL_MS      (3600 * 1000)
#define OFFER_CONNECTORS_MAX 4096

struct connector *connector_by_id(struct hub *hub, struct id connector)
{
	return map_get(&hub->connectors->by_id, connector.b, sizeof(connector.b));
}

struct connector *connector_of(struct request *req)
{
	return connector_by_id(hub_of(req->owner), req->who.id);
}

struct connector *connectors_add(struct hub *hub, const struct connector_row *row)
{
	struct connectors *all = hub->connectors;
	struct connector *c = xcalloc(1, sizeof(*c));

	c->id = row->id;
	c->site = row->site;
	c->provider = row->provider;
	c->customer = row->customer;
	c->revoked = row->revoked_ms != JSON_ABSENT_INT;
	c->replaced = row->replaced;
	c->perm_revision = row->perm_revision;
	c->command_seq = row->command_seq;
	c->live = status_live_make(hub, row->provider, row->customer, row->site);
	map_put(&all->by_id, c->id.b, sizeof(c->id.b), c);
	return c;
}

int connector_take_nonce(struct connector *c, const uint8_t nonce[static 16], int64_t created_s,
			 int64_t now_s)
{
	size_t old = 0;

	/* Those of a future are from before the clock was set back: they, too, are no longer good.
	 */
	while (old < c->nonces_len && llabs(c->nonces[old].created_s - now_s) > HTTP_SIG_WINDOW_S)
		old++;
	if (old) {
		c->nonces_len = (uint16_t)(c->nonces_len - old);
		memmove(c->nonces, c->nonces + old, c->nonces_len * sizeof(*c->nonces));
	}
	for (size_t i = 0; i < c->nonces_len; i++)
		if (memcmp(c->nonces[i].b, nonce, sizeof(c->nonces[i].b)) == 0)
			return ERR_REPLAYED;
	if (c->nonces_len == NONCES_MAX)
		return ERR_TOO_MANY;
	if (c->nonces_len == c->nonces_cap) {
		c->nonces_cap = (uint16_t)(c->nonces_cap ? 2 * c->nonces_cap : NONCES_FEW);
		c->nonces = xrealloc(c->nonces, c->nonces_cap * sizeof(*c->nonces));
	}
	memcpy(c->nonces[c->nonces_len].b, nonce, sizeof(c->nonces->b));
	c->nonces[c->nonces_len++].created_s = (uint32_t)created_s;
	return 0;
}

int connectors_allow_code(struct request *req)
{
	struct connectors *all = hub_of(req->owner)->connectors;
	int64_t now_ms = clock_mono_ms(), wait_ms = 0;
	char group[ADDRESS_GROUP_MAX];

	request_address_group(req, group);
	if (rate_take(&all->code_by_address, str_of(group), now_ms, &wait_ms) &&
	    rate_take(&all->code_in_all, STR("all"), now_ms, &wait_ms))
		return 0;
	reply_retry_after(req, wait_ms / 1000 + 1);
	return ERR_TOO_MANY;
}

int connector_refusal(const struct connector *c)
{
	return c->replaced ? ERR_REPLACED : c->revoked ? ERR_REVOKED : 0;
}

void connector_cut(struct connector *c, int why)
{
	c->revoked = true;
	c->replaced |= why == ERR_REPLACED;
	if (c->poll)
		poll_end(c->poll, why);
}

/* Start-up: rows are gathered on the database thread and taken over on the loop's. */
struct load {
	struct arena *mem;
	struct rows {
		void **items;
		size_t len, cap;
	} connectors, keys;
};

static void gather(struct load *load, struct rows *rows, const void *row, size_t size)
{
	if (rows->len == rows->cap) {
		size_t cap = rows->cap ? 2 * rows->cap : 64;
		void **wider = ARENA_ARRAY(load->mem, void *, cap);

		if (rows->len)
			memcpy(wider, rows->items, rows->len * sizeof(*wider));
		rows->items = wider;
		rows->cap = cap;
	}
	rows->items[rows->len++] = arena_dup(load->mem, row, size);
}

static void gather_connector(const struct connector_row *row, void *arg)
{
	struct load *load = arg;

	gather(load, &load->connectors, row, sizeof(*row));
}

static void gather_key(const struct key_row *row, void *arg)
{
	struct load *load = arg;

	gather(load, &load->keys, row, sizeof(*row));
}

static int load_run(struct system_db *db, struct arena *mem, void *arg)
{
	struct load *load = arg;
	int rc;

	load->mem = mem;
	rc = connectors_load(db, gather_connector, load);
	return rc < 0 ? rc : keys_load(db, gather_key, load);
}

static void take_over(struct hub *hub, const struct connector_row *row)
{
	struct connector *c = connectors_add(hub, row);
	struct live *l = c->live;

	/* Rows come in the order of enrolment: the newest connector of a site speaks for it. */
	l->connector = c->id;
	l->monitoring = row->monitoring;
	l->revoked = c->revoked;
	l->revoked_ms = row->revoked_ms;
	l->copied = row->copied_ms != JSON_ABSENT_INT;
	l->copied_ms = row->copied_ms;
	l->last_seen_ms = l->noted_ms = row->seen_ms;
	l->skew_ms = l->skew_before_ms = row->skew_ms;
	l->report_ms = row->report_ms;
	l->status = row->status;
	status_arm(l);
}

/* Of whom nothing is left but that it is to be told so. */
static void add_erased(struct connectors *all, const uint8_t public_key[static SIGN_KEY_LEN])
{
	char thumbprint[THUMBPRINT_LEN + 1];
	uint8_t *key = xmalloc(SIGN_KEY_LEN);

	memcpy(key, public_key, SIGN_KEY_LEN);
	sign_thumbprint(key, thumbprint);
	free(map_put(&all->erased, thumbprint, THUMBPRINT_LEN, key));
}

static int open_connectors(struct hub *hub)
{
	struct connectors *all = xcalloc(1, sizeof(*all));
	struct arena mem = { 0 };
	struct load load = { 0 };
	int rc;

	all->hub = hub;
	hub->connectors = all;
	rate_init(&all->code_by_address, CODE_BURST, CODE_REFILL_MS, CODE_ADDRESSES_MAX);
	rate_init(&all->code_in_all, CODE_ALL_BURST, CODE_ALL_REFILL_MS, 1);
	rate_init(&all->offers, OFFER_BURST, OFFER_REFILL_MS, OFFER_CONNECTORS_MAX);
	db_owner_init(&all->owner, hub->db, hub->loop, all);
	rc = db_wait_system_read(hub->db, load_run, &load, &mem);
	for (size_t i = 0; rc == 0 && i < load.connectors.len; i++)
		take_over(hub, load.connectors.items[i]);
	for (size_t i = 0; rc == 0 && i < load.keys.len; i++) {
		const struct key_row *row = load.keys.items[i];
		struct connector *c = connector_by_id(hub, row->connector);

		if (c)
			key_add(c, row->public_key, row->state);
		else
			add_erased(all, row->public_key);
	}
	arena_done(&mem);
	return rc;
}

uint64_t connector_take_tail(struct connector *c)
{
	free(TAKE(c->tail));
	return ++c->tail_turn;
}

static void end_poll(void *value, void *arg)
{
	struct connector *c = value;

	if (c->poll)
		poll_end(c->poll, 0);
}

static void drain_connectors(struct hub *hub)
{
	map_each(&hub->connectors->by_id, end_poll, NULL);
}

static void free_connector(void *value, void *arg)
{
	struct connector *c = value;

	while (c->keys) {
		struct connector_key *k = c->keys;

		c->keys = k->older;
		free(k);
	}
	free(c->nonces);
	free(c->tail);
	free(c);
}

static void free_erased(void *value, void *arg)
{
	free(value);
}

static void close_connectors(struct hub *hub)
{
	struct connectors *all = hub->connectors;

	if (!all)
		return;
	db_owner_done(&all->owner, NULL);
	rate_done(&all->code_by_address);
	rate_done(&all->code_in_all);
	rate_done(&all->offers);
	map_each(&all->by_id, free_connector, NULL);
	map_done(&all->by_id);
	map_done(&all->by_thumbprint);
	map_each(&all->erased, free_erased, NULL);
	map_done(&all->erased);
	free(all);
	hub->connectors = NULL;
}

/* clang-format off */
const struct route connector_routes[] = {
	{ METHOD_POST, "/api/v1/sites/{id}/invitations", RIGHT_INVITE, 1 * KIB, &invitation_in_schema, &invitation_schema,
	  CHANGE_INVITATION_MADE, invitation_create, .ids = { ID_SITE }, .status = 201,
	  .summary = "Invite a site: the code is shown this once" },
	{ METHOD_DELETE, "/api/v1/sites/{id}/invitations/{invitation}", RIGHT_INVITE, 0, NULL, NULL,
	  CHANGE_INVITATION_REVOKED, invitation_delete, .ids = { ID_SITE, ID_INV }, .status = 204,
	  .summary = "Revoke an invitation" },
	{ METHOD_POST, "/api/v1/sites/{id}/invitations/{invitation}/resend", RIGHT_INVITE, 1 * KIB, &invitation_in_schema,
	  &invitation_schema, CHANGE_INVITATION_MADE, invitation_resend, .ids = { ID_SITE, ID_INV }, .status = 201,
	  .summary = "A new code by mail in the place of one that was not used: the old one is revoked" },
	{ METHOD_GET, "/api/v1/invitations", RIGHT_VIEW, 0, NULL, &invited_page_schema,
	  CHANGE_NONE, invitations_get, .query = &invited_query_schema,
	  .summary = "Invited and not connected: each site's newest invitation, the newest first" },
	{ METHOD_DELETE, "/api/v1/sites/{id}/connector", RIGHT_REVOKE, 0, NULL, NULL,
	  CHANGE_CONNECTOR_REVOKED, connector_delete, .ids = { ID_SITE }, .status = 204,
	  .summary = "Revoke the key of a site's connector" },
	{ METHOD_DELETE, "/api/v1/sites/{id}/connector/copied", RIGHT_REVOKE, 0, NULL, NULL,
	  CHANGE_CONNECTOR_ACCEPTED, copied_delete, .ids = { ID_SITE }, .status = 204,
	  .summary = "The connector's machine was copied or restored, and that is in order" },
	{ METHOD_POST, "/api/v1/sites/{id}/refresh", RIGHT_REFRESH, 0, NULL, NULL,
	  CHANGE_REPORT_ASKED, report_ask, .ids = { ID_SITE }, .status = 202,
	  .summary = "Ask a site's connector to report now" },

	{ METHOD_POST, "/c/v1/invitation", RIGHT_PUBLIC, 1 * KIB, &invitation_request_schema, &invitation_answer_schema,
	  CHANGE_NONE, invitation_show,
	  .summary = "Who invites, and the agreement to be accepted" },
	{ METHOD_POST, "/c/v1/enroll", RIGHT_PUBLIC, 8 * KIB, &enroll_request_schema, &enroll_answer_schema,
	  CHANGE_CONNECTOR_ENROLLED, connector_enroll, .flags = ROUTE_GZIP,
	  .summary = "Enrol a connector's key with a code, consent included" },
	{ METHOD_POST, "/c/v1/key", RIGHT_SIGNED, 1 * KIB, &key_request_schema, NULL,
	  CHANGE_KEY_OFFERED, key_change, .flags = ROUTE_GZIP, .status = 204,
	  .summary = "Offer a new key: it takes the old one's place with its first call" },
	{ METHOD_GET, "/c/v1/commands", RIGHT_SIGNED, 0, NULL, &commands_schema,
	  CHANGE_NONE, commands_poll, .query = &commands_query_schema, .flags = ROUTE_BARE_OUT,
	  .summary = "Long poll for commands" },
	{ METHOD_POST, "/c/v1/permissions", RIGHT_SIGNED, 1 * KIB, &permissions_request_schema, NULL,
	  CHANGE_PERMISSION_CHANGED, permissions_mirror, .flags = ROUTE_GZIP, .status = 204,
	  .summary = "The mirror of the customer's switches" },
	{ METHOD_DELETE, "/c/v1/connector", RIGHT_SIGNED, 0, NULL, NULL,
	  CHANGE_CONNECTOR_REVOKED, connector_leave, .status = 204,
	  .summary = "The customer has withdrawn consent: the key is revoked" },
	{ 0 }
};
/* clang-format on */

const struct slice connector_slice = {
	.name = "connector",
	.routes = connector_routes,
	.open = open_connectors,
	.on_change = connector_on_change,
	.drain = drain_connectors,
	.close = close_connectors,
};
