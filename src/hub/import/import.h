/* import.h - many customers and sites at once, from a spreadsheet or by another program.
 *
 *   POST /api/v1/imports {csv | rows, apply?, invite?, ...}
 *     read the rows (rows.c, pure) --> compare with what is there (plan.c, a read job)
 *        --> not `apply`: the verdict of each row, and nothing is changed
 *        --> `apply`: BATCH rows a write job, all or none of them, until all are done
 *
 * Customers and sites are told apart by name, so that the same file twice makes nothing twice: the
 * same letters are the same customer.  What differs only in case, accents or blanks is neither
 * taken for the same nor made anew: it is refused, and a person decides.  One import at a time a
 * provider. */
#ifndef HUB_IMPORT_IMPORT_H
#define HUB_IMPORT_IMPORT_H

#include "hub/connector/connector.h"
#include "hub/hub.h"

extern const struct slice import_slice;

#define IMPORT_ROWS_MAX 10000

enum import_verdict {
	IMPORT_NEW_CUSTOMER, /* is made, with its site if it names one */
	IMPORT_NEW_SITE,     /* of a customer that is there, or that a row above makes */
	IMPORT_THERE,        /* nothing to do */
	IMPORT_REFUSED,      /* `code` says why */
	IMPORT_FAILED,       /* its batch could not be written, or one before */
	IMPORT_VERDICTS,
};
extern const char *const import_verdict_names[];

struct import_row {
	int64_t line;
	const char *customer, *site, *mail_to; /* site, mail_to: NULL if there is none */
	int language;                          /* of a customer that is made; -1: not said */
	int verdict;
	const char *code; /* of what is refused or failed */
	struct id customer_id, site_id;
	bool makes_customer;
	struct invitation_new *made; /* NULL: none */
	struct invitation_out *invitation;
};

struct import_rows {
	struct import_row *rows;
	size_t len;
};

/* Rows of a text as spreadsheets write it; those that cannot be read are refused.  ERR_INVALID with
 * what is wrong with all of it: no row, too many, a column nobody knows. */
MUST_USE int import_read_csv(struct str text, struct arena *mem, struct import_rows *ret_rows,
			     const char **ret_why);
/* Says what is wrong with a row's own values. */
void import_check(struct import_row *row);

/* Within a job: gives each row that is not refused its verdict and ids. */
MUST_USE int import_plan(struct tenant_db *db, struct arena *mem, struct import_rows *rows);

#endif
