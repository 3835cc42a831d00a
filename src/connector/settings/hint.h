/* hint.h - which way to the settings page is told first, by the print server's version (R20..R23).
 *
 * From 20.1 on PaperCut's admin console has a tab "Remote Support" of its own maker's service; on
 * such a server people look there, so that the page has to say that it is another one.  On older
 * ones they know the bookmark file.  Nothing else depends on the version, and settings.url is the
 * way on every one.  Pure. */
#ifndef CONNECTOR_SETTINGS_HINT_H
#define CONNECTOR_SETTINGS_HINT_H

enum hint { HINT_BOOKMARK, HINT_TAB };
extern const char *const hint_names[];

/* version: "22.0.4"; NULL or anything that is no version: HINT_BOOKMARK. */
enum hint hint_of(const char *version);

#endif
