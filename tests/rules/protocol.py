"""HS-4xx: dialogues in which each rule must speak, and the nearest in which it must not."""

from rules.close import one
from rules.dialogue import World


def world_of(script, **where):
    """A function that makes a world of one session, named after its script."""
    def make():
        return one(script, **where)
    make.__name__ = script.__name__
    return make


# HS-401 and HS-402: too early.

def early_ehlo(session):
    """EHLO before the greeting."""
    session.client("EHLO client.example.org").server("220 mx.example.net ESMTP")
    session.server("250 mx.example.net").quit()


def early_after_half(session):
    """EHLO between the lines of the greeting."""
    session.server("220-mx.example.net ESMTP").client("EHLO client.example.org")
    session.server("220 go ahead").server("250 mx.example.net").quit()


def early_after_proxy(session):
    """A PROXY header, and EHLO with it."""
    session.client("PROXY TCP4 198.51.100.77 203.0.113.25 40000 25", "EHLO client.example.org")
    session.server("220 mx.example.net ESMTP").server("250 mx.example.net").quit()


def prompt_after_proxy(session):
    """The header alone comes before the greeting."""
    session.client("PROXY TCP4 198.51.100.77 203.0.113.25 40000 25").hello().mail().quit()


def early_or_lost(session):
    """What the client had heard before its EHLO was not captured."""
    session.lose("S", 26).client("EHLO client.example.org").server("250-mx.example.net")
    session.server("250 SIZE").quit()


def early_offered(session):
    """Exim's early pipelining: the EHLO reply offers what the client knew."""
    session.client("EHLO client.example.org", "MAIL FROM:<a@example.org>")
    session.server("220 mx.example.net ESMTP")
    session.server("250-mx.example.net", "250-PIPELINING", "250 X_PIPE_CONNECT", "250 Ok")
    session.client("RSET").server("250 Ok").quit()


def behind_ehlo(session):
    """MAIL in one segment with EHLO."""
    session.server("220 mx.example.net ESMTP")
    session.client("EHLO client.example.org", "MAIL FROM:<alice@example.org>")
    session.server("250-mx.example.net", "250 PIPELINING").server("250 Ok").quit()


def behind_noop(session):
    """A command behind NOOP, the synchronization point."""
    session.hello("PIPELINING").client("NOOP", "RSET").server("250 Ok", "250 Ok").quit()


def batch_unoffered(session):
    """MAIL and RCPT together without the offer."""
    session.hello("SIZE").client("MAIL FROM:<alice@example.org>", "RCPT TO:<bob@example.net>")
    session.server("250 Ok", "250 Ok").client("RSET").server("250 Ok").quit()


def content_unasked(session):
    """Content right behind DATA."""
    session.hello("PIPELINING").client("MAIL FROM:<alice@example.org>").server("250 Ok")
    session.client("RCPT TO:<bob@example.net>").server("250 Ok")
    session.client("DATA", "Subject: x", "", "x", ".").server("354 Go on").server("250 Ok").quit()


def batch_offered(session):
    """All that RFC 2920 allows: MAIL to DATA together, the next MAIL behind the final dot."""
    session.hello("PIPELINING")
    session.client("MAIL FROM:<alice@example.org>", "RCPT TO:<bob@example.net>", "DATA")
    session.server("250 Ok", "250 Ok", "354 Go on")
    session.client("Subject: x", "", "x", ".", "MAIL FROM:<alice@example.org>", "QUIT")
    session.server("250 Ok", "250 Ok", "221 Bye").fin("S")


# HS-403 and HS-404: what else is spoken on a port, where else SMTP is.

def http_to_smtp(session):
    """A request of HTTP to a mail server."""
    session.server("220 mx.example.net ESMTP").client("GET / HTTP/1.1", "Host: x", "")
    session.server("500 Command unknown").fin("S")


def http_early(session):
    """The same before the greeting."""
    session.client("GET / HTTP/1.1", "Host: x", "").server("220 mx.example.net ESMTP")
    session.server("500 Command unknown").fin("S")


def http_both(session):
    """A web server on the port."""
    session.client("GET / HTTP/1.1", "Host: x", "").server("HTTP/1.1 200 OK", "", "hello").fin("S")


def ssh_both(session):
    """A secure shell on the port."""
    session.server("SSH-2.0-OpenSSH_9.2p1").client("SSH-2.0-OpenSSH_9.2p1").fin("S")


