/* setup.c - the commands that set a hub up: init, user add, check-config, routes. */
#include "hub/commands.h"

#include "api/openapi.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/password.h"
#include "base/os.h"
#include "db/keyring.h"
#include "hub/auth/auth.h"
#include "hub/config.h"
#include "hub/connector/connector.h"
#include "hub/customer/customer.h"
#include "hub/known.h"
#include "hub/provider/provider.h"
#include "hub/site/site.h"
#include "net/tls.h"
#include <stdio.h>
#include <string.h>

#define PASSWORD_MIN_LEN 12
#define CONFIG_MAX       (64 * KIB)

static int failed(const char *what, int rc)
{
	fprintf(stderr, "imprimatur-hub: %s: %s\n", what, err_title(rc));
	return EXIT_FAILED;
}

/* ---- the store, while no hub runs or beside it ---- */

struct store {
	struct keyring *keys;
	struct db *db;
};

static void store_close(struct store *s)
{
	if (s->db)
		db_close(&s->db);
	if (s->keys)
		keyring_close(&s->keys);
}

/* False after telling why it cannot be opened; to be closed all the same. */
static bool store_open(const struct hub_config *config, struct arena *mem, struct store *s)
{
	struct hub_paths paths = hub_paths_of(mem, config);
	int rc = keyring_open(config->master_key_file, paths.keys, &s->keys);

	if (rc < 0) {
		failed("the keys", rc);
		return false;
	}
	rc = db_open(paths.database, s->keys, &s->db);
	if (rc < 0)
		failed("the database", rc);
	return rc == 0;
}

/* ---- user add ---- */

struct add_job {
	struct provider_user_in in;
	struct id provider, user;
};

static int add_run(struct system_db *db, struct arena *mem, void *arg)
{
	struct add_job *job = arg;

	return provider_add_user(db, mem, &job->in, &job->provider, &job->user);
}

static int user_failed(int rc)
{
	if (rc != ERR_CONFLICT)
		return failed("the database", rc);
	fprintf(stderr, "imprimatur-hub: this e-mail address has a user already\n");
	return EXIT_FAILED;
}

static int add_user(struct store *store, struct add_job *job, struct arena *mem)
{
	char id[ID_TEXT_MAX];
	int rc;

	job->in.email_hash = email_hash(store->keys, job->in.email);
	rc = db_wait_system_write(store->db, add_run, job, mem);
	if (rc < 0)
		return user_failed(rc);
	id_encode(ID_USER, job->user, id);
	printf("%s\n", id);
	return EXIT_DONE;
}

/* The PHC string of the password from standard input; false after telling what is wrong with it. */
static bool read_password(char out[static PASSWORD_HASH_MAX])
{
	struct buf text = buf_new(PASSWORD_MAX);
	bool ok = os_read_line("Password: ", true, &text) == 0 && text.len >= PASSWORD_MIN_LEN;

	if (ok)
		password_hash(buf_str(&text), out);
	else
		fprintf(stderr, "imprimatur-hub: the password must have %d to %d characters\n",
			PASSWORD_MIN_LEN, PASSWORD_MAX);
	buf_wipe(&text);
	return ok;
}

/* NULL, or what is wrong with one of the arguments that describe a user.  provider: who has it. */
static const char *user_problem(const struct args *args, const char *provider,
				struct provider_user_in *in, char email[static EMAIL_MAX_LEN + 1])
{
	const char *language = args_get(args, "--language"), *name = args_get(args, "--name");
	const char *address = args_get(args, "--email");

	in->provider = provider;
	in->name = name ? name : address;
	in->email = email;
	in->language = language ? -1 : 0;
	for (int i = 0; language && hub_language_names[i]; i++) {
		if (strcmp(language, hub_language_names[i]) == 0)
			in->language = i;
	}
	if (!hub_name_ok(in->provider))
		return "--provider, --solo: it must be a name";
	if (!address || !email_fold(str_of(address), email))
		return "--email: it must be an e-mail address";
	if (!hub_name_ok(in->name))
		return "--name: it must be a name";
	return in->language < 0 ? "--language: en, fr or de" : NULL;
}

static int wrong_usage(const char *problem)
{
	fprintf(stderr, "imprimatur-hub: %s\n", problem);
	return EXIT_USAGE;
}

int command_user_add(const struct args *args)
{
	char email[EMAIL_MAX_LEN + 1], password[PASSWORD_HASH_MAX] = "";
	struct add_job job = {};
	const char *problem = user_problem(args, args_get(args, "--provider"), &job.in, email);
	struct hub_config config;
	struct arena mem = {};
	struct store store = {};
	int code = EXIT_FAILED;

	if (problem)
		return wrong_usage(problem);
	if (hub_config_load(args_get(args, "--config"), &mem, &config) && read_password(password) &&
	    store_open(&config, &mem, &store)) {
		job.in.password = password;
		code = add_user(&store, &job, &mem);
	}
	store_close(&store);
	arena_done(&mem);
	return code;
}

