/* seal_row_test.c - what a person typed is on the disk only sealed, and opens only where it lies.
 */
#include "base/test.h"
#include "db/fixture.h"
#include "db/seal_row.h"

#include <string.h>

#define NAME                                                                                       \
	"Gro\xc3\x9f"                                                                              \
	"b\xc3\xa4"                                                                                \
	"ckerei Marker-4711"

struct shop {
	struct id id;
	const char *name, *language;
	int64_t made_ms;
};

static const struct json_field shop_fields[] = {
	{ "name", JSON_TEXT, offsetof(struct shop, name), .max = 200 },
	{ "language", JSON_TEXT, offsetof(struct shop, language), .max = 8 },
	{}
};
static const struct json_schema shop_sealed = { "shop", sizeof(struct shop), 0, shop_fields };

QUERY(q_put, "test_customer_put",
      "INSERT INTO customer (provider_id, customer_id, created_ms, sealed) "
      "VALUES (:provider, :customer, :created, :sealed)");
QUERY(q_get, "test_customer_get",
      "SELECT created_ms, sealed FROM customer "
      "WHERE provider_id = :provider AND customer_id = :customer");
QUERY(q_sealed, "test_customer_sealed",
      "SELECT sealed FROM customer WHERE provider_id = :provider AND customer_id = :customer");
QUERY(q_set, "test_customer_set",
      "UPDATE customer SET sealed = :sealed "
      "WHERE provider_id = :provider AND customer_id = :customer");
QUERY(q_drop, "test_customer_drop",
      "DELETE FROM customer WHERE provider_id = :provider AND customer_id = :customer");

/* The same, since it is packed. */
static const struct json_schema shop_packed = { "shop", sizeof(struct shop), JSON_PACKED,
						shop_fields };

static struct fixture *f;
static const struct json_schema *sealed_by;
static struct id provider, other_provider;
static struct arena mem;

static int set_up(void **state)
{
	f = fixture_new();
	sealed_by = &shop_sealed;
	provider = fixture_provider(f);
	other_provider = fixture_provider(f);
	return 0;
}

static int tear_down(void **state)
{
	arena_done(&mem);
	fixture_free(&f);
	return 0;
}

static int put_run(struct tenant_db *db, struct arena *arena, void *arg)
{
	const struct shop *shop = arg;
	struct row_key row = row_key_of("customer", shop->id);
	struct stmt *st;
	int rc = tenant_make_key(db, shop->id);

	if (rc < 0)
		return rc;
	st = tenant_query(db, &q_put);
	stmt_id(st, ":customer", shop->id);
	stmt_i64(st, ":created", shop->made_ms);
	stmt_sealed(st, ":sealed", shop->id, &row, sealed_by, shop);
	return stmt_run(st);
}

static struct id put(const char *name)
{
	struct shop shop = { .id = id_new(), .name = name, .language = "de", .made_ms = 42 };

	assert_int_equal(db_wait_write(f->db, provider, put_run, &shop, &mem), 1);
	return shop.id;
}

static int get_run(struct tenant_db *db, struct arena *arena, void *arg)
{
	struct shop *shop = arg;
	struct row_key row = row_key_of("customer", shop->id);
	struct stmt *st = tenant_query(db, &q_get);

	stmt_id(st, ":customer", shop->id);
	if (stmt_row(st)) {
		shop->made_ms = col_i64(st, 0);
		col_sealed(st, 1, &row, sealed_by, arena, shop);
	}
	return stmt_end(st);
}

static int get_as(struct id who, struct id id, struct shop *ret_shop)
{
	*ret_shop = (struct shop){ .id = id, .language = "untouched" };
	return db_wait_read(f->db, who, get_run, ret_shop, &mem);
}

