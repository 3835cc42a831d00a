/* server.c - see server.h. */
#include "hub/mail/server.h"

#include "base/file.h"
#include "hub/config.h"

#define PASSWORD_MAX_BYTES KIB

/* The first line of mail.password_file. */
static int read_password(const char *file, struct buf *password)
{
	int rc = file ? file_read(file, password) : 0;

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < password->len; i++) {
		if (password->data[i] == '\r' || password->data[i] == '\n')
			password->data[i] = 0;
	}
	return file && (!password->len || !password->data[0]) ? ERR_CONFIG : 0;
}

int mail_server_start(struct fetcher *f, const struct hub_config *c, const struct mail_out *out,
		      fetch_done_fn *done, void *owner, struct fetch **ret_fetch)
{
	struct buf password = buf_new(PASSWORD_MAX_BYTES);
	struct arena mem = {};
	struct mail_server server = {
		.host = c->mail_server,
		.port = c->mail_port,
		.security = (enum mail_security)c->mail_security,
		.greets = "localhost",
		.from = c->mail_from,
		.user = c->mail_user,
		.ca_file = c->mail_ca_file,
		.timeout_ms = c->mail_timeout_ms,
	};
	int rc = read_password(c->mail_password_file, &password);

	server.password = (const char *)password.data;
	/* We are who we are called; whatever this machine thinks it is called is nobody's business.
	 */
	(void)hub_authority_of(&mem, c->public_url, 443, &server.greets);
	if (rc == 0)
		rc = mail_start(f, &server, out, done, owner, ret_fetch);
	buf_wipe(&password);
	arena_done(&mem);
	return rc;
}
