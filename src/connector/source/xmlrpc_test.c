/* xmlrpc_test.c - calls as the specification has them, answers as servers have been seen to give.
 */
#include "base/test.h"
#include "base/err.h"
#include "connector/source/xmlrpc.h"
#include <stdio.h>
#include <string.h>

#define ANSWER(value)                                                                              \
	"<?xml version=\"1.0\"?><methodResponse><params><param>" value                             \
	"</param></params></methodResponse>"

static struct arena mem;

static const struct xmlrpc_value *read_ok(const char *body)
{
	struct xmlrpc_value *v = NULL;

	assert_int_equal(xmlrpc_read(str_of(body), &mem, &v), 0);
	return v;
}

static int refused(const char *body)
{
	struct xmlrpc_value *v = NULL;

	return xmlrpc_read(str_of(body), &mem, &v);
}

TEST(a_call_is_written_with_its_parameters_in_order)
{
	static const char *const list[] = { "a<b", "c&d", NULL };
	struct buf out = buf_new(4 * KIB);

	xmlrpc_begin(&out, "api.x");
	xmlrpc_put_string(&out, STR("]]>\x01\xff"));
	xmlrpc_put_int(&out, -7);
	xmlrpc_put_strings(&out, list);
	xmlrpc_end(&out);
	assert_string_equal((const char *)out.data,
			    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<methodCall><methodName>"
			    "api.x</methodName><params>"
			    "<param><value><string>]]&#62;\xef\xbf\xbd\xef\xbf\xbd</string></value>"
			    "</param><param><value><int>-7</int></value></param>"
			    "<param><value><array><data><value><string>a&#60;b</string></value>"
			    "<value><string>c&#38;d</string></value></data></array></value></param>"
			    "</params></methodCall>\n");
	buf_done(&out);
}

