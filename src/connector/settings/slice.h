/* slice.h - what the files of settings/ share. */
#ifndef CONNECTOR_SETTINGS_SLICE_H
#define CONNECTOR_SETTINGS_SLICE_H

#include "api/checker.h"
#include "api/request.h"
#include "connector/settings/guard.h"
#include "connector/settings/settings.h"
#include "net/loop.h"

#define SETTINGS_AUTHORITY_MAX 64

struct control;

struct settings {
	struct settings_config cfg;
	struct guard guard;
	struct server *server;
	struct api *api;
	struct api_config *api_config;
	char authority[SETTINGS_AUTHORITY_MAX], origin[SETTINGS_AUTHORITY_MAX + 8];
	struct settings_info info;
	struct timer retry;      /* of listening, or of writing settings.url */
	struct request *leaving; /* who asked for it and still waits */
	bool begun;              /* the leaving, which nobody's going away ends */
	char *listen;
	bool left; /* consent is withdrawn: nothing is left to show or to set */
	bool closed;
	struct control *control;
	struct checker *checker; /* NULL: no password was set yet */
	/* Its own, because the page outlives the connector's when options are set; NULL: not needed
	 * yet. */
	struct fetcher *fetcher;
};

struct settings *settings_of(struct request *req);
/* What the connector knows; the same struct for the length of one call. */
struct settings_facts settings_facts(struct request *req);
/* DIR/NAME in the request's memory; NULL if it would be too long. */
const char *settings_path(struct request *req, const char *name);
/* Writes settings.url with the secret of now; tries again later if that fails. */
void settings_write_url(struct settings *s);

extern const struct route settings_token_routes[], settings_state_routes[],
	settings_switch_routes[], settings_ledger_routes[], settings_option_routes[],
	settings_leave_routes[], settings_session_routes[], settings_target_routes[],
	settings_desk_routes[], settings_target_import_routes[];

/* The answer of every call that may change what the page shows. */
void settings_reply_state(struct request *req);
extern const struct json_schema settings_state_schema;

#endif
