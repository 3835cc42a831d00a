/* past.c - see past.h. */
#include "connector/session/past.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "connector/home.h"
#include "model/words.h"
#include <errno.h>
#include <string.h>

struct past_file {
	struct json_list items; /* struct past_session * */
};

#define AT(member) offsetof(struct past_session, member)

/* clang-format off */
static const struct json_field session_fields[] = {
	{ "id",		JSON_ID,   AT(id), JSON_REQUIRED, .min = ID_SESS },
	{ "target_kind", JSON_ENUM, AT(kind), JSON_REQUIRED, .names = target_kind_names },
	{ "state",	JSON_ENUM, AT(state), JSON_REQUIRED, .names = session_state_names },
	{ "why",	JSON_ENUM, AT(why), .names = session_why_names },
	{ "asked_at",	JSON_TIME, AT(asked_ms), .flags = JSON_REQUIRED },
	{ "opened_at",	JSON_TIME, AT(opened_ms), .flags = 0 },
	{ "seen_at",	JSON_TIME, AT(seen_ms), .flags = 0 },
	{ "ended_at",	JSON_TIME, AT(ended_ms), .flags = 0 },
	{ "bytes_up",	JSON_INT,  AT(bytes_up), .min = 0, .max = INT64_MAX },
	{ "bytes_down",	JSON_INT,  AT(bytes_down), .min = 0, .max = INT64_MAX },
	{ "requests",	JSON_INT,  AT(requests), .min = 0, .max = INT64_MAX },
	{ "told",	JSON_BOOL, AT(told), .flags = 0 },
	{}
};
#undef AT
static const struct json_schema session_schema = {
	"PastSession", sizeof(struct past_session), 0, session_fields
};
static const struct json_field file_fields[] = {
	{ "sessions", JSON_LIST, offsetof(struct past_file, items), JSON_REQUIRED, .max = PAST_MAX,
	  .sub = &session_schema },
	{}
};
const struct json_schema past_file_schema = {
	"PastSessions", sizeof(struct past_file), 0, file_fields
};
/* clang-format on */

struct past_session *past_find(struct past *p, struct id id)
{
	for (size_t i = p->len; i-- > 0;)
		if (id_eq(p->items[i].id, id))
			return &p->items[i];
	return NULL;
}

static bool is_over(const struct past_session *one)
{
	return session_is_over((enum session_state)one->state);
}

static bool is_told(const struct past_session *one)
{
	return is_over(one) && one->told == JSON_TRUE;
}

static bool was_only_asked_for(const struct past_session *one)
{
	return is_over(one) && one->opened_ms == JSON_ABSENT_INT;
}

static bool was_asked_for_and_told(const struct past_session *one)
{
	return was_only_asked_for(one) && is_told(one);
}

/* PAST_MAX: there is none. */
static size_t oldest(const struct past *p, bool (*is)(const struct past_session *one))
{
	for (size_t i = 0; i < p->len; i++)
		if (is(&p->items[i]))
			return i;
	return PAST_MAX;
}

/* Who has to go.  What really was is not pushed out by what was only asked for, whether or not the
 * hub says that it has heard of it: of that a share may stay, and beyond it the oldest goes first.
 */
static size_t least_wanted(const struct past *p)
{
	size_t only_asked = 0, at = PAST_MAX;

	for (size_t i = 0; i < p->len; i++)
		only_asked += was_only_asked_for(&p->items[i]);
	if (only_asked > PAST_ASKED)
		at = oldest(p, was_asked_for_and_told);
	if (only_asked > PAST_ASKED && at == PAST_MAX)
		at = oldest(p, was_only_asked_for);
	if (at == PAST_MAX)
		at = oldest(p, is_told);
	if (at == PAST_MAX)
		at = oldest(p, is_over);
	return at == PAST_MAX ? 0 : at;
}

struct past_session *past_add(struct past *p, struct id id)
{
	struct past_session *one;

	if (p->len == PAST_MAX) {
		size_t at = least_wanted(p);

		memmove(&p->items[at], &p->items[at + 1],
			(PAST_MAX - 1 - at) * sizeof(p->items[0]));
		p->len--;
	}
	one = &p->items[p->len++];
	json_init(&session_schema, one);
	one->id = id;
	one->asked_ms = clock_wall_ms();
	one->bytes_up = one->bytes_down = one->requests = 0;
	return one;
}

static int64_t or_none(int64_t count)
{
	return count == JSON_ABSENT_INT ? 0 : count;
}

static void take(struct past *p, const struct past_session *row)
{
	struct past_session *one = past_add(p, row->id);

	*one = *row;
	one->bytes_up = or_none(row->bytes_up);
	one->bytes_down = or_none(row->bytes_down);
	one->requests = or_none(row->requests);
	if (is_over(one)) {
		if (one->why < 0)
			one->why = WHY_FAILED;
		if (one->ended_ms == JSON_ABSENT_INT)
			one->ended_ms = one->asked_ms;
		return;
	}
	/* The process that knew more of it is gone. */
	one->state = one->state == SESSION_OPEN ? SESSION_ENDED : SESSION_REFUSED;
	one->why = WHY_RESTARTED;
	one->ended_ms = row->seen_ms != JSON_ABSENT_INT     ? row->seen_ms
			: row->opened_ms != JSON_ABSENT_INT ? row->opened_ms
							    : row->asked_ms;
	one->told = JSON_UNSAID;
}

static void take_all(struct past *p, const struct past_file *file)
{
	p->len = 0;
	for (size_t i = 0; i < file->items.len; i++)
		take(p, file->items.items[i]);
}

int past_parse(struct str text, struct past *ret_past)
{
	struct json_problem problem;
	struct arena mem = {};
	struct past_file file;
	int rc = json_decode(&past_file_schema, text.p, text.len, &mem, &file, &problem);

	if (rc == 0)
		take_all(ret_past, &file);
	arena_done(&mem);
	return rc < 0 ? ERR_CORRUPT : 0;
}

void past_load(const char *dir, struct past *ret_past)
{
	struct past_file file;
	struct arena mem = {};
	int rc = home_load(dir, HOME_SESSIONS, &past_file_schema, &mem, &file);

	ret_past->len = 0;
	if (rc == 0)
		take_all(ret_past, &file);
	else if (rc != -ENOENT)
		log_event(EV_OUTBOX_FAILED, "code=%s", "sessions");
	arena_done(&mem);
}

static struct past_file rows(const struct past *p, void *items[static PAST_MAX])
{
	for (size_t i = 0; i < p->len; i++)
		items[i] = (void *)&p->items[i];
	return (struct past_file){ { items, p->len } };
}

void past_print(const struct past *p, struct buf *out)
{
	void *items[PAST_MAX];
	struct past_file file = rows(p, items);

	json_encode(&past_file_schema, &file, 0, out);
}

int past_save(const char *dir, const struct past *p)
{
	void *items[PAST_MAX];
	struct past_file file = rows(p, items);

	return home_show(dir, HOME_SESSIONS, &past_file_schema, &file);
}
