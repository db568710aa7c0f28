/* NTLM (MS-NLMP section 2.2.1): three messages of fixed fields that point into what follows. */
#include <stdio.h>
#include <string.h>

#include "smtp/sasl/mechanism.h"
#include "smtp/sasl/utf16.h"

#define SIGNATURE_SIZE 8
#define TYPE_AT        8

#define FLAG_UNICODE     0x00000001u
#define FLAG_WORKSTATION 0x00002000u
#define FLAG_TARGET_INFO 0x00800000u
#define FLAG_VERSION     0x02000000u

/* MsvAv pairs, section 2.2.2.1. */
enum { AV_END, AV_NETBIOS_HOST, AV_NETBIOS_DOMAIN, AV_DNS_HOST, AV_DNS_DOMAIN };

/* Where the fields of the messages stand. */
enum {
    NEGOTIATE_FLAGS = 12,
    NEGOTIATE_WORKSTATION = 24,
    CHALLENGE_TARGET = 12,
    CHALLENGE_FLAGS = 20,
    CHALLENGE_INFO = 40,
    CHALLENGE_VERSION = 48,
    CHALLENGE_PAYLOAD = 56,
    AUTHENTICATE_LM = 12,
    AUTHENTICATE_NT = 20,
    AUTHENTICATE_DOMAIN = 28,
    AUTHENTICATE_USER = 36,
    AUTHENTICATE_WORKSTATION = 44,
    AUTHENTICATE_FLAGS = 60,
    AUTHENTICATE_FLAGS_END = 64,
};

static bool u16_at(struct helo_slice token, size_t at, uint32_t *value)
{
    if (token.len < 2 || at > token.len - 2)
        return false;
    *value = (uint32_t)token.ptr[at] | (uint32_t)token.ptr[at + 1] << 8;
    return true;
}

static bool u32_at(struct helo_slice token, size_t at, uint32_t *value)
{
    uint32_t low;
    uint32_t high;
    if (!u16_at(token, at, &low) || !u16_at(token, at + 2, &high))
        return false;
    *value = low | high << 16;
    return true;
}

bool ntlm_is(struct helo_slice token)
{
    return token.len >= SIGNATURE_SIZE && memcmp(token.ptr, "NTLMSSP", SIGNATURE_SIZE) == 0;
}

static uint32_t type_of(struct helo_slice token)
{
    uint32_t type;
    return ntlm_is(token) && u32_at(token, TYPE_AT, &type) ? type : 0;
}

/* What the field at an offset points to; false if it is not all there. */
static bool field(struct helo_slice token, size_t at, struct helo_slice *value)
{
    uint32_t len;
    uint32_t offset;
    if (!u16_at(token, at, &len) || !u32_at(token, at + 4, &offset))
        return false;
    if (len > 0 && (offset > token.len || len > token.len - offset))
        return false;
    *value = (struct helo_slice){len > 0 ? token.ptr + offset : token.ptr, len};
    return true;
}

/* The same as a name: UTF-16 made UTF-8 in room for LIMIT_STRING_KEPT octets; an OEM code page is
 * known to nobody, so its octets stay. */
static bool name_at(struct helo_slice token, size_t at, bool unicode, uint8_t *room,
                    struct helo_slice *name)
{
    if (!field(token, at, name))
        return false;
    return !unicode || utf16_to_utf8(*name, room, LIMIT_STRING_KEPT, name);
}

static bool set_name(struct sasl *sasl, struct helo_slice token, size_t at, bool unicode,
                     struct text *text)
{
    uint8_t room[LIMIT_STRING_KEPT];
    struct helo_slice name;
    if (!name_at(token, at, unicode, room, &name))
        return false;
    state_set(sasl, text, name);
    return true;
}

static bool read_target_info(struct sasl *sasl, struct helo_slice info, struct helo_challenge *to)
{
    uint32_t id;
    uint32_t len;
    while (u16_at(info, 0, &id) && u16_at(info, 2, &len)) {
        uint8_t room[LIMIT_STRING_KEPT];
        struct helo_slice value = {info.ptr + 4, len};
        if (id == AV_END)
            return true;
        if (len > info.len - 4)
            return false;
        info.ptr += 4 + len;
        info.len -= 4 + len;
        if (id > AV_DNS_DOMAIN)
            continue;
        if (!utf16_to_utf8(value, room, sizeof(room), &value))
            return false;
        if (id == AV_NETBIOS_HOST)
            state_set(sasl, &sasl->detail[STATE_NETBIOS_HOST], value);
        else if (id == AV_NETBIOS_DOMAIN)
            state_set(sasl, &sasl->detail[STATE_NETBIOS_DOMAIN], value);
        else if (id == AV_DNS_HOST)
            to->dns_host = state_keep(sasl, value);
        else
            to->dns_domain = state_keep(sasl, value);
    }
    return false;
}

