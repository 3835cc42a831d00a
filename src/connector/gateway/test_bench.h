/* test_bench.h - for the gateway's tests: a gateway with a network of its own, in which names,
 * addresses and devices are what each test says. */
#ifndef CONNECTOR_GATEWAY_TEST_BENCH_H
#define CONNECTOR_GATEWAY_TEST_BENCH_H

#include "connector/gateway/gateway.h"
#include "connector/gateway/net.h"
#include "net/test_source.h"

#define DEVICES_MAX 96
#define LOOKUPS_MAX 160

struct bench;

struct fake_lookup {
	struct task task;
	struct bench *bench;
	lookup_fn *fn; /* NULL: cancelled */
	void *owner;
	char host[256];
	uint16_t port;
};

struct bench {
	struct loop *loop;
	struct options options;
	struct gateway *gateway;
	struct gateway_visit visit;
	struct target target;
	/* What the only name but the hub's means: addresses by blanks; NULL: nothing. */
	const char *means;
	const char *here;    /* this machine's address */
	const char *refuses; /* what cannot be connected to: "address:port" */
	bool mute;           /* no lookup ends */
	bool hub_is_slow;    /* the hub's does not, until its task is run again */
	bool hub_is_nowhere;
	struct fake_lookup lookups[LOOKUPS_MAX];
	size_t lookups_len;
	struct test_peer devices[DEVICES_MAX];
	size_t devices_len;
	struct buf dialled; /* "192.0.2.7:443\n" */
	struct tls *tls;    /* devices speak it */
};

extern const struct id session_a, session_b;

/* Its target is at the address, by plain http unless the test changes that. */
struct bench *bench_new(const char *address);
void bench_free(struct bench *b);
/* "192.0.2.7:443\n" for each that was. */
const char *dialled(const struct bench *b);
struct test_source *request(struct bench *b, const char *method, const char *target);
struct test_source *give(struct bench *b, struct test_source *s);
struct test_source *ask(struct bench *b, const char *target);
struct test_source *ask_websocket(struct bench *b);
/* The n-th connection has got the text. */
bool wait_device(struct bench *b, size_t n, const char *text);
/* By the n-th connection. */
void answer(struct bench *b, size_t n, const char *headers, const char *body);
/* It was answered by us, and is freed. */
void check_error(struct test_source *s, int status, const char *code);

#endif
