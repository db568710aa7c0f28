#!/usr/bin/python3
"""Holds the table of promises in docs/design.md against the unit tests that it names: each is there
and is run."""

import re
import sys

from toolkit import ROOT, Tally

DOCS = ROOT / "docs" / "design.md"
UNIT = ROOT / "tests" / "unit"
FEWEST = 30


def promises():
    """(promise, [(file, test)]) of each row that names tests."""
    for line in DOCS.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or len(cells) != 2 or ".c`: `" not in cells[1]:
            continue
        tests = []
        for part in cells[1].split(";"):
            names = re.findall(r"`([^`]+)`", part)
            if len(names) > 1 and re.fullmatch(r"test_\w+\.c", names[0]):
                tests += [(names[0], name) for name in names[1:]]
        if tests:
            yield cells[0], tests


def is_run(path, name):
    """True if a test is defined in the file, and listed to be run."""
    source = path.read_text(encoding="utf-8") if path.is_file() else ""
    defined = re.search(rf"^static void {name}\(void \*\*state\)", source, re.M)
    return defined is not None and len(re.findall(rf"\b{name}\b", source)) > 1


def main():
    tally = Tally()
    named = list(promises())
    for promise, tests in named:
        tally.verdict(promise, [f"{file} runs no {name}" for file, name in tests
                                if not is_run(UNIT / file, name)])
    tally.verdict("every promise names its tests", [] if len(named) >= FEWEST else [len(named)])
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
