/* Pairs of reply codes that are easily mixed up, or belong together: what tells them apart. */
#include "explain/tables.h"

const struct helo_explain_pair tables_pairs[] = {
    {
        .first = 220,
        .second = 221,
        .differences = "Place: 220 is the first reply of a session, 221 the last.\n"
                       "What follows: after 220 the client speaks, after 221 nobody does.\n"
                       "Again: a second 220 is in order after STARTTLS or XCLIENT; a second 221 "
                       "never is.",
        .expect = "220 when the connection is made, and after STARTTLS.\n"
                  "221 after QUIT. In place of the greeting a server that refuses says "
                  "421, 521 or 554.",
    },
    {
        .first = 220,
        .second = 421,
        .differences = "Greeting: 220 opens the session; 421 in its place refuses it for now "
                       "and hangs up.\n"
                       "Cause of the 421: too many connections, load, a shutdown, or the "
                       "client's reputation.",
        .expect = "220 from a server that is well, once for each connection.\n"
                  "421 from one that is overloaded or going down; the client tries again "
                  "later.",
    },
    {
        .first = 221,
        .second = 334,
        .differences = "What it does: 221 ends the dialogue. 334 keeps it going in the middle "
                       "of one command, AUTH.\n"
                       "First digit: the 2 of 221 is positive completion, the command is done. "
                       "The 3 of 334 is positive intermediate: so far so good, but nothing is "
                       "done before the client sends the next piece.\n"
                       "Second digit: the 2 of 221 is about the connection; the 3 of 334, by "
                       "custom, about authentication.\n"
                       "Whose turn: after 221 nobody's, the connection closes. After 334 the "
                       "client's, which must answer with a line of Base64, or cancel with *.\n"
                       "How often: 221 once in a session at most. 334 once for each step of the "
                       "mechanism, again in each new attempt.\n"
                       "Its text: of 221, a farewell for people. Of 334, Base64 for the "
                       "client's SASL library; empty is in order.\n"
                       "If it is a problem: an unexpected 221 makes you ask what is wrong with "
                       "the server or what it has against this client: shutdown, timeout, "
                       "rejection? A 334 that leads nowhere makes you ask what the two do not "
                       "agree on: credentials, mechanism, policy?\n"
                       "Secrets: after 221 nothing is sent. After 334 comes a password or what "
                       "is made from one, so it belongs inside TLS.",
        .expect = "A session in order that logs in has both: EHLO, AUTH, 334 (one or "
                  "more), 235, the mail, QUIT, 221. The 334s stand near its beginning, the "
                  "221 is its end.\n"
                  "A session between mail servers has no 334 at all, and one 221.\n"
                  "Expect 334 only after AUTH, or after the answer to another 334. "
                  "Anywhere else the dialogue is out of step.\n"
                  "Expect 221 only after QUIT. Without a QUIT the server left by itself; "
                  "421 would have been the proper word.\n"
                  "A 221 where the answer to a 334 should have been judged: the server "
                  "gave the client up, after too many failed logins or too long a silence. "
                  "Look at the 535s before it.\n"
                  "QUIT sent as the answer to a 334 is no QUIT: the server takes it for a "
                  "response, and 501 or 535 follows, not 221. Cancel with * first.",
        .example = "S: 220 mx.example.net ESMTP\n"
                   "C: EHLO client.example.org\n"
                   "S: 250-mx.example.net\n"
                   "S: 250 AUTH PLAIN LOGIN\n"
                   "C: AUTH LOGIN\n"
                   "S: 334 VXNlcm5hbWU6         (go on: the user name)\n"
                   "C: YWxpY2U=\n"
                   "S: 334 UGFzc3dvcmQ6         (go on: the password)\n"
                   "C: c2VjcmV0\n"
                   "S: 235 2.7.0 Accepted       (535 if it were wrong)\n"
                   "C: MAIL FROM:<alice@example.org>\n"
                   "S: 250 2.1.0 Ok\n"
                   "C: …\n"
                   "C: QUIT\n"
                   "S: 221 2.0.0 Bye            (over: the channel closes)",
    },
    {
        .first = 221,
        .second = 421,
        .differences = "Who wants to end: with 221 the client did, by QUIT. With 421 the server "
                       "does.\n"
                       "First digit: 221 is a success; 421 is a temporary failure of whatever "
                       "was going on.\n"
                       "What to do: after 221 nothing. After 421 try again later on a new "
                       "connection.",
        .expect = "221 after QUIT, and only there.\n"
                  "421 whenever the server has to go: idle timeout, too many errors, "
                  "overload, shutdown.\n"
                  "An unasked 221 means what 421 means, from a server that chose the wrong "
                  "code; treat it so.",
    },
    {
        .first = 235,
        .second = 334,
        .differences = "Result: 235 says that the login has succeeded; 334 that it is not "
                       "decided yet.\n"
                       "Whose turn: after both the client's; but after 235 with a command, "
                       "after 334 with Base64.",
        .expect = "334 for each step of the mechanism, none for PLAIN with its initial "
                  "response.\n"
                  "235 once, as the last reply to AUTH; 535 there is the failure.",
    },
    {
        .first = 235,
        .second = 535,
        .differences = "Result: 235 lets the user in, 535 does not.\n"
                       "Next: after 235 no other AUTH is allowed in the session; after 535 the "
                       "client may try again.\n"
                       "Together: 535 many times and then 235 may be a guessed password "
                       "(HS-205).",
        .expect = "235 at the first try from a client that is set up well.\n"
                  "535 now and then from people; in great number only from guessers and "
                  "stale devices.",
    },
    {
        .first = 250,
        .second = 252,
        .differences = "To VRFY: 250 confirms that the mailbox exists, 252 confirms nothing.\n"
                       "To ETRN: 250 says that delivery is queued, 252 that pending mail is on "
                       "its way.",
        .expect = "250 to most commands. To VRFY expect 252: most servers do not list "
                  "their users.",
    },
    {
        .first = 250,
        .second = 354,
        .differences = "First digit: 250 says that a command is done; 354 that DATA is half "
                       "done.\n"
                       "What follows: after 250 a command, after 354 content, up to a dot alone "
                       "on a line.",
        .expect = "354 to DATA, 250 to the dot after the content: only that 250 means that "
                  "the message is accepted.\n"
                  "250 directly to DATA is wrong. With BDAT there are only 250s.",
    },
    {
        .first = 334,
        .second = 354,
        .differences = "Both are positive intermediate: the server waits for more, and what the "
                       "client sends next is no command.\n"
                       "What is wanted: after 334 one line of Base64, after 354 a whole "
                       "message.\n"
                       "The end of it: a 334 is answered by one line; content ends with a dot "
                       "alone on a line.\n"
                       "To cancel: * after a 334. After 354 there is no way but to close the "
                       "connection.",
        .expect = "334 within AUTH, 354 after DATA, each nowhere else.",
    },
    {
        .first = 334,
        .second = 535,
        .differences = "Result: 334 means that the exchange goes on, 535 that it is over and "
                       "has failed.\n"
                       "What follows: after 334 Base64, after 535 a command, perhaps another "
                       "AUTH.",
        .expect = "334 for each step, then 235 or 535.\n"
                  "334 and 535 in turns, without end: the same wrong credentials, or a "
                  "guesser.\n"
                  "With XOAUTH2 and OAUTHBEARER a 334 with an error in JSON comes just "
                  "before the 535.",
    },
    {
        .first = 421,
        .second = 450,
        .differences = "Connection: 421 closes it, 450 leaves it open.\n"
                       "What fails: with 421 the whole session, with 450 one sender or "
                       "recipient.",
        .expect = "421 when the server does not want to talk to the client now.\n"
                  "450 when it talks, but puts this mail off, as in greylisting.",
    },
    {
        .first = 421,
        .second = 554,
        .differences = "Duration: 421 is temporary, 554 is final.\n"
                       "As a greeting: after 421 the server hangs up; after 554 it waits for "
                       "QUIT.",
        .expect = "421 from an overloaded server, or under a rate limit.\n"
                  "554 from a server that wants no mail from this client at all.",
    },
    {
        .first = 450,
        .second = 451,
        .differences = "Where the problem is: 450 blames the mailbox or the address, 451 the "
                       "server itself.\n"
                       "In practice: both are used for greylisting and policies; the text tells "
                       "more.",
        .expect = "450 from Postfix for greylisting and failed DNS look-ups, 451 from Exim "
                  "for the same.\n"
                  "451 with 4.3.x from any server whose disk, filter or look-up fails.",
    },
    {
        .first = 450,
        .second = 550,
        .differences = "Duration: 450 may be another answer later, 550 will not.\n"
                       "The sending server: after 450 it keeps the message and tries again, "
                       "after 550 it returns it to its sender.",
        .expect = "450 for greylisting, DNS trouble, a locked mailbox.\n"
                  "550 for a mailbox that does not exist, and for a refusal by policy.\n"
                  "A server that says 450 for unknown mailboxes is set to try out its "
                  "checks (Postfix: soft_bounce, or reject codes changed to 450).",
    },
    {
        .first = 452,
        .second = 552,
        .differences = "Duration: 452 passes, 552 does not.\n"
                       "What is too much: 452 is about room or recipients at the moment, 552 "
                       "about this message's size.",
        .expect = "452 for more recipients than are taken at a time, and for a full disk.\n"
                  "552 for a message over the limit. A full mailbox gets either.",
    },
    {
        .first = 454,
        .second = 535,
        .differences = "What failed: with 454 the server's own checking, with 535 the "
                       "credentials.\n"
                       "Whose fault: 454 the server's, 535 as a rule the client's.\n"
                       "For alarms: 454 is no failed login and must not be counted as one.",
        .expect = "454 while the authentication backend is down; the same password works "
                  "later.\n"
                  "535 for wrong credentials, now and later.",
    },
    {
        .first = 500,
        .second = 502,
        .differences = "What is wrong: with 500 the server does not know the command, with 502 "
                       "it knows it and does not do it.\n"
                       "In practice: servers mix the two.",
        .expect = "500 for misspelt lines and other protocols.\n"
                  "502 for VRFY, EXPN and the like, switched off.",
    },
    {
        .first = 504,
        .second = 535,
        .differences = "What is wrong: with 504 the mechanism, with 535 the credentials.\n"
                       "When: 504 comes before any secret is looked at.",
        .expect = "504 for a mechanism that EHLO did not offer. Postfix says 535 there, "
                  "too.\n"
                  "535 for a failed login by a mechanism that is offered.",
    },
    {
        .first = 521,
        .second = 554,
        .differences = "As a greeting: 521 says that this host takes no mail from anybody, 554 "
                       "that it gives this client no service.\n"
                       "Elsewhere: 554 is also the general failure of a transaction; 521 has no "
                       "such use.",
        .expect = "521 from hosts that never are a mail server.\n"
                  "554 from mail servers, for clients that they have blocked.",
    },
    {
        .first = 530,
        .second = 535,
        .differences = "When: 530 comes before any login was tried, 535 after one has failed.\n"
                       "What to do: after 530 log in (or begin TLS), after 535 correct the "
                       "credentials.",
        .expect = "530 to MAIL, from a submission server.\n"
                  "535 to AUTH or to the answer to a 334.",
    },
    {
        .first = 534,
        .second = 538,
        .differences = "What is too weak: with 534 the mechanism as such, with 538 only the "
                       "connection.\n"
                       "What to do: after 534 take another mechanism, after 538 the same one "
                       "under TLS.",
        .expect = "534 where an account must use something stronger.\n"
                  "538 for PLAIN or LOGIN in clear.",
    },
    {
        .first = 535,
        .second = 550,
        .differences = "What is refused: with 535 the login, with 550 a recipient, a sender or "
                       "a message.\n"
                       "Who is asked: 535 is about the user, 550 about addresses and policy.",
        .expect = "535 in AUTH only.\n"
                  "550 to RCPT and MAIL. “Relaying denied” there often means that the "
                  "login was left out.",
    },
    {
        .first = 550,
        .second = 554,
        .differences = "What is refused: 550 as a rule one recipient or sender; 554 the "
                       "transaction or the whole service.\n"
                       "In practice: servers mix the two in refusals by policy; the enhanced "
                       "code is of more use.",
        .expect = "550 with 5.1.1 for unknown mailboxes.\n"
                  "554 as a greeting, from content filters, and to DATA without a valid "
                  "recipient.",
    },
};
const size_t tables_pair_count = sizeof tables_pairs / sizeof tables_pairs[0];
