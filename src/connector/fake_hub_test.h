/* fake_hub_test.h - a hub for tests: /c/v1 over TLS on loopback, with signatures checked as the
 * real one does, and refusals on demand.  What it holds is for the test to look at. */
#ifndef CONNECTOR_FAKE_HUB_TEST_H
#define CONNECTOR_FAKE_HUB_TEST_H

#include "base/arena.h"
#include "net/test_ask.h"
#include "wire/http_sig.h"
#include "wire/messages.h"

struct loop;
struct exchange;

#define TEST_HUB_TUNNELS 8

#define TEST_HUB_RECORDS 1000
#define TEST_HUB_TEXT    "Agreement with ACME Print.\nBe kind.\n"

struct test_record {
	struct epoch epoch;
	uint64_t seq;
	struct hash digest;
	int kind;
	char data[200]; /* its beginning */
};

struct test_hub {
	char url[64], ca_file[600];
	/* what it does */
	int64_t clock_offset_ms; /* its clock minus ours */
	int refuse;              /* an error for every signed call; 0: none */
	int refuse_reports;      /* for reports only */
	const char *commands;    /* the answer to the next poll; NULL: it waits */
	const char *retry_after; /* told with each refusal; NULL: not */
	bool cuts_polls;         /* each connection that carries a poll is broken off at once */
	bool answers_at_once;    /* each poll is answered with {} */
	const char *portal;      /* HTML that answers every call with 200 in the hub's place */
	bool holds_nothing;      /* what it got is forgotten when it answers */
	int refuse_mirrors;      /* for the switches only */
	bool used;               /* the code was used by another key */
	int refuse_offers;       /* of a new key only */
	bool frames_only;        /* a tunnel's plain form is answered with HTML */
	bool cuts_offers;        /* takes the key and breaks off instead of answering */
	/* what it saw */
	unsigned invitations, enrolments, polls, mirrors, reports, bad_signatures, refused, offers;
	struct permissions_request switches; /* as last mirrored */
	bool has_key;
	uint8_t public_key[SIGN_KEY_LEN];
	bool has_next, has_retired; /* keys offered, and replaced */
	uint8_t next_key[SIGN_KEY_LEN], retired_key[SIGN_KEY_LEN];
	struct test_record records[TEST_HUB_RECORDS];
	size_t records_len;
	unsigned asked_plain, asked_framed;     /* for a tunnel */
	struct asker tunnels[TEST_HUB_TUNNELS]; /* whose `h2` is NULL once it is closed */
	size_t tunnels_len;
	/* its own */
	struct loop *loop;
	struct server *server;
	struct tls *tls;
	struct exchange *poll; /* parked */
	bool framed;           /* the tunnel that was asked for last */
};

/* Listens; its certificate lies in `dir`, which is a test_dir(). */
struct test_hub *test_hub_new(struct loop *l, const char *dir);
void test_hub_free(struct test_hub **h);
/* Answers the open poll: with h->commands, or {}. */
void test_hub_answer_poll(struct test_hub *h);

#endif
