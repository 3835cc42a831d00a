/* reply.c - what is read of a request's head, and its one answer. */
#include "api/internal.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "wire/messages.h"
#include <stdio.h>
#include <string.h>

#define ANSWER_MAX    (16 * MIB)
#define RETRY_AFTER_S 5

struct str request_header(const struct request *req, const char *name)
{
	return exchange_header(req->exchange, name);
}

struct str request_upgrade(const struct request *req)
{
	const struct http_request *head = exchange_request(req->exchange);

	return head ? head->upgrade : (struct str){};
}

const char *request_address(const struct request *req)
{
	return exchange_peer(req->exchange);
}

void request_address_group(const struct request *req, char out[static ADDRESS_GROUP_MAX])
{
	const char *text = request_address(req);
	size_t len = 0, colons = 0;

	/* Addresses come from the system in their canonical text.  A "::" within the first four
	 * parts ends them earlier: then what stands before it is the group. */
	for (; text[len] && len + 1 < ADDRESS_GROUP_MAX; len++) {
		if (text[len] != ':')
			continue;
		if (++colons == 4 || text[len + 1] == ':')
			break;
	}
	if (!strchr(text, ':'))
		len = strlen(text) < ADDRESS_GROUP_MAX ? strlen(text) : ADDRESS_GROUP_MAX - 1;
	memcpy(out, text, len);
	out[len] = 0;
}

struct str request_cookie(const struct request *req, const char *name)
{
	struct str rest = request_header(req, "cookie"), pair, want = str_of(name), found = {};
	unsigned times = 0;

	while (rest.len && str_split(&rest, ';', &pair)) {
		pair = str_trim(pair);
		if (pair.len > want.len && pair.p[want.len] == '=' && str_starts(pair, want)) {
			found = (struct str){ pair.p + want.len + 1, pair.len - want.len - 1 };
			times++;
		}
	}
	return times == 1 ? found : (struct str){};
}

/* ---- headers of all answers ---- */

struct fixed_header {
	const char *name, *value;
};

static void add_headers(struct exchange *x, const struct fixed_header *rows)
{
	for (; rows->name; rows++)
		exchange_add_header(x, rows->name, rows->value);
}

void headers_common(struct exchange *x)
{
	static const struct fixed_header rows[] = {
		{ "x-content-type-options", "nosniff" },
		{ "referrer-policy", "no-referrer" },
		{ "cross-origin-opener-policy", "same-origin" },
		{ "cross-origin-resource-policy", "same-origin" },
		{},
	};

	add_headers(x, rows);
	if (exchange_secure(x))
		exchange_add_header(x, "strict-transport-security", "max-age=31536000");
}

void headers_data(struct exchange *x)
{
	static const struct fixed_header rows[] = {
		{ "cache-control", "no-store" },
		/* Should a browser ever take an answer for a page, it is one that may do nothing.
		 */
		{ "content-security-policy", "default-src 'none'; frame-ancestors 'none'" },
		{},
	};

	headers_common(x);
	add_headers(x, rows);
}

void reply_header(struct request *req, const char *name, const char *value)
{
	exchange_add_header(req->exchange, name, value);
}

void reply_retry_after(struct request *req, int64_t seconds)
{
	req->retry_after_s = seconds > 0 ? seconds : 1;
}

void reply_why(struct request *req, const char *why)
{
	req->why = why;
}

/* ---- answers ---- */

static void respond_by(struct request *req, int status, const char *type, struct str data,
		       void (*send)(struct exchange *x, int status, const char *type,
				    struct str body))
{
	struct exchange *x = req->exchange;

	assert(req->state != REQUEST_DONE);
	req->state = REQUEST_DONE;
	metric_add(M_REQUESTS, 1);
	headers_data(x);
	send(x, status, type, data);
	request_free(req);
}

/* The request's memory may hold `data`, the exchange copies it. */
static void respond(struct request *req, int status, const char *type, struct str data)
{
	respond_by(req, status, type, data, exchange_respond);
}

static void respond_problem(struct request *req, int rc, const char *field, const char *detail)
{
	struct buf text = buf_new(4 * KIB);
	char seconds[24];
	struct problem p;
	int status = err_status(rc);

	problem_of(rc, detail && *detail ? detail : NULL, field && *field ? field : NULL, &p);
	if (rc == ERR_CLOCK)
		p.hub_time_ms = clock_wall_ms();
	p.why = req->why;
	json_encode(&problem_schema, &p, 0, &text);
	if (status == 429 || status == 503) {
		snprintf(seconds, sizeof(seconds), "%lld",
			 (long long)(req->retry_after_s ? req->retry_after_s : RETRY_AFTER_S));
		exchange_add_header(req->exchange, "retry-after", seconds);
	}
	respond(req, status, MEDIA_PROBLEM, buf_str(&text));
	buf_done(&text);
}

void reply(struct request *req, int status, const void *out)
{
	const struct route *r = req->route;
	struct buf text = buf_new(ANSWER_MAX);

	assert(req->state == REQUEST_HANDLED);
	assert(status == (r->status ? r->status : 200));
	assert(!out == !r->out);
	if (out)
		json_encode(r->out, out, 0, &text);
	if (buf_status(&text) < 0)
		reply_error(req, ERR_INTERNAL, NULL);
	else
		respond(req, status, out ? MEDIA_JSON : NULL, buf_str(&text));
	buf_done(&text);
}

void reply_raw(struct request *req, int status, const char *type, struct str data)
{
	assert(req->state == REQUEST_HANDLED && req->route->flags & ROUTE_BARE_OUT);
	respond(req, status, type, data);
}

void reply_static(struct request *req, int status, const char *type, struct str data)
{
	assert(req->state == REQUEST_HANDLED && req->route->flags & ROUTE_BARE_OUT);
	respond_by(req, status, type, data, exchange_respond_static);
}

bool reply_conn(struct request *req, exchange_taken_fn *taken,
		void (*gone)(struct exchange *x, int why, void *owner), void *owner)
{
	struct exchange *x = req->exchange;

	assert(req->state == REQUEST_HANDLED);
	if (exchange_take_conn(x, taken, owner) < 0) {
		reply_error(req, ERR_INVALID, NULL);
		return false;
	}
	req->state = REQUEST_DONE;
	exchange_on_gone(x, gone, owner);
	request_free(req);
	return true;
}

void reply_error_detail(struct request *req, int rc, const char *field, const char *detail)
{
	assert(req->state == REQUEST_HANDLED && rc < 0);
	if (err_status(rc) >= 500)
		log_event(EV_HTTP_FAILED, "method=%s route=%s code=%s error=%d",
			  method_name(req->route->method), req->route->path, err_code(rc), rc);
	respond_problem(req, rc, field, detail);
}

void reply_error(struct request *req, int rc, const char *field)
{
	reply_error_detail(req, rc, field, NULL);
}

void request_refuse(struct request *req, int rc, const char *field, const char *detail)
{
	metric_add(M_REFUSED, 1);
	log_event(EV_HTTP_REFUSED, "route=%s code=%s", req->route ? req->route->path : "-",
		  err_code(rc));
	respond_problem(req, rc, field, detail);
}
