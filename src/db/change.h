/* change.h - the change log: what happened, by whom, provable.
 *
 * One log a provider, numbered without gaps by the writer within the transaction that makes the
 * change, so a change that is rolled back leaves no number behind.  Each row's hash covers the
 * hash before it, all clear columns and the ciphertext: altering, dropping or reordering a row
 * shows in change_verify, and erasing a customer's key does not (the ciphertext stays).  The chain
 * begins with a hash of the provider's id; its head stands in provider.change_seq and
 * provider.change_hash.
 *
 * Runs within jobs (db.h).  After the COMMIT, listeners of db_on_changed get a note of each row. */
#ifndef DB_CHANGE_H
#define DB_CHANGE_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/id.h"

struct system_db;
struct tenant_db;

enum change_verb {
#define X(name, number, word) name = number,
#include "db/change.def"
#undef X
};

/* Who did it, as stored. */
enum actor_kind { ACTOR_NOBODY, ACTOR_USER, ACTOR_CONNECTOR, ACTOR_HUB, ACTOR_OPERATOR };

/* "site_made"; NULL for a number that is none. */
const char *change_word(int verb);
const char *actor_word(int kind); /* "user" */

struct change_in {
	enum change_verb verb;
	enum actor_kind actor_kind;
	struct id actor; /* zero for nobody, hub and operator */
	enum id_kind object_kind;
	struct id object;
	struct id customer, site;   /* zero: none; the customer's key seals, else the provider's */
	const char *before, *after; /* JSON text; NULL: none */
	const char *from;           /* the address it came from; NULL: none */
	int64_t at_ms;              /* when it was so; 0: now */
};

#define CHANGE_TEXT_MAX (64 * KIB) /* each of before and after */

/* What all listeners may see of a change: its clear columns. */
struct change_note {
	struct id provider;
	int64_t seq, at_ms;
	enum change_verb verb;
	enum actor_kind actor_kind;
	struct id actor;
	enum id_kind object_kind;
	struct id object;
	struct id customer, site;
};

struct change {
	struct change_note note;
	const char *before, *after, *from; /* NULL: none, or the key has been erased */
	bool erased;
};

/* The hash before a provider's first change: what provider.change_hash is inserted with. */
struct hash change_genesis(struct id provider);

/* Appends a change.  The provider's row must exist: ERR_NOT_FOUND. */
MUST_USE int change_write(struct tenant_db *db, const struct change_in *in);

/* The changes after number `after`, at most `limit`, oldest first, in `mem`. */
MUST_USE int change_read(struct tenant_db *db, int64_t after, size_t limit, struct arena *mem,
			 struct change **ret_changes, size_t *ret_len);
/* Those of one site before number `before` and not earlier than since_ms, the newest first. */
MUST_USE int change_read_site(struct tenant_db *db, struct id site, int64_t before,
			      int64_t since_ms, size_t limit, struct arena *mem,
			      struct change **ret_changes, size_t *ret_len);
/* Those of the operator's support (CHANGE_SUPPORT_...), the newest first. */
MUST_USE int change_read_support(struct tenant_db *db, size_t limit, struct arena *mem,
				 struct change **ret_changes, size_t *ret_len);
/* The last number given; 0: none yet. */
MUST_USE int change_last(struct tenant_db *db, int64_t *ret_seq);

/* Recomputes the whole chain.  ERR_CORRUPT with the first number that does not fit. */
MUST_USE int change_verify(struct tenant_db *db, int64_t *ret_bad_seq);

#endif
