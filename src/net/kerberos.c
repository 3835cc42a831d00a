/* kerberos.c - see kerberos.h. */
#include "net/kerberos.h"
#include "base/err.h"
#include <gssapi/gssapi.h>
#include <stdio.h>
#include <string.h>

#define SERVICE_MAX 300

/* RFC 4178: 1.3.6.1.5.5.2, negotiation of the mechanism. */
static gss_OID_desc spnego = { 6, (void *)(uintptr_t) "\x2b\x06\x01\x05\x05\x02" };

static void tell(OM_uint32 major, OM_uint32 minor, char ret_why[static KERBEROS_WHY_MAX])
{
	OM_uint32 unused, more = 0;
	gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
	bool mechanism = GSS_ROUTINE_ERROR(major) == GSS_S_FAILURE && minor;

	gss_display_status(&unused, mechanism ? minor : major,
			   mechanism ? GSS_C_MECH_CODE : GSS_C_GSS_CODE, GSS_C_NO_OID, &more,
			   &text);
	snprintf(ret_why, KERBEROS_WHY_MAX, "%.*s", (int)text.length,
		 text.length ? (const char *)text.value : "");
	gss_release_buffer(&unused, &text);
}

static OM_uint32 name_of(const char *host, OM_uint32 *ret_minor, gss_name_t *ret_name)
{
	char service[SERVICE_MAX];
	gss_buffer_desc text = { .value = service };
	int len = snprintf(service, sizeof(service), "HTTP@%s", host);

	if (len < 0 || (size_t)len >= sizeof(service))
		return GSS_S_BAD_NAME;
	text.length = (size_t)len;
	return gss_import_name(ret_minor, &text, GSS_C_NT_HOSTBASED_SERVICE, ret_name);
}

int kerberos_answer(const char *host, struct buf *out, char ret_why[static KERBEROS_WHY_MAX])
{
	gss_ctx_id_t context = GSS_C_NO_CONTEXT;
	gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
	gss_name_t name = GSS_C_NO_NAME;
	OM_uint32 unused, minor = 0, major = name_of(host, &minor, &name);

	if (!GSS_ERROR(major))
		major = gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &context, name, &spnego,
					     GSS_C_MUTUAL_FLAG, 0, GSS_C_NO_CHANNEL_BINDINGS,
					     GSS_C_NO_BUFFER, NULL, &token, NULL, NULL);
	if (GSS_ERROR(major) || token.length == 0)
		tell(major, minor, ret_why);
	else
		buf_put_base64(out, token.value, token.length);
	if (token.length)
		explicit_bzero(token.value, token.length);
	gss_release_buffer(&unused, &token);
	if (name != GSS_C_NO_NAME)
		gss_release_name(&unused, &name);
	if (context != GSS_C_NO_CONTEXT)
		gss_delete_sec_context(&unused, &context, GSS_C_NO_BUFFER);
	return out->len > 0 ? buf_status(out) : ERR_PROXY_AUTH;
}
