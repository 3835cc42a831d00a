/* enroll.h - an invitation becomes a connector, with the customer's consent or not at all.
 *
 *   code -> POST invitation (nothing but the code) -> who, where, agreement shown -> yes?
 *      no:  nothing is left, here or there
 *      yes: key made, POST enroll signed by it (the record of consent) -> files written, state.json
 * last
 *
 * The key is on disk before the call: if its answer is lost, the same command with the same code
 * and key gets the same answer. */
#ifndef CONNECTOR_ENROLL_H
#define CONNECTOR_ENROLL_H

#include "base/args.h"

/* The command; its exit code. */
int enroll_run(const struct args *args);
extern const struct arg enroll_args[];

#endif
