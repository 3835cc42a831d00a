/* doctor.c - the command doctor: can this machine run this hub, and if not, what is to be done?
 *
 * It changes nothing and may run beside the hub.  Core dumps have no row: the hub switches them off
 * itself and does not start where it cannot. */
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/os.h"
#include "base/verdict.h"
#include "db/db.h"
#include "db/keyring.h"
#include "hub/commands.h"
#include "hub/config.h"
#include "hub/known.h"
#include "hub/mail/mail.h"
#include "hub/package/package.h"
#include "net/resolve.h"
#include "net/tls.h"
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define DAY_MS            (86400 * (int64_t)1000)
#define CERTIFICATE_DAYS  14 /* what renews by itself does so earlier */
#define FREE_WARN_PERCENT 10
#define FREE_FAIL_PERCENT 2
#define FILES_ENOUGH      20000 /* two for each of 10,000 connectors: R51's hub */

struct doctor {
	const char *check; /* whose turn it is */
	struct verdicts verdicts;
	struct arena mem;
	struct hub_config config;
	struct hub_paths paths;
	const char *host; /* public_url's, without brackets */
};

static void PRINTF(4, 5)
	tell(struct doctor *d, enum verdict v, const char *code, const char *format, ...)
{
	char words[2048];
	va_list ap;

	va_start(ap, format);
	vsnprintf(words, sizeof(words), format, ap);
	va_end(ap);
	verdict_tell(&d->verdicts, v, d->check, code, str_of(words));
}

/* ---- what browsers and connectors see ---- */

static void check_name(struct doctor *d)
{
	const char *why;

	if (resolve_known(d->host, &why))
		tell(d, VERDICT_OK, "ok", "%s has an address", d->host);
	else
		tell(d, VERDICT_FAIL, "unknown",
		     "%s has no address (%s): enter public_url's name in the DNS", d->host, why);
}

static void tell_time(struct doctor *d, const struct tls *tls)
{
	int64_t now_ms = clock_wall_ms(), left_ms = tls_ends_ms(tls) - now_ms;
	long long days = left_ms / DAY_MS;
	char begins[TIME_TEXT_MAX];

	time_encode(tls_begins_ms(tls), begins);
	if (tls_begins_ms(tls) > now_ms)
		tell(d, VERDICT_FAIL, "early",
		     "it does not count before %s: put one that counts into %s, or set the clock "
		     "right",
		     begins, d->config.tls_certificate_file);
	else if (left_ms <= 0)
		tell(d, VERDICT_FAIL, "expired", "it has expired: put a new one into %s",
		     d->config.tls_certificate_file);
	else if (days < CERTIFICATE_DAYS)
		tell(d, VERDICT_WARN, "ending", "it expires in %lld days: renew it", days);
	else
		tell(d, VERDICT_OK, "ok", "it is good for another %lld days", days);
}

static void check_certificate(struct doctor *d)
{
	struct tls_problem problem = {};
	struct tls_view view;
	struct tls *tls = NULL;

	if (tls_server_new(d->config.tls_certificate_file, d->config.tls_key_file, &tls, &problem) <
	    0) {
		tell(d, VERDICT_FAIL, "bad",
		     "%s: set tls.certificate and tls.key to a pair that fits", problem.text);
		return;
	}
	tls_view(tls, d->host, &view);
	tell_time(d, tls);
	if (!view.covers)
		tell(d, VERDICT_FAIL, "other_name",
		     "it is not for %s: get one for public_url's name", d->host);
	if (!view.trusted)
		tell(d, VERDICT_WARN, "untrusted",
		     "this machine's roots do not vouch for it (%s): add its chain to "
		     "tls.certificate, or give each connector its authority with --ca",
		     view.why);
	tls_free(&tls);
}

static bool certificate_covers(const struct doctor *d, const char *host)
{
	struct tls_problem problem = {};
	struct tls_view view = { .covers = true }; /* one that is bad has had its verdict */
	struct tls *tls = NULL;

	if (tls_server_new(d->config.tls_certificate_file, d->config.tls_key_file, &tls,
			   &problem) == 0)
		tls_view(tls, host, &view);
	tls_free(&tls);
	return view.covers;
}

