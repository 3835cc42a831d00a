/* right.c - the rights of right.def by number and by role. */
#include "hub/auth/auth.h"

#define X(name, number, text, roles, help)                                                         \
	static_assert(number >= RIGHT_FIRST && number < RIGHT_MAX, "a right's number");
#include "hub/auth/right.def"
#undef X

const char *right_name(int right)
{
	switch (right) {
#define X(name, number, text, roles, help)                                                         \
	case name:                                                                                 \
		return text;
#include "hub/auth/right.def"
#undef X
	}
	return NULL;
}

uint64_t role_rights(int role)
{
	enum { OWNER = 1 << ROLE_OWNER, SUPPORT = 1 << ROLE_SUPPORT, VISITOR = 1 << ROLE_VISITOR };
	uint64_t all = 0;

	if (role < ROLE_OWNER || role > ROLE_VISITOR)
		return 0;
#define X(name, number, text, roles, help)                                                         \
	if ((roles) >> role & 1)                                                                   \
		all |= UINT64_C(1) << number;
#include "hub/auth/right.def"
#undef X
	return all;
}

const char *role_scope(int role)
{
	return role == ROLE_OWNER ? "all" : "none";
}

struct json_list rights_words(struct arena *mem, uint64_t rights)
{
	struct json_list words = { ARENA_ARRAY(mem, void *, RIGHT_MAX), 0 };

	for (int r = RIGHT_FIRST; r < RIGHT_MAX; r++) {
		if (rights >> r & 1)
			words.items[words.len++] = (void *)(uintptr_t)right_name(r);
	}
	return words;
}
