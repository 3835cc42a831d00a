/* xmlrpc.c - the web services of a PaperCut server: the methods that a monitoring client may read,
 * and faults for all others.
 *
 * A fault is HTTP 200.  What it says for a wrong token nobody has told; everything else is from
 * traces, the vendor's clients or Apache XML-RPC, which the server uses. */
#include "sim/answer.h"
#include "sim/marks.h"
#include "sim/path.h"
#include "sim/xml.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ARGS_MAX 8
#define TEMPLATE "!!template printer!!"
#define DEVICE   "device" /* the server's name of what is no print queue */

/* The arguments after the token. */
struct rpc {
	struct call *c;
	struct arena mem;
	const struct xml *args[ARGS_MAX]; /* <value> elements */
	size_t args_len;
};

/* --- values ------------------------------------------------------------------------------------
 */

static void put(struct rpc *r, const char *text)
{
	buf_puts(&r->c->a->body, text);
}

static void put_escaped(struct rpc *r, struct str text)
{
	xml_put_text(&r->c->a->body, text, r->c->s->xmlrpc->encoding == ENCODING_LATIN1);
}

static void put_text(struct rpc *r, struct str text)
{
	bool tagged = r->c->s->xmlrpc->text_tag == TEXT_TAGGED;

	put(r, tagged ? "<value><string>" : "<value>");
	put_escaped(r, text);
	put(r, tagged ? "</string></value>" : "</value>");
}

static void put_int(struct rpc *r, int64_t value)
{
	const char *tag = r->c->s->xmlrpc->int_tag == INT_TAG_I4 ? "i4" : "int";

	buf_printf(&r->c->a->body, "<value><%s>%" PRId64 "</%s></value>", tag, value, tag);
}

static void put_prolog(struct rpc *r)
{
	static const char *const prologs[] = {
		[ENCODING_UTF8] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
		[ENCODING_LATIN1] = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>",
		[ENCODING_UNSAID] = "<?xml version=\"1.0\"?>",
	};

	r->c->a->status = 200;
	r->c->a->type = "text/xml";
	buf_clear(&r->c->a->body);
	put(r, prologs[r->c->s->xmlrpc->encoding]);
	put(r, "<methodResponse>");
}

PRINTF(2, 3) static void fault(struct rpc *r, const char *fmt, ...)
{
	char text[1000], word[MARK_SIZE] = "";
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (r->c->state->marks)
		mark(r->c->state->marks, MARK_NEVER, word, "fault %s", text);
	put_prolog(r);
	put(r, "<fault><value><struct><member><name>faultCode</name>");
	put_int(r, 0);
	put(r, "</member><member><name>faultString</name><value>");
	put_escaped(r, str_of(text));
	put(r, word);
	put(r, "</value></member></struct></value></fault></methodResponse>");
}

/* --- arguments ---------------------------------------------------------------------------------
 */

/* A value without a type is a text. */
static struct str arg_text(const struct rpc *r, size_t n)
{
	const struct xml *v = n < r->args_len ? r->args[n] : NULL;

	if (!v)
		return STR("");
	return v->child ? v->child->text : v->text;
}

static int64_t arg_int(const struct rpc *r, size_t n)
{
	uint64_t v = 0;

	return str_to_u64(str_trim(arg_text(r, n)), &v) && v <= INT32_MAX ? (int64_t)v : 0;
}

/* The first <value> of an array; NULL if it is none or empty. */
static const struct xml *arg_list(const struct rpc *r, size_t n)
{
	const struct xml *v = n < r->args_len ? r->args[n] : NULL;

	return xml_child(xml_child(xml_child(v, "array"), "data"), "value");
}

/* --- printers and devices ----------------------------------------------------------------------
 */

/* What a property is asked of. */
struct queue {
	int64_t id, pages, jobs;
	enum json_bool disabled;
	const char *functions; /* NULL: a printer */
};

static bool find_printer(const struct scenario *s, struct str server, struct str name,
			 struct queue *ret)
{
	for (size_t i = 0; i < s->printers.len; i++) {
		const struct sim_printer *p = s->printers.items[i];
		struct str queue = str_of(p->name), host;

		str_split(&queue, '\\', &host);
		if (!str_eq(host, server) || !str_eq(queue, name))
			continue;
		*ret = (struct queue){ p->id, p->pages, p->jobs, p->disabled, NULL };
		return true;
	}
	return false;
}

