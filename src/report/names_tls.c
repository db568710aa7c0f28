/* The names of what TLS events show. */
#include "report/names.h"

const char *name_of_goodbye(enum helo_tls_goodbye goodbye)
{
    static const char *const NAMES[] = {
        [HELO_TLS_GOODBYE_UNKNOWN] = "unknown", [HELO_TLS_GOODBYE_NONE] = "none",
        [HELO_TLS_GOODBYE_LIKELY] = "likely",   [HELO_TLS_GOODBYE_CLOSE] = "close_notify",
        [HELO_TLS_GOODBYE_FATAL] = "alert",
    };
    return NAMES[goodbye];
}

const char *name_of_alert(uint8_t description)
{
    static const char *const NAMES[] = {
        [0] = "close_notify",
        [10] = "unexpected_message",
        [20] = "bad_record_mac",
        [21] = "decryption_failed",
        [22] = "record_overflow",
        [30] = "decompression_failure",
        [40] = "handshake_failure",
        [41] = "no_certificate",
        [42] = "bad_certificate",
        [43] = "unsupported_certificate",
        [44] = "certificate_revoked",
        [45] = "certificate_expired",
        [46] = "certificate_unknown",
        [47] = "illegal_parameter",
        [48] = "unknown_ca",
        [49] = "access_denied",
        [50] = "decode_error",
        [51] = "decrypt_error",
        [60] = "export_restriction",
        [70] = "protocol_version",
        [71] = "insufficient_security",
        [80] = "internal_error",
        [86] = "inappropriate_fallback",
        [90] = "user_canceled",
        [100] = "no_renegotiation",
        [109] = "missing_extension",
        [110] = "unsupported_extension",
        [112] = "unrecognized_name",
        [113] = "bad_certificate_status_response",
        [115] = "unknown_psk_identity",
        [116] = "certificate_required",
        [120] = "no_application_protocol",
    };
    return description < sizeof(NAMES) / sizeof(NAMES[0]) ? NAMES[description] : NULL;
}

const char *name_of_tls_version(uint16_t version)
{
    static const char *const NAMES[] = {"3.0", "1.0", "1.1", "1.2", "1.3"};
    return version >= 0x0300 && version <= 0x0304 ? NAMES[version - 0x0300] : NULL;
}
