/* cups_test.c - IPP answers: ours, torn ones, and recordings of real printers if there are any.
 *
 * IMPRIMATUR_SHARED names the folder of recordings (data/ipp); without it that test is
 * skipped by name. */
#include "base/test.h"
#include "base/file.h"
#include "base/json_tree.h"
#include "connector/source/cups.h"
#include <cups/ipp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ssize_t put(void *arg, ipp_uchar_t *data, size_t len)
{
	buf_put(arg, data, len);
	return (ssize_t)len;
}

static void add_printer(ipp_t *ipp, const char *name, ipp_pstate_t state, const char *reason,
			bool accepting)
{
	ippAddString(ipp, IPP_TAG_PRINTER, IPP_TAG_NAME, "printer-name", NULL, name);
	ippAddInteger(ipp, IPP_TAG_PRINTER, IPP_TAG_ENUM, "printer-state", (int)state);
	ippAddString(ipp, IPP_TAG_PRINTER, IPP_TAG_KEYWORD, "printer-state-reasons", NULL, reason);
	ippAddBoolean(ipp, IPP_TAG_PRINTER, "printer-is-accepting-jobs", accepting);
	ippAddString(ipp, IPP_TAG_PRINTER, IPP_TAG_TEXT, "cups-version", NULL, "2.4.2");
	ippAddString(ipp, IPP_TAG_PRINTER, IPP_TAG_TEXT, "printer-location", NULL, "SENTINEL");
}

static struct buf answer_of_two(void)
{
	struct buf out = buf_new(MIB);
	ipp_t *request = ippNewRequest(IPP_OP_CUPS_GET_PRINTERS);
	ipp_t *ipp = ippNewResponse(request);

	add_printer(ipp, "Front-desk", IPP_PSTATE_IDLE, "none", true);
	ippAddSeparator(ipp);
	add_printer(ipp, "Back", IPP_PSTATE_STOPPED, "paused", false);
	ippWriteIO(&out, put, 1, NULL, ipp);
	ippDelete(ipp);
	ippDelete(request);
	return out;
}

TEST(R37_queues_and_their_states_are_read)
{
	struct buf body = answer_of_two();
	struct reading *r = reading_new();
	const struct source_device *d;

	assert_int_equal(cups_read_printers(buf_str(&body), r), READING_OK);
	assert_int_equal(r->devices.len, 2);
	assert_string_equal(r->server->version, "2.4.2");
	assert_int_equal(r->server->product, PRODUCT_CUPS);
	d = r->devices.items[0];
	assert_string_equal(d->name, "Front-desk");
	assert_int_equal(d->state, DEVICE_IDLE);
	assert_int_equal(d->accepting_jobs, JSON_TRUE);
	d = r->devices.items[1];
	assert_int_equal(d->state, DEVICE_STOPPED);
	assert_string_equal(d->reasons.items[0], "paused");
	assert_int_equal(d->accepting_jobs, JSON_FALSE);
	buf_done(&body);
	reading_free(&r);
}

TEST(the_request_asks_for_a_closed_list)
{
	struct buf request = buf_new(4 * KIB);

	cups_request(&request);
	assert_int_equal(buf_status(&request), 0);
	assert_non_null(memmem(request.data, request.len, "printer-state-reasons", 21));
	assert_null(memmem(request.data, request.len, "printer-location", 16));
	assert_null(memmem(request.data, request.len, "requesting-user-name", 20));
	buf_done(&request);
}

TEST(an_answer_that_is_cut_anywhere_is_unexpected_and_nothing_worse)
{
	struct buf body = answer_of_two();

	for (size_t len = 0; len + 1 < body.len; len++) {
		struct reading *r = reading_new();
		char *exact = malloc(len ? len : 1);

		memcpy(exact, body.data, len);
		assert_int_equal(cups_read_printers((struct str){ exact, len }, r),
				 READING_UNEXPECTED);
		free(exact);
		reading_free(&r);
	}
	buf_done(&body);
}

TEST(the_version_is_read_from_the_server_header)
{
	char version[VERSION_SIZE];

	assert_true(cups_version(STR("CUPS/2.4 IPP/2.1"), version));
	assert_string_equal(version, "2.4");
	assert_false(cups_version(STR("nginx/1.2"), version));
}

/* The members of a recording's reference answer that this source tells of. */
static void check_reference(const char *path, const struct reading *r)
{
	const struct source_device *d = r->devices.items[0];
	const struct node *state, *accepting, *reasons;
	struct buf text = buf_new(MIB);
	char why[TREE_DETAIL_MAX];
	struct tree tree;

	assert_int_equal(file_read(path, &text), 0);
	assert_int_equal(tree_parse(buf_str(&text), &tree, why), 0);
	state = node_member(tree.root, "state");
	accepting = node_member(tree.root, "accepting");
	reasons = node_member(tree.root, "state_reasons");
	assert_true(str_eq(node_text(state), str_of(device_state_names[d->state])));
	if (node_kind(accepting) == NODE_BOOL)
		assert_int_equal(d->accepting_jobs, node_bool(accepting) ? JSON_TRUE : JSON_FALSE);
	assert_int_equal(d->reasons.len, node_kind(reasons) == NODE_LIST ? node_len(reasons) : 0);
	for (size_t i = 0; i < d->reasons.len; i++)
		assert_true(str_eq(node_text(node_item(reasons, i)), str_of(d->reasons.items[i])));
	tree_free(&tree);
	buf_done(&text);
}

static int read_recording(const char *name, void *arg)
{
	const char *shared = getenv("IMPRIMATUR_SHARED");
	struct str s = str_of(name);
	struct buf body = buf_new(MIB);
	char path[4096];
	struct reading *r;
	unsigned *count = arg;

	if (s.len < 4 || strcmp(name + s.len - 4, ".ipp") != 0)
		return 0;
	snprintf(path, sizeof(path), "%s/data/ipp/%s", shared, name);
	assert_int_equal(file_read(path, &body), 0);
	r = reading_new();
	if (strncmp(name, "edge-", 5) == 0) {
		assert_int_equal(cups_read_printers(buf_str(&body), r), READING_UNEXPECTED);
	} else {
		assert_int_equal(cups_read_printers(buf_str(&body), r), READING_OK);
		/* A printer that is asked itself need not have the name of a queue. */
		if (r->devices.len > 0)
			(*count)++;
		snprintf(path, sizeof(path), "%s/data/ipp/%.*s.expected.json", shared,
			 (int)s.len - 4, name);
		if (r->devices.len > 0)
			check_reference(path, r);
	}
	reading_free(&r);
	buf_done(&body);
	return 0;
}

TEST(recordings_of_real_printers_are_read)
{
	const char *shared = getenv("IMPRIMATUR_SHARED");
	unsigned count = 0;
	char dir[4096];

	if (!shared) {
		/* cmocka's skip() says "not ok", which meson takes for a failure. */
		print_message("# no recordings: IMPRIMATUR_SHARED is not set\n");
		return;
	}
	snprintf(dir, sizeof(dir), "%s/data/ipp", shared);
	assert_int_equal(file_list(dir, read_recording, &count), 0);
	assert_true(count > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(R37_queues_and_their_states_are_read),
		RUN(the_request_asks_for_a_closed_list),
		RUN(an_answer_that_is_cut_anywhere_is_unexpected_and_nothing_worse),
		RUN(the_version_is_read_from_the_server_header),
		RUN(recordings_of_real_printers_are_read),
	};

	return cmocka_run_group_tests_name("connector.source.cups", tests, NULL, NULL);
}
