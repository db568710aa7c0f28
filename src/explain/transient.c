/* The reply codes that say not now, 4yz. */
#include "explain/tables.h"

const struct helo_explain_code tables_transient[] = {
    {
        .code = 421,
        .title = "Service not available, closing the channel",
        .meaning = "The server can't or won't go on with this session and closes the "
                   "connection right behind this reply. The refusal is temporary. It is the "
                   "proper way to end a session that nobody asked to end.",
        .seen = "At any time: as the greeting of a server that is too busy or has seen "
                "too many connections from this address; after a long silence; after too "
                "many errors; when the server is shut down.",
        .before = "Anything, or nothing: it may answer a command, take the greeting's "
                  "place, or come by itself.",
        .after = "The end of the connection. Messages without a 250 are not accepted; the "
                 "client tries again later.",
        .suspect = "On many connections within seconds: the server is going down.\n"
                   "As the greeting, again and again: a connection limit, or a bad "
                   "reputation of the client's address.\n"
                   "After a silence: the client stalls, or a firewall drops what it says.",
        .advice = "4.4.2, a silence came before it: find out what the client waited for.\n"
                  "4.7.0, errors came before it: mend the first of them.\n"
                  "4.3.2, or on many connections at once: the server is being stopped. "
                  "Wait.\n"
                  "As a greeting: use fewer parallel connections to that server, or raise "
                  "its limit.\n"
                  "The queue tries again by itself; act if it lasts for more than an hour.",
        .example = "S: 421 4.4.2 mx.example.net Error: timeout exceeded",
        .enhanced = "4.3.2 4.4.2 4.7.0 4.3.0",
        .rules = "HS-102 HS-103",
        .references = "RFC 5321 §3.8, §4.2.2",
    },
    {
        .code = 422,
        .title = "Password transition needed (rare), or a mailbox over its limit",
        .meaning = "The registry of enhanced codes names it beside 432 for an account whose "
                   "password must first be stored for the mechanism asked for. Some servers "
                   "use it on RCPT for a full mailbox instead: the text tells which.",
        .seen = "Rarely.",
        .before = "AUTH and its answers; RCPT.",
        .after = "The client's turn. After AUTH it may try PLAIN under TLS; after RCPT "
                 "the message stays in the queue.",
        .advice = "Read it as 432 where it answers AUTH, else as 452.",
        .enhanced = "4.7.12 4.2.2",
        .references = "IANA SMTP Enhanced Status Codes, X.7.12",
    },
    {
        .code = 432,
        .title = "Password transition needed",
        .meaning = "The account is right, but the server holds no secret for this mechanism "
                   "yet. One login by PLAIN, under TLS, lets it make one.",
        .seen = "After an authentication server was changed. Microsoft's servers use the "
                "code otherwise: for too many connections or threads of one sender at a "
                "time.",
        .before = "AUTH and its answers; with Microsoft's servers also MAIL or the end of "
                  "DATA.",
        .after = "The client's turn: AUTH PLAIN under TLS, or later once more.",
        .suspect = "Without TLS: a client that falls back to PLAIN there gives its password "
                   "away.",
        .advice = "Log in once with PLAIN under TLS, or set the password anew. With the "
                  "text of a connection limit: send less at a time.",
        .enhanced = "4.7.12 4.3.2",
        .rules = "HS-215",
        .references = "RFC 4954 §6",
    },
    {
        .code = 435,
        .title = "Unable to authenticate at present",
        .meaning = "The server could not check the credentials: its own look-up failed. It "
                   "says nothing about whether they are right.",
        .seen = "From Exim, whose word it is for this; the standard has 454.",
        .before = "AUTH, or an answer to a 334.",
        .after = "The client's turn; it may try again later.",
        .advice = "Look at the server: is the database, LDAP or the authentication daemon "
                  "that Exim asks reachable? Its main log has the reason. The user need "
                  "not change the password.",
        .example = "C: AUTH PLAIN AGFsaWNlAHNlY3JldA==\n"
                   "S: 435 Unable to authenticate at present",
        .enhanced = "4.7.0",
        .references = "No RFC; see RFC 4954 §6 on 454",
    },
    {
        .code = 450,
        .title = "Mailbox not available for now",
        .meaning = "The server does not accept this recipient, or this sender, at the "
                   "moment. The mailbox may be locked, its name not be resolvable just now, "
                   "or a policy want the client to come back later.",
        .seen = "Most often by greylisting: the first try from an unknown sender is put "
                "off for some minutes. Also where DNS does not answer, or a limit on the "
                "rate is reached.",
        .before = "RCPT above all; MAIL, DATA; VRFY; ATRN.",
        .after = "The client's turn: it may go on with other recipients. This one stays "
                 "in the queue and is tried again.",
        .suspect = "Still after some hours: then it is no greylisting. From many servers at "
                   "once: the sender's own DNS is broken.",
        .advice = "Wait for the second try. If it lasts, read the text: for “cannot find "
                  "your hostname” or “sender domain” mend DNS, for a rate send more slowly.",
        .example = "C: RCPT TO:<bob@example.net>\n"
                   "S: 450 4.2.0 Greylisted, try again later",
        .enhanced = "4.2.0 4.1.8 4.7.1 4.7.25",
        .rules = "HS-606 HS-609",
        .references = "RFC 5321 §4.2.2, RFC 6647",
    },
    {
        .code = 451,
        .title = "Local error, or put off",
        .meaning = "The server could not carry out the command because of a problem of its "
                   "own: a look-up failed, a disk or a content filter did not answer. Many "
                   "use it for greylisting, too.",
        .seen = "On MAIL, RCPT or at the end of a message, and as a temporary refusal by "
                "policy.",
        .before = "MAIL, RCPT, the dot that ends DATA, BDAT; ATRN.",
        .after = "The client's turn. The message stays in the queue and is tried again.",
        .suspect = "From one server for everything that is sent to it: something there is "
                   "broken.",
        .advice = "The sender waits. The server's owner looks at its log for the filter, "
                  "the policy service or the disk that failed.",
        .example = "C: .\n"
                   "S: 451 4.3.0 Error: queue file write error",
        .enhanced = "4.3.0 4.7.1 4.4.3 4.1.8 4.3.5",
        .rules = "HS-606 HS-609",
        .references = "RFC 5321 §4.2.2, RFC 6647",
    },
    {
        .code = 452,
        .title = "Not enough storage, or too many recipients",
        .meaning = "The server lacks room to take the message, or it has taken as many "
                   "recipients as it takes for one message.",
        .seen = "On RCPT in long lists of recipients, usually after 100 or 1,000. On "
                "MAIL when the disk or the mailbox is full.",
        .before = "MAIL, RCPT, the dot that ends DATA, BDAT.",
        .after = "With too many recipients the client sends the message to those accepted "
                 "and begins another one for the rest. Otherwise it tries again later.",
        .suspect = "With 4.3.1 on every MAIL: the server's disk is full.",
        .advice = "4.5.3: nothing, or fewer recipients a message.\n"
                  "4.2.2: the owner empties the mailbox.\n"
                  "4.3.1: make room on the server.",
        .example = "C: RCPT TO:<bob@example.net>\n"
                   "S: 452 4.5.3 Error: too many recipients",
        .enhanced = "4.5.3 4.3.1 4.2.2 4.2.4",
        .rules = "HS-609",
        .references = "RFC 5321 §4.2.2, §4.5.3.1.10; RFC 1870",
    },
    {
        .code = 453,
        .title = "No mail for you; or no mail taken now",
        .meaning = "In ATRN it says that no mail waits for the client. Some servers use it "
                   "where they do not accept mail for the moment.",
        .seen = "Rarely: where mail is collected on demand.",
        .before = "ATRN; with some servers MAIL or RCPT.",
        .after = "The client's turn; nothing was turned around.",
        .advice = "After ATRN nothing: there is no mail. Else try again later.",
        .enhanced = "4.3.2",
        .references = "RFC 2645",
    },
    {
        .code = 454,
        .title = "Authentication or TLS not available for now",
        .meaning = "To AUTH: the credentials could not be checked, which says nothing about "
                   "whether they are right. To STARTTLS: TLS can't be begun at the moment. "
                   "Postfix can also be set to refuse relaying with it.",
        .seen = "When the authentication backend is down; when a certificate or key "
                "can't be read.",
        .before = "AUTH and its answers; STARTTLS; with Postfix RCPT.",
        .after = "The client's turn. After STARTTLS the session is still in clear; the "
                 "client decides whether to go on like that.",
        .suspect = "To STARTTLS right after it was offered: somebody between the two may "
                   "keep the session in clear. Never count it as a wrong password.",
        .advice = "AUTH: see whether the server reaches its backend (saslauthd, LDAP, "
                  "Dovecot).\n"
                  "STARTTLS: look at its certificate, key and their permissions. Clients "
                  "with anything to hide should not go on in clear.",
        .example = "C: STARTTLS\n"
                   "S: 454 4.7.0 TLS not available due to local problem",
        .enhanced = "4.7.0 4.7.1 4.3.0",
        .rules = "HS-301",
        .references = "RFC 4954 §4, §6; RFC 3207 §4",
    },
    {
        .code = 455,
        .title = "Can't satisfy the parameters",
        .meaning = "The server knows the parameters of this MAIL or RCPT but can't meet "
                   "them just now.",
        .seen = "Rarely.",
        .before = "MAIL or RCPT with parameters such as SIZE, BODY or NOTIFY.",
        .after = "The client's turn: later again, or without the parameter.",
        .advice = "Try again later; if it lasts, find the parameter that is too much.",
        .enhanced = "4.5.4",
        .references = "RFC 5321 §4.1.1.11, §4.2.2",
    },
    {
        .code = 458,
        .title = "ETRN: unable to queue the messages",
        .meaning = "The server can't begin to deliver the mail that it holds for this node.",
        .seen = "Where ETRN is not allowed for this client, or the queue can't be run "
                "now.",
        .before = "ETRN.",
        .after = "The client's next command.",
        .suspect = "ETRN from strangers is a probe: it can make a server work, and its "
                   "answers tell which domains it serves.",
        .advice = "If the client should be allowed, see the server's ETRN settings; else "
                  "nothing.",
        .enhanced = "4.5.0",
        .references = "RFC 1985",
    },
    {
        .code = 459,
        .title = "ETRN: not for this node",
        .meaning = "The server does not hold or release mail for the named node at this "
                   "client's request.",
        .seen = "As the answer to ETRN with a domain that the server does not serve so.",
        .before = "ETRN.",
        .after = "The client's next command.",
        .suspect = "For many names from one address it is a probe.",
        .advice = "Check the name; add the domain to those that the server holds mail for.",
        .enhanced = "4.5.0 4.7.1",
        .references = "RFC 1985",
    },
};
const size_t tables_transient_count = sizeof tables_transient / sizeof tables_transient[0];
