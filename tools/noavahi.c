/* noavahi.c - lets ippeveprinter run where no avahi-daemon runs (containers, CI): LD_PRELOAD it.
 *
 * Debian's ippeveprinter announces itself by DNS-SD and ends when it cannot.  Demo and scenarios
 * address it directly, so here the announcement succeeds and goes nowhere.  Only what needs the
 * daemon is replaced; lists of TXT records and the poll thread stay libavahi's own.  The types are
 * opaque, so avahi's headers are not needed.  Never part of a product. */

struct client;
struct group;

/* Callers only hand these back to us. */
static char the_client, the_group;

struct client *avahi_client_new(const void *poll, int flags, void *on_state, void *arg,
				int *ret_error);
void avahi_client_free(struct client *c);
int avahi_client_errno(struct client *c);
const char *avahi_client_get_host_name_fqdn(struct client *c);
struct group *avahi_entry_group_new(struct client *c, void *on_state, void *arg);
int avahi_entry_group_free(struct group *g);
int avahi_entry_group_commit(struct group *g);
/* Their arguments do not matter here, and in C the callee need not name what it ignores. */
int avahi_entry_group_add_service_strlst(struct group *g, ...);
int avahi_entry_group_add_service_subtype(struct group *g, ...);

struct client *avahi_client_new(const void *poll, int flags, void *on_state, void *arg,
				int *ret_error)
{
	(void)poll, (void)flags, (void)on_state, (void)arg;
	if (ret_error)
		*ret_error = 0;
	return (struct client *)&the_client;
}

void avahi_client_free(struct client *c)
{
	(void)c;
}

int avahi_client_errno(struct client *c)
{
	(void)c;
	return 0;
}

const char *avahi_client_get_host_name_fqdn(struct client *c)
{
	(void)c;
	return "localhost";
}

struct group *avahi_entry_group_new(struct client *c, void *on_state, void *arg)
{
	(void)c, (void)on_state, (void)arg;
	return (struct group *)&the_group;
}

int avahi_entry_group_free(struct group *g)
{
	(void)g;
	return 0;
}

int avahi_entry_group_commit(struct group *g)
{
	(void)g;
	return 0;
}

int avahi_entry_group_add_service_strlst(struct group *g, ...)
{
	(void)g;
	return 0;
}

int avahi_entry_group_add_service_subtype(struct group *g, ...)
{
	(void)g;
	return 0;
}
