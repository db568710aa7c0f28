"""Captures made of scripted dialogues: several sessions, each with its own clock, in one pcap."""

import base64
import ipaddress
import struct

ETHERNET = bytes.fromhex("020000000002020000000001")
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
EPOCH = 1_700_000_000
STEP = 0.001


def plain(user, password):
    """The initial response of AUTH PLAIN."""
    return base64.b64encode(f"\0{user}\0{password}".encode()).decode()


def b64(text):
    """Base64 of a text."""
    return base64.b64encode(text.encode()).decode()


class Session:
    """One connection; what is said goes on where the last word ended, a millisecond later."""

    def __init__(self, world, client, server, at, port, client_port, side=None):
        self.world = world
        self.ends = {"C": (ipaddress.ip_address(client), client_port),
                     "S": (ipaddress.ip_address(server), port)}
        self.next = {"C": 1000, "S": 5000}
        self.time = at
        self.only = side
        self._send("C", SYN)
        self._send("S", SYN | ACK)
        self._send("C", ACK)

    def _send(self, side, flags, data=b"", acknowledge=True):
        other = "S" if side == "C" else "C"
        if self.only in (None, side):
            ack = self.next[other] if flags & ACK and acknowledge else 0
            self.world.packets.append((self.time, len(self.world.packets),
                                       frame(self.ends[side], self.ends[other], self.next[side],
                                             ack, flags, data)))
        self.next[side] += len(data) + (1 if flags & (SYN | FIN) else 0)
        self.time += STEP

    def say(self, side, *lines):
        """Sends lines, each with CRLF, in one segment."""
        return self.raw(side, "".join(line + "\r\n" for line in lines).encode())

    def raw(self, side, data):
        """Sends octets in one segment."""
        self._send(side, PSH | ACK, data)
        return self

    def lose(self, side, count):
        """Octets that are never captured."""
        self.next[side] += count
        return self

    def client(self, *lines):
        """The client says."""
        return self.say("C", *lines)

    def server(self, *lines):
        """The server says."""
        return self.say("S", *lines)

    def wait(self, seconds):
        """Silence."""
        self.time += seconds
        return self

    def fin(self, side):
        """One side closes, the other follows."""
        self._send(side, FIN | ACK)
        self._send("S" if side == "C" else "C", FIN | ACK)
        self._send(side, ACK)
        return self

    def rst(self, side):
        """One side resets."""
        self._send(side, RST | ACK)
        return self

    # What most dialogues have in common.

    def hello(self, *capabilities):
        """Greeting and EHLO."""
        self.server("220 mx.example.net ESMTP").client("EHLO client.example.org")
        words = ["mx.example.net", *capabilities]
        lines = [f"250-{word}" for word in words[:-1]] + [f"250 {words[-1]}"]
        return self.server(*lines)

    def quit(self):
        """QUIT, 221, and the close."""
        return self.client("QUIT").server("221 2.0.0 Bye").fin("S")

    def login(self, user, password, good=False, refusal="535 5.7.8 Authentication failed"):
        """One AUTH PLAIN."""
        self.client(f"AUTH PLAIN {plain(user, password)}")
        return self.server("235 2.7.0 Ok" if good else refusal)

    def mail(self, sender="alice@example.org", recipients=("bob@example.net",), refuse=None):
        """A transaction; refuse: {recipient: reply}. Without an accepted one it ends in RSET."""
        refuse = refuse or {}
        self.client(f"MAIL FROM:<{sender}>").server("250 2.1.0 Ok")
        for recipient in recipients:
            self.client(f"RCPT TO:<{recipient}>")
            self.server(refuse.get(recipient, "250 2.1.5 Ok"))
        if all(recipient in refuse for recipient in recipients):
            return self.client("RSET").server("250 2.0.0 Ok")
        self.client("DATA").server("354 Go on")
        self.client("Subject: hello", "", "Hello.", ".")
        return self.server("250 2.0.0 Ok: queued as 4QxYz01")


class World:
    """What the capture point sees."""

    def __init__(self):
        self.packets = []
        self.ports = 40000

    def session(self, client="198.51.100.10", at=0.0, server="203.0.113.25", port=25, side=None):
        """A new connection; times are seconds from the capture's beginning."""
        self.ports = 40000 + (self.ports + 1 - 40000) % 20000
        return Session(self, client, server, at, port, self.ports, side)

    def pcaps(self, parts=1):
        """The capture as so many files, in order."""
        packets = sorted(self.packets)
        size = -(-len(packets) // parts)
        return [pcap(packets[at:at + size]) for at in range(0, len(packets), size)]


def frame(source, destination, seq, ack, flags, data):
    """An Ethernet frame; checksums are left out, as offloading leaves them."""
    tcp = struct.pack("!HHIIBBHHH", source[1], destination[1], seq, ack, 5 << 4, flags, 64000, 0, 0)
    payload = tcp + data
    if source[0].version == 4:
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, 6, 0,
                             source[0].packed, destination[0].packed)
        return ETHERNET + b"\x08\x00" + header + payload
    header = struct.pack("!IHBB16s16s", 6 << 28, len(payload), 6, 64, source[0].packed,
                         destination[0].packed)
    return ETHERNET + b"\x86\xdd" + header + payload


def pcap(packets):
    """A pcap file's octets."""
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)]
    for time, _, octets in packets:
        micros = round((EPOCH + time) * 1_000_000)
        out.append(struct.pack("<IIII", micros // 1_000_000, micros % 1_000_000, len(octets),
                               len(octets)))
        out.append(octets)
    return b"".join(out)
