#!/usr/bin/python3
"""Holds docs/false-alarms.md to what heloscope says of every capture: false_alarms.py [--update] [FOLDER].

Without a folder: the recordings in pcaps/. With one: captures of other projects, each with
NAME.facts.json beside it, as for corpus.py; where there is no such folder, nothing is compared.
The lists are made of the runs; each rule's justification is written there by hand and kept. A rule
that speaks somewhere and is not justified fails."""

import argparse
import re
import sys
from pathlib import Path

import corpus
from toolkit import (BINARY, ROOT, Tally, capture_arguments, captures_in, get, load_manifest,
                     parse_events, require_binary, run_heloscope, stem)

DOCS = ROOT / "docs" / "false-alarms.md"
PCAPS = ROOT / "pcaps"
# What the second part of the file begins with; its rules are those of other projects' captures.
FOREIGN = "# Captures of other projects\n"
HEAD = re.compile(r"^## (HS-\d+)\n\n(.+)\n\n((?:- .*\n)*)", re.MULTILINE)


def entries_of(directory):
    """{capture: how it is to be read}: as the manifest says, or by what its facts take for SMTP."""
    paths = sorted(captures_in(directory))
    if directory == PCAPS:
        entries = {entry["file"]: entry for entry in load_manifest(PCAPS / "MANIFEST")}
        return {path: entries.get(path.name, {}) for path in paths}
    facts = {path: corpus.load_facts(path) for path in paths}
    return {path: {"ports": corpus.ports_of(facts[path]) if facts[path] else []} for path in paths}


def spoken(path, entry):
    """The rules that speak in a capture."""
    run = run_heloscope(BINARY, capture_arguments(path, entry))
    return {get(event, "rule.id") for event in parse_events(run.stdout)
            if get(event, "event.dataset") == "heloscope.anomaly"}


def found(directory):
    """{rule: [names of captures]}."""
    rules = {}
    for path, entry in entries_of(directory).items():
        for rule in spoken(path, entry):
            rules.setdefault(rule, []).append(stem(path))
    return rules


def part_of(text, foreign):
    """(what stands before, the part itself, what stands behind)."""
    own, mark, other = text.partition(FOREIGN)
    return (own + mark, other, "") if foreign else ("", own, mark + other)


def parse(part):
    """What stands in the part before its first rule, and {rule: (justification, its list)}."""
    head = part[:part.index("## HS-")] if "## HS-" in part else part
    return head, {match[1]: (match[2], match[3]) for match in HEAD.finditer(part)}


def compare(tally, kept, now):
    """A verdict for each rule that speaks; the part's text as it has to be."""
    made = ""
    for rule in sorted(now):
        why, lists = kept.get(rule, ("", ""))
        wanted = f"- {', '.join(now[rule])}\n"
        made += f"## {rule}\n\n{why}\n\n{wanted}\n"
        tally.verdict(f"{rule} is justified wherever it speaks", [] if why and lists == wanted else [
            f"docs/false-alarms.md has: {why or 'no justification'}\n{lists}", f"found: {wanted}"])
    tally.verdict("no rule is justified for nothing", sorted(set(kept) - set(now)))
    return made


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="write the lists anew")
    parser.add_argument("directory", nargs="?", type=Path, help="captures of other projects")
    options = parser.parse_args()
    foreign = options.directory is not None
    if foreign and not options.directory.is_dir():
        print(f"{options.directory}: no such directory, nothing compared")
        return 0
    require_binary(BINARY)
    before, part, behind = part_of(DOCS.read_text(encoding="utf-8"), foreign)
    head, kept = parse(part)
    tally = Tally()
    made = compare(tally, kept, found(options.directory if foreign else PCAPS))
    if options.update:
        DOCS.write_text(before + head + (made if behind else made.rstrip("\n") + "\n") + behind,
                        encoding="utf-8")
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
