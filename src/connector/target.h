/* target.h - what a session may open besides the print server's own pages: the devices and print
 * services that the customer has configured, each at one address (R27, R28).
 *
 * They live in targets.json in the connector's folder, which is not there before the first
 * (R62).  The hub gets ids, names and kinds, never an address (R51).
 *
 * No I/O but in targets_load() and targets_save().  One thread. */
#ifndef CONNECTOR_TARGET_H
#define CONNECTOR_TARGET_H

#include "base/hash.h"
#include "base/json.h"
#include "model/words.h"
#include "wire/messages.h" /* TARGETS_MAX, TARGET_NAME_MAX */

/* How the connection to a target is secured. */
#define TARGET_TLS_WORDS(X)                                                                        \
	X(TARGET_PINNED, "pinned") /* by the one certificate whose SHA-256 is `certificate` */     \
	X(TARGET_VERIFY, "verify") /* by the system's roots and the host's name */                 \
	X(TARGET_PLAIN, "plain")   /* http */
enum target_tls { TARGET_TLS_WORDS(WORD_NUMBER) TARGET_TLS_MODES };
extern const char *const target_tls_names[];

#define TARGET_ADDRESS_MAX 300 /* octets: a host name has at most 253 */
#define TARGET_ALIASES_MAX 4

struct target {
	struct id id;
	const char *name;
	int kind;            /* enum target_kind but TARGET_CONSOLE */
	const char *address; /* "https://192.0.2.7", "http://mfp.example:8000"; no path */
	int tls;             /* enum target_tls; TARGET_PLAIN if and only if the address is http */
	const char *certificate; /* TARGET_PINNED: SHA-256 of the leaf's DER, lower-case hex */
	/* Host names and addresses besides the address's own that the device means itself by when
	 * it redirects; const char *. */
	struct json_list aliases;
	/* Switches for odd devices, off unless somebody needs them: TLS 1.0 and 1.1 with their
	 * ciphers; no chunked request bodies. */
	enum json_bool old_tls, whole_bodies;
};

struct targets {
	int64_t revision;       /* counts up with each change */
	struct json_list items; /* struct target *, in the order in which they were added */
	struct arena mem;       /* all of it; grows with each change */
};
extern const struct json_schema targets_schema;

/* An absent file is none at all.  ERR_CORRUPT, -errno. */
MUST_USE int targets_load(const char *dir, struct targets *ret_targets);
/* Atomically; no file where there never was a target. */
MUST_USE int targets_save(const char *dir, const struct targets *t);
void targets_free(struct targets *t);                                     /* {} is harmless */
const struct target *targets_find(const struct targets *t, struct id id); /* NULL: none */

/* What is wrong with a target; key `target.problem.<word>` in texts/. */
#define TARGET_PROBLEM_WORDS(X)                                                                    \
	X(TARGET_NAME_BAD, "name")         /* empty, too long, or not to be seen */                \
	X(TARGET_NAME_TAKEN, "name_taken") /* another one has it */                                \
	X(TARGET_KIND_BAD, "kind")                                                                 \
	X(TARGET_ADDRESS_BAD, "address") /* not http(s)://host[:port] */                           \
	X(TARGET_ADDRESS_TAKEN, "address_taken")                                                   \
	X(TARGET_ADDRESS_LOCAL, "address_local") /* this machine, link-local, or nobody's */       \
	X(TARGET_TLS_BAD, "tls")                 /* plain with https, or the other way round */    \
	X(TARGET_CERTIFICATE_BAD, "certificate") /* pinned, and none or not 64 hex digits */       \
	X(TARGET_ALIAS_BAD, "alias")                                                               \
	X(TARGET_NO_ADDRESS, "no_address") /* a queue's: it names none in the network */           \
	X(TARGET_LINE_BAD, "line")         /* a table's: it cannot be read */                      \
	X(TARGET_TOO_MANY, "too_many")
enum target_problem { TARGET_PROBLEM_WORDS(WORD_NUMBER) TARGET_PROBLEMS };
extern const char *const target_problem_names[];

/* Whether `one` could be among them, in place of the one that has its id: -1, or a problem. */
int target_check(const struct targets *t, const struct target *one);
/* Adds it under a new id if its own is zero, else replaces the one that has it: the id. ERR_INVALID
 * with *ret_problem as target_check() says; ERR_NOT_FOUND: no target has the id.  Copies. */
MUST_USE int targets_put(struct targets *t, const struct target *one, struct id *ret_id,
			 int *ret_problem);
bool targets_remove(struct targets *t, struct id id); /* false: there is none */
struct target *target_copy(struct arena *mem, const struct target *from);
/* Whether both addresses are of one host and port, however they are written. */
bool target_same_place(const struct target *a, const struct target *b);
/* Whether both are reached in the same way: all but id and name is equal. */
bool target_is_same(const struct target *a, const struct target *b);

/* An address in its parts. */
struct target_place {
	bool secure;    /* https */
	char host[256]; /* in lower case; IPv6 without brackets */
	uint16_t port;
};
/* "http://host[:port]" or https, maybe a single '/' behind it; a name without the dot at its end.
 * ERR_INVALID. */
MUST_USE int target_place_of(const char *address, struct target_place *ret_place);
/* "host", "host:8443", "[2001:db8::1]:8443": without the scheme's own port, as Host says it. */
void target_authority(const struct target_place *place, struct buf *out);

/* ---- import: candidates, which become targets by targets_put() ---- */

/* The device behind a CUPS queue's device-uri, with its admin page at https on the standard port,
 * TARGET_PINNED and without a certificate yet: the caller asks the device for it
 * (gateway_look()).  False: the URI names no address in the network; then neither has the candidate
 * one. */
bool target_from_device_uri(const char *uri, const char *name, struct arena *mem,
			    struct target *ret_target);

/* One row of a table. */
struct target_row {
	int line;
	int problem; /* enum target_problem, -1: none; certificates may still be missing */
	struct target target;
};
/* What is wrong with a candidate besides a certificate that is to be asked for, also with regard to
 * the rows before (struct target_row *); -1: nothing. */
int target_row_problem(const struct targets *known, const struct json_list *rows,
		       const struct target *one);
/* A table with columns by their titles: name, address; kind, tls, certificate if wanted, in any
 * order and case.  An address without a scheme is https.  Appends struct target_row * to *out, none
 * for rows whose fields are all empty.  ERR_INVALID: no such titles; ERR_TOO_LARGE: more than
 * TARGETS_MAX rows. */
MUST_USE int targets_from_csv(struct str text, const struct targets *t, struct arena *mem,
			      struct json_list *out);

#endif