/* Each visit has a name of its own: what holds for one that nobody has holds for all. */
static void check_console(struct doctor *d)
{
	const char *suffix = d->config.console_suffix, *any, *why;

	if (!suffix || !*suffix) {
		tell(d, VERDICT_OK, "none", "no console_suffix: monitoring only");
		return;
	}
	any = arena_printf(&d->mem, "doctor.%s", suffix);
	if (!certificate_covers(d, any))
		tell(d, VERDICT_FAIL, "other_name",
		     "tls.certificate is not for *.%s, so that there are no visits: get one for "
		     "it and public_url's name",
		     suffix);
	else if (!resolve_known(any, &why))
		tell(d, VERDICT_FAIL, "unknown",
		     "names below %s have no address (%s): enter *.%s in the DNS", suffix, why,
		     suffix);
	else if (hub_same_site(d->host, suffix))
		tell(d, VERDICT_WARN, "shared",
		     "%s and public_url are below the same domain: a site's page can set cookies "
		     "for both, which may log technicians out; a domain of its own keeps them "
		     "apart",
		     suffix);
	else
		tell(d, VERDICT_OK, "ok", "tls.certificate is for *.%s, which has an address",
		     suffix);
}

static void check_tls_key(struct doctor *d)
{
	const char *file = d->config.tls_key_file;

	if (!file_exists(file))
		return; /* the certificate has had its verdict */
	if (file_is_private(file))
		tell(d, VERDICT_OK, "ok", "only its owner may read %s", file);
	else
		tell(d, VERDICT_WARN, "open", "others may read %s: chmod 600", file);
}

/* ---- the machine ---- */

static void check_clock(struct doctor *d)
{
	if (os_clock_is_synchronised())
		tell(d, VERDICT_OK, "ok", "the kernel's clock is synchronised");
	else
		tell(d, VERDICT_WARN, "free",
		     "nothing keeps the kernel's clock right: run chrony or systemd-timesyncd "
		     "(a container has its host's clock)");
}

static void check_swap(struct doctor *d)
{
	if (os_has_swap())
		tell(d, VERDICT_WARN, "on",
		     "swap is on, and what customers report may reach the disk unencrypted: "
		     "swapoff, or encrypt it");
	else
		tell(d, VERDICT_OK, "ok", "no swap");
}

static void check_files(struct doctor *d)
{
	long long limit = os_raise_file_limit();

	if (limit < FILES_ENOUGH)
		tell(d, VERDICT_WARN, "few",
		     "at most %lld open files here: raise LimitNOFILE to %d or more", limit,
		     FILES_ENOUGH);
	else
		tell(d, VERDICT_OK, "ok", "at most %lld open files here", limit);
}

/* ---- folders and keys ---- */

static void check_folder(struct doctor *d)
{
	const char *dir = d->config.data_dir;

	if (file_absent(dir))
		tell(d, VERDICT_FAIL, "none", "%s is not there: imprimatur-hub init makes it", dir);
	else if (!file_is_private(dir))
		tell(d, VERDICT_FAIL, "open", "others may read %s: chmod 700", dir);
	else if (file_exists(d->config.master_key_file) &&
		 !file_same_owner(dir, d->config.master_key_file))
		tell(d, VERDICT_FAIL, "owner",
		     "%s and master_key_file do not belong to the same account: chown", dir);
	else
		tell(d, VERDICT_OK, "ok", "only its owner may read %s", dir);
}

static void check_space(struct doctor *d)
{
	const char *dir = d->config.data_dir;
	int percent = file_free_percent(dir);
	enum verdict v = percent < FREE_FAIL_PERCENT ? VERDICT_FAIL : VERDICT_WARN;

	if (percent < 0)
		return; /* the folder has had its verdict */
	if (percent < FREE_WARN_PERCENT)
		tell(d, v, "full", "%d %% of the room or the inodes at %s are free: make room",
		     percent, dir);
	else
		tell(d, VERDICT_OK, "ok", "%d %% of the room and the inodes at %s are free",
		     percent, dir);
}

static bool lies_in(const char *file, const char *dir, struct arena *mem)
{
	struct str folder = str_of(arena_printf(mem, "%s/", file_folder(file, mem)));

	return str_starts(
		folder,
		str_of(arena_printf(mem, "%s/", file_folder(arena_printf(mem, "%s/x", dir), mem))));
}

