/* xmlrpc_test.c - the simulated web services: who may call, what is told, what is a fault. */
#include "base/test.h"
#include "sim/test_sim.h"
#include <stdio.h>

#define TOKEN "<param><value><string>sim-token-0123456789</string></value></param>"

static void call(struct asked *k, const char *method, const char *params)
{
	k->rq.method = METHOD_POST;
	k->rq.path = STR("/rpc/api/xmlrpc");
	k->rq.body = str_of(arena_printf(&k->mem,
					 "<?xml version=\"1.0\"?>\n<!-- a call -->\n<methodCall>"
					 "<methodName>%s</methodName><params>%s</params>"
					 "</methodCall>\n",
					 method, params));
	asked_call(k);
}

/* clang-format off */
static const struct {
	const char *scenario, *method, *params, *says;
} calls[] = {
	{ "{}", "api.getTotalUsers", TOKEN, "<params><param><value><int>812</int></value></param></params>" },
	{ "{\"xmlrpc\":{\"int_tag\":\"i4\"}}", "api.getTotalUsers", TOKEN, "<i4>812</i4>" },
	{ "{}", "api.getTotalUsers", "<param><value>sim-token-0123456789</value></param>", "<int>812</int>" },
	{ "{}", "api.getTotalUsers", "<param><value>wrong</value></param>", "<name>faultString</name>" },
	{ "{}", "api.getTotalUsers", "", "authentication token is not valid" },
	{ "{}", "api.getTaskStatus", "", "<name>completed</name><value><boolean>1</boolean>" },
	{ "{\"xmlrpc\":{\"allowed\":[\"192.0.2.0/24\"]}}", "api.getTaskStatus", "",
	  "Access denied. Your IP address is not allowed to access the Web Services API." },
	{ "{}", "api.listPrinters", TOKEN "<param><value><int>0</int></value></param><param><value><i4>3</i4></value></param>",
	  "<value><string>!!template printer!!\\!!template printer!!</string></value><value><string>prn01\\Ricoh-2F" },
	{ "{}", "api.listPrinters", TOKEN "<param><value><int>5</int></value></param><param><value><int>9</int></value></param>",
	  "<data><value><string>device\\mfd-3f</string></value></data>" },
	{ "{}", "api.getPrinterProperty", TOKEN "<param><value>prn01</value></param><param><value>HP-1F</value></param>"
	  "<param><value>print-stats.page-count</value></param>", "<string>12004</string>" },
	{ "{\"xmlrpc\":{\"text_tag\":\"bare\"}}", "api.getPrinterProperties",
	  TOKEN "<param><value>device</value></param><param><value>mfd-2f</value></param><param><value><array><data>"
	  "<value>printer-id</value><value><string>disabled</string></value></data></array></value></param>",
	  "<data><value>2001</value><value>false</value></data>" },
	{ "{}", "api.getPrinterProperty", TOKEN "<param><value>prn01</value></param><param><value>Gone &amp; &#60;</value></param>"
	  "<param><value>disabled</value></param>", "prn01\\Gone &amp; &lt;\" does not exist" },
	{ "{}", "api.getConfigValue", TOKEN "<param><value>health.api.key</value></param>", "0123456789abcdef" },
	{ "{\"xmlrpc\":{\"token_form\":\"object\"}}", "api.getConfigValue",
	  TOKEN "<param><value>auth.webservices.auth-token</value></param>", "{\"integration1\":\"sim-token" },
	{ "{}", "api.getConfigValue", TOKEN "<param><value>no.such.key</value></param>", "<string></string>" },
	{ "{}", "api.listUserAccounts", TOKEN, "is not simulated" },
	{ "{}", "api.setConfigValue", TOKEN, "<name>faultCode</name><value><int>0</int>" },
	{ "{}", "api.noSuchThing", TOKEN, "java.lang.NoSuchMethodException: api.noSuchThing" },
	{ "{}", "other.getTotalUsers", TOKEN, "RPC handler object \"other\" not found" },
	{ "{}", "api.getTotalUsers", TOKEN TOKEN, "NoSuchMethodException" },
	{ "{\"xmlrpc\":{\"encoding\":\"iso-8859-1\"},\"printers\":[{\"name\":\"s\\\\K\\u00fcche \\u20ac\"}]}", "api.listPrinters",
	  TOKEN "<param><value><int>1</int></value></param><param><value><int>1</int></value></param>", "K\xfc" "che &#8364;" },
};
/* clang-format on */

TEST(read_methods_answer_and_all_others_are_faults)
{
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		struct asked *k = asked_new();

		asked_scenario(k, calls[i].scenario);
		call(k, calls[i].method, calls[i].params);
		assert_int_equal(k->a.status, 200);
		assert_string_equal(k->a.type, "text/xml");
		if (!asked_says(k, calls[i].says))
			fail_msg("%s %s: %.*s", calls[i].scenario, calls[i].method,
				 (int)k->a.body.len, k->a.body.data);
		asked_free(k);
	}
}

TEST(what_is_no_call_is_a_fault_and_other_methods_of_http_are_refused)
{
	static const char *const bodies[] = { "",           "<",    "<a>",   "<methodCall/>",
					      "<a><b></a>", "text", "<!-- ", "<?xml?>",
					      "<a></b>" };
	struct asked *k = asked_new();

	k->rq.method = METHOD_POST;
	k->rq.path = STR("/rpc/api/xmlrpc");
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		k->rq.body = str_of(bodies[i]);
		asked_call(k);
		assert_true(asked_says(k, "<fault>"));
	}
	k->rq.method = METHOD_GET;
	asked_call(k);
	assert_int_equal(k->a.status, 405);
	asked_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(read_methods_answer_and_all_others_are_faults),
		RUN(what_is_no_call_is_a_fault_and_other_methods_of_http_are_refused),
	};

	return cmocka_run_group_tests_name("sim.xmlrpc", tests, NULL, NULL);
}
