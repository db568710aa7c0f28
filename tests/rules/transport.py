"""HS-3xx: dialogues in which each rule must speak, and the nearest in which it must not."""

from rules.dialogue import World
from rules.protocol import world_of

HELLO = bytes([1, 0, 0, 43, 3, 3]) + bytes(range(32)) + bytes.fromhex("0000040005002f0100")
MORE = bytes(range(40))


def record(kind, body):
    """A TLS record."""
    return bytes([kind, 3, 3]) + len(body).to_bytes(2, "big") + body


def server_hello(version=3, cipher=0x2F):
    """A ServerHello of TLS 1.version less one, without extensions."""
    body = bytes([3, version]) + bytes(range(32)) + b"\0" + cipher.to_bytes(2, "big") + b"\0"
    return record(22, b"\x02\0\0" + bytes([len(body)]) + body)


def tls(session, version=3, cipher=0x2F):
    """STARTTLS, and a resumed handshake, which needs no certificate."""
    session.hello("STARTTLS").client("STARTTLS").server("220 2.0.0 Ready")
    session.raw("C", record(22, HELLO))
    session.raw("S", server_hello(version, cipher) + record(20, b"\x01") + record(22, MORE))
    session.raw("C", record(20, b"\x01") + record(22, MORE) + record(23, MORE))
    return session.raw("S", record(23, MORE))


# HS-301: STARTTLS kept from the client.

def masked(session):
    """What Cisco's fixup makes of it."""
    session.hello("SIZE", "XXXXXXXA").mail().quit()


def starred(session):
    """Another firewall's way."""
    session.hello("********").mail().quit()


def extension(session):
    """A keyword of the server's own."""
    session.hello("XXL", "XXXX-EXT", "XAAA").mail().quit()


def refused(session):
    """Offered, refused, and the mail goes in clear."""
    session.hello("STARTTLS").client("STARTTLS").server("454 4.7.0 TLS not available")
    session.mail().quit()


def refused_and_gone(session):
    """Nothing goes in clear."""
    session.hello("STARTTLS").client("STARTTLS").server("454 4.7.0 TLS not available").quit()


def two(first, second, apart=60, **where):
    """A world of two sessions, the second perhaps elsewhere."""
    def make():
        world = World()
        first(world.session())
        second(world.session(at=apart, **where))
        return world
    make.__name__ = f"{first.__name__} {second.__name__} {apart} {where}"
    return make


def offers(session):
    """STARTTLS is offered, and not taken."""
    session.hello("STARTTLS").mail().quit()


def offers_not(session):
    """It is not offered."""
    session.hello("SIZE").mail().quit()


def encrypts(session):
    """It is taken."""
    tls(session).fin("C")


def offers_unseen(session):
    """The reply is not whole."""
    session.server("220 mx.example.net ESMTP").client("EHLO client.example.org")
    session.server("250-mx.example.net").lose("S", 14).server("250 SIZE").quit()


# HS-302: octets in front of TLS.

def server_injects(session):
    """A reply behind the 220, in its segment."""
    session.hello("STARTTLS").client("STARTTLS").server("220 2.0.0 Ready", "250 injected")
    session.raw("C", record(22, HELLO)).fin("C")


def client_injects(session):
    """A command behind STARTTLS, in its segment."""
    session.hello("STARTTLS").client("STARTTLS", "RSET").server("220 2.0.0 Ready")
    session.raw("C", record(22, HELLO)).fin("C")


def plain_tap(session):
    """A tap that decrypts: EHLO comes after the 220."""
    session.hello("STARTTLS").client("STARTTLS").server("220 2.0.0 Ready")
    session.client("EHLO client.example.org").server("250 mx.example.net").mail().quit()


# HS-303: no TLS after all.

def closes_at_once(session):
    """The client leaves after the 220."""
    session.hello("STARTTLS").client("STARTTLS").server("220 2.0.0 Ready").fin("C")


def ends_in_capture(session):
    """The capture ends first."""
    session.hello("STARTTLS").client("STARTTLS").server("220 2.0.0 Ready")


def lost_handshake(session):
    """What followed the 220 was not captured."""
    session.hello("STARTTLS").client("STARTTLS").server("220 2.0.0 Ready")
    session.lose("C", 300).lose("S", 3000).fin("C")


