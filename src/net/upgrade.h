/* upgrade.h - a client that asks a server to switch protocols (RFC 9110 section 7.8) and then has
 * the connection.
 *
 *   descriptor --TLS--> request --> 101: the connection is the owner's
 *                              '--> any other answer: its status, and its body if that is short
 *
 * What answers need not be the server that was meant: an answer is read within narrow limits and
 * believed in nothing but what it says of itself.
 *
 * One loop.  `done` runs once, never from inside upgrade_start(), unless it is cancelled first. */
#ifndef NET_UPGRADE_H
#define NET_UPGRADE_H

#include "base/buf.h"

struct conn;
struct loop;
struct tls;
struct upgrade;

#define UPGRADE_HEAD_MAX (16 * KIB)
#define UPGRADE_BODY_MAX (16 * KIB) /* what is longer is not read */

struct upgrade_request {         /* all is copied */
	struct tls *tls;         /* NULL: plain */
	const char *server_name; /* conn.h */
	const char *authority;   /* of Host */
	const char *path;
	const char *protocol; /* "imprimatur/1" */
	struct str headers;   /* further fields, each with its CRLF */
	int64_t timeout_ms;   /* all in all */
	int64_t stall_ms;     /* conn.h, of the connection also afterwards */
};

struct upgrade_answer { /* valid during `done` */
	/* 0: switched.  ERR_UPSTREAM: the server answered otherwise (status), or not in HTTP, or
	 * broke off (status 0); ERR_TLS; ERR_TIMEOUT; ERR_UNREACHABLE. */
	int rc;
	int status;
	bool sent;         /* the request has gone out */
	struct conn *conn; /* if rc is 0: open, the owner's, who takes it by conn_hand_over() */
	struct str first;  /* what came behind the head */
	struct str head;   /* for upgrade_header() */
	struct str body;   /* of another answer */
};
typedef void upgrade_done_fn(const struct upgrade_answer *answer, void *owner);

/* Takes fd, which is connected.  NULL: it cannot be used, and is closed. */
struct upgrade *upgrade_start(struct loop *l, int fd, const struct upgrade_request *request,
			      upgrade_done_fn *done, void *owner);
void upgrade_cancel(struct upgrade **u); /* NULL is harmless */

/* The first field of that name (any case); p NULL if there is none. */
struct str upgrade_header(const struct upgrade_answer *answer, const char *name);

#endif
