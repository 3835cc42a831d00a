/* papercut_rpc.c - see papercut_rpc.h.
 *
 *   LIST --fewer than a page--> PROPERTIES of printer 0, 1, ... --last--> done
 *     ^  '--a full page--'           '--calls used up--> done(NULL), goes on with the next read */
#include "connector/source/papercut_rpc.h"
#include "connector/source/papercut.h"
#include "base/err.h"
#include "net/fetch.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PAGE       1000 /* the vendor's recommended limit of one list */
#define TIMEOUT_MS 20000
#define PATH       "/rpc/api/xmlrpc"

enum method { METHOD_PROPERTIES, METHOD_LIST };

const char *const papercut_rpc_methods[] = {
	[METHOD_PROPERTIES] = "api.getPrinterProperties",
	[METHOD_LIST] = "api.listPrinters",
	NULL,
};

static const char *const properties[] = {
	"printer-id",
	"print-stats.page-count",
	"print-stats.job-count",
	NULL,
};
enum { PRINTER_ID, PAGE_COUNT, JOB_COUNT, PROPERTIES };

struct totals_run {
	struct fetcher *fetcher;
	const struct options *options;
	struct fetch *fetch;
	struct arena mem;
	struct json_list names;  /* char *: as listed */
	struct json_list totals; /* struct source_total * */
	size_t next;             /* of names */
	bool listed;
	int calls_left;
	totals_done_fn *done;
	void *owner;
};

static void go_on(struct totals_run *t);

static void forget(struct totals_run *t)
{
	arena_done(&t->mem);
	t->names = t->totals = (struct json_list){};
	t->next = 0;
	t->listed = false;
}

static void finish(struct totals_run *t, enum reading_state state)
{
	bool whole = state == READING_OK && t->listed && t->next == t->names.len;

	t->done(state, whole ? &t->totals : NULL, t->owner);
	if (whole || state != READING_OK)
		forget(t);
}

/* --- calls -------------------------------------------------------------------------------------
 */

/* "server\queue" in its two halves; false for the template and whatever has no half. */
static bool split_name(struct str name, struct str *ret_server, struct str *ret_printer)
{
	struct str rest = name;

	if (str_starts(name, STR("!!")) || !str_split(&rest, '\\', ret_server) || !rest.p)
		return false;
	*ret_printer = rest;
	return ret_server->len > 0 && rest.len > 0;
}

static void put_call(const struct totals_run *t, struct buf *body)
{
	struct str server = {}, printer = {};

	xmlrpc_begin(body, papercut_rpc_methods[t->listed ? METHOD_PROPERTIES : METHOD_LIST]);
	xmlrpc_put_string(body, str_of(t->options->papercut_token));
	if (t->listed) {
		split_name(str_of(t->names.items[t->next]), &server, &printer);
		xmlrpc_put_string(body, server);
		xmlrpc_put_string(body, printer);
		xmlrpc_put_strings(body, properties);
	} else {
		xmlrpc_put_int(body, (int32_t)t->names.len);
		xmlrpc_put_int(body, PAGE);
	}
	xmlrpc_end(body);
}

/* --- answers -----------------------------------------------------------------------------------
 */

static enum reading_state take_names(struct totals_run *t, const struct xmlrpc_value *list)
{
	if (list->type != XMLRPC_ARRAY)
		return READING_UNEXPECTED;
	for (size_t i = 0; i < list->items.len && t->names.len < REPORT_DEVICES_MAX; i++) {
		const struct xmlrpc_value *name = list->items.items[i];

		report_list_add(&t->mem, &t->names,
				arena_strndup(&t->mem, name->text.p, name->text.len));
	}
	t->listed = list->items.len < PAGE || t->names.len >= REPORT_DEVICES_MAX;
	return READING_OK;
}

static int64_t counter(const struct xmlrpc_value *list, size_t i)
{
	const struct xmlrpc_value *v = list->items.items[i];
	uint64_t value;

	return str_to_u64(str_trim(v->text), &value) && value <= INT64_MAX ? (int64_t)value
									   : JSON_ABSENT_INT;
}

