/* sessions.c - see sessions.h. */
#include "sim/sessions.h"
#include "base/arena.h"
#include "base/rand.h"
#include <stdio.h>
#include <stdlib.h>

#define SESSIONS_MAX 256

struct sessions {
	struct session all[SESSIONS_MAX];
	size_t next;
};

struct sessions *sessions_new(void)
{
	return xcalloc(1, sizeof(struct sessions));
}

void sessions_free(struct sessions **s)
{
	free(*s);
	*s = NULL;
}

struct session *session_find(struct sessions *s, struct str id)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (id.len == SESSION_ID_LEN && str_eq(str_of(s->all[i].id), id))
			return &s->all[i];
	return NULL;
}

static void fresh(char out[static SESSION_ID_LEN + 1])
{
	uint8_t octets[SESSION_ID_LEN / 2];

	rand_bytes(octets, sizeof(octets));
	for (size_t i = 0; i < sizeof(octets); i++)
		snprintf(out + 2 * i, 3, "%02x", octets[i]);
}

struct session *session_new(struct sessions *s)
{
	struct session *new = &s->all[s->next++ % SESSIONS_MAX];

	*new = (struct session){};
	fresh(new->id);
	fresh(new->csrf);
	return new;
}
