/* xmlrpc_fuzz.c - what a server, or whoever answers in its place, may say to an XML-RPC call. */
#include "base/err.h"
#include "connector/source/xmlrpc.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static size_t count(const struct xmlrpc_value *v, unsigned depth)
{
	size_t n = 1;

	if (depth > XMLRPC_DEPTH_MAX || (v->text.len && strlen(v->text.p) != v->text.len))
		abort();
	for (size_t i = 0; i < v->items.len; i++)
		n += count(v->items.items[i], depth + 1);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct xmlrpc_value *v = NULL;
	struct arena mem = {};
	int rc = xmlrpc_read((struct str){ (const char *)data, len }, &mem, &v);

	if (rc != ERR_INVALID && (!v || count(v, 0) > XMLRPC_VALUES_MAX))
		abort();
	arena_done(&mem);
	return 0;
}
