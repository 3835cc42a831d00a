/* control_call.c - see control_call.h. */
#include "connector/control_call.h"
#include "connector/home.h"
#include "connector/settings/settings.h"
#include "base/err.h"
#include "net/fetch.h"
#include "net/loop.h"
#include "wire/messages.h"
#include <stdio.h>

#define TIMEOUT_MS 10000

struct asking {
	bool done;
	int rc;
	struct buf *answer;
};

static void on_answer(const struct fetch_result *result, void *owner)
{
	struct asking *a = owner;
	struct json_problem problem;
	struct problem why;
	struct arena mem = {};

	a->done = true;
	a->rc = result->rc;
	if (a->rc == 0 && result->status == 200)
		buf_putstr(a->answer, result->body);
	else if (a->rc == 0)
		a->rc = json_decode(&problem_schema, result->body.p, result->body.len, &mem, &why,
				    &problem) == 0
				? err_from_code(why.code)
				: ERR_UPSTREAM;
	arena_done(&mem);
}

static bool is_done(void *arg)
{
	return ((struct asking *)arg)->done;
}

static int ask(struct loop *loop, const struct fetch_request *request, struct asking *a)
{
	struct fetcher *fetcher = fetcher_new(loop);
	struct fetch *fetch = fetch_start(fetcher, request, on_answer, a);

	if (!loop_run_until(loop, is_done, a, 2 * TIMEOUT_MS))
		fetch_cancel(&fetch);
	fetcher_free(&fetcher);
	return a->done ? a->rc : ERR_TIMEOUT;
}

int control_call(const char *dir, const char *method, const char *path, struct str body,
		 struct buf *ret_answer)
{
	static const struct fetch_header headers[] = { { "Origin", CONTROL_ORIGIN },
						       { "Content-Type", "application/json" } };
	char socket[HOME_PATH_MAX], url[256];
	struct asking a = { .answer = ret_answer };
	struct fetch_request request = {
		.method = method,
		.url = url,
		.headers = headers,
		.headers_len = body.p ? 2 : 1,
		.body = body,
		.unix_socket_path = socket,
		.timeout_ms = TIMEOUT_MS,
		.max_response_bytes = CONTROL_ANSWER_MAX,
		.flags = FETCH_FRESH,
	};
	int rc = home_path(dir, HOME_CONTROL, socket);
	struct loop *loop;

	if (rc < 0)
		return rc;
	snprintf(url, sizeof(url), CONTROL_ORIGIN "%s", path);
	loop = loop_new();
	rc = ask(loop, &request, &a);
	loop_free(&loop);
	return rc;
}
