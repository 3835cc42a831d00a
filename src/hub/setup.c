/* setup.c - the commands that set a hub up: init, user add, check-config, routes. */
#include "hub/commands.h"

#include "api/openapi.h"
#include "base/file.h"
#include "base/password.h"
#include "base/os.h"
#include "db/keyring.h"
#include "hub/config.h"
#include "hub/provider/provider.h"
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

static int init_folder(const char *dir, const struct hub_given *given, struct arena *mem)
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
	printf("Put the certificate of %s into %s/tls.pem and its key into %s/tls.key, then:\n"
	       "  imprimatur-hub check-config --config %s\n",
	       given->public_url, dir, dir, config);
	return EXIT_DONE;
}

int command_init(const struct args *args)
{
	struct hub_given given = {
		.public_url = args_get(args, "--public-url"),
		.region = args_get(args, "--region"),
		.data_dir = args_get(args, "--data"),
	};
	const char *authority, *problem = NULL;
	struct arena mem = {};
	int code = EXIT_USAGE;

	if (!given.region)
		given.region = "us";
	if (!hub_authority_of(&mem, given.public_url, -1, &authority))
		problem = "--public-url: it must be https://NAME or https://NAME:PORT";
	else if (given.data_dir && given.data_dir[0] != '/')
		problem = "--data: it must be an absolute path";
	else if (hub_region_problem(given.region, given.region))
		problem = "--region: it must have 2 to 8 lower-case letters";
	if (problem)
		fprintf(stderr, "imprimatur-hub: %s\n", problem);
	else
		code = init_folder(args_get(args, "--dir"), &given, &mem);
	arena_done(&mem);
	return code;
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

static int add_user(const struct hub_config *config, struct add_job *job, struct arena *mem)
{
	struct hub_paths paths = hub_paths_of(mem, config);
	struct keyring *keys = NULL;
	struct db *db = NULL;
	char id[ID_TEXT_MAX];
	int rc = keyring_open(config->master_key_file, paths.keys, &keys);

	if (rc < 0)
		return failed("the keys", rc);
	rc = db_open(paths.database, keys, &db);
	if (rc == 0) {
		job->in.email_hash = email_hash(keys, job->in.email);
		rc = db_wait_system_write(db, add_run, job, mem);
		db_close(&db);
	}
	keyring_close(&keys);
	if (rc == ERR_CONFLICT) {
		fprintf(stderr, "imprimatur-hub: this e-mail address has a user already\n");
		return EXIT_FAILED;
	}
	if (rc < 0)
		return failed("the database", rc);
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

static const char *user_problem(const struct args *args, struct provider_user_in *in,
				char email[static EMAIL_MAX_LEN + 1])
{
	const char *language = args_get(args, "--language");

	in->provider = args_get(args, "--provider");
	in->name = args_get(args, "--name");
	in->email = email;
	in->language = language ? -1 : 0;
	for (int i = 0; language && hub_language_names[i]; i++) {
		if (strcmp(language, hub_language_names[i]) == 0)
			in->language = i;
	}
	if (!hub_name_ok(in->provider))
		return "--provider: it must be a name";
	if (!hub_name_ok(in->name))
		return "--name: it must be a name";
	if (!email_fold(str_of(args_get(args, "--email")), email))
		return "--email: it must be an e-mail address";
	return in->language < 0 ? "--language: en, fr or de" : NULL;
}

int command_user_add(const struct args *args)
{
	char email[EMAIL_MAX_LEN + 1], password[PASSWORD_HASH_MAX] = "";
	struct hub_config config;
	struct arena mem = {};
	struct add_job job = {};
	const char *problem = user_problem(args, &job.in, email);
	int code = EXIT_FAILED;

	if (problem) {
		fprintf(stderr, "imprimatur-hub: %s\n", problem);
		return EXIT_USAGE;
	}
	if (hub_config_load(args_get(args, "--config"), &mem, &config) && read_password(password)) {
		job.in.password = password;
		code = add_user(&config, &job, &mem);
	}
	arena_done(&mem);
	return code;
}

/* ---- check-config, routes ---- */

int command_check_config(const struct args *args)
{
	struct buf text = buf_new(CONFIG_MAX);
	struct tls_problem problem = {};
	struct keyring *keys = NULL;
	struct hub_config config;
	struct tls *tls = NULL;
	struct arena mem = {};
	int code = EXIT_FAILED, rc;

	if (!hub_config_load(args_get(args, "--config"), &mem, &config))
		goto out;
	config_print(hub_options, &config, &text);
	fputs((const char *)text.data, stdout);
	rc = keyring_open(config.master_key_file, hub_paths_of(&mem, &config).keys, &keys);
	if (rc < 0) {
		code = failed("master_key_file", rc);
		goto out;
	}
	if (tls_server_new(config.tls_certificate_file, config.tls_key_file, &tls, &problem) < 0)
		fprintf(stderr, "imprimatur-hub: tls: %s\n", problem.text);
	else
		code = EXIT_DONE;
out:
	tls_free(&tls);
	if (keys)
		keyring_close(&keys);
	buf_done(&text);
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