static void check_master_key(struct doctor *d)
{
	const char *file = d->config.master_key_file;
	struct keyring *keys = NULL;
	int rc = keyring_open(file, d->paths.keys, &keys);

	keyring_close(&keys);
	if (lies_in(file, d->config.data_dir, &d->mem))
		tell(d, VERDICT_FAIL, "inside",
		     "%s lies in data_dir, and so in its backups: move it and set master_key_file",
		     file);
	else if (file_absent(file))
		tell(d, VERDICT_FAIL, "none", "%s is not there: bring back its copy", file);
	else if (file_absent(d->paths.keys))
		tell(d, VERDICT_FAIL, "no_keys",
		     "%s is not there: put the copy in its place that keys backup made",
		     d->paths.keys);
	else if (rc == ERR_CORRUPT)
		tell(d, VERDICT_FAIL, "damaged",
		     "%s is damaged: put the copy in its place that keys backup made",
		     d->paths.keys);
	else if (rc < 0)
		tell(d, VERDICT_FAIL, "bad",
		     "%s does not open data_dir/keys (%s): bring back the right one", file,
		     err_title(rc));
	else if (!file_is_private(file))
		tell(d, VERDICT_FAIL, "open", "others may read %s: chmod 600", file);
	else
		tell(d, VERDICT_OK, "ok", "%s opens data_dir/keys and lies outside", file);
}

/* ---- what the hub reads ---- */

static void check_database(struct doctor *d)
{
	int have = 0, last = 0;
	int rc = db_versions(d->paths.database, &have, &last);

	if (rc == -ENOENT)
		tell(d, VERDICT_OK, "none", "there is none yet: the first start makes it");
	else if (rc == ERR_NEWER)
		tell(d, VERDICT_FAIL, "newer",
		     "a newer version has written %s: install that one, or restore a backup",
		     d->paths.database);
	else if (rc < 0)
		tell(d, VERDICT_FAIL, "bad", "%s: %s: see verify and restore", d->paths.database,
		     err_title(rc));
	else if (have < last)
		tell(d, VERDICT_OK, "older", "schema %d: the next start brings it to %d", have,
		     last);
	else
		tell(d, VERDICT_OK, "ok", "schema %d", have);
}

static void check_vulnerable(struct doctor *d)
{
	const char *file = d->config.vulnerable_versions_file;
	struct config_problem problem;

	if (!file || !*file)
		return;
	if (known_check(file, &problem) < 0)
		tell(d, VERDICT_FAIL, "bad", "%s:%d: %s: correct vulnerable_versions", file,
		     problem.line, problem.text);
	else
		tell(d, VERDICT_OK, "ok", "%s can be read", file);
}

static void check_packages(struct doctor *d)
{
	const char *dir = d->config.packages_dir;
	struct packages *p = packages_load(dir);

	if (p->bad)
		tell(d, VERDICT_WARN, "bad",
		     "%zu in %s are not as SHA256SUMS says and are not handed out: copy them again",
		     p->bad, dir);
	else if (!p->len)
		tell(d, VERDICT_OK, "none", "none in %s: customers are offered none", dir);
	else
		tell(d, VERDICT_OK, "ok", "%zu in %s are as SHA256SUMS says", p->len, dir);
	packages_free(&p);
}

/* ---- mail ---- */

static void check_password_file(struct doctor *d)
{
	const char *file = d->config.mail_password_file;

	if (file && file_exists(file) && !file_is_private(file))
		tell(d, VERDICT_WARN, "open", "others may read %s: chmod 600", file);
}

static void check_mail(struct doctor *d)
{
	struct mail_probe probe = {};

	if (!hub_sends_mail(&d->config)) {
		tell(d, VERDICT_OK, "none", "no mail.server: invitations are passed on by hand");
		return;
	}
	check_password_file(d);
	mail_probe(&d->config, &probe);
	tell(d, probe.ok ? VERDICT_OK : VERDICT_FAIL, probe.code, "%s", probe.words);
}

static const struct {
	const char *name;
	void (*run)(struct doctor *d);
} checks[] = {
	{ "name", check_name },         { "certificate", check_certificate },
	{ "console", check_console },   { "tls-key", check_tls_key },
	{ "clock", check_clock },       { "swap", check_swap },
	{ "files", check_files },       { "folder", check_folder },
	{ "space", check_space },       { "master-key", check_master_key },
	{ "database", check_database }, { "vulnerable", check_vulnerable },
	{ "packages", check_packages }, { "mail", check_mail },
};

int command_doctor(const struct args *args)
{
	struct doctor d = {};
	int code = EXIT_FAILED;

	os_no_core_dumps();
	verdicts_begin(&d.verdicts, args_flag(args, "--json"));
	if (hub_config_load(args_get(args, "--config"), &d.mem, &d.config)) {
		d.paths = hub_paths_of(&d.mem, &d.config);
		d.host = hub_host_of(&d.mem, d.config.public_url);
		for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
			d.check = checks[i].name;
			checks[i].run(&d);
		}
		code = verdicts_end(&d.verdicts);
	}
	verdicts_done(&d.verdicts);
	arena_done(&d.mem);
	return code;
}
