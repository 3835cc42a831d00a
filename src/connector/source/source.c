/* source.c - which source there is; see source.h. */
#include "connector/source/source.h"
#include "connector/source/cups.h"
#include "connector/source/papercut.h"

struct print_source *source_new(struct fetcher *f, const struct options *o)
{
	return o->source_kind == SOURCE_CUPS ? source_cups_new(f, o) : source_papercut_new(f, o);
}
