/* switch_api.c - the switches, by the same functions as the command line. */
#include "connector/settings/slice.h"

#include "connector/permission.h"
#include "base/clock.h"
#include "base/err.h"
#include <string.h>

struct turn_in {
	int permission, to;
	int64_t for_s; /* of `on`: absent is for good */
};

struct window_in {
	int permission;
	int64_t from_ms, to_ms;
};

struct hours_in {
	int permission, outside;
	const char *hours; /* absent or empty: none */
};

struct contact_in {
	enum json_bool on;
};

/* clang-format off */
#define AT(member) offsetof(struct turn_in, member)
static const struct json_field turn_fields[] = {
	{ "permission", JSON_ENUM, AT(permission), JSON_REQUIRED, .names = permission_names },
	{ "to", JSON_ENUM, AT(to), JSON_REQUIRED, .names = switch_names },
	{ "for_s", JSON_INT, AT(for_s), .min = 60, .max = 366 * 24 * 3600 },
	{}
};
static const struct json_schema turn_schema = { "turn", sizeof(struct turn_in), 0, turn_fields };
#undef AT

#define AT(member) offsetof(struct window_in, member)
static const struct json_field window_fields[] = {
	{ "permission", JSON_ENUM, AT(permission), JSON_REQUIRED, .names = permission_names },
	{ "from", JSON_TIME, AT(from_ms), .flags = JSON_REQUIRED },
	{ "to", JSON_TIME, AT(to_ms), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema window_schema = {
	"window_in", sizeof(struct window_in), 0, window_fields
};
#undef AT

#define AT(member) offsetof(struct hours_in, member)
static const struct json_field hours_fields[] = {
	{ "permission", JSON_ENUM, AT(permission), JSON_REQUIRED, .names = permission_names },
	{ "hours", JSON_TEXT, AT(hours), .max = HOURS_TEXT_MAX },
	{ "outside", JSON_ENUM, AT(outside), JSON_REQUIRED, .names = switch_names },
	{}
};
static const struct json_schema hours_schema = { "hours_in", sizeof(struct hours_in), 0, hours_fields };
#undef AT

static const struct json_field contact_fields[] = {
	{ "on", JSON_BOOL, offsetof(struct contact_in, on), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema contact_schema = {
	"contact", sizeof(struct contact_in), 0, contact_fields
};
/* clang-format on */

static void answer(struct request *req, int rc, const char *field)
{
	struct settings *s = settings_of(req);

	if (rc < 0)
		return reply_error(req, rc, field);
	s->cfg.ops->on_permission(s->cfg.owner);
	settings_reply_state(req);
}

/* What the operating system did not take; the other reasons have codes of their own. */
static bool not_written(int rc)
{
	return rc < 0 && rc > -1000;
}

static int unwritten(int rc)
{
	return not_written(rc) ? ERR_NOT_WRITTEN : rc;
}

/* Whatever the disk says: to less can always be turned. */
static int hold(struct permission_view *view, const struct turn_in *in, int rc)
{
	enum permission which = (enum permission)in->permission;
	enum switch_state to = (enum switch_state)in->to;

	if (rc == 0)
		permission_release(view, which);
	if (!not_written(rc) ||
	    (to != SWITCH_OFF && to >= permission_rules(view)->rules[which].set))
		return unwritten(rc);
	permission_hold(view, which, to);
	return ERR_UNWRITTEN;
}

/* ERR_BUSY: the leaving, which turned all off, may have begun since this call was let in. */
static int find_file(struct request *req, const char **ret_path)
{
	*ret_path = settings_path(req, HOME_PERMISSIONS);
	if (settings_of(req)->begun)
		return ERR_BUSY;
	return *ret_path ? 0 : ERR_INVALID;
}

static void turn(struct request *req)
{
	const struct turn_in *in = req->in;
	int64_t until_ms = JSON_ABSENT_INT;
	const char *path;
	struct permissions p;
	int rc = find_file(req, &path);

	if (in->for_s != JSON_ABSENT_INT)
		until_ms = clock_wall_ms() + in->for_s * 1000;
	if (rc == 0)
		rc = permissions_turn(path, (enum permission)in->permission,
				      (enum switch_state)in->to, until_ms, &p);
	answer(req, hold(settings_facts(req).permission, in, rc), "to");
}

static void change_window(struct request *req,
			  int (*change)(const char *path, enum permission which,
					struct permission_window window, struct permissions *ret))
{
	const struct window_in *in = req->in;
	struct permission_window w = { in->from_ms, in->to_ms };
	const char *path;
	struct permissions p;
	int rc = find_file(req, &path);

	if (rc == 0)
		rc = unwritten(change(path, (enum permission)in->permission, w, &p));
	answer(req, rc, "window");
}

static void grant(struct request *req)
{
	change_window(req, permissions_grant);
}

static void ungrant(struct request *req)
{
	change_window(req, permissions_ungrant);
}

static void set_hours(struct request *req)
{
	const struct hours_in *in = req->in;
	struct hours hours = {};
	const char *path;
	struct permissions p;
	int rc = find_file(req, &path);

	if (rc == 0)
		rc = hours_parse(str_of(in->hours), &hours);
	if (rc == 0)
		rc = unwritten(permissions_set_hours(path, (enum permission)in->permission, &hours,
						     (enum switch_state)in->outside, &p));
	answer(req, rc, "hours");
}

static void set_contact(struct request *req)
{
	const struct contact_in *in = req->in;
	struct permission_view *view = settings_facts(req).permission;
	bool silent = in->on == JSON_FALSE;
	const char *path;
	struct permissions p;
	int rc = find_file(req, &path);

	if (rc == 0)
		rc = permissions_silence(path, silent, &p);
	/* In a file that could not be written the switches may still be on. */
	if (silent && (not_written(rc) || rc == ERR_CONFLICT) && permission_all_off(view)) {
		permission_hold_silence(view);
		rc = ERR_UNWRITTEN;
	}
	answer(req, unwritten(rc), "on");
}

/* clang-format off */
const struct route settings_switch_routes[] = {
	{ METHOD_POST, "/api/switches", RIGHT_LOGIN, 512, &turn_schema, &settings_state_schema,
	  CHANGE_NONE, turn, .summary = "Turn one of the three switches" },
	{ METHOD_POST, "/api/windows", RIGHT_LOGIN, 512, &window_schema, &settings_state_schema,
	  CHANGE_NONE, grant, .summary = "Grant visits for a window of time, in advance" },
	{ METHOD_POST, "/api/windows/end", RIGHT_LOGIN, 512, &window_schema, &settings_state_schema,
	  CHANGE_NONE, ungrant, .summary = "Take a granted window back" },
	{ METHOD_POST, "/api/hours", RIGHT_LOGIN, 2 * KIB, &hours_schema, &settings_state_schema,
	  CHANGE_NONE, set_hours,
	  .summary = "Hours of the week outside of which less holds, or none" },
	{ METHOD_POST, "/api/contact", RIGHT_LOGIN, 512, &contact_schema, &settings_state_schema,
	  CHANGE_NONE, set_contact,
	  .summary = "End even polls and the mirror of the switches, or begin them again" },
	{}
};
/* clang-format on */