def ftp_both(session):
    """FTP, which greets with 220 as well."""
    session.server("220 (vsFTPd 3.0.3)").client("USER anonymous").server("331 Password?").fin("S")


def tls_to_smtp(session):
    """A TLS hello to a server that greets in the clear."""
    session.raw("C", bytes.fromhex("16030100050100000103")).server("220 mx.example.net ESMTP")
    session.server("500 Command unknown").fin("S")


def ftp_named_smtp(session):
    """A mail server on a host that is called ftp, and says nothing of mail."""
    session.server("220 ftp.example.net ready").client("EHLO client.example.org")
    session.server("250 ftp.example.net").quit()


def unknown_words(session):
    """Words that no command is, but no other protocol either."""
    session.server("220 mx.example.net ESMTP").client("HALLO mx", "GETTING / nowhere")
    session.server("500 Command unknown", "500 Command unknown").quit()


def after_proxy_header(session):
    """A PROXY header of version 2 before the client's EHLO."""
    header = b"\r\n\r\n\0\r\nQUIT\n" + bytes.fromhex("2111000cc6336401cb007119c0000019")
    session.raw("C", header).hello().quit()


def tls_both(session):
    """TLS from the first octet, as on port 465."""
    session.raw("C", bytes.fromhex("16030100050100000103"))
    session.raw("S", bytes.fromhex("16030300050200000103")).fin("S")


def plain_mail(session):
    """Mail."""
    session.hello().mail().quit()


def lmtp_mail(session):
    """LMTP, which has no port of its own."""
    session.server("220 mx.example.net LMTP").client("LHLO client.example.org")
    session.server("250 mx.example.net").quit()


def told_by_client(session):
    """A greeting that names nothing; the client's EHLO does."""
    session.server("220 mx.example.net").client("EHLO client.example.org")
    session.server("250 mx.example.net").quit()


def on(port, *scripts):
    """Worlds of these scripts, on a port."""
    return [world_of(script, port=port) for script in scripts]


# HS-405 and HS-406: replies.

def challenge_free_354(session):
    """354 to RCPT."""
    session.hello().client("MAIL FROM:<alice@example.org>").server("250 Ok")
    session.client("RCPT TO:<bob@example.net>").server("354 Go on").client("RSET")
    session.server("250 Ok").quit()


def codes_differ(session):
    """One reply, two codes."""
    session.hello().client("NOOP").server("250-one", "251 two").quit()


def no_code(session):
    """A line without a code between replies."""
    session.hello().client("NOOP").server("hello there").server("250 Ok").quit()


def data_250(session):
    """250 to DATA."""
    session.hello().client("MAIL FROM:<alice@example.org>").server("250 Ok")
    session.client("RCPT TO:<bob@example.net>").server("250 Ok").client("DATA").server("250 Ok")
    session.client("RSET").server("250 Ok").quit()


def unusual_codes(session):
    """Odd, but within 2xx to 5xx; XEXCH50 has a 354 of its own."""
    session.hello("XEXCH50").client("HELP").server("214-one", "214 two")
    session.client("NOOP").server("299 Ok").client("XEXCH50 10 2").server("354 Send binary data")
    session.quit()


def cut_reply(session):
    """A reply whose beginning was not captured."""
    session.hello().client("NOOP").lose("S", 10).raw("S", b"the rest of it\r\n250 Ok\r\n")
    session.quit()


def reply_to_nothing(session):
    """A 250 out of the blue."""
    session.hello().server("250 Ok").client("NOOP").server("250 Ok").quit()


def reply_to_lost(session):
    """Its command was not captured."""
    session.hello().lose("C", 6).server("250 Ok").client("NOOP").server("250 Ok").quit()


def goodbye(session):
    """421 has a rule of its own."""
    session.hello().wait(300).server("421 Timeout").fin("S")


# HS-407 and HS-408: lines.

def to_data(session, *capabilities):
    """As far as the 354."""
    session.hello(*capabilities).client("MAIL FROM:<alice@example.org>").server("250 Ok")
    session.client("RCPT TO:<bob@example.net>").server("250 Ok").client("DATA")
    return session.server("354 Go on")


def long_command(session):
    """A NOOP of 600 octets."""
    session.hello().client("NOOP " + "x" * 593).server("250 Ok").quit()


