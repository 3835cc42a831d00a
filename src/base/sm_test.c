#include "base/sm.h"
#include "base/test.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DOWN, DIALING, UP };

static const struct sm_state states[] = {
	[DOWN] = { "down", SM_TO(DIALING), 0 },
	[DIALING] = { "dialing", SM_TO(UP) | SM_TO(DOWN) | SM_TO(DIALING), 5000 },
	[UP] = { "up", SM_TO(DOWN), 0 },
};

static int64_t armed_ms;

static void arm(struct sm *sm, int64_t deadline_ms)
{
	armed_ms = deadline_ms;
}

TEST(each_state_arms_its_own_deadline)
{
	struct sm sm;

	sm_init(&sm, states, DOWN, arm);
	assert_int_equal(armed_ms, 0);
	sm_go(&sm, DIALING);
	assert_int_equal(armed_ms, 5000);
	assert_string_equal(sm_name(&sm), "dialing");
	sm_go_for(&sm, DIALING, 700);
	assert_int_equal(armed_ms, 700);
	sm_go(&sm, UP);
	assert_int_equal(armed_ms, 0);
	assert_int_equal(sm.state, UP);
}

TEST(a_move_that_the_table_does_not_allow_is_our_bug)
{
	struct sm sm;
	int status;
	pid_t pid;

	sm_init(&sm, states, DOWN, arm);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){});
		close(STDERR_FILENO);
		sm_go(&sm, UP);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(each_state_arms_its_own_deadline),
		RUN(a_move_that_the_table_does_not_allow_is_our_bug),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