static bool find_device(const struct scenario *s, struct str name, struct queue *ret)
{
	for (size_t i = 0; i < s->devices.len; i++) {
		const struct sim_device *d = s->devices.items[i];

		if (!str_eq(str_of(d->name), name))
			continue;
		*ret = (struct queue){ d->id, d->pages, d->jobs, d->disabled, d->functions };
		return true;
	}
	return false;
}

/* False after a fault. */
static bool find(struct rpc *r, struct queue *ret)
{
	struct str server = arg_text(r, 0), name = arg_text(r, 1);

	if (str_eq(server, STR(DEVICE)) ? find_device(r->c->s, name, ret)
					: find_printer(r->c->s, server, name, ret))
		return true;
	if (str_eq(server, STR(TEMPLATE)) && str_eq(name, STR(TEMPLATE))) {
		*ret = (struct queue){ .id = 1001, .disabled = JSON_FALSE };
		return true;
	}
	fault(r, "java.lang.Exception: Printer \"%.*s\\%.*s\" does not exist.",
	      (int)(server.len < 300 ? server.len : 300), server.p,
	      (int)(name.len < 300 ? name.len : 300), name.p);
	return false;
}

/* Numbers and booleans are texts too.  False if there is no such property. */
static bool property(struct rpc *r, const struct queue *q, struct str name, char out[static 300])
{
	char word[MARK_SIZE] = "";

	out[0] = 0;
	if (str_eq(name, STR("printer-id")))
		snprintf(out, 300, "%" PRId64, q->id);
	else if (str_eq(name, STR("print-stats.page-count")))
		snprintf(out, 300, "%" PRId64, q->pages);
	else if (str_eq(name, STR("print-stats.job-count")))
		snprintf(out, 300, "%" PRId64, q->jobs);
	else if (str_eq(name, STR("disabled")))
		snprintf(out, 300, "%s", q->disabled == JSON_TRUE ? "true" : "false");
	else if (str_eq(name, STR("cost-model")))
		snprintf(out, 300, "SIMPLE");
	else if (str_eq(name, STR("device-functions")) && q->functions)
		snprintf(out, 300, "%s", q->functions);
	else if (!str_starts(name, STR("custom-field-")) &&
		 !(q->functions && str_starts(name, STR("advanced-config."))))
		return false;
	else if (r->c->state->marks) {
		mark(r->c->state->marks, MARK_NEVER, word, "property %.*s of %" PRId64,
		     (int)(name.len < 60 ? name.len : 60), name.p, q->id);
		snprintf(out, 300, "%s", word);
	}
	return true;
}

/* False after a fault. */
static bool put_property(struct rpc *r, const struct queue *q, struct str name)
{
	char value[300];

	if (property(r, q, name, value)) {
		put_text(r, str_of(value));
		return true;
	}
	fault(r, "java.lang.Exception: Unknown property \"%.*s\".",
	      (int)(name.len < 100 ? name.len : 100), name.p);
	return false;
}

/* --- methods: each writes one value, or a fault ------------------------------------------------
 */

static bool get_total_users(struct rpc *r)
{
	put_int(r, r->c->s->xmlrpc->users);
	return true;
}

/* The template first, then printers, then devices. */
static bool list_printers(struct rpc *r)
{
	const struct scenario *s = r->c->s;
	int64_t offset = arg_int(r, 0), limit = arg_int(r, 1), n = 0;
	int64_t printers = (int64_t)s->printers.len, devices = (int64_t)s->devices.len;

	put(r, "<value><array><data>");
	for (n = offset; n < offset + limit && n < 1 + printers + devices; n++) {
		char name[2200] = TEMPLATE "\\" TEMPLATE;

		if (n > printers)
			snprintf(name, sizeof(name), DEVICE "\\%s",
				 ((const struct sim_device *)s->devices.items[n - printers - 1])
					 ->name);
		else if (n > 0)
			snprintf(name, sizeof(name), "%s",
				 ((const struct sim_printer *)s->printers.items[n - 1])->name);
		put_text(r, str_of(name));
	}
	put(r, "</data></array></value>");
	return true;
}

static bool get_printer_property(struct rpc *r)
{
	struct queue q;

	return find(r, &q) && put_property(r, &q, arg_text(r, 2));
}

static bool get_printer_properties(struct rpc *r)
{
	struct queue q;

	if (!find(r, &q))
		return false;
	put(r, "<value><array><data>");
	for (const struct xml *v = arg_list(r, 2); v; v = v->next)
		if (!put_property(r, &q, v->child ? v->child->text : v->text))
			return false;
	put(r, "</data></array></value>");
	return true;
}

