/* doctor_int.h - the doctor's inside, for doctor.c, doctor_here.c and doctor_line.c only. */
#ifndef CONNECTOR_DOCTOR_INT_H
#define CONNECTOR_DOCTOR_INT_H

#include "base/args.h"
#include "base/sign.h"
#include "base/text.h"
#include "base/verdict.h"
#include "connector/home.h"
#include "connector/hub.h"
#include "connector/options.h"
#include "connector/proxy.h"

/* What a check needs of those before it. */
enum doctor_has {
	HAS_DIR = 1,     /* --dir was given */
	HAS_OPTIONS = 2, /* connector.conf, or --hub, is valid, and so is the environment's proxy */
	HAS_IDENTITY = 4, /* enrolled */
	HAS_WAY = 8,      /* the hub was asked, and the answer came the whole way */
	HAS_HUB = 16,     /* and it was the hub's */
};

/* The one call that the checks of the way look at. */
struct doctor_probe {
	bool done;
	int rc, status, proxy_status;
	enum fetch_leg leg;
	const char *detail, *issuer, *tls_version;
	int64_t date_ms, at_ms; /* the hub's clock (-1: not told) and ours */
	bool is_hub;
};

struct doctor {
	const struct args *args;
	const char *dir, *language; /* dir may be NULL */
	unsigned has;               /* HAS_* bits */
	const struct doctor_check *check;
	struct verdicts verdicts;
	struct arena mem; /* may hold secrets */
	struct options options;
	struct proxy proxy;
	struct state state;
	struct sign_key *key;
	const char *host; /* the hub's */
	struct loop *loop;
	struct fetcher *fetcher;
	struct doctor_probe probe;
};

struct doctor_check {
	const char *name;
	unsigned needs;
	int64_t deadline_ms; /* 0: it waits for nobody */
	void (*run)(struct doctor *d);
};

/* The text is "doctor.<check>.<code>". */
void doctor_tell(struct doctor *d, enum verdict v, const char *code, const struct text_arg *args);
#define TELL(d, verdict, code, ...)                                                                \
	doctor_tell(d, verdict, code, (const struct text_arg[]){ __VA_ARGS__ __VA_OPT__(, ){} })

/* Here: the folder, its files, the machine, the print server. */
void doctor_folder(struct doctor *d);
void doctor_private(struct doctor *d);
void doctor_config(struct doctor *d);
void doctor_enrolment(struct doctor *d);
void doctor_service(struct doctor *d);
void doctor_memory(struct doctor *d);
void doctor_source(struct doctor *d);

/* The line, in the order of the way. */
void doctor_names(struct doctor *d); /* makes the probe */
void doctor_proxy(struct doctor *d);
void doctor_reach(struct doctor *d);
void doctor_tls(struct doctor *d);
void doctor_interception(struct doctor *d);
void doctor_clock(struct doctor *d);
void doctor_hub(struct doctor *d);
void doctor_invitation(struct doctor *d);
void doctor_key(struct doctor *d);

#endif
