/* path_rules.h - which paths of a print server's own pages a session may ask for.  Pure, fuzzed.
 *
 * Interfaces for machines take whoever calls from this machine for trusted, and the gateway calls
 * from it: /rpc, /api and /device... of PaperCut are refused in every spelling, by refusing all
 * that could be read in two ways.  The path itself goes on as it came. */
#ifndef CONNECTOR_GATEWAY_PATH_RULES_H
#define CONNECTOR_GATEWAY_PATH_RULES_H

#include "base/buf.h"
#include "net/exchange.h"

enum console_kind { CONSOLE_NONE, CONSOLE_PAPERCUT, CONSOLE_CUPS };

/* False: ERR_TARGET_FORBIDDEN.  CONSOLE_NONE takes every path. */
bool path_is_allowed(enum console_kind kind, struct str path);
/* Also what is asked for, and with which body; TRACE and its like, and IPP, of no target. */
bool request_is_allowed(enum console_kind kind, const struct http_request *req);

#endif