static void take_counters(struct totals_run *t, const struct xmlrpc_value *list)
{
	struct source_total *total;
	struct str server = {}, printer = {}, name = str_of(t->names.items[t->next]);
	bool device;

	if (list->type != XMLRPC_ARRAY || list->items.len != PROPERTIES)
		return;
	split_name(name, &server, &printer);
	device = str_eq(server, STR("device"));
	total = ARENA_NEW(&t->mem, struct source_total);
	*total = (struct source_total){
		.kind = device ? 'd' : 'p',
		.name = device ? printer.p : name.p,
		.printer = counter(list, PRINTER_ID),
		.pages = counter(list, PAGE_COUNT),
		.jobs = counter(list, JOB_COUNT),
	};
	if (total->pages != JSON_ABSENT_INT && total->jobs != JSON_ABSENT_INT)
		report_list_add(&t->mem, &t->totals, total);
}

static enum reading_state take(struct totals_run *t, const struct fetch_result *result)
{
	struct xmlrpc_value *value;
	int rc;

	if (result->rc < 0)
		return reading_unanswered(result);
	if (result->status != 200)
		return result->status >= 500       ? READING_SERVER_FAILURE
		       : result->status == 404     ? READING_NOT_IN_VERSION
		       : result->status / 100 == 3 ? READING_REDIRECT
						   : READING_KEY_REFUSED;
	rc = xmlrpc_read(result->body, &t->mem, &value);
	if (rc == ERR_INVALID)
		return READING_UNEXPECTED;
	if (t->listed) {
		/* A fault here is a printer that is gone meanwhile. */
		if (rc == 0)
			take_counters(t, value);
		t->next++;
		return READING_OK;
	}
	/* The first call needs nothing but the token and the right address. */
	return rc == ERR_UPSTREAM ? READING_KEY_REFUSED : take_names(t, value);
}

static void on_answer(const struct fetch_result *result, void *owner)
{
	struct totals_run *t = owner;
	enum reading_state state = take(t, result);

	t->fetch = NULL;
	if (state != READING_OK)
		return finish(t, state);
	go_on(t);
}

/* --- the run -----------------------------------------------------------------------------------
 */

static void skip_what_has_no_counters(struct totals_run *t)
{
	struct str server, printer;

	while (t->listed && t->next < t->names.len &&
	       !split_name(str_of(t->names.items[t->next]), &server, &printer))
		t->next++;
}

static void call(struct totals_run *t)
{
	struct fetch_header type = { "Content-Type", "text/xml" };
	struct buf body = buf_new(64 * KIB), url = buf_new(2 * KIB);
	struct fetch_request request = {
		.method = "POST",
		.headers = &type,
		.headers_len = 1,
		.ca_file = t->options->papercut_ca_file,
		.timeout_ms = TIMEOUT_MS,
		.max_response_bytes = XMLRPC_ANSWER_MAX,
		.flags = FETCH_TLS12,
	};

	papercut_url(t->options, PATH, &url);
	put_call(t, &body);
	request.url = buf_status(&url) == 0 ? (const char *)url.data : "";
	request.body = buf_str(&body);
	t->calls_left--;
	t->fetch = fetch_start(t->fetcher, &request, on_answer, t);
	buf_done(&url);
	buf_wipe(&body); /* it holds the token */
}

static void go_on(struct totals_run *t)
{
	skip_what_has_no_counters(t);
	if (t->calls_left <= 0 || (t->listed && t->next == t->names.len))
		return finish(t, READING_OK);
	call(t);
}

void totals_read(struct totals_run *t, int calls, totals_done_fn *done, void *owner)
{
	assert(!t->fetch && calls > 0);
	t->done = done;
	t->owner = owner;
	t->calls_left = calls;
	/* A run that was left with nothing to do is never kept: there is a call to make. */
	call(t);
}

void totals_forget(struct totals_run *t)
{
	fetch_cancel(&t->fetch);
	forget(t);
}

struct totals_run *totals_new(struct fetcher *f, const struct options *o)
{
	struct totals_run *t = xcalloc(1, sizeof(*t));

	t->fetcher = f;
	t->options = o;
	return t;
}

void totals_free(struct totals_run **t)
{
	if (!*t)
		return;
	totals_forget(*t);
	free(*t);
	*t = NULL;
}
