/* hub.c - see hub.h. */
#include "connector/hub.h"
#include "connector/options.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/rand.h"
#include "wire/http_sig.h"
#include "wire/messages.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GZIP_FROM         1024 /* below it compressing saves no packet */
#define ANSWER_MAX        (256 * KIB)
#define RETRY_AFTER_MAX_S 3600
#define HEADERS_MAX       8
/* A connection that was idle for longer may be dead without anybody having said so. */
#define IDLE_MAX_MS 30000

struct hub {
	struct fetcher *fetcher;
	char *url; /* without a slash at its end */
	char *authority;
	char *ca_file; /* or NULL */
	const struct fetch_proxy *proxy;
	const struct sign_key *key;
	int64_t offset_ms;
	int64_t broke_at_ms; /* monotonic: when a call last got no answer of the hub; 0: never */
};

struct hub_call {
	struct hub *hub;
	char *method, *path, *query, *type;
	struct buf body; /* as it is sent */
	const char *encoding;
	bool unsigned_call, again;
	int64_t timeout_ms;
	struct fetch *fetch;
	hub_done_fn *done;
	void *owner;
};

struct hub *hub_new(struct fetcher *f, const struct hub_way *way, const struct sign_key *key)
{
	struct buf authority = buf_new(400);
	struct hub *h = xcalloc(1, sizeof(*h));
	size_t len = strlen(way->url);

	options_authority(way->url, &authority);
	h->fetcher = f;
	h->url = xstrdup(way->url);
	while (len && h->url[len - 1] == '/')
		h->url[--len] = 0;
	h->authority = xstrdup((const char *)authority.data);
	h->ca_file = way->ca_file ? xstrdup(way->ca_file) : NULL;
	h->proxy = way->proxy;
	h->key = key;
	buf_done(&authority);
	return h;
}

void hub_free(struct hub **h)
{
	if (!*h)
		return;
	free((*h)->url);
	free((*h)->authority);
	free((*h)->ca_file);
	free(*h);
	*h = NULL;
}

struct hub_way hub_way_of(const struct hub *h)
{
	return (struct hub_way){ .url = h->url, .ca_file = h->ca_file, .proxy = h->proxy };
}

struct hub *hub_with_key(const struct hub *h, const struct sign_key *key)
{
	const struct hub_way way = hub_way_of(h);
	struct hub *other = hub_new(h->fetcher, &way, key);

	other->offset_ms = h->offset_ms;
	return other;
}

void hub_set_key(struct hub *h, const struct sign_key *key)
{
	h->key = key;
}

const char *hub_authority(const struct hub *h)
{
	return h->authority;
}

int64_t hub_clock_offset_ms(const struct hub *h)
{
	return h->offset_ms;
}

static void call_free(struct hub_call *c)
{
	buf_wipe(&c->body); /* it may hold an enrolment code */
	free(c->method);
	free(c->path);
	free(c->query);
	free(c->type);
	free(c);
}

/* --- signing -----------------------------------------------------------------------------------
 */

struct headers {
	struct fetch_header h[HEADERS_MAX];
	size_t len;
	char digest[HTTP_SIG_DIGEST_SIZE], input[HTTP_SIG_INPUT_SIZE], value[HTTP_SIG_VALUE_SIZE];
};

static void add_header(struct headers *hs, const char *name, const char *value)
{
	assert(hs->len < HEADERS_MAX);
	hs->h[hs->len++] = (struct fetch_header){ name, value };
}

static int sign(const struct hub *h, const struct http_sig_request *rq, struct headers *hs)
{
	uint8_t nonce[HTTP_SIG_NONCE_LEN];
	int64_t created_s = (clock_wall_ms() + h->offset_ms) / 1000;
	int rc;

	rand_bytes(nonce, sizeof(nonce));
	rc = http_sig_make(rq, h->key, created_s, nonce, hs->input, hs->value);
	if (rc == 0) {
		add_header(hs, "Signature-Input", hs->input);
		add_header(hs, "Signature", hs->value);
	}
	return rc;
}

