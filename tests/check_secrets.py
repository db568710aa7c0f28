#!/usr/bin/python3
"""Checks that no output of any capture holds a secret that was used in recording it, in clear or in
Base64, nor in `hash` mode who logged in; and that `reveal` shows secrets in one place only."""

import base64
import gzip
import json
import os
import re
import shutil
import struct
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from toolkit import (BINARY, ROOT, Tally, capture_arguments, captures_in, get, load_manifest,
                     parse_events, require_binary, run_heloscope)

PCAPS = ROOT / "pcaps"
SECRETS = PCAPS / "record" / "SECRETS"
TRANSCRIPTS = ROOT / "tests" / "transcripts"
USERS = ("alice", "bob")
# Passwords that servers knew and no client sent, and the key that the tokens were signed with.
SERVERS_ONLY = {"Build-It-Well-9", "hole-of-the-white-rabbit-0123456789"}
SHORTEST = 4
VERBS = re.compile(rb"(?i)(EHLO|HELO|LHLO|MAIL|RCPT|DATA|BDAT|RSET|NOOP|QUIT|AUTH|VRFY|EXPN|HELP|"
                   rb"ETRN|STARTTLS|XCLIENT|XFORWARD)(?: |$)")
# What in a decoded answer proves something; names and nonces do not.
PROOFS = (re.compile(rb"^\S+ ([0-9a-f]{32})$"), re.compile(rb"(?:^|,)response=([0-9a-f]{32})"),
          re.compile(rb",p=([A-Za-z0-9+/=]+)$"), re.compile(rb"\x01auth=Bearer ([^\x01]+)"),
          re.compile(rb"^[^\0]*\0[^\0]+\0([^\0]+)$"))
NAMES = (re.compile(rb"^(\S+) [0-9a-f]{32}$"), re.compile(rb'(?:^|,)username="([^"]+)"'),
         re.compile(rb"(?:^|,)n=([^,]+)"), re.compile(rb"^user=([^\x01]+)\x01"),
         re.compile(rb"^n,a=([^,]+),\x01"), re.compile(rb"^[^\0]*\0([^\0]+)\0[^\0]+$"),
         re.compile(rb"^([^\0]+)\0[^\0]+\0[^\0]+$"))
REUSABLE = {b"PLAIN", b"LOGIN", b"XOAUTH2", b"OAUTHBEARER"}


# Reading a capture by means of its own: what heloscope misreads must not be missed here as well.

def packets(path):
    """The packets' octets of a classic capture; of other kinds the file as it is, in one piece."""
    data = path.read_bytes()
    if path.name.endswith(".gz"):
        data = gzip.decompress(data)
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<",
             b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">"}.get(data[:4])
    if order is None:
        return []
    found, at = [], 24
    while at + 16 <= len(data):
        size = struct.unpack(order + "I", data[at + 8:at + 12])[0]
        found.append(data[at + 16:at + 16 + size])
        at += 16 + size
    return found


def segment_at(frame, at):
    """(flow, sequence number, payload) of a TCP segment in an IP packet that begins at `at`."""
    if frame[at] >> 4 == 4 and frame[at + 9:at + 10] == b"\x06":
        size = struct.unpack(">H", frame[at + 2:at + 4])[0]
        tcp, ends = at + (frame[at] & 15) * 4, frame[at + 12:at + 20]
    elif frame[at] >> 4 == 6 and frame[at + 6:at + 7] == b"\x06":
        size = struct.unpack(">H", frame[at + 4:at + 6])[0] + 40
        tcp, ends = at + 40, frame[at + 8:at + 40]
    else:
        return None
    if at + size > len(frame) or tcp + 20 > at + size:
        return None
    start = tcp + (frame[tcp + 12] >> 4) * 4
    if start < tcp + 20 or start > at + size:
        return None
    sequence = struct.unpack(">I", frame[tcp + 4:tcp + 8])[0]
    return ends + frame[tcp:tcp + 4], sequence, frame[start:at + size]


def streams(path):
    """What each side of each connection said, wherever in its packets the IP header is."""
    flows = {}
    for frame in packets(path):
        found = [segment_at(frame, at) for at in range(max(0, len(frame) - 39))]
        # Of nested packets the innermost is the last that still has a payload of its own.
        found = [segment for segment in found if segment and segment[2]]
        if found:
            flow, sequence, payload = found[-1]
            flows.setdefault(flow, {}).setdefault(sequence, payload)
    for parts in flows.values():
        first = next(iter(parts))
        order = sorted(parts, key=lambda number: (number - first + 2**31) % 2**32)
        text, at = b"", None
        for number in order:
            known = 0 if at is None else max(0, (at - number + 2**31) % 2**32 - 2**31)
            text += parts[number][known:]
            at = (number + max(len(parts[number]), known)) % 2**32
        yield text