TEST(a_sealed_text_comes_back_beside_the_clear_columns)
{
	struct id id = put(NAME);
	struct shop shop;

	assert_int_equal(get_as(provider, id, &shop), 0);
	assert_string_equal(shop.name, NAME);
	assert_string_equal(shop.language, "de");
	assert_int_equal(shop.made_ms, 42);
	assert_true(id_eq(shop.id, id));
}

TEST(a_row_from_before_it_was_packed_is_read_and_the_next_is_packed)
{
	struct id old = put(NAME), new;
	struct shop shop;

	sealed_by = &shop_packed;
	new = put(NAME " again");
	assert_int_equal(get_as(provider, old, &shop), 0);
	assert_string_equal(shop.name, NAME);
	assert_int_equal(get_as(provider, new, &shop), 0);
	assert_string_equal(shop.name, NAME " again");
	assert_string_equal(shop.language, "de");
}

struct box {
	struct id id;
	struct str box;
};

static int take_box_run(struct tenant_db *db, struct arena *arena, void *arg)
{
	struct box *b = arg;
	struct stmt *st = tenant_query(db, &q_sealed);

	stmt_id(st, ":customer", b->id);
	if (stmt_row(st))
		b->box = col_blob(st, 0);
	return stmt_end(st);
}

static int set_box_run(struct tenant_db *db, struct arena *arena, void *arg)
{
	const struct box *b = arg;
	struct stmt *st = tenant_query(db, &q_set);

	stmt_id(st, ":customer", b->id);
	stmt_blob(st, ":sealed", b->box.p, b->box.len);
	return stmt_run(st);
}

static struct box take_box(struct id id)
{
	struct box b = { id, {} };

	assert_int_equal(db_wait_read(f->db, provider, take_box_run, &b, &mem), 0);
	return b;
}

static void set_box(struct id who, struct box b)
{
	assert_int_equal(db_wait_write(f->db, who, set_box_run, &b, &mem), 1);
}

TEST(an_altered_row_does_not_open)
{
	struct id id = put("a");
	struct box b = take_box(id);
	struct shop shop;
	char *octets = arena_dup(&mem, b.box.p, b.box.len);

	for (size_t i = 0; i < b.box.len; i++) {
		int rc;

		octets[i] ^= 1;
		set_box(provider, (struct box){ id, { octets, b.box.len } });
		rc = get_as(provider, id, &shop);
		/* Another key id is a key that does not exist. */
		assert_int_equal(rc, i >= 1 && i <= 16 ? ERR_NOT_FOUND : ERR_CORRUPT);
		assert_string_equal(shop.language, "untouched");
		octets[i] ^= 1;
	}
	for (size_t len = 0; len < b.box.len; len += 5) {
		set_box(provider, (struct box){ id, { octets, len } });
		assert_int_equal(get_as(provider, id, &shop), ERR_CORRUPT);
	}
	set_box(provider, b);
	assert_int_equal(get_as(provider, id, &shop), 0);
}

TEST(a_row_moved_to_another_place_does_not_open)
{
	struct id a = put("a"), b = put("b");
	struct shop shop;

	set_box(provider, (struct box){ b, take_box(a).box });
	assert_int_equal(get_as(provider, b, &shop), ERR_CORRUPT);
}

static int put_box_run(struct tenant_db *db, struct arena *arena, void *arg)
{
	const struct box *b = arg;
	struct stmt *st = tenant_query(db, &q_put);

	stmt_id(st, ":customer", b->id);
	stmt_i64(st, ":created", 1);
	stmt_blob(st, ":sealed", b->box.p, b->box.len);
	return stmt_run(st);
}

TEST(R5_a_row_moved_to_another_provider_does_not_open)
{
	struct id id = put("a");
	struct box b = take_box(id);
	struct shop shop;

	assert_int_equal(db_wait_write(f->db, other_provider, put_box_run, &b, &mem), 1);
	assert_int_equal(get_as(other_provider, id, &shop), ERR_NOT_FOUND);
}

