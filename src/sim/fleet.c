/* fleet.c - `imprimatur-sim fleet`; see fleet.h. */
#include "sim/fleet.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/os.h"
#include "net/dial.h"
#include "net/tls.h"
#include "sim/fleet_site.h"
#include "sim/person.h"

#define SITES_MAX      100000
#define SPEED_MAX      100000
#define BEGIN_EVERY_MS 200 /* a hub takes ten codes a second, and each site shows its own twice */
#define ROOM           64  /* descriptors that are no site's */
#define END_MS         10000
#define CODES_MAX      (8 * MIB)

const struct arg fleet_args[] = {
	{ "--hub", "URL", ARG_REQUIRED, "https://name or https://name:port" },
	{ "--ca", "FILE", 0, "who signed its certificate (the system's roots)" },
	{ "--email", "E", 0,
	  "a user who may make sites; the password is the first line of standard input" },
	{ "--codes", "FILE", 0, "instead: enrolment codes, one a line" },
	{ "--sites", "N", 0, "how many (30)" },
	{ "--seed", "N", 0, "other numbers, other lives (1)" },
	{ "--speed", "N", 0, "how many times as fast they live (1)" },
	{ "--plan", "FILE", 0, "who lives how is written there, one JSON object a line" },
	{ "--ready", "FILE", 0, "Written when all have enrolled and reported" },
	{ "--parent-pid", "PID", 0, "Ends when that process does" },
	{},
};

struct run {
	struct fleet fleet;
	struct tls *tls;
	struct dial *dial;
	struct person *person;
	struct timer next;
	size_t begun;
	uint64_t seed;
	char name[256], authority[270];
	const char *ready;
};

static struct run *run_of(struct fleet *f)
{
	return CONTAINER_OF(f, struct run, fleet);
}

/* ---- whose sites they are ---- */

/* `status`: of person_call(), or an error. */
static bool refused(int status, const char *what)
{
	if (status < 0)
		fprintf(stderr, "fleet: %s: %s\n", what, err_title(status));
	else
		fprintf(stderr, "fleet: %s: the hub says %d%s\n", what, status,
			status == 403 ? ": have the hub terms been accepted in the dashboard?"
				      : "");
	return false;
}

static bool log_in(struct run *r, const char *email)
{
	struct buf password = buf_new(300);
	int status;

	if (os_read_line("Password: ", true, &password) < 0)
		return refused(ERR_INVALID, "the password");
	buf_putc(&password, 0);
	status = person_login(r->person, email, (const char *)password.data);
	buf_wipe(&password);
	return status == 201 || refused(status, "the login");
}

static bool make_customer(struct run *r, size_t number, char id[static PERSON_ID_MAX])
{
	struct buf body = buf_new(KIB);
	char name[LIFE_NAME_MAX];
	struct person_made made;
	int status;

	life_customer_name(r->seed, life_customer(number), name);
	buf_puts(&body, "{\"name\":");
	json_put_text(&body, str_of(name));
	buf_puts(&body, "}");
	buf_putc(&body, 0);
	status = person_make(r->person, "/api/v1/customers", (const char *)body.data, &made);
	buf_done(&body);
	if (status == 201)
		snprintf(id, PERSON_ID_MAX, "%s", made.id);
	return status == 201 || refused(status, "a customer");
}

static bool make_site(struct run *r, struct fleet_site *s, const char *customer)
{
	struct buf body = buf_new(KIB);
	char name[LIFE_NAME_MAX], path[120];
	struct person_made made;
	int status;

	life_site_name(&s->life, name);
	buf_printf(&body, "{\"customer_id\":\"%s\",\"name\":", customer);
	json_put_text(&body, str_of(name));
	buf_puts(&body, "}");
	buf_putc(&body, 0);
	status = person_make(r->person, "/api/v1/sites", (const char *)body.data, &made);
	buf_done(&body);
	if (status != 201)
		return refused(status, "a site");
	snprintf(path, sizeof(path), "/api/v1/sites/%s/invitations", made.id);
	status = person_make(r->person, path, "{}", &made);
	if (status == 201)
		snprintf(s->code, sizeof(s->code), "%s", made.code);
	secret_wipe(&made, sizeof(made));
	return status == 201 || refused(status, "an invitation");
}

