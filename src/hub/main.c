/* main.c - imprimatur-hub: the table of its commands. */
#include "hub/commands.h"

/* clang-format off */
static const struct arg init_args[] = {
	{ "--dir", "DIR", ARG_REQUIRED, "folder to make: hub.conf, master.key, data/" },
	{ "--public-url", "URL", ARG_REQUIRED, "https address in the browser, e.g. https://hub.example.com" },
	{ "--data", "DIR", 0, "folder of database and wrapped keys, if it is not DIR/data" },
	{ "--region", "REGION", 0, "region that this hub is (us)" },
	{ "--solo", "NAME", 0, "one organisation that watches its own printers: makes its first user and site" },
	{ "--email", "ADDRESS", 0, "with --solo, needed: what its user logs in with" },
	{ "--name", "NAME", 0, "with --solo: the user's name (the address)" },
	{ "--site", "NAME", 0, "with --solo: the site's name (Print server)" },
	{ "--language", "en|fr|de", 0, "with --solo: the user's language (en)" },
	{}
};
static const struct arg serve_args[] = {
	{ "--config", "FILE", ARG_REQUIRED, "hub.conf" },
	{ "--listen", "ADDRESS:PORT", 0, "in place of the option; port 0: any, which public_url then has" },
	{ "--ready", "FILE", 0, "written once the hub serves: {\"pid\",\"url\",\"admin\"}" },
	{ "--parent-pid", "PID", 0, "ends when that process does" },
	{}
};
static const struct arg user_args[] = {
	{ "--config", "FILE", ARG_REQUIRED, "hub.conf" },
	{ "--provider", "NAME", ARG_REQUIRED, "whose user it is; made if there is none of that name" },
	{ "--email", "ADDRESS", ARG_REQUIRED, "what the user logs in with" },
	{ "--name", "NAME", ARG_REQUIRED, "the user's name" },
	{ "--language", "en|fr|de", 0, "the user's language (en)" },
	{}
};
static const struct arg support_args[] = {
	{ "--config", "FILE", ARG_REQUIRED, "hub.conf" },
	{ "--email", "ADDRESS", ARG_REQUIRED, "what the person of support logs in with" },
	{ "--name", "NAME", ARG_REQUIRED, "the person's name, which providers see in their change logs" },
	{ "--language", "en|fr|de", 0, "the person's language (en)" },
	{}
};
static const struct arg remove_args[] = {
	{ "--config", "FILE", ARG_REQUIRED, "hub.conf" },
	{ "--email", "ADDRESS", ARG_REQUIRED, "what the person of support logs in with" },
	{}
};
static const struct arg config_args[] = {
	{ "--config", "FILE", ARG_REQUIRED, "hub.conf" },
	{}
};
static const struct arg doctor_args[] = {
	{ "--config", "FILE", ARG_REQUIRED, "hub.conf" },
	{ "--json", NULL, ARG_FLAG, "for programs" },
	{}
};
static const struct arg backup_args[] = {
	{ "--config", "FILE", ARG_REQUIRED, "hub.conf" },
	{ "--to", "DIR", ARG_REQUIRED, "folder to make: hub.db, backup.json; no key" },
	{}
};
static const struct arg keys_backup_args[] = {
	{ "--config", "FILE", ARG_REQUIRED, "hub.conf" },
	{ "--to", "FILE", ARG_REQUIRED, "file to make: the wrapped keys; the master key is not in it" },
	{}
};
static const struct arg restore_args[] = {
	{ "--config", "FILE", ARG_REQUIRED, "hub.conf" },
	{ "--from", "DIR", ARG_REQUIRED, "what backup made" },
	{ "--keys", "FILE", 0, "what keys backup made; needed where data_dir/keys is lost" },
	{}
};
static const struct arg verify_args[] = {
	{ "--config", "FILE", ARG_REQUIRED, "hub.conf" },
	{ "--from", "DIR", 0, "what backup made; without it the store that is there, also while the hub runs" },
	{}
};
static const struct arg no_args[] = { {} };

static const struct command commands[] = {
	{ "init", init_args, NULL, "makes a hub's folder, its configuration and keys; with --solo the password is read from standard input", command_init },
	{ "serve", serve_args, NULL, "runs the hub", command_serve },
	{ "user add", user_args, NULL, "adds a user; the password is read from standard input", command_user_add },
	{ "support add", support_args, NULL, "adds a person of the operator's support, who sees what providers have that let support in; the password is read from standard input", command_support_add },
	{ "support list", config_args, NULL, "lists the people of support", command_support_list },
	{ "support remove", remove_args, NULL, "removes a person of support, with all logins", command_support_remove },
	{ "check-config", config_args, NULL, "says what is wrong with the configuration, or what counts", command_check_config },
	{ "doctor", doctor_args, NULL, "looks at name, certificate, clock, folders, limits and store; one verdict a line, exit code 1 if one is fail", command_doctor },
	{ "backup", backup_args, NULL, "copies the store while the hub runs, without the keys", command_backup },
	{ "keys backup", keys_backup_args, NULL, "copies the wrapped keys", command_keys_backup },
	{ "restore", restore_args, NULL, "puts a backup in the place of a store that is gone", command_restore },
	{ "verify", verify_args, NULL, "reads a copy of the store, or a backup, from end to end", command_verify },
	{ "routes", no_args, NULL, "prints openapi.json: every call, who may make it and what it changes", command_routes },
	{}
};
/* clang-format on */

int main(int argc, char **argv)
{
	return args_main(argc, argv, "imprimatur-hub", commands);
}
