/* tokens.h - who has opened a page of ours: one token a browser tab, sent as a header.
 *
 * Only digests are kept, and all comparisons take the same time.  A token ends when it has been
 * unused for TOKEN_IDLE_MS, or `max_ms` after it was made.  Pure; time is an argument.  One thread.
 */
#ifndef CONNECTOR_TOKENS_H
#define CONNECTOR_TOKENS_H

#include "base/hash.h"
#include "base/id.h"

#define TOKEN_TEXT_SIZE 44 /* base64url of 256 random bits, and the NUL */
#define TOKENS_MAX      8  /* tabs at a time; the one unused for longest has to go */
#define TOKEN_IDLE_MS   ((int64_t)30 * 60 * 1000)

struct tokens {
	struct token {
		struct hash digest;
		struct id whose; /* zero: nobody in particular */
		int64_t used_ms, until_ms;
		bool alive;
	} items[TOKENS_MAX];
};

/* 256 random bits as text. */
void token_text(char out[static TOKEN_TEXT_SIZE]);

/* A new one, good for at most max_ms (INT64_MAX: as long as it is used). */
void tokens_make(struct tokens *t, struct id whose, int64_t mono_ms, int64_t max_ms,
		 char ret_token[static TOKEN_TEXT_SIZE]);
/* NULL: it is none, or not any more; else good until the next tokens_make().  `present`: a person
 * did something, so that its time begins anew. */
const struct token *tokens_admit(struct tokens *t, struct str token, bool present, int64_t mono_ms);
void tokens_end(struct tokens *t, struct str token); /* harmless for one that is unknown */
void tokens_end_of(struct tokens *t, struct id whose);

#endif
