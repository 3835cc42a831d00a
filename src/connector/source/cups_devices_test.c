/* cups_devices_test.c - where queues print to, out of answers as cupsd makes them. */
#include "base/test.h"
#include "connector/source/cups_devices.h"

#include <cups/ipp.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

static ssize_t write_octets(void *arg, ipp_uchar_t *data, size_t len)
{
	buf_put(arg, data, len);
	return (ssize_t)len;
}

static ipp_t *answer(ipp_status_t status)
{
	ipp_t *ipp = ippNew();

	ippSetVersion(ipp, 2, 0);
	ippSetStatusCode(ipp, status);
	ippSetRequestId(ipp, 1);
	ippAddString(ipp, IPP_TAG_OPERATION, IPP_TAG_CHARSET, "attributes-charset", NULL, "utf-8");
	return ipp;
}

static void add_queue(ipp_t *ipp, const char *name, const char *uri)
{
	ippAddSeparator(ipp);
	if (uri)
		ippAddString(ipp, IPP_TAG_PRINTER, IPP_TAG_URI, "device-uri", NULL, uri);
	ippAddString(ipp, IPP_TAG_PRINTER, IPP_TAG_NAME, "printer-name", NULL, name);
}

static struct buf octets(ipp_t *ipp)
{
	struct buf out = buf_new(64 * KIB);

	ippSetState(ipp, IPP_STATE_IDLE);
	assert_int_equal(ippWriteIO(&out, write_octets, 1, NULL, ipp), IPP_STATE_DATA);
	ippDelete(ipp);
	return out;
}

TEST(each_queue_that_has_a_device_is_listed_with_it)
{
	ipp_t *ipp = answer(IPP_STATUS_OK);
	const struct cups_queue *q;
	struct json_list queues;
	struct arena mem = {};
	struct buf body;

	add_queue(ipp, "floor1", "socket://192.0.2.7:9100");
	add_queue(ipp, "none", NULL);
	add_queue(ipp, "floor2", "ipp://mfp.example/ipp/print");
	body = octets(ipp);
	assert_int_equal(cups_devices_read(buf_str(&body), &mem, &queues), 0);
	assert_int_equal(queues.len, 2);
	q = queues.items[0];
	assert_string_equal(q->name, "floor1");
	assert_string_equal(q->device_uri, "socket://192.0.2.7:9100");
	q = queues.items[1];
	assert_string_equal(q->name, "floor2");
	buf_done(&body);
	arena_done(&mem);
}

TEST(an_answer_that_refuses_or_is_none_lists_nothing)
{
	struct buf body = octets(answer(IPP_STATUS_ERROR_FORBIDDEN));
	struct json_list queues;
	struct arena mem = {};

	assert_int_equal(cups_devices_read(buf_str(&body), &mem, &queues), ERR_UPSTREAM);
	assert_int_equal(queues.len, 0);
	assert_int_equal(cups_devices_read(STR("garbage"), &mem, &queues), ERR_UPSTREAM);
	assert_int_equal(cups_devices_read((struct str){}, &mem, &queues), ERR_UPSTREAM);
	buf_done(&body);
	body = octets(answer(IPP_STATUS_ERROR_NOT_FOUND)); /* a server without a queue */
	assert_int_equal(cups_devices_read(buf_str(&body), &mem, &queues), 0);
	buf_done(&body);
	arena_done(&mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_queue_that_has_a_device_is_listed_with_it),
		cmocka_unit_test(an_answer_that_refuses_or_is_none_lists_nothing),
	};

	return cmocka_run_group_tests_name("connector.source.cups_devices", tests, NULL, NULL);
}
