/* api.c - the way of a request to its handler; drawn in api.h.
 *
 * Each step either goes on to the next one or answers: after a call of one of the steps nobody
 * touches the request any more, because it may have been answered and freed. */
#include "api/internal.h"

#include "api/query.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include <stdlib.h>
#include <string.h>

#define BODIES_MAX_BYTES (64 * MIB)
#define EMPTY_OBJECT_LEN 2 /* "{}" */

int api_open(struct loop *loop, const struct api_config *cfg, const struct route *const *tables,
	     struct buf *why, struct api **ret_api)
{
	struct api *api;
	bool ok = true;

	for (size_t t = 0; tables[t]; t++) {
		for (const struct route *r = tables[t]; r->path; r++)
			ok &= route_check(r, why);
	}
	if (!ok)
		return ERR_INVALID;
	api = xcalloc(1, sizeof(*api));
	api->loop = loop;
	api->cfg = cfg;
	api->tables = tables;
	api->bodies_max_bytes = cfg->bodies_max_bytes ? cfg->bodies_max_bytes : BODIES_MAX_BYTES;
	list_init(&api->requests);
	*ret_api = api;
	return 0;
}

void api_free(struct api **api)
{
	if (!*api)
		return;
	LIST_EACH(l, &(*api)->requests) {
		struct request *req = LIST_ENTRY(l, struct request, link);
		struct exchange *x = req->exchange;

		if (req->on_gone)
			req->on_gone(req, req->gone_arg);
		request_free(req);
		exchange_cut(x);
	}
	free(*api);
	*api = NULL;
}

/* ---- the request as an object ---- */

void request_at_end(struct request *req, void (*fn)(struct request *req, void *arg), void *arg)
{
	assert(req->ends_len < REQUEST_ENDS_MAX);
	req->ends[req->ends_len++] = (struct request_end){ fn, arg };
}

void request_release(struct request *req)
{
	while (req->ends_len) {
		struct request_end *e = &req->ends[--req->ends_len];

		e->fn(req, e->arg);
	}
	req->jobs = NULL;
	req->in = req->query = NULL;
	req->name = NULL;
	req->body = req->content = req->method = req->authority = req->path = req->query_text =
		(struct str){};
	req->api->bodies_bytes -= req->counted_bytes;
	req->counted_bytes = 0;
	/* A body may have been a password. */
	arena_wipe(&req->mem);
}

void request_free(struct request *req)
{
	request_release(req);
	list_remove(&req->link);
	free(req);
}

void request_park(struct request *req)
{
	struct exchange *x = req->exchange;

	request_release(req);
	exchange_park(x);
}

void request_owes_next(struct request *req, int64_t ms)
{
	exchange_owes_next(req->exchange, ms);
}

static void gone(struct exchange *x, int why, void *owner)
{
	struct request *req = owner;

	if (req->on_gone)
		req->on_gone(req, req->gone_arg);
	request_free(req);
}

static struct request *request_new(struct api *api, struct exchange *x)
{
	const struct http_request *head = exchange_request(x);
	struct request *req = xcalloc(1, sizeof(*req));

	req->api = api;
	req->exchange = x;
	req->owner = api->cfg->owner;
	req->method = head->method_text;
	req->authority = head->authority;
	req->path = head->path;
	req->query_text = head->query;
	req->has_body = head->body_bytes != 0 || exchange_header(x, "content-length").p;
	list_append(&api->requests, &req->link);
	exchange_on_gone(x, gone, req);
	return req;
}

/* Calls that write without being told anything take "{}" all the same: many clients always send it.
 */
static size_t body_limit(const struct route *r)
{
	return r->body_max || r->method == METHOD_GET ? r->body_max : EMPTY_OBJECT_LEN;
}

/* ---- decoding, the last step ---- */

static bool decode_query(struct request *req)
{
	const struct json_schema *s = req->route->query;
	struct json_problem problem = {};
	void *out;

	if (!s)
		return true;
	out = arena_alloc(&req->mem, s->size);
	if (query_decode(s, req->query_text, &req->mem, out, &problem) < 0) {
		request_refuse(req, ERR_INVALID, problem.field, problem.detail);
		return false;
	}
	req->query = out;
	return true;
}

