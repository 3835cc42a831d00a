/* doctor.h - `doctor`: does this machine reach the hub and the print server, and if not, why.
 *
 * One verdict a line: `ok|warn|fail <check> <words>`; what cannot be tried because of an earlier
 * failure has none.  Changes nothing but a file of its own that is gone again; sends the hub a code
 * that is none and, once enrolled, the mirror of the switches.  No secret is shown. */
#ifndef CONNECTOR_DOCTOR_H
#define CONNECTOR_DOCTOR_H

#include "base/args.h"

extern const struct arg doctor_args[];
int doctor_run(const struct args *args); /* EXIT_FAILED if one verdict is `fail` */

#endif
