/* package_api.c - GET /api/v1/packages and GET /packages/{name}: the page /install shows the first
 * and leads to the second. */
#include "hub/package/package.h"

#include "api/request.h"

struct package_list {
	struct json_list items; /* struct package * */
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field item_fields[] = {
	{ "name", JSON_TEXT, AT(package, name), .flags = JSON_REQUIRED },
	{ "os", JSON_TEXT, AT(package, os), .flags = JSON_REQUIRED },
	{ "arch", JSON_TEXT, AT(package, arch), .flags = JSON_REQUIRED },
	{ "version", JSON_TEXT, AT(package, version), .flags = JSON_REQUIRED },
	{ "bytes", JSON_INT, AT(package, bytes), .flags = JSON_REQUIRED },
	{ "sha256", JSON_TEXT, AT(package, sha256_text), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema item_schema = { "package", sizeof(struct package), 0, item_fields };

static const struct json_field list_fields[] = {
	{ "items", JSON_LIST, AT(package_list, items), JSON_REQUIRED, .max = PACKAGES_MAX, .sub = &item_schema },
	{}
};
static const struct json_schema list_schema = { "package_list", sizeof(struct package_list), 0, list_fields };
/* clang-format on */

static void get_list(struct request *req)
{
	struct packages *p = hub_of(req->owner)->packages;

	reply(req, 200, &(struct package_list){ { p->items, p->len } });
}

static void get_package(struct request *req)
{
	const struct package *package = packages_find(hub_of(req->owner)->packages, req->name);

	if (!package) {
		reply_error(req, ERR_NOT_FOUND, NULL);
		return;
	}
	reply_header(req, "content-disposition",
		     arena_printf(&req->mem, "attachment; filename=\"%s\"", package->name));
	reply_static(req, 200, package->type, buf_str(&package->data));
}

static int package_open(struct hub *hub)
{
	hub->packages = packages_load(hub->config->packages_dir);
	return 0;
}

static void package_close(struct hub *hub)
{
	packages_free(&hub->packages);
}

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_GET, "/api/v1/packages", RIGHT_PUBLIC, 0, NULL, &list_schema, CHANGE_NONE, get_list,
	  .summary = "The connector packages that this hub hands out" },
	{ METHOD_GET, "/packages/{name}", RIGHT_PUBLIC, 0, NULL, NULL, CHANGE_NONE, get_package, .ids = { ROUTE_NAME },
	  .flags = ROUTE_BARE_OUT, .summary = "A connector package" },
	{}
};
/* clang-format on */

const struct slice package_slice = {
	.name = "package", .routes = routes, .open = package_open, .close = package_close
};
