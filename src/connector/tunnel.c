/* tunnel.c - see tunnel.h.
 *
 *   IDLE --wanted--> DIALLING --connected--> ASKING --101--> UP --not wanted--> LINGERING
 *    ^  ^               ^  ^                    |             |                     |
 *    |  '--not wanted-- WAITING <--- failed ----'<-- lost ----'                     |
 *    '------------------------------------- 60 s, or lost --------------------------'
 *
 * A tunnel that the hub takes leave of goes on beside the machine until its streams have ended. */
#include "connector/tunnel.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/sm.h"
#include "net/conn.h"
#include "net/h2.h"
#include "net/loop.h"
#include "net/tls.h"
#include "net/upgrade.h"
#include "net/ws.h"
#include "wire/tunnel.h"

#define DIAL_MS   15000
#define ASK_MS    10000
#define LINGER_MS 60000
#define STALL_MS  30000 /* TCP's own limit, behind that of the PINGs */
/* A tunnel that lived so long shows that the way is good: the back-off begins anew. */
#define LIVED_MS 60000
/* Where asking soon cannot help. */
#define SLOW_MS   60000
#define LINES_MAX 4 /* with those that go on to their end */

enum machine { IDLE, WAITING, DIALLING, ASKING, UP, LINGERING };

/* clang-format off */
static const struct sm_state states[] = {
	[IDLE] =      { "idle",      SM_TO(DIALLING),                                            0 },
	[WAITING] =   { "waiting",   SM_TO(DIALLING) | SM_TO(IDLE),                              SLOW_MS },
	[DIALLING] =  { "dialling",  SM_TO(ASKING) | SM_TO(WAITING) | SM_TO(IDLE),               DIAL_MS + 5000 },
	[ASKING] =    { "asking",    SM_TO(UP) | SM_TO(DIALLING) | SM_TO(WAITING) | SM_TO(IDLE), ASK_MS + 5000 },
	[UP] =        { "up",        SM_TO(LINGERING) | SM_TO(DIALLING) | SM_TO(WAITING),        0 }, /* its PINGs have */
	[LINGERING] = { "lingering", SM_TO(UP) | SM_TO(IDLE),                                    LINGER_MS },
};
/* clang-format on */

/* One connection; it outlives the tunnel until it is closed. */
struct line {
	struct link link;
	struct tunnel *t; /* NULL: nobody cares any more */
	struct h2 *h2;
	struct h2_setup setup;
	int64_t since_ms; /* monotonic */
};

struct tunnel {
	struct tunnel_config cfg;
	struct sm sm;
	struct timer timer; /* of the machine's deadlines */
	struct backoff backoff;
	struct tls *tls; /* while it is not IDLE */
	struct fetch *fetch;
	struct upgrade *upgrade;
	struct link lines;
	struct line *line; /* the one that counts */
	struct task tell;
	char *url, *host; /* of the dial: "http://hub.example:443"; who is verified */
	int64_t since_ms;
	int why; /* of the last try or line that ended */
	bool wanted;
	bool framed;      /* this try is as a WebSocket */
	bool frames_work; /* and the last good one was */
	bool again;       /* the hub has told us its time; it is tried once more */
	char key[WS_KEY_SIZE];
};

static void arm(struct sm *sm, int64_t deadline_ms)
{
	struct tunnel *t = CONTAINER_OF(sm, struct tunnel, sm);

	timer_stop(t->cfg.loop, &t->timer);
	if (deadline_ms)
		timer_start(t->cfg.loop, &t->timer, deadline_ms);
}

static enum tunnel_state state_of(int machine)
{
	switch (machine) {
	case UP:
	case LINGERING:
		return TUNNEL_UP;
	case DIALLING:
	case ASKING:
		return TUNNEL_DIALLING;
	default:
		return TUNNEL_DOWN;
	}
}

static void go_for(struct tunnel *t, int to, int64_t deadline_ms)
{
	if (state_of(t->sm.state) != state_of(to))
		t->since_ms = clock_wall_ms();
	if (deadline_ms)
		sm_go_for(&t->sm, to, deadline_ms);
	else
		sm_go(&t->sm, to);
	loop_later(t->cfg.loop, &t->tell);
}

