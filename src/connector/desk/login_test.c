/* login_test.c - who is let in at the desk, and when a code is good. */
#include "base/test.h"

#include "connector/desk/slice.h"

#include "api/test_call.h"
#include "base/clock.h"
#include "base/password.h"
#include "connector/test_dir.h"
#include <stdio.h>
#include <string.h>

#define SECRET "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
#define DAY_MS ((int64_t)24 * 3600 * 1000)

static struct desk d;

static int setup(void **state)
{
	static const struct route *const tables[] = { desk_login_routes, NULL };
	char hash[PASSWORD_HASH_MAX];
	struct approvers a = {};
	struct buf why = buf_new(KIB);

	d = (struct desk){ .cfg = { .loop = loop_new(), .dir = test_dir("desk") }, .seen = -1 };
	password_hash(STR("a long password"), hash);
	assert_int_equal(approvers_add(&a, &(struct approver){ .name = "Front desk",
							       .password = hash,
							       .totp = SECRET }),
			 0);
	assert_int_equal(approvers_save(d.cfg.dir, &a), 0);
	approvers_free(&a);
	login_init(&d);
	d.api_config = (struct api_config){ .origin = TEST_ORIGIN,
					    .authority = TEST_AUTHORITY,
					    .owner = &d,
					    .authenticate = desk_authenticate,
					    .local = true };
	assert_int_equal(api_open(d.cfg.loop, &d.api_config, tables, &why, &d.api), 0);
	buf_done(&why);
	return 0;
}

static int teardown(void **state)
{
	api_free(&d.api);
	login_done(&d);
	approvers_free(&d.approvers);
	loop_free(&d.cfg.loop);
	return 0;
}

/* With the code that an app shows now; the answer's status. */
static int log_in(void)
{
	uint8_t secret[TOTP_SECRET_LEN];
	struct answer a;
	char body[128];
	int status;

	assert_int_equal(totp_parse(STR(SECRET), secret), 0);
	snprintf(body, sizeof(body),
		 "{\"name\":\"front desk\",\"password\":\"a long password\",\"code\":\"%06u\"}",
		 totp_number(secret, clock_wall_ms() / TOTP_STEP_MS));
	a = call_api(d.cfg.loop, d.api,
		     &(struct call){ "POST", "/api/login", .body = body,
				     .headers = { "content-type", "application/json", "origin",
						  TEST_ORIGIN } });
	status = a.status;
	answer_done(&a);
	return status;
}

static void pass(int64_t ms)
{
	if (!clock_skip_ms(ms))
		skip();
}

/* What follows is within one step of time. */
static void pass_to_a_step(void)
{
	pass(TOTP_STEP_MS - clock_wall_ms() % TOTP_STEP_MS);
}

TEST(a_code_is_good_once)
{
	pass_to_a_step();
	assert_int_equal(log_in(), 201);
	assert_int_equal(log_in(), 401);
	pass(TOTP_STEP_MS);
	assert_int_equal(log_in(), 201);
}

TEST(a_login_while_the_clock_was_ahead_shuts_nobody_out_for_longer_than_a_minute)
{
	pass_to_a_step();
	assert_int_equal(log_in(), 201);
	/* And now the clock is right again. */
	for (size_t i = 0; i < APPROVERS_MAX; i++)
		d.spent[i].step += DAY_MS / TOTP_STEP_MS;
	pass(TOTP_STEP_MS);
	assert_int_equal(log_in(), 401);
	pass(2 * TOTP_STEP_MS);
	assert_int_equal(log_in(), 201);
	/* Of another one, from before the start. */
	memset(d.spent, 0, sizeof(d.spent));
	d.spent_before = (clock_wall_ms() + DAY_MS) / TOTP_STEP_MS;
	assert_int_equal(log_in(), 401);
	pass(2 * TOTP_STEP_MS);
	assert_int_equal(log_in(), 201);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_code_is_good_once),
		T(a_login_while_the_clock_was_ahead_shuts_nobody_out_for_longer_than_a_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
