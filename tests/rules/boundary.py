"""HS-5xx: look-alikes of the end of content, and what is none."""

from rules.dialogue import World
from rules.protocol import to_data, world_of

LOOK_ALIKES = [b"\n.\n", b"\n.\r", b"\r.\n", b"\r.\r", b"\n.\r\n", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r",
               b"\r\n\0.\r\n", b"\r\n.\0\r\n", b"\r\n.\r\r\n", b"\r\r\n.\r\r\n"]
SMUGGLED = (b"mail from:<admin@example.org>\r\nRCPT TO:<bob@example.net>\r\nDATA\r\n"
            b"Subject: smuggled\r\n\r\nx")


def content(octets, replies=("250 Ok",), cut=0):
    """One message with these octets in its content; cut: in pieces of so many octets."""
    def script(session):
        to_data(session)
        whole = b"Subject: x\r\n\r\ntext" + octets + b"\r\n.\r\n"
        size = cut or len(whole)
        for at in range(0, len(whole), size):
            session.raw("C", whole[at:at + size])
        session.server(*replies).quit()
    script.__name__ = f"content {octets[:40]}{f' by {cut}' if cut else ''} {len(replies)}"
    return world_of(script)


def cut_everywhere(looks, around=(b"text", b"more text")):
    """A session for every place between two octets of these and their neighbours, where TCP cuts."""
    world = World()
    for look in looks:
        before = b"Subject: x\r\n\r\n" + around[0]
        for at in range(len(before) - 1, len(before) + len(look) + 2):
            whole = before + look + around[1] + b"\r\n.\r\n"
            session = to_data(world.session(at=len(world.packets)))
            session.raw("C", whole[:at]).raw("C", whole[at:]).server("250 Ok").quit()
    return world


def look_alikes_everywhere():
    """All of them, in all cuts: (len + 3) for each."""
    return cut_everywhere(LOOK_ALIKES)


def look_alikes_followed_everywhere():
    """The same with commands behind."""
    return cut_everywhere(LOOK_ALIKES, (b"text", SMUGGLED))


def honest_everywhere():
    """Dot-stuffed lines, dots amid text, bare line breaks, and the ordinary end, in all cuts."""
    return cut_everywhere([b"\r\n..\r\n", b"\r\n...\r\n", b"\r\n..", b"\n..\n", b".", b"\r.x\n", b"\n x.\n",
                           b"\r\n..\r\n..\r\n", b"", b"\r\n", b"\r\n\r\n"], (b"text", b""))


def binary_everywhere():
    """Look-alikes in BDAT, in all cuts."""
    world = World()
    for look in LOOK_ALIKES:
        octets = b"text" + look + SMUGGLED
        for at in range(3, 6 + len(look)):
            session = world.session(at=len(world.packets)).hello("CHUNKING")
            session.client("MAIL FROM:<alice@example.org>").server("250 Ok")
            session.client("RCPT TO:<bob@example.net>").server("250 Ok")
            session.raw("C", b"BDAT %d LAST\r\n" % len(octets) + octets[:at]).raw("C", octets[at:])
            session.server("250 Ok").quit()
    return world


def slow_taken(session):
    """The server answers at the look-alike, while the client, who has not heard it, sends on."""
    to_data(session).raw("C", b"Subject: x\r\n\r\ntext\n.\n")
    said = session.next["S"]
    session.server("250 Ok: queued")
    session.next["S"], after = said, session.next["S"]
    session.raw("C", SMUGGLED + b"\r\n.\r\n")
    session.next["S"] = after
    session.server("250 Ok", "250 Ok", "354 Go on", "250 Ok").quit()


def own_end(session):
    """A client that ends all its lines with LF, its content too."""
    session.server("220 mx.example.net ESMTP").raw("C", b"EHLO client.example.org\n")
    session.server("250 mx.example.net").raw("C", b"MAIL FROM:<alice@example.org>\n")
    session.server("250 Ok").raw("C", b"RCPT TO:<bob@example.net>\n").server("250 Ok")
    session.raw("C", b"DATA\n").server("354 Go on").raw("C", b"Subject: x\n\nx\n.\n")
    session.server("250 Ok").raw("C", b"QUIT\n").server("221 Bye").fin("S")