/* "10.0.17763": major, minor, build (section 2.2.2.10). */
static void read_version(struct sasl *sasl, struct helo_slice token, struct helo_challenge *to)
{
    char text[sizeof("255.255.65535")];
    uint32_t build;
    uint32_t len;
    uint32_t payload;
    if (token.len < CHALLENGE_PAYLOAD || !u16_at(token, CHALLENGE_TARGET, &len) ||
        !u32_at(token, CHALLENGE_TARGET + 4, &payload) ||
        !u16_at(token, CHALLENGE_VERSION + 2, &build))
        return;
    if (len > 0 && payload < CHALLENGE_PAYLOAD)
        return;
    int written = snprintf(text, sizeof(text), "%u.%u.%u", token.ptr[CHALLENGE_VERSION],
                           token.ptr[CHALLENGE_VERSION + 1], (unsigned)build);
    to->os_version = state_keep(sasl, (struct helo_slice){(const uint8_t *)text, (size_t)written});
}

unsigned ntlm_challenge(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to)
{
    uint8_t room[LIMIT_STRING_KEPT];
    struct helo_slice value;
    uint32_t flags;
    to->kind = HELO_CHALLENGE_NTLM;
    if (type_of(text) != 2 || !u32_at(text, CHALLENGE_FLAGS, &flags)) {
        to->kind = HELO_CHALLENGE_OTHER;
        return SASL_MALFORMED;
    }
    sasl->ntlm_flags = flags;
    unsigned odd = 0;
    if (name_at(text, CHALLENGE_TARGET, (flags & FLAG_UNICODE) != 0, room, &value))
        to->target = state_keep(sasl, value);
    else
        odd = SASL_MALFORMED;
    if ((flags & FLAG_TARGET_INFO) != 0 &&
        (!field(text, CHALLENGE_INFO, &value) || !read_target_info(sasl, value, to)))
        odd = SASL_MALFORMED;
    if ((flags & FLAG_VERSION) != 0)
        read_version(sasl, text, to);
    return odd;
}

/* Old clients end before the flags: their payload begins where the flags would stand. */
static bool is_unicode(const struct sasl *sasl, struct helo_slice token)
{
    uint32_t flags = sasl->ntlm_flags;
    for (size_t at = AUTHENTICATE_LM; at <= AUTHENTICATE_WORKSTATION; at += 8) {
        uint32_t len;
        uint32_t offset;
        if (u16_at(token, at, &len) && u32_at(token, at + 4, &offset) && len > 0 &&
            offset < AUTHENTICATE_FLAGS_END)
            return (flags & FLAG_UNICODE) != 0;
    }
    (void)u32_at(token, AUTHENTICATE_FLAGS, &flags);
    return (flags & FLAG_UNICODE) != 0;
}

static unsigned authenticate(struct sasl *sasl, struct helo_slice token)
{
    struct helo_slice proof;
    bool unicode = is_unicode(sasl, token);
    bool whole = true;
    if (token.len < AUTHENTICATE_WORKSTATION + 8)
        return SASL_MALFORMED;
    if (!set_name(sasl, token, AUTHENTICATE_USER, unicode, &sasl->user))
        whole = false;
    if (!set_name(sasl, token, AUTHENTICATE_DOMAIN, unicode, &sasl->domain))
        whole = false;
    if (!set_name(sasl, token, AUTHENTICATE_WORKSTATION, unicode, &sasl->detail[STATE_WORKSTATION]))
        whole = false;
    for (size_t at = AUTHENTICATE_LM; at <= AUTHENTICATE_NT;
         at += AUTHENTICATE_NT - AUTHENTICATE_LM)
        if (field(token, at, &proof))
            state_secret(sasl, proof);
        else
            whole = false;
    return whole ? 0 : SASL_MALFORMED;
}

static unsigned negotiate(struct sasl *sasl, struct helo_slice token)
{
    uint32_t flags;
    if (!u32_at(token, NEGOTIATE_FLAGS, &flags))
        return SASL_MALFORMED;
    if ((flags & FLAG_WORKSTATION) != 0 &&
        !set_name(sasl, token, NEGOTIATE_WORKSTATION, false, &sasl->detail[STATE_WORKSTATION]))
        return SASL_MALFORMED;
    return 0;
}

unsigned ntlm_response(struct sasl *sasl, struct helo_slice answer)
{
    if (answer.len == 0)
        return SASL_EMPTY;
    if (ntlm_is(answer) && sasl->detail[STATE_TOKEN].len == 0)
        state_set(sasl, &sasl->detail[STATE_TOKEN], SLICE("ntlm"));
    switch (type_of(answer)) {
    case 1:
        return negotiate(sasl, answer);
    case 3:
        return authenticate(sasl, answer);
    default:
        return SASL_MALFORMED;
    }
}

/* "334 NTLM supported", which MS-SMTPNTLM section 2.2.1 wants so. */
bool ntlm_not_base64(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to)
{
    struct helo_slice rest = text;
    struct helo_slice name = slice_word(&rest);
    struct helo_slice said = slice_word(&rest);
    if (!slice_is(name, sasl->mechanism->name) || !slice_has_prefix(said, "supported"))
        return false;
    to->kind = HELO_CHALLENGE_OTHER;
    to->text = state_keep_plain(sasl, text);
    return true;
}
