/* xmlrpc.h - the part of XML-RPC (xmlrpc.com/spec) that reading a print server needs.
 *
 * An answer is read by libxml2's reader: no network, no external or internal entities, a document
 * type is refused, and everything a server can grow has a limit.  The call is written from the
 * table of methods in papercut_rpc.c only.  Pure. */
#ifndef CONNECTOR_SOURCE_XMLRPC_H
#define CONNECTOR_SOURCE_XMLRPC_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"

#define XMLRPC_ANSWER_MAX (1 * MIB)
#define XMLRPC_VALUES_MAX 65536
#define XMLRPC_DEPTH_MAX  8

enum xmlrpc_type {
	XMLRPC_INT, /* <int> or <i4> */
	XMLRPC_BOOLEAN,
	XMLRPC_STRING, /* also a value without a type */
	XMLRPC_DOUBLE,
	XMLRPC_TIME,   /* dateTime.iso8601, as text */
	XMLRPC_BASE64, /* as text, not decoded */
	XMLRPC_STRUCT,
	XMLRPC_ARRAY,
	XMLRPC_TYPES,
};

struct xmlrpc_value {
	enum xmlrpc_type type;
	const char *name;       /* of a struct's member */
	struct str text;        /* of all but struct and array, as it was written; NUL follows */
	int64_t number;         /* of int and boolean */
	struct json_list items; /* struct xmlrpc_value *: of struct and array */
};

/* Writing: begin, the parameters in order, end.  What is no UTF-8 becomes U+FFFD. */
void xmlrpc_begin(struct buf *out, const char *method);
void xmlrpc_put_string(struct buf *out, struct str value);
void xmlrpc_put_int(struct buf *out, int32_t value);
void xmlrpc_put_strings(struct buf *out, const char *const *values); /* ends with NULL */
void xmlrpc_end(struct buf *out);

/* The value of an answer, in `mem`.  ERR_UPSTREAM: it is a fault, *ret_value its text (a string,
 * without the class name in front); ERR_INVALID: it is no answer, or beyond a limit. */
MUST_USE int xmlrpc_read(struct str body, struct arena *mem, struct xmlrpc_value **ret_value);

#endif
