"""Puts every frame of an Ethernet capture into a tunnel, as a mirror or a provider's router would:
for the tunnels that a kernel may have no device for. Datagrams too large for the link leave in
fragments.

usage: wrap.py TUNNEL[:ID]... <plain.pcap >tunnel.pcap     (the innermost first)
"""
import struct
import sys

LINK_MTU = 1500
IPV4, IPV6, FRAME, MPLS, PPPOE, VLAN = 0x0800, 0x86DD, 0x6558, 0x8847, 0x8864, 0x8100
UDP, GRE = 17, 47
# A mirror sends from one address to one other; between two routers there are two directions.
ENDS = (bytes([203, 0, 113, 1]), bytes([203, 0, 113, 2]))
MACS = (bytes.fromhex("020000000a01"), bytes.fromhex("020000000a02"))


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Wrapper:
    """The headers of one tunnel, with what they count."""

    def __init__(self, tunnel):
        self.name, _, identifier = tunnel.partition(":")
        self.id = int(identifier or 42)
        self.number = 0            # of the outer datagram
        self.back = False          # the direction of the frame at hand

    def wrap(self, frame, back):
        """The frames that a frame leaves in, which goes to the client if back."""
        self.number += 1
        self.back = back and self.name not in MIRRORS
        return TUNNELS[self.name](self, frame)

    def ends(self, of):
        return (of[1], of[0]) if self.back else (of[0], of[1])

    def ethernet(self, kind, data):
        source, destination = self.ends(MACS)
        return [destination + source + struct.pack("!H", kind) + data]

    def ipv4(self, protocol, data):
        source, destination = self.ends(ENDS)
        step = (LINK_MTU - 20) // 8 * 8 if len(data) + 20 > LINK_MTU else len(data)
        frames = []
        for offset in range(0, len(data), step):
            part = data[offset:offset + step]
            place = offset // 8 | (0x2000 if offset + step < len(data) else 0)
            header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(part), self.number & 0xFFFF,
                                 place, 64, protocol, 0, source, destination)
            header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
            frames += self.ethernet(IPV4, header + part)
        return frames

    def udp(self, port, data):
        return self.ipv4(UDP, struct.pack("!HHHH", 49152, port, 8 + len(data), 0) + data)

    def gre(self, protocol, data, flags=0, options=b""):
        return self.ipv4(GRE, struct.pack("!HH", flags, protocol) + options + data)

    def erspan(self, version, protocol, header, data):
        sequence = struct.pack("!I", self.number)
        return self.gre(protocol, struct.pack("!HH", version << 12, 7) + header + data, 0x1000,
                        sequence)

    def labels(self):
        """A transport label and the service's; each direction has its own."""
        first = 17000 if self.back else 16000
        return struct.pack("!II", first << 12 | 63, (first + 7) << 12 | 0x100 | 63)


# Where only IP goes in, the frame's own Ethernet header is taken off.
TUNNELS = {
    "gre": lambda w, f: w.gre(IPV4, f[14:]),
    "gretap": lambda w, f: w.gre(FRAME, f, 0x2000, struct.pack("!I", 77)),
    "erspan1": lambda w, f: w.gre(0x88BE, f),
    "erspan2": lambda w, f: w.erspan(1, 0x88BE, struct.pack("!I", 3), f),
    "erspan3": lambda w, f: w.erspan(2, 0x22EB, struct.pack("!IHH", w.number * 100, 0, 0x8000), f),
    "erspan3-platform": lambda w, f: w.erspan(
        2, 0x22EB, struct.pack("!IHHII", w.number * 100, 0, 0x8001, 3 << 26, 0), f),
    "geneve": lambda w, f: w.udp(6081, struct.pack("!BBHIHBBI", 2, 0, FRAME, w.id << 8, 0x0102, 1, 1,
                                                   0xCAFE) + f),
    "vxlan-gpe": lambda w, f: w.udp(4790, struct.pack("!BBBBI", 0x0C, 0, 0, 1, w.id << 8) + f[14:]),
    "vxlan": lambda w, f: w.udp(4789, struct.pack("!II", 0x08000000, w.id << 8) + f),
    "ipip": lambda w, f: w.ipv4(4, f[14:]),
    "sit": lambda w, f: w.ipv4(41, f[14:]),
    "mpls": lambda w, f: w.ethernet(MPLS, w.labels() + f[14:]),
    "mpls-pseudowire": lambda w, f: w.ethernet(MPLS, w.labels() + bytes(4) + f),
    "pppoe": lambda w, f: w.ethernet(PPPOE, struct.pack("!HHHH", 0x1100, 17, len(f) - 12, 0x0021)
                                     + f[14:]),
    "vlan": lambda w, f: [f[:12] + struct.pack("!HH", VLAN, w.id) + f[12:]],
}
# One device sends copies of both directions.
MIRRORS = {"gretap", "erspan1", "erspan2", "erspan3", "erspan3-platform", "geneve"}


def main():
    tunnels = [Wrapper(tunnel) for tunnel in sys.argv[1:]]
    source, out = sys.stdin.buffer, sys.stdout.buffer
    out.write(source.read(24))
    client = None
    while True:
        header = source.read(16)
        if len(header) < 16:
            break
        seconds, fraction, captured, _ = struct.unpack("<IIII", header)
        frames = [source.read(captured)]
        client = client or frames[0][6:12]
        back = frames[0][6:12] != client
        for tunnel in tunnels:
            frames = [outer for frame in frames for outer in tunnel.wrap(frame, back)]
        for frame in frames:
            out.write(struct.pack("<IIII", seconds, fraction, len(frame), len(frame)) + frame)


main()
