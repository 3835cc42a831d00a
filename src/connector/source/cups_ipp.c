/* cups_ipp.c - libcups as a codec: octets in, octets out; it never sees a socket.
 *
 * What is asked for is a closed list: CUPS would tell locations, owners and device addresses to
 * whoever asks for "all". */
#include "connector/source/cups.h"
#include <cups/cups.h>
#include <cups/ipp.h>
#include <stdlib.h>
#include <string.h>

const int cups_kinds[] = { COMPONENT_PRINTERS, -1 };

/* RFC 8011 section 5.4; cups-version is CUPS' own. */
static const char *const asked[] = {
	"cups-version",  "printer-is-accepting-jobs", "printer-name",
	"printer-state", "printer-state-reasons",
};

static ssize_t write_some(void *arg, ipp_uchar_t *data, size_t len)
{
	buf_put(arg, data, len);
	return (ssize_t)len;
}

static ssize_t read_some(void *arg, ipp_uchar_t *out, size_t len)
{
	struct cur *in = arg;

	if (len > in->left)
		len = in->left;
	if (len)
		cur_copy(in, out, len);
	return (ssize_t)len;
}

void cups_request(struct buf *out)
{
	ipp_t *ipp = ippNewRequest(IPP_OP_CUPS_GET_PRINTERS);

	ippAddStrings(ipp, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes",
		      (int)ARRAY_LEN(asked), NULL, asked);
	ippWriteIO(out, write_some, 1, NULL, ipp);
	ippDelete(ipp);
}

static bool is_text(ipp_attribute_t *a)
{
	switch (ippGetValueTag(a)) {
	case IPP_TAG_NAME:
	case IPP_TAG_NAMELANG:
	case IPP_TAG_TEXT:
	case IPP_TAG_TEXTLANG:
	case IPP_TAG_KEYWORD:
		return true;
	default:
		return false;
	}
}

static const char *text_of(ipp_attribute_t *a, int i)
{
	const char *s = is_text(a) ? ippGetString(a, i, NULL) : NULL;

	return s && utf8_valid(str_of(s)) ? s : NULL;
}

static int state_of(ipp_attribute_t *a)
{
	if (ippGetValueTag(a) != IPP_TAG_ENUM)
		return DEVICE_UNKNOWN;
	switch (ippGetInteger(a, 0)) {
	case IPP_PSTATE_IDLE:
		return DEVICE_IDLE;
	case IPP_PSTATE_PROCESSING:
		return DEVICE_PROCESSING;
	case IPP_PSTATE_STOPPED:
		return DEVICE_STOPPED;
	default:
		return DEVICE_UNKNOWN;
	}
}

static void read_reasons(struct reading *r, struct source_device *d, ipp_attribute_t *a)
{
	for (int i = 0; i < ippGetCount(a) && i < REPORT_REASONS_MAX; i++) {
		const char *s = text_of(a, i);

		if (s)
			report_list_add(&r->mem, &d->reasons, arena_strdup(&r->mem, s));
	}
}

static void read_version(struct reading *r, ipp_attribute_t *a)
{
	const char *s = text_of(a, 0);
	char version[VERSION_SIZE];

	if (s && !r->server->version && version_of(str_of(s), version))
		r->server->version = arena_strdup(&r->mem, version);
}

static void read_attribute(struct reading *r, struct source_device *d, const char *name,
			   ipp_attribute_t *a)
{
	if (strcmp(name, "printer-name") == 0)
		d->name = arena_strdup(&r->mem, text_of(a, 0));
	else if (strcmp(name, "printer-state") == 0)
		d->state = state_of(a);
	else if (strcmp(name, "printer-state-reasons") == 0)
		read_reasons(r, d, a);
	else if (strcmp(name, "printer-is-accepting-jobs") == 0 &&
		 ippGetValueTag(a) == IPP_TAG_BOOLEAN)
		d->accepting_jobs = ippGetBoolean(a, 0) ? JSON_TRUE : JSON_FALSE;
	else if (strcmp(name, "cups-version") == 0)
		read_version(r, a);
}

static void end_printer(struct reading *r, struct source_device *d)
{
	if (d->name && d->name[0])
		reading_device(r, d);
}

static void read_printers(ipp_t *ipp, struct reading *r)
{
	static const struct source_device none = { .kind = 'p',
						   .state = DEVICE_UNKNOWN,
						   .accepting_jobs = JSON_UNSAID };
	struct source_device d = none;

	for (ipp_attribute_t *a = ippFirstAttribute(ipp); a; a = ippNextAttribute(ipp)) {
		const char *name = ippGetName(a);

		/* Groups are told apart by an attribute without a name. */
		if (!name) {
			end_printer(r, &d);
			d = none;
		} else if (ippGetGroupTag(a) == IPP_TAG_PRINTER && ippGetCount(a) > 0) {
			read_attribute(r, &d, name, a);
		}
	}
	end_printer(r, &d);
}

static bool answered(ipp_t *ipp)
{
	/* 0 to 2: successful, some attributes ignored or conflicting; a server without a queue says
	 * "not found". */
	return (int)ippGetStatusCode(ipp) <= 2 ||
	       ippGetStatusCode(ipp) == IPP_STATUS_ERROR_NOT_FOUND;
}

enum reading_state cups_read_printers(struct str body, struct reading *r)
{
	struct cur in = cur_of(body.p, body.len);
	ipp_t *ipp = ippNew();
	bool ok;

	ok = ippReadIO(&in, read_some, 1, NULL, ipp) == IPP_STATE_DATA && answered(ipp);
	if (ok) {
		r->server = REPORT_NEW(&r->mem, struct report_server, &report_server_schema);
		r->server->product = PRODUCT_CUPS;
		read_printers(ipp, r);
		r->has_devices = true;
	}
	ippDelete(ipp);
	return ok ? READING_OK : READING_UNEXPECTED;
}

bool cups_version(struct str server_header, char ret_version[static VERSION_SIZE])
{
	if (!str_starts(server_header, STR("CUPS/")))
		return false;
	return version_of((struct str){ server_header.p + 5, server_header.len - 5 }, ret_version);
}
