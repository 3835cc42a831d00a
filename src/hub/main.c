/* main.c - imprimatur-hub: its commands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/args.h"
#include "base/file.h"
#include "base/os.h"
#include "base/password.h"
#include "db/keyring.h"
#include "hub/config.h"
#include "hub/provider/provider.h"
#include "hub/serve.h"

#define PASSWORD_MIN 12
#define PATH_SIZE 4096

static int fail(const char *what, int rc)
{
	fprintf(stderr, "imprimatur-hub: %s: %s\n", what, err_title(rc));
	return EXIT_FAILED;
}

static int read_config(const struct args *args, struct arena *mem, struct hub_config *ret_config)
{
	const char *path = args_get(args, "--config");
	struct config_problem problem;
	int rc = hub_config_read(path, mem, ret_config, &problem);

	if (rc == ERR_CONFIG && problem.line)
		fprintf(stderr, "%s:%d: %s\n", path, problem.line, problem.text);
	else if (rc == ERR_CONFIG)
		fprintf(stderr, "%s: %s\n", path, problem.text);
	else if (rc < 0)
		fail(path, rc);
	return rc;
}

/* -- init */

/* Every option with its help; those that were decided now are set, the rest are commented defaults. */
static void write_options(struct buf *out, const char *public_url, const char *region)
{
	buf_puts(out, "# The hub's options; `imprimatur-hub check-config` says what holds.\n");
	for (const struct option *o = hub_options; o->name; o++) {
		const char *value = strcmp(o->name, "public_url") == 0 ? public_url
				    : strcmp(o->name, "region") == 0   ? region
								       : NULL;

		buf_printf(out, "\n# %s\n%s%s = %s\n", o->help, value ? "" : "# ", o->name,
			   value ? value : o->value ? o->value : "");
	}
}

static int init_files(const char *dir, const char *public_url, const char *region)
{
	char conf[PATH_SIZE], master[PATH_SIZE], data[PATH_SIZE], keys[PATH_SIZE];
	struct buf text = buf_new(16 * KIB);
	int rc;

	snprintf(conf, sizeof(conf), "%s/hub.conf", dir);
	snprintf(master, sizeof(master), "%s/master.key", dir);
	snprintf(data, sizeof(data), "%s/data", dir);
	snprintf(keys, sizeof(keys), "%s/data/keys", dir);
	if (file_exists(conf))
		return fail(conf, ERR_CONFLICT);
	rc = file_make_dir(data);
	if (rc == 0)
		rc = keyring_init(master, keys);
	if (rc < 0)
		return fail("the keys cannot be made", rc);
	write_options(&text, public_url, region);
	rc = buf_status(&text);
	if (rc == 0)
		rc = file_replace(conf, text.data, text.len, FILE_PRIVATE);
	buf_done(&text);
	if (rc < 0)
		return fail(conf, rc);
	printf("Made %s, %s and %s.\nKeep a copy of master.key in another place: without it no backup "
	       "can be read, with it every one can.\n", conf, master, data);
	return EXIT_DONE;
}

static int run_init(const struct args *args)
{
	const char *url = args_get(args, "--public-url");
	const char *region = args_get(args, "--region");
	struct arena mem = { 0 };
	bool ok = hub_origin_of(url, &mem) != NULL;

	arena_done(&mem);
	if (!ok) {
		fprintf(stderr, "imprimatur-hub: --public-url has to be https:// and a host in lower "
				"case, with a port if it is not 443\n");
		return EXIT_USAGE;
	}
	return init_files(args_get(args, "--dir"), url, region ? region : "de");
}

/* -- check-config */

static int run_check_config(const struct args *args)
{
	struct arena mem = { 0 };
	struct hub_config config;
	struct buf out = buf_new(64 * KIB);
	int rc = read_config(args, &mem, &config);

	if (rc == 0) {
		config_print(hub_options, &config, &out);
		fwrite(out.data, 1, out.len, stdout);
	}
	buf_done(&out);
	arena_done(&mem);
	return rc == 0 ? EXIT_DONE : EXIT_FAILED;
}

/* -- serve */

static int run_serve(const struct args *args)
{
	const char *parent = args_get(args, "--parent-pid");
	struct serve_options options = {
		.listen = args_get(args, "--listen"),
		.ready = args_get(args, "--ready"),
		.parent_pid = parent ? strtoll(parent, NULL, 10) : 0,
	};
	struct arena mem = { 0 };
	struct hub_config config;
	int rc = read_config(args, &mem, &config);

	if (rc == 0)
		rc = hub_serve(&config, &options);
	arena_done(&mem);
	return rc == 0 ? EXIT_DONE : EXIT_FAILED;
}

/* -- user add */

