#!/usr/bin/python3
"""Checks that heloscope finds in each capture of pcaps/ what the manifest says is in it."""

import argparse
import json
import sys
from pathlib import Path

from toolkit import (ABSENT, BINARY, ROOT, Tally, capture_arguments, captures_in, get,
                     load_manifest, parse_events, require_binary, run_heloscope)
from validate_events import EventChecker, check_bytes

MANIFEST = ROOT / "pcaps" / "MANIFEST"
KNOWN_KEYS = {"file", "scenario", "recorded", "ports", "options", "expect", "expect_auth",
              "expect_tls", "absent", "expect_anomaly"}
MAX_VALIDATION_ERRORS = 10


def equal(expected, found):
    """Equality of JSON values: true is not 1."""
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(equal, expected, found))
    if isinstance(expected, dict) and isinstance(found, dict):
        return expected.keys() == found.keys() and all(
            equal(value, found[key]) for key, value in expected.items())
    return expected == found


def value_matches(expected, found):
    """Subset match: an object needs only the expected keys, all else must be equal."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return all(value_matches(value, found.get(key, ABSENT)) for key, value in expected.items())
    return equal(expected, found)


def wrong_keys(expectation, event):
    """The dotted keys of an expectation that the event does not meet."""
    return [path for path, value in expectation.items()
            if not value_matches(value, get(event, path, ABSENT))]


def matches(expectation, event):
    """Does the event meet the whole expectation?"""
    return not wrong_keys(expectation, event)


def assign(expectations, events):
    """A largest matching of expectations to distinct events, as {expectation: event} by index."""
    candidates = [[number for number, event in enumerate(events) if matches(expectation, event)]
                  for expectation in expectations]
    owner = {}

    def place(index, tried):
        for number in candidates[index]:
            if number in tried:
                continue
            tried.add(number)
            if number not in owner or place(owner[number], tried):
                owner[number] = index
                return True
        return False

    for index in range(len(expectations)):
        place(index, set())
    return {index: number for number, index in owner.items()}


def nearest(expectation, events):
    """The event that meets most of an expectation, one of the same dataset first; or None."""
    def closeness(event):
        same = get(event, "event.dataset") == expectation.get("event.dataset")
        return same, -len(wrong_keys(expectation, event))
    return max(events, key=closeness, default=None)


def show(value):
    """A value in one line."""
    return "(absent)" if value is ABSENT else json.dumps(value, ensure_ascii=False)


def describe_miss(expectation, events):
    """A diff of an unmet expectation against the event that comes nearest."""
    event = nearest(expectation, events)
    if event is None:
        return f"expected {show(expectation)}\nbut there is no event at all"
    lines = [f"no event left for this; nearest is {get(event, 'event.id')}:"]
    wrong = wrong_keys(expectation, event)
    for path, value in expectation.items():
        if path in wrong:
            lines.append(f"- {path}: {show(value)}")
            lines.append(f"+ {path}: {show(get(event, path, ABSENT))}")
        else:
            lines.append(f"  {path}: {show(value)}")
    if not wrong:
        lines.append("it matches, but another expectation needs it: one more such event is missing")
    return "\n".join(lines)


def expectation_problems(capture, events, with_auth):
    """What was expected and is missing, what must not be there and is."""
    lists = [capture["expect"], capture.get("expect_auth", []) if with_auth else []]
    problems = []
    for expectations in lists:  # each list on its own: both may tell of the same event
        assigned = assign(expectations, events)
        problems += [describe_miss(expectation, events)
                     for index, expectation in enumerate(expectations) if index not in assigned]
    for unwanted in capture.get("absent", []):
        problems += [f"event {get(event, 'event.id')} must not be there: {show(unwanted)}"
                     for event in events if matches(unwanted, event)]
    return problems


def anomaly_problems(capture, events, rules):
    """The rules that speak are exactly those that the manifest names, of those that there are."""
    named = {wanted["rule.id"] for wanted in capture.get("expect_anomaly", [])} & rules
    spoken = {get(event, "rule.id") for event in events
              if get(event, "event.dataset") == "heloscope.anomaly"}
    return [f"{rule} does not speak" for rule in sorted(named - spoken)] + [
        f"{rule} speaks, and is not in expect_anomaly" for rule in sorted(spoken - named)]


def entry_problems(capture):
    """What is wrong with the manifest's entry itself."""
    problems = [f"unknown key {key}" for key in sorted(capture.keys() - KNOWN_KEYS)]
    problems += [f"no {key}" for key in ("scenario", "recorded") if not capture.get(key)]
    if not capture.get("expect") and not capture.get("expect_auth"):
        problems.append("expects nothing")
    for key in ("expect", "expect_auth", "absent"):
        problems += [f"an empty object in {key}" for wanted in capture.get(key, []) if not wanted]
    return problems


def rules_of(binary):
    """The ids of the rules that the build has."""
    return {rule["id"] for rule in parse_events(run_heloscope(binary, ["rules", "--json"]).stdout)}


def check_capture(capture, run, checker, with_auth, rules):
    """All problems of one capture."""
    problems = entry_problems(capture)
    if run.problem():
        problems.append(run.problem())
    problems += check_bytes(checker, run.stdout)[:MAX_VALIDATION_ERRORS]
    events = parse_events(run.stdout)
    return (problems + anomaly_problems(capture, events, rules) +
            expectation_problems(capture, events, with_auth))


def directory_problems(captures, directory):
    """Where the directory and the manifest do not name the same files, each once."""
    named, present = [capture["file"] for capture in captures], captures_in(directory)
    problems = [f"{path.name}: not in the manifest" for path in present if path.name not in named]
    problems += [f"{name}: in the manifest, but there is no such file" for name in named
                 if not (directory / name).exists()]
    return problems + [f"{name}: twice in the manifest" for name in sorted(set(named))
                       if named.count(name) > 1]


def run_all(captures, directory, binary):
    """[(capture, run)] for the files that exist."""
    paths = [(capture, directory / capture["file"]) for capture in captures]
    return [(capture, run_heloscope(binary, capture_arguments(path, capture)))
            for capture, path in paths if path.exists()]


def tells_of_auth(runs):
    """Does the build write auth events at all?"""
    return any(get(event, "event.dataset") == "heloscope.auth"
               for _, run in runs for event in parse_events(run.stdout))


def note_unchecked(captures):
    """Says how many auth expectations a build without auth events leaves open."""
    count = sum(len(capture.get("expect_auth", [])) for capture in captures)
    if count:
        plural = "" if count == 1 else "s"
        print(f"{count} auth expectation{plural} not checked: this build writes no auth events")


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="FILE", help="only these captures")
    parser.add_argument("--heloscope", default=BINARY, help="the program to test")
    parser.add_argument("--manifest", default=MANIFEST, type=Path)
    parser.add_argument("--require-auth", action="store_true",
                        help="check auth expectations even if the build writes no auth event")
    options = parser.parse_args()
    require_binary(options.heloscope)
    captures = load_manifest(options.manifest)
    directory = options.manifest.parent
    tally, checker = Tally(), EventChecker()
    tally.verdict(options.manifest.name, directory_problems(captures, directory))
    wanted = [capture for capture in captures
              if not options.names or capture["file"] in options.names]
    runs = run_all(wanted, directory, options.heloscope)
    with_auth = options.require_auth or tells_of_auth(runs)
    rules = rules_of(options.heloscope)
    for capture, run in runs:
        tally.verdict(capture["file"], check_capture(capture, run, checker, with_auth, rules))
    if not with_auth:
        note_unchecked(wanted)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
