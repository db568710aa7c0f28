/* GSS-API tokens (RFC 2743 section 3.1): Kerberos, SPNEGO and what it carries, as far as they are
 * in the clear; and Kerberos 4, which had a form of its own. */
#include <string.h>

#include "base/bytes.h"
#include "smtp/sasl/mechanism.h"

#define TAG_OID          0x06
#define TAG_OCTETS       0x04
#define TAG_SEQUENCE     0x30
#define TAG_STRING       0x1b
#define TAG_TICKET       0x61 /* [APPLICATION 1] */
#define TAG_AP_REQ       0x6e /* [APPLICATION 14] */
#define TAG_INITIAL      0x60
#define TAG_FIELD(n)     (0xa0 | (n))
#define WRAP_HEADER      16 /* RFC 4121 section 4.2.6.2 */
#define WRAP_SEALED      0x02
#define WRAP_FROM_SERVER 0x01
/* SPNEGO carries no SPNEGO. */
#define DEEPEST 2

static const uint8_t OID_SPNEGO[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x02};
static const uint8_t OID_KERBEROS[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02};
/* As Windows 2000 misspelt it; still sent. */
static const uint8_t OID_KERBEROS_MS[] = {0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02};

/* What a token shows. */
struct shown {
    const char *kind; /* NULL: nothing known */
    bool whole;       /* nothing is missing or in the wrong place */
    struct helo_slice ntlm;
    struct helo_slice ticket;  /* contents of the Ticket's SEQUENCE */
    struct helo_slice wrapped; /* what the client wrapped without sealing it */
};

/* Cuts one element off (ITU-T X.690 section 8.1). cut: a length past the end means all that is
 * left. */
static bool element(struct helo_slice *rest, bool cut, uint8_t *tag, struct helo_slice *contents)
{
    struct bytes b = {rest->ptr, rest->len};
    size_t len;
    if (b.left < 2)
        return false;
    *tag = b.at[0];
    len = b.at[1];
    (void)bytes_skip(&b, 2);
    if (len >= 0x80) {
        size_t octets = len & 0x7f;
        if (octets == 0 || octets > 4 || octets > b.left)
            return false;
        for (len = 0; octets > 0; octets--, (void)bytes_skip(&b, 1))
            len = len << 8 | b.at[0];
    }
    if (len > b.left && !cut)
        return false;
    if (len > b.left)
        len = b.left;
    *contents = (struct helo_slice){b.at, len};
    *rest = (struct helo_slice){b.at + len, b.left - len};
    return true;
}

/* The contents of the first element of a tag. */
static bool inside(struct helo_slice in, bool cut, uint8_t wanted, struct helo_slice *contents)
{
    uint8_t tag;
    while (element(&in, cut, &tag, contents))
        if (tag == wanted)
            return true;
    return false;
}

/* The same along a path of tags. */
static bool descend(struct helo_slice in, bool cut, const uint8_t *path, size_t steps,
                    struct helo_slice *contents)
{
    *contents = in;
    for (size_t i = 0; i < steps; i++)
        if (!inside(*contents, cut, path[i], contents))
            return false;
    return true;
}

#define DESCEND(in, cut, contents, ...)                                                            \
    descend(in, cut, (const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}), contents)

static bool is_oid(struct helo_slice oid, const uint8_t *known, size_t len)
{
    return oid.len == len && memcmp(oid.ptr, known, len) == 0;
}

/* RFC 4121 section 4.1: two octets say which message of Kerberos follows. */
static struct shown kerberos(struct helo_slice rest, bool cut)
{
    struct bytes b = {rest.ptr, rest.len};
    struct shown shown = {.kind = "krb5", .whole = true};
    uint16_t id;
    if (!bytes_get_u16(&b, 0, &id)) {
        shown.whole = false;
        return shown;
    }
    struct helo_slice message = {rest.ptr + 2, rest.len - 2};
    if (id == 0x0100) {
        shown.kind = "krb5_ap_req";
        shown.whole = DESCEND(message, cut, &shown.ticket, TAG_AP_REQ, TAG_SEQUENCE, TAG_FIELD(3),
                              TAG_TICKET, TAG_SEQUENCE);
    } else if (id == 0x0200) {
        shown.kind = "krb5_ap_rep";
    } else if (id == 0x0300) {
        shown.kind = "krb5_error";
    }
    return shown;
}

