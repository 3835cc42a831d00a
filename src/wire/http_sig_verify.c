/* http_sig_verify.c - the hub's half of http_sig.h, apart so that the connector, which only signs,
 * needs nothing that verifies. */
#include "wire/http_sig.h"

#include "base/err.h"

#include <stdlib.h>

int http_sig_verify(const struct http_sig_request *rq, const struct http_sig *sig,
		    const uint8_t public_key[static SIGN_KEY_LEN], int64_t now_s,
		    int64_t not_before_s)
{
	struct buf base = buf_new(HTTP_SIG_BASE_MAX);
	int rc = http_sig_base(rq, sig, &base);

	if (rc == 0)
		rc = sign_check(public_key, base.data, base.len, sig->signature);
	buf_done(&base);
	if (rc < 0)
		return ERR_SIGNATURE;
	if (sig->created_s < not_before_s || llabs(now_s - sig->created_s) > HTTP_SIG_WINDOW_S)
		return ERR_CLOCK;
	return 0;
}
