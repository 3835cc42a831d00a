/* odd_form.c - the words for the forms of answers; see odd.h. */
#include "sim/odd.h"

/* clang-format off */
const char *const odd_form_names[] = {
	[ODD_COUNTED] = "counted", [ODD_CHUNKED] = "chunked", [ODD_UNTIL_CLOSE] = "until_close",
	[ODD_HTTP10] = "http10", [ODD_SHORT] = "short", [ODD_RESET] = "reset", [ODD_STALL] = "stall",
	[ODD_CHUNK_CUT] = "chunk_cut", [ODD_CHUNK_BAD] = "chunk_bad",
	[ODD_TWO_LENGTHS] = "two_lengths", [ODD_SILENT] = "silent", [ODD_HANG_UP] = "hang_up",
	[ODD_GARBAGE] = "garbage", [ODD_NO_LENGTH] = "no_length", [ODD_LONG] = "long",
	[ODD_FORMS] = NULL
};
/* clang-format on */
