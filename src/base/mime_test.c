/* mime_test.c - messages of plain text: what is written can be read back, and no name adds a
 * header. */
#include "base/mime.h"

#include "base/test.h"
#include <string.h>

static struct buf out;

static const struct mime_mail usual = {
	.from = "hub@example.test",
	.to = "it@example.test",
	.from_name = "ACME Print",
	.subject = "ACME Print: invitation for Head office",
	.message_id = "06f0",
	.language = "en",
	.at_ms = 1795729434000,
	.body = "Good day\n",
};

static const char *written(const struct mime_mail *m)
{
	buf_done(&out);
	out = buf_new(256 * KIB);
	mime_write(&out, m);
	assert_int_equal(buf_status(&out), 0);
	return (const char *)out.data;
}

static void has(const struct mime_mail *m, const char *part)
{
	if (!strstr(written(m), part))
		fail_msg("no %s in %s", part, (const char *)out.data);
}

TEST(a_plain_message_stands_as_it_is)
{
	struct mime_mail m = usual;

	m.reply_to = "dana@example.test";
	assert_string_equal(written(&m), "From: ACME Print\r\n <hub@example.test>\r\n"
					 "To: <it@example.test>\r\n"
					 "Reply-To: <dana@example.test>\r\n"
					 "Subject: ACME Print: invitation for Head office\r\n"
					 "Date: Thu, 26 Nov 2026 21:43:54 +0000\r\n"
					 "Message-ID:\r\n <06f0@example.test>\r\n"
					 "Auto-Submitted: auto-generated\r\n"
					 "Content-Language: en\r\n"
					 "MIME-Version: 1.0\r\n"
					 "Content-Type: text/plain; charset=utf-8\r\n"
					 "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
					 "Good day\r\n\r\n");
}

TEST(what_is_not_plain_becomes_encoded_words_that_cut_no_character)
{
	struct mime_mail m = usual;

	m.subject = "Klinikum Süd: Einladung für Haus B, Gebäude 17, Keller";
	m.from_name = "Bürobedarf, Inh. \"Müller\"";
	has(&m, "Subject: =?UTF-8?B?S2xpbmlrdW0gU8O8ZDogRWlubGFkdW5nIGbDvHIgSGF1cyBC?=\r\n "
		"=?UTF-8?B?LCBHZWLDpHVkZSAxNywgS2VsbGVy?=\r\n");
	has(&m, "From: =?UTF-8?B?QsO8cm9iZWRhcmYsIEluaC4gIk3DvGxsZXIi?=\r\n <hub@example.test>");
	/* "=?" in a name is not taken for one. */
	m.subject = "=?UTF-8?Q?=0D=0ABcc:_x?=";
	has(&m, "Subject: =?UTF-8?B?PT9VVEYtOD9RPz0wRD0wQUJjYzpfeD89?=\r\n");
}

TEST(a_hostile_name_adds_no_line_to_the_header)
{
	static const char *const hostile[] = { "x\r\nBcc: all@example.test\r\n\r\nbody",
					       "x\nBcc: y",
					       "x\rBcc: y",
					       "\xe2\x80\xa8"
					       "Bcc: y",
					       "\xc2\x85"
					       "Bcc: y",
					       "\xe2\x80\xae evil",
					       "\xff\xfe\r\n",
					       "",
					       " " };
	struct mime_mail m = usual;

	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		const char *text, *end;

		m.subject = m.from_name = hostile[i];
		text = written(&m);
		end = strstr(text, "\r\n\r\n");
		assert_non_null(end);
		assert_string_equal(end + 4, "Good day\r\n\r\n");
		for (const char *c = text; c < end; c++)
			assert_true((*c >= ' ' && *c < 0x7f) || *c == '\r' || *c == '\n');
		for (const char *c = strstr(text, "\n"); c && c < end; c = strstr(c + 1, "\n"))
			assert_memory_not_equal(c, "\nBcc", 4);
	}
}

TEST(lines_of_any_length_are_broken_softly_and_spaces_at_their_ends_kept)
{
	static char body[4000];
	struct mime_mail m = usual;
	size_t col = 0;

	memset(body, 'a', sizeof(body) - 20);
	strcat(body, "=é\n end \n.");
	m.body = body;
	for (const char *c = written(&m); *c; c++) {
		col = *c == '\n' ? 0 : col + 1;
		assert_true(col <= 78);
	}
	has(&m, "=3D=C3=A9\r\n end=20\r\n.\r\n");
}

TEST(addresses_are_dot_atoms_at_host_names)
{
	static const char *const good[] = { "a@b", "dana.doe+x@mail.example.test", "o'neil@x-y.z" };
	static const char *const bad[] = { "",        "@",       "a",     "a@",    "@b",
					   "a@b@c",   "a b@c",   "a@b c", ".a@b",  "a..b@c",
					   "a.@b",    "a@b.",    "a@.b",  "<a@b>", "a@b,c@d",
					   "\"a\"@b", "a@[::1]", "ü@b",   "a@ü",   "a@b\r\nX: y" };
	char longest[300];

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(mime_address_ok(str_of(good[i])));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (mime_address_ok(str_of(bad[i])))
			fail_msg("%s is taken", bad[i]);
	}
	assert_false(mime_address_ok((struct str){ "a\0b@c", 5 }));
	memset(longest, 'a', sizeof(longest));
	memcpy(longest + 65, "@b", 3);
	assert_false(mime_address_ok(str_of(longest)));
	assert_true(mime_address_ok(str_of(longest + 1)));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RUN(a_plain_message_stands_as_it_is),
		RUN(what_is_not_plain_becomes_encoded_words_that_cut_no_character),
		RUN(a_hostile_name_adds_no_line_to_the_header),
		RUN(lines_of_any_length_are_broken_softly_and_spaces_at_their_ends_kept),
		RUN(addresses_are_dot_atoms_at_host_names),
	};
	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	buf_done(&out);
	return rc;
}
