#!/usr/bin/python3
"""Makes inputs for the fuzzers to begin with, out of the test vectors and the captures:
seeds.py FUZZER FOLDER"""

import re
import struct
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
# pylint: disable=wrong-import-position
from check_secrets import packets, segment_at

MECHANISMS = re.compile(r'MECHANISMS\[\] = \{(.*?)\}', re.S)
PLAY = re.compile(r'\{\s*((?:"(?:[^"\\]|\\.)*"\s*)+),\s*"([A-Za-z0-9_-]+)",\s*'
                  r'\{((?:\s*(?:"(?:[^"\\]|\\.)*"\s*)+,?)+)\}')
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
# As in fuzz_sasl.c: CLIENT 1, ENCODE 2, INITIAL 4, GAP 8.
HOW = {"i": 7, "I": 5, "c": 3, "C": 1, "s": 2, "S": 0, "G": 8}
LARGEST = 6000
PAYLOAD = 600
LINKS = {1: 0, 101: 1, 113: 2, 276: 3}


def line_of(line):
    """A line of a vector (see sasl_play.h) as the fuzzer reads it."""
    line = line.replace('\\"', '"').replace("\\\\", "\\")
    kind, _, text = line.partition(" ")
    if kind[1:] == "x":
        octets = bytes.fromhex(text)
    else:
        octets = re.sub(rb"\^(.)", lambda hit: bytes([ord(hit[1]) ^ 64]), text.encode())
    return bytes([HOW[kind[0]]]) + octets.replace(b"\xff", b"\xfe")


def sasl_seeds():
    """A seed for each exchange of the unit tests."""
    source = (ROOT / "tests/fuzz/fuzz_sasl.c").read_text(encoding="utf-8")
    names = LITERAL.findall(MECHANISMS.search(source)[1])
    vectors = (ROOT / "tests/unit/sasl_vectors.h").read_text(encoding="utf-8")
    for _, mechanism, body in PLAY.findall(vectors):
        lines = ["".join(LITERAL.findall(part)) for part in re.split(r',(?=\s*")', body)]
        known = mechanism.upper() if mechanism.upper() in names else names[-1]
        yield bytes([names.index(known)]) + b"\xff".join(map(line_of, filter(None, lines)))


def as_it_stands(path, frames):
    """A capture's first packets as they are."""
    link = struct.unpack("<I", path.read_bytes()[20:24])[0]
    seed = bytes([0, 0, LINKS[link]])
    for frame in frames:
        if len(seed) + len(frame) <= LARGEST:
            seed += struct.pack(">BBH", 128, 1, len(frame)) + frame
    return seed


def as_segments(frames):
    """What a capture's first connection says, for the fuzzer to put headers around."""
    seed, first = bytes(3), None
    for frame in frames:
        places = [at for at in range(max(0, len(frame) - 39)) if segment_at(frame, at)]
        if not places:
            continue
        flow, _, payload = segment_at(frame, places[-1])
        half = len(flow) // 2 - 2
        back = flow[half:2 * half] + flow[:half] + flow[-2:] + flow[-4:-2]
        first = first or flow
        header = (frame[places[-1]] & 15) * 4 if frame[places[-1]] >> 4 == 4 else 40
        flags = frame[places[-1] + header + 13]
        # As in fuzz_capture.c: SERVER 1, SYN 2, FIN 4, RST 8.
        how = (flow != first) | flags & 2 | (flags & 1) << 2 | (flags & 4) << 1
        if first in (flow, back) and (payload or how & 14) and len(seed) < LARGEST:
            seed += struct.pack(">BBH", how, 1, len(payload[:PAYLOAD])) + payload[:PAYLOAD]
    return seed


def capture_seeds():
    """Seeds for each capture: what is said, and for what is in tunnels and such the packets."""
    for path in sorted((ROOT / "pcaps").glob("*.pcap")):
        frames = packets(path)
        yield as_segments(frames)
        if path.name.startswith("made"):
            yield as_it_stands(path, frames)


def main():
    """Writes the seeds of one fuzzer, each under its number."""
    fuzzer, folder = sys.argv[1], Path(sys.argv[2])
    makers = {"fuzz_sasl": sasl_seeds, "fuzz_capture": capture_seeds}
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(makers[fuzzer]() if fuzzer in makers else ()):
        (folder / f"seed-{number:03}").write_bytes(seed)


if __name__ == "__main__":
    main()