# HS-304: no records.

def clear_inside(session):
    """A command in clear after the handshake."""
    tls(session).client("NOOP").fin("C")


def clear_behind_loss(session):
    """The same octets behind a gap may be within a record."""
    tls(session).lose("C", 5).client("NOOP").fin("C")


def records_only(session):
    """Records, an empty one among them."""
    tls(session).raw("C", record(23, b"") + record(21, MORE[:26])).fin("C")


# HS-305: old.

def old(version, cipher=0x2F):
    """A session with this version and cipher."""
    def script(session):
        tls(session, version, cipher).fin("C")
    script.__name__ = f"version 3.{version} cipher {cipher:04x}"
    return world_of(script)


# HS-307: another server.

def other_name(session):
    """Another host greets."""
    session.server("220 mx2.example.net ESMTP").client("EHLO client.example.org")
    session.server("250-mx2.example.net", "250 STARTTLS").mail().quit()


PAIRS = {
    "HS-301": ([world_of(masked), world_of(starred), world_of(refused),
                two(offers, offers_not), two(encrypts, offers_not)],
               [world_of(extension), world_of(refused_and_gone), world_of(offers_not),
                two(offers_not, offers), two(offers, offers_unseen),
                two(offers, offers_not, server="203.0.113.26"),
                two(offers, offers_not, port=587), two(offers, offers_not, apart=90000),
                "postfix-starttls.pcap"]),
    "HS-302": ([world_of(server_injects), world_of(client_injects),
                "abuse-starttls-injection.pcap"],
               [world_of(plain_tap), world_of(encrypts), "postfix-starttls.pcap",
                "exim-starttls.pcap"]),
    "HS-303": ([world_of(closes_at_once), "tls-cleartext-after-220.pcap",
                "tls-client-refuses-certificate.pcap", "opensmtpd-starttls.pcap"],
               [world_of(encrypts), world_of(ends_in_capture), world_of(lost_handshake),
                world_of(plain_tap), "made-auth-scram-plus.pcap",
                ("tls-cleartext-after-220.pcap", ["--set", "HS-303.plaintext=0"]),
                "postfix-starttls.pcap", "tls-postfix-tls12.pcap"]),
    "HS-304": ([world_of(clear_inside)],
               [world_of(clear_behind_loss), world_of(records_only), "postfix-starttls.pcap"]),
    "HS-305": ([old(0), old(1), old(2), old(3, 0x05),
                (old(3), ["--set", "HS-305.minor=3"])],
               [old(3), (old(1), ["--set", "HS-305.minor=0"]), "tls-postfix-tls12.pcap",
                "postfix-starttls.pcap"]),
    "HS-306": (["tls-postfix-tls12.pcap"],
               [("tls-postfix-tls12.pcap", ["--set", "HS-306.self_signed=0"]),
                "postfix-starttls.pcap", world_of(encrypts)]),
    "HS-307": ([two(offers, other_name)],
               [two(offers, offers), two(offers, other_name, server="203.0.113.26"),
                two(offers, other_name, apart=90000)]),
}

EVIDENCE = [
    ("HS-301", world_of(masked), {"how": "masked", "keyword": "XXXXXXXA"}),
    ("HS-301", world_of(refused), {"how": "refused", "reply_code": 454}),
    ("HS-301", two(offers, offers_not), {"how": "not_offered"}),
    ("HS-302", world_of(server_injects), {"side": "server"}),
    ("HS-302", world_of(client_injects), {"side": "client"}),
    ("HS-303", world_of(closes_at_once), {"failure": "closed", "closed_by": "client"}),
    ("HS-303", "tls-client-refuses-certificate.pcap", {"client_alert": 48}),
    ("HS-304", world_of(clear_inside), {"side": "client"}),
    ("HS-305", old(1), {"version": "TLS 1.0", "old_version": True, "weak_cipher": False}),
    ("HS-305", old(3, 0x05), {"cipher": "TLS_RSA_WITH_RC4_128_SHA", "weak_cipher": True}),
    ("HS-306", "tls-postfix-tls12.pcap", {"self_signed": True, "expired": False}),
    ("HS-307", two(offers, other_name), {"changed": "name", "now": "mx2.example.net"}),
]