def exchanges(text):
    """(mechanism, answers) of each AUTH in what a client said."""
    found, open_to = [], None
    for line in re.split(rb"\r?\n", text):
        auth = re.fullmatch(rb"(?i)AUTH (\S+)(?: (\S.*))?", line)
        if auth:
            open_to = (auth[1].upper(), [auth[2]] if auth[2] else [])
            found.append(open_to)
        elif VERBS.match(line):
            open_to = None
        elif open_to and line:
            open_to[1].append(line)
    return found


def decoded(answer):
    """An answer's octets; nothing where it is not Base64."""
    try:
        return base64.b64decode(answer, validate=True)
    except ValueError:
        return b""


def printable(octets):
    """The octets as text if a person could have typed them."""
    return octets.decode() if re.fullmatch(rb"[\x20-\x7e]+", octets) else ""


class Wire:
    """What the clients of a capture sent to log in."""

    def __init__(self, path):
        self.lines, self.proofs, self.reusable, self.names = set(), set(), set(), set()
        for text in streams(path):
            for mechanism, answers in exchanges(text):
                self.take(mechanism, answers)

    def take(self, mechanism, answers):
        """Adds one exchange."""
        for answer in answers:
            if len(answer) >= SHORTEST and printable(answer):
                self.lines.add(answer.decode())
            plain = decoded(answer)
            proofs = {printable(hit) for how in PROOFS for hit in how.findall(plain)} - {""}
            self.proofs |= proofs
            self.names |= {printable(hit) for how in NAMES for hit in how.findall(plain)} - {""}
            if mechanism in REUSABLE:
                self.reusable |= proofs
        if mechanism == b"LOGIN" and len(answers) == 2:
            name, password = (printable(decoded(answer)) for answer in answers)
            if password in USERS:  # the server asked for it first
                name, password = password, name
            self.names |= {name} - {""}
            self.proofs |= {password} - {""}
            self.reusable |= {password} - {""}


# What must be nowhere.

