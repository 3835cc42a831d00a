#include "base/list.h"
#include "base/test.h"

struct item {
	int value;
	struct link link;
};

TEST(entries_come_in_order_and_may_leave_while_iterating)
{
	struct item items[5];
	struct link head;
	int next = 0;

	list_init(&head);
	assert_true(list_empty(&head));
	for (int i = 0; i < 5; i++) {
		items[i].value = i;
		list_append(&head, &items[i].link);
	}
	LIST_EACH(l, &head) {
		struct item *it = LIST_ENTRY(l, struct item, link);

		assert_int_equal(it->value, next++);
		if (it->value % 2 == 0)
			list_remove(l);
	}
	assert_int_equal(next, 5);
	next = 1;
	LIST_EACH(l, &head) {
		assert_int_equal(LIST_ENTRY(l, struct item, link)->value, next);
		next += 2;
	}
	assert_int_equal(next, 5);
	list_remove(&items[0].link); /* again: harmless */
	list_remove(&items[1].link);
	list_remove(&items[3].link);
	assert_true(list_empty(&head));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(entries_come_in_order_and_may_leave_while_iterating),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
