/* config.c - see config.h. */
#include "hub/config.h"

#include <stdio.h>
#include <string.h>

#include "wire/code.h"

#define AT(member) offsetof(struct hub_config, member)

/* clang-format off */
const struct option hub_options[] = {
	{ "admin.listen", OPTION_TEXT, AT(admin_listen), NULL, NULL, NULL, NULL, 0,
	  "Where metrics and readiness are served: \"unix:/path\" or a loopback address; never the public port. Empty: nowhere." },
	{ "data_dir", OPTION_PATH, AT(data_dir), "data", NULL, NULL, NULL, 0,
	  "The folder of the database and of the wrapped keys." },
	{ "listen", OPTION_TEXT, AT(listen), "0.0.0.0:443", NULL, NULL, NULL, 0,
	  "Address and port of the HTTPS listener." },
	{ "log.level", OPTION_CHOICE, AT(log_level), "info", NULL, NULL, "error|warn|info|debug", 0,
	  "What is logged." },
	{ "master_key_file", OPTION_PATH, AT(master_key_file), "master.key", NULL, NULL, NULL, 0,
	  "The key that wraps all others; it has to lie outside data_dir." },
	{ "poll.hold", OPTION_DURATION, AT(poll_hold_ms), "25s", "1s", "50s", NULL, 0,
	  "How long a connector's poll is held open." },
	{ "poll.offline_after", OPTION_DURATION, AT(poll_offline_after_ms), "90s", "1s", "1h", NULL, 0,
	  "How long after its last poll a site is called offline." },
	{ "poll.start_grace", OPTION_DURATION, AT(start_grace_ms), "5m", "0s", "1h", NULL, 0,
	  "After the hub's own start nobody is called offline for this long." },
	{ "public_url", OPTION_TEXT, AT(public_url), NULL, NULL, NULL, NULL, OPTION_REQUIRED,
	  "The address that browsers and connectors use: https, a host, and a port if it is not 443." },
	{ "region", OPTION_TEXT, AT(region), "de", NULL, NULL, NULL, 0,
	  "The region that this hub is: one of `regions`." },
	{ "regions", OPTION_TEXT, AT(regions), "us de uk au", NULL, NULL, NULL, 0,
	  "The names of all regions, 2 to 8 letters each." },
	{ "tls.certificate", OPTION_PATH, AT(tls_certificate_file), "tls.pem", NULL, NULL, NULL, 0,
	  "PEM file of the certificate chain, the hub's own first." },
	{ "tls.key", OPTION_PATH, AT(tls_key_file), "tls.key", NULL, NULL, NULL, 0,
	  "PEM file of its private key." },
	{ NULL, OPTION_TEXT, 0, NULL, NULL, NULL, NULL, 0, NULL }
};
/* clang-format on */

const char *hub_authority_of(const char *origin)
{
	return origin + strlen("https://");
}

const char *hub_origin_of(const char *public_url, struct arena *mem)
{
	struct str url = str_of(public_url), rest;
	size_t host = 0, len;

	if (!str_starts(url, STR("https://")))
		return NULL;
	rest = (struct str){ url.p + 8, url.len - 8 };
	if (rest.len && rest.p[rest.len - 1] == '/')
		rest.len--;
	for (size_t i = 0; i < rest.len; i++) {
		unsigned char c = (unsigned char)rest.p[i];

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("-.:[]", c))
			host++;
	}
	if (rest.len == 0 || host != rest.len)
		return NULL;
	len = rest.len;
	if (len > 4 && memcmp(rest.p + len - 4, ":443", 4) == 0)
		len -= 4;
	return arena_printf(mem, "https://%.*s", (int)len, rest.p);
}

static int complain(struct config_problem *p, const char *what)
{
	p->line = 0;
	snprintf(p->text, sizeof(p->text), "%s", what);
	return ERR_CONFIG;
}

static bool region_is_listed(const struct hub_config *c)
{
	struct str rest = str_of(c->regions), part;
	bool listed = false;

	while (str_split(&rest, ' ', &part)) {
		if (part.len && !code_region_ok(part))
			return false;
		listed |= str_eq(part, str_of(c->region));
	}
	return listed;
}

int hub_config_read(const char *path, struct arena *mem, struct hub_config *ret_config,
		    struct config_problem *ret_problem)
{
	struct hub_config c = { 0 };
	size_t data_len;
	int rc = config_read(path, hub_options, mem, &c, ret_problem);

	if (rc < 0)
		return rc;
	data_len = strlen(c.data_dir);
	if (!hub_origin_of(c.public_url, mem))
		return complain(ret_problem, "public_url has to be https:// and a host in lower case, "
					     "with a port if it is not 443, and no path");
	if (!region_is_listed(&c))
		return complain(ret_problem, "region has to be one of regions, 2 to 8 letters each");
	if (strncmp(c.master_key_file, c.data_dir, data_len) == 0 &&
	    c.master_key_file[data_len] == '/')
		return complain(ret_problem, "master_key_file has to lie outside data_dir, or a backup "
					     "of the data would hold its key");
	*ret_config = c;
	return 0;
}
