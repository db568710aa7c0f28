#!/usr/bin/python3
"""Makes inputs for the fuzzers to begin with, out of the test vectors and the captures:
seeds.py FUZZER FOLDER

With - for a folder they go to stdout, one behind the other, as pack.py packs them."""

import gzip
import random
import re
import struct
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
# pylint: disable=wrong-import-position
from check_secrets import packets, segment_at
from pack import packed_one

MECHANISMS = re.compile(r'MECHANISMS\[\] = \{(.*?)\}', re.S)
PLAY = re.compile(r'\{\s*((?:"(?:[^"\\]|\\.)*"\s*)+),\s*"([A-Za-z0-9_-]+)",\s*'
                  r'\{((?:\s*(?:"(?:[^"\\]|\\.)*"\s*)+,?)+)\}')
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
# As in fuzz_sasl.c: CLIENT 1, ENCODE 2, INITIAL 4, GAP 8.
HOW = {"i": 7, "I": 5, "c": 3, "C": 1, "s": 2, "S": 0, "G": 8}
LARGEST = 6000
PAYLOAD = 600
LINKS = {1: 0, 101: 1, 113: 2, 276: 3}
# The same of fuzz_decode.c.
DECODE_LINKS = {1: 0, 101: 2, 113: 3, 276: 4}
ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|[rnt0\\])")
ESCAPED = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"0": b"\0", b"\\": b"\\"}
ODD = [b"\x1b[31mred\x1b[0m", b"a\r\nb", b"\xff\xfe", "\u202eabc\u2066".encode(), b'"\\/\x08\x0c',
       b"\x00\x7f\xc2\x9b", "gr\u00fc\u00df \U0001f4e7".encode(), b"\xed\xa0\x80", b"x" * 239]


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


def connections(path):
    """Whose and what each segment with octets says, in the order of the capture, by connection."""
    found = {}
    for frame in packets(path):
        places = [at for at in range(max(0, len(frame) - 39)) if segment_at(frame, at)]
        if not places:
            continue
        flow, _, payload = segment_at(frame, places[-1])
        if payload:
            # A server's port is the lower one.
            server = flow[-4:-2] < flow[-2:]
            half = len(flow) // 2 - 2
            back = flow[half:2 * half] + flow[:half] + flow[-2:] + flow[-4:-2]
            found.setdefault(back if server else flow, []).append((int(server), payload))
    return found.values()


def captures():
    """The captures' paths."""
    return sorted((ROOT / "pcaps").glob("*.pcap"))


def dialogues():
    """What is said, as (side, octets), of each transcript and each capture's first connection."""
    for path in sorted((ROOT / "tests/transcripts").glob("*.txt")):
        said = []
        for line in path.read_bytes().split(b"\n"):
            hit = re.match(rb"([CS])(?:\*(\d+))?([:>]) ?(.*)", line)
            if not hit:
                continue
            text = hit[4]
            if hit[3] == b">":
                text = ESCAPE.sub(lambda e: ESCAPED[e[1]] if e[1] in ESCAPED
                                  else bytes([int(e[1][1:], 16)]), text)
            else:
                text += b"\r\n"
            said.append((int(hit[1] == b"S"), text * min(int(hit[2] or 1), 8)))
        yield said
    for path in captures():
        for said in list(connections(path))[:1]:
            yield said


def dialogue_seeds():
    """Each dialogue, with neighbours of one side as one message."""
    for number, said in enumerate(dialogues()):
        seed, before = bytes([number % 8 << 2]), None
        for side, text in said:
            text = text.replace(b"\xff", b"\xfe")
            if len(seed) + len(text) > LARGEST:
                break
            seed += text if side == before else (b"\xff" if before is not None else b"") + \
                bytes([side]) + text
            before = side
        yield seed


def line_seeds():
    """All that each side says."""
    for said in dialogues():
        for side in (0, 1):
            yield bytes([side]) + b"".join(text for whose, text in said if whose == side)[:LARGEST]


def content_seeds():
    """Messages, and every way to end one that somebody may take for an end."""
    breaks = [b"\r\n", b"\n", b"\r", b"\r\r\n", b"\0\r\n"]
    for before in breaks:
        for behind in breaks:
            yield b"\0Subject: x\r\n\r\ntext" + before + b"." + behind + \
                b"MAIL FROM:<a@b>\r\n..x\r\n.\r\n"
    for said in dialogues():
        text = b"".join(text for whose, text in said if whose == 0)
        at = text.find(b"DATA\r\n")
        if at >= 0:
            yield b"\7" + text[at + 6:at + LARGEST]


def json_seeds():
    """Strings of wire text, and odd ones."""
    for number, said in enumerate(dialogues()):
        seed = bytes([number & 3, 40])
        for _, text in said[:6]:
            text = text[:200]
            seed += bytes([len(text)]) + text
        yield seed
    for number in range(4):
        yield bytes([number, 7]) + b"".join(bytes([len(odd)]) + odd for odd in ODD)


def rules_of_source():
    """Ids of all rules with the names of all parameters."""
    for path in sorted((ROOT / "src/rules").glob("*.c")):
        text = path.read_text(encoding="utf-8")
        for rule in re.findall(r'"(HS-\d{3})"', text):
            yield rule.encode(), [name.encode() for name in re.findall(r'\{\s*"([a-z_]+)",', text)]


def rules_seeds():
    """Each rule set, disabled, and somebody exempt from it."""
    for rule, names in rules_of_source():
        lines = [b"=" + rule + b"." + name + b"=5" for name in names[:12]]
        lines += [b"=" + rule + b".severity=low", b"-" + rule, b"+" + rule + b" alice", rule]
        yield b"\n".join(lines)
    yield b"-all\n=x\n=.=\n+\n-\n"


