"""Lays captures over each other: the packets of all of them in order of time, as if all had begun when
the first one did.

usage: overlay.py FILE... >all.pcap
"""
import struct
import sys


def packets(data, start):
    """(microseconds since 1970, packet record without its time) of a capture, moved to start."""
    at, shift = 24, None
    while at + 16 <= len(data):
        seconds, fraction, captured, _ = struct.unpack("<IIII", data[at:at + 16])
        time = seconds * 1000000 + fraction
        shift = (start or time) - time if shift is None else shift
        yield time + shift, data[at + 8:at + 16 + captured]
        at += 16 + captured


def main():
    captures, all_packets = [], []
    for path in sys.argv[1:]:
        with open(path, "rb") as file:
            captures.append(file.read())
    for data in captures:
        all_packets += packets(data, all_packets[0][0] if all_packets else None)
    sys.stdout.buffer.write(captures[0][:24])
    for time, rest in sorted(all_packets, key=lambda packet: packet[0]):
        sys.stdout.buffer.write(struct.pack("<II", *divmod(time, 1000000)) + rest)


main()
