/* report.c - reports into JSON and back, by the rows of report_schema.c only.
 *
 * Both ways pass through clean(), which is where free text loses what must not be known: a caller
 * that forgets to make a label of a name cannot leak it. */
#include "model/report.h"

#include "base/err.h"

#include <stdio.h>
#include <string.h>

void *report_part_new(struct arena *mem, const struct json_schema *schema)
{
	void *part = arena_alloc(mem, schema->size);

	json_init(schema, part);
	return part;
}

void report_list_add(struct arena *mem, struct json_list *list, void *item)
{
	/* The room doubles whenever the length has reached a power of two. */
	if ((list->len & (list->len - 1)) == 0) {
		void **items = ARENA_ARRAY(mem, void *, list->len ? list->len * 2 : 1);

		if (list->len)
			memcpy(items, list->items, list->len * sizeof(*items));
		list->items = items;
	}
	list->items[list->len++] = item;
}

struct json_list report_list_own(struct arena *mem, struct json_list decoded)
{
	struct json_list own = {};

	for (size_t i = 0; i < decoded.len; i++)
		report_list_add(mem, &own, decoded.items[i]);
	return own;
}

uint32_t report_purposes(const struct report *r, int version)
{
	uint32_t purposes = 0;

	for (int i = 0; i < SECTIONS; i++) {
		const struct json_field *f = report_schema.fields;
		const void *section;

		while (strcmp(f->name, report_section_names[i]) != 0)
			f++;
		memcpy(&section, (const char *)r + f->offset, sizeof(section));
		if (section && f->note->since <= version)
			purposes |= 1u << i;
	}
	return purposes;
}

static int each(const char *above, const struct json_schema *schema, report_field_fn *fn, void *arg)
{
	char path[REPORT_PATH_MAX];
	int rc = 0;

	for (const struct json_field *f = schema->fields; f->name && rc == 0; f++) {
		snprintf(path, sizeof(path), "%s%s%s", above, *above ? "." : "", f->name);
		rc = fn(path, f, arg);
		if (rc == 0 && f->sub)
			rc = each(path, f->sub, fn, arg);
	}
	return rc;
}

int report_fields_each(report_field_fn *fn, void *arg)
{
	return each("", &report_schema, fn, arg);
}

/* ---- cleaning ---- */

static const char *clean_version(const char *version, struct arena *mem)
{
	char text[VERSION_SIZE];

	return version && version_of(str_of(version), text) ? arena_strdup(mem, text) : NULL;
}

static const char *clean_label(const char *label, struct arena *mem)
{
	char text[LABEL_SIZE];

	return label && label_of_name(str_of(label), text) > 0 ? arena_strdup(mem, text) : NULL;
}

static struct json_list clean_reasons(const struct json_list *in, struct arena *mem)
{
	struct json_list out = {};

	for (size_t i = 0; i < in->len; i++) {
		const char *known = device_reason_of(str_of(in->items[i]));
		bool twice = !known;

		for (size_t j = 0; j < out.len && !twice; j++)
			twice = out.items[j] == known;
		if (!twice && out.len < REPORT_REASONS_MAX)
			report_list_add(mem, &out, (void *)known);
	}
	return out;
}

static int bad_key(const char *where, size_t i, struct json_problem *ret_problem)
{
	snprintf(ret_problem->field, sizeof(ret_problem->field), "%s.%zu", where, i);
	snprintf(ret_problem->detail, sizeof(ret_problem->detail), "is no device id");
	return ERR_INVALID;
}

static bool key_ok(const char *text)
{
	uint8_t key[DEVICE_KEY_BYTES];

	return text && device_key_decode(str_of(text), key) == 0;
}

static int clean_devices(const struct report_devices *in, struct arena *mem,
			 struct report_devices *out, struct json_problem *ret_problem)
{
	struct report_device *copies = ARENA_ARRAY(mem, struct report_device, in->items.len);

	*out = *in;
	out->items.items = ARENA_ARRAY(mem, void *, in->items.len);
	for (size_t i = 0; i < in->items.len; i++) {
		const struct report_device *device = in->items.items[i];

		if (!key_ok(device->id))
			return bad_key("devices.items", i, ret_problem);
		copies[i] = *device;
		copies[i].label = clean_label(device->label, mem);
		copies[i].reasons = clean_reasons(&device->reasons, mem);
		out->items.items[i] = &copies[i];
	}
	for (size_t i = 0; i < in->gone.len; i++)
		if (!key_ok(in->gone.items[i]))
			return bad_key("devices.gone", i, ret_problem);
	return 0;
}

static struct json_list clean_features(const struct json_list *in, struct arena *mem)
{
	struct json_list out = {};
	bool told[FEATURES] = {};

	for (size_t i = 0; i < in->len; i++) {
		int feature = word_find(feature_names, str_of(in->items[i]));

		if (feature < 0 || told[feature])
			continue;
		told[feature] = true;
		report_list_add(mem, &out, (void *)(uintptr_t)feature_names[feature]);
	}
	return out;
}

static int clean_usage(const struct report_usage *in, struct arena *mem, struct report_usage *out,
		       struct json_problem *ret_problem)
{
	*out = *in;
	out->features = clean_features(&in->features, mem);
	for (size_t i = 0; i < in->days.len; i++) {
		const struct report_day *day = in->days.items[i];

		for (size_t j = 0; j < day->devices.len; j++)
			if (!key_ok(((struct report_device_use *)day->devices.items[j])->id))
				return bad_key("usage.days.devices", j, ret_problem);
	}
	return 0;
}

