/* keyring_test.c - keys are there when a row needs them, and nobody else reads them. */
#include "base/test.h"
#include "base/file.h"
#include "base/thread.h"
#include "db/fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_LEN 48
#define RECORD_LEN 116

static struct fixture *f;
static struct id provider, customer, no_customer;

static int set_up(void **state)
{
	f = fixture_new();
	provider = id_new();
	customer = id_new();
	return 0;
}

static int tear_down(void **state)
{
	fixture_free(&f);
	return 0;
}

static int open_again(void)
{
	keyring_close(&f->keys);
	return keyring_open(f->master_path, f->keys_path, &f->keys);
}

/* For tests that must not close the keyring under the fixture's db. */
static int open_other(struct keyring **ret_keys)
{
	return keyring_open(f->master_path, f->keys_path, ret_keys);
}

static struct seal_key find(struct keyring *keys, struct id who, struct id *ret_id)
{
	struct seal_key key = {};
	struct id id = {};

	assert_int_equal(keyring_find(keys, provider, who, &id, &key), 0);
	if (ret_id)
		*ret_id = id;
	return key;
}

TEST(a_key_is_random_kept_and_found_by_customer_and_by_id)
{
	struct seal_key a, b, again;
	struct id a_id, b_id;

	fixture_close_db(f);
	assert_int_equal(keyring_make(f->keys, provider, no_customer), 0);
	assert_int_equal(keyring_make(f->keys, provider, customer), 0);
	a = find(f->keys, no_customer, &a_id);
	b = find(f->keys, customer, &b_id);
	assert_memory_not_equal(a.b, b.b, sizeof(a.b));
	assert_false(id_eq(a_id, b_id));
	assert_int_equal(keyring_make(f->keys, provider, customer), 0);
	assert_int_equal(open_again(), 0);
	again = find(f->keys, customer, NULL);
	assert_memory_equal(again.b, b.b, sizeof(b.b));
	assert_int_equal(keyring_get(f->keys, provider, a_id, &again), 0);
	assert_memory_equal(again.b, a.b, sizeof(a.b));
}

TEST(R5_a_key_of_another_provider_is_not_found)
{
	struct seal_key key;
	struct id id;

	assert_int_equal(keyring_make(f->keys, provider, customer), 0);
	find(f->keys, customer, &id);
	assert_int_equal(keyring_get(f->keys, id_new(), id, &key), ERR_NOT_FOUND);
	assert_int_equal(keyring_find(f->keys, id_new(), customer, &id, &key), ERR_NOT_FOUND);
	assert_int_equal(keyring_find(f->keys, provider, no_customer, &id, &key), ERR_NOT_FOUND);
}

TEST(keys_lie_wrapped_outside_the_database)
{
	struct seal_key key;
	char name[64];
	struct id id;

	assert_int_equal(keyring_make(f->keys, provider, customer), 0);
	key = find(f->keys, customer, &id);
	assert_false(fixture_holds(f, key.b, sizeof(key.b), name));
	assert_true(fixture_holds(f, id.b, sizeof(id.b), name));
	assert_string_equal(name, "keys");
}

TEST(a_key_made_by_another_program_is_found)
{
	struct keyring *other;
	struct seal_key a, b;

	assert_int_equal(open_other(&other), 0);
	assert_int_equal(keyring_make(other, provider, customer), 0);
	a = find(other, customer, NULL);
	b = find(f->keys, customer, NULL);
	assert_memory_equal(a.b, b.b, sizeof(a.b));
	assert_int_equal(keyring_make(f->keys, provider, no_customer), 0);
	a = find(f->keys, no_customer, NULL);
	b = find(other, no_customer, NULL);
	assert_memory_equal(a.b, b.b, sizeof(a.b));
	keyring_close(&other);
}

