/* mfp.h - a printer's own web pages with the oddities of real ones, each behind a switch. */
#ifndef SIM_MFP_H
#define SIM_MFP_H

#include "base/args.h"
#include "base/json.h"
#include "net/exchange.h"
#include "sim/odd.h"

/* What the device is like: a JSON file in which everything has a default (docs/protocol.md section
 * 5), read again when it changes. */
struct mfp_scenario {
	enum json_bool host_check;        /* another Host than its own gets 400 */
	enum json_bool absolute_redirect; /* "/" sends to its own https address */
	enum json_bool no_length;         /* 201 and 302 without a length, connection kept open */
	enum json_bool http10;
	enum json_bool frameset; /* the root is one */
	enum json_bool odd_reason, odd_date;
	enum json_bool digest;    /* its settings want a login */
	enum json_bool basic;     /* the same, by the older way */
	enum json_bool bare_lf;   /* lines of a head end without CR */
	enum json_bool no_chunks; /* a body must say its length */
	int form;                 /* enum odd_form of each page */
	const char *host;         /* besides its address, what it calls itself */
	const char *redirect;     /* "/" sends there, whatever it is */
	const char *name, *password;
	const char *title;
	int64_t slow_first_byte_ms;
};
MUST_USE int mfp_scenario_decode(struct str json, struct arena *mem,
				 struct mfp_scenario *ret_scenario,
				 struct json_problem *ret_problem);

/* What it remembers. */
struct mfp_state {
	const struct mfp_scenario *now;
	const char *own;   /* its authority: "192.0.2.7:8443" */
	char location[65]; /* what was last set at /settings */
	int64_t logins;
};
void mfp_answer(struct mfp_state *m, const struct odd_call *call, struct odd_answer *a);

int mfp_run(const struct args *args);
extern const struct arg mfp_args[];

#endif