static struct shown token_read(struct helo_slice token, bool cut, unsigned depth);

/* RFC 4178 section 4.2: NegTokenInit and NegTokenResp both have their token in field 2. */
static struct shown negotiation(struct helo_slice in, uint8_t choice, bool cut, unsigned depth)
{
    struct helo_slice fields;
    struct helo_slice carried;
    struct shown shown = {.kind = "spnego"};
    if (!DESCEND(in, cut, &fields, choice, TAG_SEQUENCE))
        return shown;
    if (!inside(fields, cut, TAG_FIELD(2), &carried)) {
        shown.whole = true; /* only the mechanisms, or only the state */
        return shown;
    }
    if (!inside(carried, cut, TAG_OCTETS, &carried))
        return shown;
    shown.whole = true;
    return carried.len > 0 ? token_read(carried, cut, depth + 1) : shown;
}

static struct shown initial(struct helo_slice token, bool cut, unsigned depth)
{
    struct helo_slice rest;
    struct helo_slice oid;
    uint8_t tag;
    struct shown shown = {.kind = "gss"};
    if (!inside(token, cut, TAG_INITIAL, &rest) || !element(&rest, cut, &tag, &oid) ||
        tag != TAG_OID)
        return shown;
    if (is_oid(oid, OID_SPNEGO, sizeof(OID_SPNEGO)))
        return negotiation(rest, TAG_FIELD(0), cut, depth);
    if (is_oid(oid, OID_KERBEROS, sizeof(OID_KERBEROS)) ||
        is_oid(oid, OID_KERBEROS_MS, sizeof(OID_KERBEROS_MS)))
        return kerberos(rest, cut);
    shown.whole = true;
    return shown;
}

/* RFC 4121 section 4.2.6.2; the checksum's octets, EC, stand behind the text, or before it if the
 * token was turned by as many (RRC, section 4.2.5). */
static struct shown wrap(struct helo_slice token)
{
    struct bytes b = {token.ptr, token.len};
    struct shown shown = {.kind = "krb5_wrap"};
    uint16_t checksum;
    uint16_t turned;
    if (token.len < WRAP_HEADER || !bytes_get_u16(&b, 4, &checksum) ||
        !bytes_get_u16(&b, 6, &turned))
        return shown;
    shown.whole = true;
    if ((token.ptr[2] & WRAP_SEALED) != 0)
        return shown;
    size_t len = token.len - WRAP_HEADER;
    shown.whole = checksum <= len;
    if (!shown.whole || (turned != 0 && turned != checksum) ||
        (token.ptr[2] & WRAP_FROM_SERVER) != 0)
        return shown;
    shown.wrapped = (struct helo_slice){token.ptr + WRAP_HEADER + turned, len - checksum};
    return shown;
}

static struct shown token_read(struct helo_slice token, bool cut, unsigned depth)
{
    struct shown shown = {.kind = NULL};
    if (ntlm_is(token))
        return (struct shown){.kind = "ntlm", .whole = true, .ntlm = token};
    if (token.len < 2 || depth >= DEEPEST)
        return shown;
    if (token.ptr[0] == TAG_INITIAL)
        return initial(token, cut, depth);
    if (token.ptr[0] == TAG_FIELD(0) || token.ptr[0] == TAG_FIELD(1))
        return negotiation(token, token.ptr[0], cut, depth);
    if (token.ptr[0] == 0x05 && token.ptr[1] == 0x04)
        return wrap(token);
    if (token.ptr[0] == 0x04 && token.ptr[1] == 0x04)
        return (struct shown){.kind = "krb5_mic", .whole = true};
    return shown;
}

