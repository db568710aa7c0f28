/* The table of SASL mechanisms. */
#include "smtp/sasl/mechanism.h"

#include <string.h>

#define LONGEST_HASH 16

static const struct mechanism MECHANISMS[] = {
    {.name = "PLAIN", .rounds = 1, .response = plain_response, .challenge = other_challenge},
    {.name = "LOGIN",
     .rounds = 2,
     .response = login_response,
     .challenge = login_challenge,
     .not_base64 = login_not_base64},
    {.name = "CRAM-MD5",
     .rounds = 1,
     .server_first = true,
     .response = cram_response,
     .challenge = cram_challenge},
    {.name = "DIGEST-MD5",
     .rounds = 2,
     .server_first = true,
     .response = digest_response,
     .challenge = digest_challenge},
    {.name = "SCRAM-", .rounds = 3, .response = scram_response, .challenge = scram_challenge},
    {.name = "NTLM",
     .rounds = 2,
     .response = ntlm_response,
     .challenge = ntlm_challenge,
     .not_base64 = ntlm_not_base64},
    {.name = "GSS-SPNEGO",
     .rounds = 8,
     .reads_cut = true,
     .response = gss_response,
     .challenge = gss_challenge,
     .not_base64 = ntlm_not_base64},
    {.name = "GSSAPI",
     .rounds = 8,
     .reads_cut = true,
     .response = gss_response,
     .challenge = gss_challenge,
     .not_base64 = ntlm_not_base64},
    {.name = "KERBEROS_V4",
     .rounds = 2,
     .server_first = true,
     .response = kerberos4_response,
     .challenge = kerberos4_challenge},
    {.name = "XOAUTH2", .rounds = 2, .response = xoauth2_response, .challenge = oauth_challenge},
    {.name = "OAUTHBEARER",
     .rounds = 2,
     .response = oauthbearer_response,
     .challenge = oauth_challenge},
    {.name = "EXTERNAL", .rounds = 1, .response = external_response, .challenge = other_challenge},
    {.name = "ANONYMOUS",
     .rounds = 1,
     .response = anonymous_response,
     .challenge = other_challenge},
};

static const struct mechanism OTHER = {
    .name = "", .response = other_response, .challenge = other_challenge};

const struct mechanism *mechanism_find(struct helo_slice name)
{
    for (size_t i = 0; i < sizeof(MECHANISMS) / sizeof(MECHANISMS[0]); i++) {
        const char *known = MECHANISMS[i].name;
        bool family = known[strlen(known) - 1] == '-';
        if (family ? slice_has_prefix(name, known) : slice_is(name, known))
            return &MECHANISMS[i];
    }
    return &OTHER;
}

/* "SHA-256", "SHA3-512-PLUS": what follows "SCRAM-". */
static bool is_hash(struct helo_slice name)
{
    size_t i = 3;
    if (!slice_has_prefix(name, "SHA") || name.len > LONGEST_HASH)
        return false;
    while (i < name.len && ((name.ptr[i] >= '0' && name.ptr[i] <= '9') || name.ptr[i] == '-'))
        i++;
    name.ptr += i;
    name.len -= i;
    return i > 4 && (name.len == 0 || slice_is(name, "PLUS"));
}

bool mechanism_is_known(struct helo_slice name)
{
    const struct mechanism *mechanism = mechanism_find(name);
    size_t len = strlen(mechanism->name);
    if (mechanism == &OTHER)
        return false;
    return name.len == len || is_hash((struct helo_slice){name.ptr + len, name.len - len});
}
