/* writer.c - see writer.h. */
#include "sim/writer.h"
#include "base/json.h"
#include "sim/marks.h"
#include <inttypes.h>

static void begin(struct writer *w, const char *name)
{
	if (w->more)
		buf_putc(w->out, ',');
	w->more = true;
	if (!name)
		return;
	json_put_text(w->out, str_of(name));
	buf_putc(w->out, ':');
}

void w_open(struct writer *w, const char *name, char bracket)
{
	begin(w, name);
	buf_putc(w->out, bracket);
	w->more = false;
}

/* What a newer server may add, nobody knows: it must not get through either. */
static const char *const new_members[] = { "contact", "lastUser", "lastDocument", "location",
					   "simulatedNewMember" };

void w_close(struct writer *w, char bracket)
{
	for (size_t i = 0; w->marks && bracket == '}' && i < ARRAY_LEN(new_members); i++)
		w_free_text(w, new_members[i], "new");
	buf_putc(w->out, bracket);
	w->more = true;
}

void w_text(struct writer *w, const char *name, const char *value)
{
	begin(w, name);
	json_put_text(w->out, str_of(value));
}

void w_free_text(struct writer *w, const char *name, const char *value)
{
	char word[MARK_SIZE];
	struct buf text;

	if (!w->marks)
		return w_text(w, name, value);
	/* By its place in the document. */
	mark(w->marks, MARK_NEVER, word, "%s %s at %zu", w->document, name ? name : "item",
	     w->out->len);
	text = buf_new(64 * KIB);
	buf_printf(&text, "%s %s", value, word);
	begin(w, name);
	json_put_text(w->out, buf_str(&text));
	buf_done(&text);
}

void w_int(struct writer *w, const char *name, int64_t value)
{
	begin(w, name);
	buf_printf(w->out, "%" PRId64, value);
}

void w_real(struct writer *w, const char *name, double value)
{
	begin(w, name);
	buf_printf(w->out, "%.2f", value);
}

void w_bool(struct writer *w, const char *name, bool value)
{
	begin(w, name);
	buf_puts(w->out, value ? "true" : "false");
}
