/* state_api.c - what the page shows at first sight, and the agreement. */
#include "connector/settings/slice.h"

#include "connector/permission.h"
#include "connector/settings/hint.h"
#include "base/clock.h"
#include "base/file.h"
#include <string.h>

#define CA_MAX (1 * MIB)

struct window_view {
	int64_t from_ms, to_ms;
};

/* One switch: what holds now, and what the customer set. */
struct switch_view {
	int state, set, then;
	int64_t until_ms;
	struct json_list windows; /* struct window_view * */
	enum json_bool unwritten;
	const char *hours; /* NULL: none are set */
	int outside;
};

struct permissions_view {
	int64_t revision, at_ms;
	struct switch_view *monitoring, *console, *mfp;
	enum json_bool silent, lost, told;
};

struct consent_view {
	int64_t version, accepted_at_ms;
	const char *language, *sha256;
	enum json_bool unattended;
};

struct line_view {
	enum json_bool online;
	int64_t since_ms, sent_at_ms, sent_bytes, waiting;
	int storage; /* enum storage_state */
	const char *failure, *tunnel_failure;
};

struct source_view {
	int kind, hint;
	const char *state, *product, *version;
	int64_t since_ms;
};

struct trust_view {
	const char *file, *sha256; /* absent: the system's own list */
};

struct kept_view {
	int64_t bytes, max_bytes, keep_ms;
};

struct state_view {
	const char *provider, *customer, *site, *region, *hub, *dir, *connector_version;
	struct id site_id;
	int64_t now_ms, enrolled_at_ms, revoked_at_ms, copied_at_ms;
	enum json_bool replaced; /* revoked because another connector took its place */
	struct consent_view *consent;
	struct permissions_view *permissions;
	struct line_view *line;
	struct source_view *source;
	struct trust_view *trust;
	struct kept_view *ledger;
};

