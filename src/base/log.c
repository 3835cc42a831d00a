/* log.c - formats one line on the stack and writes it in one go.
 *
 * The format is walked here instead of by vsnprintf alone, because only so a %s can be quoted: what
 * a %s brings may contain anything, what the format itself contains is ours. */
#include "base/log.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048
#define NAME_MAX_BYTES 32

static const struct row {
	const char *name;
	enum log_level level;
	const char *text;
} rows[] = {
#define X(name, level, text) [name] = { #name, level, text },
#include "base/log.def"
#undef X
};

static const char *const level_names[] = { "error", "warn", "info", "debug" };
static _Atomic int level_max = LOG_INFO;
static char names[LOG_EVENTS][NAME_MAX_BYTES];

struct line {
	char text[LINE_MAX_BYTES];
	size_t len; /* one octet is kept free for the newline */
};

void log_set_level(enum log_level level)
{
	atomic_store(&level_max, level);
}

/* EV_HUB_UP -> hub_up */
static void make_names(void)
{
	for (int e = 0; e < LOG_EVENTS; e++) {
		const char *from = rows[e].name + strlen("EV_");

		assert(strlen(from) < NAME_MAX_BYTES);
		for (size_t i = 0; from[i]; i++)
			names[e][i] = (char)tolower((unsigned char)from[i]);
	}
}

const char *log_event_name(enum log_event event)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	assert((unsigned)event < LOG_EVENTS);
	pthread_once(&once, make_names);
	return names[event];
}

const char *log_event_text(enum log_event event)
{
	assert((unsigned)event < LOG_EVENTS);
	return rows[event].text;
}

static void put(struct line *l, const char *s, size_t len)
{
	size_t room = sizeof(l->text) - 1 - l->len;

	if (len > room)
		len = room;
	memcpy(l->text + l->len, s, len);
	l->len += len;
}

static bool plain(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '=')
			return false;
	}
	return s.len > 0;
}

/* C0 and C1 controls, DEL and what is no UTF-8 would reach a terminal otherwise. */
static void put_escaped(struct line *l, struct str *rest)
{
	struct str at = *rest;
	uint32_t code = utf8_take(rest);
	size_t len = at.len - rest->len;
	char hex[8];

	if (code == '"' || code == '\\') {
		put(l, "\\", 1);
		put(l, at.p, len);
	} else if (code == '\n') {
		put(l, "\\n", 2);
	} else if (code < ' ' || (code >= 0x7f && code < 0xa0) || code == UTF8_BAD) {
		for (size_t i = 0; i < len; i++)
			put(l, hex,
			    (size_t)snprintf(hex, sizeof(hex), "\\x%02x", (unsigned char)at.p[i]));
	} else {
		put(l, at.p, len);
	}
}

static void put_value(struct line *l, struct str s)
{
	if (plain(s)) {
		put(l, s.p, s.len);
		return;
	}
	put(l, "\"", 1);
	while (s.len > 0)
		put_escaped(l, &s);
	put(l, "\"", 1);
}

/* One conversion at fmt (behind '%'); the octets of it.  It knows what log calls use, no more. */
static size_t put_conversion(struct line *l, const char *fmt, va_list *ap)
{
	size_t longs = strspn(fmt, "l");
	size_t len = longs + (fmt[0] == 'z' ? 1u : 0u);
	char text[32];
	int n = 0;

	if (strncmp(fmt, ".*s", 3) == 0) {
		int max = va_arg(*ap, int);
		const char *s = va_arg(*ap, const char *);

		put_value(l, (struct str){ s, s && max > 0 ? strnlen(s, (size_t)max) : 0 });
		return 3;
	}
	switch (fmt[len]) {
	case 's':
		put_value(l, str_of(va_arg(*ap, const char *)));
		return len + 1;
	case 'd':
		n = snprintf(text, sizeof(text), "%" PRId64,
			     len ? va_arg(*ap, int64_t) : (int64_t)va_arg(*ap, int));
		break;
	case 'u':
		n = snprintf(text, sizeof(text), "%" PRIu64,
			     len ? va_arg(*ap, uint64_t) : (uint64_t)va_arg(*ap, unsigned));
		break;
	case 'x':
		n = snprintf(text, sizeof(text), "%" PRIx64,
			     len ? va_arg(*ap, uint64_t) : (uint64_t)va_arg(*ap, unsigned));
		break;
	default:
		assert(!"a conversion that log_event does not know");
	}
	put(l, text, (size_t)n);
	return len + 1;
}

static void put_format(struct line *l, const char *fmt, va_list *ap)
{
	while (*fmt) {
		size_t len = strcspn(fmt, "%");

		put(l, fmt, len);
		fmt += len;
		if (*fmt)
			fmt += 1 + put_conversion(l, fmt + 1, ap);
	}
}

void log_event(enum log_event event, const char *fmt, ...)
{
	const char *name = log_event_name(event);
	char at[TIME_TEXT_MAX];
	struct line l;
	va_list ap;

	if ((int)rows[event].level > atomic_load(&level_max))
		return;
	time_encode(clock_wall_ms(), at);
	l.len = (size_t)snprintf(l.text, sizeof(l.text), "level=%s at=%s event=%s%s",
				 level_names[rows[event].level], at, name, *fmt ? " " : "");
	va_start(ap, fmt);
	put_format(&l, fmt, &ap);
	va_end(ap);
	l.text[l.len++] = '\n';
	/* A log that cannot be written has nobody to tell. */
	while (write(STDERR_FILENO, l.text, l.len) < 0 && errno == EINTR)
		;
}
