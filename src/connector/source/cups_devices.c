/* cups_devices.c - see cups_devices.h. */
#include "connector/source/cups_devices.h"
#include "base/err.h"
#include "model/report.h"
#include "net/fetch.h"

#include <cups/cups.h>
#include <cups/ipp.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX (8 * MIB)
#define TIMEOUT_MS 20000

static const char *const asked[] = { "printer-name", "device-uri" };

struct cups_devices {
	struct fetch *fetch;
	cups_devices_fn *done;
	void *owner;
};

/* ---- IPP ---- */

static ssize_t write_octets(void *arg, ipp_uchar_t *data, size_t len)
{
	buf_put(arg, data, len);
	return (ssize_t)len;
}

static ssize_t read_octets(void *arg, ipp_uchar_t *out, size_t len)
{
	struct cur *in = arg;
	size_t n = len < in->left ? len : in->left;

	cur_copy(in, out, n);
	return (ssize_t)n;
}

void cups_devices_request(struct buf *out)
{
	ipp_t *ipp = ippNewRequest(IPP_OP_CUPS_GET_PRINTERS);

	ippAddStrings(ipp, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes",
		      (int)ARRAY_LEN(asked), NULL, asked);
	ippWriteIO(out, write_octets, 1, NULL, ipp);
	ippDelete(ipp);
}

static const char *text_of(struct arena *mem, ipp_attribute_t *a, ipp_tag_t tag)
{
	const char *s = ippGetValueTag(a) == tag ? ippGetString(a, 0, NULL) : NULL;

	return s && utf8_valid(str_of(s)) ? arena_strdup(mem, s) : NULL;
}

static void end_queue(struct arena *mem, struct json_list *queues, struct cups_queue *q)
{
	if (q->name && q->device_uri && queues->len < CUPS_QUEUES_MAX)
		report_list_add(mem, queues, arena_dup(mem, q, sizeof(*q)));
	*q = (struct cups_queue){};
}

static void read_queues(ipp_t *ipp, struct arena *mem, struct json_list *queues)
{
	struct cups_queue q = {};

	for (ipp_attribute_t *a = ippFirstAttribute(ipp); a; a = ippNextAttribute(ipp)) {
		const char *name = ippGetName(a);

		/* Groups are told apart by an attribute without a name. */
		if (!name)
			end_queue(mem, queues, &q);
		else if (strcmp(name, "printer-name") == 0)
			q.name = text_of(mem, a, IPP_TAG_NAME);
		else if (strcmp(name, "device-uri") == 0)
			q.device_uri = text_of(mem, a, IPP_TAG_URI);
	}
	end_queue(mem, queues, &q);
}

int cups_devices_read(struct str body, struct arena *mem, struct json_list *ret_queues)
{
	struct cur in = cur_of(body.p, body.len);
	ipp_t *ipp = ippNew();
	int rc = ERR_UPSTREAM;

	*ret_queues = (struct json_list){};
	if (ippReadIO(&in, read_octets, 1, NULL, ipp) == IPP_STATE_DATA &&
	    ((int)ippGetStatusCode(ipp) <= 2 ||
	     ippGetStatusCode(ipp) == IPP_STATUS_ERROR_NOT_FOUND)) {
		read_queues(ipp, mem, ret_queues);
		rc = 0;
	}
	ippDelete(ipp);
	return rc;
}

/* ---- the call ---- */

static void on_answer(const struct fetch_result *result, void *owner)
{
	struct cups_devices *d = owner;
	struct json_list queues = {};
	struct arena mem = {};
	int rc = ERR_UPSTREAM;

	d->fetch = NULL;
	if (result->rc < 0)
		rc = ERR_UNREACHABLE;
	else if (result->status == 401 || result->status == 403)
		rc = ERR_DENIED;
	else if (result->status == 200)
		rc = cups_devices_read(result->body, &mem, &queues);
	d->done(rc, &queues, d->owner);
	arena_done(&mem);
	free(d);
}

struct cups_devices *cups_devices_start(struct fetcher *f, const struct options *o,
					cups_devices_fn *done, void *owner)
{
	bool socket = o->cups_server[0] == '/';
	struct cups_devices *d = xcalloc(1, sizeof(*d));
	struct fetch_header type = { "Content-Type", "application/ipp" };
	struct buf body = buf_new(4 * KIB), url = buf_new(2 * KIB);
	struct fetch_request request = {
		.headers = &type,
		.headers_len = 1,
		.unix_socket_path = socket ? o->cups_server : NULL,
		.timeout_ms = TIMEOUT_MS,
		.max_response_bytes = ANSWER_MAX,
	};

	d->done = done;
	d->owner = owner;
	cups_devices_request(&body);
	buf_printf(&url, "%s/", socket ? "http://localhost" : o->cups_server);
	request.url = (const char *)url.data;
	request.body = buf_str(&body);
	d->fetch = fetch_start(f, &request, on_answer, d);
	buf_done(&body);
	buf_done(&url);
	return d;
}

void cups_devices_cancel(struct cups_devices **d)
{
	if (!*d)
		return;
	fetch_cancel(&(*d)->fetch);
	free(*d);
	*d = NULL;
}