static bool decode_body(struct request *req)
{
	const struct json_schema *s = req->route->in;
	struct str text = req->content.len ? req->content : STR("{}");
	struct json_problem problem = {};
	void *out;
	int rc;

	if (!s && !req->route->body_max && !str_eq(text, STR("{}"))) {
		request_refuse(req, ERR_INVALID, NULL, "no body is expected");
		return false;
	}
	if (!s)
		return true;
	out = arena_alloc(&req->mem, s->size);
	rc = json_decode(s, text.p, text.len, &req->mem, out, &problem);
	if (rc < 0) {
		request_refuse(req, rc, problem.field, problem.detail);
		return false;
	}
	req->in = out;
	return true;
}

static void handle(struct request *req)
{
	if (req->unknown_part) {
		request_refuse(req, ERR_NOT_FOUND, NULL, NULL);
		return;
	}
	if (!decode_query(req) || !decode_body(req))
		return;
	req->state = REQUEST_HANDLED;
	req->route->handler(req);
}

/* Inflates only what is authenticated; the limit holds for the inflated size as well. */
static bool inflate(struct request *req)
{
	struct buf out = buf_new(req->route->body_max);
	int rc;

	req->content = req->body;
	if (!req->body.len)
		return true;
	if (!str_eq_nocase(request_header(req, "content-encoding"), STR("gzip"))) {
		/* Jobs may outlive the exchange that holds the body. */
		if (req->route->flags & ROUTE_RAW)
			req->content.p = arena_dup(&req->mem, req->body.p, req->body.len);
		return true;
	}
	rc = gzip_inflate(req->body.p, req->body.len, &out);
	if (rc == 0)
		req->content = (struct str){ arena_dup(&req->mem, out.data, out.len), out.len };
	buf_wipe(&out);
	if (rc < 0)
		request_refuse(req, rc, NULL, NULL);
	return rc == 0;
}

/* ---- who calls ---- */

static bool has_right(const struct request *req)
{
	int right = req->route->right;

	switch (right) {
	case RIGHT_PUBLIC:
		return true;
	case RIGHT_LOGIN:
		return req->who.kind == CALLER_USER;
	case RIGHT_SIGNED:
		return req->who.kind == CALLER_CONNECTOR;
	default:
		return req->who.kind == CALLER_USER && req->who.rights >> right & 1;
	}
}

static void read_body(struct request *req);

void request_admit(struct request *req, int rc)
{
	assert(req->state == REQUEST_CHECKED);
	if (rc == 0 && !has_right(req))
		rc = ERR_FORBIDDEN;
	if (rc < 0) {
		request_refuse(req, rc, NULL, NULL);
		return;
	}
	if (req->route->right != RIGHT_SIGNED)
		read_body(req);
	else if (inflate(req))
		handle(req);
}

static void body_is_here(struct request *req)
{
	if (req->route->right == RIGHT_SIGNED)
		req->api->cfg->authenticate(req);
	else if (inflate(req))
		handle(req);
}

static void on_body(struct exchange *x, int rc, struct str body, void *owner)
{
	struct request *req = owner;

	if (rc < 0) {
		request_refuse(req, rc, NULL, NULL);
		return;
	}
	req->body = body;
	body_is_here(req);
}

static void read_body(struct request *req)
{
	int64_t told = exchange_request(req->exchange)->body_bytes;
	size_t most = told >= 0 ? (size_t)told : body_limit(req->route);

	if (told == 0) {
		body_is_here(req);
		return;
	}
	if (most > req->api->bodies_max_bytes - req->api->bodies_bytes) {
		request_refuse(req, ERR_BUSY, NULL, NULL);
		return;
	}
	req->counted_bytes = most;
	req->api->bodies_bytes += most;
	exchange_read_body(req->exchange, body_limit(req->route), on_body, req);
}

/* ---- checks of the head ---- */

static const struct route *find_row(struct api *api, enum http_method method, struct str path,
				    struct str *parts, unsigned *ret_allowed)
{
	const struct route *found = NULL;
	enum http_method want = method == METHOD_HEAD ? METHOD_GET : method;
	struct str these[ROUTE_IDS_MAX] = {};

	*ret_allowed = 0;
	for (size_t t = 0; api->tables[t]; t++) {
		for (const struct route *r = api->tables[t]; r->path; r++) {
			if (!route_match(r, path, these))
				continue;
			*ret_allowed |= 1u << r->method;
			if (r->method != want ||
			    (method == METHOD_HEAD && r->flags & (ROUTE_STREAM | ROUTE_DOWNLOAD)))
				continue;
			found = r;
			memcpy(parts, these, sizeof(these));
		}
	}
	return found;
}

