/* gen_openapi.h - a program's route tables as its openapi.json; one main() a program. */
#ifndef GEN_GEN_OPENAPI_H
#define GEN_GEN_OPENAPI_H

#include "api/openapi.h"

/* The generator's whole main(): [--check] OUTPUT.json */
int gen_openapi(int argc, char **argv, const struct route *const *routes,
		const struct openapi_names *names);

#endif
