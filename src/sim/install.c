/* install.c - see install.h. */
#include "sim/install.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"

#define FILE_MAX (4 * KIB)

/* In the form of a bcrypt hash, and the hash of nothing. */
#define ADMIN_HASH "$2a$10$simulatedsimulatedsimulatedsimulatedsimulatedsimul"

static void put_version(struct buf *out, const struct scenario *s)
{
	buf_printf(out, "PaperCut %s %s\n", s->product == SIM_NG ? "NG" : "MF", s->version);
}

static const char *yes_no(enum json_bool value)
{
	return value == JSON_TRUE ? "Y" : "N";
}

/* Keys that were seen in a real server's file; a ':' within a value is escaped there. */
static void put_properties(struct buf *out, const struct scenario *s, int port, int tls_port)
{
	buf_printf(out, "admin.username=%s\n", s->admin->name);
	buf_puts(out, "admin.password=HASH\\:" ADMIN_HASH "\n");
	buf_printf(out, "server.port=%d\nserver.ssl.port=%d\n", port,
		   tls_port ? tls_port : INSTALL_TLS_PORT);
	buf_printf(out, "server.ssl.high-security-port=%d\n", INSTALL_HIGH_SECURITY_PORT);
	buf_puts(out, "server.enable-http-on-port-80=N\nserver.enable-https-on-port-443=N\n"
		      "require-cookies-for-login=Y\nserver.log-web-requests=N\n");
	buf_printf(out, "server.csrf-check.validate-request-origin=%s\n",
		   yes_no(s->admin->validate_origin));
	buf_printf(out, "server.csrf-check.deny-unknown-origin=%s\n",
		   yes_no(s->admin->deny_unknown_origin));
	buf_puts(out, "database.type=Internal\n");
}

static int write_file(const char *path, struct buf *text, enum file_mode mode)
{
	int rc = buf_status(text);

	if (rc == 0)
		rc = file_replace(path, text->data, text->len, mode);
	buf_clear(text);
	return rc;
}

int install_write(const char *dir, const struct scenario *scenario, int port, int tls_port)
{
	struct buf text = buf_new(FILE_MAX);
	struct arena mem = {};
	const char *server = arena_printf(&mem, "%s/server", dir);
	int rc = file_make_dir(server);

	if (rc == 0) {
		put_version(&text, scenario);
		rc = write_file(arena_printf(&mem, "%s/version.txt", server), &text, FILE_PUBLIC);
	}
	if (rc == 0) {
		put_properties(&text, scenario, port, tls_port);
		rc = write_file(arena_printf(&mem, "%s/server.properties", server), &text,
				FILE_PRIVATE);
	}
	buf_done(&text);
	arena_done(&mem);
	return rc;
}
