/* cups.c - asks a CUPS server over its socket or http, by net/fetch: no blocking call, no thread.
 */
#include "connector/source/cups.h"
#include "net/fetch.h"
#include <stdlib.h>

#define ANSWER_MAX (8 * MIB)
#define TIMEOUT_MS 20000
#define MEDIA_IPP  "application/ipp"

struct cups {
	struct print_source source;
	struct fetcher *fetcher;
	const struct options *options;
	struct fetch *fetch;
	source_done_fn *done;
	void *owner;
};

static enum reading_state take(const struct fetch_result *result, struct reading *r)
{
	char version[VERSION_SIZE];
	enum reading_state state;

	if (result->rc < 0)
		return reading_unanswered(result);
	if (result->status == 401 || result->status == 403)
		return READING_KEY_REFUSED;
	if (result->status >= 300 && result->status < 400)
		return READING_REDIRECT;
	if (result->status != 200)
		return result->status >= 500 ? READING_SERVER_FAILURE : READING_UNEXPECTED;
	state = cups_read_printers(result->body, r);
	if (state == READING_OK && !r->server->version &&
	    cups_version(fetch_header(result, "Server"), version))
		r->server->version = arena_strdup(&r->mem, version);
	return state;
}

static void on_answer(const struct fetch_result *result, void *owner)
{
	struct reading *r = reading_new();
	struct cups *c = owner;
	enum reading_state state = take(result, r);
	static const int none[] = { -1 };

	c->fetch = NULL;
	reading_went(r, state, state == READING_OK ? none : cups_kinds);
	if (state == READING_OK)
		component_count(reading_component(r, COMPONENT_PRINTERS), r->devices_total,
				r->devices_in_error);
	c->done(r, c->owner);
}

static void cups_read(struct print_source *s, source_done_fn *done, void *owner)
{
	struct cups *c = CONTAINER_OF(s, struct cups, source);
	struct fetch_header type = { "Content-Type", MEDIA_IPP };
	bool socket = c->options->cups_server[0] == '/';
	struct buf body = buf_new(4 * KIB), url = buf_new(2 * KIB);
	struct fetch_request request = {
		.headers = &type,
		.headers_len = 1,
		.unix_socket_path = socket ? c->options->cups_server : NULL,
		.timeout_ms = TIMEOUT_MS,
		.max_response_bytes = ANSWER_MAX,
	};

	assert(!c->fetch);
	cups_request(&body);
	/* cupsd takes only "localhost" as a name over a local socket. */
	buf_printf(&url, "%s/", socket ? "http://localhost" : c->options->cups_server);
	request.url = (const char *)url.data;
	request.body = buf_str(&body);
	c->done = done;
	c->owner = owner;
	c->fetch = fetch_start(c->fetcher, &request, on_answer, c);
	buf_done(&body);
	buf_done(&url);
}

static void cups_cancel(struct print_source *s)
{
	fetch_cancel(&CONTAINER_OF(s, struct cups, source)->fetch);
}

static void cups_free(struct print_source **s)
{
	struct cups *c = CONTAINER_OF(*s, struct cups, source);

	cups_cancel(*s);
	free(c);
	*s = NULL;
}

static const struct source_ops ops = { cups_read, cups_cancel, cups_free };

struct print_source *source_cups_new(struct fetcher *f, const struct options *o)
{
	struct cups *c = xcalloc(1, sizeof(*c));

	c->source.ops = &ops;
	c->fetcher = f;
	c->options = o;
	return &c->source;
}
