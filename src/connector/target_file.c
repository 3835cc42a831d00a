/* target_file.c - targets.json: its members, and how it is read and written.  See target.h. */
#include "connector/target.h"
#include "connector/home.h"
#include "base/err.h"
#include "base/file.h"
#include "model/report.h"

#include <errno.h>

#define WORD_NAME(number, name) [number] = name,
const char *const target_tls_names[] = { TARGET_TLS_WORDS(WORD_NAME) NULL };
const char *const target_problem_names[] = { TARGET_PROBLEM_WORDS(WORD_NAME) NULL };

/* clang-format off */
#define AT(member) offsetof(struct target, member)
static const struct json_field target_fields[] = {
	{ "id",		JSON_ID,    AT(id), JSON_REQUIRED, .min = ID_TGT },
	{ "name",	JSON_TEXT,  AT(name), JSON_REQUIRED, 1, TARGET_NAME_MAX },
	{ "kind",	JSON_ENUM,  AT(kind), JSON_REQUIRED, .names = target_kind_names },
	{ "address",	JSON_TEXT,  AT(address), JSON_REQUIRED, 1, TARGET_ADDRESS_MAX },
	{ "tls",	JSON_ENUM,  AT(tls), JSON_REQUIRED, .names = target_tls_names },
	{ "certificate", JSON_TEXT, AT(certificate), 0, 2 * HASH_LEN, 2 * HASH_LEN },
	{ "aliases",	JSON_TEXTS, AT(aliases), .max = TARGET_ALIASES_MAX },
	{ "old_tls",	JSON_BOOL,  AT(old_tls) },
	{ "whole_bodies", JSON_BOOL, AT(whole_bodies) },
	{}
};
static const struct json_schema target_schema = {
	"target", sizeof(struct target), JSON_OPEN, target_fields
};
#undef AT
#define AT(member) offsetof(struct targets, member)
static const struct json_field targets_fields[] = {
	{ "revision",	JSON_INT,  AT(revision), JSON_REQUIRED, .max = INT64_MAX },
	{ "items",	JSON_LIST, AT(items), JSON_REQUIRED, .max = TARGETS_MAX, .sub = &target_schema },
	{}
};
const struct json_schema targets_schema = {
	"targets", sizeof(struct targets), JSON_OPEN, targets_fields
};
#undef AT
/* clang-format on */

int targets_load(const char *dir, struct targets *ret_targets)
{
	struct targets t = {};
	struct arena mem = {};
	int rc = home_load(dir, HOME_TARGETS, &targets_schema, &mem, &t);

	if (rc == -ENOENT) {
		t = (struct targets){};
		rc = 0;
	}
	if (rc < 0) {
		arena_done(&mem);
		return rc;
	}
	t.items = report_list_own(&mem, t.items);
	t.mem = mem;
	*ret_targets = t;
	return 0;
}

int targets_save(const char *dir, const struct targets *t)
{
	/* An empty list has its count: what the hub may not have heard yet. */
	return t->items.len || t->revision ? home_save(dir, HOME_TARGETS, &targets_schema, t) : 0;
}

void targets_free(struct targets *t)
{
	arena_done(&t->mem);
	*t = (struct targets){};
}