/* ---- support add, list, remove ---- */

static struct change_in by_operator(enum change_verb verb)
{
	return (struct change_in){ .verb = verb, .actor_kind = ACTOR_OPERATOR };
}

#define SUPPORT_PROVIDER "Support"
#define SUPPORT_MAX      1000

struct support_job {
	struct provider_user_in in;
	struct id user;
	struct person_row *people;
	size_t len;
};

static int support_add_run(struct system_db *db, struct arena *mem, void *arg)
{
	struct support_job *job = arg;

	return provider_add_support(db, mem, &job->in, &job->user);
}

static int support_list_run(struct system_db *db, struct arena *mem, void *arg)
{
	struct support_job *job = arg;
	struct id provider;
	int rc = provider_operator(db, &provider);

	if (rc < 0)
		return rc == ERR_NOT_FOUND ? 0 : rc;
	return person_list(system_tenant(db, provider), mem, (struct id){}, SUPPORT_MAX,
			   &job->people, &job->len);
}

static int support_remove_run(struct system_db *db, struct arena *mem, void *arg)
{
	struct support_job *job = arg;
	struct change_in change = by_operator(CHANGE_USER_REMOVED);
	struct person_found found;
	struct tenant_db *home;
	int rc = person_by_email(db, &job->in.email_hash, &found);

	if (rc == 0 && found.role != ROLE_SUPPORT)
		rc = ERR_NOT_FOUND;
	if (rc < 0)
		return rc;
	home = system_tenant(db, found.provider);
	change.object_kind = ID_USER;
	change.object = found.id;
	rc = person_remove(home, found.id);
	if (rc == 0)
		rc = auth_logins_remove(db, found.id);
	return rc < 0 ? rc : change_write(home, &change);
}

static int support_run(const struct args *args, db_system_fn fn, struct support_job *job,
		       struct arena *mem)
{
	struct hub_config config;
	struct store store = {};
	int rc = ERR_CONFIG;

	if (hub_config_load(args_get(args, "--config"), mem, &config) &&
	    store_open(&config, mem, &store)) {
		if (job->in.email)
			job->in.email_hash = email_hash(store.keys, job->in.email);
		rc = db_wait_system_write(store.db, fn, job, mem);
		if (rc == ERR_NOT_FOUND)
			fprintf(stderr, "imprimatur-hub: nobody of support has this address\n");
		else if (rc < 0)
			(void)user_failed(rc);
	}
	store_close(&store);
	return rc < 0 ? EXIT_FAILED : EXIT_DONE;
}

int command_support_add(const struct args *args)
{
	char email[EMAIL_MAX_LEN + 1], password[PASSWORD_HASH_MAX] = "", id[ID_TEXT_MAX];
	struct support_job job = {};
	const char *problem = user_problem(args, SUPPORT_PROVIDER, &job.in, email);
	struct arena mem = {};
	int code = EXIT_FAILED;

	if (problem)
		return wrong_usage(problem);
	job.in.password = password;
	if (read_password(password))
		code = support_run(args, support_add_run, &job, &mem);
	if (code == EXIT_DONE) {
		id_encode(ID_USER, job.user, id);
		printf("%s\n", id);
	}
	arena_done(&mem);
	return code;
}

int command_support_list(const struct args *args)
{
	struct support_job job = {};
	struct arena mem = {};
	int code = support_run(args, support_list_run, &job, &mem);

	for (size_t i = 0; i < job.len; i++)
		printf("%s\t%s\n", job.people[i].person.email, job.people[i].person.name);
	arena_done(&mem);
	return code;
}

int command_support_remove(const struct args *args)
{
	const char *address = args_get(args, "--email");
	char email[EMAIL_MAX_LEN + 1];
	struct support_job job = {};
	struct arena mem = {};
	int code;

	if (!address || !email_fold(str_of(address), email))
		return wrong_usage("--email: it must be an e-mail address");
	job.in.email = email;
	code = support_run(args, support_remove_run, &job, &mem);
	arena_done(&mem);
	return code;
}

/* ---- init --solo: one organisation that watches its own printers ---- */

#define SOLO_SITE "Print server"

struct solo {
	struct provider_user_in user;
	char email[EMAIL_MAX_LEN + 1], password[PASSWORD_HASH_MAX];
	struct customer customer; /* the organisation itself */
	struct site_new site;
	struct invitation_new invitation;
};

