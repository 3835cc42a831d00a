/* fixture.h - a store in a temporary folder, for tests: real file, real keys, a loop. */
#ifndef DB_FIXTURE_H
#define DB_FIXTURE_H

#include "db/db.h"
#include "db/keyring.h"

struct fixture {
	char dir[256], data[272];
	char db_path[320], keys_path[320], master_path[320];
	struct keyring *keys;
	struct db *db;
	struct loop *loop;
};

/* Dies if anything fails. */
struct fixture *fixture_new(void);
/* Closes the db, keeps files, keys and loop / opens it again. */
void fixture_close_db(struct fixture *f);
void fixture_open_db(struct fixture *f);
void fixture_free(struct fixture **f); /* removes the folder */

/* A provider with its key and row. */
struct id fixture_provider(struct fixture *f);

/* Runs the loop until *count >= n; false after 10 s. */
bool fixture_run(struct fixture *f, const int *count, int n);

/* With the db closed: opens the keys anew without the last one made. */
void fixture_forget_last_key(struct fixture *f);

/* True if any file of the folder contains the octets; the name goes to `ret_name`. */
bool fixture_holds(const struct fixture *f, const void *octets, size_t len, char ret_name[64]);

/* fn for each file of the data folder. */
void fixture_each_file(const struct fixture *f, void (*fn)(const char *path, void *arg), void *arg);

#endif
