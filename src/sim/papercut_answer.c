/* papercut_answer.c - finds who answers a call: see papercut.h, answer.h. */
#include "base/hash.h"
#include "sim/answer.h"
#include "sim/marks.h"
#include "sim/path.h"
#include "sim/xml.h"
#include <string.h>

/* --- figures -----------------------------------------------------------------------------------
 */

bool status_is_ok(const char *status)
{
	return strcmp(status, "OK") == 0;
}

double disk_free_mb(const struct scenario *s)
{
	return DISK_TOTAL_MB * (100 - s->disk_used_percent) / 100;
}

int printers_in_error(const struct scenario *s)
{
	int n = 0;

	for (size_t i = 0; i < s->printers.len; i++)
		n += !status_is_ok(((const struct sim_printer *)s->printers.items[i])->status);
	return n;
}

int devices_in_error(const struct scenario *s)
{
	int n = 0;

	for (size_t i = 0; i < s->devices.len; i++)
		n += strcmp(((const struct sim_device *)s->devices.items[i])->status, "ERROR") == 0;
	return n;
}

/* Held jobs have a cache of their own, in which the printer may not be yet. */
int64_t held_of(const struct call *c, const struct sim_printer *p)
{
	const struct json_list *all = &c->state->held->printers;

	if (c->state->held == c->s)
		return p->held;
	for (size_t i = 0; i < all->len; i++) {
		const struct sim_printer *then = all->items[i];

		if (then->id == p->id)
			return then->held;
	}
	return 0;
}

int64_t held_total(const struct call *c)
{
	int64_t n = 0;

	for (size_t i = 0; i < c->s->printers.len; i++)
		n += held_of(c, c->s->printers.items[i]);
	return n;
}

struct str query_text(struct str query, const char *name)
{
	struct str part, key;

	while (str_split(&query, '&', &part))
		if (str_split(&part, '=', &key) && str_eq(key, str_of(name)) && part.p)
			return part;
	return (struct str){};
}

int64_t query_number(struct str query, const char *name, int64_t otherwise)
{
	uint64_t v;

	return str_to_u64(query_text(query, name), &v) && v <= INT32_MAX ? (int64_t)v : otherwise;
}

/* --- plain answers -----------------------------------------------------------------------------
 */

static void put_mark(struct call *c, const char *text)
{
	char word[MARK_SIZE];

	if (!c->state->marks)
		return;
	mark(c->state->marks, MARK_NEVER, word, "answer %s", text);
	buf_printf(&c->a->body, " %s", word);
}

void answer_header(struct call *c, const char *name, const char *fmt, ...)
{
	struct buf value = buf_new(64 * KIB);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&value, fmt, ap);
	va_end(ap);
	buf_printf(&c->a->head, "%s: ", name);
	for (size_t i = 0; i < value.len; i++)
		if (value.data[i] >= ' ')
			buf_putc(&c->a->head, (char)value.data[i]);
	buf_puts(&c->a->head, "\r\n");
	buf_done(&value);
}

void answer_text(struct call *c, int status, const char *text)
{
	buf_clear(&c->a->body);
	c->a->status = status;
	c->a->type = "text/plain";
	buf_puts(&c->a->body, text);
	put_mark(c, text);
}

void answer_page(struct call *c, int status, const char *title)
{
	buf_clear(&c->a->body);
	c->a->status = status;
	c->a->type = "text/html";
	buf_printf(&c->a->body, "<!DOCTYPE html><html><body><h1>%s</h1>", title);
	put_mark(c, title);
	buf_puts(&c->a->body, "</body></html>");
}

/* What a real failure looks like: classes, and which version it is. */
static void answer_failure(struct call *c)
{
	buf_clear(&c->a->body);
	c->a->status = 500;
	c->a->type = "text/html";
	buf_puts(&c->a->body, "<!DOCTYPE html><html><body><h1>Application Error</h1>"
			      "<pre>java.lang.NullPointerException\n"
			      "\tat example.server.Health.collect(Health.java:7)</pre>"
			      "<h2>Version Details</h2><p>");
	xml_put_text(&c->a->body, str_of(c->s->version), false);
	put_mark(c, "failure");
	buf_puts(&c->a->body, "</p></body></html>");
}

/* To the same place on the HTTPS port, with the host as the client called it. */
static void answer_redirect(struct call *c)
{
	struct str host = c->rq->host, name;

	str_split(&host, ':', &name);
	if (name.len == 0)
		name = STR("localhost");
	answer_text(c, 302, "");
	buf_clear(&c->a->body);
	answer_header(c, "Location", "https://%.*s:9192%.*s", (int)name.len, name.p,
		      (int)c->rq->path.len, c->rq->path.p);
}