TEST(each_of_the_eight_types_is_read)
{
	static const struct {
		const char *body;
		enum xmlrpc_type type;
		const char *text;
		int64_t number;
	} cases[] = {
		{ ANSWER("<value><int>812</int></value>"), XMLRPC_INT, "812", 812 },
		{ ANSWER("<value><i4> -3 </i4></value>"), XMLRPC_INT, " -3 ", -3 },
		{ ANSWER("<value><boolean>1</boolean></value>"), XMLRPC_BOOLEAN, "1", 1 },
		{ ANSWER("<value><string>x</string></value>"), XMLRPC_STRING, "x", 0 },
		{ ANSWER("<value>untyped</value>"), XMLRPC_STRING, "untyped", 0 },
		{ ANSWER("<value/>"), XMLRPC_STRING, "", 0 },
		{ ANSWER("<value><string/></value>"), XMLRPC_STRING, "", 0 },
		{ ANSWER("<value><double>1.5</double></value>"), XMLRPC_DOUBLE, "1.5", 0 },
		{ ANSWER("<value><dateTime.iso8601>20261123T09:12:00</dateTime.iso8601></value>"),
		  XMLRPC_TIME, "20261123T09:12:00", 0 },
		{ ANSWER("<value><base64>YQ==</base64></value>"), XMLRPC_BASE64, "YQ==", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct xmlrpc_value *v = read_ok(cases[i].body);

		assert_int_equal(v->type, cases[i].type);
		assert_string_equal(v->text.p, cases[i].text);
		assert_int_equal(v->number, cases[i].number);
	}
}

TEST(arrays_and_structs_are_read_with_what_is_in_them)
{
	const struct xmlrpc_value *v =
		read_ok(ANSWER("<value>\n <array>\n  <data>\n   <value>a</value>\n"
			       "<value><string>b</string></value></data></array></value>"));

	assert_int_equal(v->type, XMLRPC_ARRAY);
	assert_int_equal(v->items.len, 2);
	assert_string_equal(((struct xmlrpc_value *)v->items.items[1])->text.p, "b");
	v = read_ok(ANSWER("<value><struct><member><name>completed</name><value><boolean>0"
			   "</boolean></value></member></struct></value>"));
	assert_int_equal(v->type, XMLRPC_STRUCT);
	assert_string_equal(((struct xmlrpc_value *)v->items.items[0])->name, "completed");
	assert_int_equal(read_ok(ANSWER("<value><array><data/></array></value>"))->items.len, 0);
}

TEST(a_prolog_in_another_encoding_is_honoured)
{
	const struct xmlrpc_value *v = read_ok(
		"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><methodResponse><params><param>"
		"<value>B\xfcro</value></param></params></methodResponse>");

	assert_string_equal(v->text.p, "B\xc3\xbcro");
}

TEST(a_fault_gives_its_text_without_the_class_in_front)
{
	struct xmlrpc_value *v = NULL;

	assert_int_equal(
		xmlrpc_read(STR("<methodResponse><fault><value><struct><member><name>faultCode"
				"</name><value><int>0</int></value></member><member><name>"
				"faultString</name><value>java.lang.Exception: Access denied."
				"</value></member></struct></value></fault></methodResponse>"),
			    &mem, &v),
		ERR_UPSTREAM);
	assert_string_equal(v->text.p, "Access denied.");
}

TEST(a_fault_whose_text_ends_in_spaces_ends_with_its_last_letter)
{
	struct xmlrpc_value *v = NULL;

	assert_int_equal(xmlrpc_read(STR("<methodResponse><fault><value><struct><member><name>"
					 "faultString</name><value>java.lang.Exception: x "
					 "</value></member></struct></value></fault>"
					 "</methodResponse>"),
				     &mem, &v),
			 ERR_UPSTREAM);
	assert_int_equal(v->text.len, 1);
	assert_string_equal(v->text.p, "x");
}

TEST(a_fault_without_members_is_no_answer)
{
	assert_int_equal(refused("<methodResponse><fault><value><array><data><value>x</value>"
				 "</data></array></value></fault></methodResponse>"),
			 ERR_INVALID);
	assert_int_equal(
		refused("<methodResponse><fault><value>x</value></fault></methodResponse>"),
		ERR_INVALID);
}

TEST(entities_document_types_and_what_is_no_answer_are_refused)
{
	static const char *const bad[] = {
		"",
		"<html>",
		"{\"a\":1}",
		"<!DOCTYPE m [<!ENTITY e \"x\">]>" ANSWER("<value>&e;</value>"),
		"<!DOCTYPE m SYSTEM \"file:///etc/passwd\"><methodResponse/>",
		ANSWER("<value>&e;</value>"),
		ANSWER("<value><int>x</int></value>"),
		ANSWER("<value><int></int></value>"),
		ANSWER("<value><nil/></value>"),
		ANSWER("<value>a<int>1</int></value>"),
		ANSWER("<value><int>1</int><int>2</int></value>"),
		ANSWER("<value><array><value>1</value></array></value>"),
		ANSWER("<value><struct><member><value>1</value></member></struct></value>"),
		"<methodResponse><params><param><value>1",
		"<methodResponse><fault><value>no struct</value></fault></methodResponse>",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (refused(bad[i]) != ERR_INVALID)
			fail_msg("read: %s", bad[i]);
}

static void put_nested(struct buf *out, int depth)
{
	buf_puts(out, "<methodResponse><params><param>");
	for (int i = 0; i < depth; i++)
		buf_puts(out, "<value><array><data>");
	for (int i = 0; i < depth; i++)
		buf_puts(out, "</data></array></value>");
	buf_puts(out, "</param></params></methodResponse>");
}

TEST(depth_number_and_size_have_limits)
{
	struct buf out = buf_new(4 * MIB);

	put_nested(&out, XMLRPC_DEPTH_MAX + 1);
	assert_int_equal(refused((const char *)out.data), 0);
	out.len = 0;
	put_nested(&out, XMLRPC_DEPTH_MAX + 2);
	assert_int_equal(refused((const char *)out.data), ERR_INVALID);
	out.len = 0;
	buf_puts(&out, "<methodResponse><params><param><value><array><data>");
	for (int i = 0; i <= XMLRPC_VALUES_MAX; i++)
		buf_puts(&out, "<value/>");
	buf_puts(&out, "</data></array></value></param></params></methodResponse>");
	assert_true(out.len < XMLRPC_ANSWER_MAX);
	assert_int_equal(refused((const char *)out.data), ERR_INVALID);
	while (out.len <= XMLRPC_ANSWER_MAX)
		buf_puts(&out, "<!-- more -->");
	assert_int_equal(refused((const char *)out.data), ERR_INVALID);
	buf_done(&out);
}

static int forget(void **state)
{
	arena_done(&mem);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_call_is_written_with_its_parameters_in_order, forget),
		cmocka_unit_test_teardown(each_of_the_eight_types_is_read, forget),
		cmocka_unit_test_teardown(arrays_and_structs_are_read_with_what_is_in_them, forget),
		cmocka_unit_test_teardown(a_prolog_in_another_encoding_is_honoured, forget),
		cmocka_unit_test_teardown(
			a_fault_whose_text_ends_in_spaces_ends_with_its_last_letter, forget),
		cmocka_unit_test_teardown(a_fault_gives_its_text_without_the_class_in_front,
					  forget),
		cmocka_unit_test_teardown(a_fault_without_members_is_no_answer, forget),
		cmocka_unit_test_teardown(entities_document_types_and_what_is_no_answer_are_refused,
					  forget),
		cmocka_unit_test_teardown(depth_number_and_size_have_limits, forget),
	};

	return cmocka_run_group_tests_name("connector.xmlrpc", tests, NULL, NULL);
}