def options_seeds():
    """Each option with a value, on the command line and in a file."""
    values = {"output": "text:-", "events": "session,+stats", "snaplen": "96", "buffer": "4M",
              "stats-interval": "5", "ports": "25,587", "memory": "64M", "idle-timeout": "60",
              "flow-key": "vlan,vni", "proxy": "192.0.2.0/24", "set": "HS-101.idle=30",
              "disable": "HS-102", "allow": "HS-101=2001:db8::/32", "home": "10.0.0.0/8",
              "fail-on": "low", "credentials": "redact", "read": "x.pcap"}
    source = (ROOT / "src/cli/options.c").read_text(encoding="utf-8")
    for letter, name, argument in re.findall(r"\{(0|'.'), \"([a-z-]+)\", (NULL|\"[^\"]*\")", source):
        value = values.get(name, "x" if argument != "NULL" else "yes")
        option = f"--{name}" + (f"={value}" if argument != "NULL" else "")
        yield f"-r\na\n{option}\nport 25".encode()
        yield f"-r\na\n-c\n@\n\n# said\n{name} = {value}\n".encode()
        if letter != "0":
            yield f"-{letter[1]}{value if argument != 'NULL' else ''}\n-i\neth0".encode()


def file_seeds():
    """The captures as files, their beginnings at least, some of them compressed."""
    for number, path in enumerate(captures()):
        whole = path.read_bytes()
        yield whole[:12000]
        if number % 40 == 0:
            yield gzip.compress(whole[:12000], mtime=0)
    section = struct.pack("<IIIHHQI", 0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0, 2**64 - 1, 28)
    interface = struct.pack("<IIHHII", 1, 20, 1, 0, 65535, 20)
    frame = packets(captures()[0])[0]
    padded = frame + bytes(-len(frame) % 4)
    packet = struct.pack("<IIIIIII", 6, 32 + len(padded), 0, 1, 1, len(frame), len(frame)) + \
        padded + struct.pack("<I", 32 + len(padded))
    yield section + interface + packet
    yield section + interface + packet + section + interface + packet


def decode_seeds():
    """The captures' packets."""
    for path in captures():
        data = path.read_bytes()
        seed = bytes([DECODE_LINKS.get(struct.unpack("<I", data[20:24])[0], 0)])
        for frame in packets(path):
            if len(seed) + len(frame) <= 1500:
                seed += struct.pack(">HB", len(frame), 1) + frame
        yield seed


def stream_seeds():
    """Steps of every kind, drawn from a fixed seed."""
    draw = random.Random(25)
    for how in range(32):
        for length in (5, 40):
            steps = b"".join(bytes([draw.choice((0, 1, 2, 3, 4, 32, 33, 64, 129, draw.randrange(256))),
                                    draw.randrange(256), draw.randrange(64), draw.randrange(256),
                                    draw.choice((0, 1, 200, 255))]) for _ in range(length))
            yield bytes([how]) + b"abcd" + steps


def tls_octets(said):
    """What both sides say from the client's first TLS record on."""
    begun = False
    for side, octets in said:
        begun = begun or (side == 0 and octets[:2] == b"\x16\x03")
        if begun:
            yield side, octets


def handshake_bodies(said):
    """(whose, type, body) of the handshake messages in clear, as far as they come in order."""
    for side in (0, 1):
        stream = b"".join(octets for whose, octets in said if whose == side)
        messages, at = b"", 0
        while stream[at:at + 2] == b"\x16\x03":
            (length,) = struct.unpack(">H", stream[at + 3:at + 5])
            messages += stream[at + 5:at + 5 + length]
            at += 5 + length
        while len(messages) >= 4:
            (head,) = struct.unpack(">I", messages[:4])
            yield side, head >> 24, messages[4:4 + (head & 0xffffff)]
            messages = messages[4 + (head & 0xffffff):]


def tls_seeds():
    """What is said in TLS, and of it hellos and certificates alone."""
    # As in fuzz_tls.c: CLIENT_HELLO 1, SERVER_HELLO 2, CERTIFICATE 3.
    kinds = {(0, 1): 1, (1, 2): 2, (1, 11): 3}
    for path in captures():
        for said in connections(path):
            said = list(tls_octets(said))
            seed = bytes(1)
            for side, octets in said:
                if len(seed) + len(octets) <= LARGEST:
                    seed += struct.pack(">BH", side, len(octets)) + octets
            if said:
                yield seed
            for side, kind, body in handshake_bodies(said):
                if (side, kind) in kinds:
                    yield bytes([kinds[side, kind]]) + body


def write_files(folder, seeds):
    """Each seed under its number."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        (folder / f"seed-{number:03}").write_bytes(seed)


def main():
    """Writes the seeds of one fuzzer."""
    fuzzer, folder = sys.argv[1], sys.argv[2]
    makers = {"fuzz_sasl": sasl_seeds, "fuzz_capture": capture_seeds,
              "fuzz_dialogue": dialogue_seeds, "fuzz_line": line_seeds,
              "fuzz_content": content_seeds, "fuzz_json": json_seeds, "fuzz_rules": rules_seeds,
              "fuzz_options": options_seeds, "fuzz_file": file_seeds,
              "fuzz_decode": decode_seeds, "fuzz_stream": stream_seeds,
              "fuzz_tls": tls_seeds}
    seeds = makers[fuzzer]()
    if folder == "-":
        for seed in seeds:
            sys.stdout.buffer.write(packed_one(seed))
    else:
        write_files(Path(folder), seeds)


if __name__ == "__main__":
    main()
