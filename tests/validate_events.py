#!/usr/bin/python3
"""Checks heloscope's JSON lines: against the schema, and for what no schema can say."""

import argparse
import io
import json
import re
import sys
from datetime import datetime, timezone
from functools import lru_cache

from jsonschema import Draft202012Validator, ValidationError, validators

from toolkit import ROOT, get

SCHEMA = ROOT / "share" / "heloscope.schema.json"
RAW_CONTROL = re.compile(rb"[\x00-\x1f\x7f]|\xc2[\x80-\x9f]")
SESSION_EVENT_ID = re.compile(r"([0-9a-f]{16})-([0-9]+)\Z")
LIST_LIMIT = 1000
MESSAGE_LENGTH = 160
# Objects whose keys are data: their order is the data's.
MAPS = {
    "smtp.session.commands", "smtp.session.replies", "smtp.message.parameters",
    "smtp.anomaly.evidence", "smtp.stats.packets.undecodable", "smtp.stats.anomalies",
}


class BadLine(Exception):
    """A line that cannot be read as an event at all."""


@lru_cache(maxsize=None)
def whole_pattern(pattern):
    """The compiled pattern; a final $ means the end, not a newline before it as Python has it."""
    if pattern.endswith("$"):
        pattern = pattern[:-1] + r"\Z"
    return re.compile(pattern)


def check_pattern(_validator, pattern, instance, _schema):
    """The schema keyword `pattern`."""
    if isinstance(instance, str) and not whole_pattern(pattern).search(instance):
        yield ValidationError(f"{instance!r} does not match {pattern}")