/* What a person has typed is sent as typed, but for characters that are not seen. */
static struct report_stated *clean_stated(const struct report_stated *in, struct arena *mem)
{
	char text[STATED_MAX + 1];
	struct report_stated *out;

	if (!in || !in->value || text_visible(str_of(in->value), text, sizeof(text)) == 0)
		return NULL;
	out = arena_dup(mem, in, sizeof(*in));
	out->value = arena_strdup(mem, text);
	return out;
}

/* Makes *out a copy of *in whose texts are clean; both share what needs no cleaning. */
static int clean(const struct report *in, struct arena *mem, struct report *out,
		 struct json_problem *ret_problem)
{
	int rc = 0;

	*out = *in;
	if (in->server) {
		out->server = arena_dup(mem, in->server, sizeof(*in->server));
		out->server->version = clean_version(in->server->version, mem);
	}
	if (in->connector) {
		out->connector = arena_dup(mem, in->connector, sizeof(*in->connector));
		out->connector->version = clean_version(in->connector->version, mem);
	}
	if (in->licence) {
		out->licence = arena_dup(mem, in->licence, sizeof(*in->licence));
		out->licence->organisation = clean_stated(in->licence->organisation, mem);
		out->licence->customer_reference =
			clean_stated(in->licence->customer_reference, mem);
	}
	if (in->usage) {
		out->usage = ARENA_NEW(mem, struct report_usage);
		rc = clean_usage(in->usage, mem, out->usage, ret_problem);
	}
	if (rc == 0 && in->devices) {
		out->devices = ARENA_NEW(mem, struct report_devices);
		rc = clean_devices(in->devices, mem, out->devices, ret_problem);
	}
	return rc;
}

/* ---- both ways ---- */

static int encode(const struct report *r, int version, struct arena *mem, struct buf *out,
		  struct json_problem *ret_problem)
{
	size_t before = out->len;
	struct report copy, again;
	int rc;

	rc = clean(r, mem, &copy, ret_problem);
	if (rc < 0)
		return rc;
	copy.schema = version;
	json_encode(&report_schema, &copy, version, out);
	rc = buf_status(out);
	if (rc < 0)
		return rc;
	/* The encoder writes what it is told; the decoder knows the limits. */
	return json_decode(&report_schema, out->data + before, out->len - before, mem, &again,
			   ret_problem) < 0
		       ? ERR_INVALID
		       : 0;
}

int report_encode(const struct report *r, int version, struct buf *out,
		  struct json_problem *ret_problem)
{
	size_t before = out->len;
	struct arena mem = {};
	int rc;

	*ret_problem = (struct json_problem){};
	if (version < REPORT_SCHEMA_MIN || version > REPORT_SCHEMA_MAX) {
		snprintf(ret_problem->field, sizeof(ret_problem->field), "schema");
		snprintf(ret_problem->detail, sizeof(ret_problem->detail), "is not known");
		return ERR_INVALID;
	}
	rc = buf_status(out);
	if (rc < 0)
		return rc;
	rc = encode(r, version, &mem, out, ret_problem);
	arena_done(&mem);
	if (rc < 0) {
		out->len = before;
		out->failed = false;
		if (out->data)
			out->data[before] = '\0';
	}
	return rc;
}

int report_decode(const void *data, size_t len, struct arena *mem, struct report *ret_report,
		  struct json_problem *ret_problem)
{
	struct report told, cleaned;
	int rc;

	rc = json_decode(&report_schema, data, len, mem, &told, ret_problem);
	if (rc < 0)
		return rc;
	rc = clean(&told, mem, &cleaned, ret_problem);
	if (rc < 0)
		return rc;
	*ret_report = cleaned;
	return 0;
}

/* ---- parts ---- */

const struct report_component *report_component_find(const struct report *r,
						     enum component_kind kind)
{
	if (!r->health)
		return NULL;
	for (size_t i = 0; i < r->health->components.len; i++) {
		const struct report_component *c = r->health->components.items[i];

		if (c->kind == (int)kind)
			return c;
	}
	return NULL;
}

void device_key_encode(const uint8_t key[static DEVICE_KEY_BYTES],
		       char out[static DEVICE_KEY_LEN + 1])
{
	crockford_encode(key, DEVICE_KEY_LEN * 5, out);
}

int device_key_decode(struct str text, uint8_t ret_key[static DEVICE_KEY_BYTES])
{
	uint8_t key[DEVICE_KEY_BYTES] = {};
	char again[DEVICE_KEY_LEN + 1];

	if (text.len != DEVICE_KEY_LEN || crockford_decode(text, DEVICE_KEY_LEN * 5, key) < 0)
		return ERR_INVALID;
	device_key_encode(key, again);
	if (!str_eq(text, str_of(again)))
		return ERR_INVALID;
	memcpy(ret_key, key, sizeof(key));
	return 0;
}

void component_count(struct report_component *c, int64_t total, int64_t in_error)
{
	c->total = total;
	c->in_error = in_error;
	if (in_error == JSON_ABSENT_INT) {
		c->state = STATE_UNKNOWN;
		c->code = CODE_NOT_READ;
	} else if (in_error == 0) {
		c->state = STATE_OK;
		c->code = CODE_NONE_IN_ERROR;
	} else if (total != JSON_ABSENT_INT && in_error >= total) {
		c->state = STATE_ERROR;
		c->code = CODE_ALL_IN_ERROR;
	} else {
		c->state = STATE_WARNING;
		c->code = CODE_SOME_IN_ERROR;
	}
}
