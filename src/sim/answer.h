/* answer.h - what the files that make up a simulated PaperCut server's answers share. */
#ifndef SIM_ANSWER_H
#define SIM_ANSWER_H

#include "sim/papercut.h"
#include "sim/writer.h"

/* One call while it is answered. */
struct call {
	const struct sim_state *state;
	const struct scenario *s; /* what is told: state->health for cached values */
	const struct sim_request *rq;
	struct sim_answer *a;
	struct writer w; /* of a->body */
	int64_t id;      /* what "{id}" of the route stood for */
};

/* Rows of /api; a NULL path ends the table. */
struct sim_route {
	const char *path; /* "{id}" takes a number */
	void (*put)(struct call *c);
	bool in_old16;
};
extern const struct sim_route health_routes[];  /* health.c: documents */
extern const struct sim_route verdict_routes[]; /* verdict.c: 200 or 500 */
extern const struct sim_route list_routes[];    /* lists.c: lists of things, CSV, statistics */

void xmlrpc_answer(struct call *c);                   /* /rpc/api/xmlrpc: xmlrpc.c */
bool console_answer(struct call *c, struct str path); /* console.c; false: no page of it */

/* Adds "Name: value" to the head; octets that could split it are left out. */
PRINTF(3, 4) void answer_header(struct call *c, const char *name, const char *fmt, ...);
/* A plain answer of the server's own; with marks, `text` gets one. */
void answer_text(struct call *c, int status, const char *text);
void answer_page(struct call *c, int status, const char *title);

/* A parameter of the query: raw; p NULL if it is absent.  The same as a number below 2^31. */
struct str query_text(struct str query, const char *name);
int64_t query_number(struct str query, const char *name, int64_t otherwise);

/* Figures that several answers tell. */
bool status_is_ok(const char *status);
double disk_free_mb(const struct scenario *s);
int printers_in_error(const struct scenario *s);
int devices_in_error(const struct scenario *s);
int64_t held_of(const struct call *c, const struct sim_printer *p); /* as cached */
int64_t held_total(const struct call *c);

#define DISK_TOTAL_MB        102047
#define DATABASE_CONNECTIONS 420
#define JSON_TYPE            "application/json"

#endif
