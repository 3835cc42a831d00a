/* assets.c - finding a file and the form of it that a browser takes. */
#include "api/assets.h"

#include "api/route.h"
#include <string.h>

static const struct asset *find_file(const struct assets *a, struct str path)
{
	size_t lo = 0, hi = a->len;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const char *have = a->files[mid].path;
		int order = strncmp(have, path.p, path.len);

		if (!order && have[path.len])
			order = 1;
		if (!order)
			return &a->files[mid];
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

const struct asset *assets_find(const struct assets *a, struct str path)
{
	struct str parts[ROUTE_IDS_MAX];

	for (const char *const *page = a->pages; *page; page++) {
		if (route_match(&(struct route){ .path = *page }, path, parts))
			return find_file(a, STR("/index.html"));
	}
	return path.len ? find_file(a, path) : NULL;
}

/* "br;q=0" says no; any other weight says yes: the order of preference is ours. */
static bool takes(struct str item, struct str coding)
{
	struct str rest = item, part, q = STR("1");

	if (!str_split(&rest, ';', &part))
		return false;
	if (!str_eq_nocase(str_trim(part), coding) && !str_eq(str_trim(part), STR("*")))
		return false;
	while (str_split(&rest, ';', &part)) {
		part = str_trim(part);
		if (str_starts(part, STR("q=")))
			q = (struct str){ part.p + 2, part.len - 2 };
	}
	for (size_t i = 0; i < q.len; i++) {
		if (q.p[i] >= '1' && q.p[i] <= '9')
			return true;
	}
	return false;
}

static bool accepts(struct str header, struct str coding)
{
	struct str rest = header, item;

	while (header.len && str_split(&rest, ',', &item)) {
		if (takes(item, coding))
			return true;
	}
	return false;
}

enum encoding assets_choose(const struct asset *f, struct str accept_encoding)
{
	if (f->br.len && accepts(accept_encoding, STR("br")))
		return ENCODING_BR;
	if (f->gzip.len && accepts(accept_encoding, STR("gzip")))
		return ENCODING_GZIP;
	return ENCODING_PLAIN;
}