def own_end_pipelined(session):
    """The same client sends its QUIT and another message behind it, without waiting."""
    session.server("220 mx.example.net ESMTP").raw("C", b"EHLO client.example.org\n")
    session.server("250 mx.example.net").raw("C", b"MAIL FROM:<alice@example.org>\n")
    session.server("250 Ok").raw("C", b"RCPT TO:<bob@example.net>\n").server("250 Ok")
    session.raw("C", b"DATA\n").server("354 Go on")
    session.raw("C", b"Subject: x\n\nx\n.\nMAIL FROM:<alice@example.org>\nRSET\nQUIT\n")
    session.server("250 Ok", "250 Ok", "250 Ok", "221 Bye").fin("S")


def binary_chunk(session):
    """What is in BDAT ends nothing."""
    octets = b"\n.\n".join([b"a", SMUGGLED, b"b"])
    session.hello("CHUNKING").client("MAIL FROM:<alice@example.org>").server("250 Ok")
    session.client("RCPT TO:<bob@example.net>").server("250 Ok")
    session.raw("C", b"BDAT %d LAST\r\n" % len(octets) + octets).server("250 Ok").quit()


ACCEPTED = ("250 Ok", "250 Ok", "250 Ok", "354 Go on", "250 Ok")
HARMLESS = [content(b"\r\n..\r\n..MAIL FROM:<x>"), content(b"\r\nMAIL FROM:<x>\r\nDATA\r\n"),
            content(b"\r\n.x\r\nMAIL FROM:<x>"), content(b"\n..\nMAIL FROM:<x>"),
            content(b"\nMAIL FROM:<x>\n. \n"), content(b"\r\n\r\n", cut=1), content(b""),
            honest_everywhere, binary_everywhere,
            world_of(own_end), world_of(own_end_pipelined), world_of(binary_chunk), "postfix-bare-lf.pcap",
            "postfix-plain.pcap", "exim-several.pcap", "wire-midstream-in-data.pcap",
            "postfix-bdat-chunks.pcap"]
ALONE = [content(look + b"more text", cut=cut) for look in LOOK_ALIKES for cut in (0, 1, 5)]
FOLLOWED = [content(look + SMUGGLED, cut=cut) for look in LOOK_ALIKES for cut in (0, 1, 7)]
TAKEN = [content(look + SMUGGLED, ACCEPTED, cut) for look in LOOK_ALIKES for cut in (0, 3)]

PAIRS = {
    "HS-501": (["abuse-smuggling-accepted.pcap", *ALONE], HARMLESS),
    "HS-502": (["abuse-smuggling-accepted.pcap", "abuse-smuggling-harmless.pcap",
                world_of(slow_taken), *FOLLOWED],
               [*HARMLESS, *ALONE[::3], content(b"\n.\n" + b"EHLOs are MAILed, QUIT\r\nDATAx")]),
    "HS-503": (["abuse-smuggling-accepted.pcap", world_of(slow_taken), *TAKEN],
               ["abuse-smuggling-harmless.pcap", *HARMLESS, *FOLLOWED[::3], *ALONE[::3],
                content(b"\n.\nQUIT", ("250 Ok",))]),
}

EVIDENCE = [
    ("HS-501", ALONE[0], {"command_follows": False}),
    ("HS-502", FOLLOWED[0], {"command_follows": True}),
    ("HS-503", TAKEN[0], {"reply_code": 250}),
    ("HS-503", world_of(slow_taken), {"verb": "MAIL"}),
]

# One for each session: none is missed, whatever the cut.
EVERYWHERE = sum(len(look) + 3 for look in LOOK_ALIKES)
TOLD = [("HS-501", look_alikes_everywhere, [1] * EVERYWHERE),
        ("HS-502", look_alikes_followed_everywhere, [1] * EVERYWHERE)]
