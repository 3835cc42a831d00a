/* slice.h - what the files of desk/ share. */
#ifndef CONNECTOR_DESK_SLICE_H
#define CONNECTOR_DESK_SLICE_H

#include "api/api.h"
#include "api/checker.h"
#include "api/request.h"
#include "base/rate.h"
#include "connector/desk/approver.h"
#include "connector/desk/desk.h"
#include "connector/desk/desk_options.h"
#include "connector/home.h"
#include "connector/tokens.h"
#include "net/loop.h"

/* Which step of time each approver's last code was of: it is good once. */
struct spent {
	struct id approver;
	int64_t step;
};

struct desk {
	struct desk_config cfg;
	struct desk_info info;
	char *listen, *host;
	char url[DESK_AUTHORITY_MAX + 16], *authority; /* the latter within the former */
	struct server *server;
	struct tls *tls;
	struct api *api;
	struct api_config api_config;
	struct timer retry;
	bool freed;
	/* Who may say yes, as the file was at `seen`. */
	struct approvers approvers;
	int64_t seen;
	/* login.c */
	struct checker *checker; /* NULL: nobody has tried yet */
	struct tokens tokens;
	struct rate by_network, by_name;
	struct spent spent[APPROVERS_MAX];
	int64_t spent_before; /* the last step of anybody's before the start; -1: none */
};

struct desk *desk_of(struct request *req);
/* As the file is now; whoever is gone from it is let in no more. */
const struct approvers *desk_approvers(struct desk *d);

/* login.c */
void login_init(struct desk *d);
void login_done(struct desk *d);
void desk_authenticate(struct request *req);
extern const struct route desk_login_routes[];

/* desk_api.c */
extern const struct route desk_session_routes[];

#endif