static bool get_task_status(struct rpc *r)
{
	put(r, "<value><struct><member><name>completed</name><value><boolean>1</boolean></value>"
	       "</member><member><name>message</name>");
	put_text(r, STR("Completed.\nNo task is running."));
	put(r, "</member></struct></value>");
	return true;
}

/* Several integrations may each have a token: the key's value is then JSON. */
static void put_tokens(struct rpc *r, struct buf *out)
{
	const struct sim_xmlrpc *x = r->c->s->xmlrpc;
	struct writer w = { out, NULL, NULL, false };
	char name[32];

	if (x->token_form == TOKEN_TEXT) {
		buf_puts(out, x->tokens.len ? x->tokens.items[0] : "");
		return;
	}
	w_open(&w, NULL, x->token_form == TOKEN_LIST ? '[' : '{');
	for (size_t i = 0; i < x->tokens.len; i++) {
		snprintf(name, sizeof(name), "integration%zu", i + 1);
		w_text(&w, x->token_form == TOKEN_LIST ? NULL : name, x->tokens.items[i]);
	}
	w_close(&w, x->token_form == TOKEN_LIST ? ']' : '}');
}

static bool get_config_value(struct rpc *r)
{
	struct buf value = buf_new(64 * KIB);
	struct str name = arg_text(r, 0);

	if (str_eq(name, STR("health.api.key")))
		buf_puts(&value, r->c->s->key);
	else if (str_eq(name, STR("auth.webservices.auth-token")))
		put_tokens(r, &value);
	put_text(r, buf_str(&value)); /* empty if it is not set */
	buf_done(&value);
	return true;
}

/* clang-format off */
static const struct method {
	const char *name;
	size_t args;			/* after the token */
	bool (*answer)(struct rpc *r);	/* false after a fault */
	bool no_token;
} methods[] = {
	{ "getTotalUsers",		0, get_total_users },
	{ "listPrinters",		2, list_printers },
	{ "getPrinterProperty",		3, get_printer_property },
	{ "getPrinterProperties",	3, get_printer_properties },
	{ "getTaskStatus",		0, get_task_status, true },
	{ "getConfigValue",		1, get_config_value },
};

/* Known to the real server, but nothing that a monitoring client may call: they change something,
 * or tell who the users are. */
static const char *const refused[] = {
	"isUserExists", "getUserAccountBalance", "getUserProperty", "getUserProperties", "setUserProperty",
	"setUserProperties", "clearUserAdvancedPrinterSettings", "adjustUserAccountBalance",
	"adjustUserAccountBalanceByCardNumber", "adjustUserAccountBalanceIfAvailable",
	"adjustUserAccountBalanceIfAvailableLeaveRemaining", "adjustUserAccountBalanceByGroup",
	"adjustUserAccountBalanceByGroupUpTo", "setUserAccountBalance", "setUserAccountBalanceByGroup",
	"resetUserCounts", "reapplyInitialUserSettings", "setUserAccountSelectionAutoSelectSharedAccount",
	"setUserAccountSelectionStandardPopup", "setUserAccountSelectionAdvancedPopup",
	"setUserAccountSelectionAutoChargePersonal", "disablePrintingForUser", "addNewUser", "renameUserAccount",
	"deleteExistingUser", "addNewInternalUser", "lookUpUserNameByIDNo", "lookUpUserNameByCardNo",
	"lookUpUserNameByEmail", "lookUpUserNameBySecondaryUserName", "lookUpUsersByFullName", "listUserAccounts",
	"getUserOverdraftMode", "setUserOverdraftMode", "useCard", "exportUserDataHistory", "addUserToGroup",
	"removeUserFromGroup", "addAdminAccessUser", "removeAdminAccessUser", "addAdminAccessGroup",
	"removeAdminAccessGroup", "addNewGroup", "syncGroup", "removeGroup", "getUserGroups", "getGroupMembers",
	"listUserGroups", "isGroupExists", "setGroupQuota", "getGroupQuota", "listSharedAccounts",
	"listUserSharedAccounts", "isSharedAccountExists", "getSharedAccountAccountBalance",
	"getSharedAccountProperty", "getSharedAccountProperties", "setSharedAccountProperty",
	"setSharedAccountProperties", "adjustSharedAccountAccountBalance", "setSharedAccountAccountBalance",
	"addNewSharedAccount", "renameSharedAccount", "deleteExistingSharedAccount", "addSharedAccountAccessUser",
	"addSharedAccountAccessGroup", "removeSharedAccountAccessUser", "removeSharedAccountAccessGroup",
	"disableSharedAccount", "getSharedAccountOverdraftMode", "setSharedAccountOverdraftMode",
	"setPrinterProperty", "setPrinterProperties", "applyDeviceSettings", "getPrinterSnmpv3",
	"enablePrinterSnmpv3", "disablePrinterSnmpv3", "getDeviceSnmpv3", "enableDeviceSnmpv3",
	"disableDeviceSnmpv3", "resetPrinterCounts", "addPrinterGroup", "setPrinterGroups", "enablePrinter",
	"disablePrinter", "setPrinterCostSimple", "getPrinterCostSimple", "deletePrinter", "renamePrinter",
	"addPrinterAccessGroup", "removePrinterAccessGroup", "performOnlineBackup", "performGroupSync",
	"performUserAndGroupSync", "performUserAndGroupSyncAdvanced", "addNewUsers", "batchImportSharedAccounts",
	"batchImportInternalUsers", "batchImportUserCardIdNumbers", "batchImportPrinters", "batchImportUsers",
	"setConfigValue", "processJob", "changeInternalAdminPassword", "runCommand",
	"createUserClientAccountsFile", "generateScheduledReport", "generateAdHocReport", "installLicense",
	"saveThreadSnapshot",
};
/* clang-format on */

