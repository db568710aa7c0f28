"""Moves the connections of a capture apart, for what takes hours: the n-th connection, counted by its
first SYN, begins OFFSET[n] seconds after the first; within a connection times stay as recorded.

usage: spread.py OFFSET... <recorded.pcap >spread.pcap
An OFFSET may be COUNT*STEP: COUNT connections, each STEP seconds after the one before. Connections
beyond the last OFFSET follow the one before them as they did when recorded.
"""
import struct
import sys


def offsets(words):
    """The offsets in microseconds."""
    out = []
    for word in words:
        count, star, step = word.partition("*")
        if star:
            last = out[-1] if out else 0
            out += [last + int((number + 1) * float(step) * 1e6) for number in range(int(count))]
        else:
            out.append(int(float(word) * 1e6))
    return out


def tuple_of(frame):
    """The two ends of a frame (Ethernet, IPv4, TCP), in an order that both directions share."""
    at = 14 + (frame[14] & 15) * 4
    ends = (frame[26:30] + frame[at:at + 2], frame[30:34] + frame[at + 2:at + 4])
    return tuple(sorted(ends))


def packets(data):
    """(microseconds since 1970, packet record without its time, frame) of a capture."""
    at = 24
    while at + 16 <= len(data):
        seconds, fraction, captured, _ = struct.unpack("<IIII", data[at:at + 16])
        yield seconds * 1000000 + fraction, data[at + 8:at + 16 + captured], data[at + 16:at + 16 + captured]
        at += 16 + captured


def main():
    data = sys.stdin.buffer.read()
    wanted = offsets(sys.argv[1:])
    shifts, moved, base = {}, [], None
    shift = 0
    for time, rest, frame in packets(data):
        base = time if base is None else base
        ends = tuple_of(frame)
        if ends not in shifts:
            number = len(shifts)
            if number < len(wanted):
                shift = base + wanted[number] - time
            shifts[ends] = shift
        moved.append((time + shifts[ends], rest))
    sys.stdout.buffer.write(data[:24])
    for time, rest in sorted(moved, key=lambda packet: packet[0]):
        sys.stdout.buffer.write(struct.pack("<II", *divmod(time, 1000000)) + rest)


main()
