/* home_files.c - the rows of home_files[]: see home.h. */
#include "connector/home.h"
#include "connector/counters.h"
#include "connector/desk/desk.h"
#include "connector/options.h"
#include "connector/outbox_state.h"
#include "connector/permission.h"
#include "connector/segment.h"
#include "connector/session/session.h"
#include "connector/status.h"
#include "connector/target.h"

/* clang-format off */
const struct home_file home_files[] = {
	{ HOME_CONFIG, HOME_OPTIONS, .why =
	  "How the hub and the print server are reached, and what you have set. Holds the print server's key if one is needed, and nothing of a proxy unless you configure it.",
	  .kept = "until you remove the connector", .secret = true, .requirement = "R62, R63, R66" },
	{ HOME_STATE, HOME_MEMBERS, &state_schema,
	  "Which site of which provider this connector belongs to, by ids and by the names shown at enrolment.",
	  "until you remove the connector", .requirement = "R64" },
	{ HOME_CONSENT, HOME_MEMBERS, &consent_schema,
	  "The record of your consent: which text was accepted, when, and the text itself. No name of a person.",
	  "until you remove the connector", .requirement = "R14, R65" },
	{ HOME_CONSENT_OLD, HOME_MEMBERS, &consent_schema,
	  "The record of your consent before the present one, if this folder was enrolled again.",
	  "until it is enrolled once more, or you remove the connector", .optional = true,
	  .requirement = "R14, R65" },
	{ HOME_PERMISSIONS, HOME_MEMBERS, &permissions_file_schema,
	  "Your switches: what the provider may do.",
	  "until you remove the connector", .requirement = "R16, R65" },
	{ HOME_PERMISSIONS ".lock", HOME_EMPTY, .why =
	  "Lets one program at a time change the switches.",
	  .kept = "until you remove the connector", .requirement = "R65" },
	{ HOME_KEY, HOME_OCTETS, .why =
	  "The connector's private key (Ed25519): the unique code that links this site with the provider's account.",
	  .kept = "until you remove the connector", .secret = true, .requirement = "R64, R66" },
	{ HOME_KEY_NEXT, HOME_OCTETS, .optional = true, .secret = true, .why =
	  "The key that takes the place of key.pem as soon as the hub knows it.",
	  .kept = "until then", .requirement = "R64, R66" },
	{ HOME_KEY_OLD, HOME_OCTETS, .optional = true, .secret = true, .why =
	  "The key before key.pem: it proves who this connector is to a hub that was restored from a backup.",
	  .kept = "until the key is changed again", .requirement = "R64, R66" },
	{ HOME_KEY_NEW, HOME_OCTETS, .optional = true, .secret = true, .why =
	  "The key of an enrolment of this folder for a new invitation that is not finished yet.",
	  .kept = "until it is finished", .requirement = "R64, R66" },
	{ HOME_SECRET, HOME_OCTETS, .why =
	  "Random octets, made here, from which devices get their pseudonyms: nobody else can tell which name belongs to which.",
	  .kept = "until you remove the connector", .secret = true, .requirement = "R51, R66" },
	{ HOME_CA, HOME_OCTETS, .optional = true, .why =
	  "The certificates that may vouch for the hub, if you gave any at enrolment.",
	  .kept = "until you remove the connector", .requirement = "R53, R65" },
	{ HOME_OUTBOX "/*" SEGMENT_SUFFIX, HOME_OCTETS, .optional = true, .why =
	  "The exact bytes of each report: those that wait to be sent, and the ledger of those that were.",
	  .kept = "ledger.keep and ledger.max, spool.keep and spool.max in connector.conf; by default 90 days and 64 MB, 30 days and 64 MB; days by the clock of this machine",
	  .requirement = "R61, R65" },
	{ HOME_OUTBOX "/state.json", HOME_MEMBERS, &outbox_state_schema,
	  "How far the hub has received the reports.",
	  "until you remove the connector", .requirement = "R65" },
	{ HOME_STATUS, HOME_MEMBERS, &run_status_schema,
	  "What the running connector says of itself, for the command status.",
	  "until you remove the connector", .optional = true, .requirement = "R65" },
	{ HOME_SETTINGS_URL, HOME_OCTETS, .optional = true, .why =
	  "The way to the settings page, with a secret that is good for one opening; made anew each time.",
	  .kept = "while the connector runs and its port is free", .secret = true, .requirement = "R22, R66" },
	{ HOME_COUNTERS, HOME_MEMBERS, &counters_schema,
	  "Page totals of each device by pseudonym, as they were when the day began; only if you have switched source.papercut.xmlrpc on.",
	  "one day, then replaced", .optional = true, .requirement = "R32, R65" },
	{ HOME_SESSIONS, HOME_MEMBERS, &past_file_schema,
	  "Which visits to your print server's and devices' pages there were: when, how much passed, how they ended. No names, no reasons, no addresses.",
	  "the last 200", .optional = true, .requirement = "R61, R65" },
	{ HOME_CONTROL, HOME_EMPTY, .optional = true, .why =
	  "Lets the commands sessions and permissions reach the running connector: who may open it may say yes, no, end a visit and turn the switches.",
	  .kept = "while the connector runs", .requirement = "R65" },
	{ HOME_TARGETS, HOME_MEMBERS, &targets_schema,
	  "The devices and print services whose pages a technician may be let to, as you named them, with the address of each; only if you have configured any.",
	  "each until you remove it; of none a number is left", .optional = true, .requirement = "R27, R28, R50, R62" },
	{ HOME_APPROVERS, HOME_MEMBERS, &approvers_schema,
	  "Who may say yes from a desk: the names that you gave them, the hash of each one's password and the secret of the second factor; only if you have named any. Give functions, not persons, and it holds no personal data.",
	  "until you remove the last of them", .optional = true, .secret = true, .requirement = "R61, R65, R66" },
	{ HOME_DESK_LOGIN, HOME_MEMBERS, &desk_login_schema,
	  "The half minute of the last code with which anybody logged in at the desk, so that no code is good twice. Whose it was is not kept.",
	  "until the next login there", .optional = true, .requirement = "R61, R65" },
	{ HOME_DESK_CERT, HOME_OCTETS, .optional = true, .why =
	  "The certificate of the page for approving from a desk; only if you have switched it on and gave it none of your own.",
	  .kept = "until you remove the connector", .requirement = "R65" },
	{ HOME_DESK_KEY, HOME_OCTETS, .optional = true, .secret = true, .why =
	  "The private key of that certificate.",
	  .kept = "until you remove the connector", .requirement = "R65, R66" },
	{ HOME_LOCK, HOME_EMPTY, .why =
	  "Lets one connector at a time run in this folder.",
	  .kept = "until you remove the connector", .requirement = "R65" },
	{}
};
/* clang-format on */