/* Writes a principal's components with slashes between them, as far as they fit. */
static struct helo_slice principal(struct helo_slice components, bool cut, uint8_t *room)
{
    struct helo_slice part;
    uint8_t tag;
    size_t done = 0;
    while (element(&components, cut, &tag, &part)) {
        if (tag != TAG_STRING)
            continue;
        if (done > 0 && done < LIMIT_STRING_KEPT)
            room[done++] = '/';
        size_t n = part.len < LIMIT_STRING_KEPT - done ? part.len : LIMIT_STRING_KEPT - done;
        memcpy(room + done, part.ptr, n);
        done += n;
    }
    return (struct helo_slice){room, done};
}

/* RFC 4120 section 5.3: the realm and the service stand outside of what is encrypted. */
static void read_ticket(struct sasl *sasl, struct helo_slice ticket)
{
    struct helo_slice part;
    uint8_t room[LIMIT_STRING_KEPT];
    if (DESCEND(ticket, sasl->cut, &part, TAG_FIELD(1), TAG_STRING))
        state_set(sasl, &sasl->detail[STATE_REALM], part);
    if (DESCEND(ticket, sasl->cut, &part, TAG_FIELD(2), TAG_SEQUENCE, TAG_FIELD(1), TAG_SEQUENCE))
        state_set(sasl, &sasl->detail[STATE_SERVICE], principal(part, sasl->cut, room));
}

unsigned gss_response(struct sasl *sasl, struct helo_slice answer)
{
    struct text *kind = &sasl->detail[STATE_TOKEN];
    if (answer.len == 0)
        return kind->len > 0 || sasl->lost ? 0 : SASL_EMPTY;
    struct shown shown = token_read(answer, sasl->cut, 0);
    if (shown.ntlm.len > 0)
        return ntlm_response(sasl, shown.ntlm);
    if (kind->len == 0 && shown.kind != NULL)
        state_set(sasl, kind, (struct helo_slice){(const uint8_t *)shown.kind, strlen(shown.kind)});
    state_secret(sasl, answer);
    if (shown.ticket.len > 0)
        read_ticket(sasl, shown.ticket);
    /* RFC 4752 section 3.1: four octets about layers, then whom to act as. */
    if (shown.wrapped.len > 4)
        state_set(sasl, &sasl->authzid,
                  (struct helo_slice){shown.wrapped.ptr + 4, shown.wrapped.len - 4});
    return shown.whole ? 0 : SASL_MALFORMED;
}

unsigned gss_challenge(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to)
{
    struct shown shown = token_read(text, false, 0);
    if (shown.ntlm.len > 0)
        return ntlm_challenge(sasl, shown.ntlm, to);
    to->kind = shown.whole ? HELO_CHALLENGE_TOKEN : HELO_CHALLENGE_OTHER;
    return shown.whole ? 0 : SASL_MALFORMED;
}

/* RFC 2222 section 7.1: four octets, then eight. */
unsigned kerberos4_challenge(struct sasl *sasl, struct helo_slice text, struct helo_challenge *to)
{
    (void)sasl;
    to->kind = HELO_CHALLENGE_TOKEN;
    return text.len == 4 || text.len == 8 ? 0 : SASL_MALFORMED;
}

/* The client's ticket: version 4, type, key version, the realm up to a NUL, and what is not in the
 * clear. Its second answer is encrypted. */
unsigned kerberos4_response(struct sasl *sasl, struct helo_slice answer)
{
    struct text *kind = &sasl->detail[STATE_TOKEN];
    if (answer.len == 0)
        return SASL_EMPTY;
    state_secret(sasl, answer);
    if (kind->len > 0 || sasl->lost)
        return 0;
    if (answer.len < 4 || answer.ptr[0] != 4)
        return SASL_MALFORMED;
    const uint8_t *end = memchr(answer.ptr + 3, '\0', answer.len - 3);
    if (end == NULL)
        return SASL_MALFORMED;
    state_set(sasl, kind, SLICE("krb4"));
    state_set(sasl, &sasl->detail[STATE_REALM],
              (struct helo_slice){answer.ptr + 3, (size_t)(end - answer.ptr) - 3});
    return 0;
}
