#!/usr/bin/python3
"""Compares heloscope's output for every capture with the output kept in tests/golden."""

import argparse
import difflib
import re
import sys
from pathlib import Path

from toolkit import (BINARY, ROOT, Tally, capture_arguments, captures_in, load_manifest, relative,
                     require_binary, run_heloscope, stem)

GOLDEN = ROOT / "tests" / "golden"
MANIFEST = ROOT / "pcaps" / "MANIFEST"
CAPTURES = (ROOT / "pcaps", ROOT / "tests" / "captures")
SUFFIXES = (".jsonl", ".txt", ".exit")
SHOWN_DIFF_LINES = 60
OBSERVER_VERSION = re.compile(rb'("observer":\{[^{}]*"version":")[^"]*"')
MACHINE_NUMBERS = re.compile(rb'("(?:cpu_ms|rss_bytes|used|cap)":)[0-9.eE+-]+')
TEXT_MEMORY = re.compile(rb"( undecodable  sessions .* gaps?  memory ).*")
STATS = b'"dataset":"heloscope.stats"'


def normalise_line(line):
    """Fixes what differs from build to build and from machine to machine."""
    line = OBSERVER_VERSION.sub(rb'\g<1>0.0.0"', line)
    return MACHINE_NUMBERS.sub(rb"\g<1>0", line) if STATS in line else line


def normalise(output):
    """The same for a whole JSON output."""
    return b"".join(map(normalise_line, output.splitlines(keepends=True)))


def normalise_text(output):
    """Fixes the memory in the text form of stats."""
    return TEXT_MEMORY.sub(rb"\g<1>-", output)


def outputs(binary, capture, entry):
    """The files that a capture's golden output consists of: {suffix: bytes}."""
    arguments = capture_arguments(capture, entry) + ["--sensor", "golden"]
    as_json = run_heloscope(binary, arguments + ["-o", "json:-"])
    as_text = run_heloscope(binary, arguments + ["-o", "text:-"])
    if as_json.status not in (0, 1) or as_text.status != as_json.status:
        raise RuntimeError(f"as JSON: {as_json.problem() or 'exit 0'}; "
                           f"as text: {as_text.problem() or 'exit 0'}")
    if not as_json.status and not as_json.stdout:
        raise RuntimeError("no event at all, not even stats")
    files = {".jsonl": normalise(as_json.stdout), ".txt": normalise_text(as_text.stdout)}
    if as_json.status:
        files[".exit"] = f"exit {as_json.status}\n{as_json.stderr}".encode()
    return files


def lines_of(content):
    """A file's lines, bytes that are no UTF-8 escaped, for a diff."""
    return content.decode("utf-8", "backslashreplace").splitlines(keepends=True)


def difference(name, wanted, found):
    """A unified diff, cut to what a person reads; None where there is no difference."""
    if wanted == found:
        return None
    if wanted is None:
        return f"{name}: new, not kept yet; look at it, then golden.py --update"
    if found is None:
        return f"{name}: kept, but no longer written"
    diff = list(difflib.unified_diff(lines_of(wanted), lines_of(found), f"kept/{name}",
                                     f"found/{name}", n=1))
    cut = diff[:SHOWN_DIFF_LINES]
    if len(diff) > len(cut):
        cut.append(f"… {len(diff) - len(cut)} more lines")
    return "\n".join(line.rstrip("\n") for line in cut)


def kept(directory, name):
    """The golden files of a capture: {suffix: bytes or None}."""
    paths = {suffix: directory / (name + suffix) for suffix in SUFFIXES}
    return {suffix: path.read_bytes() if path.exists() else None for suffix, path in paths.items()}


def compare(directory, name, files):
    """The differences between what was kept and what was found."""
    differences = [difference(name + suffix, content, files.get(suffix))
                   for suffix, content in kept(directory, name).items()]
    return [text for text in differences if text]


def update(directory, name, files):
    """Keeps the new output; the names of the files that changed."""
    directory.mkdir(parents=True, exist_ok=True)
    changed = []
    for suffix, content in kept(directory, name).items():
        path = directory / (name + suffix)
        if files.get(suffix) == content:
            continue
        changed.append(path.name)
        if suffix in files:
            path.write_bytes(files[suffix])
        else:
            path.unlink()
    return changed


def find_captures(directories):
    """{name: capture}; two captures of one name would share their golden files."""
    found = {}
    for directory in directories:
        for path in captures_in(directory):
            if stem(path) in found:
                raise SystemExit(f"{path.name} and {found[stem(path)].name}: same name, rename one")
            found[stem(path)] = path
    return found


def stale(directory, names):
    """Golden files that belong to no capture."""
    if not directory.is_dir():
        return []
    return sorted(path for path in directory.iterdir()
                  if not any(path.name == name + suffix for name in names for suffix in SUFFIXES))


def entries_by_file(manifest):
    """What the manifest says of each capture."""
    return {entry["file"]: entry for entry in load_manifest(manifest)}


def run_update(options, captures, entries):
    """--update: keeps what heloscope writes now."""
    changed = []
    for name in options.update or captures:
        found = outputs(options.heloscope, captures[name], entries.get(captures[name].name, {}))
        changed += update(options.golden, name, found)
    if not options.update:
        for path in stale(options.golden, captures):
            path.unlink()
            changed.append(f"{path.name} (removed)")
    print("\n".join(changed) if changed else "nothing changed")
    return 0


def run_compare(options, captures, entries):
    """The test."""
    tally = Tally()
    for name, capture in captures.items():
        try:
            found = outputs(options.heloscope, capture, entries.get(capture.name, {}))
            tally.verdict(name, compare(options.golden, name, found))
        except RuntimeError as error:
            tally.verdict(name, [error])
    leftover = stale(options.golden, captures)
    if leftover:
        tally.verdict("stale", [f"{relative(path)}: belongs to no capture" for path in leftover])
    return tally.close()


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directories", nargs="*", type=Path, metavar="DIRECTORY",
                        help="captures besides those of pcaps/ and tests/captures/")
    parser.add_argument("--update", nargs="*", metavar="NAME",
                        help="keep the output as it is now, of these captures or of all")
    parser.add_argument("--heloscope", default=BINARY, help="the program to test")
    parser.add_argument("--golden", default=GOLDEN, type=Path)
    options = parser.parse_args()
    require_binary(options.heloscope)
    captures = find_captures([*CAPTURES, *options.directories])
    entries = entries_by_file(MANIFEST)
    if options.update is None:
        return run_compare(options, captures, entries)
    unknown = set(options.update) - captures.keys()
    if unknown:
        raise SystemExit(f"no capture {', '.join(sorted(unknown))}")
    return run_update(options, captures, entries)


if __name__ == "__main__":
    sys.exit(main())
