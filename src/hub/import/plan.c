/* plan.c - what becomes of each row: compared with the customers and sites that are there, and with
 * the rows above it. */
#include "hub/import/import.h"

#include <string.h>

#include "base/hash.h"
#include "base/map.h"
#include "hub/customer/customer.h"
#include "hub/site/site.h"
#include "model/fold.h"

/* Who has a name: a customer, or a site of one. */
struct known {
	struct id id;
	const char *name;
	bool archived, from_row;
};

struct plan {
	struct arena *mem;
	struct map customers, sites; /* struct known, by hash of the folded name */
};

/* `of`: whose site; zero for customers. */
static struct hash key_of(struct plan *p, struct id of, const char *name)
{
	const char *folded = fold_text(p->mem, name);

	return hash_of2(of.b, sizeof(of.b), folded, strlen(folded));
}

static struct known *add(struct plan *p, struct map *map, const struct hash *key, struct known k)
{
	struct known *kept = arena_dup(p->mem, &k, sizeof(k));

	map_put(map, key->b, sizeof(key->b), kept);
	return kept;
}

static int load_customers(struct tenant_db *db, struct plan *p)
{
	struct customer **all;
	size_t len;
	int rc = customer_list(db, p->mem, &all, &len);

	for (size_t i = 0; rc == 0 && i < len; i++) {
		struct hash key = key_of(p, (struct id){}, all[i]->name);

		add(p, &p->customers, &key,
		    (struct known){ all[i]->id, all[i]->name,
				    all[i]->archived_ms != JSON_ABSENT_INT, false });
	}
	return rc;
}

static int load_sites(struct tenant_db *db, struct plan *p)
{
	struct site_name *all;
	size_t len;
	int rc = site_list(db, p->mem, &all, &len);

	for (size_t i = 0; rc == 0 && i < len; i++) {
		struct hash key = key_of(p, all[i].customer, all[i].name);

		add(p, &p->sites, &key,
		    (struct known){ all[i].id, all[i].name, all[i].archived, false });
	}
	return rc;
}

static void refuse(struct import_row *row, const char *code)
{
	row->verdict = IMPORT_REFUSED;
	row->code = code;
}

static void plan_site(struct plan *p, struct import_row *row)
{
	struct hash key = key_of(p, row->customer_id, row->site);
	const struct known *k = map_get(&p->sites, key.b, sizeof(key.b));

	if (!k) {
		row->site_id = id_new();
		row->verdict = row->makes_customer ? IMPORT_NEW_CUSTOMER : IMPORT_NEW_SITE;
		add(p, &p->sites, &key, (struct known){ row->site_id, row->site, false, true });
	} else if (strcmp(k->name, row->site) != 0) {
		refuse(row, "similar_site");
	} else if (k->from_row) {
		refuse(row, "double");
	} else if (k->archived) {
		refuse(row, "archived");
	} else {
		row->site_id = k->id;
	}
}

static void plan_row(struct plan *p, struct import_row *row)
{
	struct hash key = key_of(p, (struct id){}, row->customer);
	struct known *k = map_get(&p->customers, key.b, sizeof(key.b));

	row->makes_customer = !k;
	if (!k)
		k = add(p, &p->customers, &key,
			(struct known){ id_new(), row->customer, false, true });
	else if (strcmp(k->name, row->customer) != 0)
		return refuse(row, "similar_customer");
	else if (k->archived)
		return refuse(row, "archived");
	row->customer_id = k->id;
	if (row->site)
		plan_site(p, row);
	else if (row->makes_customer)
		row->verdict = IMPORT_NEW_CUSTOMER;
	else if (k->from_row)
		refuse(row, "double");
}

int import_plan(struct tenant_db *db, struct arena *mem, struct import_rows *rows)
{
	struct plan p = { .mem = mem };
	int rc = load_customers(db, &p);

	if (rc == 0)
		rc = load_sites(db, &p);
	for (size_t i = 0; rc == 0 && i < rows->len; i++) {
		if (rows->rows[i].verdict != IMPORT_REFUSED)
			plan_row(&p, &rows->rows[i]);
	}
	map_done(&p.customers);
	map_done(&p.sites);
	return rc;
}
