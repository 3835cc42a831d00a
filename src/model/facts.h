/* facts.h - what rows of the change log say of a site before and after: one member a fact.
 *
 * The same table writes and reads them, and makes the API's list of what differs.  Values are words
 * of the API, numbers and times in its spelling; NULL is "not said". */
#ifndef MODEL_FACTS_H
#define MODEL_FACTS_H

#include "base/arena.h"
#include "base/json.h"

struct change_facts {
	const char *name, *language;
	const char *status;
	struct json_list reasons; /* const char * */
	const char *monitoring, *console, *mfp;
	const char *server, *server_version, *server_edition, *server_os, *connector_version;
	const char *licence_valid, *support_ends, *licence_ends; /* "true"; days, "2027-01-31" */
	/* As a provider's users wrote them down. */
	const char *entered_organisation, *entered_reference, *entered_note;
	const char *entered_support_ends, *entered_licence_ends;
	const char *seats_users, *seats_site_servers, *seats_advanced_clients, *seats_devices;
	const char *devices_added, *devices_gone; /* how many; in the row's after only */
};

extern const struct json_schema change_facts_schema; /* JSON_OPEN: rows say other things, too */

struct fact {
	const char *name, *before, *after;
};

/* What differs between two of a row's texts (NULL: none was written): struct fact *, in `mem`. */
struct json_list facts_between(struct arena *mem, const char *before, const char *after);

/* The facts as a row's text, in `mem`. */
const char *facts_text(struct arena *mem, const struct change_facts *f);

#endif
