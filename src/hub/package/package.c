/* package.c - reading the folder of packages; see package.h. */
#include "hub/package/package.h"

#include "base/file.h"
#include "base/log.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SUMS_MAX (64 * KIB)

/* What a package's file is called, and what that says. */
static const struct {
	const char *begin, *end, *os, *type;
} kinds[] = {
	/* deb-binary names: NAME_VERSION_ARCHITECTURE.deb */
	{ "imprimatur-connector_", ".deb", "debian", "application/vnd.debian.binary-package" },
};

/* True if it is the name of a connector's package. */
static bool read_name(struct packages *p, struct str name, struct package *ret_package)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct str begin = str_of(kinds[i].begin), end = str_of(kinds[i].end);
		struct str arch, version;

		if (!route_name_ok(name) || !str_starts(name, begin) || !str_ends(name, end) ||
		    name.len <= begin.len + end.len)
			continue;
		arch = (struct str){ name.p + begin.len, name.len - begin.len - end.len };
		if (!str_split(&arch, '_', &version) || !version.len || !arch.len)
			continue;
		ret_package->name = arena_strndup(&p->mem, name.p, name.len);
		ret_package->version = arena_strndup(&p->mem, version.p, version.len);
		ret_package->arch = arena_strndup(&p->mem, arch.p, arch.len);
		ret_package->os = kinds[i].os;
		ret_package->type = kinds[i].type;
		return true;
	}
	return false;
}

/* Its content, if that is what `sum` says; else why not. */
static const char *read_content(struct packages *p, const char *dir, struct str sum,
				struct package *package)
{
	const char *path = arena_printf(&p->mem, "%s/%s", dir, package->name);
	struct hash hash;

	package->data = buf_new(PACKAGES_MAX_BYTES - p->bytes);
	switch (file_read_regular(path, &package->data)) {
	case 0:
		break;
	case ERR_TOO_LARGE:
		return "too_large";
	default:
		return "unreadable";
	}
	hash = hash_of(package->data.data, package->data.len);
	hash_hex(&hash, package->sha256);
	if (!str_eq(sum, str_of(package->sha256)))
		return "sum";
	package->sha256_text = package->sha256;
	package->bytes = (int64_t)package->data.len;
	return NULL;
}

static void add(struct packages *p, const char *dir, struct str sum, struct str name)
{
	struct package *package = ARENA_NEW(&p->mem, struct package);
	const char *why;

	if (!read_name(p, name, package))
		return;
	why = p->len == PACKAGES_MAX ? "too_many" : read_content(p, dir, sum, package);
	if (why) {
		buf_done(&package->data);
		p->bad++;
		log_event(EV_PACKAGE_BAD, "name=%s reason=%s", package->name, why);
		return;
	}
	p->bytes += package->data.len;
	p->items[p->len++] = package;
}

struct packages *packages_load(const char *dir)
{
	struct packages *p = xcalloc(1, sizeof(*p));
	struct buf sums = buf_new(SUMS_MAX);
	struct str rest, line, sum;
	int rc = -ENOENT;

	if (dir)
		rc = file_read_regular(arena_printf(&p->mem, "%s/SHA256SUMS", dir), &sums);
	if (rc < 0 && rc != -ENOENT) {
		p->bad++;
		log_event(EV_PACKAGE_BAD, "name=SHA256SUMS reason=unreadable");
	}
	rest = buf_str(&sums);
	while (rest.len && str_split(&rest, '\n', &line)) {
		/* "<sum>  <name>", or " *<name>" for what was read as binary. */
		if (str_split(&line, ' ', &sum) && line.len > 1)
			add(p, dir, sum, (struct str){ line.p + 1, line.len - 1 });
	}
	buf_done(&sums);
	return p;
}

void packages_free(struct packages **p)
{
	if (!*p)
		return;
	for (size_t i = 0; i < (*p)->len; i++)
		buf_done(&((struct package *)(*p)->items[i])->data);
	arena_done(&(*p)->mem);
	free(*p);
	*p = NULL;
}

const struct package *packages_find(const struct packages *p, const char *name)
{
	for (size_t i = 0; i < p->len; i++) {
		const struct package *package = p->items[i];

		if (strcmp(package->name, name) == 0)
			return package;
	}
	return NULL;
}
