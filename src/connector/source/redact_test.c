/* redact_test.c - what a capture keeps is what is listed, and nothing else of any document. */
#include "base/test.h"
#include "base/buf.h"
#include "connector/source/redact.h"
#include <string.h>

static void expect(const char *body, const char *wanted)
{
	struct buf out = buf_new(MIB);

	assert_true(redact_json(str_of(body), &out));
	assert_string_equal((const char *)out.data, wanted);
	buf_done(&out);
}

TEST(form_numbers_and_known_words_stay)
{
	static const char doc[] =
		"{\"database\":{\"status\":\"OK\",\"totalConnections\":21},\"disk\":49.79,"
		"\"enabled\":true,\"last\":null,\"used\":\"812\",\"diskSpaceFreeMB\":\"-0.5\"}";

	expect(doc, doc);
}

TEST(R49_every_other_text_becomes_its_length)
{
	expect("{\"printers\":[{\"name\":\"prn01\\\\HP-1F\",\"status\":\"NO_TONER\","
	       "\"physicalPrinterId\":\"net://"
	       "10.0.0.5\"}],\"ip\":\"10.0.0.20\",\"comment\":\"10.0.0.20\"}",
	       "{\"printers\":[{\"name\":\"<text of 11>\",\"status\":\"NO_TONER\","
	       "\"physicalPrinterId\":\"<text of 14>\"}],\"ip\":\"<text of 9>\","
	       "\"comment\":\"<text of 9>\"}");
}

TEST(a_name_that_is_a_number_or_a_known_word_is_a_name_all_the_same)
{
	expect("{\"name\":12345,\"host\":\"OK\",\"names\":[\"SENTINEL\"]}",
	       "{\"name\":\"<number>\",\"host\":\"<text of 2>\",\"names\":[\"<text of 8>\"]}");
}

TEST(numbers_that_name_somebody_are_texts)
{
	expect("{\"comment\":\"0301234567\",\"value\":\"4930123456\",\"message\":\"007\"}",
	       "{\"comment\":\"<text of 10>\",\"value\":\"<text of 10>\","
	       "\"message\":\"<text of 3>\"}");
	expect("{\"contact\":{\"value\":42,\"items\":[\"OK\",7]},\"crn\":5551}",
	       "{\"contact\":{\"value\":\"<number>\",\"items\":[\"<text of 2>\",\"<number>\"]},"
	       "\"<name 1>\":\"<number>\"}");
}

TEST(a_person_or_printer_is_no_member_even_if_its_name_looks_like_one)
{
	expect("{\"users\":{\"jane\":3,\"janeDoe\":{\"count\":1},\"printerRicoh\":1,\"\":0}}",
	       "{\"users\":{\"<name 1>\":3,\"<name 2>\":{\"count\":1},\"<name 3>\":1,"
	       "\"<name 4>\":0}}");
}

TEST(members_that_are_no_names_of_the_vendor_are_numbered)
{
	expect("{\"licensePacks\":{\"Ricoh SENTINEL\":2,\"x@example.org\":{\"count\":1}}}",
	       "{\"licensePacks\":{\"<name 1>\":2,\"<name 2>\":{\"count\":1}}}");
}

TEST(version_and_system_are_written_anew)
{
	expect("{\"version\":\"22.0.4 (Build 65000) SENTINEL\",\"operatingSystem\":\"Windows "
	       "Server "
	       "2019 - 10.0 (SENTINEL)\"}",
	       "{\"version\":\"22.0.4 (Build 65000)\",\"operatingSystem\":\"Windows Server <and 23 "
	       "more>\"}");
	expect("{\"version\":\"SENTINEL\",\"operatingSystem\":\"Plan 9\"}",
	       "{\"version\":\"<text of 8>\",\"operatingSystem\":\"<text of 6>\"}");
}

TEST(long_lists_are_cut_and_counted)
{
	struct buf body = buf_new(KIB), out = buf_new(KIB);

	buf_puts(&body, "{\"items\":[1");
	for (int i = 1; i < REDACT_ITEMS_MAX + 3; i++)
		buf_puts(&body, ",1");
	buf_puts(&body, "]}");
	assert_true(redact_json(buf_str(&body), &out));
	assert_non_null(strstr((const char *)out.data, ",\"<3 more>\"]}"));
	buf_done(&body);
	buf_done(&out);
}

TEST(a_csv_keeps_titles_of_known_words_and_no_field)
{
	struct buf out = buf_new(KIB);

	redact_csv(STR("Server Name,\"Printer Name\",SENTINEL\r\nprn01,\"SENTINEL\",x\r\n"), &out);
	assert_string_equal((const char *)out.data,
			    "{\"titles\":[\"Server Name\",\"Printer Name\",\"<text of 8>\"],"
			    "\"columns\":3,\"rows\":1,\"quoted\":true}");
	buf_done(&out);
}

TEST(media_types_are_known_ones_or_other)
{
	const char *charset;

	assert_string_equal(redact_media_type(STR("text/HTML; charset=UTF-8"), &charset),
			    "text/html");
	assert_string_equal(charset, "utf-8");
	assert_string_equal(redact_media_type(STR("x/SENTINEL; a=b"), &charset), "other");
	assert_null(charset);
	assert_string_equal(redact_media_type((struct str){}, &charset), "none");
}

TEST(what_is_no_object_is_not_taken)
{
	struct buf out = buf_new(KIB);

	assert_false(redact_json(STR("<html>SENTINEL"), &out));
	assert_false(redact_json(STR("\"SENTINEL\""), &out));
	assert_int_equal(out.len, 0);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(form_numbers_and_known_words_stay),
		RUN(R49_every_other_text_becomes_its_length),
		RUN(a_name_that_is_a_number_or_a_known_word_is_a_name_all_the_same),
		RUN(numbers_that_name_somebody_are_texts),
		RUN(a_person_or_printer_is_no_member_even_if_its_name_looks_like_one),
		RUN(members_that_are_no_names_of_the_vendor_are_numbered),
		RUN(version_and_system_are_written_anew),
		RUN(long_lists_are_cut_and_counted),
		RUN(a_csv_keeps_titles_of_known_words_and_no_field),
		RUN(media_types_are_known_ones_or_other),
		RUN(what_is_no_object_is_not_taken),
	};

	return cmocka_run_group_tests_name("connector.redact", tests, NULL, NULL);
}
