/* permission_file.c - permissions.json: what the customer set, and the commands that change it; see
 * permission.h. */
#include "connector/permission.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX  (16 * KIB)
#define PATH_ROOM 4096
#define LATEST_MS 253402300799000 /* 9999-12-31T23:59:59Z, the last that RFC 3339 can write */

/* --- the file ----------------------------------------------------------------------------------
 */

struct window_row {
	int64_t from_ms, to_ms;
};

struct rule_row {
	int set, then;
	int64_t until_ms;
	struct json_list windows;
	const char *hours;
	int outside;
};

struct file {
	int64_t revision, at_ms, off_revision;
	int monitoring, console, mfp; /* the states when it was written, as the hub was told */
	struct rule_row *console_rule, *mfp_rule;
	enum json_bool silent;
};

/* clang-format off */
#define AT(member) offsetof(struct window_row, member)
static const struct json_field window_fields[] = {
	{ "from",	JSON_TIME,	AT(from_ms), .flags = JSON_REQUIRED },
	{ "to",		JSON_TIME,	AT(to_ms), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema window_schema = {
	"PermissionWindow", sizeof(struct window_row), 0, window_fields
};
#undef AT

#define AT(member) offsetof(struct rule_row, member)
static const struct json_field rule_fields[] = {
	{ "set",	JSON_ENUM,	AT(set), JSON_REQUIRED, .names = switch_names },
	{ "until",	JSON_TIME,	AT(until_ms), .flags = 0 },
	{ "then",	JSON_ENUM,	AT(then), .names = switch_names },
	{ "windows",	JSON_LIST,	AT(windows), .max = PERMISSION_WINDOWS_MAX, .sub = &window_schema },
	{ "hours",	JSON_TEXT,	AT(hours), .max = HOURS_TEXT_MAX },
	{ "outside",	JSON_ENUM,	AT(outside), .names = switch_names },
	{}
};
static const struct json_schema rule_schema = {
	"PermissionRule", sizeof(struct rule_row), 0, rule_fields
};
#undef AT

#define AT(member) offsetof(struct file, member)
static const struct json_field file_fields[] = {
	{ "revision",	JSON_INT,	AT(revision), JSON_REQUIRED, .min = 1, .max = INT64_MAX },
	{ "monitoring",	JSON_ENUM,	AT(monitoring), JSON_REQUIRED, .names = monitoring_names },
	{ "console",	JSON_ENUM,	AT(console), JSON_REQUIRED, .names = switch_names },
	{ "mfp",	JSON_ENUM,	AT(mfp), JSON_REQUIRED, .names = switch_names },
	{ "at",		JSON_TIME,	AT(at_ms), .flags = JSON_REQUIRED },
	{ "off_revision", JSON_INT,	AT(off_revision), .min = 0, .max = INT64_MAX },
	{ "silent",	JSON_BOOL,	AT(silent), .flags = 0 },
	{ "console_rule", JSON_OBJECT,	AT(console_rule), .sub = &rule_schema },
	{ "mfp_rule",	JSON_OBJECT,	AT(mfp_rule), .sub = &rule_schema },
	{}
};
const struct json_schema permissions_file_schema = {
	"Permissions", sizeof(struct file), 0, file_fields
};
#undef AT
/* clang-format on */

void permissions_first(struct permissions *ret_permissions)
{
	struct permissions p = {
		.told = {
			.revision = 1,
			.monitoring = permission_monitoring(SWITCH_ON),
			.console = SWITCH_OFF,
			.mfp = SWITCH_OFF,
			.at_ms = clock_wall_ms(),
		},
	};

	for (int i = 0; i < PERMISSIONS; i++) {
		p.rules[i].set = i == PERMISSION_MONITORING ? SWITCH_ON : SWITCH_OFF;
		p.rules[i].then = SWITCH_OFF;
		p.rules[i].until_ms = JSON_ABSENT_INT;
	}
	*ret_permissions = p;
}

/* Without a row (a file of the first version) the rule is the state. */
static int take_rule(const struct rule_row *row, int state, struct permission_rule *ret_rule)
{
	int rc = 0;
	struct permission_rule r = { .set = (enum switch_state)state,
				     .then = SWITCH_OFF,
				     .until_ms = JSON_ABSENT_INT };

	if (row) {
		r.set = (enum switch_state)row->set;
		r.until_ms = r.set == SWITCH_ON ? row->until_ms : JSON_ABSENT_INT;
		/* `on` again, after its end, would be no end. */
		r.then = row->then == SWITCH_ASK ? SWITCH_ASK : SWITCH_OFF;
		for (size_t i = 0; i < row->windows.len; i++) {
			const struct window_row *w = row->windows.items[i];

			r.windows[r.windows_len++] =
				(struct permission_window){ w->from_ms, w->to_ms };
		}
		r.outside = row->outside == SWITCH_ASK ? SWITCH_ASK : SWITCH_OFF;
		rc = hours_parse(str_of(row->hours), &r.hours);
	}
	*ret_rule = r;
	return rc;
}

/* ERR_INVALID for hours that are none: what is not understood must not hold. */
static int take_file(const struct file *f, struct permissions *ret_permissions)
{
	struct permissions p;
	int rc;

	permissions_first(&p);
	p.told = (struct permissions_request){
		.revision = f->revision,
		.monitoring = f->monitoring,
		.console = f->console,
		.mfp = f->mfp,
		.at_ms = f->at_ms,
	};
	p.rules[PERMISSION_MONITORING].set = (enum switch_state)permission_switch(f->monitoring);
	rc = take_rule(f->console_rule, f->console, &p.rules[PERMISSION_CONSOLE]);
	if (rc == 0)
		rc = take_rule(f->mfp_rule, f->mfp, &p.rules[PERMISSION_MFP]);
	p.off_revision = f->off_revision == JSON_ABSENT_INT ? 0 : f->off_revision;
	p.silent = f->silent == JSON_TRUE;
	if (rc == 0)
		*ret_permissions = p;
	return rc;
}

int permissions_parse(struct str text, struct permissions *ret_permissions)
{
	struct json_problem problem;
	struct arena mem = {};
	struct file f;
	int rc = ERR_CORRUPT;

	if (json_decode(&permissions_file_schema, text.p, text.len, &mem, &f, &problem) == 0 &&
	    take_file(&f, ret_permissions) == 0)
		rc = 0;
	arena_done(&mem);
	return rc;
}

int permissions_load(const char *path, struct permissions *ret_permissions)
{
	struct buf text = buf_new(FILE_MAX);
	int rc = file_read(path, &text);

	if (rc == 0)
		rc = permissions_parse(buf_str(&text), ret_permissions);
	buf_done(&text);
	return rc == ERR_TOO_LARGE ? ERR_CORRUPT : rc;
}

static const char *hours_text(const struct hours *h, struct arena *mem)
{
	struct buf text = buf_new(KIB);
	const char *copy;

	hours_print(h, &text);
	copy = arena_strndup(mem, buf_str(&text).p, text.len);
	buf_done(&text);
	return copy;
}

/* What there is to say of a rule beyond its state; NULL if nothing. */
static struct rule_row *rule_row(const struct permission_rule *r, int state, struct arena *mem)
{
	struct rule_row *row;

	if ((int)r->set == state && r->until_ms == JSON_ABSENT_INT && r->windows_len == 0 &&
	    r->hours.len == 0)
		return NULL;
	row = arena_alloc(mem, sizeof(*row));
	json_init(&rule_schema, row);
	row->set = (int)r->set;
	row->until_ms = r->until_ms;
	row->then = r->until_ms == JSON_ABSENT_INT ? -1 : (int)r->then;
	if (r->hours.len) {
		row->hours = hours_text(&r->hours, mem);
		row->outside = (int)r->outside;
	}
	if (r->windows_len == 0)
		return row;
	row->windows.items = ARENA_ARRAY(mem, void *, r->windows_len);
	for (unsigned i = 0; i < r->windows_len; i++)
		row->windows.items[row->windows.len++] =
			arena_dup(mem, &r->windows[i], sizeof(struct window_row));
	return row;
}

void permissions_print(const struct permissions *p, struct buf *out)
{
	struct arena mem = {};
	struct file f = {
		.revision = p->told.revision,
		.monitoring = p->told.monitoring,
		.console = p->told.console,
		.mfp = p->told.mfp,
		.at_ms = p->told.at_ms,
		.off_revision = p->off_revision ? p->off_revision : JSON_ABSENT_INT,
		.console_rule = rule_row(&p->rules[PERMISSION_CONSOLE], p->told.console, &mem),
		.mfp_rule = rule_row(&p->rules[PERMISSION_MFP], p->told.mfp, &mem),
		.silent = p->silent ? JSON_TRUE : JSON_UNSAID,
	};

	json_encode(&permissions_file_schema, &f, 0, out);
	buf_putc(out, '\n');
	arena_done(&mem);
}

int permissions_save(const char *path, const struct permissions *p)
{
	struct buf out = buf_new(FILE_MAX);
	int rc;

	permissions_print(p, &out);
	rc = buf_status(&out);
	if (rc == 0)
		rc = file_replace(path, out.data, out.len, FILE_PRIVATE);
	/* The customer's word holds on a full disk, too, and in a folder that takes no new file.
	 * What a crash would leave of it cannot be read, and means off. */
	if (err_is_full(rc) || rc == -EACCES || rc == -EPERM)
		rc = file_overwrite(path, out.data, out.len);
	buf_done(&out);
	return rc;
}

/* --- what holds --------------------------------------------------------------------------------
 */

/* Nobody is there to be asked who is not asked within them either. */
static enum switch_state outside_hours(const struct permission_rule *r, enum switch_state set)
{
	return set == SWITCH_ON ? r->outside : SWITCH_OFF;
}

static enum switch_state rule_state(const struct permission_rule *r, int64_t now_ms)
{
	enum switch_state set = r->set;

	if (set == SWITCH_ON && r->until_ms != JSON_ABSENT_INT && now_ms >= r->until_ms)
		set = r->then;
	for (unsigned i = 0; set != SWITCH_OFF && i < r->windows_len; i++)
		if (now_ms >= r->windows[i].from_ms && now_ms < r->windows[i].to_ms)
			return SWITCH_ON;
	if (r->hours.len && !hours_have(&r->hours, now_ms))
		return outside_hours(r, set);
	return set;
}

/* The next moment at which a rule's state may be another. */
static int64_t next_turn(const struct permission_rule *r, int64_t now_ms)
{
	int64_t next = hours_next_ms(&r->hours, now_ms);

	if (r->until_ms != JSON_ABSENT_INT && r->until_ms > now_ms && r->until_ms < next)
		next = r->until_ms;
	for (unsigned i = 0; i < r->windows_len; i++) {
		const struct permission_window *w = &r->windows[i];

		if (w->from_ms > now_ms && w->from_ms < next)
			next = w->from_ms;
		if (w->to_ms > now_ms && w->to_ms < next)
			next = w->to_ms;
	}
	return next;
}

int64_t permissions_until(const struct permissions *p, enum permission which,
			  enum switch_state needed, int64_t now_ms)
{
	int64_t at = now_ms;

	while (permissions_get(p, which, at) >= needed) {
		at = next_turn(&p->rules[which], at);
		if (at > now_ms + PERMISSION_SEEN_MS)
			return INT64_MAX;
	}
	return at;
}

enum switch_state permissions_get(const struct permissions *p, enum permission which,
				  int64_t now_ms)
{
	return p->silent ? SWITCH_OFF : rule_state(&p->rules[which], now_ms);
}

/* Drops what the clock has left behind. */
static void forget_past(struct permission_rule *r, int64_t now_ms)
{
	unsigned kept = 0;

	if (r->set == SWITCH_ON && r->until_ms != JSON_ABSENT_INT && now_ms >= r->until_ms) {
		r->set = r->then;
		r->until_ms = JSON_ABSENT_INT;
	}
	for (unsigned i = 0; i < r->windows_len; i++)
		if (r->windows[i].to_ms > now_ms)
			r->windows[kept++] = r->windows[i];
	r->windows_len = r->set == SWITCH_OFF ? 0 : kept;
}

/* --- the commands ------------------------------------------------------------------------------
 */

/* One change of the rules, whichever: rc, and true in *ret_changed if there is something new. */
struct change {
	int (*apply)(const struct change *c, struct permissions *p, int64_t now_ms,
		     bool *ret_changed);
	enum permission which;
	enum switch_state to;
	int64_t until_ms;
	struct permission_window window;
	struct hours hours;
	bool silent;
	int64_t least;
};

/* The states of now, as a new revision. */
static void number(struct permissions *p, int64_t now_ms)
{
	bool was_on = permission_switch(p->told.monitoring) == SWITCH_ON;

	p->told.revision++;
	p->told.at_ms = now_ms;
	p->told.monitoring =
		permission_monitoring(permissions_get(p, PERMISSION_MONITORING, now_ms));
	p->told.console = permissions_get(p, PERMISSION_CONSOLE, now_ms);
	p->told.mfp = permissions_get(p, PERMISSION_MFP, now_ms);
	if (was_on && permission_switch(p->told.monitoring) == SWITCH_OFF)
		p->off_revision = p->told.revision;
}

static int run_change(const char *path, const struct change *c, struct permissions *ret_permissions)
{
	int64_t now_ms = clock_wall_ms();
	bool changed = false;
	struct permissions p;
	int rc = permissions_load(path, &p);

	if (rc == -ENOENT || rc == ERR_CORRUPT) {
		permissions_first(&p);
		p.rules[PERMISSION_MONITORING].set = SWITCH_OFF;
		p.silent = true; /* perhaps it was, and whoever turns something on ends it */
		/* The count is lost; seconds are above every count, so the hub will believe it. */
		p.told.revision = p.off_revision = now_ms / 1000;
		p.told.monitoring = permission_monitoring(SWITCH_OFF);
		changed = true;
	} else if (rc < 0) {
		return rc;
	}
	for (int i = 0; i < PERMISSIONS; i++)
		forget_past(&p.rules[i], now_ms);
	rc = c->apply(c, &p, now_ms, &changed);
	if (rc == 0 && changed) {
		number(&p, now_ms);
		rc = permissions_save(path, &p);
	}
	if (rc == 0)
		*ret_permissions = p;
	return rc;
}

/* ERR_BUSY while another has it. */
static int lock(const char *path, struct file_lock **ret_lock)
{
	char lock_path[PATH_ROOM];
	int rc;

	snprintf(lock_path, sizeof(lock_path), "%s.lock", path);
	rc = file_lock_take(lock_path, ret_lock);
	return rc == -EWOULDBLOCK ? ERR_BUSY : rc;
}

int permissions_load_settled(const char *path, struct permissions *ret_permissions)
{
	struct file_lock *held = NULL;
	int rc = permissions_load(path, ret_permissions);

	if (rc != ERR_CORRUPT)
		return rc;
	rc = lock(path, &held);
	if (rc < 0)
		return rc;
	rc = permissions_load(path, ret_permissions);
	file_lock_free(&held);
	return rc;
}

static int locked_change(const char *path, const struct change *c,
			 struct permissions *ret_permissions)
{
	struct file_lock *held = NULL;
	int rc = lock(path, &held);

	if (rc < 0)
		return rc;
	rc = run_change(path, c, ret_permissions);
	file_lock_free(&held);
	return rc;
}

static int apply_turn(const struct change *c, struct permissions *p, int64_t now_ms,
		      bool *ret_changed)
{
	struct permission_rule *r = &p->rules[c->which];
	struct permission_rule was = *r;

	if (c->to == SWITCH_OFF)
		r->windows_len = 0;
	if (c->to == SWITCH_ON && was.set != SWITCH_ON)
		r->then = was.set;
	r->set = c->to;
	r->until_ms = c->to == SWITCH_ON ? c->until_ms : JSON_ABSENT_INT;
	if (was.set != r->set || was.until_ms != r->until_ms || was.windows_len != r->windows_len ||
	    (p->silent && c->to != SWITCH_OFF))
		*ret_changed = true;
	if (c->to != SWITCH_OFF)
		p->silent = false;
	return 0;
}

int permissions_turn(const char *path, enum permission which, enum switch_state to,
		     int64_t until_ms, struct permissions *ret_permissions)
{
	struct change c = { .apply = apply_turn, .which = which, .to = to, .until_ms = until_ms };

	if (which == PERMISSION_MONITORING && (to == SWITCH_ASK || until_ms != JSON_ABSENT_INT))
		return ERR_INVALID;
	if (until_ms != JSON_ABSENT_INT &&
	    (to != SWITCH_ON || until_ms <= clock_wall_ms() || until_ms > LATEST_MS))
		return ERR_INVALID;
	return locked_change(path, &c, ret_permissions);
}

static int find_window(const struct permission_rule *r, struct permission_window w)
{
	for (unsigned i = 0; i < r->windows_len; i++)
		if (r->windows[i].from_ms == w.from_ms && r->windows[i].to_ms == w.to_ms)
			return (int)i;
	return -1;
}

/* Whether the switch will have turned itself off before then: from there on no window holds. */
static bool is_off_before(const struct permission_rule *r, int64_t at_ms)
{
	return r->set == SWITCH_ON && r->until_ms != JSON_ABSENT_INT && r->then == SWITCH_OFF &&
	       r->until_ms < at_ms;
}

static int apply_grant(const struct change *c, struct permissions *p, int64_t now_ms,
		       bool *ret_changed)
{
	struct permission_rule *r = &p->rules[c->which];
	unsigned at = 0;

	/* What would not hold is not granted: off stays off until a person turns it. */
	if (r->set == SWITCH_OFF || is_off_before(r, c->window.to_ms))
		return ERR_CONFLICT;
	if (find_window(r, c->window) >= 0)
		return 0;
	if (r->windows_len == PERMISSION_WINDOWS_MAX)
		return ERR_CONFLICT;
	while (at < r->windows_len && r->windows[at].from_ms <= c->window.from_ms)
		at++;
	memmove(&r->windows[at + 1], &r->windows[at],
		(r->windows_len - at) * sizeof(r->windows[0]));
	r->windows[at] = c->window;
	r->windows_len++;
	*ret_changed = true;
	return 0;
}

int permissions_grant(const char *path, enum permission which, struct permission_window window,
		      struct permissions *ret_permissions)
{
	struct change c = { .apply = apply_grant, .which = which, .window = window };

	if (which == PERMISSION_MONITORING || window.to_ms <= window.from_ms ||
	    window.to_ms - window.from_ms > PERMISSION_WINDOW_MAX_MS ||
	    window.to_ms <= clock_wall_ms() || window.to_ms > LATEST_MS)
		return ERR_INVALID;
	return locked_change(path, &c, ret_permissions);
}

static int apply_ungrant(const struct change *c, struct permissions *p, int64_t now_ms,
			 bool *ret_changed)
{
	struct permission_rule *r = &p->rules[c->which];
	int at = find_window(r, c->window);

	if (at < 0)
		return ERR_NOT_FOUND;
	r->windows_len--;
	memmove(&r->windows[at], &r->windows[at + 1],
		(r->windows_len - (unsigned)at) * sizeof(r->windows[0]));
	*ret_changed = true;
	return 0;
}

int permissions_ungrant(const char *path, enum permission which, struct permission_window window,
			struct permissions *ret_permissions)
{
	struct change c = { .apply = apply_ungrant, .which = which, .window = window };

	return which == PERMISSION_MONITORING ? ERR_INVALID
					      : locked_change(path, &c, ret_permissions);
}

static int apply_hours(const struct change *c, struct permissions *p, int64_t now_ms,
		       bool *ret_changed)
{
	struct permission_rule *r = &p->rules[c->which];

	*ret_changed = *ret_changed || memcmp(&r->hours, &c->hours, sizeof(r->hours)) != 0 ||
		       r->outside != c->to;
	r->hours = c->hours;
	r->outside = c->to;
	return 0;
}

int permissions_set_hours(const char *path, enum permission which, const struct hours *hours,
			  enum switch_state outside, struct permissions *ret_permissions)
{
	struct change c = { .apply = apply_hours, .which = which, .to = outside, .hours = *hours };

	return which == PERMISSION_MONITORING || outside == SWITCH_ON
		       ? ERR_INVALID
		       : locked_change(path, &c, ret_permissions);
}

static int apply_silence(const struct change *c, struct permissions *p, int64_t now_ms,
			 bool *ret_changed)
{
	for (int i = 0; c->silent && i < PERMISSIONS; i++)
		if (p->rules[i].set != SWITCH_OFF)
			return ERR_CONFLICT;
	*ret_changed = *ret_changed || p->silent != c->silent;
	p->silent = c->silent;
	return 0;
}

int permissions_silence(const char *path, bool silent, struct permissions *ret_permissions)
{
	struct change c = { .apply = apply_silence, .silent = silent };

	return locked_change(path, &c, ret_permissions);
}

static int apply_settle(const struct change *c, struct permissions *p, int64_t now_ms,
			bool *ret_changed)
{
	struct permissions now = *p;

	number(&now, now_ms);
	if (now.told.monitoring != p->told.monitoring || now.told.console != p->told.console ||
	    now.told.mfp != p->told.mfp || p->told.revision < c->least)
		*ret_changed = true;
	if (p->told.revision < c->least)
		p->told.revision = c->least - 1; /* it counts on from there */
	return 0;
}

int permissions_settle(const char *path, int64_t least, struct permissions *ret_permissions)
{
	struct change c = { .apply = apply_settle, .least = least };

	return locked_change(path, &c, ret_permissions);
}
