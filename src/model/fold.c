/* fold.c - see fold.h.  The rows are U+00C0..U+017F without their accents (Unicode 15, decomposed).
 */
#include "model/fold.h"

#include <string.h>

#define TABLE_FIRST 0xc0
#define NO_BREAK    0xa0
/* Accents that stand behind their letter, as file names of some systems have them. */
#define MARK_FIRST 0x300
#define MARK_LAST  0x36f

/* '.' stays as it is; two-letter ones are below. */
static const char latin[] = "aaaaaa.ceeeeiiii"
			    ".nooooo.ouuuuy.."
			    "aaaaaa.ceeeeiiii"
			    ".nooooo.ouuuuy.y"
			    "aaaaaaccccccccdd"
			    "ddeeeeeeeeeegggg"
			    "gggghhhhiiiiiiii"
			    "ii..jjkk.lllllll"
			    "lllnnnnnn...oooo"
			    "oo..rrrrrrssssss"
			    "ssttttttuuuuuuuu"
			    "uuuuwwyyyzzzzzzs";

static const struct {
	unsigned code;
	const char *text;
} pairs[] = {
	{ 0xc6, "ae" }, { 0xde, "th" }, { 0xdf, "ss" },  { 0xe6, "ae" },  { 0xfe, "th" },
	{ 0xd0, "d" },  { 0xf0, "d" },  { 0x132, "ij" }, { 0x133, "ij" }, { 0x138, "k" },
	{ 0x149, "n" }, { 0x14a, "n" }, { 0x14b, "n" },  { 0x152, "oe" }, { 0x153, "oe" },
};

/* Length of the UTF-8 sequence at c, and its code point. */
static size_t code_at(const unsigned char *c, unsigned *ret_code)
{
	if (c[0] < 0x80) {
		*ret_code = c[0];
		return 1;
	}
	if (c[0] < 0xe0 && c[1]) {
		*ret_code = (c[0] & 0x1fu) << 6 | (c[1] & 0x3fu);
		return 2;
	}
	*ret_code = 0x10000; /* beyond all that is folded */
	if (c[0] < 0xf0 && c[1] && c[2])
		return 3;
	return c[0] >= 0xf0 && c[1] && c[2] && c[3] ? 4 : 1;
}

static void put_code(struct buf *out, unsigned code)
{
	buf_putc(out, (char)(0xc0 | code >> 6));
	buf_putc(out, (char)(0x80 | (code & 0x3f)));
}

static void put_folded(struct buf *out, unsigned code, const unsigned char *c, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		if (pairs[i].code == code) {
			buf_puts(out, pairs[i].text);
			return;
		}
	}
	if (code >= 'A' && code <= 'Z')
		buf_putc(out, (char)(code + 32));
	else if (code >= TABLE_FIRST && code < TABLE_FIRST + sizeof(latin) - 1 &&
		 latin[code - TABLE_FIRST] != '.')
		buf_putc(out, latin[code - TABLE_FIRST]);
	else if ((code >= 0x391 && code <= 0x3a9) || (code >= 0x410 && code <= 0x42f))
		put_code(out, code + 32);
	else
		buf_put(out, c, len);
}

char *fold_text(struct arena *mem, const char *text)
{
	struct buf out = buf_new(2 * strlen(text) + 1);
	const unsigned char *c = (const unsigned char *)text;
	char *folded;

	while (*c) {
		unsigned code;
		size_t len = code_at(c, &code);

		if (code >= MARK_FIRST && code <= MARK_LAST)
			; /* and the letter is as without it */
		else if (code != ' ' && code != NO_BREAK)
			put_folded(&out, code, c, len);
		else if (out.len && out.data[out.len - 1] != ' ')
			buf_putc(&out, ' ');
		c += len;
	}
	if (out.len && out.data[out.len - 1] == ' ')
		out.len--;
	folded = arena_strndup(mem, (const char *)out.data, out.len);
	buf_done(&out);
	return folded;
}
