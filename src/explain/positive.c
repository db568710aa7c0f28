/* The reply codes that say yes, 2yz, and go on, 3yz. */
#include "explain/tables.h"

const struct helo_explain_code tables_positive[] = {
    {
        .code = 211,
        .title = "System status, or an answer to HELP",
        .meaning = "Information for a person about the state of the server.",
        .seen = "Rarely; no mail client needs it. Some servers answer HELP with it in "
                "place of 214.",
        .before = "HELP, or STAT on very old servers.",
        .after = "Anything: it changes nothing in the session. The client's turn.",
        .enhanced = "2.0.0",
        .references = "RFC 5321 §4.2.2, §4.1.1.8",
    },
    {
        .code = 214,
        .title = "Help text",
        .meaning = "How to use the server, or what a command does, for a person to read.",
        .seen = "When somebody types HELP. Programs do not read it.",
        .before = "HELP, with or without a command's name.",
        .after = "Anything: it changes nothing in the session. The client's turn.",
        .suspect = "Scanners send HELP to learn which software answers and which commands "
                   "it has.",
        .enhanced = "2.0.0",
        .references = "RFC 5321 §4.2.2, §4.1.1.8",
    },
    {
        .code = 220,
        .title = "Ready: the greeting, or go ahead with TLS",
        .meaning = "The server is ready. As the first line of a connection it is the "
                   "greeting and names the host; after STARTTLS it says that the TLS "
                   "handshake may begin.",
        .seen = "Once at the start of every session, and once more where STARTTLS is "
                "used. An accepted XCLIENT is followed by a fresh greeting, too.",
        .before = "The connection itself; STARTTLS; XCLIENT.",
        .after = "After the greeting EHLO (LHLO in LMTP), after STARTTLS the client's "
                 "first TLS record. Once TLS is up everything learnt before is void, and "
                 "EHLO is sent again.",
        .suspect = "The client speaks before it has the greeting: often a robot.\n"
                   "Anything between the 220 to STARTTLS and the handshake, from either "
                   "side: perhaps an attempt to slip commands into the encrypted session.\n"
                   "No TLS after this 220: a failed or prevented handshake.\n"
                   "A banner that changes from one day to the next: perhaps another machine.",
        .advice = "Nothing, if it comes at once. If it comes late, look at the server's "
                  "DNS look-ups, its load and its greet delay; clients should wait for "
                  "five minutes.",
        .example = "S: 220 mx.example.net ESMTP\n"
                   "C: EHLO client.example.org",
        .enhanced = "2.0.0",
        .rules = "HS-302 HS-303 HS-307 HS-401",
        .references = "RFC 5321 §3.1, §4.2, §4.5.3.2.1; RFC 3207 §4",
    },
    {
        .code = 221,
        .title = "The server closes the channel",
        .meaning = "Goodbye. The server has finished with this session and closes the "
                   "connection right behind this reply. It is a positive completion: as the "
                   "answer to QUIT it says that all is settled, and whatever was accepted "
                   "stays accepted.",
        .seen = "Once, as the last reply of a session in order. RFC 5321 knows it as the "
                "answer to QUIT only; a server that has to go by itself should say 421.",
        .before = "QUIT. It may have been pipelined behind the end of a message, so look "
                  "for the QUIT that this reply acknowledges, not for the line just before "
                  "it.",
        .after = "Nothing more from either side but the end of the TCP connection, the "
                 "server's FIN as a rule first. A new session needs a new connection.",
        .suspect = "When nobody said QUIT. The server then ends the session on its own "
                   "account:\n"
                   "It shuts down or restarts.\n"
                   "The client was silent for too long.\n"
                   "The client made too many errors, or failed to log in too often.\n"
                   "A policy rejects the client. Postfix, for one, sends an unasked 221 to "
                   "whoever talks HTTP to it.\n"
                   "In each case mail that had not got its 250 was not accepted. Out of "
                   "order, too, are:\n"
                   "A QUIT that is answered by another code.\n"
                   "Commands or replies after the 221.",
        .advice = "After QUIT: nothing. Unasked, look at what came just before it:\n"
                  "A long silence: an idle timeout. Find out what the client waited for; "
                  "RFC 5321 asks servers to wait for five minutes at least.\n"
                  "Replies of 4yz or 5yz: an error limit or a policy. Mend the first of "
                  "these errors.\n"
                  "535: a limit on failed logins. See 535.\n"
                  "The same on many connections within seconds: a restart or shutdown. Ask "
                  "who did it.\n"
                  "None of these: the server's log at that second tells.\n"
                  "The client should take it for a temporary failure, and try again later "
                  "on a new connection.",
        .example = "C: QUIT\n"
                   "S: 221 2.0.0 Bye",
        .enhanced = "2.0.0 2.7.0",
        .rules = "HS-101 HS-103 HS-105 HS-108",
        .references = "RFC 5321 §3.8, §4.1.1.10, §4.2.1, §4.5.3.2.7",
    },
    {
        .code = 235,
        .title = "Authentication succeeded",
        .meaning = "The server has accepted the client's credentials. The session belongs "
                   "to that user from here on, until it ends.",
        .seen = "Once in a session of submission, ports 587 and 465, at the end of AUTH. "
                "Between mail servers on port 25 it is unusual.",
        .before = "AUTH with an initial response, or the client's last answer to a 334.",
        .after = "MAIL. If the mechanism brought a security layer of its own, EHLO again. "
                 "Another AUTH is not allowed.",
        .suspect = "After a row of 535 for the same user or from the same address: a "
                   "password may have been guessed.\n"
                   "From a network in which that user never was.\n"
                   "Followed by far more mail than the user sends as a rule.",
        .advice = "Nothing, if the user and the address belong together. After many "
                  "failures: change the password, end the user's sessions, look at what "
                  "was sent since.",
        .example = "C: AUTH PLAIN AGFsaWNlAHNlY3JldA==\n"
                   "S: 235 2.7.0 Accepted",
        .enhanced = "2.7.0",
        .rules = "HS-205 HS-206 HS-214 HS-217",
        .references = "RFC 4954 §4, §6",
    },
    {
        .code = 250,
        .title = "Done",
        .meaning = "The command was carried out. What that is depends on the command: to "
                   "RCPT it accepts one recipient; to the end of DATA or the last BDAT it "
                   "takes over the responsibility for the message; to EHLO its lines list "
                   "what the server can do.",
        .seen = "All the time: it is the answer to almost everything that goes well.",
        .before = "EHLO, HELO, MAIL, RCPT, the dot that ends DATA, BDAT, RSET, NOOP, VRFY, "
                  "EXPN, ETRN, ATRN.",
        .after = "The client's next command.",
        .suspect = "One more of them than there were commands, right after a message: a "
                   "second message may have been smuggled in the first.\n"
                   "To commands out of sequence, such as RCPT without MAIL: the server is "
                   "too trusting.\n"
                   "To RCPT of a stranger for a stranger: an open relay.",
        .advice = "After a message keep the queue id in its text: with it, the receiving "
                  "server's log tells what became of the message.",
        .example = "C: RCPT TO:<bob@example.net>\n"
                   "S: 250 2.1.5 Ok",
        .enhanced = "2.0.0 2.1.0 2.1.5",
        .rules = "HS-409 HS-503 HS-603",
        .references = "RFC 5321 §4.2.2, §4.3.2",
    },
    {
        .code = 251,
        .title = "Recipient not local, will be forwarded",
        .meaning = "The server accepts the recipient and will pass the message on to "
                   "another address, which its text may name. In ETRN it says that no mail "
                   "waits.",
        .seen = "Rarely: most servers forward without saying so, not to tell strangers "
                "where somebody's mail goes.",
        .before = "RCPT; VRFY; ETRN.",
        .after = "The same as after 250. The client's turn.",
        .advice = "Nothing. A sender may correct the address in their address book.",
        .enhanced = "2.1.5",
        .references = "RFC 5321 §3.4, §4.2.2; RFC 1985",
    },
    {
        .code = 252,
        .title = "Can't verify, but would try to deliver",
        .meaning = "The server does not tell whether the mailbox exists. Mail for it would "
                   "be accepted or tried. In ETRN it says that delivery of waiting mail has "
                   "begun.",
        .seen = "As the usual answer to VRFY where the server does not want its users "
                "listed.",
        .before = "VRFY; ETRN.",
        .after = "The client's next command.",
        .suspect = "Many VRFY for different names from one address: somebody harvests "
                   "addresses, and this reply is what keeps them from it.",
        .enhanced = "2.0.0 2.1.5",
        .rules = "HS-601",
        .references = "RFC 5321 §3.5.3, §7.3; RFC 1985",
    },
    {
        .code = 253,
        .title = "ETRN: so many messages are waiting",
        .meaning = "The server has begun to deliver the mail that it holds for the node, "
                   "and its text says how many messages that is.",
        .seen = "Where a site that is not always connected collects its mail by ETRN.",
        .before = "ETRN.",
        .after = "The server opens connections of its own to deliver; in this session it "
                 "is the client's turn.",
        .references = "RFC 1985",
    },
    {
        .code = 334,
        .title = "Go on with the authentication",
        .meaning = "The server has accepted the AUTH command and asks the client for the "
                   "next step of the SASL exchange. It is a positive intermediate reply: "
                   "nothing is wrong, and nothing is decided yet. Its text is the challenge "
                   "in Base64: empty in PLAIN, a prompt in LOGIN (VXNlcm5hbWU6 is "
                   "“Username:”), random data to be signed in CRAM-MD5 and SCRAM.",
        .seen = "Inside AUTH only, once for each step. PLAIN with its initial response "
                "needs none, PLAIN without it and CRAM-MD5 one, LOGIN and SCRAM two, "
                "NTLM one or two, GSSAPI two or three. With XOAUTH2 and OAUTHBEARER a "
                "334 after the token is bad news: it carries the reason of the failure, "
                "and 535 follows.",
        .before = "AUTH and its mechanism, or the client's answer to the 334 before.",
        .after = "The client sends one line of Base64, or * to cancel; that line is no "
                 "command, so even QUIT there is taken for an answer. The server then "
                 "says 334 again, 235 (it worked), 535 (it did not), 501 (not Base64, or "
                 "cancelled) or another 4yz or 5yz.",
        .suspect = "The exchange fails again and again after it: the credentials are wrong, "
                   "or client and server do not mean the same by the mechanism.\n"
                   "One side falls silent after it.\n"
                   "There are more of them than the mechanism has steps.\n"
                   "It comes without an AUTH: the dialogue is out of step.\n"
                   "There is no TLS: with PLAIN and LOGIN what follows it is the password "
                   "itself.",
        .advice = "If 235 follows in the end: nothing. If it keeps failing, check "
                  "credentials and mechanism, in this order:\n"
                  "The user name (with or without the domain?) and the password, by a "
                  "login elsewhere.\n"
                  "Whether the account wants an application password or OAuth.\n"
                  "Whether EHLO offers the mechanism, and the server holds a secret that "
                  "fits it: CRAM-MD5 and SCRAM can't work from a hash made for something "
                  "else.\n"
                  "Whether the server wants TLS first.\n"
                  "With GSSAPI: clocks, host names and tickets.\n"
                  "If the client stalls or sends no Base64, the fault is in the client. If "
                  "the server does not answer, look at its authentication backend.",
        .example = "C: AUTH LOGIN\n"
                   "S: 334 VXNlcm5hbWU6\n"
                   "C: YWxpY2U=\n"
                   "S: 334 UGFzc3dvcmQ6\n"
                   "C: c2VjcmV0\n"
                   "S: 235 2.7.0 Accepted",
        .rules = "HS-208 HS-209 HS-210 HS-211 HS-212 HS-206 HS-216",
        .references = "RFC 4954 §4, §6; RFC 4422",
    },
    {
        .code = 354,
        .title = "Send the message, end it with a dot",
        .meaning = "The server is ready for the content of the message. From here on lines "
                   "are content, not commands, until a line with nothing but a dot. It is a "
                   "positive intermediate reply: the message is not accepted yet.",
        .seen = "Once for each message that is sent with DATA. BDAT does without it.",
        .before = "DATA, after at least one accepted RCPT.",
        .after = "Header and body, then CRLF . CRLF. The server answers the dot: 250 (it "
                 "has taken the message), 4yz (try again later) or 5yz (refused).",
        .suspect = "It answers anything but DATA, or no recipient was accepted.\n"
                   "The connection ends before the dot: the message was not accepted.\n"
                   "Dots between line ends that are not CRLF may smuggle a second message.",
        .advice = "If transfers break off after it, look for a path MTU problem, a filter "
                  "that is slow, or a limit on size or time. Only the reply to the dot "
                  "counts.",
        .example = "C: DATA\n"
                   "S: 354 End data with <CR><LF>.<CR><LF>\n"
                   "C: Subject: hello\n"
                   "C: …\n"
                   "C: .\n"
                   "S: 250 2.0.0 Ok: queued as 4F1A2",
        .rules = "HS-405 HS-409 HS-501 HS-502 HS-503 HS-604",
        .references = "RFC 5321 §4.1.1.4, §4.2.2, §4.5.2",
    },
    {
        .code = 355,
        .title = "Resume the message at this octet",
        .meaning = "The server has kept a part of this message from an earlier try, and "
                   "names the octet at which to go on.",
        .seen = "Hardly ever: it belongs to the experimental checkpoint extension, which "
                "no common server offers.",
        .before = "MAIL with a TRANSID parameter that the server remembers.",
        .after = "DATA, and the rest of the content.",
        .suspect = "From a server that did not offer CHECKPOINT it is out of place.",
        .rules = "HS-405",
        .references = "RFC 1845",
    },
};
const size_t tables_positive_count = sizeof tables_positive / sizeof tables_positive[0];