/* --- a call ------------------------------------------------------------------------------------
 */

static bool token_ok(const struct rpc *r, struct str token)
{
	const struct json_list *tokens = &r->c->s->xmlrpc->tokens;

	for (size_t i = 0; i < tokens->len; i++)
		if (token.len && str_eq(token, str_of(tokens->items[i])))
			return true;
	return false;
}

/* The token is the first argument; false after a fault. */
static bool take_token(struct rpc *r)
{
	if (!token_ok(r, arg_text(r, 0))) {
		fault(r, "%s", r->c->s->xmlrpc->wrong_token);
		return false;
	}
	r->args_len--;
	memmove(r->args, r->args + 1, r->args_len * sizeof(*r->args));
	return true;
}

static void run(struct rpc *r, const struct method *m)
{
	if (!m->no_token && !take_token(r))
		return;
	if (r->args_len != m->args)
		return fault(r, "java.lang.NoSuchMethodException: api.%s with %zu arguments",
			     m->name, r->args_len);
	put_prolog(r);
	put(r, "<params><param>");
	if (m->answer(r))
		put(r, "</param></params></methodResponse>");
}

static void dispatch(struct rpc *r, struct str called)
{
	struct str name = called, prefix;

	if (!str_split(&name, '.', &prefix) || !str_eq(prefix, STR("api")) || !name.p)
		return fault(r,
			     "java.lang.Exception: RPC handler object \"%.*s\" not found and no "
			     "default handler registered.",
			     (int)(prefix.len < 100 ? prefix.len : 100), prefix.p);
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (str_eq(name, str_of(methods[i].name)))
			return run(r, &methods[i]);
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		if (str_eq(name, str_of(refused[i])))
			return fault(r, "java.lang.Exception: %s is not simulated.", refused[i]);
	fault(r, "java.lang.NoSuchMethodException: %.*s",
	      (int)(called.len < 100 ? called.len : 100), called.p);
}

void xmlrpc_answer(struct call *c)
{
	struct rpc r = { .c = c };
	const struct xml *root, *method;

	c->s = c->state->now;
	if (c->rq->method != METHOD_POST)
		return answer_page(c, 405, "Method not allowed");
	root = xml_parse(c->rq->body, &r.mem);
	method = xml_child(root, "methodName");
	for (const struct xml *p = xml_child(xml_child(root, "params"), "param");
	     p && r.args_len < ARGS_MAX; p = p->next)
		r.args[r.args_len++] = xml_child(p, "value");
	if (!peer_allowed(&c->s->xmlrpc->allowed, c->rq->peer))
		fault(&r, "java.lang.Exception: Access denied. Your IP address is not allowed to "
			  "access the Web Services API.");
	else if (!method)
		fault(&r, "org.apache.xmlrpc.ParseFailed: not an XML-RPC call");
	else
		dispatch(&r, str_trim(method->text));
	arena_done(&r.mem);
}