static int no_key_run(struct tenant_db *db, struct arena *arena, void *arg)
{
	struct id id = id_new();
	struct row_key row = row_key_of("customer", id);
	struct stmt *st = tenant_query(db, &q_put);

	stmt_id(st, ":customer", id);
	stmt_i64(st, ":created", 1);
	stmt_sealed(st, ":sealed", id, &row, &shop_sealed, &(struct shop){ .name = "a" });
	return stmt_run(st);
}

TEST(a_customer_without_a_key_cannot_be_sealed)
{
	assert_int_equal(db_wait_write(f->db, provider, no_key_run, NULL, &mem), ERR_NOT_FOUND);
}

static int bytes_run(struct tenant_db *db, struct arena *arena, void *arg)
{
	static const char report[] = "{\"exact\":\0\"octets\"}";
	struct row_key row = row_key("report");
	struct id id = *(struct id *)arg;
	struct stmt *st = tenant_query(db, &q_set);
	struct str got;

	row_key_id(&row, id);
	row_key_put(&row, "epoch", 5);
	row_key_i64(&row, 7);
	stmt_id(st, ":customer", id);
	stmt_sealed_bytes(st, ":sealed", id, &row, report, sizeof(report));
	assert_int_equal(stmt_run(st), 1);
	st = tenant_query(db, &q_sealed);
	stmt_id(st, ":customer", id);
	assert_true(stmt_row(st));
	got = col_sealed_bytes(st, 0, &row, arena);
	assert_int_equal(got.len, sizeof(report));
	assert_memory_equal(got.p, report, sizeof(report));
	return stmt_end(st);
}

TEST(octets_are_kept_exactly)
{
	struct id id = put("a");

	assert_int_equal(db_wait_write(f->db, provider, bytes_run, &id, &mem), 0);
}

TEST(parts_of_a_row_key_cannot_be_shifted_into_each_other)
{
	struct row_key a = row_key("t"), b = row_key("t");

	row_key_put(&a, "ab", 2);
	row_key_put(&a, "c", 1);
	row_key_put(&b, "a", 1);
	row_key_put(&b, "bc", 2);
	assert_true(a.len == b.len && memcmp(a.b, b.b, a.len) != 0);
}

static int drop_run(struct tenant_db *db, struct arena *arena, void *arg)
{
	struct stmt *st = tenant_query(db, &q_drop);

	stmt_id(st, ":customer", *(struct id *)arg);
	return stmt_run(st);
}

TEST(no_file_of_the_hub_contains_a_customers_text)
{
	char where[64] = "";
	struct id id;
	struct box b;

	for (int i = 0; i < 50; i++)
		id = put(NAME);
	b = take_box(id);
	/* The log first, then the database itself. */
	for (int i = 0; i < 2; i++) {
		assert_true(fixture_holds(f, b.box.p, b.box.len, where));
		assert_string_equal(where, i == 0 ? "hub.db-wal" : "hub.db");
		assert_false(fixture_holds(f, "Marker-4711", 11, where));
		assert_false(fixture_holds(f, "\"name\"", 6, where));
		fixture_close_db(f);
	}
	fixture_open_db(f);
	/* secure_delete: what was deleted is gone from the pages, sealed as it was. */
	assert_int_equal(db_wait_write(f->db, provider, drop_run, &id, &mem), 1);
	fixture_close_db(f);
	assert_false(fixture_holds(f, b.box.p + 20, b.box.len - 20, where));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_sealed_text_comes_back_beside_the_clear_columns),
		CASE(a_row_from_before_it_was_packed_is_read_and_the_next_is_packed),
		CASE(an_altered_row_does_not_open),
		CASE(a_row_moved_to_another_place_does_not_open),
		CASE(R5_a_row_moved_to_another_provider_does_not_open),
		CASE(a_customer_without_a_key_cannot_be_sealed),
		CASE(octets_are_kept_exactly),
		CASE(parts_of_a_row_key_cannot_be_shifted_into_each_other),
		CASE(no_file_of_the_hub_contains_a_customers_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