static void go(struct tunnel *t, int to)
{
	go_for(t, to, 0);
}

static void on_tell(struct task *task)
{
	struct tunnel *t = CONTAINER_OF(task, struct tunnel, tell);

	if (t->cfg.on_state)
		t->cfg.on_state(t->cfg.owner);
}

/* ---- failing ---- */

/* Also those that the hub took leave of: what goes on there is nobody's visit any more. */
static void close_lines(struct tunnel *t)
{
	LIST_EACH(link, &t->lines)
		h2_close(LIST_ENTRY(link, struct line, link)->h2);
}

static void rest(struct tunnel *t)
{
	go(t, IDLE);
	tls_free(&t->tls);
	close_lines(t);
}

/* Nobody gets better at these by being asked often. */
static bool is_lasting(int why)
{
	static const int lasting[] = { ERR_REVOKED,     ERR_REPLACED,  ERR_UNKNOWN_KEY,
				       ERR_KEY_RETIRED, ERR_SIGNATURE, ERR_NOT_HUB,
				       ERR_NOT_FOUND,   ERR_CLOCK };

	for (size_t i = 0; i < ARRAY_LEN(lasting); i++) {
		if (lasting[i] == why)
			return true;
	}
	return false;
}

static void drop_try(struct tunnel *t)
{
	fetch_cancel(&t->fetch);
	upgrade_cancel(&t->upgrade);
}

static void failed(struct tunnel *t, int why)
{
	drop_try(t);
	t->why = why;
	t->framed = t->frames_work = false;
	t->again = false;
	log_event(EV_TUNNEL_FAILED, "code=%s", err_code(why));
	if (t->wanted)
		go_for(t, WAITING,
		       backoff_next_ms(&t->backoff) + 1 + (is_lasting(why) ? SLOW_MS : 0));
	else
		rest(t);
}

/* ---- the line ---- */

static void on_request(struct exchange *x, void *owner)
{
	struct line *l = owner;

	l->t->cfg.on_request(x, l->t->cfg.owner);
}

static void dial(struct tunnel *t);

/* The hub says that it will ask nothing more on it. */
static void on_rotate(struct h2 *h2, void *owner)
{
	struct line *l = owner;
	struct tunnel *t = l->t;

	if (!t || t->line != l || t->sm.state != UP)
		return;
	t->line = NULL;
	if (clock_mono_ms() - l->since_ms >= LIVED_MS)
		dial(t);
	else
		go_for(t, WAITING, backoff_next_ms(&t->backoff) + 1);
}

static void on_closed(struct h2 *h2, int why, void *owner)
{
	struct line *l = owner;
	struct tunnel *t = l->t;

	if (t)
		list_remove(&l->link);
	if (t && t->line == l) {
		t->line = NULL;
		t->why = why;
		if (clock_mono_ms() - l->since_ms >= LIVED_MS)
			backoff_reset(&t->backoff);
		log_event(EV_TUNNEL_DOWN, "code=%s", err_code(why));
		if (t->sm.state == UP)
			go_for(t, WAITING, backoff_next_ms(&t->backoff) + 1);
		else
			rest(t);
	}
	free(l);
}

/* A hub that takes leave again and again must not fill us with old connections. */
static void close_oldest(struct tunnel *t)
{
	size_t n = 0;

	LIST_EACH(link, &t->lines)
		n++;
	if (n > LINES_MAX)
		h2_close(LIST_ENTRY(t->lines.next, struct line, link)->h2);
}

/* What came with the answer already, out of its frames. */
static void feed(struct line *l, struct ws *w, struct str first)
{
	uint8_t *data = xmalloc(first.len + 1);
	size_t len = first.len;

	memcpy(data, first.p ? first.p : "", first.len);
	if (!w || ws_decode(w, data, first.len, &len) == 0) {
		if (len)
			h2_feed(l->h2, data, len);
	} else {
		h2_close(l->h2);
	}
	free(data);
}