static int solo_run(struct system_db *system, struct arena *mem, void *arg)
{
	struct solo *s = arg;
	struct change_in customer = by_operator(CHANGE_CUSTOMER_MADE);
	struct change_in site = by_operator(CHANGE_SITE_MADE);
	struct change_in invitation = by_operator(CHANGE_INVITATION_MADE);
	struct tenant_db *db;
	struct id provider, user;
	int rc = provider_add_user(system, mem, &s->user, &provider, &user);

	if (rc < 0)
		return rc;
	db = system_tenant(system, provider);
	rc = customer_make(db, &s->customer, &customer);
	if (rc == 0)
		rc = site_make(db, mem, &s->site, &site);
	return rc < 0 ? rc : invitation_make(db, &s->invitation, &invitation);
}

static const char *solo_problem(const struct args *args, struct solo *s)
{
	const char *site = args_get(args, "--site"), *name = args_get(args, "--solo");
	const char *problem = user_problem(args, name, &s->user, s->email);
	int64_t now_ms = clock_wall_ms();

	if (problem)
		return problem;
	if (site && !hub_name_ok(site))
		return "--site: it must be a name";
	s->customer =
		(struct customer){ id_new(), name, s->user.language, now_ms, JSON_ABSENT_INT };
	s->site = (struct site_new){ id_new(), s->customer.id, site ? site : SOLO_SITE, now_ms };
	s->user.password = s->password;
	return NULL;
}

static int solo_make(const struct hub_config *config, struct solo *s, struct arena *mem)
{
	struct store store = {};
	int code = EXIT_FAILED, rc;

	if (store_open(config, mem, &store)) {
		s->user.email_hash = email_hash(store.keys, s->email);
		rc = invitation_plan(store.keys, config->region, s->site.id, 0, &s->invitation);
		if (rc == 0)
			rc = db_wait_system_write(store.db, solo_run, s, mem);
		code = rc < 0 ? user_failed(rc) : EXIT_DONE;
	}
	store_close(&store);
	return code;
}

/* ---- init ---- */

static int write_config(const char *path, const struct hub_given *wanted, struct arena *mem)
{
	struct hub_given given = *wanted;
	struct buf text = buf_new(CONFIG_MAX);
	const char *authority, *colon;
	int rc;

	if (!hub_authority_of(mem, given.public_url, -1, &authority))
		return ERR_CONFIG;
	colon = strrchr(authority, ':');
	if (colon && strchr(colon, ']'))
		colon = NULL;
	given.listen = arena_printf(mem, "0.0.0.0:%s", colon ? colon + 1 : "443");
	if (hub_region_problem(given.region, HUB_REGIONS))
		given.regions = arena_printf(mem, HUB_REGIONS " %s", given.region);
	hub_config_write(&text, &given);
	rc = file_replace(path, text.data, text.len, FILE_PRIVATE);
	buf_done(&text);
	return rc;
}

static int make_folder(const char *dir, const struct hub_given *given, struct arena *mem)
{
	const char *config = arena_printf(mem, "%s/hub.conf", dir);
	const char *data = given->data_dir ? given->data_dir : arena_printf(mem, "%s/data", dir);
	const char *keys = arena_printf(mem, "%s/keys", data);
	const char *master = arena_printf(mem, "%s/master.key", dir);
	int rc;

	if (file_exists(config)) {
		fprintf(stderr, "imprimatur-hub: %s is there already\n", config);
		return EXIT_FAILED;
	}
	rc = file_make_dir(dir);
	if (rc < 0)
		return failed(dir, rc);
	rc = file_make_dir(data);
	if (rc < 0)
		return failed(data, rc);
	rc = keyring_init(master, keys);
	if (rc < 0)
		return failed(master, rc);
	rc = write_config(config, given, mem);
	if (rc < 0)
		return failed(config, rc);
	printf("Made %s.\nKeep a copy of %s where no backup of %s lies: without it nothing can be "
	       "read.\n",
	       config, master, data);
	return EXIT_DONE;
}

#define CERTIFICATE                                                                                \
	"Put the certificate of %s into %s/tls.pem and its key into %s/tls.key, then:\n"           \
	"       imprimatur-hub check-config --config %s/hub.conf\n"

static void tell_next(const struct hub_given *given, const char *dir, const struct solo *s)
{
	const char *url = given->public_url;

	if (!s) {
		printf(CERTIFICATE, url, dir, dir, dir);
		return;
	}
	printf("Three steps are left:\n"
	       "  1. " CERTIFICATE "     and start the hub: systemctl start imprimatur-hub\n"
	       "  2. On the print server: install the package from %s/install and enrol it with "
	       "the\n"
	       "     code of \"%s\", which is good for 14 days, for one use, and shown only here:\n"
	       "       %s\n"
	       "  3. Log in at %s as %s.\n",
	       url, dir, dir, dir, url, s->site.name, s->invitation.code, url, s->email);
}