static void make_many(void *arg)
{
	struct keyring *keys;

	assert_int_equal(open_other(&keys), 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(keyring_make(keys, provider, i < 5 ? customer : id_new()), 0);
	keyring_close(&keys);
}

TEST(programs_that_make_keys_at_once_take_turns)
{
	struct thread *threads[2];
	struct buf file = buf_new(MIB);

	for (int i = 0; i < 2; i++)
		threads[i] = thread_start("make", make_many, NULL);
	for (int i = 0; i < 2; i++)
		thread_join(&threads[i]);
	assert_int_equal(file_read(f->keys_path, &file), 0);
	assert_int_equal(file.len, HEADER_LEN + 31 * RECORD_LEN);
	buf_done(&file);
	fixture_close_db(f);
	assert_int_equal(open_again(), 0);
	find(f->keys, customer, NULL);
}

static void rewrite(struct buf *file)
{
	assert_int_equal(file_replace(f->keys_path, file->data, file->len, FILE_PRIVATE), 0);
}

TEST(an_unfinished_record_is_overwritten_by_the_next)
{
	static const uint8_t zeros[RECORD_LEN];
	struct id second = id_new(), third = id_new();
	struct buf file = buf_new(MIB);
	struct seal_key a, b;

	assert_int_equal(keyring_make(f->keys, provider, customer), 0);
	a = find(f->keys, customer, NULL);
	assert_int_equal(file_read(f->keys_path, &file), 0);
	buf_put(&file, "K\1\0\0torn", 8);
	rewrite(&file);
	assert_int_equal(keyring_make(f->keys, provider, second), 0);
	buf_clear(&file);
	assert_int_equal(file_read(f->keys_path, &file), 0);
	buf_put(&file, zeros, sizeof(zeros));
	rewrite(&file);
	assert_int_equal(keyring_make(f->keys, provider, third), 0);
	buf_done(&file);
	fixture_close_db(f);
	assert_int_equal(open_again(), 0);
	b = find(f->keys, customer, NULL);
	assert_memory_equal(a.b, b.b, sizeof(a.b));
	find(f->keys, second, NULL);
	find(f->keys, third, NULL);
}

/* The record of `customer`, the second of the file. */
#define RECORD_AT (HEADER_LEN + RECORD_LEN)

static void read_file(struct buf *file)
{
	buf_clear(file);
	assert_int_equal(file_read(f->keys_path, file), 0);
}

TEST(an_erased_key_is_gone_from_memory_and_file_and_stays_known_as_erased)
{
	struct buf before = buf_new(MIB), after = buf_new(MIB);
	struct keyring *other;
	struct seal_key key;
	struct id id;

	assert_int_equal(open_other(&other), 0);
	assert_int_equal(keyring_make(f->keys, provider, no_customer), 0);
	assert_int_equal(keyring_make(f->keys, provider, customer), 0);
	find(f->keys, customer, &id);
	find(other, customer, NULL);
	read_file(&before);
	assert_false(keyring_is_erased(f->keys, provider, customer));
	assert_int_equal(keyring_erase(f->keys, provider, customer), 0);
	assert_int_equal(keyring_erase(f->keys, provider, customer), 0);
	read_file(&after);
	assert_int_equal(after.len, before.len + RECORD_LEN);
	assert_null(memmem(after.data, after.len, before.data + RECORD_AT + 52, 16));
	assert_int_equal(keyring_find(f->keys, provider, customer, &id, &key), ERR_NOT_FOUND);
	assert_int_equal(keyring_get(f->keys, provider, id, &key), ERR_NOT_FOUND);
	/* Another program learns of it with the next key that it does not know. */
	assert_int_equal(keyring_find(other, provider, id_new(), &id, &key), ERR_NOT_FOUND);
	assert_int_equal(keyring_find(other, provider, customer, &id, &key), ERR_NOT_FOUND);
	keyring_close(&other);
	fixture_close_db(f);
	assert_int_equal(open_again(), 0);
	assert_true(keyring_is_erased(f->keys, provider, customer));
	assert_false(keyring_is_erased(f->keys, id_new(), customer));
	find(f->keys, no_customer, NULL);
	assert_int_equal(keyring_make(f->keys, provider, id_new()), 0);
	buf_done(&before);
	buf_done(&after);
}

/* Wherever a crash came: the record still whole, half overwritten, overwritten. */
TEST(an_erasure_that_was_cut_short_is_finished_by_the_next_program)
{
	struct buf before = buf_new(MIB), after = buf_new(MIB), cut = buf_new(MIB);
	struct seal_key key;
	struct id id;

	assert_int_equal(keyring_make(f->keys, provider, no_customer), 0);
	assert_int_equal(keyring_make(f->keys, provider, customer), 0);
	read_file(&before);
	assert_int_equal(keyring_erase(f->keys, provider, customer), 0);
	read_file(&after);
	fixture_close_db(f);
	for (size_t done = 0; done <= 64; done++) {
		buf_clear(&cut);
		buf_put(&cut, after.data, after.len);
		memcpy(cut.data + RECORD_AT + 52 + done, before.data + RECORD_AT + 52 + done,
		       64 - done);
		rewrite(&cut);
		assert_int_equal(open_again(), 0);
		assert_int_equal(keyring_find(f->keys, provider, customer, &id, &key),
				 ERR_NOT_FOUND);
		read_file(&cut);
		assert_int_equal(cut.len, after.len);
		assert_memory_equal(cut.data, after.data, after.len);
	}
	buf_done(&before);
	buf_done(&after);
	buf_done(&cut);
}

static void check_altered(struct buf *file, size_t at, int expected)
{
	struct keyring *other = NULL;

	file->data[at] ^= 1;
	rewrite(file);
	assert_int_equal(open_other(&other), expected);
	file->data[at] ^= 1;
}

/* As somebody sees it who reads while another program writes, or a disk that fails once. */
TEST(a_record_that_is_read_badly_once_is_read_again)
{
	struct id second = id_new(), third = id_new(), id;
	struct buf file = buf_new(MIB);
	struct keyring *other;
	struct seal_key key;

	assert_int_equal(keyring_make(f->keys, provider, customer), 0);
	assert_int_equal(open_other(&other), 0);
	assert_int_equal(keyring_make(f->keys, provider, second), 0);
	assert_int_equal(keyring_make(f->keys, provider, third), 0);
	read_file(&file);
	file.data[RECORD_AT + 60] ^= 1;
	rewrite(&file);
	assert_int_equal(keyring_find(other, provider, second, &id, &key), ERR_CORRUPT);
	assert_int_equal(keyring_make(other, provider, id_new()), ERR_CORRUPT);
	find(other, customer, NULL);
	find(other, third, NULL);
	file.data[RECORD_AT + 60] ^= 1;
	rewrite(&file);
	find(other, second, NULL);
	assert_int_equal(keyring_make(other, provider, id_new()), 0);
	keyring_close(&other);
	buf_done(&file);
}

TEST(an_erased_key_is_not_learnt_again_from_a_file_that_has_to_be_read_again)
{
	struct buf before = buf_new(MIB), file = buf_new(MIB);
	struct id second = id_new(), id;
	struct seal_key key;

	assert_int_equal(keyring_make(f->keys, provider, no_customer), 0);
	assert_int_equal(keyring_make(f->keys, provider, customer), 0);
	read_file(&before);
	assert_int_equal(keyring_erase(f->keys, provider, customer), 0);
	assert_int_equal(keyring_make(f->keys, provider, second), 0);
	read_file(&file);
	/* The record of the erased key is whole again, as an old copy of the disk has it, and the
	 * last one is damaged. */
	memcpy(file.data + RECORD_AT, before.data + RECORD_AT, RECORD_LEN);
	file.data[file.len - 1] ^= 1;
	rewrite(&file);
	assert_int_equal(keyring_find(f->keys, provider, customer, &id, &key), ERR_NOT_FOUND);
	assert_true(keyring_is_erased(f->keys, provider, customer));
	file.data[file.len - 1] ^= 1;
	rewrite(&file);
	assert_int_equal(keyring_find(f->keys, provider, id_new(), &id, &key), ERR_NOT_FOUND);
	assert_int_equal(keyring_find(f->keys, provider, customer, &id, &key), ERR_NOT_FOUND);
	buf_done(&before);
	buf_done(&file);
}

/* ---- a disk that fails: needs a build with fault injection ---- */

static void fault(const char *spec)
{
	setenv("IMPRIMATUR_TEST_FAULT", spec, 1);
}

static bool faults_can_be_made(void)
{
	bool can;

	fault("sync:EIO:1+");
	can = keyring_make(f->keys, provider, id_new()) == -EIO;
	unsetenv("IMPRIMATUR_TEST_FAULT");
	return can;
}

TEST(a_key_whose_record_was_not_synced_is_not_there_before_it_is)
{
	struct seal_key key;
	struct id id;

	if (!faults_can_be_made())
		skip();
	fault("sync:EIO:1+");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(keyring_make(f->keys, provider, customer), -EIO);
		assert_int_equal(keyring_find(f->keys, provider, customer, &id, &key), -EIO);
	}
	/* To sync once more what the kernel calls clean would promise too much: it is written
	 * again. */
	fault("overwrite:EIO:1");
	assert_int_equal(keyring_make(f->keys, provider, customer), -EIO);
	unsetenv("IMPRIMATUR_TEST_FAULT");
	assert_int_equal(keyring_make(f->keys, provider, customer), 0);
	find(f->keys, customer, NULL);
	fixture_close_db(f);
	assert_int_equal(open_again(), 0);
	find(f->keys, customer, NULL);
}

