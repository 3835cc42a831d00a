/* id_fuzz.c - ids have one spelling; Crockford's other spellings read as the one that we write. */
#include "base/id.h"

#include <stdlib.h>

#define BITS_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_id(enum id_kind kind, struct str text)
{
	char again[ID_TEXT_MAX];
	struct id id;

	if (id_decode(kind, text, &id) < 0)
		return;
	id_encode(kind, id, again);
	if (!str_eq(text, str_of(again)))
		abort();
}

static void check_crockford(unsigned bits, struct str text)
{
	uint8_t once[BITS_MAX / 8] = {}, twice[BITS_MAX / 8] = {};
	char again[BITS_MAX / 5 + 2];

	if (crockford_decode(text, bits, once) < 0)
		return;
	crockford_encode(once, bits, again);
	if (crockford_decode(str_of(again), bits, twice) < 0)
		abort();
	for (size_t i = 0; i < sizeof(once); i++) {
		if (once[i] != twice[i])
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct str text = { (const char *)data, len };

	for (int kind = ID_NONE; kind < ID_KINDS; kind++)
		check_id((enum id_kind)kind, text);
	/* As many bits as so many characters hold, and each number that leaves some unused. */
	for (unsigned unused = 0; unused < 5 && len > 0 && len * 5 <= BITS_MAX; unused++)
		check_crockford((unsigned)len * 5 - unused, text);
	return 0;
}