def inlined(schema, root):
    """The schema with its local references replaced by what they name: faster to run."""
    if isinstance(schema, list):
        return [inlined(part, root) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {key: inlined(part, root) for key, part in schema.items() if key != "$ref"}
    if "$ref" not in schema:
        return parts
    named = inlined(root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root)
    return named if not parts.keys() - {"description"} else {"allOf": [named], **parts}


@lru_cache(maxsize=None)
def load_validator(path=SCHEMA):
    """The schema, compiled."""
    with open(path, encoding="utf-8") as file:
        schema = json.load(file)
    Draft202012Validator.check_schema(schema)
    flat = {key: inlined(part, schema) for key, part in schema.items() if key != "$defs"}
    return validators.extend(Draft202012Validator, {"pattern": check_pattern})(flat)


def object_without_duplicates(pairs):
    """Makes the object, or refuses it for a key that it has twice."""
    result = dict(pairs)
    if len(result) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        raise BadLine(f"duplicate key {', '.join(twice)}")
    return result


def refuse_constant(name):
    """NaN and Infinity are no JSON."""
    raise BadLine(f"{name} is no JSON number")


def parse_line(line):
    """The event on a line given as bytes."""
    if not line.endswith(b"\n"):
        raise BadLine("the line does not end in a newline")
    line = line[:-1]
    control = RAW_CONTROL.search(line)
    if control:
        raise BadLine(f"raw control character {control.group().hex()} at octet {control.start()}")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadLine(f"not UTF-8 at octet {error.start}") from None
    try:
        event = json.loads(text, object_pairs_hook=object_without_duplicates,
                           parse_constant=refuse_constant)
    except ValueError as error:
        raise BadLine(f"not JSON: {error}") from None
    except RecursionError:
        raise BadLine("nested too deep") from None
    if not isinstance(event, dict):
        raise BadLine("not an object")
    return event


def walk(value, path=""):
    """Every value with its dotted path (list elements under the list's own)."""
    yield path, value
    if isinstance(value, dict):
        for key, part in value.items():
            yield from walk(part, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for part in value:
            yield from walk(part, path)


def is_encodable(text):
    """False for a lone surrogate, which JSON can spell and UTF-8 cannot."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def value_errors(event):
    """Nulls, empty strings and characters that are none."""
    for path, value in walk(event):
        if value is None:
            yield f"{path}: null"
        elif value == "":
            yield f"{path}: empty string"
        elif isinstance(value, str) and not is_encodable(value):
            yield f"{path}: lone surrogate"
        elif isinstance(value, dict) and not all(map(is_encodable, value)):
            yield f"{path}: lone surrogate in a key"


def schema_errors(validator, event):
    """What the schema objects to, one line each."""
    for error in validator.iter_errors(event):
        path = ".".join(map(str, error.absolute_path)) or "event"
        message = " ".join(error.message.split())
        if len(message) > MESSAGE_LENGTH:
            message = f"{message[:MESSAGE_LENGTH]}… ({error.validator})"
        yield f"{path}: {message}"


def values_at(event, path):
    """All values with this dotted path."""
    return [value for found, value in walk(event) if found == path]


def note_errors(event):
    """truncated, latin1 and list_counts must name what the event has."""
    for note in ("truncated", "latin1"):
        for path in get(event, f"smtp.{note}", []):
            # An object stands for its keys: those of smtp.message.parameters are wire text.
            if not any(isinstance(value, (str, dict)) for value in values_at(event, path)):
                yield f"smtp.{note}: the event has no string at {path}"
    for path, total in walk(get(event, "smtp.list_counts", {})):
        if isinstance(total, dict):
            continue
        lists = [value for value in values_at(event, path) if isinstance(value, list)]
        if not lists:
            yield f"smtp.list_counts: the event has no list at {path}"
        elif len(lists[0]) != LIST_LIMIT:
            yield f"smtp.list_counts: {path} has {len(lists[0])} elements, not {LIST_LIMIT}"


def nanoseconds(stamp):
    """A timestamp of the contract in nanoseconds since 1970."""
    whole, _, fraction = stamp.rstrip("Z").partition(".")
    moment = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return int(moment.timestamp()) * 10**9 + int(fraction.ljust(9, "0"))


def time_errors(event):
    """start, end and duration must agree to the microsecond."""
    facts = event["event"]
    if "start" not in facts or "end" not in facts:
        return
    span = nanoseconds(facts["end"]) - nanoseconds(facts["start"])
    if span < 0:
        yield "event.end: before event.start"
    elif "duration" in facts and abs(span - facts["duration"]) >= 1000:
        yield f"event.duration: {facts['duration']}, but end - start is {span}"


class KeyOrder:
    """Holds the objects of a dataset to one order of their keys."""

    def __init__(self):
        self.seen = set()
        self.before = set()

    def errors(self, event):
        """Pairs of keys that stand the other way round than in an earlier event."""
        dataset = get(event, "event.dataset")
        for path, value in walk(event):
            if isinstance(value, dict) and path not in MAPS:
                yield from self.object_errors(dataset, path, tuple(value))

    def object_errors(self, dataset, path, keys):
        """The same for one object."""
        if (dataset, path, keys) in self.seen:
            return
        self.seen.add((dataset, path, keys))
        for index, first in enumerate(keys):
            for second in keys[index + 1:]:
                if (dataset, path, second, first) in self.before:
                    yield f"{path or 'event'}: key {first} before {second}, elsewhere after it"
                else:
                    self.before.add((dataset, path, first, second))


class Sequences:
    """What must hold from event to event in one output."""

    def __init__(self, check_sequence):
        self.check_sequence = check_sequence
        self.expected = 1
        self.ids = set()
        self.last = {}

    def errors(self, event):
        """Sequence, ids, and the order of a session's events."""
        sequence, identity = event["event"]["sequence"], event["event"]["id"]
        if self.check_sequence and sequence != self.expected:
            yield f"event.sequence: {sequence}, expected {self.expected}"
        self.expected = sequence + 1
        if identity in self.ids:
            yield f"event.id: {identity} again"
        self.ids.add(identity)
        yield from self.session_errors(event, SESSION_EVENT_ID.match(identity))

    def session_errors(self, event, identity):
        """A session's events carry its id, count upwards, and never go back in time."""
        if not identity:
            return
        session, number = identity.group(1), int(identity.group(2))
        if get(event, "smtp.session.id", session) != session:
            yield "event.id: does not begin with smtp.session.id"
        time = nanoseconds(event["@timestamp"])
        last_number, last_time = self.last.get(session, (-1, 0))
        if number <= last_number:
            yield f"event.id: number {number} after {last_number} in session {session}"
        if time < last_time:
            yield f"@timestamp: earlier than the previous event of session {session}"
        self.last[session] = (number, time)


class EventChecker:
    """Checks outputs; key order is held across all of them, ids and sequence within each."""

    def __init__(self, check_sequence=True, schema=SCHEMA):
        self.validator = load_validator(schema)
        self.check_sequence = check_sequence
        self.order = KeyOrder()

    def check(self, lines):
        """(line number, error) for everything wrong in an output given as lines of bytes."""
        sequences = Sequences(self.check_sequence)
        for number, line in enumerate(lines, 1):
            for error in self.line_errors(line, sequences):
                yield number, error

    def line_errors(self, line, sequences):
        """All errors of one line; the later checks only where the earlier ones found none."""
        try:
            event = parse_line(line)
        except BadLine as error:
            return [str(error)]
        errors = list(value_errors(event)) + list(schema_errors(self.validator, event))
        if errors:
            sequences.expected += 1
            return errors
        try:
            return [*note_errors(event), *time_errors(event), *self.order.errors(event),
                    *sequences.errors(event)]
        except ValueError as error:
            return [f"no such date: {error}"]


def check_bytes(checker, output):
    """The errors of a whole output, ready to print."""
    return [f"line {number}: {error}"
            for number, error in checker.check(io.BytesIO(output))]


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", default=["-"], metavar="FILE",
                        help="JSON lines; - is stdin (the default)")
    parser.add_argument("--no-sequence", action="store_true",
                        help="event.sequence may have holes (events were filtered)")
    parser.add_argument("--schema", default=SCHEMA, help="another schema")
    options = parser.parse_args()
    checker = EventChecker(not options.no_sequence, options.schema)
    failed = False
    for name in options.files:
        with (sys.stdin.buffer if name == "-" else open(name, "rb")) as lines:
            for number, error in checker.check(lines):
                failed = True
                print(f"{name}:{number}: {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
