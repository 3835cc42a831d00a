/* test_world.h - a whole hub without a socket, for tests: a real store in a temporary folder, all
 * slices, the real route tables, two providers with a user each. */
#ifndef HUB_TEST_WORLD_H
#define HUB_TEST_WORLD_H

#include "api/test_call.h"
#include "base/sign.h"
#include "db/fixture.h"
#include "hub/hub.h"

#define WORLD_PASSWORD "correct horse battery"

struct world_user {
	struct id provider;
	const char *email;
	char cookie[96]; /* of the Cookie header */
};

struct world {
	struct fixture *f;
	struct hub hub;
	struct hub_config config;
	struct known *known;
	struct api_config api;
	struct world_user a, b;
	/* Of provider a. */
	char customer[ID_TEXT_MAX], site[ID_TEXT_MAX];
};

struct world *world_new(void);
void world_free(struct world **w);

/* As that user; NULL: without a login. */
struct answer world_call(struct world *w, const struct world_user *u, const char *method,
			 const char *path, const char *body);
/* A new user, logged in, who has accepted nothing; makes the provider if it is new. */
void world_newcomer(struct world *w, const char *provider, const char *email, struct world_user *u);
/* Logs a user in once more. */
void world_login(struct world *w, struct world_user *u);
/* Accepts the hub terms as `u`, for_provider: "true" or "false". */
struct answer world_accept(struct world *w, const struct world_user *u, const char *for_provider);
/* A new site of provider a, with an invitation; code and invitation's id. */
void world_site(struct world *w, char site[static ID_TEXT_MAX]);
void world_invite(struct world *w, const char *site, char code[static 64],
		  char id[static ID_TEXT_MAX]);
/* Enrols a connector by a code, as a real one would. */
void world_enrol(struct world *w, const char *code);
/* The same, with its key, which is the caller's; and a call that it signs, a GET without body. */
struct sign_key *world_connector(struct world *w, const char *code);
struct answer world_signed(struct world *w, const struct sign_key *key, const char *path,
			   const char *body);

/* Closes all but the store and opens it again. */
void world_restart(struct world *w);

#endif
