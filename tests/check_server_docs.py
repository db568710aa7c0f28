#!/usr/bin/python3
"""Holds the tables of docs/servers.md against the captures that they name: what heloscope's kept
output, which tests/golden.py compares with what it writes, has of such a session. And the table of
situations in pcaps/README.md against the manifest."""

import re
import sys

from toolkit import ROOT, Tally, get, load_manifest, parse_events

DOCS = ROOT / "docs" / "servers.md"
SITUATIONS = ROOT / "pcaps" / "README.md"
GOLDEN = ROOT / "tests" / "golden"
SERVERS = {"Postfix": "server Postfix", "Exim": "server Exim", "OpenSMTPD": "server OpenSMTPD",
           "Dovecot LMTP": r"(scenarios-lmtp\.sh|proxy-v2-lmtp).*server Dovecot",
           "Dovecot submission": r"scenarios-(submission|auth|proxy)\.sh.*server Dovecot"}
# Of these every server is to be in the table.
FOR_ALL = ("idle", "stop", "kill", "errors")
QUIETLY = {"FIN": {"server_fin"}, "RST": {"server_rst"}, "goes on": {"quit"},
           "nothing": {"client_fin"}}
ANNOUNCED = {"server_421", "server_221", "refused"}
SLACK_S = 1.5


def rows():
    """The cells of all tables, without their heads."""
    for line in DOCS.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0] != "when" and not line.startswith("|---"):
            yield cells


def reply_of(event):
    """A reply as it stood on the wire, its lines apart."""
    reply = get(event, "smtp.reply", {})
    return " ".join(str(reply[key]) for key in ("code", "enhanced", "text") if reply.get(key))


def sessions_of(name):
    """(session's event, its last reply) of a capture's kept output."""
    path = GOLDEN / f"{name}.jsonl"
    events = parse_events(path.read_bytes()) if path.exists() else []
    last = {}
    for event in events:
        if get(event, "event.dataset") == "heloscope.exchange" and get(event, "smtp.reply"):
            last[get(event, "smtp.session.id")] = reply_of(event)
    return [(event, last.get(get(event, "smtp.session.id"), "")) for event in events
            if get(event, "event.dataset") == "heloscope.session"]


def ended_so(session, last, does):
    """Did a session end as the table says?"""
    reason = get(session, "smtp.session.close.reason")
    told = re.fullmatch(r"`([^`]+)`", does)
    if told:
        return reason in ANNOUNCED and last == told[1]
    return any(does.startswith(how) and reason in reasons for how, reasons in QUIETLY.items())


def was_silent(session, after):
    """Was it silent for as long as the table says?"""
    seconds = re.match(r"(\d+) s", after)
    idle = get(session, "smtp.session.close.idle_ms", 0) / 1000
    return not after or (seconds and abs(idle - int(seconds[1])) < SLACK_S)


def check_row(row, manifest):
    """What is not true of a row."""
    _, server, state, does, after, capture = row
    name = capture.strip("`")
    recorded = manifest.get(f"{name}.pcap", {}).get("recorded")
    if recorded is None:
        yield f"{name} is not in the manifest"
    elif not re.search(SERVERS.get(server.split(",")[0], "unknown server"), recorded):
        yield f"{name} was not recorded with {server}"
    sessions = [(session, last) for session, last in sessions_of(name)
                if ended_so(session, last, does)]
    if not sessions:
        yield f"no session of {name} ended so"
    elif state != "in DATA" and not any(
            get(session, "smtp.session.close.state") == state and was_silent(session, after)
            for session, _ in sessions):
        yield f"no session of {name} that ended so was in state {state}, after {after or 'no time'}"


def check_situation(situation, cells, manifest):
    """What is not true of a row of the situations, whose columns are the servers in their order:
    each has a recording, or it is said that there can be none."""
    client = re.fullmatch(r"by (\S+)", situation)
    for server, cell in zip(SERVERS, cells):
        if "`" not in cell and not cell.startswith("none"):
            yield f"nothing of {server}"
        for name in re.findall(r"`([^`]+)`", cell):
            recorded = manifest.get(f"{name}.pcap", {}).get("recorded", "nobody")
            if not re.search(SERVERS[server], recorded):
                yield f"{name} was not recorded with {server}"
            if client and client[1] not in recorded:
                yield f"{name} was not recorded with {client[1]}"


def situations():
    """The cells of the situations' table, and whether its head is that of the servers."""
    lines = SITUATIONS.read_text(encoding="utf-8").split("| situation | ")[1].splitlines()
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return table[0] == list(SERVERS), [cells for cells in table[2:] if len(cells) > len(SERVERS)]


def main():
    """Runs every check; the exit status."""
    tally = Tally()
    manifest = {entry["file"]: entry for entry in load_manifest(ROOT / "pcaps" / "MANIFEST")}
    table = list(rows())
    for row in table:
        tally.verdict(", ".join(row[:3]), list(check_row(row, manifest)))
    for when in FOR_ALL:
        told = {row[1] for row in table if row[0] == when}
        tally.verdict(f"{when}: every server", sorted(SERVERS.keys() - told))
    in_order, table = situations()
    tally.verdict("the servers of the situations", [] if in_order and table else ["other columns"])
    for situation, *cells in table:
        tally.verdict(situation, list(check_situation(situation, cells, manifest)))
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