/* In place of what was asked for; `word` is "status" for a verdict. */
static void replace_document(struct call *c, const char *word)
{
	buf_clear(&c->a->body);
	c->w.more = false;
	w_open(&c->w, NULL, '{');
	w_text(&c->w, word, "ERROR");
	w_free_text(&c->w, "message", "The server is unhealthy.");
	w_close(&c->w, '}');
}

/* What would have been answered by 200 is by 500, in JSON all the same. */
static void answer_unhealthy(struct call *c)
{
	static const char *const words[SIM_MODES] = {
		[SIM_UNHEALTHY_VERDICT] = "status", [SIM_FAILURE_JSON] = "error"
	};

	c->a->status = 500;
	if (words[c->state->now->mode])
		replace_document(c, words[c->state->now->mode]);
}

/* --- the key -----------------------------------------------------------------------------------
 */

static bool let_in(struct call *c)
{
	const struct scenario *s = c->state->now;
	struct str key =
		c->rq->key.p ? str_trim(c->rq->key) : query_text(c->rq->query, "Authorization");
	size_t len = strlen(s->key);

	if (!key.p) {
		answer_text(c, (int)s->missing_key_status, s->missing_key_text);
		return false;
	}
	if (key.len != len || !secret_eq(key.p, s->key, len)) {
		answer_text(c, (int)s->wrong_key_status, s->wrong_key_text);
		return false;
	}
	return true;
}

/* --- routes ------------------------------------------------------------------------------------
 */

/* "{id}" of the pattern takes digits. */
static bool fits(const char *pattern, struct str path, int64_t *ret_id)
{
	struct str want = str_of(pattern), want_part, part;
	uint64_t id;

	while (str_split(&want, '/', &want_part)) {
		if (!str_split(&path, '/', &part))
			return false;
		if (!str_eq(want_part, STR("{id}"))) {
			if (!str_eq(want_part, part))
				return false;
			continue;
		}
		if (!str_to_u64(part, &id) || id > INT32_MAX)
			return false;
		*ret_id = (int64_t)id;
	}
	return !path.p;
}

static const struct sim_route *find_route(struct call *c, struct str path)
{
	static const struct sim_route *const tables[] = { health_routes, list_routes,
							  verdict_routes };

	if (c->s->product == SIM_NG && str_starts(path, STR("/api/health/devices")))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		for (const struct sim_route *r = tables[i]; r->path; r++)
			if ((r->in_old16 || c->s->profile != SIM_OLD16) &&
			    fits(r->path, path, &c->id))
				return r;
	return NULL;
}

static void answer_api(struct call *c, struct str path)
{
	const struct sim_route *route = find_route(c, path);

	c->s = c->state->health;
	if (c->rq->method != METHOD_GET)
		return answer_page(c, 405, "Method not allowed");
	if (!let_in(c))
		return;
	if (!route)
		return answer_page(c, 404, "Not found");
	c->a->status = 200;
	c->a->type = JSON_TYPE;
	c->w.document = route->path;
	route->put(c);
	if (papercut_is_odd(c->state, c->rq) && c->state->now->mode >= SIM_UNHEALTHY)
		answer_unhealthy(c);
}

bool papercut_is_odd(const struct sim_state *state, const struct sim_request *rq)
{
	return str_starts(rq->path, str_of(state->now->odd_path));
}

void papercut_answer(const struct sim_state *state, const struct sim_request *rq,
		     struct sim_answer *answer)
{
	struct call c = { .state = state,
			  .s = state->now,
			  .rq = rq,
			  .a = answer,
			  .w = { &answer->body, state->marks, "", false } };
	struct buf resolved = buf_new(64 * KIB);
	int rc = path_resolve(rq->path, &resolved);
	struct str path = buf_str(&resolved);
	bool odd = papercut_is_odd(state, rq);

	if (odd && state->now->mode == SIM_SERVER_FAILURE)
		answer_failure(&c);
	else if (odd && state->now->mode == SIM_REDIRECT)
		answer_redirect(&c);
	else if (rc < 0)
		answer_page(&c, 400, "Bad request");
	else if (str_eq(path, STR("/rpc/api/xmlrpc")))
		xmlrpc_answer(&c);
	else if (str_starts(path, STR("/api/")))
		answer_api(&c, path);
	else if (!console_answer(&c, path))
		answer_page(&c, 404, "Not found");
	if (odd && state->now->mode == SIM_TRUNCATED)
		answer->body.len -= answer->body.len / 3;
	buf_done(&resolved);
}
