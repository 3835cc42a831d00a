/* json_int.h - what json.c and packed.c share: the rows of a schema. */
#ifndef BASE_JSON_INT_H
#define BASE_JSON_INT_H

#include "base/json.h"

/* Is the member at `at` absent (json_type)? */
bool json_is_absent(const struct json_field *f, const void *at);

/* The row of that name which can be decoded; NULL: there is none.  Who wrote by the same rows wrote
 * their order, so it is looked for from row *next on, round; *next becomes the row behind it. */
const struct json_field *json_find_field(const struct json_schema *schema, struct str name,
					 size_t *next);

#endif