static void open_line(struct tunnel *t, struct conn *c, struct str first)
{
	struct line *l = xcalloc(1, sizeof(*l));
	struct ws *w = t->framed ? ws_new(true) : NULL;

	l->t = t;
	l->since_ms = clock_mono_ms();
	l->setup = (struct h2_setup){
		.http = { .header_bytes = TUNNEL_HEAD_BYTES,
			  .header_fields = TUNNEL_HEAD_FIELDS,
			  .uri_bytes = TUNNEL_URI_BYTES,
			  .header_ms = 10000,
			  .body_ms = 60000 },
		.limits = h2_tunnel_limits,
		.on_request = on_request,
		.on_rotate = on_rotate,
		.on_closed = on_closed,
	};
	conn_keep_buffers(c);
	if (w)
		ws_wrap(c, w);
	l->h2 = h2_new(c, &l->setup, l);
	list_append(&t->lines, &l->link);
	close_oldest(t);
	t->line = l;
	t->why = 0;
	t->again = false;
	t->frames_work = t->framed;
	log_event(EV_TUNNEL_UP, "framed=%d", t->framed);
	go(t, UP);
	if (!t->wanted)
		go(t, LINGERING);
	if (first.len)
		feed(l, w, first);
}

/* ---- asking ---- */

static bool frames_agreed(const struct tunnel *t, const struct upgrade_answer *a)
{
	char accept[WS_ACCEPT_SIZE];

	ws_accept(str_of(t->key), accept);
	return str_eq(upgrade_header(a, "sec-websocket-accept"), str_of(accept)) &&
	       str_eq(upgrade_header(a, "sec-websocket-protocol"), STR(TUNNEL_SUBPROTOCOL));
}

/* An answer of the hub's own, which another form of the same question would get as well. */
static bool is_final(int code)
{
	return code != ERR_NOT_HUB && code != ERR_INVALID && code != ERR_PROXY_AUTH &&
	       code != ERR_UPSTREAM;
}

static void refused(struct tunnel *t, const struct upgrade_answer *a)
{
	int code = a->status ? hub_refusal(t->cfg.hub, a->status, a->body) : a->rc;

	if ((code == ERR_CLOCK || code == ERR_REPLAYED) && !t->again) {
		t->again = true;
		dial(t);
	} else if (a->sent && !t->framed && !is_final(code)) {
		t->framed = true;
		dial(t);
	} else if (a->sent && !is_final(code)) {
		failed(t, ERR_NOT_HUB);
	} else {
		failed(t, code);
	}
}

static void on_answer(const struct upgrade_answer *a, void *owner)
{
	struct tunnel *t = owner;

	t->upgrade = NULL;
	if (a->rc < 0) {
		refused(t, a);
		return;
	}
	open_line(t, a->conn, a->first);
	if (t->framed && !frames_agreed(t, a)) {
		h2_close(t->line->h2);
		t->frames_work = false;
	}
}

static void put_fields(struct tunnel *t, struct buf *out)
{
	hub_sign_get(t->cfg.hub, TUNNEL_PATH, out);
	if (!t->framed)
		return;
	ws_key(t->key);
	buf_printf(out,
		   "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n"
		   "Sec-WebSocket-Protocol: " TUNNEL_SUBPROTOCOL "\r\n",
		   t->key);
}

static void ask(struct tunnel *t, int fd)
{
	struct buf fields = buf_new(2 * KIB);

	go(t, ASKING);
	put_fields(t, &fields);
	assert(!fields.failed);
	t->upgrade = upgrade_start(t->cfg.loop, fd,
				   &(struct upgrade_request){
					   .tls = t->tls,
					   .server_name = t->host,
					   .authority = hub_authority(t->cfg.hub),
					   .path = TUNNEL_PATH,
					   .protocol = t->framed ? "websocket" : TUNNEL_PROTOCOL,
					   .headers = buf_str(&fields),
					   .timeout_ms = ASK_MS,
					   .stall_ms = STALL_MS,
				   },
				   on_answer, t);
	buf_done(&fields);
	if (!t->upgrade)
		failed(t, ERR_UNREACHABLE);
}

/* ---- dialling ---- */

static void on_connected(const struct fetch_result *result, void *owner)
{
	struct tunnel *t = owner;

	t->fetch = NULL;
	if (result->rc < 0)
		failed(t, result->rc);
	else
		ask(t, result->fd);
}

