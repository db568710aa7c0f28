/* Server software by the words of its banner. */
#include <string.h>

#include "smtp/session.h"

/* What a banner says, in the order in which it is looked for, and whom it names. */
static const struct {
    const char *word;
    const char *name;
} known[] = {
    {"Postfix", "Postfix"},
    {"Exim", "Exim"},
    {"OpenSMTPD", "OpenSMTPD"},
    {"Sendmail", "Sendmail"},
    {"Microsoft ESMTP MAIL Service", "Microsoft ESMTP"},
    {"Microsoft SMTP MAIL", "Microsoft ESMTP"},
    {"Dovecot", "Dovecot"},
    {"Haraka", "Haraka"},
    {"qmail", "qmail"},
    {"netqmail", "qmail"},
    {"Courier", "Courier"},
    {"MDaemon", "MDaemon"},
    {"hMailServer", "hMailServer"},
    {"MailEnable", "MailEnable"},
    {"Lotus Domino", "Lotus Domino"},
    {"Zimbra", "Zimbra"},
    {"Kerio", "Kerio Connect"},
    {"CommuniGate", "CommuniGate Pro"},
    {"gsmtp", "Google"},
    {"Stalwart", "Stalwart"},
    {"James", "Apache James"},
    {"InterMail", "InterMail"},
    {"PowerMTA", "PowerMTA"},
    {"Mailpit", "Mailpit"},
    {"MailHog", "MailHog"},
};

struct helo_slice software_of(struct helo_slice banner)
{
    for (size_t i = 0; banner.len > 0 && i < sizeof(known) / sizeof(known[0]); i++) {
        if (memmem(banner.ptr, banner.len, known[i].word, strlen(known[i].word)) != NULL)
            return (struct helo_slice){(const uint8_t *)known[i].name, strlen(known[i].name)};
    }
    return (struct helo_slice){0};
}