static int sign_call(const struct hub_call *c, struct headers *hs)
{
	const struct http_sig_request rq = {
		.method = str_of(c->method),
		.authority = str_of(c->hub->authority),
		.path = str_of(c->path),
		.query = str_of(c->query),
		.has_body = c->type != NULL,
		.content_digest = str_of(hs->digest),
		.content_type = str_of(c->type),
		.content_encoding = str_of(c->encoding),
	};

	return sign(c->hub, &rq, hs);
}

void hub_sign_get(const struct hub *h, const char *path, struct buf *out)
{
	const struct http_sig_request rq = {
		.method = STR("GET"),
		.authority = str_of(h->authority),
		.path = str_of(path),
	};
	struct headers hs = {};
	int rc = sign(h, &rq, &hs);

	assert(rc == 0); /* our own path */
	for (size_t i = 0; i < hs.len; i++)
		buf_printf(out, "%s: %s\r\n", hs.h[i].name, hs.h[i].value);
}

/* --- sending -----------------------------------------------------------------------------------
 */

static void on_fetched(const struct fetch_result *result, void *owner);

/* Where one connection broke, fell silent or was answered by somebody else, those that were idle
 * are not trusted: until they are too old to be used, calls open new ones.  A proxy that opens them
 * may have forgotten who we are, and only a new connection tells it. */
static bool trusts_idle(const struct hub *h)
{
	return !h->broke_at_ms || clock_mono_ms() - h->broke_at_ms > IDLE_MAX_MS;
}

static void send(struct hub_call *c)
{
	struct fetch_request request = {
		.method = c->method,
		.ca_file = c->hub->ca_file,
		.proxy = c->hub->proxy,
		.timeout_ms = c->timeout_ms,
		.max_idle_ms = IDLE_MAX_MS,
		.max_response_bytes = ANSWER_MAX,
		.flags = trusts_idle(c->hub) ? 0 : FETCH_NEW,
	};
	struct buf url = buf_new(4 * KIB);
	struct headers hs = {};
	int rc = 0;

	if (c->type) {
		add_header(&hs, "Content-Type", c->type);
		request.body = buf_str(&c->body);
	}
	/* Before consent nothing leaves but the code: not even what only a signature needs. */
	if (c->type && !c->unsigned_call) {
		http_sig_digest(c->body.data, c->body.len, hs.digest);
		add_header(&hs, "Content-Encoding", c->encoding);
		add_header(&hs, "Content-Digest", hs.digest);
	}
	if (!c->unsigned_call)
		rc = sign_call(c, &hs);
	/* Our own paths and headers can be signed; anything else is a mistake in this program. */
	assert(rc == 0);
	buf_printf(&url, "%s%s%s%s", c->hub->url, c->path, c->query[0] ? "?" : "", c->query);
	request.url = (const char *)url.data;
	request.headers = hs.h;
	request.headers_len = hs.len;
	c->fetch = fetch_start(c->hub->fetcher, &request, on_fetched, c);
	buf_done(&url);
}

/* RFC 9110 section 10.2.3: seconds or a date, which is read by the clock of who sent it. */
static int64_t retry_after_ms(const struct fetch_result *result)
{
	int64_t ms, now_ms = fetch_header_time_ms(result, "Date");
	uint64_t s;

	if (str_to_u64(str_trim(fetch_header(result, "Retry-After")), &s))
		ms = (int64_t)(s < RETRY_AFTER_MAX_S ? s : RETRY_AFTER_MAX_S) * 1000;
	else
		ms = fetch_header_time_ms(result, "Retry-After") -
		     (now_ms < 0 ? clock_wall_ms() : now_ms);
	if (ms < 0)
		return 0;
	return ms < RETRY_AFTER_MAX_S * 1000 ? ms : RETRY_AFTER_MAX_S * 1000;
}

static bool is_json(const struct fetch_result *result)
{
	struct str type = fetch_header(result, "Content-Type"), kind;

	return str_split(&type, ';', &kind) && str_eq_nocase(str_trim(kind), STR(MEDIA_JSON));
}

/* The hub answers with JSON, or with nothing and 204; a login page of a hotel or a proxy with 200
 * and HTML, which would pass for a yes. */
static bool is_hubs(const struct fetch_result *result)
{
	return result->body.len ? is_json(result) : result->status == 204;
}

