/* legal.h - the texts of texts/legal, for everybody: no login, no provider's name.
 *
 * What somebody accepts is shown with the provider's name in it, and elsewhere: the connector
 * agreement by the invitation (hub/connector), the hub terms by /api/v1/me/terms (hub/auth). */
#ifndef HUB_LEGAL_LEGAL_H
#define HUB_LEGAL_LEGAL_H

#include "hub/hub.h"

extern const struct slice legal_slice;

#endif
