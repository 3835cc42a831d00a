/* approver.c - see approver.h. */
#include "connector/desk/approver.h"
#include "connector/home.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/password.h"
#include "model/label.h"
#include "model/report.h"

#include <errno.h>
#include <string.h>

/* clang-format off */
#define AT(member) offsetof(struct approver, member)
static const struct json_field approver_fields[] = {
	{ "id",		JSON_ID,   AT(id), JSON_REQUIRED, .min = ID_APPR },
	{ "name",	JSON_TEXT, AT(name), JSON_REQUIRED, 1, APPROVER_NAME_MAX },
	{ "password",	JSON_TEXT, AT(password), JSON_REQUIRED, 1, PASSWORD_HASH_MAX - 1 },
	{ "totp",	JSON_TEXT, AT(totp), JSON_REQUIRED, TOTP_TEXT_SIZE - 1, TOTP_TEXT_SIZE - 1 },
	{ "made_at",	JSON_TIME, AT(made_ms), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema approver_schema = {
	"approver", sizeof(struct approver), JSON_OPEN, approver_fields
};
#undef AT
static const struct json_field approvers_fields[] = {
	{ "items", JSON_LIST, offsetof(struct approvers, items), JSON_REQUIRED, .max = APPROVERS_MAX, .sub = &approver_schema },
	{}
};
const struct json_schema approvers_schema = {
	"approvers", sizeof(struct approvers), JSON_OPEN, approvers_fields
};

struct desk_login {
	int64_t step;
};
static const struct json_field desk_login_fields[] = {
	{ "step", JSON_INT, offsetof(struct desk_login, step), JSON_REQUIRED, .max = INT64_MAX },
	{}
};
const struct json_schema desk_login_schema = {
	"desk_login", sizeof(struct desk_login), JSON_OPEN, desk_login_fields
};
/* clang-format on */

int approvers_load(const char *dir, struct approvers *ret_approvers)
{
	struct approvers a = {};
	struct arena mem = {};
	int rc = home_load(dir, HOME_APPROVERS, &approvers_schema, &mem, &a);

	if (rc < 0)
		arena_wipe(&mem);
	if (rc < 0 && rc != -ENOENT)
		return rc;
	if (rc < 0)
		a = (struct approvers){};
	a.items = report_list_own(&mem, a.items);
	a.mem = mem;
	*ret_approvers = a;
	return 0;
}

int approvers_save(const char *dir, const struct approvers *a)
{
	char path[HOME_PATH_MAX];
	int rc;

	if (a->items.len)
		return home_save(dir, HOME_APPROVERS, &approvers_schema, a);
	rc = home_path(dir, HOME_APPROVERS, path);
	return rc == 0 ? file_remove(path) : rc;
}

void approvers_free(struct approvers *a)
{
	arena_wipe(&a->mem);
	*a = (struct approvers){};
}

const struct approver *approvers_find(const struct approvers *a, struct id id)
{
	for (size_t i = 0; i < a->items.len; i++) {
		const struct approver *one = a->items.items[i];

		if (id_eq(one->id, id))
			return one;
	}
	return NULL;
}

const struct approver *approvers_named(const struct approvers *a, struct str name)
{
	for (size_t i = 0; i < a->items.len; i++) {
		const struct approver *one = a->items.items[i];

		if (str_eq_nocase(str_of(one->name), name))
			return one;
	}
	return NULL;
}

static bool name_ok(const char *name)
{
	char seen[APPROVER_NAME_MAX + 1];
	size_t len = strlen(name);

	return len > 0 && len <= APPROVER_NAME_MAX &&
	       text_visible(str_of(name), seen, sizeof(seen)) == len && strcmp(seen, name) == 0;
}

int approvers_add(struct approvers *a, const struct approver *one)
{
	struct approver *mine;

	if (!name_ok(one->name))
		return ERR_INVALID;
	if (approvers_named(a, str_of(one->name)))
		return ERR_CONFLICT;
	if (a->items.len >= APPROVERS_MAX)
		return ERR_TOO_MANY;
	mine = arena_dup(&a->mem, one, sizeof(*one));
	mine->id = id_new();
	mine->name = arena_strdup(&a->mem, one->name);
	mine->password = arena_strdup(&a->mem, one->password);
	mine->totp = arena_strdup(&a->mem, one->totp);
	mine->made_ms = clock_wall_ms();
	report_list_add(&a->mem, &a->items, mine);
	return 0;
}

bool approvers_remove(struct approvers *a, struct id id)
{
	for (size_t i = 0; i < a->items.len; i++) {
		const struct approver *one = a->items.items[i];

		if (!id_eq(one->id, id))
			continue;
		memmove(&a->items.items[i], &a->items.items[i + 1],
			(a->items.len - i - 1) * sizeof(void *));
		a->items.len--;
		return true;
	}
	return false;
}

int64_t approver_step_load(const char *dir)
{
	int64_t next = clock_wall_ms() / TOTP_STEP_MS + 1; /* the last that may be used now */
	struct desk_login last = {};
	struct arena mem = {};
	int rc = home_load(dir, HOME_DESK_LOGIN, &desk_login_schema, &mem, &last);

	arena_done(&mem);
	if (rc == -ENOENT)
		return -1;
	return rc < 0 || last.step > next ? next : last.step;
}

int approver_step_save(const char *dir, int64_t step)
{
	return home_save(dir, HOME_DESK_LOGIN, &desk_login_schema, &(struct desk_login){ step });
}
