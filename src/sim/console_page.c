/* console_page.c - the console's pages with the marks by which a real one is recognised. */
#include "sim/console.h"
#include "sim/xml.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void page_put_text(struct call *c, struct str text)
{
	xml_put_text(&c->a->body, text, false);
}

static void put(struct call *c, const char *html)
{
	buf_puts(&c->a->body, html);
}

/* "65000" of "22.0.4 (Build 65000)". */
static long build_number(const struct scenario *s)
{
	const char *at = strstr(s->version, "Build ");

	return at ? strtol(at + 6, NULL, 10) : 0;
}

static void put_top(struct call *c, const char *name, const char *title, const struct session *s)
{
	c->a->status = 200;
	c->a->type = "text/html;charset=UTF-8";
	buf_clear(&c->a->body);
	put(c, "<!DOCTYPE html>\n<!-- Application: app-server -->\n");
	buf_printf(&c->a->body, "<!-- Page: %s -->\n<html lang=\"en\"><head><title>%s</title>\n",
		   name, title);
	put(c, "<meta name=\"description\" content=\"PaperCut print management (simulated)\">\n");
	buf_printf(&c->a->body,
		   "<link rel=\"stylesheet\" href=\"/css/style.css?%ldpapercut-mf\">\n",
		   build_number(c->s));
	buf_printf(&c->a->body,
		   "<script>var csrfToken='%s';</script><script src=\"/js/app.js\"></script>\n"
		   "</head><body>\n",
		   s->csrf);
}

static void put_bottom(struct call *c)
{
	put(c,
	    "<footer>Simulated server; no product of PaperCut Software</footer></body></html>\n");
}

void page_answer(struct call *c, const struct console_page *page, const struct session *s)
{
	put_top(c, page->name, page->title, s);
	buf_printf(&c->a->body,
		   "<nav><a href=\"/app?service=page/Dashboard\">Dashboard</a> "
		   "<a href=\"/app?service=page/PrinterList\">Printers</a> "
		   "<a href=\"/app?service=page/DeviceList\">Devices</a> "
		   "<a href=\"/app?service=page/OptionsAdvanced\">Options</a></nav><h1>%s</h1>\n",
		   page->title);
	page->put(c, s);
	put_bottom(c);
}

/* --- pages -------------------------------------------------------------------------------------
 */

static void put_login_form(struct call *c)
{
	put(c, "<form method=\"post\" action=\"/app\">"
	       "<input type=\"hidden\" name=\"service\" value=\"direct/1/Home/$Form\">"
	       "<input type=\"hidden\" name=\"sp\" value=\"S0\">"
	       "<input type=\"hidden\" name=\"Form0\" value=\"$Hidden$0,$Hidden$1,inputUsername,"
	       "inputPassword,$Submit$0,$PropertySelection\">"
	       "<input type=\"hidden\" name=\"$Hidden$0\" value=\"true\">"
	       "<input type=\"hidden\" name=\"$Hidden$1\" value=\"X\">"
	       "<input name=\"inputUsername\" aria-label=\"Username\">"
	       "<input name=\"inputPassword\" type=\"password\" aria-label=\"Password\">"
	       "<select name=\"$PropertySelection\" aria-label=\"Language\">"
	       "<option>en</option></select>"
	       "<input type=\"submit\" name=\"$Submit$0\" value=\"Log in\"></form>\n");
}

void page_login(struct call *c, const struct session *s, const char *problem)
{
	put_top(c, "Home", "PaperCut Login", s);
	if (problem)
		buf_printf(&c->a->body, "<p class=\"errorMessage\">%s</p>\n", problem);
	put_login_form(c);
	put_bottom(c);
}

static void put_home(struct call *c, const struct session *s)
{
	put_login_form(c);
}

static void put_dashboard(struct call *c, const struct session *s)
{
	buf_printf(&c->a->body,
		   "<p id=\"status\">%zu printers, %d in error</p>"
		   "<button id=\"refresh\" onclick=\"refresh()\">Refresh</button>\n",
		   c->s->printers.len, printers_in_error(c->s));
}

static void put_printers(struct call *c, const struct session *s)
{
	put(c, "<table>");
	for (size_t i = 0; i < c->s->printers.len; i++) {
		const struct sim_printer *p = c->s->printers.items[i];

		buf_printf(&c->a->body,
			   "<tr><td><a href=\"/app?service=direct/1/PrinterList/selectPrinter"
			   "&amp;sp=l%" PRId64 "\">",
			   p->id);
		page_put_text(c, str_of(p->name));
		put(c, "</a></td><td>");
		page_put_text(c, str_of(p->status));
		put(c, "</td></tr>\n");
	}
	put(c, "</table>\n");
}

static void put_devices(struct call *c, const struct session *s)
{
	put(c, "<ul>");
	for (size_t i = 0; i < c->s->devices.len; i++) {
		put(c, "<li>");
		page_put_text(c, str_of(((const struct sim_device *)c->s->devices.items[i])->name));
		put(c, "</li>\n");
	}
	put(c, "</ul>\n");
}

