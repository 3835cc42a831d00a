/* test_visitor.h - a browser that visits a site through a whole hub without its listener's TLS, and
 * a connector that is net/'s own codec.
 *
 *   test_peer --h1--> server --> relay --h2--> far (test_h2.h, and what `answer` adds) */
#ifndef HUB_RELAY_TEST_VISITOR_H
#define HUB_RELAY_TEST_VISITOR_H

#include "hub/relay/test_site.h"

/* Between setup and teardown. */
extern struct world *w;
extern struct test_site site;
extern int port; /* of the hub */

int visitor_setup(void **state);
int visitor_teardown(void **state);
#define WITH(name) cmocka_unit_test_setup_teardown(name, visitor_setup, visitor_teardown)

/* A peer that is the caller's until leave(). */
struct test_peer *browse_raw(const char *text);
/* With our cookie; `more` are header fields, each with its CRLF. */
struct test_peer *browse(const char *method, const char *path, const char *more);
/* At another session's name, without a cookie. */
struct test_peer *browse_at(const char *host, const char *path, const char *more);
/* The relay has it: from now on its time runs. */
struct test_peer *browse_until_taken(const char *path);
bool has_visit(void *unused); /* the relay has one; for loop_run_until() */
void leave(struct test_peer *p);

/* What comes does not have that; then it leaves. */
void expect_none(struct test_peer *p, const char *text);
/* The status and a text of what comes; then it leaves. */
void expect(struct test_peer *p, int status, const char *text);

void pass(int64_t ms);
void leap(int64_t ms); /* the process does not live meanwhile */

#endif
