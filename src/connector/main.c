/* main.c - imprimatur-connector: the table of its commands. */
#include "connector/doctor.h"
#include "connector/enroll.h"
#include "connector/health_key.h"
#include "connector/permission_cmd.h"
#include "connector/proxy_ticket.h"
#include "connector/rotate_cli.h"
#include "connector/probe.h"
#include "connector/run.h"
#include "connector/sessions_cmd.h"
#include "connector/settings_cmd.h"
#include "connector/show.h"

static const struct command commands[] = {
	{ "enroll", enroll_args, NULL, "Connect this machine to a provider, with your consent",
	  enroll_run },
	{ "run", run_args, NULL, "Watch the print server and report, as far as you allow it",
	  run_run },
	{ "status", show_status_args, NULL, "How the connector is doing, and what is agreed",
	  show_status_run },
	{ "permissions", permission_cmd_args, "[SWITCH STATE]",
	  "Show or turn what the provider may do", permission_cmd_run },
	{ "sessions", sessions_cmd_args, "[list|approve ID|refuse ID|end ID]",
	  "Who visits this site's pages, who waits for your yes, and your word on it",
	  sessions_cmd_run },
	{ "doctor", doctor_args, NULL,
	  "Try the way to the hub and to the print server, and say what is wrong", doctor_run },
	{ "rotate-key", rotate_args, NULL, "Change the connector's key for a new one", rotate_run },
	{ "ledger", show_ledger_args, NULL, "What was sent, record by record", show_ledger_run },
	{ "settings", settings_cmd_args, NULL,
	  "Print the settings page's address, good for one opening", settings_cmd_run },
	{ "health-key", health_key_args, NULL,
	  "Read the print server's key once by its server-command, with your consent",
	  health_key_run },
	{ "probe", probe_args, "papercut", "Record a redacted capture of a print server's answers",
	  probe_run },
	{ "proxy-ticket", proxy_ticket_args, "HOST",
	  "What a proxy that asks for a Kerberos ticket is answered; `run` and `doctor` call it",
	  proxy_ticket_run },
	{},
};

int main(int argc, char **argv)
{
	return args_main(argc, argv, "imprimatur-connector", commands);
}
