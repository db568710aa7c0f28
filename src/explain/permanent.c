/* The reply codes that say no, 5yz. */
#include "explain/tables.h"

const struct helo_explain_code tables_permanent[] = {
    {
        .code = 500,
        .title = "Command not understood",
        .meaning = "The server does not know this command, or can't read the line: "
                   "misspelt, too long, or no command at all.",
        .seen = "After a typing error or an extension's command that was not offered. "
                "Where the two sides are out of step, lines of a message or of an AUTH "
                "answer are taken for commands, and each gets a 500.",
        .before = "Any line. An EHLO to a very old server, which is then greeted with HELO.",
        .after = "The client's next command: nothing has changed.",
        .suspect = "Many in a row: the client speaks another protocol, is a scanner, or "
                   "sends a message that the server never asked for.",
        .advice = "Look at the command. If it is a mail client's, have it use only what "
                  "EHLO offers, and wait for 354 before it sends content.",
        .example = "C: HELLO example.org\n"
                   "S: 500 5.5.2 Error: command not recognized",
        .enhanced = "5.5.2 5.5.1 5.5.6",
        .rules = "HS-410 HS-407",
        .references = "RFC 5321 §4.2.2, §4.2.4; RFC 4954 §4",
    },
    {
        .code = 501,
        .title = "Wrong arguments",
        .meaning = "The command is known, what stands behind it is not right: an address "
                   "without brackets, a bad host name, a parameter of the wrong form. In "
                   "AUTH: the answer was no Base64, or the client cancelled with *.",
        .seen = "With hand-made clients, and addresses that do not follow the grammar.",
        .before = "Any command; an answer to a 334.",
        .after = "The client's next command. An AUTH exchange is over.",
        .suspect = "In AUTH, again and again: a client cancels and tries one mechanism "
                   "after another, or its Base64 is broken. It is no failed login.",
        .advice = "Correct the argument; the text usually names it. In AUTH see that the "
                  "client encodes its answers and sends an empty answer as an empty line.",
        .example = "C: MAIL FROM:alice\n"
                   "S: 501 5.1.7 Bad sender address syntax",
        .enhanced = "5.5.4 5.5.2 5.1.3 5.1.7 5.7.0",
        .rules = "HS-211 HS-216",
        .references = "RFC 5321 §4.2.2; RFC 4954 §4",
    },
    {
        .code = 502,
        .title = "Command not implemented",
        .meaning = "The server knows the command's name but does not carry it out, or has "
                   "it switched off.",
        .seen = "As the answer to VRFY, EXPN, TURN and HELP where they are switched off.",
        .before = "VRFY, EXPN, HELP, TURN, ATRN, commands of extensions; any unknown "
                  "command with older versions of Postfix.",
        .after = "The client's next command: nothing has changed.",
        .suspect = "Five or more in a session: a scanner tries what the server can do.",
        .advice = "Nothing; a client should do without the command.",
        .example = "C: EXPN staff\n"
                   "S: 502 5.5.1 Error: command not implemented",
        .enhanced = "5.5.1",
        .rules = "HS-410",
        .references = "RFC 5321 §4.2.2, §4.2.4",
    },
    {
        .code = 503,
        .title = "Wrong order of commands",
        .meaning = "The command is right but not now: RCPT without MAIL, DATA without an "
                   "accepted RCPT, a second MAIL, AUTH when already logged in, or AUTH "
                   "where none is offered.",
        .seen = "Often as a consequence: of pipelined commands behind a MAIL or RCPT "
                "that was refused. Then the first refusal is the one to look at.",
        .before = "MAIL, RCPT, DATA, BDAT, AUTH, STARTTLS.",
        .after = "The client's turn: it should send RSET or the command that is missing.",
        .suspect = "Without a refusal before it: a hand-made client, or one that is out of "
                   "step with the server.",
        .advice = "Look at the replies before it. After “authentication not enabled” see "
                  "whether the server offers AUTH only under TLS or on another port.",
        .example = "C: RCPT TO:<bob@example.net>\n"
                   "S: 503 5.5.1 Error: need MAIL command",
        .enhanced = "5.5.1",
        .rules = "HS-409 HS-213 HS-214",
        .references = "RFC 5321 §4.1.4, §4.2.2; RFC 4954 §4",
    },
    {
        .code = 504,
        .title = "Parameter not implemented",
        .meaning = "The command is carried out in general, but not with this argument. To "
                   "AUTH: the server does not have this mechanism.",
        .seen = "With AUTH by a mechanism that was not offered. Postfix also says it to "
                "a name in HELO or an address that is no full host name.",
        .before = "AUTH; with Postfix EHLO, HELO, MAIL or RCPT.",
        .after = "The client's turn: another mechanism or another argument.",
        .suspect = "To a strong mechanism, followed by PLAIN or LOGIN in clear: somebody "
                   "may have forced the weaker one.",
        .advice = "Use a mechanism of the EHLO reply's AUTH line. For a host name: give "
                  "the client its full name.",
        .example = "C: AUTH KERBEROS_V4\n"
                   "S: 504 5.5.4 Unrecognized authentication type",
        .enhanced = "5.5.4 5.5.2 5.7.4",
        .rules = "HS-213 HS-215",
        .references = "RFC 5321 §4.2.2; RFC 4954 §4",
    },
    {
        .code = 521,
        .title = "This host never accepts mail",
        .meaning = "The machine answers on the mail port only to say that it takes no mail "
                   "at all. Postfix also lets a policy refuse one client so, and hang up at "
                   "once.",
        .seen = "As the greeting, or to the first command.",
        .before = "The connection itself, in place of 220; with Postfix any command.",
        .after = "As a greeting, the client sends QUIT, and the server closes. The client "
                 "must not try again.",
        .suspect = "From a server that used to accept mail: the client's address is "
                   "blocked, or the domain's MX record points to the wrong host.",
        .advice = "Check the MX record of the recipient's domain. With 5.7.1 find out why "
                  "the client's address is blocked.",
        .example = "S: 521 5.3.2 host.example.net does not accept mail",
        .enhanced = "5.3.2 5.7.1",
        .rules = "HS-609",
        .references = "RFC 7504 §3; RFC 5321 §3.1",
    },
    {
        .code = 523,
        .title = "Encryption needed",
        .meaning = "The server wants a stronger protection of the connection than there is "
                   "before it lets this client log in.",
        .seen = "Rarely; 530 and 538 are usual.",
        .before = "AUTH; MAIL.",
        .after = "The client's turn: STARTTLS, or QUIT.",
        .advice = "Switch on TLS in the client.",
        .enhanced = "5.7.10",
        .rules = "HS-206",
        .references = "RFC 5248 §2.4",
    },
    {
        .code = 524,
        .title = "Encryption required for this mechanism; or a list that can't be expanded",
        .meaning = "In the registry of enhanced codes: the mechanism may be used under TLS "
                   "only, as 538 says. OpenSMTPD uses it on RCPT, with 5.2.4, for an "
                   "address that it can't expand to a mailbox.",
        .seen = "From OpenSMTPD for an unknown user; rarely otherwise.",
        .before = "AUTH; with OpenSMTPD RCPT.",
        .after = "The client's turn.",
        .advice = "With 5.7.11 switch on TLS in the client. With 5.2.4 check the address "
                  "as after 550, and the server's aliases.",
        .example = "C: RCPT TO:<nobody@example.net>\n"
                   "S: 524 5.2.4 Mailing list expansion problem",
        .enhanced = "5.7.11 5.2.4",
        .rules = "HS-601",
        .references = "RFC 5248 §2.4",
    },
    {
        .code = 525,
        .title = "User account disabled",
        .meaning = "The credentials are right, but the account may not be used: locked, "
                   "expired or not paid for.",
        .seen = "Rarely: many servers say 535 instead, not to confirm a password to a "
                "stranger.",
        .before = "AUTH and its answers.",
        .after = "The client's turn; another try is of no use.",
        .suspect = "Somebody else may know the password of the disabled account.",
        .advice = "Have the account's administrator enable it, or take it out of the "
                  "client.",
        .enhanced = "5.7.13",
        .rules = "HS-201",
        .references = "RFC 5248 §2.4",
    },
    {
        .code = 530,
        .title = "Log in, or use TLS, first",
        .meaning = "The server does not do this for a client that has not authenticated, or "
                   "not without TLS. The text says which.",
        .seen = "On submission ports with a client that has no login set up, or not "
                "STARTTLS.",
        .before = "MAIL above all; any command but EHLO, NOOP, QUIT, RSET, STARTTLS and "
                  "AUTH.",
        .after = "The client's turn: STARTTLS, then EHLO, AUTH, and the command once more.",
        .suspect = "In great number from one address: somebody tries whether the server "
                   "relays.",
        .advice = "Set user name and password, and STARTTLS, in the client's settings for "
                  "outgoing mail. If strangers should be able to deliver here, the "
                  "server's port 25 is too strict.",
        .example = "C: MAIL FROM:<alice@example.org>\n"
                   "S: 530 5.7.0 Must issue STARTTLS first",
        .enhanced = "5.7.0 5.7.1",
        .rules = "HS-602",
        .references = "RFC 4954 §6; RFC 3207 §4",
    },
    {
        .code = 534,
        .title = "Authentication mechanism too weak",
        .meaning = "The account may not use this mechanism: the server's policy wants a "
                   "stronger one for it.",
        .seen = "From Google's servers where an application password or a login in the "
                "browser is needed.",
        .before = "AUTH and its answers.",
        .after = "The client's turn: another mechanism.",
        .suspect = "If the client then turns to a weaker one, something is not right.",
        .advice = "Use the mechanism that the text asks for: OAuth, an application "
                  "password, SCRAM. It is no wrong password.",
        .enhanced = "5.7.9",
        .rules = "HS-215",
        .references = "RFC 4954 §6",
    },
    {
        .code = 535,
        .title = "Authentication failed",
        .meaning = "The credentials are not accepted: no such user, a wrong password, an "
                   "expired token, or a policy that forbids this login. Servers do not say "
                   "which, on purpose.",
        .seen = "After mistyped and stale passwords, and all day long on any server that "
                "the Internet reaches. Postfix also says it for a mechanism that it does "
                "not know, and where Cyrus SASL has no user database.",
        .before = "The client's last answer to a 334, or AUTH with an initial response.",
        .after = "The client's turn: it may try again. After some failures servers slow "
                 "down or hang up by 421 or 221.",
        .suspect = "Five or more within minutes from one address: guessing.\n"
                   "One or two tries each for many users: spraying.\n"
                   "For one user from many addresses: a botnet.\n"
                   "The same wrong password every few minutes: a device with an old one.\n"
                   "A 235 after all that: the worst sign.",
        .advice = "One user: check name (with or without the domain?) and password; then "
                  "application passwords and expired tokens.\n"
                  "Everybody: look at the server's authentication backend.\n"
                  "Strangers: limit the rate, block the address, offer AUTH under TLS and "
                  "on submission ports only.",
        .example = "C: AUTH PLAIN AGFsaWNlAHdyb25n\n"
                   "S: 535 5.7.8 Error: authentication failed",
        .enhanced = "5.7.8 5.7.3 5.7.0 5.7.14",
        .rules = "HS-201 HS-202 HS-203 HS-204 HS-205",
        .references = "RFC 4954 §4, §6",
    },
    {
        .code = 538,
        .title = "Encryption required for this mechanism",
        .meaning = "The mechanism would show the password to whoever listens, so the server "
                   "takes it under TLS only.",
        .seen = "With PLAIN or LOGIN in clear, where the server offers STARTTLS.",
        .before = "AUTH, without TLS.",
        .after = "The client's turn: STARTTLS, EHLO, AUTH again.",
        .suspect = "If an initial response came with the AUTH, the password has been sent "
                   "in clear by now, although it was refused.",
        .advice = "Switch on STARTTLS or implicit TLS (port 465) in the client. Change a "
                  "password that went over an open network.",
        .example = "C: AUTH LOGIN\n"
                   "S: 538 5.7.11 Encryption required",
        .enhanced = "5.7.11",
        .rules = "HS-206",
        .references = "RFC 4954 §6 (in RFC 2554 first)",
    },
    {
        .code = 550,
        .title = "Refused: no such mailbox, or not allowed",
        .meaning = "The server will not do it, for good. On RCPT as a rule the mailbox does "
                   "not exist; just as often it is policy: a block list, a failed sender "
                   "check, no relaying. The enhanced code and the text tell which.",
        .seen = "On RCPT for mistyped and abandoned addresses; on MAIL or RCPT by "
                "policy; at the end of a message by a content filter.",
        .before = "RCPT, MAIL, the dot that ends DATA, BDAT, EHLO; VRFY.",
        .after = "The client's turn: other recipients may still be accepted. For this one "
                 "the message is returned to its sender.",
        .suspect = "Many different addresses from one client, and hardly a message: "
                   "addresses are being harvested.\n"
                   "Refused relaying, repeatedly: a search for open relays.\n"
                   "On everything that a server sends: its reputation is bad.",
        .advice = "5.1.1: correct the address.\n"
                  "5.7.1 and 5.7.2x: follow the link in the text; check SPF, DKIM, DMARC, "
                  "the PTR record, block lists.\n"
                  "“Relay”: log in before sending, or put the domain among the server's "
                  "own.",
        .example = "C: RCPT TO:<nobody@example.net>\n"
                   "S: 550 5.1.1 User unknown",
        .enhanced = "5.1.1 5.7.1 5.2.1 5.1.0 5.7.23 5.7.26",
        .rules = "HS-601 HS-602 HS-609",
        .references = "RFC 5321 §4.2.2, §3.6.2, §7.9",
    },
    {
        .code = 551,
        .title = "Recipient not local, try another address",
        .meaning = "The server does not take mail for this address, and may name the one "
                   "that is right.",
        .seen = "Rarely: servers do not like to tell where somebody went.",
        .before = "RCPT; VRFY.",
        .after = "The client's turn. The message is returned; a person decides whether to "
                 "use the other address.",
        .advice = "Correct the address book, if the new address can be trusted.",
        .enhanced = "5.1.6 5.7.1",
        .rules = "HS-601",
        .references = "RFC 5321 §3.4, §4.2.2",
    },
    {
        .code = 552,
        .title = "Too big, or mailbox full",
        .meaning = "The message exceeds what the server or the mailbox takes.",
        .seen = "On MAIL where the client declares the SIZE, else at the end of the "
                "content. With 5.2.2 for a mailbox over its quota.",
        .before = "MAIL with SIZE, RCPT, the dot that ends DATA, BDAT.",
        .after = "The client's turn; the message is returned to its sender.",
        .suspect = "To RCPT after very many recipients an old server means 452 by it. "
                   "Clients that send far more than they declared try to get around the "
                   "limit.",
        .advice = "Send less, or a link in place of the attachment; Base64 adds a third to "
                  "a file's size. Compare with SIZE in the EHLO reply. The owner of a full "
                  "mailbox makes room.",
        .example = "C: MAIL FROM:<alice@example.org> SIZE=90000000\n"
                   "S: 552 5.3.4 Message size exceeds fixed limit",
        .enhanced = "5.3.4 5.2.2 5.2.3",
        .rules = "HS-412",
        .references = "RFC 5321 §4.2.2, §4.5.3.1.10; RFC 1870",
    },
    {
        .code = 553,
        .title = "Mailbox name not allowed",
        .meaning = "The address is not one that may be used so: its form is wrong, or the "
                   "sender may not use it.",
        .seen = "On MAIL, where the logged-in user does not own the sender address; on "
                "RCPT for addresses of a bad form, or non-ASCII ones without SMTPUTF8.",
        .before = "MAIL, RCPT; VRFY, EXPN for an ambiguous name.",
        .after = "The client's turn.",
        .suspect = "From one logged-in user for many senders: the account may be stolen.",
        .advice = "Set the sender in the client to the account's own address, or let the "
                  "account use that address on the server.",
        .example = "C: MAIL FROM:<boss@example.net>\n"
                   "S: 553 5.7.1 Not owned by user alice",
        .enhanced = "5.7.1 5.1.3 5.1.8 5.6.7",
        .rules = "HS-601 HS-608",
        .references = "RFC 5321 §4.2.2; RFC 6531",
    },
    {
        .code = 554,
        .title = "Refused: the transaction failed, or no service",
        .meaning = "The general no. As the greeting: the server gives no mail service to "
                   "this client. Within a session: the message or recipient is refused, "
                   "mostly by policy. To DATA: there are no valid recipients.",
        .seen = "From spam filters at the end of a message; from block lists on "
                "connecting or on RCPT. Postfix uses it for refused clients and relaying.",
        .before = "The connection, in place of 220; MAIL, RCPT, DATA, the dot that ends "
                  "DATA, BDAT.",
        .after = "As a greeting, the client may only send QUIT. Else its turn; the "
                 "message is returned to its sender.",
        .suspect = "On every message from one server: it is on a block list. For relaying, "
                   "repeatedly: somebody searches for open relays.",
        .advice = "Read the text: it names the list or the filter. Look the address up on "
                  "that list, mend the cause, then ask to be taken off. To DATA, look at "
                  "the replies to RCPT.",
        .example = "C: .\n"
                   "S: 554 5.7.1 Message rejected by content filter",
        .enhanced = "5.7.1 5.5.1 5.6.0 5.3.4",
        .rules = "HS-602 HS-609",
        .references = "RFC 5321 §3.1, §4.2.2, §4.3.2",
    },
    {
        .code = 555,
        .title = "Parameter of MAIL or RCPT unknown",
        .meaning = "The server does not know one of the parameters behind the address, or "
                   "does not implement it.",
        .seen = "With a client that uses an extension which EHLO did not offer, or that "
                "greeted with HELO.",
        .before = "MAIL or RCPT with parameters.",
        .after = "The client's turn: the same without the parameter.",
        .suspect = "Odd parameters, or code in place of one, are the shape of an attack.",
        .advice = "Have the client use only what the EHLO reply lists. See whether "
                  "something between the two, such as a firewall, changes that list.",
        .example = "C: MAIL FROM:<alice@example.org> FOO=1\n"
                   "S: 555 5.5.4 Unsupported option: FOO=1",
        .enhanced = "5.5.4",
        .rules = "HS-414",
        .references = "RFC 5321 §4.1.1.11, §4.2.2",
    },
    {
        .code = 556,
        .title = "The recipient's domain accepts no mail",
        .meaning = "The domain says by a null MX record that it takes no mail at all, or it "
                   "is known to have no mail service.",
        .seen = "From a relay or submission server that looked the domain up.",
        .before = "RCPT.",
        .after = "The client's turn; the message is returned to its sender.",
        .advice = "Correct the address: most often the domain is mistyped.",
        .example = "C: RCPT TO:<bob@nomail.example>\n"
                   "S: 556 5.1.10 Recipient has null MX",
        .enhanced = "5.1.10 5.1.2",
        .references = "RFC 7504 §4; RFC 7505 §4",
    },
};
const size_t tables_permanent_count = sizeof tables_permanent / sizeof tables_permanent[0];
