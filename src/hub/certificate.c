/* certificate.c - see certificate.h.
 *
 * The files are looked at by a timer and not by a watch of their folder, because they are often
 * links whose targets change in another one. */
#include "hub/certificate.h"

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/metric.h"
#include "net/tls.h"
#include <string.h>

/* Another number when either file is another one. */
static uint64_t files_of(const struct hub_config *config)
{
	return (uint64_t)file_changed_ns(config->tls_certificate_file) * 31 +
	       (uint64_t)file_changed_ns(config->tls_key_file);
}

static void tell(const struct certificate *c)
{
	int64_t ends_ms = tls_ends_ms(c->tls);
	char at[TIME_TEXT_MAX];

	metric_set(M_CERTIFICATE_ENDS, ends_ms / 1000);
	time_encode(ends_ms, at);
	log_event(EV_CERTIFICATE, "ends=%s", at);
}

void certificate_reload(struct certificate *c)
{
	struct tls_problem problem = {};

	c->files = files_of(c->config);
	c->waits = false;
	if (tls_reload(c->tls, c->hosts, &problem) == 0)
		return tell(c);
	c->waits = strcmp(problem.what, "time") == 0;
	metric_add(M_CERTIFICATES_BAD, 1);
	log_event(EV_CERTIFICATE_BAD, "what=%s why=%s", problem.what, problem.why);
}

static void on_timer(struct timer *t)
{
	struct certificate *c = CONTAINER_OF(t, struct certificate, timer);

	if (files_of(c->config) != c->files)
		certificate_reload(c);
	else if (c->waits && tls_reload(c->tls, c->hosts, NULL) == 0) {
		c->waits = false;
		tell(c);
	}
	timer_start(c->loop, t, c->config->tls_check_ms);
}

void certificate_watch(struct certificate *c, struct loop *loop, const struct hub_config *config,
		       struct tls *tls, const char *host, const char *console)
{
	*c = (struct certificate){
		.loop = loop, .config = config, .tls = tls, .hosts = { host, console }
	};
	c->files = files_of(config);
	timer_init(&c->timer, on_timer);
	timer_start(loop, &c->timer, config->tls_check_ms);
	tell(c);
}

void certificate_unwatch(struct certificate *c)
{
	if (c->loop)
		timer_stop(c->loop, &c->timer);
}
