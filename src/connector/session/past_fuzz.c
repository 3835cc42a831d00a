/* past_fuzz.c - any octets as sessions.json: what is read is over and whole, and is written as what
 * reads the same. */
#include "connector/session/past.h"
#include "model/words.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define ROOM (256 * KIB)

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void check(const struct past_session *one)
{
	expect(session_is_over((enum session_state)one->state));
	expect(one->why >= 0 && session_why_names[one->why]);
	expect(one->kind >= 0 && target_kind_names[one->kind]);
	expect(one->asked_ms != JSON_ABSENT_INT && one->ended_ms != JSON_ABSENT_INT);
	expect(one->bytes_up >= 0 && one->bytes_down >= 0 && one->requests >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct past p;
	struct buf once = buf_new(ROOM), twice = buf_new(ROOM);

	if (past_parse((struct str){ (const char *)data, len }, &p) == 0) {
		expect(p.len <= PAST_MAX);
		for (size_t i = 0; i < p.len; i++)
			check(&p.items[i]);
		past_print(&p, &once);
		expect(buf_status(&once) == 0 && past_parse(buf_str(&once), &p) == 0);
		past_print(&p, &twice);
		expect(str_eq(buf_str(&once), buf_str(&twice)));
	}
	buf_done(&once);
	buf_done(&twice);
	return 0;
}