def in_base64(secret):
    """The characters that a secret becomes in Base64 whatever stands around it, thrice."""
    octets = secret.encode()
    for before in range(3):
        text = base64.b64encode(b"\0" * before + octets).decode()
        first = (before * 8 + 5) // 6
        yield text[first:(before + len(octets)) * 8 // 6]


def forms(secret):
    """A secret in clear, in Base64 and as PLAIN sends it; hexadecimal for good measure."""
    found = {secret, secret.encode().hex(), *in_base64(secret)}
    for user in USERS:
        for authzid in ("", *USERS):
            found.add(base64.b64encode(f"{authzid}\0{user}\0{secret}".encode()).decode())
    found |= {text.rstrip("=") for text in found}
    return {text.lower() for text in found if len(text) >= SHORTEST}


def needles_of(recorded, wire):
    """Everything of a capture that its outputs must not hold, in lower case."""
    found = {line.lower() for line in wire.lines}
    for secret in {*recorded, *wire.proofs}:
        found |= forms(secret)
    return found


def seen(needles, text):
    """Those of the needles that are in the text, in whatever case."""
    text = text.lower()
    return sorted(needle for needle in needles if needle in text)


class Output:
    """All that one run wrote."""

    def __init__(self, arguments, entry, path, folder):
        self.text_path = folder / f"{path.name}.txt"
        given = [word for word in capture_arguments(path, entry) if word != "-q"]
        self.run = run_heloscope(BINARY, [*given, "-v", "-o", "json:-", "-o",
                                          f"text:{self.text_path}", *arguments])
        self.json = self.run.stdout.decode("utf-8", "replace")
        self.text = (self.text_path.read_text(encoding="utf-8", errors="replace")
                     if self.text_path.exists() else "")
        self.events = parse_events(self.run.stdout)

    def problems(self, needles):
        """Where a needle is."""
        # A damaged capture is one of the captures: what could be read has been written.
        found = [self.run.problem(allowed=(0, 1))] if self.run.problem(allowed=(0, 1)) else []
        if not self.json or not self.text or not self.run.stderr:
            found.append("nothing was written")
        for where in ("json", "text"):
            found += [f"{where}: {needle}" for needle in seen(needles, getattr(self, where))]
        return found + [f"stderr: {needle}" for needle in seen(needles, self.run.stderr)]


def named(names, events):
    """Events of hashed names that tell one all the same: auth events anywhere, others in replies
    and where names belong."""
    words = re.compile(r"(?i)(?<![a-z0-9])(" + "|".join(map(re.escape, names)) + r")(?![a-z0-9])")
    found = []
    for event in events:
        if get(event, "event.dataset") == "heloscope.auth":
            told = event
        else:
            told = [get(event, path, "") for path in (
                "smtp.reply.text", "smtp.session.close.reply_text", "related.user", "user")]
        hit = words.search(json.dumps(told))
        if hit:
            found.append(f"{get(event, 'event.id')}: {hit[0]}: {json.dumps(told)[:300]}")
    return found


def without_secret(event):
    """The event but for smtp.auth.secret, and what that was."""
    auth = get(event, "smtp.auth", {})
    return auth.pop("secret", None) if isinstance(auth, dict) else None


def check_reveal(tally, name, output, wire, needles):
    """Secrets stand in smtp.auth.secret and nowhere else, so that a search can find them."""
    whole = output.json
    told = {without_secret(event) for event in output.events} - {None}
    rest = json.dumps(output.events, ensure_ascii=False)
    # What a client sends to a server that is not seen may be no answer at all.
    alone = any(get(event, "smtp.session.one_sided") == "client" for event in output.events)
    # Other protocols have an AUTH of their own, which is not read.
    foreign = all(get(event, "smtp.session.kind", "other") == "other" for event in output.events)
    missed = set() if alone or foreign else wire.reusable - told
    problems = [f"not revealed: {secret}" for secret in sorted(missed)]
    problems += [f"elsewhere: {needle}" for needle in seen(needles, rest)]
    problems += [f"stderr: {needle}" for needle in seen(needles, output.run.stderr)]
    problems += [f"the search misses {secret}" for secret in wire.reusable & told
                 if not seen(forms(secret), whole)]
    if "reveal" not in output.run.stderr and "secret" not in output.run.stderr:
        problems.append("no warning on stderr")
    tally.verdict(f"{name}: reveal", problems)


def check_capture(path, entry, recorded, folder, key):
    """The verdicts on one capture, to be counted in order."""
    wire = Wire(path)
    needles = needles_of(recorded, wire)
    verdicts = []
    redacted = Output(["--credentials", "redact"], entry, path, folder)
    verdicts.append((f"{path.name}: redact", redacted.problems(needles)))
    hashed = Output(["--credentials", "hash", "--hash-key", key], entry, path, folder)
    problems = hashed.problems(needles)
    if wire.lines:
        # NTLM has names in UTF-16, and tickets hide them: whoever is known may be in them.
        problems += named({*wire.names, *USERS}, hashed.events)
    verdicts.append((f"{path.name}: hash", problems))
    revealed = None
    if wire.lines:
        revealed = Output(["--credentials", "reveal"], entry, path, folder)
    return path.name, verdicts, wire, needles, revealed


# The transcripts name their secrets themselves; the unit tests look for those.

def check_transcript(path):
    """Answers of a transcript that no SECRET of it covers."""
    text = path.read_text(encoding="utf-8")
    secrets = re.findall(r"(?m)^SECRET (.+)$", text)
    client = "\n".join(re.findall(r"(?m)^C: (.*)$", text)).encode()
    return [f"no SECRET covers {answer.decode()}"
            for _, answers in exchanges(client) for answer in answers
            if len(decoded(answer)) >= SHORTEST and len(answer) >= 12
            and not any(secret in answer.decode() for secret in secrets)]


def main():
    """Runs every check; the exit status."""
    require_binary(BINARY)
    recorded = SECRETS.read_text(encoding="utf-8").split()
    entries = {entry["file"]: entry for entry in load_manifest(PCAPS / "MANIFEST")}
    paths = [path for path in captures_in(PCAPS)
             if len(sys.argv) < 2 or path.name in sys.argv[1:]]
    tally = Tally()
    folder = Path(tempfile.mkdtemp(prefix="secrets."))
    try:
        key = folder / "key"
        key.write_bytes(bytes(range(32)))
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            results = list(pool.map(lambda path: check_capture(
                path, entries.get(path.name, {}), recorded, folder, str(key)), paths))
    finally:
        shutil.rmtree(folder)
    reusable, lines, names = set(), 0, set()
    for name, verdicts, wire, needles, revealed in results:
        for verdict in verdicts:
            tally.verdict(*verdict)
        if revealed:
            check_reveal(tally, name, revealed, wire, needles)
        reusable |= wire.reusable
        names |= wire.names
        lines += len(wire.lines)
    if len(sys.argv) < 2:
        # Had nothing been read off the wire, nothing would have been looked for.
        tally.verdict("answers are found in the captures", [] if lines > 60 else [f"only {lines}"])
        tally.verdict("the recorded secrets are among them", [
            secret for secret in recorded if secret not in reusable | SERVERS_ONLY])
        tally.verdict("so are the names", [] if set(USERS) <= names else [str(names)])
        for path in sorted(TRANSCRIPTS.glob("*.txt")):
            tally.verdict(path.name, check_transcript(path))
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
