/* The names of AUTH's results. */
#include "event/auth_result.h"

const char *auth_result_name(enum helo_auth_result result)
{
    static const char *const NAMES[] = {
        [HELO_AUTH_SUCCESS] = "success",
        [HELO_AUTH_CANCELLED] = "cancelled",
        [HELO_AUTH_UNSUPPORTED] = "unsupported",
        [HELO_AUTH_ENCRYPTION_REQUIRED] = "encryption_required",
        [HELO_AUTH_TOO_WEAK] = "too_weak",
        [HELO_AUTH_TRANSITION_NEEDED] = "transition_needed",
        [HELO_AUTH_NOT_AVAILABLE] = "not_available",
        [HELO_AUTH_TEMPORARY] = "temporary",
        [HELO_AUTH_BAD_SEQUENCE] = "bad_sequence",
        [HELO_AUTH_SYNTAX] = "syntax",
        [HELO_AUTH_CLOSED_BY_SERVER] = "closed_by_server",
        [HELO_AUTH_FAILURE] = "failure",
        [HELO_AUTH_ABANDONED] = "abandoned",
        [HELO_AUTH_UNKNOWN] = "unknown",
    };
    return NAMES[result];
}