static bool make_sites(struct run *r, const char *email)
{
	char customer[PERSON_ID_MAX] = "";

	if (!log_in(r, email))
		return false;
	for (size_t n = 0; n < r->fleet.len; n++) {
		if ((n == 0 || life_customer(n) != life_customer(n - 1)) &&
		    !make_customer(r, n, customer))
			return false;
		if (!make_site(r, &r->fleet.sites[n], customer))
			return false;
	}
	return true;
}

/* As many sites as there are codes. */
static bool read_codes(struct run *r, const char *path)
{
	struct buf text = buf_new(CODES_MAX);
	struct str rest, line;
	size_t n = 0;
	int rc = file_read(path, &text);

	rest = buf_str(&text);
	while (rc == 0 && n < r->fleet.len && rest.len && str_split(&rest, '\n', &line)) {
		struct code code;

		line = str_trim(line);
		if (!line.len)
			continue;
		rc = code_parse(line, &code);
		if (rc == 0)
			code_encode(&code, r->fleet.sites[n++].code);
		secret_wipe(&code, sizeof(code));
	}
	buf_wipe(&text);
	r->fleet.len = n;
	if (rc == 0 && n == 0)
		rc = ERR_CODE_UNKNOWN;
	return rc == 0 || refused(rc, "the codes");
}

/* ---- beginning and end ---- */

static void write_ready(struct fleet *f)
{
	struct run *r = run_of(f);
	struct buf out = buf_new(KIB);

	if (f->settled < f->len)
		return;
	fprintf(stderr, "fleet: all %zu sites have told what they have to tell\n", f->len);
	buf_printf(&out, "{\"pid\":%" PRId64 ",\"url\":\"https://%s\"}\n", os_pid(), r->authority);
	if (r->ready && file_replace(r->ready, out.data, out.len, FILE_PUBLIC) < 0)
		fprintf(stderr, "fleet: the ready file cannot be written\n");
	buf_done(&out);
}

static void begin_next(struct timer *t)
{
	struct run *r = CONTAINER_OF(t, struct run, next);
	struct fleet *f = &r->fleet;
	struct fleet_site *s;

	if (r->begun == f->len)
		return;
	s = &f->sites[r->begun++];
	if (s->life.profile->invited_only) {
		f->settled++;
		write_ready(f);
		timer_start(f->loop, t, 0);
		return;
	}
	fleet_site_begin(s);
	timer_start(f->loop, t, BEGIN_EVERY_MS);
}

static void on_stop(void *arg)
{
	loop_stop(((struct run *)arg)->fleet.loop);
}

static void live(struct run *r, int64_t parent)
{
	struct fleet *f = &r->fleet;

	f->began_mono_ms = clock_mono_ms();
	f->on_settled = write_ready;
	loop_on_stop(f->loop, on_stop, r);
	if (parent)
		loop_on_process_end(f->loop, parent, on_stop, r);
	timer_init(&r->next, begin_next);
	timer_start(f->loop, &r->next, 0);
	loop_run(f->loop);
	timer_stop(f->loop, &r->next);
	fleet_end(f, END_MS);
	printf("sites %zu settled %zu reports %zu polls %zu refused %zu cut %zu\n", f->len,
	       f->settled, f->reports, f->polls, f->refused, f->cut);
}

/* ---- options ---- */

static bool number_of(const struct args *args, const char *name, uint64_t otherwise, uint64_t most,
		      uint64_t *ret)
{
	const char *given = args_get(args, name);

	*ret = otherwise;
	if (!given || (str_to_u64(str_of(given), ret) && *ret >= 1 && *ret <= most))
		return true;
	fprintf(stderr, "fleet: %s needs a number from 1 to %" PRIu64 "\n", name, most);
	return false;
}

/* "https://name:port", the port 443 if there is none. */
static bool read_url(struct run *r, const char *url)
{
	static const char scheme[] = "https://";
	struct str rest = str_of(url), name;
	uint64_t port = 443;

	if (strncmp(url, scheme, strlen(scheme)) != 0)
		return refused(ERR_CONFIG, "--hub");
	rest = (struct str){ url + strlen(scheme), rest.len - strlen(scheme) };
	if (rest.len && rest.p[rest.len - 1] == '/')
		rest.len--;
	if (rest.len >= sizeof(r->name) || memchr(rest.p, '/', rest.len))
		return refused(ERR_CONFIG, "--hub");
	snprintf(r->authority, sizeof(r->authority), "%.*s", (int)rest.len, rest.p);
	if (!str_split(&rest, ':', &name) || !name.len ||
	    (rest.len && (!str_to_u64(rest, &port) || port > UINT16_MAX)))
		return refused(ERR_CONFIG, "--hub");
	snprintf(r->name, sizeof(r->name), "%.*s", (int)name.len, name.p);
	return true;
}

