#!/usr/bin/python3
"""Holds docs/false-alarms.md to what heloscope says of every recording: false_alarms.py [--update].

The list is made of the runs; each rule's justification is written there by hand and kept. A rule
that speaks somewhere and is not justified fails."""

import argparse
import re
import sys

from toolkit import (BINARY, ROOT, Tally, capture_arguments, captures_in, get, load_manifest,
                     parse_events, require_binary, run_heloscope)

DOCS = ROOT / "docs" / "false-alarms.md"
PCAPS = ROOT / "pcaps"
HEAD = re.compile(r"^## (HS-\d+)\n\n(.+)\n\n((?:- .*\n)*)", re.MULTILINE)


def spoken(path, entry):
    """The rules that speak in a capture."""
    run = run_heloscope(BINARY, capture_arguments(path, entry))
    return {get(event, "rule.id") for event in parse_events(run.stdout)
            if get(event, "event.dataset") == "heloscope.anomaly"}


def found(directory, entries):
    """{rule: [names of captures]}."""
    rules = {}
    for path in sorted(captures_in(directory)):
        for rule in spoken(path, entries.get(path.name, {})):
            rules.setdefault(rule, []).append(path.stem)
    return rules


def parts():
    """What stands in the file before the first rule, and {rule: (justification, its list)}."""
    text = DOCS.read_text(encoding="utf-8")
    return text[:text.index("## HS-")], {match[1]: (match[2], match[3])
                                         for match in HEAD.finditer(text)}


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="write the lists anew")
    options = parser.parse_args()
    require_binary(BINARY)
    entries = {entry["file"]: entry for entry in load_manifest(PCAPS / "MANIFEST")}
    own = found(PCAPS, entries)
    head, kept = parts()
    tally, made = Tally(), head
    for rule in sorted(own):
        why, lists = kept.get(rule, ("", ""))
        wanted = f"- {', '.join(own[rule])}\n"
        made += f"## {rule}\n\n{why}\n\n{wanted}\n"
        tally.verdict(f"{rule} is justified wherever it speaks", [] if why and lists == wanted else [
            f"docs/false-alarms.md has: {why or 'no justification'}\n{lists}", f"found: {wanted}"])
    tally.verdict("no rule is justified for nothing", sorted(set(kept) - set(own)))
    if options.update:
        DOCS.write_text(made.rstrip("\n") + "\n", encoding="utf-8")
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
