/* console.h - what console.c (who may do what) and console_page.c (how it looks) share. */
#ifndef SIM_CONSOLE_H
#define SIM_CONSOLE_H

#include "sim/answer.h"
#include "sim/sessions.h"

/* A page of the admin console. */
struct console_page {
	const char *name; /* of "service=page/<name>" */
	const char *title;
	bool open; /* without a login */
	void (*put)(struct call *c, const struct session *s);
};
extern const struct console_page console_pages[]; /* ends with a row without a name */

/* A whole page; what its own function writes stands in the middle. */
void page_answer(struct call *c, const struct console_page *page, const struct session *s);
/* The login page, with a line of text if there is something to say. */
void page_login(struct call *c, const struct session *s, const char *problem);
/* Stylesheet, script, manual; false if there is no such file. */
bool page_file(struct call *c, struct str path);
void page_put_text(struct call *c, struct str text); /* escaped */

#endif
