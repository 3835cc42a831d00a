/* support.h - the operator's support looks at what a provider has, if and for as long as the
 * provider lets it in (R74, docs/adr/0029-support.md).
 *
 *   NOBODY --POST /support--> LET IN, until ... --DELETE /support, or its time--> NOBODY
 *                               '-- support enters: a login there by this grant, which may view
 *
 * People of support are users of a provider that has nothing else, made on the operator's command
 * line; no other role of an operator leads to anything. What a login of theirs looks at is in the
 * provider's change log before it is shown (hub/auth).  All ends with the grant: logins, event
 * streams.
 *
 * Files: support_api.c, support_store.c.  Loop thread only; store functions within jobs. */
#ifndef HUB_SUPPORT_SUPPORT_H
#define HUB_SUPPORT_SUPPORT_H

#include "hub/hub.h"

extern const struct slice support_slice;

#endif