/* Each call that an erasure makes fails once; then it is tried again. */
TEST(an_erasure_that_the_disk_failed_is_done_by_the_next_try)
{
	static const char *const calls[] = { "append", "sync", "overwrite", "read" };
	struct seal_key key;
	char spec[32];
	struct id id;

	if (!faults_can_be_made())
		skip();
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		for (int nth = 1; nth <= 4; nth++) {
			struct id who = id_new();
			int rc;

			assert_int_equal(keyring_make(f->keys, provider, who), 0);
			snprintf(spec, sizeof(spec), "%s:EIO:%d", calls[i], nth);
			fault(spec);
			rc = keyring_erase(f->keys, provider, who);
			unsetenv("IMPRIMATUR_TEST_FAULT");
			if (rc < 0)
				assert_int_equal(keyring_erase(f->keys, provider, who), 0);
			assert_true(keyring_is_erased(f->keys, provider, who));
			fixture_close_db(f);
			assert_int_equal(open_again(), 0);
			assert_int_equal(keyring_find(f->keys, provider, who, &id, &key),
					 ERR_NOT_FOUND);
		}
	}
}

TEST(an_altered_key_file_is_refused)
{
	struct buf file = buf_new(MIB);

	assert_int_equal(keyring_make(f->keys, provider, customer), 0);
	assert_int_equal(file_read(f->keys_path, &file), 0);
	check_altered(&file, 0, ERR_CORRUPT);
	check_altered(&file, 9, ERR_NEWER); /* version 257 */
	check_altered(&file, 20, ERR_CRYPTO);
	for (size_t at = HEADER_LEN; at < file.len; at++)
		check_altered(&file, at, ERR_CORRUPT);
	buf_done(&file);
}

