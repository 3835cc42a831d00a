/* control_call.h - how a command of this machine asks the running connector, over DIR/control.sock
 * (settings/control.h). */
#ifndef CONNECTOR_CONTROL_CALL_H
#define CONNECTOR_CONTROL_CALL_H

#include "base/buf.h"

#define CONTROL_ANSWER_MAX (1 * MIB)

/* One call; blocks.  `body`: JSON, p NULL for none.  0 with the answer appended; the error that the
 * connector answered; ERR_UNREACHABLE if none runs; ERR_TIMEOUT. */
MUST_USE int control_call(const char *dir, const char *method, const char *path, struct str body,
			  struct buf *ret_answer);

#endif
