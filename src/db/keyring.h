/* keyring.h - the keys that seal rows, and the keyed hash for look-ups by secret text.
 *
 * The master key is a file of its own outside the data folder (64 hex digits).  Derived from it:
 * the wrapping key, and one look-up key a domain.  Every provider and every customer has a random
 * key; they lie wrapped in an append-only file beside the database, not in it:
 *
 *	header  "IMPRKEYS", version, check value of the master key
 *	record  kind, key id, provider, customer, box (associated data: all before it), CRC-32
 *
 * Records have one length, so that erasing a customer can overwrite its key in place; that it was
 * erased stays known, so that a store that is restored from before is cleaned.  A record is on disk
 * before keyring_make returns, hence before any row that uses it commits.  A second process may add
 * keys (`imprimatur-hub user add` beside a running hub): writers take turns by a
 * lock file, and a key that is not known is looked for in the file's new end.
 *
 * Thread-safe. */
#ifndef DB_KEYRING_H
#define DB_KEYRING_H

#include "base/hash.h"
#include "base/id.h"
#include "base/seal.h"

struct keyring;

/* Makes a new master key and an empty key file; -EEXIST if one of them is there.
 * ERR_CONFIG if the master key would lie in the key file's folder or below. */
MUST_USE int keyring_init(const char *master_path, const char *keys_path);

/* ERR_CRYPTO: the master key is not the one of this key file; ERR_CORRUPT; ERR_NEWER; -errno. */
MUST_USE int keyring_open(const char *master_path, const char *keys_path,
			  struct keyring **ret_keys);
void keyring_close(struct keyring **keys); /* wipes */

/* Makes the key of (provider, customer), zero customer: the provider's own; 0 if it is there
 * already. ERR_BUSY: another process held the file for 5 s. */
MUST_USE int keyring_make(struct keyring *keys, struct id provider, struct id customer);

/* Erases a customer's key, in memory and in the file, durably; 0 also if there is none any more.
 * Nothing that it sealed can be read from then on.  Errors as of keyring_make. */
MUST_USE int keyring_erase(struct keyring *keys, struct id provider, struct id customer);
/* Its key was erased; false for one that there never was. */
bool keyring_is_erased(struct keyring *keys, struct id provider, struct id customer);

/* The caller wipes what it got.  ERR_NOT_FOUND. */
MUST_USE int keyring_find(struct keyring *keys, struct id provider, struct id customer,
			  struct id *ret_key_id, struct seal_key *ret_key);
/* By key id; a key of another provider is ERR_NOT_FOUND. */
MUST_USE int keyring_get(struct keyring *keys, struct id provider, struct id key_id,
			 struct seal_key *ret_key);

/* Keyed hash of secret text: the look-up by e-mail or code without keeping either.  The domain
 * parts the uses ("email", "code"); the caller has brought the text to its one spelling. */
struct hash lookup_hash(const struct keyring *keys, const char *domain, struct str text);

#endif