def long_mail(session, *capabilities):
    """A MAIL of 530 octets."""
    line = "MAIL FROM:<alice@example.org>"
    session.hello(*capabilities).client(line + " " * (528 - len(line))).server("250 Ok").quit()


def long_mail_with_size(session):
    """SIZE allows MAIL 26 octets more."""
    long_mail(session, "SIZE 1000000")


def long_rcpt_with_dsn(session):
    """DSN allows RCPT 500 octets more."""
    line = "RCPT TO:<bob@example.net> ORCPT=rfc822;" + "b" * 940
    session.hello("DSN").client("MAIL FROM:<alice@example.org>").server("250 Ok")
    session.client(line).server("250 Ok").client("RSET").server("250 Ok").quit()


def long_auth(session):
    """AUTH may have 12,288 octets."""
    session.hello("AUTH GSSAPI").client("AUTH GSSAPI " + "YIIF" * 500).server("535 5.7.8 No").quit()


def long_reply(session):
    """A reply line of 600 octets."""
    session.hello().client("NOOP").server("250 " + "x" * 594).quit()


def content_line(session, octets, pieces):
    """A line of content, in so many segments, between others."""
    line = b"y" * octets + b"\r\n"
    content = b"Subject: x\r\n\r\n" + b"short\r\n" * 300 + line + b"short\r\n" * 300
    to_data(session)
    size = -(-len(content) // pieces)
    for at in range(0, len(content), size):
        session.raw("C", content[at:at + size])
    session.client(".").server("250 Ok").quit()


def content_999_whole(session):
    """One octet too many, in one segment."""
    content_line(session, 999, 1)


def content_999_cut(session):
    """The same in many."""
    content_line(session, 999, 37)


def content_998_whole(session):
    """As long as allowed."""
    content_line(session, 998, 1)


def content_998_cut(session):
    """The same in many."""
    content_line(session, 998, 37)


def binary_chunk(session):
    """BDAT has no lines."""
    session.hello("CHUNKING", "BINARYMIME").client("MAIL FROM:<alice@example.org>").server("250 Ok")
    session.client("RCPT TO:<bob@example.net>").server("250 Ok")
    session.raw("C", b"BDAT 3000 LAST\r\n" + b"\0\x80" * 1500).server("250 Ok").quit()


def bare_lf_command(session):
    """NOOP, LF."""
    session.hello().raw("C", b"NOOP\n").server("250 Ok").quit()


def bare_cr_reply(session):
    """A CR in a reply."""
    session.hello().client("NOOP").raw("S", b"250 a\rb\r\n").quit()


def nul_command(session):
    """A NUL in an address."""
    session.hello().raw("C", b"MAIL FROM:<a\0b@example.org>\r\n").server("501 No").quit()


def utf8_command(session, *capabilities):
    """UTF-8 in an address."""
    session.hello(*capabilities).raw("C", "MAIL FROM:<jörg@example.org>\r\n".encode())
    session.server("250 Ok").quit()


def utf8_offered(session):
    """The same where it was offered."""
    utf8_command(session, "SMTPUTF8")


def odd_content(session):
    """Content may hold bare LF, NUL and octets over 127."""
    to_data(session, "8BITMIME").raw("C", b"a\nb\0c\xe9\rd\r\n.\r\n").server("250 Ok").quit()


# HS-409 and HS-410: order, unknown commands.

def rcpt_first(session):
    """RCPT before MAIL."""
    session.hello().client("RCPT TO:<bob@example.net>").server("503 5.5.1 MAIL first").quit()


def rcpt_first_accepted(session):
    """The same, and the server takes it."""
    session.hello().client("RCPT TO:<bob@example.net>").server("250 Ok").quit()


def nested_mail(session):
    """MAIL in a transaction."""
    session.hello().client("MAIL FROM:<a@example.org>").server("250 Ok")
    session.client("MAIL FROM:<b@example.org>").server("503 5.5.1 nested MAIL").quit()


def data_without_recipient(session, pipelined, reply="503 5.5.1 No valid recipients"):
    """RCPT is refused; DATA came with it, or after the client had heard of it."""
    session.hello("PIPELINING").client("MAIL FROM:<alice@example.org>").server("250 Ok")
    if pipelined:
        session.client("RCPT TO:<x@example.net>", "DATA").server("550 5.1.1 No", reply)
    else:
        session.client("RCPT TO:<x@example.net>").server("550 5.1.1 No")
        session.client("DATA").server(reply)
    return session


def data_heedless(session):
    """The client knew."""
    data_without_recipient(session, False).quit()


def data_heedless_accepted(session):
    """The client knew, and the server takes the message."""
    data_without_recipient(session, False, "354 Go on").client("x", ".").server("250 Ok").quit()


def data_pipelined(session):
    """The client could not know."""
    data_without_recipient(session, True).quit()


def data_pipelined_354(session):
    """The client could not know, and ends what it was asked for (RFC 2920 section 3.1)."""
    data_without_recipient(session, True, "354 Go on").client(".").server("554 5.5.1 No").quit()


def mail_after_reset(session):
    """RSET, and an EHLO, end a transaction."""
    session.hello("PIPELINING").client("MAIL FROM:<a@example.org>").server("250 Ok")
    session.client("RSET", "MAIL FROM:<b@example.org>").server("250 Ok", "250 Ok")
    session.client("EHLO client.example.org").server("250 PIPELINING").mail().mail().quit()


def unknown(session, count):
    """Commands that the server does not know."""
    session.hello()
    for _ in range(count):
        session.client("BOGUS").server("500 5.5.2 Unknown")
    session.quit()


def five_unknown(session):
    """Five."""
    unknown(session, 5)


def four_unknown(session):
    """Four."""
    unknown(session, 4)


# HS-411 to HS-413.

def to_bdat(session, *capabilities):
    """As far as BDAT."""
    session.hello("CHUNKING", *capabilities).client("MAIL FROM:<alice@example.org>").server("250 Ok")
    return session.client("RCPT TO:<bob@example.net>").server("250 Ok")


def bdat_negative(session):
    """No number."""
    to_bdat(session).client("BDAT -1 LAST").server("501 No").quit()


def bdat_huge(session):
    """Over 2^63."""
    to_bdat(session).client("BDAT 9223372036854775808 LAST").server("501 No").quit()


def bdat_over_size(session):
    """More than the server takes."""
    to_bdat(session, "SIZE 1000").raw("C", b"BDAT 1001 LAST\r\n" + b"x" * 1001)
    session.server("552 5.3.4 Too big").quit()


def bdat_then_data(session):
    """Both in one transaction."""
    to_bdat(session).client("BDAT 3").raw("C", b"a\r\n").server("250 Ok").client("DATA")
    session.server("503 No").quit()


def bdat_in_order(session):
    """As RFC 3030 has it."""
    to_bdat(session, "SIZE 1000").raw("C", b"BDAT 997\r\n" + b"x" * 997).server("250 Ok")
    session.raw("C", b"bdat 3 last\r\na\r\n").server("250 Ok").mail().quit()


def sized(session, declared, octets, reply="250 Ok", limit=100000):
    """Content of so many octets."""
    session.hello(f"SIZE {limit}")
    session.client(f"MAIL FROM:<alice@example.org> SIZE={declared}").server("250 Ok")
    session.client("RCPT TO:<bob@example.net>").server("250 Ok").client("DATA").server("354 Go on")
    lines, rest = divmod(octets, 50)
    session.raw("C", (b"x" * 48 + b"\r\n") * lines + (b"x" * (rest - 2) + b"\r\n" if rest else b""))
    session.client(".").server(reply).quit()


def far_over_declared(session):
    """100 declared, 5,000 sent."""
    sized(session, 100, 5000)


def over_offered(session):
    """1,050 sent where 1,000 is the limit."""
    sized(session, 900, 1050, limit=1000)


def over_offered_refused(session):
    """The same, and refused."""
    sized(session, 900, 1050, "552 5.3.4 Too big", limit=1000)


def little_over_declared(session):
    """The client had estimated."""
    sized(session, 20000, 21900)


def as_declared(session):
    """Just as many."""
    sized(session, 5000, 5000)


def debug(session):
    """A command of 1988."""
    session.hello().client("DEBUG").server("500 5.5.1 Unknown").quit()


def xclient_probe(session):
    """Who may not use it tries it."""
    session.hello("XCLIENT ADDR").client("XCLIENT ADDR=127.0.0.1").server("550 5.7.0 No").quit()


def xforward_inside(session):
    """A mail server hands a message to its content filter."""
    session.hello("XFORWARD NAME ADDR").client("XFORWARD ADDR=198.51.100.77").server("250 Ok")
    session.mail().quit()


# HS-414 and HS-415.

def sender(address, parameters=""):
    """A MAIL with this address."""
    def script(session):
        session.hello("AUTH PLAIN").client(f"MAIL FROM:<{address}>{parameters}").server("250 Ok")
        session.client("RSET").server("250 Ok").quit()
    script.__name__ = f"sender {address}{parameters}"
    return world_of(script)


def recipient(address):
    """A RCPT with this address, refused."""
    def script(session):
        session.hello().mail(recipients=(address,), refuse={address: "550 5.1.1 No"}).quit()
    script.__name__ = f"recipient {address}"
    return world_of(script)


def exim_attack(session):
    """RCPT outside a transaction, refused."""
    session.hello().client("RCPT TO:<${run{\\x2Fbin\\x2Fid}}@localhost>").server("503 No").quit()


def link_state(session):
    """An X-LINK2STATE chunk."""
    session.hello("X-LINK2STATE").client("X-LINK2STATE FIRST CHUNK={0000006d} MULTI (5) ({0})")
    session.server("200 Ok").quit()


ATTACKS = [sender(";for i in 0 1 2;do read r;done;sh;exit 0;"), sender("${jndi:ldap://x/a}@x"),
           sender("a@example.org", " AUTH=Raven+0AReyna"), sender("a@example.org", " AUTH=a+0"),
          sender("a@example.org", " AUTH=Raven+0aReyna"), sender("a@example.org", " AUTH=a+7f"),
          sender("a@example.org", " AUTH=a+"), sender("C=US;id;S=Doe;"), sender(";C=US;S=Doe;"),
           sender("() { :;}; id@x"), recipient("${run{/bin/id}}@example.net"),
           recipient('root+:"|touch /tmp/x"@example.net'), recipient("|/bin/id"),
           recipient("$(id)@example.net"), recipient("`id`@example.net"),
           recipient("../../../../etc/x@example.net"), world_of(exim_attack), world_of(link_state)]
NO_ATTACKS = [sender("o'brien+tag=x@example.org"), sender("bounce/2024/$x{a}|b`c@example.org"),
              sender("a@example.org", " AUTH=<>"), sender("e@example.org", " AUTH=e+3Dmc2@x.org"),
              sender("a@example.org", " AUTH="), sender("a@example.org", " AUTH"),
              sender("a@example.org", " AUTH=e+3dmc2@x.org"), sender("a@example.org", " AUTH=a=b@x"),
              sender("a@example.org", " AUTH=a+tag@x.org"), recipient("$(unclosed@example.net"),
              recipient("C=US;A= ;P=Example;O=Mail;S=Doe;G=John;"),
              recipient("c=de; dda:SMTP=doe(a)example.net; p=x"),
              sender("${user}@example.org"), recipient("alice;bob@example.net"),
              recipient("/S=Bob/O=Example/@example.net"), recipient("a..b@example.net"),
              "postfix-smtputf8.pcap", "postfix-vrfy-expn-etrn.pcap"]


def again(octets):
    """A command is sent twice, the second time as these octets."""
    def make():
        world = World()
        session = world.session().hello()
        session.raw("C", b"NOOP one\r\n")
        session.lose("C", -10).raw("C", octets)
        session.server("250 Ok").quit()
        return world
    make.__name__ = f"again {octets}"
    return make


def doubtful(script):
    """The same dialogue in a stream of which one octet was sent as two different ones."""
    def make():
        world = World()
        session = world.session()
        script(session)
        sent = session.next["C"]
        session.lose("C", -20).raw("C", b"?" * 10)
        session.next["C"] = sent
        return world
    make.__name__ = f"doubtful {script.__name__}"
    return make


def keep_alive():
    """A probe repeats the last octet, as garbage."""
    world = World()
    session = world.session().hello()
    session.client("NOOP").server("250 Ok").wait(60)
    session.lose("C", -1).raw("C", b"\0")
    session.quit()
    return world


PAIRS = {
    "HS-401": ([*map(world_of, (early_ehlo, early_after_half, early_after_proxy)),
                "abuse-early-talker.pcap", "postfix-postscreen-early-talker.pcap"],
               [*map(world_of, (prompt_after_proxy, early_or_lost, early_offered, batch_offered)),
                (lambda: one(early_ehlo, side="C"), []), (lambda: one(early_ehlo, side="S"), []),
                "exim-pipeconnect.pcap", "proxy-v1-postfix.pcap", "proxy-v2-tlv-postfix.pcap",
                "tls-exim-smtps.pcap", "wire-midstream.pcap", "wire-client-side-only.pcap", doubtful(early_ehlo)]),
    "HS-402": ([*map(world_of, (behind_ehlo, behind_noop, batch_unoffered, content_unasked)),
                "opensmtpd-quit-behind-dot.pcap"],
               [*map(world_of, (batch_offered, early_offered)), "exim-pipeconnect.pcap",
                "exim-pipelining.pcap", "postfix-quit-behind-dot.pcap", "lmtp-postfix.pcap",
                "postfix-chunking.pcap", "wire-client-side-only.pcap", "postfix-starttls.pcap", doubtful(batch_unoffered)]),
    "HS-403": ([*map(world_of, (http_to_smtp, http_early, http_both, ssh_both, ftp_both,
                                tls_to_smtp, tls_both)),
                "abuse-not-smtp.pcap", "postfix-http-get.pcap"],
               [*map(world_of, (plain_mail, ftp_named_smtp, unknown_words, after_proxy_header)),
                *on(465, tls_both, plain_mail), *on(587, tls_both), *on(8080, http_both, ssh_both),
                *on(2121, ftp_both), "tls-postfix-smtps.pcap", "postfix-postscreen-early-talker.pcap",
                "exim-pipeconnect.pcap"]),
    "HS-404": ([*on(2500, plain_mail, told_by_client, ftp_named_smtp), "wire-port-10025.pcap"],
               [world_of(plain_mail), *on(587, plain_mail), *on(2525, plain_mail),
                *on(24, lmtp_mail), *on(2500, http_both, ssh_both, ftp_both),
                ("wire-port-10025.pcap", ["--ports", "25,10025"]),
                ("wire-port-10025.pcap", ["--only-ports"])]),
    "HS-405": (list(map(world_of, (challenge_free_354, codes_differ, no_code, data_250))),
               [*map(world_of, (unusual_codes, cut_reply)), "tls-cleartext-after-220.pcap",
                "exim-too-many-errors.pcap", "wire-server-side-only.pcap", "wire-snaplen.pcap", doubtful(no_code)]),
    "HS-406": ([world_of(reply_to_nothing)],
               [*map(world_of, (reply_to_lost, goodbye)), "exim-idle-in-auth.pcap",
                "exim-fin-without-quit.pcap", "abuse-smuggling-accepted.pcap", "lmtp-mixed.pcap",
                "wire-server-side-only.pcap", doubtful(reply_to_nothing)]),
    "HS-407": (list(map(world_of, (long_command, long_mail, long_reply, content_999_whole,
                                   content_999_cut))),
               list(map(world_of, (long_mail_with_size, long_rcpt_with_dsn, long_auth,
                                   content_998_whole, content_998_cut, binary_chunk)))),
    "HS-408": ([*map(world_of, (bare_lf_command, bare_cr_reply, nul_command, utf8_command)),
                "postfix-bare-lf.pcap"],
               [*map(world_of, (utf8_offered, odd_content)), "postfix-smtputf8.pcap",
                "postfix-dsn-8bitmime.pcap", "tls-cleartext-after-220.pcap"]),
    "HS-409": ([*map(world_of, (rcpt_first, rcpt_first_accepted, nested_mail, data_heedless,
                                data_heedless_accepted)), "postfix-out-of-order.pcap"],
               [*map(world_of, (data_pipelined, data_pipelined_354, mail_after_reset)),
                "exim-pipelining.pcap", "postfix-several.pcap", "postfix-rcpt-rejected.pcap",
                "wire-midstream.pcap"]),
    "HS-410": ([world_of(five_unknown), (world_of(four_unknown), ["--set", "HS-410.commands=4"])],
               [world_of(four_unknown), "opensmtpd-errors.pcap"]),
    "HS-411": (list(map(world_of, (bdat_negative, bdat_huge, bdat_over_size, bdat_then_data))),
               [world_of(bdat_in_order), "postfix-bdat-chunks.pcap", "exim-chunking.pcap"]),
    "HS-412": (list(map(world_of, (far_over_declared, over_offered))),
               [*map(world_of, (over_offered_refused, little_over_declared, as_declared)),
                "postfix-too-big.pcap"]),
    "HS-413": ([*map(world_of, (debug, xclient_probe)), "postfix-xclient-refused.pcap"],
               [lambda: one(xforward_inside, client="10.1.2.3"),
                ("postfix-xclient.pcap", ["--allow", "HS-413=192.0.2.0/24"]),
                "postfix-vrfy-expn-etrn.pcap"]),
    "HS-414": (ATTACKS, NO_ATTACKS),
    "HS-415": ([again(b"NOOP two\r\n")],
               [again(b"NOOP one\r\n"), keep_alive, "wire-ipv6.pcap"]),
}

EVIDENCE = [
    ("HS-401", world_of(early_ehlo), {"verb": "EHLO"}),
    ("HS-402", world_of(behind_ehlo), {"reason": "behind_last_of_group", "behind": "EHLO"}),
    ("HS-402", world_of(batch_unoffered), {"reason": "not_offered", "verb": "RCPT"}),
    ("HS-402", world_of(content_unasked), {"verb": "*DATA*", "behind": "DATA"}),
    ("HS-403", world_of(http_to_smtp), {"protocol": "http", "server": "smtp"}),
    ("HS-403", world_of(http_early), {"protocol": "http", "server": "smtp"}),
    ("HS-403", world_of(http_both), {"protocol": "http", "server": "other"}),
    ("HS-403", world_of(ssh_both), {"protocol": "ssh", "server": "other"}),
    ("HS-403", world_of(ftp_both), {"protocol": "ftp_control", "server": "other"}),
    ("HS-403", world_of(tls_to_smtp), {"protocol": "tls", "server": "smtp"}),
    ("HS-404", world_of(plain_mail, port=2500), {"port": 2500}),
    ("HS-405", world_of(no_code), {"reason": "no_code", "line": "hello there"}),
    ("HS-405", world_of(codes_differ), {"reason": "codes_differ"}),
    ("HS-405", world_of(data_250), {"reason": "wrong_class", "verb": "DATA", "reply_code": 250}),
    ("HS-406", world_of(reply_to_nothing), {"reply_code": 250, "state": "ready"}),
    ("HS-407", world_of(long_mail), {"line": "command", "octets": 530, "allowed_octets": 512}),
    ("HS-407", world_of(long_reply), {"line": "reply", "octets": 600}),
    ("HS-407", world_of(content_999_cut), {"line": "content", "content_offset": 2114}),
    ("HS-408", world_of(nul_command), {"reason": "nul", "verb": "MAIL"}),
    ("HS-408", world_of(utf8_command), {"reason": "eight_bit"}),
    ("HS-409", world_of(rcpt_first_accepted), {"reason": "no_mail", "accepted": True}),
    ("HS-409", world_of(nested_mail), {"reason": "nested_mail", "accepted": False}),
    ("HS-409", world_of(data_heedless_accepted), {"reason": "no_recipient", "accepted": True}),
    ("HS-411", world_of(bdat_huge), {"reason": "too_big"}),
    ("HS-411", world_of(bdat_negative), {"reason": "no_size", "argument": "-1 LAST"}),
    ("HS-411", world_of(bdat_over_size), {"reason": "over_offered_size", "octets": 1001}),
    ("HS-411", world_of(bdat_then_data), {"reason": "mixed_with_data", "verb": "DATA"}),
    ("HS-412", world_of(far_over_declared), {"reason": "over_declared", "octets": 5000}),
    ("HS-412", world_of(over_offered), {"reason": "over_offered", "offered_octets": 1000}),
    ("HS-413", world_of(debug), {"verb": "DEBUG", "reply_code": 500}),
    ("HS-414", ATTACKS[0], {"cve": "CVE-2020-7247", "where": "sender"}),
    ("HS-414", ATTACKS[1], {"cve": "CVE-2021-44228"}),
    ("HS-414", ATTACKS[2], {"cve": "CVE-2020-28021", "text": "Raven+0AReyna"}),
    ("HS-414", ATTACKS[10], {"cve": "CVE-2019-10149", "where": "recipient"}),
    ("HS-414", ATTACKS[11], {"cve": "CVE-2010-1132"}),
    ("HS-414", ATTACKS[16], {"cve": "CVE-2019-10149", "where": "recipient"}),
    ("HS-414", ATTACKS[17], {"cve": "CVE-2005-0560"}),
    ("HS-415", again(b"NOOP two\r\n"), {"side": "client"}),
]
