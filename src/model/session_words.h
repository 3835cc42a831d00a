/* session_words.h - the words of remote-administration sessions; as model/words.h, which includes
 * it.
 */
#ifndef MODEL_SESSION_WORDS_H
#define MODEL_SESSION_WORDS_H

#include "model/words.h"

/* clang-format off */
/* A remote-administration visit, as hub and connector tell of it. */
#define SESSION_STATE_WORDS(X) \
	X(SESSION_REQUESTED,	"requested") \
	X(SESSION_WAITING,	"waiting_for_approval") \
	X(SESSION_OPEN,		"open") \
	X(SESSION_ENDED,	"ended") \
	X(SESSION_REFUSED,	"refused")

/* Why a session ended, or why there was none. */
#define SESSION_WHY_WORDS(X) \
	X(WHY_CUSTOMER,		"customer")	/* said no, or ended it */ \
	X(WHY_SWITCHED_OFF,	"switched_off")	/* by the customer, while it ran */ \
	X(WHY_TECHNICIAN,	"technician") \
	X(WHY_LOGIN_ENDED,	"login_ended")	/* or the right */ \
	X(WHY_IDLE,		"idle") \
	X(WHY_CEILING,		"ceiling")	/* as long as a session may last */ \
	X(WHY_UNANSWERED,	"unanswered")	/* nobody said yes or no */ \
	X(WHY_REVOKED,		"revoked")	/* the connector's key, or the site is looked after no more */ \
	X(WHY_OFFLINE,		"offline") \
	X(WHY_RESTARTED,	"restarted") \
	X(WHY_TOO_MANY,		"too_many") \
	X(WHY_NOT_ALLOWED,	"not_allowed")	/* the customer's permission was off when it was asked for */ \
	X(WHY_NO_TARGET,	"no_target") \
	X(WHY_FAILED,		"failed") \
	X(WHY_COPIED,		"copied")	/* another process has the connector's identity, and its line */ \
	X(WHY_TIME_OVER,	"time_over")	/* what the customer allowed was for so long */

/* What a session opens. */
#define TARGET_KIND_WORDS(X) \
	X(TARGET_CONSOLE,	"console")	/* the print server's own pages */ \
	X(TARGET_MFP,		"mfp") \
	X(TARGET_PRINT_SERVICE,	"print_service")
/* clang-format on */

enum session_state { SESSION_STATE_WORDS(WORD_NUMBER) SESSION_STATES };
enum session_why { SESSION_WHY_WORDS(WORD_NUMBER) SESSION_WHYS };
enum target_kind { TARGET_KIND_WORDS(WORD_NUMBER) TARGET_KINDS };

extern const char *const session_state_names[], *const session_why_names[],
							*const target_kind_names[];

/* True for the states after which nothing comes. */
static inline bool session_is_over(enum session_state s)
{
	return s == SESSION_ENDED || s == SESSION_REFUSED;
}
/* The customer's switch that a session to such a target needs. */
enum permission target_permission(enum target_kind kind);

#endif