static bool reach_hub(struct run *r, const struct args *args)
{
	const char *why = "";
	struct tls_problem problem;
	char port[8] = "443";
	const char *colon;

	if (!read_url(r, args_get(args, "--hub")))
		return false;
	colon = strrchr(r->authority, ':');
	if (colon)
		snprintf(port, sizeof(port), "%s", colon + 1);
	if (tls_client_new(args_get(args, "--ca"), &r->tls, &problem) < 0) {
		fprintf(stderr, "fleet: %s\n", problem.text);
		return false;
	}
	if (dial_new(r->name, (uint16_t)strtoul(port, NULL, 10), &r->dial, &why) < 0) {
		fprintf(stderr, "fleet: %s: %s\n", r->name, why);
		return false;
	}
	r->fleet.hub = (struct client_hub){ r->fleet.loop, r->tls, r->dial, r->name, r->authority };
	r->person = person_new(r->fleet.loop, args_get(args, "--hub"), args_get(args, "--ca"));
	return true;
}

/* Fewer sites than wanted where the system does not allow so many descriptors. */
static void make_lives(struct run *r, size_t wanted)
{
	struct fleet *f = &r->fleet;
	int64_t files = os_raise_file_limit();

	f->len = wanted;
	if ((int64_t)wanted + ROOM > files) {
		f->len = files > ROOM ? (size_t)(files - ROOM) : 0;
		fprintf(stderr,
			"fleet: %zu sites instead of %zu: no more files may be open (ulimit -Hn)\n",
			f->len, wanted);
	}
	f->today_ms = clock_wall_ms();
	f->sites = xcalloc(f->len + 1, sizeof(*f->sites));
	for (size_t n = 0; n < f->len; n++) {
		f->sites[n].fleet = f;
		life_make(r->seed, n, f->today_ms, &f->sites[n].life);
	}
}

static bool write_plan(const struct run *r, const char *path)
{
	struct buf out = buf_new(SITES_MAX * 4 * LIFE_NAME_MAX);
	int rc;

	life_plan(r->seed, r->fleet.len, r->fleet.today_ms, &out);
	rc = file_replace(path, out.data, out.len, FILE_PUBLIC);
	buf_done(&out);
	return rc == 0 || refused(rc, "--plan");
}

static bool set_up(struct run *r, const struct args *args)
{
	const char *email = args_get(args, "--email"), *codes = args_get(args, "--codes");
	const char *plan = args_get(args, "--plan");

	if (!email == !codes) {
		fprintf(stderr, "fleet: either --email or --codes\n");
		return false;
	}
	if (!reach_hub(r, args) || !(email ? make_sites(r, email) : read_codes(r, codes)))
		return false;
	return !plan || write_plan(r, plan);
}

static void tear_down(struct run *r)
{
	for (size_t n = 0; n < r->fleet.len; n++)
		fleet_site_free(&r->fleet.sites[n]);
	free(r->fleet.sites);
	person_free(&r->person);
	loop_free(&r->fleet.loop);
	tls_free(&r->tls);
	dial_free(&r->dial);
}

int fleet_run(const struct args *args)
{
	struct run r = { .ready = args_get(args, "--ready") };
	uint64_t sites, speed, parent;
	int code = EXIT_FAILED;

	if (!number_of(args, "--sites", 30, SITES_MAX, &sites) ||
	    !number_of(args, "--seed", 1, UINT64_MAX, &r.seed) ||
	    !number_of(args, "--speed", 1, SPEED_MAX, &speed) ||
	    !number_of(args, "--parent-pid", 0, INT32_MAX, &parent))
		return EXIT_USAGE;
	r.fleet.speed = (int64_t)speed;
	r.fleet.loop = loop_new();
	make_lives(&r, (size_t)sites);
	if (set_up(&r, args)) {
		live(&r, (int64_t)parent);
		code = EXIT_DONE;
	}
	tear_down(&r);
	return code;
}
