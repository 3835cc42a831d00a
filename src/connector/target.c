/* target.c - what makes a target one, and the list of them; see target.h. */
#include "connector/target.h"
#include "base/clock.h"
#include "base/err.h"
#include "model/label.h"
#include "model/report.h"
#include "net/address_kind.h"

#include <stdio.h>
#include <string.h>

/* ---- addresses ---- */

static bool is_host_name(struct str host)
{
	struct str rest = host, label = {};

	if (!host.len || host.len > 253) /* RFC 1035 section 2.3.4 */
		return false;
	while (str_split(&rest, '.', &label)) {
		if (!label.len || label.len > 63)
			return false;
		for (size_t i = 0; i < label.len; i++) {
			char c = label.p[i];

			if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' &&
			    c != '_')
				return false;
		}
	}
	/* A last label that is a number belongs to an address, and to no other spelling of one
	 * than the usual (WHATWG URL section 3.5). */
	return !(label.p[0] >= '0' && label.p[0] <= '9') && !address_looks_numeric(host);
}

static bool is_host(struct str host)
{
	uint8_t octets[16];

	return address_literal(host, octets) || is_host_name(host);
}

/* Without brackets; *ret_port stays if there is none. */
static bool split_authority(struct str text, struct str *ret_host, uint16_t *ret_port)
{
	struct str port = {};
	uint64_t n;

	if (str_starts(text, STR("["))) {
		const char *end = memchr(text.p, ']', text.len);

		if (!end)
			return false;
		*ret_host = (struct str){ text.p + 1, (size_t)(end - text.p) - 1 };
		port = (struct str){ end + 1, text.len - ret_host->len - 2 };
		if (!memchr(ret_host->p, ':', ret_host->len) || (port.len && port.p[0] != ':'))
			return false;
		if (port.len)
			port = (struct str){ port.p + 1, port.len - 1 };
		else
			port = (struct str){};
	} else {
		port = text;
		str_split(&port, ':', ret_host);
	}
	if (!port.p)
		return true;
	if (!str_to_u64(port, &n) || n == 0 || n > UINT16_MAX)
		return false;
	*ret_port = (uint16_t)n;
	return true;
}

/* The dot of a name that is a full one (RFC 1034 section 3.1) says no more. */
static struct str without_root(struct str host)
{
	struct str name = { host.p, host.len - str_ends(host, STR(".")) };

	return name.len < host.len && is_host_name(name) ? name : host;
}

int target_place_of(const char *address, struct target_place *ret_place)
{
	struct str text = str_of(address), host = {};
	struct target_place place = {};

	if (text.len > 8 && str_eq_nocase((struct str){ text.p, 8 }, STR("https://"))) {
		place.secure = true;
		text = (struct str){ text.p + 8, text.len - 8 };
	} else if (text.len > 7 && str_eq_nocase((struct str){ text.p, 7 }, STR("http://"))) {
		text = (struct str){ text.p + 7, text.len - 7 };
	} else {
		return ERR_INVALID;
	}
	place.port = place.secure ? 443 : 80;
	if (str_ends(text, STR("/")))
		text.len--;
	if (!split_authority(text, &host, &place.port) || host.len >= sizeof(place.host))
		return ERR_INVALID;
	for (size_t i = 0; i < host.len; i++)
		place.host[i] =
			(char)(host.p[i] >= 'A' && host.p[i] <= 'Z' ? host.p[i] + 0x20 : host.p[i]);
	if (strlen(place.host) != host.len)
		return ERR_INVALID;
	place.host[without_root(str_of(place.host)).len] = 0;
	if (!is_host(str_of(place.host)))
		return ERR_INVALID;
	*ret_place = place;
	return 0;
}

void target_authority(const struct target_place *place, struct buf *out)
{
	bool v6 = strchr(place->host, ':') != NULL;

	buf_puts(out, v6 ? "[" : "");
	buf_puts(out, place->host);
	buf_puts(out, v6 ? "]" : "");
	if (place->port == (place->secure ? 443 : 80))
		return;
	buf_putc(out, ':');
	buf_put_i64(out, place->port);
}

/* ---- checks ---- */

static bool name_ok(const char *name)
{
	char seen[TARGET_NAME_MAX + 1];

	return name && name[0] && strlen(name) <= TARGET_NAME_MAX &&
	       text_visible(str_of(name), seen, sizeof(seen)) == strlen(name) &&
	       strcmp(seen, name) == 0;
}

static int check_address(const struct target *one, struct target_place *place)
{
	uint8_t octets[16];

	if (!one->address || strlen(one->address) > TARGET_ADDRESS_MAX ||
	    target_place_of(one->address, place) < 0)
		return TARGET_ADDRESS_BAD;
	/* Names are looked up, and looked at, when they are dialled. */
	if (strcmp(place->host, "localhost") == 0 ||
	    str_ends(str_of(place->host), STR(".localhost")) ||
	    (address_literal(str_of(place->host), octets) &&
	     (address_kind_of(octets) != ADDRESS_ORDINARY || address_is_here(octets))))
		return TARGET_ADDRESS_LOCAL;
	if (one->tls < 0 || one->tls >= TARGET_TLS_MODES ||
	    place->secure != (one->tls != TARGET_PLAIN))
		return TARGET_TLS_BAD;
	return -1;
}

