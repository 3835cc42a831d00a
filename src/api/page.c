/* page.c - the dashboard's files and pages.
 *
 * A page that does not exist is the same document with status 404: the dashboard says so in the
 * reader's language. */
#include "api/internal.h"

#include "api/assets.h"
#include "base/metric.h"

/* Everything comes from the hub itself; nothing within the document runs or styles. */
#define PAGE_POLICY                                                                                \
	"default-src 'none'; script-src 'self'; style-src 'self'; "                                \
	"img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "         \
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

static bool etag_known(struct str header, const char *etag)
{
	struct str rest = header, item;

	while (rest.len && str_split(&rest, ',', &item)) {
		item = str_trim(item);
		if (str_starts(item, STR("W/")))
			item = (struct str){ item.p + 2, item.len - 2 };
		if (str_eq(item, str_of(etag)) || str_eq(item, STR("*")))
			return true;
	}
	return false;
}

static const char *caching(const struct request *req, const struct asset *f)
{
	if (req->api->cfg->local)
		return "no-store";
	return str_starts(str_of(f->path), STR("/assets/")) ? "public, max-age=31536000, immutable"
							    : "no-cache";
}

static void add_page_headers(struct exchange *x, const struct asset *f, const char *cache)
{
	headers_common(x);
	exchange_add_header(x, "cache-control", cache);
	exchange_add_header(x, "etag", f->etag);
	exchange_add_header(x, "vary", "accept-encoding");
	exchange_add_header(x, "content-security-policy", PAGE_POLICY);
	exchange_add_header(x, "permissions-policy",
			    "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
}

static void serve(struct request *req, const struct asset *f, int status)
{
	static const char *const names[] = { [ENCODING_GZIP] = "gzip", [ENCODING_BR] = "br" };
	enum encoding e = assets_choose(f, request_header(req, "accept-encoding"));
	bool known = etag_known(request_header(req, "if-none-match"), f->etag);
	struct exchange *x = req->exchange;
	struct str data = e == ENCODING_BR ? f->br : e == ENCODING_GZIP ? f->gzip : f->plain;

	add_page_headers(x, f, caching(req, f));
	metric_add(M_REQUESTS, 1);
	req->state = REQUEST_DONE;
	request_free(req);
	if (status == 200 && known) {
		exchange_respond(x, 304, NULL, (struct str){});
		return;
	}
	if (names[e])
		exchange_add_header(x, "content-encoding", names[e]);
	exchange_respond_static(x, status, f->type, data);
}

void page_serve(struct request *req)
{
	enum http_method method = exchange_request(req->exchange)->method;
	const struct assets *all = req->api->cfg->assets;
	const struct asset *f = all ? assets_find(all, req->path) : NULL;
	const struct asset *document = all ? assets_find(all, STR("/index.html")) : NULL;

	if (method != METHOD_GET && method != METHOD_HEAD) {
		exchange_add_header(req->exchange, "allow", "GET, HEAD");
		request_refuse(req, ERR_METHOD, NULL, NULL);
	} else if (f) {
		serve(req, f, 200);
	} else if (document && !str_starts(req->path, STR("/assets/"))) {
		serve(req, document, 404);
	} else {
		request_refuse(req, ERR_NOT_FOUND, NULL, NULL);
	}
}
