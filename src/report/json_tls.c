/* What TLS events have of their own: the objects `tls` of ECS and `smtp`. */
#include "base/bytes.h"
#include "base/ciphers.h"
#include "base/limits.h"
#include "report/format.h"
#include "report/json_event.h"
#include "report/names.h"

#define CIPHERS "tls.client.supported_ciphers"
#define NAMES   "tls.server.x509.alternative_names"

/* The name of a cipher suite, or its number where it has none. */
static void cipher_value(struct json *json, uint16_t cipher)
{
    const char *name = cipher_name(cipher);
    char number[8] = "0x";
    if (name == NULL) {
        *number_hex(number + 2, cipher, 4) = '\0';
        name = number;
    }
    line_char(json->line, '"');
    line_string(json->line, name);
    line_char(json->line, '"');
    json->comma = true;
}

/* GREASE is left out: it stands for nothing. */
static void cipher_list(struct json *json, struct helo_slice list)
{
    uint32_t count = (uint32_t)(list.len / 2);
    uint32_t length = json_list_length(json, CIPHERS, count, count);
    if (length == 0)
        return;
    json_open(json, "supported_ciphers", '[');
    for (uint32_t i = 0; i < length; i++) {
        uint16_t cipher = bytes_u16(list.ptr + 2 * (size_t)i);
        if (cipher_is_grease(cipher))
            continue;
        json_comma(json);
        cipher_value(json, cipher);
    }
    json_close(json, ']');
}

static void client_object(struct json *json, const struct helo_tls *tls)
{
    if (tls->ja3[0] == '\0')
        return;
    json_open(json, "client", '{');
    json_name(json, "ja3", tls->ja3);
    json_text(json, "tls.client.server_name", tls->server_name);
    cipher_list(json, tls->ciphers);
    json_close(json, '}');
}

/* Certificates may be valid longer than times of ours can tell. */
static void date(struct json *json, const char *key, int64_t seconds)
{
    char *to = seconds < 0 || seconds > LIMIT_TIME_SECONDS
                   ? NULL
                   : json_member(json, key, FORMAT_LONGEST + 2);
    if (to == NULL)
        return;
    *to++ = '"';
    to = format_timestamp(to, seconds * HELO_SECOND, false);
    *to++ = '"';
    json_end(json, to);
}

static void hash_object(struct json *json, const uint8_t sha256[32])
{
    static const char DIGITS[] = "0123456789ABCDEF";
    char text[65];
    for (size_t i = 0; i < 64; i++)
        text[i] = DIGITS[i % 2 == 0 ? sha256[i / 2] >> 4 : sha256[i / 2] & 15];
    text[64] = '\0';
    json_open(json, "hash", '{');
    json_name(json, "sha256", text);
    json_close(json, '}');
}

static void names_object(struct json *json, const struct helo_tls *tls)
{
    uint32_t length = json_list_length(json, NAMES, tls->name_count, tls->name_count);
    if (length == 0)
        return;
    const uint8_t *at = tls->names.ptr, *end = at + tls->names.len;
    json_open(json, "x509", '{');
    json_open(json, "alternative_names", '[');
    for (uint32_t i = 0; i < length; i++) {
        at++; /* the line feed */
        const uint8_t *next = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((next != NULL ? next : end) - at);
        json_text_element(json, NAMES, (struct helo_slice){at, len});
        at += len;
    }
    json_close(json, ']');
    json_close(json, '}');
}

static void server_object(struct json *json, const struct helo_tls *tls)
{
    if (tls->ja3s[0] == '\0' && !tls->has_certificate)
        return;
    json_open(json, "server", '{');
    if (tls->ja3s[0] != '\0')
        json_name(json, "ja3s", tls->ja3s);
    if (tls->has_certificate) {
        hash_object(json, tls->certificate_sha256);
        if (tls->has_validity) {
            date(json, "not_before", tls->not_before);
            date(json, "not_after", tls->not_after);
        }
        json_text(json, "tls.server.subject", tls->subject);
        json_text(json, "tls.server.issuer", tls->issuer);
        names_object(json, tls);
    }
    json_close(json, '}');
}

void json_event_tls_facts(struct json *json, const struct helo_tls *tls)
{
    const char *version = name_of_tls_version(tls->version);
    json_open(json, "tls", '{');
    if (version != NULL) {
        json_name(json, "version", version);
        json_name(json, "version_protocol", tls->version == 0x0300 ? "ssl" : "tls");
    }
    if (tls->has_cipher) {
        json_key(json, "cipher");
        cipher_value(json, tls->cipher);
    }
    if (tls->has_established)
        json_bool(json, "established", tls->established);
    if (tls->has_resumed)
        json_bool(json, "resumed", tls->resumed);
    json_text(json, "tls.next_protocol", tls->next_protocol);
    client_object(json, tls);
    server_object(json, tls);
    json_close(json, '}');
}

static void alert_object(struct json *json, const struct helo_tls *tls)
{
    if (!tls->has_alert[HELO_CLIENT] && !tls->has_alert[HELO_SERVER])
        return;
    json_open(json, "alert", '{');
    for (int i = 0; i < HELO_SIDES; i++) {
        const char *name = name_of_alert(tls->alert[i]);
        char number[NUMBER_LONGEST + 1];
        *number_decimal(number, tls->alert[i]) = '\0';
        if (tls->has_alert[i])
            json_name(json, name_of_side((enum helo_side)i), name != NULL ? name : number);
    }
    json_close(json, '}');
}

void json_event_tls(struct json *json, const struct helo_event *event,
                    const struct event_context *context)
{
    const struct helo_tls *tls = event->of.tls;
    (void)context;
    json_open(json, "session", '{');
    json_event_session_id(json, event->connection);
    json_close(json, '}');
    json_open(json, "tls", '{');
    json_name(json, "via", tls->starttls ? "starttls" : "implicit");
    if (tls->ja4[0] != '\0')
        json_name(json, "ja4", tls->ja4);
    if (tls->has_certificate && tls->subject.len > 0)
        json_bool(json, "self_signed", tls->self_signed);
    alert_object(json, tls);
    json_close(json, '}');
}