/* clang-format off */
#define AT(member) offsetof(struct window_view, member)
static const struct json_field window_fields[] = {
	{ "from", JSON_TIME, AT(from_ms), .flags = JSON_REQUIRED },
	{ "to", JSON_TIME, AT(to_ms), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema window_schema = {
	"window", sizeof(struct window_view), 0, window_fields
};
#undef AT

#define AT(member) offsetof(struct switch_view, member)
static const struct json_field switch_fields[] = {
	{ "state", JSON_ENUM, AT(state), JSON_REQUIRED, .names = switch_names },
	{ "set", JSON_ENUM, AT(set), JSON_REQUIRED, .names = switch_names },
	{ "until", JSON_TIME, AT(until_ms), .flags = JSON_NULLABLE },
	{ "then", JSON_ENUM, AT(then), JSON_REQUIRED, .names = switch_names },
	{ "windows", JSON_LIST, AT(windows), JSON_REQUIRED, .max = PERMISSION_WINDOWS_MAX,
	  .sub = &window_schema },
	{ "unwritten", JSON_BOOL, AT(unwritten), .flags = JSON_REQUIRED },
	{ "hours", JSON_TEXT, AT(hours), .flags = JSON_NULLABLE },
	{ "outside", JSON_ENUM, AT(outside), JSON_REQUIRED, .names = switch_names },
	{}
};
static const struct json_schema switch_schema = {
	"switch", sizeof(struct switch_view), 0, switch_fields
};
#undef AT

#define AT(member) offsetof(struct permissions_view, member)
static const struct json_field permissions_fields[] = {
	{ "revision", JSON_INT, AT(revision), JSON_REQUIRED },
	{ "at", JSON_TIME, AT(at_ms), .flags = JSON_REQUIRED },
	{ "monitoring", JSON_OBJECT, AT(monitoring), JSON_REQUIRED, .sub = &switch_schema },
	{ "console", JSON_OBJECT, AT(console), JSON_REQUIRED, .sub = &switch_schema },
	{ "mfp", JSON_OBJECT, AT(mfp), JSON_REQUIRED, .sub = &switch_schema },
	{ "silent", JSON_BOOL, AT(silent), .flags = JSON_REQUIRED },
	{ "lost", JSON_BOOL, AT(lost), .flags = JSON_REQUIRED },
	{ "told", JSON_BOOL, AT(told), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema permissions_schema = {
	"permissions", sizeof(struct permissions_view), 0, permissions_fields
};
#undef AT

#define AT(member) offsetof(struct consent_view, member)
static const struct json_field consent_fields[] = {
	{ "version", JSON_INT, AT(version), JSON_REQUIRED },
	{ "language", JSON_TEXT, AT(language), .flags = JSON_NULLABLE },
	{ "sha256", JSON_TEXT, AT(sha256), JSON_REQUIRED },
	{ "accepted_at", JSON_TIME, AT(accepted_at_ms), .flags = JSON_REQUIRED },
	{ "unattended", JSON_BOOL, AT(unattended), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema consent_view_schema = {
	"consent", sizeof(struct consent_view), 0, consent_fields
};
#undef AT

#define AT(member) offsetof(struct line_view, member)
static const struct json_field line_fields[] = {
	{ "online", JSON_BOOL, AT(online), .flags = JSON_REQUIRED },
	{ "since", JSON_TIME, AT(since_ms), .flags = JSON_NULLABLE },
	{ "failure", JSON_TEXT, AT(failure), .flags = JSON_NULLABLE },
	{ "tunnel_failure", JSON_TEXT, AT(tunnel_failure), .flags = JSON_NULLABLE },
	{ "sent_at", JSON_TIME, AT(sent_at_ms), .flags = JSON_NULLABLE },
	{ "sent_bytes", JSON_INT, AT(sent_bytes), .flags = JSON_NULLABLE },
	{ "waiting", JSON_INT, AT(waiting), .flags = JSON_REQUIRED },
	{ "storage", JSON_ENUM, AT(storage), JSON_REQUIRED, .names = storage_state_names },
	{}
};
static const struct json_schema line_schema = { "line", sizeof(struct line_view), 0, line_fields };
#undef AT

#define AT(member) offsetof(struct source_view, member)
static const struct json_field source_fields[] = {
	{ "kind", JSON_ENUM, AT(kind), JSON_REQUIRED, .names = source_names },
	{ "state", JSON_TEXT, AT(state), .flags = JSON_NULLABLE },
	{ "since", JSON_TIME, AT(since_ms), .flags = JSON_NULLABLE },
	{ "product", JSON_TEXT, AT(product), .flags = JSON_NULLABLE },
	{ "version", JSON_TEXT, AT(version), .flags = JSON_NULLABLE },
	{ "hint", JSON_ENUM, AT(hint), JSON_REQUIRED, .names = hint_names },
	{}
};
static const struct json_schema source_schema = {
	"source", sizeof(struct source_view), 0, source_fields
};
#undef AT

#define AT(member) offsetof(struct trust_view, member)
static const struct json_field trust_fields[] = {
	{ "file", JSON_TEXT, AT(file), .flags = JSON_NULLABLE },
	{ "sha256", JSON_TEXT, AT(sha256), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema trust_schema = { "trust", sizeof(struct trust_view), 0, trust_fields };
#undef AT

#define AT(member) offsetof(struct kept_view, member)
static const struct json_field kept_fields[] = {
	{ "bytes", JSON_INT, AT(bytes), JSON_REQUIRED },
	{ "max_bytes", JSON_INT, AT(max_bytes), JSON_REQUIRED },
	{ "keep_ms", JSON_INT, AT(keep_ms), JSON_REQUIRED },
	{}
};
static const struct json_schema kept_schema = { "kept", sizeof(struct kept_view), 0, kept_fields };
#undef AT

#define AT(member) offsetof(struct state_view, member)
static const struct json_field state_fields[] = {
	{ "now", JSON_TIME, AT(now_ms), .flags = JSON_REQUIRED },
	{ "provider", JSON_TEXT, AT(provider), .flags = JSON_NULLABLE },
	{ "customer", JSON_TEXT, AT(customer), .flags = JSON_NULLABLE },
	{ "site", JSON_TEXT, AT(site), .flags = JSON_NULLABLE },
	{ "site_id", JSON_ID, AT(site_id), JSON_REQUIRED, .min = ID_SITE },
	{ "region", JSON_TEXT, AT(region), .flags = JSON_NULLABLE },
	{ "hub", JSON_TEXT, AT(hub), .flags = JSON_REQUIRED },
	{ "dir", JSON_TEXT, AT(dir), .flags = JSON_REQUIRED },
	{ "connector_version", JSON_TEXT, AT(connector_version), .flags = JSON_REQUIRED },
	{ "enrolled_at", JSON_TIME, AT(enrolled_at_ms), .flags = JSON_NULLABLE },
	{ "revoked_at", JSON_TIME, AT(revoked_at_ms), .flags = JSON_NULLABLE },
	{ "replaced", JSON_BOOL, AT(replaced), .flags = JSON_REQUIRED },
	{ "copied_at", JSON_TIME, AT(copied_at_ms), .flags = JSON_NULLABLE },
	{ "consent", JSON_OBJECT, AT(consent), JSON_NULLABLE, .sub = &consent_view_schema },
	{ "permissions", JSON_OBJECT, AT(permissions), JSON_REQUIRED, .sub = &permissions_schema },
	{ "line", JSON_OBJECT, AT(line), JSON_REQUIRED, .sub = &line_schema },
	{ "source", JSON_OBJECT, AT(source), JSON_REQUIRED, .sub = &source_schema },
	{ "trust", JSON_OBJECT, AT(trust), JSON_REQUIRED, .sub = &trust_schema },
	{ "ledger", JSON_OBJECT, AT(ledger), JSON_REQUIRED, .sub = &kept_schema },
	{}
};
const struct json_schema settings_state_schema = {
	"state", sizeof(struct state_view), 0, state_fields
};
#undef AT
/* clang-format on */

#define MAKE(mem, type) ((type *)arena_alloc(mem, sizeof(type)))

static enum json_bool yes(bool b)
{
	return b ? JSON_TRUE : JSON_FALSE;
}

static const char *hours_of(struct arena *mem, const struct permission_rule *r)
{
	struct buf text = buf_new(KIB);
	const char *copy = NULL;

	hours_print(&r->hours, &text);
	if (r->hours.len)
		copy = arena_strndup(mem, buf_str(&text).p, text.len);
	buf_done(&text);
	return copy;
}

static struct switch_view *view_switch(struct arena *mem, struct permission_view *view,
				       enum permission which, int64_t now_ms)
{
	const struct permissions *p = permission_rules(view);
	const struct permission_rule *r = &p->rules[which];
	struct switch_view *v = MAKE(mem, struct switch_view);

	*v = (struct switch_view){
		.state = permissions_get(p, which, now_ms),
		.set = r->set,
		.then = r->then,
		.until_ms = r->until_ms,
		.windows.items = ARENA_ARRAY(mem, void *, PERMISSION_WINDOWS_MAX),
		.unwritten = yes(permission_unwritten(view, which)),
		.hours = hours_of(mem, r),
		.outside = (int)r->outside,
	};
	for (unsigned i = 0; i < r->windows_len; i++)
		v->windows.items[v->windows.len++] =
			arena_dup(mem, &r->windows[i], sizeof(struct window_view));
	return v;
}

static struct permissions_view *view_permissions(struct arena *mem, const struct settings_facts *f,
						 int64_t now_ms)
{
	const struct permissions *p = permission_rules(f->permission);
	struct permissions_view *v = MAKE(mem, struct permissions_view);

	*v = (struct permissions_view){
		.revision = p->told.revision,
		.at_ms = p->told.at_ms,
		.monitoring = view_switch(mem, f->permission, PERMISSION_MONITORING, now_ms),
		.console = view_switch(mem, f->permission, PERMISSION_CONSOLE, now_ms),
		.mfp = view_switch(mem, f->permission, PERMISSION_MFP, now_ms),
		.silent = yes(p->silent),
		.lost = yes(permission_lost(f->permission)),
		.told = yes(f->state->permissions_told == p->told.revision),
	};
	return v;
}

static struct consent_view *view_consent(struct request *req)
{
	struct consent_view *v;
	struct consent c;

	if (home_load(settings_of(req)->cfg.dir, HOME_CONSENT, &consent_schema, &req->mem, &c) < 0)
		return NULL;
	v = MAKE(&req->mem, struct consent_view);
	*v = (struct consent_view){ c.version, c.accepted_at_ms, c.language, c.sha256,
				    yes(c.unattended == JSON_TRUE) };
	return v;
}

static struct line_view *view_line(struct arena *mem, const struct settings_facts *f)
{
	bool sent = f->uplink.reported_at_ms != JSON_ABSENT_INT;
	struct line_view *v = MAKE(mem, struct line_view);

	*v = (struct line_view){
		.online = yes(f->uplink.online),
		.since_ms = f->uplink.since_ms,
		.failure = f->uplink.failure ? err_code(f->uplink.failure) : NULL,
		.tunnel_failure = f->tunnel_failure ? err_code(f->tunnel_failure) : NULL,
		.sent_at_ms = f->uplink.reported_at_ms,
		.sent_bytes = sent ? f->uplink.reported_bytes : JSON_ABSENT_INT,
		.waiting = f->outbox.spooled,
		.storage = f->outbox.storage,
	};
	return v;
}

static struct source_view *view_source(struct arena *mem, const struct settings_facts *f)
{
	struct source_view *v = MAKE(mem, struct source_view);

	*v = (struct source_view){
		.kind = f->options->source_kind,
		.state = f->source_state,
		.since_ms = f->source_state ? f->source_since_ms : JSON_ABSENT_INT,
		.product = f->product,
		.version = f->version,
		.hint = f->options->source_kind == SOURCE_PAPERCUT ? hint_of(f->version)
								   : HINT_BOOKMARK,
	};
	return v;
}

/* Whom the hub's certificate is believed by. */
static struct trust_view *view_trust(struct arena *mem, const struct options *o)
{
	struct trust_view *v = MAKE(mem, struct trust_view);
	struct buf pem = buf_new(CA_MAX);
	char hex[2 * HASH_LEN + 1];
	struct hash h;

	*v = (struct trust_view){ .file = o->hub_ca_file };
	if (o->hub_ca_file && file_read(o->hub_ca_file, &pem) == 0) {
		h = hash_of(pem.data, pem.len);
		hash_hex(&h, hex);
		v->sha256 = arena_strdup(mem, hex);
	}
	buf_done(&pem);
	return v;
}

static struct kept_view *view_ledger(struct arena *mem, const struct settings_facts *f)
{
	struct kept_view *v = MAKE(mem, struct kept_view);

	*v = (struct kept_view){ f->outbox.bytes, f->options->ledger_max_bytes,
				 f->options->ledger_keep_ms };
	return v;
}

void settings_reply_state(struct request *req)
{
	struct settings_facts f = settings_facts(req);
	int64_t now_ms = clock_wall_ms();
	struct state_view v = {
		.now_ms = now_ms,
		.provider = f.state->provider,
		.customer = f.state->customer,
		.site = f.state->site,
		.site_id = f.state->site_id,
		.region = f.state->region,
		.hub = f.options->hub_url,
		.dir = settings_of(req)->cfg.dir,
		.connector_version = IMPRIMATUR_VERSION,
		.enrolled_at_ms = f.state->enrolled_at_ms,
		.revoked_at_ms = f.state->revoked_at_ms,
		.replaced = f.state->replaced == JSON_TRUE ? JSON_TRUE : JSON_FALSE,
		.copied_at_ms = f.state->copied_at_ms,
		.consent = view_consent(req),
		.permissions = view_permissions(&req->mem, &f, now_ms),
		.line = view_line(&req->mem, &f),
		.source = view_source(&req->mem, &f),
		.trust = view_trust(&req->mem, f.options),
		.ledger = view_ledger(&req->mem, &f),
	};

	reply(req, 200, &v);
}

struct agreement_view {
	const char *text;
};

/* clang-format off */
static const struct json_field agreement_fields[] = {
	{ "text", JSON_TEXT, offsetof(struct agreement_view, text), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema agreement_schema = {
	"agreement", sizeof(struct agreement_view), 0, agreement_fields
};
/* clang-format on */

static void show_agreement(struct request *req)
{
	struct consent c;
	int rc = home_load(settings_of(req)->cfg.dir, HOME_CONSENT, &consent_schema, &req->mem, &c);

	if (rc < 0)
		return reply_error(req, rc, NULL);
	reply(req, 200, &(struct agreement_view){ c.text });
}

/* clang-format off */
const struct route settings_state_routes[] = {
	{ METHOD_GET, "/api/state", RIGHT_LOGIN, 0, NULL, &settings_state_schema, CHANGE_NONE,
	  settings_reply_state, .summary = "Everything at a glance; asked for every two seconds" },
	{ METHOD_GET, "/api/agreement", RIGHT_LOGIN, 0, NULL, &agreement_schema, CHANGE_NONE,
	  show_agreement, .summary = "The agreement as it was shown and accepted" },
	{}
};
/* clang-format on */
