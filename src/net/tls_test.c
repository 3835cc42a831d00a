/* tls_test.c - which cipher a listener and a client agree on. */
#include "base/test.h"
#include "net/test_net.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include "net/tls.h"

/* Both ends in one thread, joined in memory. */
static void shake_hands(SSL *server, SSL *client)
{
	BIO *a, *b;
	bool done = false;

	assert_int_equal(BIO_new_bio_pair(&a, 0, &b, 0), 1);
	SSL_set_bio(server, a, a);
	SSL_set_bio(client, b, b);
	for (int i = 0; i < 10 && !done; i++) {
		int c = SSL_do_handshake(client), s = SSL_do_handshake(server);

		done = c == 1 && s == 1;
	}
	assert_true(done);
}

static void agree(struct tls *tls, const char *offered, const char *agreed)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *server, *client;

	assert_int_equal(SSL_CTX_set_ciphersuites(ctx, offered), 1);
	client = SSL_new(ctx);
	SSL_set_connect_state(client);
	assert_int_equal(tls_open(tls, NULL, &server), 0);
	shake_hands(server, client);
	assert_string_equal(SSL_get_cipher_name(server), agreed);
	SSL_free(server);
	SSL_free(client);
	SSL_CTX_free(ctx);
}

TEST(a_listener_takes_the_fastest_cipher_unless_the_client_has_no_aes)
{
	static const struct {
		const char *offered, *agreed;
	} rows[] = {
		{ "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256",
		  "TLS_AES_128_GCM_SHA256" },
		{ "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256",
		  "TLS_CHACHA20_POLY1305_SHA256" },
		{ "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_256_GCM_SHA384" },
		{ "TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384" },
	};
	struct test_cert cert;
	struct tls *tls;

	test_cert_make(&cert, "hub.test");
	tls = test_cert_server(&cert);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		agree(tls, rows[i].offered, rows[i].agreed);
	tls_free(&tls);
	test_cert_done(&cert);
}

TEST(a_client_of_ours_asks_another_server_for_the_same)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL *server, *client;
	struct test_cert cert;
	struct tls *tls;

	test_cert_make(&cert, "hub.test");
	tls = test_cert_client(&cert);
	assert_int_equal(SSL_CTX_use_certificate_chain_file(ctx, cert.cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey_file(ctx, cert.key, SSL_FILETYPE_PEM), 1);
	server = SSL_new(ctx); /* whose own order is the library's: AES-256 first */
	SSL_set_accept_state(server);
	assert_int_equal(tls_open(tls, "hub.test", &client), 0);
	shake_hands(server, client);
	assert_string_equal(SSL_get_cipher_name(server), "TLS_AES_128_GCM_SHA256");
	SSL_free(server);
	SSL_free(client);
	SSL_CTX_free(ctx);
	tls_free(&tls);
	test_cert_done(&cert);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_listener_takes_the_fastest_cipher_unless_the_client_has_no_aes),
		RUN(a_client_of_ours_asks_another_server_for_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