/* Nothing is made unless all that is asked for is there. */
static int init(const char *dir, const struct hub_given *given, struct solo *s)
{
	struct hub_config config;
	struct arena mem = {};
	int code = EXIT_FAILED;

	if (!s || read_password(s->password))
		code = make_folder(dir, given, &mem);
	if (code == EXIT_DONE && s)
		code = hub_config_load(arena_printf(&mem, "%s/hub.conf", dir), &mem, &config)
			       ? solo_make(&config, s, &mem)
			       : EXIT_FAILED;
	if (code == EXIT_DONE)
		tell_next(given, dir, s);
	arena_done(&mem);
	return code;
}

static const char *init_problem(const struct hub_given *given)
{
	struct arena mem = {};
	const char *authority, *problem = NULL;

	if (!hub_authority_of(&mem, given->public_url, -1, &authority))
		problem = "--public-url: it must be https://NAME or https://NAME:PORT";
	else if (given->data_dir && given->data_dir[0] != '/')
		problem = "--data: it must be an absolute path";
	else if (hub_region_problem(given->region, given->region))
		problem = "--region: it must have 2 to 8 lower-case letters";
	arena_done(&mem);
	return problem;
}

int command_init(const struct args *args)
{
	struct hub_given given = {
		.public_url = args_get(args, "--public-url"),
		.region = args_get(args, "--region"),
		.data_dir = args_get(args, "--data"),
	};
	struct solo solo = {}, *s = args_get(args, "--solo") ? &solo : NULL;
	const char *problem;
	int code;

	if (!given.region)
		given.region = "us";
	problem = init_problem(&given);
	if (!problem && s)
		problem = solo_problem(args, s);
	code = problem ? wrong_usage(problem) : init(args_get(args, "--dir"), &given, s);
	secret_wipe(&solo, sizeof(solo));
	return code;
}

/* ---- check-config, routes ---- */

static int check_keys(const struct hub_config *config, struct arena *mem)
{
	const char *file = hub_paths_of(mem, config).keys;
	struct keyring *keys = NULL;
	int rc = keyring_open(config->master_key_file, file, &keys);

	keyring_close(&keys);
	return rc < 0 ? failed(file_exists(file) ? "master_key_file" : file, rc) : EXIT_DONE;
}

static int check_tls(const struct hub_config *config, struct arena *mem)
{
	struct tls_problem problem = {};
	struct tls *tls = NULL;
	int rc = tls_server_new(config->tls_certificate_file, config->tls_key_file, &tls, &problem);

	tls_free(&tls);
	if (rc < 0)
		fprintf(stderr, "imprimatur-hub: tls: %s\n", problem.text);
	return rc < 0 ? EXIT_FAILED : EXIT_DONE;
}

static int check_known(const struct hub_config *config, struct arena *mem)
{
	const char *file = config->vulnerable_versions_file;
	struct config_problem problem;

	if (!file || !*file || known_check(file, &problem) == 0)
		return EXIT_DONE;
	fprintf(stderr, "imprimatur-hub: vulnerable_versions: %s:%d: %s\n", file, problem.line,
		problem.text);
	return EXIT_FAILED;
}

/* No reason to refuse it: a hub that is tried out has no second domain. */
static int warn_of_cookies(const struct hub_config *config, struct arena *mem)
{
	const char *suffix = config->console_suffix;
	const char *host = hub_host_of(mem, config->public_url);

	if (suffix && *suffix && hub_same_site(host, suffix))
		fprintf(stderr,
			"imprimatur-hub: console_suffix: browsers may take %s and %s for one site, "
			"so that a device's page could set cookies for the dashboard: better a "
			"domain of its own\n",
			suffix, host);
	return EXIT_DONE;
}

/* All that is wrong is told, and not only what comes first. */
int command_check_config(const struct args *args)
{
	static int (*const checks[])(const struct hub_config *config,
				     struct arena *mem) = { check_keys, check_tls, check_known,
							    warn_of_cookies };
	struct hub_config config;
	struct arena mem = {};
	int code = EXIT_FAILED;

	if (hub_config_load(args_get(args, "--config"), &mem, &config)) {
		struct buf text = buf_new(CONFIG_MAX);

		config_print(hub_options, &config, &text);
		fputs((const char *)text.data, stdout);
		buf_done(&text);
		code = EXIT_DONE;
		for (size_t i = 0; i < ARRAY_LEN(checks); i++)
			if (checks[i](&config, &mem) != EXIT_DONE)
				code = EXIT_FAILED;
	}
	arena_done(&mem);
	return code;
}

int command_routes(const struct args *args)
{
	struct buf text = buf_new(MIB);

	openapi_write(hub_routes(), &hub_openapi_names, &text);
	fputs((const char *)text.data, stdout);
	buf_done(&text);
	return EXIT_DONE;
}
