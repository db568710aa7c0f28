#!/usr/bin/python3
"""SMTP is found on whatever port: every recorded session is told as before when its server's port is
another one; and nothing that is not SMTP is a session, but for saying so on a port of SMTP."""

import argparse
import ipaddress
import struct
import sys
import tempfile
import zlib
from pathlib import Path

from toolkit import (BINARY, ROOT, Tally, capture_arguments, get, load_manifest, parse_events,
                     require_binary, run_heloscope)

PCAPS = ROOT / "pcaps"
DIALOGUE = ("heloscope.session", "heloscope.message", "heloscope.auth", "heloscope.exchange")
# What the port itself, and so the name of a session, changes.
OF_THE_PORT = ("event.id", "event.sequence", "destination.port", "network.community_id",
               "smtp.session.id", "observer")
# Sessions of which the octets that were captured do not tell that they are SMTP: as many must be missing.
UNTOLD = {
    "lmtp-resets": 1,        # "220 mail.example.net ready", and a client that leaves without a word
    "submission-resets": 1,  # the same
    "wire-auth-snaplen": 2,  # the snap length leaves of the greeting the code alone, and cuts the EHLO
}


def packed(event, side):
    """Address and port of an end, as in a packet."""
    end = event[side]
    return ipaddress.ip_address(end["ip"]).packed, struct.pack("!H", end["port"])


def moved(octets, sessions, port):
    """The capture with the servers' ports replaced, wherever address pair and ports stand."""
    new = struct.pack("!H", port)
    for session in sessions:
        client, client_port = packed(session, "source")
        server, server_port = packed(session, "destination")
        octets = octets.replace(client + server + client_port + server_port,
                                client + server + client_port + new)
        octets = octets.replace(server + client + server_port + client_port,
                                server + client + new + client_port)
    return octets


def without(event, path):
    """Takes the value under a dotted path out of the event."""
    *folders, last = path.split(".")
    for name in folders:
        event = event.get(name, {})
    event.pop(last, None)


def facts(event):
    """What must not depend on the port, as text to compare."""
    for path in OF_THE_PORT:
        without(event, path)
    session = get(event, "smtp.session", {})
    if session.get("kind") == "submission" and "auth" not in session:
        session["kind"] = "smtp"
    return repr(event)


def told(run, dataset=DIALOGUE):
    """The events of these datasets."""
    return [event for event in parse_events(run.stdout) if get(event, "event.dataset") in dataset]


def is_implicit(session):
    """TLS from the first octet."""
    return get(session, "smtp.session.tls") and not get(session, "smtp.server.banner") and \
        not get(session, "smtp.session.commands")


class Suite:
    """Runs heloscope over captures, as they are and moved."""

    def __init__(self, binary, folder):
        self.binary = binary
        self.path = Path(folder) / "moved.pcap"

    def run(self, path, arguments):
        """One run, every event written."""
        read = capture_arguments(path, {}) if arguments is None else arguments
        return run_heloscope(self.binary, ["-q", "-e", "all", "--sensor", "test", *read])

    def moved(self, entry):
        """Problems of a recorded capture of SMTP."""
        path = PCAPS / entry["file"]
        before = self.run(path, capture_arguments(path, entry))
        sessions = [event for event in told(before, ("heloscope.session",))
                    if get(event, "smtp.session.kind") != "other" and not is_implicit(event)]
        port = 20000 + zlib.crc32(entry["file"].encode()) % 20000
        self.path.write_bytes(moved(path.read_bytes(), sessions, port))
        after = self.run(self.path, capture_arguments(self.path, {
            key: value for key, value in entry.items() if key != "ports"}))
        problems = [problem for problem in (before.problem(), after.problem()) if problem]
        ends = {event["source"]["port"] for event in told(after, ("heloscope.session",))}
        missing = [session for session in sessions if session["source"]["port"] not in ends]
        if len(missing) != UNTOLD.get(path.stem, 0):
            problems.append(f"{len(missing)} of {len(sessions)} sessions are not found")
        names = {get(session, "smtp.session.id") for session in sessions if session not in missing}
        wanted = sorted(facts(event) for event in told(before)
                        if get(event, "smtp.session.id") in names)
        found = sorted(facts(event) for event in told(after)
                       if get(event, "destination.port") == port)
        if wanted != found:
            lost = [text for text in wanted if text not in found]
            more = [text for text in found if text not in wanted]
            problems += [f"{len(wanted)} events of {len(sessions)} sessions, moved {len(found)}"]
            problems += [f"- {text[:600]}" for text in lost[:1]] + [f"+ {text[:600]}" for text in more[:1]]
        return problems

    def foreign(self, path):
        """Problems of a capture of another protocol."""
        run = self.run(path, capture_arguments(path, {}))
        problems = [run.problem()] if run.problem() else []
        events = told(run)
        problems += [f"a session of SMTP: {event}" for event in events
                     if get(event, "smtp.session.kind") != "other"]
        problems += [f"not on a port of SMTP: {event}" for event in events
                     if get(event, "destination.port") != 25]
        if not events:
            problems.append("nothing is told of what is on port 25")
        return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="captures (default: all)")
    options = parser.parse_args()
    require_binary(BINARY)
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        suite = Suite(BINARY, folder)
        for entry in load_manifest(PCAPS / "MANIFEST"):
            name = Path(entry["file"]).stem
            if options.names and name not in options.names:
                continue
            if name.startswith("other-"):
                tally.verdict(f"{name}: no SMTP", suite.foreign(PCAPS / entry["file"]))
            else:
                tally.verdict(f"{name}: on another port", suite.moved(entry))
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