struct add_job {
	struct provider_user_in in;
	struct id provider, user;
};

static int add_run(struct system_db *db, struct arena *mem, void *arg)
{
	struct add_job *job = arg;

	return provider_add_user(db, mem, &job->in, &job->provider, &job->user);
}

static int read_password(char hash[static PASSWORD_HASH_MAX])
{
	struct buf line = buf_new(PASSWORD_MAX);
	int rc = os_read_line("Password: ", true, &line);

	if (rc == 0 && line.len < PASSWORD_MIN) {
		fprintf(stderr, "imprimatur-hub: a password has at least %d characters\n", PASSWORD_MIN);
		rc = ERR_INVALID;
	} else if (rc == 0) {
		password_hash(buf_str(&line), hash);
	} else {
		fail("no password could be read", rc);
	}
	buf_wipe(&line);
	return rc;
}

static int add_user(const struct hub_config *config, struct add_job *job, struct arena *mem)
{
	struct keyring *keys = NULL;
	struct db *db = NULL;
	char user[ID_TEXT_MAX];
	int rc = hub_open_store(config, &keys, &db);

	if (rc < 0)
		return EXIT_FAILED;
	job->in.email_hash = email_hash(keys, job->in.email);
	rc = db_wait_system_write(db, add_run, job, mem);
	db_close(&db);
	keyring_close(&keys);
	if (rc < 0)
		return fail("the user cannot be added", rc);
	id_encode(ID_USER, job->user, user);
	printf("%s\n", user);
	return EXIT_DONE;
}

static int run_user_add(const struct args *args)
{
	const char *language = args_get(args, "--language");
	char email[EMAIL_MAX_LEN + 1], hash[PASSWORD_HASH_MAX];
	struct add_job job = { .in = {
		.provider = args_get(args, "--provider"),
		.email = email,
		.name = args_get(args, "--name"),
		.password = hash,
	} };
	struct arena mem = { 0 };
	struct hub_config config;
	int code = EXIT_FAILED;

	while (language && hub_language_names[job.in.language] &&
	       strcmp(hub_language_names[job.in.language], language) != 0)
		job.in.language++;
	if (!hub_language_names[job.in.language] || !hub_name_ok(job.in.provider) ||
	    !hub_name_ok(job.in.name) || !email_fold(str_of(args_get(args, "--email")), email)) {
		fprintf(stderr, "imprimatur-hub: a name is empty, the e-mail address is none, or the "
				"language is not en, fr or de\n");
		return EXIT_USAGE;
	}
	if (read_config(args, &mem, &config) == 0 && read_password(hash) == 0)
		code = add_user(&config, &job, &mem);
	secret_wipe(hash, sizeof(hash));
	arena_done(&mem);
	return code;
}

/* -- The table */

static const struct arg init_args[] = {
	{ "--dir", "DIR", ARG_REQUIRED, "Folder of hub.conf, master.key and data/" },
	{ "--public-url", "URL", ARG_REQUIRED, "What browsers and connectors use" },
	{ "--region", "NAME", 0, "us, de (if left out), uk, au" },
	{ NULL, NULL, 0, NULL },
};

static const struct arg serve_args[] = {
	{ "--config", "FILE", ARG_REQUIRED, "hub.conf" },
	{ "--listen", "ADDRESS:PORT", 0, "Instead of the configured" },
	{ "--ready", "FILE", 0, "Written once it serves" },
	{ "--parent-pid", "PID", 0, "Ends when that process does" },
	{ NULL, NULL, 0, NULL },
};

static const struct arg user_args[] = {
	{ "--config", "FILE", ARG_REQUIRED, "hub.conf" },
	{ "--provider", "NAME", ARG_REQUIRED, "Made if it is new" },
	{ "--email", "ADDRESS", ARG_REQUIRED, "What the user logs in with" },
	{ "--name", "NAME", ARG_REQUIRED, "The person's name" },
	{ "--language", "CODE", 0, "en (if left out), fr, de" },
	{ NULL, NULL, 0, NULL },
};

static const struct arg check_args[] = {
	{ "--config", "FILE", ARG_REQUIRED, "hub.conf" },
	{ NULL, NULL, 0, NULL },
};

static const struct command commands[] = {
	{ "init", init_args, NULL, "Make a hub's folder: options, keys", run_init },
	{ "serve", serve_args, NULL, "Serve until told to stop", run_serve },
	{ "user add", user_args, NULL, "Add a user; the password is read from standard input", run_user_add },
	{ "check-config", check_args, NULL, "Check hub.conf and print what holds", run_check_config },
	{ NULL, NULL, NULL, NULL, NULL },
};

int main(int argc, char **argv)
{
	return args_main(argc, argv, "imprimatur-hub", commands);
}
