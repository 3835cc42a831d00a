/* clock.c - CLOCK_REALTIME and CLOCK_MONOTONIC in milliseconds. */
#include "base/clock.h"
#include "base/os.h"

#include <time.h>

static int64_t now_ms(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) < 0)
		die("the clock cannot be read");
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#if TEST_HOOKS
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static const volatile int64_t *shift_ms;
static _Atomic int64_t skipped_ms;
static int64_t speed = 1, from_wall_ms, from_mono_ms;

/* A test moves the clock of a running program by writing eight octets into a file. */
static void map_shift(void)
{
	const char *path = getenv("IMPRIMATUR_TEST_CLOCK");
	void *p;
	int fd;

	if (!path)
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("IMPRIMATUR_TEST_CLOCK: %s cannot be opened", path);
	p = mmap(NULL, sizeof(*shift_ms), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		die("IMPRIMATUR_TEST_CLOCK: %s cannot be mapped", path);
	shift_ms = p;
}

/* Programs that are given the same moment keep the same time. */
static void read_speed(void)
{
	const char *text = getenv("IMPRIMATUR_TEST_SPEED");
	char *end;

	from_mono_ms = now_ms(CLOCK_MONOTONIC);
	if (!text)
		return;
	speed = strtoll(text, &end, 10);
	if (*end == '@')
		from_wall_ms = strtoll(end + 1, &end, 10);
	if (speed < 1 || from_wall_ms < 1 || *end)
		die("IMPRIMATUR_TEST_SPEED: %s is not SPEED@MOMENT", text);
}

static void set_up(void)
{
	map_shift();
	read_speed();
}

static void set_up_once(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, set_up);
}

int64_t clock_wall_ms(void)
{
	set_up_once();
	return from_wall_ms + (now_ms(CLOCK_REALTIME) - from_wall_ms) * speed + skipped_ms +
	       (shift_ms ? *shift_ms : 0);
}

int64_t clock_mono_ms(void)
{
	set_up_once();
	return from_mono_ms + (now_ms(CLOCK_MONOTONIC) - from_mono_ms) * speed + skipped_ms;
}

int64_t clock_real_ms(int64_t ms)
{
	set_up_once();
	return (ms + speed - 1) / speed;
}

bool clock_skip_ms(int64_t ms)
{
	assert(ms >= 0);
	skipped_ms += ms;
	return true;
}
#else
int64_t clock_wall_ms(void)
{
	return now_ms(CLOCK_REALTIME);
}

int64_t clock_mono_ms(void)
{
	return now_ms(CLOCK_MONOTONIC);
}

int64_t clock_real_ms(int64_t ms)
{
	return ms;
}

bool clock_skip_ms(int64_t ms)
{
	return false;
}
#endif

static struct tm local_time(int64_t wall_ms)
{
	/* Rounded down, also before 1970. */
	time_t s = (time_t)(wall_ms / 1000 - (wall_ms % 1000 < 0));
	struct tm tm = {};

	tzset(); /* localtime_r() need not look at the zone's file (POSIX) */
	localtime_r(&s, &tm);
	return tm;
}

void clock_local(int64_t wall_ms, struct clock_local *ret_local)
{
	struct tm tm = local_time(wall_ms);

	ret_local->weekday = (tm.tm_wday + 6) % 7;
	ret_local->minute = tm.tm_hour * 60 + tm.tm_min;
	ret_local->offset = (int)(tm.tm_gmtoff / 60);
}

void clock_text(int64_t wall_ms, char out[static CLOCK_TEXT_MAX])
{
	struct tm tm = local_time(wall_ms);

	/* A zone may have a name of any length: then without it. */
	if (strftime(out, CLOCK_TEXT_MAX, "%Y-%m-%d %H:%M %Z", &tm) == 0)
		(void)strftime(out, CLOCK_TEXT_MAX, "%Y-%m-%d %H:%M", &tm);
}