static void refuse_method(struct request *req, unsigned allowed)
{
	struct buf text = buf_new(128);

	for (enum http_method m = METHOD_OTHER; m <= METHOD_OPTIONS; m++) {
		if (!(allowed >> m & 1))
			continue;
		buf_printf(&text, "%s%s", text.len ? ", " : "", method_name(m));
		if (m == METHOD_GET)
			buf_puts(&text, ", HEAD");
	}
	exchange_add_header(req->exchange, "allow", (const char *)text.data);
	buf_done(&text);
	request_refuse(req, ERR_METHOD, NULL, NULL);
}

/* A page of another origin must not make a browser with our cookie change anything (protocol.md 1).
 */
static bool foreign_origin(const struct request *req)
{
	struct str origin = request_header(req, "origin");
	struct str site = request_header(req, "sec-fetch-site");
	bool local = req->api->cfg->local, reads = req->route->method == METHOD_GET;

	if (reads && !local)
		return false;
	if (origin.p ? !str_eq(origin, str_of(req->api->cfg->origin)) : local && !reads)
		return true;
	return site.p && !str_eq(site, STR("same-origin")) && !str_eq(site, STR("none"));
}

static bool media_type_is(struct str header, const char *want)
{
	struct str rest = header, type, parameter;

	if (!header.len || !str_split(&rest, ';', &type) ||
	    !str_eq_nocase(str_trim(type), str_of(want)))
		return false;
	while (rest.len && str_split(&rest, ';', &parameter)) {
		if (!str_eq_nocase(str_trim(parameter), STR("charset=utf-8")))
			return false;
	}
	return true;
}

static int check_body(const struct request *req)
{
	const struct route *r = req->route;
	int64_t told = exchange_request(req->exchange)->body_bytes;
	struct str coding = request_header(req, "content-encoding");

	if (told == 0)
		return 0;
	if (!body_limit(r) || (told > 0 && (uint64_t)told > body_limit(r)))
		return ERR_TOO_LARGE;
	if (!media_type_is(request_header(req, "content-type"),
			   r->flags & ROUTE_RAW ? r->type : "application/json"))
		return ERR_MEDIA_TYPE;
	if (coding.len && !str_eq_nocase(coding, STR("identity")) &&
	    !(r->flags & ROUTE_GZIP && str_eq_nocase(coding, STR("gzip"))))
		return ERR_MEDIA_TYPE;
	return 0;
}

static bool decode_part(struct request *req, enum id_kind kind, struct str part, struct id *ret_id)
{
	if (kind != ROUTE_NAME)
		return id_decode(kind, part, ret_id) == 0;
	if (!route_name_ok(part))
		return false;
	req->name = arena_strndup(&req->mem, part.p, part.len);
	return true;
}

static bool decode_parts(struct request *req, const struct str *parts)
{
	for (size_t i = 0; i < ROUTE_IDS_MAX && req->route->ids[i] != ID_NONE; i++) {
		/* An id that cannot be is as unknown as one that is another provider's. */
		if (!decode_part(req, req->route->ids[i], parts[i], &req->ids[i]))
			return false;
	}
	return true;
}

static void check(struct request *req, const struct str *parts)
{
	int rc;

	if (foreign_origin(req)) {
		request_refuse(req, ERR_ORIGIN, NULL, NULL);
		return;
	}
	rc = check_body(req);
	if (rc < 0) {
		request_refuse(req, rc, NULL, NULL);
		return;
	}
	req->unknown_part = !decode_parts(req, parts);
	if (req->route->right == RIGHT_PUBLIC || req->route->right == RIGHT_SIGNED)
		read_body(req);
	else
		req->api->cfg->authenticate(req);
}

static bool host_is_ours(const struct request *req)
{
	return str_eq_nocase(req->authority, str_of(req->api->cfg->authority));
}

static bool is_of_api(struct str path)
{
	return str_starts(path, STR("/api/")) || str_starts(path, STR("/c/")) ||
	       str_eq(path, STR("/api")) || str_eq(path, STR("/c"));
}

void api_exchange(struct api *api, struct exchange *x)
{
	struct request *req = request_new(api, x);
	enum http_method method = exchange_request(x)->method;
	struct str parts[ROUTE_IDS_MAX] = {};
	unsigned allowed;

	req->route = find_row(api, method, req->path, parts, &allowed);
	if (!(req->route && req->route->flags & ROUTE_ANY_HOST) && !host_is_ours(req))
		request_refuse(req, ERR_MISDIRECTED, NULL, NULL);
	else if (req->route)
		check(req, parts);
	else if (allowed)
		refuse_method(req, allowed);
	else if (is_of_api(req->path))
		request_refuse(req, ERR_NOT_FOUND, NULL, NULL);
	else
		page_serve(req);
}
