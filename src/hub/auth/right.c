/* right.c - the rights of right.def by number and by role. */
#include "hub/auth/auth.h"

#define X(name, number, text, help)                                                                \
	static_assert(number >= RIGHT_FIRST && number < RIGHT_MAX, "a right's number");
#include "hub/auth/right.def"
#undef X

const char *right_name(int right)
{
	switch (right) {
#define X(name, number, text, help)                                                                \
	case name:                                                                                 \
		return text;
#include "hub/auth/right.def"
#undef X
	}
	return NULL;
}

uint64_t role_rights(int role)
{
	uint64_t all = 0;

	if (role != ROLE_OWNER)
		return 0;
#define X(name, number, text, help) all |= UINT64_C(1) << number;
#include "hub/auth/right.def"
#undef X
	return all;
}
