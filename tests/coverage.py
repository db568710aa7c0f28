#!/usr/bin/python3
"""Tells which share of the library's lines the tests reached: a table per room, and the verdict."""

import argparse
import json
import subprocess
import sys
from collections import defaultdict

from toolkit import ROOT

SHOWN_FILES = 10


def gcovr(build):
    """gcovr's summary of src/ without the program."""
    command = ["gcovr", "--root", str(ROOT), "--filter", "src/", "--exclude", "src/cli/",
               "--json-summary", "-", build]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr.decode("utf-8", "replace"))
    return json.loads(done.stdout)


def room_of(name):
    """src/ROOM/… → ROOM."""
    return name.split("/")[1]


def share(covered, total):
    """Percent, of which no line is none missing."""
    return 100.0 * covered / total if total else 100.0


def print_rooms(files):
    """The table."""
    rooms = defaultdict(lambda: [0, 0])
    for file in files:
        rooms[room_of(file["filename"])][0] += file["line_covered"]
        rooms[room_of(file["filename"])][1] += file["line_total"]
    print(f"{'room':<12}{'lines':>8}{'reached':>10}{'share':>9}")
    for room, (covered, total) in sorted(rooms.items()):
        print(f"{room:<12}{total:>8}{covered:>10}{share(covered, total):>8.1f}%")


def print_least(files):
    """The files in which most lines were not reached."""
    missing = sorted(files, key=lambda file: file["line_covered"] - file["line_total"])
    print("most lines not reached:")
    for file in missing[:SHOWN_FILES]:
        lines = file["line_total"] - file["line_covered"]
        if lines:
            print(f"  {file['filename']}: {lines} of {file['line_total']}")


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", help="the folder of a build with COVERAGE=1")
    parser.add_argument("--least", type=float, default=90, help="percent, below which it fails")
    options = parser.parse_args()
    files = gcovr(options.build)["files"]
    covered = sum(file["line_covered"] for file in files)
    total = sum(file["line_total"] for file in files)
    if not covered:
        raise SystemExit(f"{options.build}: no line was reached; build with COVERAGE=1 first")
    print_rooms(files)
    print_least(files)
    print(f"line coverage of src/ without src/cli/: {share(covered, total):.1f} % "
          f"({covered} of {total} lines; at least {options.least:g} % wanted)")
    return share(covered, total) < options.least


if __name__ == "__main__":
    sys.exit(main())
