/* outbox_ledger.c - reading what was sent, beside a running connector; see outbox.h. */
#include "connector/outbox.h"
#include "connector/outbox_state.h"
#include "connector/segment.h"
#include "base/err.h"
#include <errno.h>

struct reading {
	const char *dir;
	struct outbox_state st;
	int (*fn)(const struct record *r, enum ledger_state state, void *arg);
	void *arg;
};

static enum ledger_state state_of(uint64_t acked, const struct ranges *beyond,
				  const struct ranges *tried, uint64_t seq)
{
	if (seq <= acked || ranges_have(beyond, seq))
		return LEDGER_ACKED;
	return ranges_have(tried, seq) ? LEDGER_TRIED : LEDGER_WAITING;
}

static enum ledger_state record_state(const struct outbox_state *st, const struct record *r)
{
	if (epoch_eq(&r->epoch, &st->epoch))
		return state_of(st->acked, &st->beyond, &st->tried, r->seq);
	for (unsigned i = 0; i < st->past_len; i++) {
		const struct outbox_past *p = &st->past[i];

		if (epoch_eq(&r->epoch, &p->epoch))
			return state_of(p->acked, &p->beyond, &p->tried, r->seq);
	}
	/* So old that only settled records of it are left. */
	return LEDGER_ACKED;
}

static int read_segment(const struct reading *l, uint64_t number)
{
	struct segment_reader r = {};
	char path[SEGMENT_PATH_MAX];
	struct record rec;
	int rc, stop = 0;

	segment_path(l->dir, number, path);
	if (!file_exists(path))
		return 0; /* its time was over meanwhile */
	rc = file_log_open(path, &r.file);
	if (rc < 0)
		return rc;
	while (stop == 0 && (rc = segment_next(&r, &rec)) == 1)
		stop = l->fn(&rec, record_state(&l->st, &rec), l->arg);
	segment_reader_done(&r);
	file_log_close(&r.file);
	/* A record that is being written at this moment is no damage. */
	return stop ? stop : rc == ERR_RECORD ? 0 : rc < 0 ? rc : 0;
}

static int read_name(const char *name, void *arg)
{
	uint64_t number = segment_number(name);

	return number ? read_segment(arg, number) : 0;
}

struct search {
	uint64_t below, best;
};

static int look_at(const char *name, void *arg)
{
	uint64_t number = segment_number(name);
	struct search *s = arg;

	if (number < s->below && number > s->best)
		s->best = number;
	return 0;
}

int outbox_ledger_segment(const char *dir, uint64_t *segment,
			  int (*fn)(const struct record *r, enum ledger_state state, void *arg),
			  void *arg)
{
	struct reading l = { .dir = dir, .fn = fn, .arg = arg };
	struct search s = { .below = *segment };
	int rc = outbox_state_load(dir, &l.st);

	if (rc == 0)
		rc = file_list(dir, look_at, &s);
	if (rc < 0 && rc != -ENOENT)
		return rc;
	*segment = s.best;
	return s.best ? read_segment(&l, s.best) : 0;
}

int outbox_ledger(const char *dir,
		  int (*fn)(const struct record *r, enum ledger_state state, void *arg), void *arg)
{
	struct reading l = { .dir = dir, .fn = fn, .arg = arg };
	int rc = outbox_state_load(dir, &l.st);

	if (rc == -ENOENT)
		return 0;
	return rc < 0 ? rc : file_list(dir, read_name, &l);
}