static void put_editor(struct call *c, const struct session *s)
{
	put(c, "<form method=\"post\" action=\"/app\">"
	       "<input type=\"hidden\" name=\"service\" value=\"direct/1/ConfigEditor/$Form\">"
	       "<input name=\"inputValue\" aria-label=\"Value\"><input type=\"submit\" "
	       "value=\"Update\"></form><p id=\"value\">");
	page_put_text(c, str_of(s->note));
	put(c, "</p>\n");
}

static void put_options(struct call *c, const struct session *s)
{
	put(c, "<a href=\"/app?service=direct/1/OptionsAdvanced/downloadLog\">Server log</a>"
	       "<form method=\"post\" enctype=\"multipart/form-data\" "
	       "action=\"/app?service=direct/1/OptionsAdvanced/$Upload\">"
	       "<input type=\"file\" name=\"file\" aria-label=\"File\"><input type=\"submit\" "
	       "value=\"Upload\"></form>\n");
}

static void put_nothing(struct call *c, const struct session *s)
{
	put(c, "<p>Nothing to show.</p>\n");
}

/* clang-format off */
const struct console_page console_pages[] = {
	{ "Home",		"PaperCut Login",	true,	put_home },
	{ "Login",		"PaperCut Login",	true,	put_home },
	{ "Dashboard",		"Dashboard",		false,	put_dashboard },
	{ "PrinterList",	"Printers",		false,	put_printers },
	{ "DeviceList",		"Devices",		false,	put_devices },
	{ "ConfigEditor",	"Config editor",	false,	put_editor },
	{ "OptionsAdvanced",	"Options",		false,	put_options },
	{ "UserSummary",	"Summary",		false,	put_nothing },
	{ "UserWebPrint",	"Web Print",		false,	put_nothing },
	{ "UserReleaseJobs",	"Jobs pending release",	false,	put_nothing },
	{}
};

/* --- files -------------------------------------------------------------------------------------
 */

static const struct file {
	const char *path, *type, *text;
} files[] = {
	{ "/css/style.css", "text/css", "body{font-family:sans-serif;margin:2em}nav a{margin-right:1em}\n" },
	{ "/js/app.js", "text/javascript",
	  "function refresh() {\n"
	  "  fetch('/app?service=direct/1/Dashboard/$Refresh',\n"
	  "        { method: 'POST', headers: { 'X-Csrf-Token': csrfToken } })\n"
	  "    .then((r) => r.json())\n"
	  "    .then((j) => { document.getElementById('status').textContent = 'refreshed ' + j.refreshed; });\n"
	  "}\n" },
	{ "/images/logo.svg", "image/svg+xml",
	  "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"16\" height=\"16\"><rect width=\"16\" height=\"16\"/></svg>\n" },
};

/* The manual is a folder of files that nobody has to log in for; what a file is, its name tells. */
#define MANUAL "/content/help/"
static const struct file manual[] = {
	{ ".html", "text/html", "" },
	{ ".css", "text/css", "body{font-family:serif}\n" },
	{ ".js", "text/javascript", "document.documentElement.className = 'js';\n" },
	{ ".svg", "image/svg+xml",
	  "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"8\" height=\"8\"><circle r=\"4\"/></svg>\n" },
};
/* clang-format on */

/* One page of it, with what a browser asks for besides: by relative addresses and by absolute
 * ones. */
static void put_manual_page(struct call *c, struct str name)
{
	put(c, "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Manual: ");
	page_put_text(c, name);
	put(c, "</title><link rel=\"stylesheet\" href=\"" MANUAL "manual.css\">"
	       "<script src=\"" MANUAL "manual.js\"></script></head><body><h1>");
	page_put_text(c, name);
	put(c, "</h1><p>A simulated manual.</p><img src=\"figure.svg\" alt=\"A figure\">"
	       "<p><a href=\"" MANUAL "index.html\">Contents</a> "
	       "<a href=\"another-page.html\">Next</a></p></body></html>\n");
}

static bool answer_file(struct call *c, const struct file *f)
{
	c->a->status = 200;
	c->a->type = f->type;
	put(c, f->text);
	return true;
}

/* `name`: below the folder; a folder answers with its index. */
static bool manual_file(struct call *c, struct str name)
{
	if (name.len == 0 || name.p[name.len - 1] == '/')
		name = STR("index.html");
	for (size_t i = 0; i < ARRAY_LEN(manual); i++) {
		if (!str_ends(name, str_of(manual[i].path)))
			continue;
		if (i == 0)
			put_manual_page(c, name);
		return answer_file(c, &manual[i]);
	}
	return false;
}

bool page_file(struct call *c, struct str path)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (str_eq(path, str_of(files[i].path)))
			return answer_file(c, &files[i]);
	if (!str_starts(path, STR(MANUAL)))
		return false;
	return manual_file(c, (struct str){ path.p + strlen(MANUAL), path.len - strlen(MANUAL) });
}
