/* One table of names per enum; docs/events.md lists them for the users. */
#include "report/names.h"

const char *name_of_side(enum helo_side side)
{
    return side == HELO_CLIENT ? "client" : "server";
}

const char *name_of_phase(enum helo_phase phase)
{
    static const char *const NAMES[] = {
        [HELO_PHASE_GREETING] = "greeting", [HELO_PHASE_READY] = "ready",
        [HELO_PHASE_AUTH] = "auth",         [HELO_PHASE_ENVELOPE] = "envelope",
        [HELO_PHASE_DATA] = "data",         [HELO_PHASE_STARTTLS] = "starttls",
        [HELO_PHASE_TLS] = "tls",
    };
    return NAMES[phase];
}

const char *name_of_kind(enum helo_session_kind kind)
{
    static const char *const NAMES[] = {
        [HELO_KIND_SMTP] = "smtp",
        [HELO_KIND_SUBMISSION] = "submission",
        [HELO_KIND_LMTP] = "lmtp",
        [HELO_KIND_OTHER] = "other",
    };
    return NAMES[kind];
}

const char *name_of_close(enum helo_close_reason reason)
{
    static const char *const NAMES[] = {
        [HELO_CLOSE_REFUSED] = "refused",
        [HELO_CLOSE_SERVER_221] = "server_221",
        [HELO_CLOSE_SERVER_421] = "server_421",
        [HELO_CLOSE_QUIT] = "quit",
        [HELO_CLOSE_QUIT_OTHER_REPLY] = "quit_other_reply",
        [HELO_CLOSE_QUIT_WITHOUT_REPLY] = "quit_without_reply",
        [HELO_CLOSE_CLIENT_RST] = "client_rst",
        [HELO_CLOSE_SERVER_RST] = "server_rst",
        [HELO_CLOSE_CLIENT_FIN] = "client_fin",
        [HELO_CLOSE_SERVER_FIN] = "server_fin",
        [HELO_CLOSE_REPLACED] = "replaced",
        [HELO_CLOSE_IDLE_TIMEOUT] = "idle_timeout",
        [HELO_CLOSE_CAPTURE_END] = "capture_end",
        [HELO_CLOSE_EVICTED] = "evicted",
        [HELO_CLOSE_UNKNOWN] = "unknown",
    };
    return NAMES[reason];
}

const char *name_of_outcome(enum helo_outcome outcome)
{
    static const char *const NAMES[] = {
        [HELO_OUTCOME_SUCCESS] = "success",
        [HELO_OUTCOME_FAILURE] = "failure",
        [HELO_OUTCOME_UNKNOWN] = "unknown",
    };
    return NAMES[outcome];
}

const char *name_of_message_result(enum helo_message_result result)
{
    static const char *const NAMES[] = {
        [HELO_MESSAGE_ACCEPTED] = "accepted",     [HELO_MESSAGE_PARTIAL] = "partial",
        [HELO_MESSAGE_REJECTED] = "rejected",     [HELO_MESSAGE_ABORTED] = "aborted",
        [HELO_MESSAGE_INCOMPLETE] = "incomplete",
    };
    return NAMES[result];
}

const char *name_of_challenge(enum helo_challenge_kind kind)
{
    static const char *const NAMES[] = {
        [HELO_CHALLENGE_USERNAME_PROMPT] = "username_prompt",
        [HELO_CHALLENGE_PASSWORD_PROMPT] = "password_prompt",
        [HELO_CHALLENGE_EMPTY] = "empty",
        [HELO_CHALLENGE_NONCE] = "nonce",
        [HELO_CHALLENGE_SERVER_FINAL] = "server_final",
        [HELO_CHALLENGE_NTLM] = "ntlm_challenge",
        [HELO_CHALLENGE_TOKEN] = "token",
        [HELO_CHALLENGE_ERROR] = "error",
        [HELO_CHALLENGE_INVALID_BASE64] = "invalid_base64",
        [HELO_CHALLENGE_OTHER] = "other",
    };
    return NAMES[kind];
}

const char *name_of_undecodable(enum helo_undecodable reason)
{
    static const char *const NAMES[HELO_UNDECODABLE_COUNT] = {
        [HELO_UNDECODABLE_LINK_TYPE] = "link_type",
        [HELO_UNDECODABLE_TRUNCATED] = "truncated",
        [HELO_UNDECODABLE_LINK_HEADER] = "link_header",
        [HELO_UNDECODABLE_IP_HEADER] = "ip_header",
        [HELO_UNDECODABLE_FRAGMENT] = "fragment",
        [HELO_UNDECODABLE_TCP_HEADER] = "tcp_header",
        [HELO_UNDECODABLE_CHECKSUM] = "checksum",
        [HELO_UNDECODABLE_NESTING] = "nesting",
        [HELO_UNDECODABLE_TUNNEL_HEADER] = "tunnel_header",
    };
    return NAMES[reason];
}

const char *name_of_tunnel(enum helo_tunnel_kind kind)
{
    static const char *const NAMES[HELO_TUNNEL_KINDS] = {
        [HELO_TUNNEL_GRE] = "gre",     [HELO_TUNNEL_ERSPAN] = "erspan",
        [HELO_TUNNEL_VXLAN] = "vxlan", [HELO_TUNNEL_GENEVE] = "geneve",
        [HELO_TUNNEL_IPIP] = "ipip",   [HELO_TUNNEL_MPLS] = "mpls",
        [HELO_TUNNEL_PPPOE] = "pppoe",
    };
    return NAMES[kind];
}

const char *name_of_reply_class(uint16_t code)
{
    static const char *const NAMES[] = {"positive_completion", "positive_intermediate",
                                        "transient_negative", "permanent_negative"};
    if (code < 200 || code > 599)
        return NULL;
    return NAMES[code / 100 - 2];
}