static bool certificate_ok(const char *hex)
{
	uint8_t octets[HASH_LEN];

	return hex && hex_decode(str_of(hex), octets, sizeof(octets)) == HASH_LEN;
}

static int check_alone(const struct target *one)
{
	struct target_place place;
	int problem;

	if (!name_ok(one->name))
		return TARGET_NAME_BAD;
	if (one->kind != TARGET_MFP && one->kind != TARGET_PRINT_SERVICE)
		return TARGET_KIND_BAD;
	problem = check_address(one, &place);
	if (problem >= 0)
		return problem;
	if (one->aliases.len > TARGET_ALIASES_MAX)
		return TARGET_ALIAS_BAD;
	for (size_t i = 0; i < one->aliases.len; i++)
		if (!is_host(str_of(one->aliases.items[i])))
			return TARGET_ALIAS_BAD;
	if (one->tls == TARGET_PINNED && !certificate_ok(one->certificate))
		return TARGET_CERTIFICATE_BAD;
	return -1;
}

bool target_same_place(const struct target *a, const struct target *b)
{
	struct target_place one, other;

	return target_place_of(a->address, &one) == 0 && target_place_of(b->address, &other) == 0 &&
	       one.port == other.port && strcmp(one.host, other.host) == 0;
}

int target_check(const struct targets *t, const struct target *one)
{
	int problem = check_alone(one);
	bool known = false;

	/* Without its certificate yet, it may still be one too many. */
	if (problem >= 0 && problem != TARGET_CERTIFICATE_BAD)
		return problem;
	for (size_t i = 0; i < t->items.len; i++) {
		const struct target *other = t->items.items[i];

		if (id_eq(other->id, one->id)) {
			known = true;
			continue;
		}
		if (strcmp(other->name, one->name) == 0)
			return TARGET_NAME_TAKEN;
		if (target_same_place(other, one))
			return TARGET_ADDRESS_TAKEN;
	}
	if (!known && t->items.len >= TARGETS_MAX)
		return TARGET_TOO_MANY;
	return problem;
}

/* ---- the list ---- */

const struct target *targets_find(const struct targets *t, struct id id)
{
	for (size_t i = 0; i < t->items.len; i++) {
		const struct target *one = t->items.items[i];

		if (id_eq(one->id, id))
			return one;
	}
	return NULL;
}

struct target *target_copy(struct arena *mem, const struct target *from)
{
	struct target *one = arena_dup(mem, from, sizeof(*from));

	one->name = arena_strdup(mem, from->name);
	one->address = arena_strdup(mem, from->address);
	one->certificate = one->tls == TARGET_PINNED ? arena_strdup(mem, from->certificate) : NULL;
	one->aliases = (struct json_list){};
	for (size_t i = 0; i < from->aliases.len; i++)
		report_list_add(mem, &one->aliases, arena_strdup(mem, from->aliases.items[i]));
	return one;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool target_is_same(const struct target *a, const struct target *b)
{
	if (!same_text(a->address, b->address) || a->tls != b->tls || a->old_tls != b->old_tls ||
	    !same_text(a->certificate, b->certificate) || a->whole_bodies != b->whole_bodies ||
	    a->aliases.len != b->aliases.len)
		return false;
	for (size_t i = 0; i < a->aliases.len; i++)
		if (!same_text(a->aliases.items[i], b->aliases.items[i]))
			return false;
	return true;
}

/* Also when the file was removed in between, and with it the last number. */
static void changed(struct targets *t)
{
	int64_t now_ms = clock_wall_ms();

	t->revision = t->revision + 1 > now_ms ? t->revision + 1 : now_ms;
}

int targets_put(struct targets *t, const struct target *one, struct id *ret_id, int *ret_problem)
{
	struct target *mine;

	if (!id_is_zero(one->id) && !targets_find(t, one->id))
		return ERR_NOT_FOUND;
	*ret_problem = target_check(t, one);
	if (*ret_problem >= 0)
		return ERR_INVALID;
	mine = target_copy(&t->mem, one);
	if (id_is_zero(mine->id)) {
		mine->id = id_new();
		report_list_add(&t->mem, &t->items, mine);
	} else {
		for (size_t i = 0; i < t->items.len; i++) {
			const struct target *other = t->items.items[i];

			if (id_eq(other->id, mine->id))
				t->items.items[i] = mine;
		}
	}
	*ret_id = mine->id;
	changed(t);
	return 0;
}

bool targets_remove(struct targets *t, struct id id)
{
	struct json_list kept = {};
	bool found = targets_find(t, id) != NULL;

	if (!found)
		return false;
	for (size_t i = 0; i < t->items.len; i++) {
		struct target *one = t->items.items[i];

		if (!id_eq(one->id, id))
			report_list_add(&t->mem, &kept, one);
	}
	t->items = kept;
	changed(t);
	return true;
}