/* The error that an answer names, and the hub's time if it tells it. */
static int read_problem(int status, struct str body, int64_t *ret_hub_time_ms)
{
	struct json_problem unused;
	struct arena mem = {};
	struct problem p;
	int rc = ERR_NOT_HUB;

	if (json_decode(&problem_schema, body.p ? body.p : "", body.len, &mem, &p, &unused) == 0 &&
	    p.code) {
		rc = err_from_code(p.code);
		*ret_hub_time_ms = p.hub_time_ms;
	} else if (status == 429 || status == 503) {
		rc = ERR_BUSY;
	} else if (status == 407) {
		rc = ERR_PROXY_AUTH; /* of a proxy that opens the connection */
	}
	arena_done(&mem);
	return rc;
}

static void learn_time(struct hub *h, int64_t hub_time_ms)
{
	h->offset_ms = hub_time_ms - clock_wall_ms();
}

/* True if the call goes out once more. */
static bool try_again(struct hub_call *c, int rc, int64_t hub_time_ms)
{
	if (c->again || c->unsigned_call || (rc != ERR_CLOCK && rc != ERR_REPLAYED))
		return false;
	if (rc == ERR_CLOCK) {
		if (hub_time_ms == JSON_ABSENT_INT)
			return false;
		learn_time(c->hub, hub_time_ms);
	}
	c->again = true;
	send(c);
	return true;
}

int hub_refusal(struct hub *h, int status, struct str body)
{
	int64_t hub_time_ms = JSON_ABSENT_INT;
	int rc = read_problem(status, body, &hub_time_ms);

	if (rc == ERR_CLOCK && hub_time_ms != JSON_ABSENT_INT)
		learn_time(h, hub_time_ms);
	return rc;
}

static void on_fetched(const struct fetch_result *result, void *owner)
{
	int64_t hub_time_ms = JSON_ABSENT_INT;
	struct hub_call *c = owner;
	struct hub_answer a = {
		.rc = result->rc,
		.sent = result->leg == FETCH_DONE || result->leg == FETCH_TRANSFER,
		.detail = result->detail,
		.issuer = result->issuer,
	};

	c->fetch = NULL;
	if (result->rc == 0) {
		a.status = result->status;
		a.body = result->body;
		a.retry_after_ms = retry_after_ms(result);
		if (result->status < 200 || result->status > 299)
			a.rc = read_problem(result->status, result->body, &hub_time_ms);
		else if (!is_hubs(result))
			a.rc = ERR_NOT_HUB;
	}
	if (result->rc < 0 || a.rc == ERR_NOT_HUB || a.rc == ERR_PROXY_AUTH)
		c->hub->broke_at_ms = clock_mono_ms();
	if (try_again(c, a.rc, hub_time_ms))
		return;
	c->done(&a, c->owner);
	call_free(c);
}

static void take_body(struct hub_call *c, const struct hub_request *request)
{
	c->encoding = "identity";
	c->body = buf_new(RECORD_CALL_MAX + RECORD_MAX);
	if (request->body.len >= GZIP_FROM && !request->unsigned_call) {
		if (gzip_deflate(request->body.p, request->body.len, &c->body) == 0) {
			c->encoding = "gzip";
			return;
		}
		buf_clear(&c->body);
	}
	buf_putstr(&c->body, request->body);
}

struct hub_call *hub_call(struct hub *h, const struct hub_request *request, hub_done_fn *done,
			  void *owner)
{
	struct hub_call *c = xcalloc(1, sizeof(*c));

	assert(request->unsigned_call || h->key);
	c->hub = h;
	c->method = xstrdup(request->method);
	c->path = xstrdup(request->path);
	c->query = xstrdup(request->query ? request->query : "");
	c->type = request->type ? xstrdup(request->type) : NULL;
	c->unsigned_call = request->unsigned_call;
	c->timeout_ms = request->timeout_ms;
	c->done = done;
	c->owner = owner;
	if (c->type)
		take_body(c, request);
	send(c);
	return c;
}

void hub_cancel(struct hub_call **c)
{
	if (!*c)
		return;
	fetch_cancel(&(*c)->fetch);
	call_free(*c);
	*c = NULL;
}
