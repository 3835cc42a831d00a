/* verdict.c - see verdict.h. */
#include "base/verdict.h"
#include "base/args.h"
#include "base/json.h"

#define JSON_MAX (64 * KIB)

static const char *const verdict_names[] = {
	[VERDICT_OK] = "ok",
	[VERDICT_WARN] = "warn",
	[VERDICT_FAIL] = "fail",
};

/* C0 but line end and tab, DEL and C1 (ECMA-48) move a terminal's cursor, and so does an octet of
 * C1 alone where it does not speak UTF-8. */
static bool is_bad(uint32_t c)
{
	return c == UTF8_BAD || (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0) ||
	       utf8_hidden(c);
}

static void put_clean(FILE *to, struct str s)
{
	while (s.len > 0) {
		const char *at = s.p;

		if (is_bad(utf8_take(&s)))
			putc('?', to);
		else
			fwrite(at, 1, (size_t)(s.p - at), to);
	}
}

void terminal_line(FILE *to, struct str text)
{
	put_clean(to, text);
	putc('\n', to);
}

void verdicts_begin(struct verdicts *v, bool as_json)
{
	*v = (struct verdicts){ .as_json = as_json, .json = buf_new(JSON_MAX) };
}

static void put_json(struct buf *out, enum verdict verdict, const char *check, const char *code,
		     struct str words)
{
	const struct {
		const char *name;
		struct str value;
	} members[] = {
		{ "check", str_of(check) },
		{ "verdict", str_of(verdict_names[verdict]) },
		{ "code", str_of(code) },
		{ "text", words },
	};

	buf_puts(out, out->len ? ",{" : "{");
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		buf_printf(out, "%s\"%s\":", i ? "," : "", members[i].name);
		json_put_text(out, members[i].value);
	}
	buf_putc(out, '}');
}

static void on_one_line(struct buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		if (b->data[i] == '\n' || b->data[i] == '\r')
			b->data[i] = ' ';
}

void verdict_tell(struct verdicts *v, enum verdict verdict, const char *check, const char *code,
		  struct str words)
{
	struct buf line = buf_new(5 * KIB);

	v->failed |= verdict == VERDICT_FAIL;
	if (!v->as_json)
		buf_printf(&line, "%-4s %-12s ", verdict_names[verdict], check);
	buf_putstr(&line, words);
	on_one_line(&line);
	if (v->as_json) {
		put_json(&v->json, verdict, check, code, buf_str(&line));
	} else {
		terminal_line(stdout, buf_str(&line));
		fflush(stdout);
	}
	buf_done(&line);
}

int verdicts_end(struct verdicts *v)
{
	if (v->as_json)
		printf("{\"ok\":%s,\"checks\":[%s]}\n", v->failed ? "false" : "true",
		       v->json.len ? (const char *)v->json.data : "");
	return v->failed ? EXIT_FAILED : EXIT_DONE;
}

void verdicts_done(struct verdicts *v)
{
	buf_done(&v->json);
}