TEST(another_master_key_does_not_open_the_key_file)
{
	static const char other[] =
		"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n";
	struct keyring *keys = NULL;

	assert_int_equal(file_replace(f->master_path, other, strlen(other), FILE_PRIVATE), 0);
	assert_int_equal(open_other(&keys), ERR_CRYPTO);
	assert_int_equal(file_replace(f->master_path, other, 40, FILE_PRIVATE), 0);
	assert_int_equal(open_other(&keys), ERR_CRYPTO);
	assert_int_equal(file_remove(f->master_path), 0);
	assert_int_equal(open_other(&keys), -ENOENT);
}

TEST(a_master_key_inside_the_data_folder_is_refused)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/data/master.key", f->dir);
	assert_int_equal(keyring_init(path, f->keys_path), ERR_CONFIG);
	assert_int_equal(keyring_init("master.key", "keys"), ERR_CONFIG);
	assert_int_equal(keyring_init(f->master_path, f->keys_path), -EEXIST);
}

TEST(look_ups_differ_by_domain_and_by_master_key)
{
	struct hash email = lookup_hash(f->keys, "email", STR("a@example.test"));
	struct hash again = lookup_hash(f->keys, "email", STR("a@example.test"));
	struct hash code = lookup_hash(f->keys, "code", STR("a@example.test"));
	struct hash plain = hash_of("a@example.test", 14);

	assert_true(hash_eq(&email, &again));
	assert_false(hash_eq(&email, &code));
	assert_false(hash_eq(&email, &plain));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_key_is_random_kept_and_found_by_customer_and_by_id),
		CASE(R5_a_key_of_another_provider_is_not_found),
		CASE(keys_lie_wrapped_outside_the_database),
		CASE(a_key_made_by_another_program_is_found),
		CASE(programs_that_make_keys_at_once_take_turns),
		CASE(an_unfinished_record_is_overwritten_by_the_next),
		CASE(an_erased_key_is_gone_from_memory_and_file_and_stays_known_as_erased),
		CASE(an_erasure_that_was_cut_short_is_finished_by_the_next_program),
		CASE(a_record_that_is_read_badly_once_is_read_again),
		CASE(an_erased_key_is_not_learnt_again_from_a_file_that_has_to_be_read_again),
		CASE(a_key_whose_record_was_not_synced_is_not_there_before_it_is),
		CASE(an_erasure_that_the_disk_failed_is_done_by_the_next_try),
		CASE(an_altered_key_file_is_refused),
		CASE(another_master_key_does_not_open_the_key_file),
		CASE(a_master_key_inside_the_data_folder_is_refused),
		CASE(look_ups_differ_by_domain_and_by_master_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
