/* papercut.c - asks a PaperCut server, one call after the other on one connection, never two at
 * once: its values are cached for 15 s, and it is somebody's print server before it is ours.
 *
 *   health --ok--> printers --> devices --> done        a failure of `health` ends the reading;
 *      \___________________________________/            lists that cannot be read are left out
 *
 * Redirects are never followed: the key would go along. */
#include "connector/source/papercut.h"
#include "net/fetch.h"
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX (8 * MIB) /* 5,000 printers are about 0.6 MB */
#define TIMEOUT_MS 20000

enum step { STEP_HEALTH, STEP_PRINTERS, STEP_DEVICES, STEPS };

static const char *const paths[STEPS] = {
	[STEP_HEALTH] = "/api/health",
	[STEP_PRINTERS] = "/api/health/printers",
	[STEP_DEVICES] = "/api/health/devices",
};

struct papercut {
	struct print_source source;
	struct fetcher *fetcher;
	const struct options *options;
	struct fetch *fetch; /* the call in progress */
	enum step step;
	struct reading *reading; /* NULL: nothing is being read */
	bool has_printers, has_devices;
	source_done_fn *done;
	void *owner;
};

static void on_answer(const struct fetch_result *result, void *owner);

static void ask(struct papercut *p, enum step step)
{
	struct fetch_header key = { "Authorization", p->options->papercut_key };
	struct fetch_request request = {
		.headers = &key,
		/* Without one the server says so itself: "key_refused". */
		.headers_len = p->options->papercut_key ? 1 : 0,
		.ca_file = p->options->papercut_ca_file,
		.timeout_ms = TIMEOUT_MS,
		.max_response_bytes = ANSWER_MAX,
		.flags = FETCH_TLS12,
	};
	struct buf url = buf_new(2 * KIB);
	struct str base = str_of(p->options->papercut_url);

	while (base.len && base.p[base.len - 1] == '/')
		base.len--;
	buf_putstr(&url, base);
	buf_puts(&url, paths[step]);
	buf_putc(&url, 0);
	request.url = buf_status(&url) == 0 ? (const char *)url.data : "";
	p->step = step;
	p->fetch = fetch_start(p->fetcher, &request, on_answer, p);
	buf_done(&url);
}

static void finish(struct papercut *p)
{
	struct reading *r = TAKE(p->reading);

	/* A server that knows no devices (NG) has told all with its printers. */
	r->has_devices = p->has_printers && p->has_devices;
	if (!r->has_devices)
		r->devices = (struct json_list){};
	p->done(r, p->owner);
}

static bool take_health(struct papercut *p, const struct fetch_result *result)
{
	enum reading_state state = READING_UNREACHABLE;

	if (result->rc == 0)
		state = papercut_state(result->status, result->body);
	else if (result->leg == FETCH_TRANSFER)
		state = READING_UNEXPECTED;
	if (state == READING_OK)
		state = papercut_read_health(result->body, p->reading);
	if (state == READING_OK)
		return true;
	reading_failed(p->reading, state, papercut_kinds);
	return false;
}

static void on_answer(const struct fetch_result *result, void *owner)
{
	struct papercut *p = owner;
	bool ok = result->rc == 0 && result->status == 200;
	/* "not in this version" is an answer too: there are none of this kind. */
	bool none = result->rc == 0 && result->status == 404;

	p->fetch = NULL;
	switch (p->step) {
	case STEP_HEALTH:
		if (!take_health(p, result))
			break;
		p->has_printers = p->has_devices = false;
		return ask(p, STEP_PRINTERS);
	case STEP_PRINTERS:
		p->has_printers = ok && papercut_read_printers(result->body, p->reading);
		return ask(p, STEP_DEVICES);
	case STEP_DEVICES:
	default:
		p->has_devices = none || (ok && papercut_read_devices(result->body, p->reading));
		break;
	}
	finish(p);
}

static void papercut_read(struct print_source *s, source_done_fn *done, void *owner)
{
	struct papercut *p = CONTAINER_OF(s, struct papercut, source);

	assert(!p->reading);
	p->reading = reading_new();
	p->done = done;
	p->owner = owner;
	p->has_printers = p->has_devices = false;
	ask(p, STEP_HEALTH);
}

static void papercut_cancel(struct print_source *s)
{
	struct papercut *p = CONTAINER_OF(s, struct papercut, source);

	fetch_cancel(&p->fetch);
	reading_free(&p->reading);
}

static void papercut_free(struct print_source **s)
{
	struct papercut *p = CONTAINER_OF(*s, struct papercut, source);

	papercut_cancel(*s);
	free(p);
	*s = NULL;
}

static const struct source_ops ops = { papercut_read, papercut_cancel, papercut_free };

struct print_source *source_papercut_new(struct fetcher *f, const struct options *o)
{
	struct papercut *p = xcalloc(1, sizeof(*p));

	p->source.ops = &ops;
	p->fetcher = f;
	p->options = o;
	return &p->source;
}
