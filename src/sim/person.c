/* person.c - see person.h. */
#include "sim/person.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/json.h"
#include "net/fetch.h"
#include "net/loop.h"

#define ANSWER_MAX (8 * MIB)
#define COOKIE_MAX 200
#define TIMEOUT_MS 60000

struct person {
	struct loop *loop;
	struct fetcher *fetcher;
	char *url, *ca_file;
	char cookie[COOKIE_MAX];
	struct buf body; /* of the last answer */
	int result;
	bool done;
};

struct person *person_new(struct loop *l, const char *url, const char *ca_file)
{
	struct person *p = xcalloc(1, sizeof(*p));

	p->loop = l;
	p->fetcher = fetcher_new(l);
	p->url = xstrdup(url);
	p->ca_file = ca_file ? xstrdup(ca_file) : NULL;
	p->body = buf_new(ANSWER_MAX);
	return p;
}

void person_free(struct person **p)
{
	if (!*p)
		return;
	fetcher_free(&(*p)->fetcher);
	buf_done(&(*p)->body);
	secret_wipe((*p)->cookie, sizeof((*p)->cookie));
	free((*p)->url);
	free((*p)->ca_file);
	free(*p);
	*p = NULL;
}

static void take_cookie(struct person *p, struct str set)
{
	const char *end = set.len ? memchr(set.p, ';', set.len) : NULL;

	if (end)
		snprintf(p->cookie, sizeof(p->cookie), "%.*s", (int)(end - set.p), set.p);
}

static void on_done(const struct fetch_result *result, void *owner)
{
	struct person *p = owner;

	p->done = true;
	p->result = result->rc < 0 ? result->rc : result->status;
	if (result->rc < 0)
		return;
	buf_putstr(&p->body, result->body);
	take_cookie(p, fetch_header(result, "set-cookie"));
}

static bool is_done(void *arg)
{
	return ((struct person *)arg)->done;
}

int person_call(struct person *p, const char *method, const char *path, const char *body,
		struct str *ret_body)
{
	struct fetch_header headers[] = { { "Content-Type", "application/json" },
					  { "Cookie", p->cookie } };
	char url[1024];
	struct fetch_request request = { .method = method,
					 .url = url,
					 .headers = body ? headers : &headers[1],
					 .headers_len =
						 (size_t)((body != NULL) + (p->cookie[0] != 0)),
					 .body = str_of(body),
					 .ca_file = p->ca_file,
					 .timeout_ms = TIMEOUT_MS,
					 .max_response_bytes = ANSWER_MAX };

	snprintf(url, sizeof(url), "%s%s", p->url, path);
	buf_wipe(&p->body);
	p->body = buf_new(ANSWER_MAX);
	p->done = false;
	fetch_start(p->fetcher, &request, on_done, p);
	loop_run_until(p->loop, is_done, p, 2 * TIMEOUT_MS);
	if (!p->done)
		return ERR_TIMEOUT;
	if (ret_body)
		*ret_body = buf_str(&p->body);
	return p->result;
}

int person_login(struct person *p, const char *email, const char *password)
{
	struct buf body = buf_new(KIB);
	int status;

	buf_puts(&body, "{\"email\":");
	json_put_text(&body, str_of(email));
	buf_puts(&body, ",\"password\":");
	json_put_text(&body, str_of(password));
	buf_puts(&body, "}");
	buf_putc(&body, 0);
	status = person_call(p, "POST", "/api/v1/logins", (const char *)body.data, NULL);
	buf_wipe(&body);
	return status;
}

struct made {
	const char *id, *code;
};

/* clang-format off */
static const struct json_field made_fields[] = {
	{ "id", JSON_TEXT, offsetof(struct made, id), JSON_REQUIRED, .max = PERSON_ID_MAX - 1 },
	{ "code", JSON_TEXT, offsetof(struct made, code), .max = PERSON_CODE_MAX - 1 },
	{}
};
/* clang-format on */
static const struct json_schema made_schema = { "made", sizeof(struct made), JSON_OPEN,
						made_fields };

int person_make(struct person *p, const char *path, const char *body, struct person_made *ret_made)
{
	struct json_problem problem;
	struct arena mem = {};
	struct made made;
	struct str answer;
	int status = person_call(p, "POST", path, body, &answer);
	int rc = 0;

	if (status == 201)
		rc = json_decode(&made_schema, answer.p, answer.len, &mem, &made, &problem);
	if (status == 201 && rc == 0) {
		snprintf(ret_made->id, PERSON_ID_MAX, "%s", made.id);
		snprintf(ret_made->code, PERSON_CODE_MAX, "%s", made.code ? made.code : "");
	}
	arena_wipe(&mem);
	return rc < 0 ? rc : status;
}
