"""A switch with one access port (the TAP device access0) and one trunk port (wire0): frames from
the access port leave on the trunk with VLAN tags, and come back without. Not every kernel has the
802.1Q driver; this needs only TAP and packet sockets.

usage: trunk.py ADDRESS TAG...    (outermost tag first; the outer one of two is 802.1ad)
"""
import fcntl
import os
import select
import socket
import struct
import subprocess
import sys

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 2, 0x1000
TPID_CUSTOMER, TPID_SERVICE = 0x8100, 0x88A8


def main():
    address, ids = sys.argv[1], [int(tag) for tag in sys.argv[2:]]
    tpids = [TPID_SERVICE] * (len(ids) - 1) + [TPID_CUSTOMER]
    tags = b"".join(struct.pack("!HH", *tag) for tag in zip(tpids, ids))

    access = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(access, TUNSETIFF, struct.pack("16sH", b"access0", IFF_TAP | IFF_NO_PI))
    subprocess.run(["ip", "link", "set", "access0", "mtu", "1400", "up"], check=True)
    subprocess.run(["ip", "addr", "add", f"{address}/24", "dev", "access0"], check=True)

    # The kernel strips the outer tag before packet sockets see a frame: bind to all protocols,
    # ask for the tag as auxiliary data, and recognise our frames by it.
    trunk = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    trunk.bind(("wire0", 3))
    trunk.setsockopt(263, 8, 1)                       # SOL_PACKET, PACKET_AUXDATA
    while True:
        for ready in select.select([access, trunk], [], [])[0]:
            if ready == access:
                frame = os.read(access, 65536)
                trunk.send(frame[:12] + tags + frame[12:])
                continue
            frame, ancillary, _, sender = trunk.recvmsg(65536, 128)
            if sender[2] == socket.PACKET_OUTGOING:
                continue
            for level, kind, data in ancillary:
                status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", data[:20])
                if (level, kind) == (263, 8) and status & 0x10 and tci & 0xFFF == ids[0]:
                    inner = 4 * (len(ids) - 1)
                    os.write(access, frame[:12] + frame[12 + inner:])


main()
