/* hint.c - see hint.h. */
#include "connector/settings/hint.h"
#include "base/buf.h"

#define TAB_MAJOR 20 /* leaflet: "20.1 or later" */
#define TAB_MINOR 1

const char *const hint_names[] = { "bookmark", "tab", NULL };

enum hint hint_of(const char *version)
{
	struct str rest = version ? str_of(version) : (struct str){}, part;
	uint64_t major = 0, minor = 0;

	if (!str_split(&rest, '.', &part) || !str_to_u64(part, &major) ||
	    (rest.len && str_split(&rest, '.', &part) && !str_to_u64(part, &minor)))
		return HINT_BOOKMARK;
	return major > TAB_MAJOR || (major == TAB_MAJOR && minor >= TAB_MINOR) ? HINT_TAB
									       : HINT_BOOKMARK;
}
