#!/usr/bin/python3
"""Holds the tables of docs/auth.md against the manifest, the unit tests' examples and the decoders."""

import re
import sys

from toolkit import ROOT, Tally, load_manifest

DOCS = ROOT / "docs" / "auth.md"
EXAMPLES = ROOT / "tests" / "unit" / "sasl_vectors.h"
DECODERS = ROOT / "src" / "smtp" / "sasl" / "mechanism.c"
RESULTS = ROOT / "share" / "heloscope.schema.json"
SOFTWARE = {"Postfix with Cyrus SASL": r"server Postfix \S+ behind Cyrus SASL",
            "Postfix with Dovecot": r"server Postfix \S+ behind Dovecot",
            "Exim": r"server Exim", "Dovecot": r"server Dovecot",
            "GNU SASL, made": r"server record/sasl\.py"}
# How a manifest's entry begins to tell of each client.
CLIENTS = {"swaks": "swaks", "gsasl": "gsasl", "curl": "curl", "msmtp": "msmtp", "Exim": "Exim",
           "smtptest": "smtptest", "script": "record/dialogue.py",
           "GNU SASL, made": "record/sasl.py"}


def rows(heading):
    """The cells of the first table under a heading, without its head."""
    text = DOCS.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    table = re.search(r"(?m)^\|.*\n\|---.*\n((?:\|.*\n)+)", text)[1]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def quoted(cell):
    """What stands in backquotes."""
    return re.findall(r"`([^`]+)`", cell)


def check_captures(names, key, value, manifest):
    """Captures that do not expect an AUTH event with this value."""
    for name in names:
        entry = manifest.get(f"{name}.pcap")
        if entry is None:
            yield f"{name} is not in the manifest"
        elif not any(event.get(key) == value for event in entry.get("expect_auth", [])):
            yield f"{name}: no AUTH event with {key} {value}"


def clients_of(recorded, mechanism):
    """The clients of a capture that spoke this mechanism: those beside whom others are named did not."""
    told = re.search(r"client ([^;]*)", recorded)
    for client in re.split(r", (?![^(]*\))| and (?![^(]*\))", told[1] if told else ""):
        named = re.search(r"\(([A-Z][^)]*)\)", client)
        if client.startswith("Exim") or not named or mechanism in named[1].split(", "):
            yield client


def check_software(row, mechanism, manifest):
    """Servers and clients of a row that its captures were not recorded with."""
    _, server, clients, captures = row[:4]
    recorded = [manifest.get(f"{name}.pcap", {}).get("recorded", "") for name in quoted(captures)]
    if server == "none" or clients == "none":
        if recorded or server != clients:
            yield "server, client and captures do not go together"
        return
    spoke = [client for text in recorded for client in clients_of(text, mechanism)]
    for name, text in zip(quoted(captures), recorded):
        if not re.search(SOFTWARE.get(server, "unknown software"), text):
            yield f"{name} was not recorded with {server}"
    for client in [clients] if clients in CLIENTS else clients.split(", "):
        if not any(told.startswith(CLIENTS.get(client, "unknown software")) for told in spoke):
            yield f"no capture was recorded with {client}"
    if not recorded:
        yield "no capture"


def outcomes_of(captures, mechanism, manifest):
    """How AUTH exchanges of this mechanism ended in these captures."""
    return {event["event.outcome"] for name in captures
            for event in manifest.get(f"{name}.pcap", {}).get("expect_auth", [])
            if event.get("smtp.auth.mechanism") == mechanism}


def check_mechanism(row, manifest, examples):
    """What is not true of a row of the mechanisms' table."""
    title, captures, outcomes, named = row[0], row[3], row[4], row[6]
    mechanism = title.split()[0].rstrip(",")
    yield from check_captures(quoted(captures), "smtp.auth.mechanism", mechanism, manifest)
    yield from check_software(row, mechanism, manifest)
    found = outcomes_of(quoted(captures), mechanism, manifest)
    if found != set(outcomes.split(", ")) - {""}:
        yield f"the outcomes are {', '.join(sorted(found))}"
    for prefix in quoted(named):
        if not any(name.startswith(prefix) for name in examples):
            yield f"no example {prefix}"
    if not quoted(named):
        yield "no example"


def main():
    """Runs every check; the exit status."""
    tally = Tally()
    manifest = {entry["file"]: entry for entry in load_manifest(ROOT / "pcaps" / "MANIFEST")}
    examples = re.findall(r'(?m)^    \{"([^"]+)"', EXAMPLES.read_text(encoding="utf-8"))
    mechanisms = rows("Mechanisms")
    for row in mechanisms:
        tally.verdict(f"{row[0]}, {row[1]}, {row[2]}", list(check_mechanism(row, manifest, examples)))
    titles = " ".join(row[0] for row in mechanisms)
    decoders = re.findall(r'\.name = "([^"]+)"', DECODERS.read_text(encoding="utf-8"))
    tally.verdict("every decoder is in the table",
                  [name for name in decoders if name not in titles] if decoders else ["none"])
    table = {row[0].strip("`"): quoted(row[1]) for row in rows("How it can go")}
    known = re.search(r'"result": \{\s*"enum": \[([^]]*"too_weak"[^]]*)\]',
                      RESULTS.read_text(encoding="utf-8").split('"auth_facts"')[-1])[1]
    tally.verdict("every result is in the table",
                  sorted(set(table) ^ set(re.findall(r'"([^"]+)"', known))))
    for result, captures in table.items():
        tally.verdict(result, list(check_captures(captures, "smtp.auth.result", result, manifest)))
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