static void dial(struct tunnel *t)
{
	struct hub_way way = hub_way_of(t->cfg.hub);
	struct fetch_request request = {
		.url = t->url,
		.proxy = way.proxy,
		.timeout_ms = DIAL_MS,
		.connect_timeout_ms = DIAL_MS,
		.flags = FETCH_DIAL_ONLY | FETCH_NEW,
	};

	go(t, DIALLING);
	if (!t->tls && tls_client_new(way.ca_file, &t->tls, NULL) < 0)
		failed(t, ERR_TLS);
	else
		t->fetch = fetch_start(t->cfg.fetcher, &request, on_connected, t);
}

static void on_timer(struct timer *timer)
{
	struct tunnel *t = CONTAINER_OF(timer, struct tunnel, timer);

	switch ((enum machine)t->sm.state) {
	case WAITING:
		t->framed = t->frames_work;
		dial(t);
		break;
	case DIALLING:
	case ASKING: /* their own limits come first: these are for what would not keep them */
		failed(t, ERR_TIMEOUT);
		break;
	case LINGERING:
		h2_close(t->line->h2); /* and then IDLE: on_closed */
		break;
	case IDLE:
	case UP:
		break;
	}
}

void tunnel_want(struct tunnel *t, bool wanted)
{
	if (t->wanted == wanted)
		return;
	t->wanted = wanted;
	switch ((enum machine)t->sm.state) {
	case IDLE:
		backoff_reset(&t->backoff);
		t->framed = t->frames_work;
		t->why = 0; /* of a visit before */
		dial(t);
		break;
	case LINGERING:
		go(t, UP);
		break;
	case UP:
		go(t, LINGERING);
		break;
	case WAITING:
	case DIALLING:
	case ASKING:
		if (wanted)
			break;
		drop_try(t);
		rest(t);
		break;
	}
}

void tunnel_hub_is_back(struct tunnel *t)
{
	if (t->sm.state != WAITING || is_lasting(t->why))
		return;
	t->framed = t->frames_work;
	dial(t);
}

void tunnel_drop(struct tunnel *t)
{
	tunnel_want(t, false);
	close_lines(t);
}

/* ---- life ---- */

/* Where to dial, and whose certificate is wanted there. */
static void take_place(struct tunnel *t)
{
	const char *authority = hub_authority(t->cfg.hub);
	size_t len = strlen(authority);
	const char *colon = strrchr(authority, ':');
	bool has_port = colon && !strchr(colon, ']');
	struct buf url = buf_new(KIB);

	if (has_port)
		len = (size_t)(colon - authority);
	buf_printf(&url, "http://%s%s", authority, has_port ? "" : ":443");
	t->url = xstrdup((const char *)url.data);
	buf_done(&url);
	if (authority[0] == '[' && len > 2) { /* an address */
		authority++;
		len -= 2;
	}
	t->host = xmalloc(len + 1);
	memcpy(t->host, authority, len);
	t->host[len] = '\0';
}

struct tunnel *tunnel_new(const struct tunnel_config *cfg)
{
	struct tunnel *t = xcalloc(1, sizeof(*t));

	t->cfg = *cfg;
	list_init(&t->lines);
	timer_init(&t->timer, on_timer);
	task_init(&t->tell, on_tell);
	sm_init(&t->sm, states, IDLE, arm);
	t->since_ms = clock_wall_ms();
	take_place(t);
	return t;
}

void tunnel_free(struct tunnel **tunnel)
{
	struct tunnel *t = *tunnel;

	if (!t)
		return;
	drop_try(t);
	timer_stop(t->cfg.loop, &t->timer);
	task_cancel(&t->tell);
	LIST_EACH(link, &t->lines) {
		struct line *l = LIST_ENTRY(link, struct line, link);

		list_remove(&l->link);
		l->t = NULL;
		h2_close(l->h2);
	}
	tls_free(&t->tls);
	free(t->url);
	free(t->host);
	free(t);
	*tunnel = NULL;
}

void tunnel_info(const struct tunnel *t, struct tunnel_info *ret_info)
{
	*ret_info = (struct tunnel_info){
		.state = state_of(t->sm.state),
		.since_ms = t->since_ms,
		.why = t->why,
		.framed = t->line && t->framed,
	};
}
