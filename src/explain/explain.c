/* Finds the explanation of a reply code, an enhanced code, or one of their parts. */
#include "explain/tables.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct helo_explain_part classes[] = {
    [1] = {"positive preliminary",
           "It would mean: accepted, now tell me to go on. The theory of reply codes that SMTP "
           "shares with FTP has this class, but no SMTP command makes use of it, so a server that "
           "sends it is broken or speaks something else.",
           "RFC 821 appendix E"},
    [2] = {"positive completion",
           "The command has been carried out and is over. The client may send the next one.",
           "RFC 5321 §4.2.1"},
    [3] = {"positive intermediate",
           "The command has been accepted but is only half of what is needed: nothing is done "
           "yet, and the server waits for the client to send the rest.",
           "RFC 5321 §4.2.1"},
    [4] = {"transient negative completion",
           "The command has failed, but for a reason that may pass. The same thing, sent again "
           "later without any change, may well succeed; a mail server keeps the message in its "
           "queue and does so by itself, usually for some days.",
           "RFC 5321 §4.2.1, §4.5.4.1"},
    [5] = {"permanent negative completion",
           "The command has failed and will fail again in the same form. The client must not "
           "repeat it unchanged; a mail server returns the message to its sender.",
           "RFC 5321 §4.2.1"},
};

#define NO_GROUP                                                                                   \
    "RFC 5321 allows 0 to 5 as the second digit only: the server made this code up, or what was "  \
    "read here is no reply."

static const struct helo_explain_part groups[] = {
    {"syntax",
     "It is about the form of the command: misspelt, unknown, not implemented, or out of place.",
     "RFC 5321 §4.2.1"},
    {"information", "It answers a question, such as HELP.", "RFC 5321 §4.2.1"},
    {"connections", "It is about the channel itself, not about any mail.", "RFC 5321 §4.2.1"},
    {"authentication, by custom",
     "RFC 5321 leaves this digit open; the codes of SMTP authentication have it, as those of FTP "
     "logins had.",
     "RFC 5321 §4.2.1, RFC 4954 §6"},
    {"unspecified", "RFC 5321 leaves this digit open.", "RFC 5321 §4.2.1"},
    {"mail system",
     "It is about the receiving mail system and what was asked of it: a mailbox, storage, policy.",
     "RFC 5321 §4.2.1"},
    {"no meaning", NO_GROUP, "RFC 5321 §4.2"},
    {"no meaning", NO_GROUP, "RFC 5321 §4.2"},
    {"no meaning", NO_GROUP, "RFC 5321 §4.2"},
    {"no meaning", NO_GROUP, "RFC 5321 §4.2"},
};

static const struct helo_explain_part enhanced_classes[] = {
    [2] = {"success", "What was asked has been done.", "RFC 3463 §3.1"},
    [4] = {"persistent transient failure",
           "The message is in order, but something that may pass keeps it from being accepted. "
           "Trying again later may help.",
           "RFC 3463 §3.1"},
    [5] = {"permanent failure",
           "Sending the same again will not help: the message, the address or a setting must be "
           "changed first.",
           "RFC 3463 §3.1"},
};

static const struct helo_explain_part enhanced_subjects[] = {
    {"other or undefined", "The server does not say what it is about.", "RFC 3463 §3.1"},
    {"addresses", "It is about the sender's or the recipient's address.", "RFC 3463 §3.2"},
    {"mailboxes", "It is about the state of the recipient's mailbox.", "RFC 3463 §3.3"},
    {"mail system", "It is about the receiving mail system as a whole.", "RFC 3463 §3.4"},
    {"network and routing", "It is about the way from one mail system to the next.",
     "RFC 3463 §3.5"},
    {"delivery protocol", "It is about the SMTP dialogue: commands and their arguments.",
     "RFC 3463 §3.6"},
    {"content", "It is about the message's content and its conversion.", "RFC 3463 §3.7"},
    {"security and policy",
     "It is about who may do what: authentication, encryption, sender checks, local rules.",
     "RFC 3463 §3.8"},
};

static const struct helo_explain_part *part_at(const struct helo_explain_part *parts, size_t count,
                                               unsigned index)
{
    return index < count && parts[index].name != NULL ? &parts[index] : NULL;
}

const struct helo_explain_part *helo_explain_class(unsigned digit)
{
    return part_at(classes, COUNT(classes), digit);
}

const struct helo_explain_part *helo_explain_group(unsigned digit)
{
    return part_at(groups, COUNT(groups), digit);
}

const struct helo_explain_part *helo_explain_enhanced_class(unsigned number)
{
    return part_at(enhanced_classes, COUNT(enhanced_classes), number);
}

const struct helo_explain_part *helo_explain_enhanced_subject(unsigned number)
{
    return part_at(enhanced_subjects, COUNT(enhanced_subjects), number);
}

const struct helo_explain_code *helo_explain_code_at(size_t index)
{
    if (index < tables_positive_count)
        return &tables_positive[index];
    index -= tables_positive_count;
    if (index < tables_transient_count)
        return &tables_transient[index];
    index -= tables_transient_count;
    return index < tables_permanent_count ? &tables_permanent[index] : NULL;
}

const struct helo_explain_code *helo_explain_code(unsigned code)
{
    const struct helo_explain_code *entry;
    for (size_t i = 0; (entry = helo_explain_code_at(i)) != NULL; i++)
        if (entry->code == code)
            return entry;
    return NULL;
}

const struct helo_explain_enhanced *helo_explain_enhanced_at(size_t index)
{
    return index < tables_enhanced_count ? &tables_enhanced[index] : NULL;
}

const struct helo_explain_enhanced *helo_explain_enhanced(unsigned subject, unsigned detail)
{
    for (size_t i = 0; i < tables_enhanced_count; i++)
        if (tables_enhanced[i].subject == subject && tables_enhanced[i].detail == detail)
            return &tables_enhanced[i];
    return NULL;
}

const struct helo_explain_pair *helo_explain_pair_at(size_t index)
{
    return index < tables_pair_count ? &tables_pairs[index] : NULL;
}

const struct helo_explain_pair *helo_explain_pair(unsigned one, unsigned other)
{
    unsigned first = one < other ? one : other, second = one < other ? other : one;
    for (size_t i = 0; i < tables_pair_count; i++)
        if (tables_pairs[i].first == first && tables_pairs[i].second == second)
            return &tables_pairs[i];
    return NULL;
}
