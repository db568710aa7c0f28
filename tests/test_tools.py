#!/usr/bin/python3
"""Tests of the test programs: each checker accepts what is right and refuses what is wrong."""

import contextlib
import copy
import io
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

import check_manifest
import check_rules
import corpus
import false_alarms
import golden
import live
import live_lab
import rules_docs
import soak
import toolkit
import validate_events

SESSION_ID = "0123456789abcdef"
CLIENT = {"ip": "192.0.2.1", "port": 40000, "bytes": 200, "packets": 9}
SERVER = {"ip": "198.51.100.2", "port": 25, "bytes": 300, "packets": 8}
DELETE = object()
CHECKER = validate_events.EventChecker()
DATASET_FACTS = {
    "session": {"category": ["network", "email"], "type": ["connection", "end"],
                "outcome": "success", "start": "2024-05-01T10:00:00.000000Z",
                "end": "2024-05-01T10:00:01.500000Z", "duration": 1500000000},
    "exchange": {"category": ["network"], "type": ["protocol"]},
    "auth": {"category": ["authentication"], "type": ["start"], "outcome": "failure",
             "start": "2024-05-01T10:00:00.000000Z", "end": "2024-05-01T10:00:01.500000Z",
             "duration": 1500000000},
    "message": {"category": ["email"], "type": ["info"], "start": "2024-05-01T10:00:00.000000Z",
                "end": "2024-05-01T10:00:01.500000Z", "duration": 1500000000},
    "tls": {"category": ["network"], "type": ["protocol"]},
    "anomaly": {"category": ["network", "intrusion_detection"], "type": ["info"], "severity": 50},
    "stats": {},
}
SMTP_FACTS = {
    "session": {
        "server": {"banner": "mx.example ESMTP", "name": "mx.example",
                   "capabilities": ["PIPELINING", "SIZE 10240000", "AUTH PLAIN LOGIN"]},
        "helo": "client.example", "client": {"verb": "EHLO"},
        "session": {
            "id": SESSION_ID, "kind": "smtp", "gaps": {"count": 0, "bytes": 0},
            "commands": {"EHLO": 1, "MAIL": 1, "QUIT": 1},
            "replies": {"220": 1, "221": 1, "250": 2}, "pipelining": False, "first_reply_ms": 1.5,
            "reply_ms": {"p50": 0.25, "max": 12}, "tls": False,
            "close": {"reason": "quit", "by": "server", "reply_code": 221, "reply_text": "Bye",
                      "state": "ready", "idle_ms": 0.1, "expected": True}}},
    "exchange": {
        "session": {"id": SESSION_ID},
        "command": {"verb": "EHLO", "argument": "client.example"},
        "reply": {"code": 250, "class": "positive_completion", "text": "mx.example", "lines": 1},
        "exchange": {"number": 2, "latency_ms": 0.5, "pipelined": False, "phase": "ready"}},
    "auth": {
        "session": {"id": SESSION_ID},
        "auth": {"mechanism": "PLAIN", "initial_response": True, "rounds": 0, "result": "failure",
                 "tls": False, "advertised": True, "secret_exposed": True},
        "reply": {"code": 535, "enhanced": "5.7.8", "text": "no"}},
    "message": {
        "session": {"id": SESSION_ID}, "helo": "client.example", "mail_from": "a@example.org",
        "rcpt_to": ["b@example.net"],
        "message": {"number": 1, "size_declared": 1000, "size": 900, "chunking": False,
                    "recipients": [{"address": "b@example.net", "code": 250}],
                    "parameters": {"SIZE": "1000", "SMTPUTF8": True}, "result": "accepted"},
        "reply": {"code": 250, "text": "queued"}},
    "tls": {"session": {"id": SESSION_ID}, "tls": {"via": "starttls"}},
    "anomaly": {"session": {"id": SESSION_ID},
                "anomaly": {"evidence": {"cause": "unknown"}, "advice": "Look at the server."}},
    "stats": {"stats": {
        "packets": {"received": 10, "truncated": 0, "undecodable": {"nesting": 1}}, "bytes": 1000,
        "flows": {"active": 0, "created": 1, "expired": 1, "evicted": 0},
        "stream": {"buffered_bytes": 0, "gaps": 0, "gap_bytes": 0, "out_of_window": 0},
        "sessions": {"active": 0, "ended": 1},
        "events": [{"output": "json:-", "written": 4, "dropped": 0}],
        "memory": {"used": 100, "cap": 536870912}, "cpu_ms": 3.5, "rss_bytes": 5000000}},
}


def change(event, changes):
    """Sets (or deletes) the values under dotted paths."""
    for path, value in changes.items():
        *parents, key = path.split(".")
        target = event
        for parent in parents:
            target = target.setdefault(parent, {})
        if value is DELETE:
            del target[key]
        else:
            target[key] = value
    return event


def make_event(name, number=1, **changes):
    """A valid event of a dataset; changes are dotted paths with __ for the dots."""
    kind = {"anomaly": "alert", "stats": "metric"}.get(name, "event")
    identity = f"{SESSION_ID}-{number}" if name != "stats" else f"feed-stats-{number}"
    event = {
        "@timestamp": "2024-05-01T10:00:01.500000Z", "ecs": {"version": "8.17.0"},
        "event": {"kind": kind, "module": "heloscope", "dataset": f"heloscope.{name}",
                  "id": identity, "sequence": number, "action": f"smtp-{name}",
                  **DATASET_FACTS[name]},
        "observer": {"name": "here", "type": "sensor", "product": "heloscope", "version": "0.1.0"},
    }
    if name != "stats":
        event |= {"source": CLIENT, "destination": SERVER,
                  "network": {"transport": "tcp", "type": "ipv4", "protocol": "smtp",
                              "community_id": "1:" + "A" * 27 + "="},
                  "related": {"ip": [CLIENT["ip"], SERVER["ip"]]}}
    if name == "anomaly":
        event["rule"] = {"id": "HS-101", "name": "server_initiated_close", "category": "close",
                         "description": "The server closed unasked."}
    if name == "tls":
        event["tls"] = {"version": "1.3", "version_protocol": "tls", "established": True}
    event["smtp"] = SMTP_FACTS[name]
    paths = {path.replace("__", "."): value for path, value in changes.items()}
    return change(copy.deepcopy(event), paths)


def to_lines(*events):
    """The events as heloscope writes them."""
    return b"".join(json.dumps(event, ensure_ascii=False).encode() + b"\n" for event in events)


def errors_of(output, checker=None):
    """What the validator says to an output."""
    return validate_events.check_bytes(checker or validate_events.EventChecker(), output)


class ToolCase(unittest.TestCase):
    """Assertions on the validator."""

    def accept(self, *events):
        """No error."""
        self.assertEqual(errors_of(to_lines(*events), CHECKER), [])

    def refuse(self, part, *events):
        """An error that contains part."""
        self.refuse_bytes(part, to_lines(*events))

    def refuse_bytes(self, part, output):
        """The same for raw output."""
        errors = errors_of(output)
        self.assertTrue(errors, "accepted")
        self.assertTrue(any(part in error for error in errors), errors)


class SchemaTest(ToolCase):
    """The schema tells right events from wrong ones."""

    def test_one_valid_event_of_each_dataset_is_accepted(self):
        for name in DATASET_FACTS:
            with self.subTest(name):
                self.accept(make_event(name))

    def test_all_required_fields_are_missed(self):
        for path in ("@timestamp", "ecs", "event.id", "event.sequence", "observer.version",
                     "source.port", "network.community_id", "smtp.session.id", "smtp.session.close",
                     "event.outcome", "related"):
            with self.subTest(path):
                self.refuse("required", make_event("session", **{path: DELETE}))

    def test_unknown_fields_are_refused_at_every_level(self):
        for name in DATASET_FACTS:
            for path in ("extra", "event.extra", "observer.extra", "smtp.extra"):
                with self.subTest(dataset=name, path=path):
                    self.refuse("extra", make_event(name, **{path: 1}))
        for path in ("source", "network", "smtp.session", "smtp.session.close", "smtp.server"):
            with self.subTest(path):
                self.refuse("extra", make_event("session", **{path + ".extra": 1}))

    def test_fields_of_other_datasets_are_refused(self):
        self.refuse("user", make_event("session", user__name="eve"))
        self.refuse("tls", make_event("message", tls__established=True))
        self.refuse("source", make_event("stats", source__ip="192.0.2.1"))

    def test_values_outside_their_set_or_pattern_are_refused(self):
        for name, path, value in (
                ("session", "event.dataset", "heloscope.other"),
                ("session", "@timestamp", "2024-05-01T10:00:01Z"),
                ("session", "@timestamp", "2024-05-01T10:00:01.500000Z\n"),
                ("session", "smtp.session.id", "0123456789ABCDEF"),
                ("session", "event.id", "0123456789abcdef"),
                ("session", "network.community_id", "1:short="),
                ("session", "source.ip", "example.org"),
                ("session", "source.mac", "00:11:22:33:44:55"),
                ("session", "smtp.session.kind", "http"),
                ("session", "smtp.session.midstream", False),
                ("session", "smtp.session.commands", {"ehlo": 1}),
                ("session", "smtp.session.commands", {}),
                ("session", "smtp.session.replies", {"600": 1}),
                ("session", "smtp.session.close.reason", "bored"),
                ("session", "smtp.session.close.state", "sleeping"),
                ("session", "smtp.server.capabilities", []),
                ("exchange", "smtp.reply.code", 199),
                ("exchange", "smtp.reply.code", "250"),
                ("exchange", "smtp.reply.class", "permanent_negative"),
                ("exchange", "smtp.reply.enhanced", "3.1.1"),
                ("exchange", "smtp.exchange.number", 0),
                ("auth", "smtp.auth.result", "ok"),
                ("auth", "smtp.auth.challenges", [{"kind": "riddle"}]),
                ("auth", "smtp.auth.challenges", [{"kind": "other", "realm": "x"}]),
                ("auth", "smtp.auth.challenges", [{"kind": "empty", "text": "x"}]),
                ("message", "smtp.message.parameters", {"SIZE": 1000}),
                ("message", "smtp.message.parameters", {"SMTPUTF8": False}),
                ("message", "smtp.message.result", "lost"),
                ("tls", "smtp.tls.via", "luck"),
                ("anomaly", "event.severity", 51),
                ("anomaly", "rule.id", "HS-1"),
                ("anomaly", "smtp.anomaly.evidence", {"nested": {"a": 1}}),
                ("anomaly", "smtp.session.ids", [SESSION_ID]),
                ("stats", "smtp.stats.packets.received", -1),
                ("stats", "smtp.stats.events", {"written": 1})):
            with self.subTest(dataset=name, path=path, value=value):
                self.refuse(path.split(".")[-1], make_event(name, **{path: value}))

    def test_wire_text_is_bounded(self):
        self.accept(make_event("session", smtp__helo="x" * 1024))
        self.refuse("smtp.helo", make_event("session", smtp__helo="x" * 1025))

    def test_outcome_must_follow_from_the_facts(self):
        self.refuse("outcome", make_event("session", event__outcome="failure"))
        self.refuse("outcome", make_event("auth", event__outcome="unknown", event__type=["info"]))
        self.refuse("type", make_event("auth", event__type=["info"]))
        self.refuse("reply.code", make_event("auth", event__outcome="success",
                                             smtp__auth__result="success"))

    def test_close_must_be_consistent(self):
        failed = {"event.outcome": "failure", "smtp.session.close.expected": False,
                  "smtp.session.close.reply_code": 421}
        self.accept(make_event("session", **failed, smtp__session__close__reason="server_421"))
        self.refuse("reply_code",
                    make_event("session", **failed, smtp__session__close__reason="server_221"))
        self.refuse("close.by",
                    make_event("session", **failed, smtp__session__close__reason="client_rst"))
        self.refuse("expected",
                    make_event("session", smtp__session__close__reason="quit_other_reply",
                               smtp__session__close__reply_code=250))

    def test_protocol_follows_the_kind(self):
        self.refuse("protocol", make_event("session", smtp__session__kind="other"))
        self.accept(make_event("session", smtp__session__kind="other", network__protocol="ssh"))
        self.refuse("protocol", make_event("session", network__protocol="ssh"))
        self.refuse("protocol", make_event("session", network__protocol=DELETE))
        self.accept(make_event("session", smtp__session__kind="other", network__protocol=DELETE,
                               smtp__session__tls=DELETE, smtp__session__pipelining=DELETE))
        self.refuse("tls", make_event("session", smtp__session__tls=DELETE))

    def test_stats_of_no_packets_have_no_time(self):
        empty = {"smtp.stats.packets.received": 0, "@timestamp": DELETE}
        self.accept(make_event("stats", **empty))
        self.refuse("@timestamp", make_event("stats", **{"@timestamp": DELETE}))

    def test_pseudo_commands_have_no_argument(self):
        for verb in ("*RESPONSE*", "*UNKNOWN*", "*DATA*"):
            with self.subTest(verb):
                self.accept(make_event("exchange", smtp__command={"verb": verb}))
                self.refuse("does not allow 'client", make_event("exchange", smtp__command__verb=verb))

    def test_an_exchange_has_a_command_or_a_reply(self):
        self.accept(make_event("exchange", smtp__command=DELETE))
        self.accept(make_event("exchange", smtp__reply=DELETE))
        self.refuse("smtp", make_event("exchange", smtp__reply=DELETE, smtp__command=DELETE))
        self.refuse("does not allow {'code'",
                    make_event("exchange", smtp__exchange__reply_lost=True))
        self.accept(make_event("exchange", smtp__exchange__reply_lost=True, smtp__reply=DELETE))

    def test_windowed_anomaly_needs_no_connection(self):
        shared = {"source": {"ip": "192.0.2.1"}, "destination": DELETE, "network": DELETE,
                  "event.id": "HS-201-00ff", "smtp.session": {"ids": [SESSION_ID]},
                  "smtp.anomaly.count": 5, "smtp.anomaly.window_s": 600}
        self.accept(make_event("anomaly", **shared))


    def test_every_object_of_the_schema_is_closed(self):
        schema = json.loads(validate_events.SCHEMA.read_text(encoding="utf-8"))
        for path, part in validate_events.walk(schema["$defs"]):
            if isinstance(part, dict) and part.get("type") == "object":
                with self.subTest(path):
                    self.assertIn("additionalProperties", part)


class ValidatorTest(ToolCase):
    """What the schema cannot say."""

    def test_bytes_that_are_no_json_line_are_refused(self):
        good = to_lines(make_event("session"))
        for part, output in (
                ("newline", good[:-1]),
                ("control", good[:-1] + b"\r\n"),
                ("control", good.replace(b"mx.example", b"mx\x7fexample", 1)),
                ("control", good.replace(b"mx.example", b"mx\xc2\x85example", 1)),
                ("UTF-8", good.replace(b"mx.example", b"mx\xffexample", 1)),
                ("surrogate", good.replace(b"mx.example", b"mx\\ud800example", 1)),
                ("duplicate key helo", good.replace(b'"helo":', b'"helo": "x", "helo":')),
                ("JSON number", good.replace(b'"p50": 0.25', b'"p50": NaN')),
                ("not JSON", b"\n"), ("not JSON", b"{\n"), ("not an object", b"[]\n")):
            with self.subTest(part):
                self.refuse_bytes(part, output)

    def test_escaped_controls_are_accepted(self):
        good = to_lines(make_event("session"))
        escaped = good.replace(b"mx.example ESMTP", b"mx\\u0000\\u0085\\n", 1)
        self.assertEqual(errors_of(escaped), [])

    def test_null_and_empty_strings_are_refused(self):
        self.refuse("smtp.helo: null", make_event("session", smtp__helo=None))
        self.refuse("smtp.helo: empty", make_event("session", smtp__helo=""))

    def test_sequence_must_have_no_holes(self):
        first, third = make_event("exchange"), make_event("exchange", 2, event__sequence=3)
        self.refuse("event.sequence: 3, expected 2", first, third)
        self.refuse("expected 1", make_event("exchange", event__sequence=2))
        lenient = validate_events.EventChecker(check_sequence=False)
        self.assertEqual(errors_of(to_lines(first, third), lenient), [])

    def test_a_refused_line_does_not_make_the_next_one_wrong(self):
        output = to_lines(make_event("exchange", extra=1), make_event("exchange", 2))
        self.assertEqual(len(errors_of(output)), 1)

    def test_ids_are_unique_and_count_upwards(self):
        second = make_event("exchange", 2)
        change(second, {"event.id": SESSION_ID + "-1"})
        self.refuse("again", make_event("exchange"), second)
        back = make_event("exchange", 2, event__id=SESSION_ID + "-3")
        self.refuse("number 2 after 3", back | {"event": back["event"] | {"sequence": 1}},
                    make_event("exchange", 2))

    def test_an_id_begins_with_its_session(self):
        self.refuse("does not begin", make_event("session", event__id="f" * 16 + "-1"))

    def test_a_session_never_goes_back_in_time(self):
        earlier = {"@timestamp": "2024-05-01T10:00:01.499999Z"}
        self.refuse("earlier", make_event("exchange"), make_event("exchange", 2, **earlier))

    def test_duration_is_the_span(self):
        self.refuse("event.duration", make_event("session", event__duration=1))
        self.refuse("before event.start",
                    make_event("session", event__start="2024-05-01T10:00:02.000000Z"))

    def test_a_date_must_exist(self):
        impossible = make_event("session", event__start="2024-02-30T10:00:00.000000Z")
        self.refuse("no such date", impossible)

    def test_key_order_is_fixed_per_dataset(self):
        turned = make_event("exchange", 2)
        turned["smtp"] = dict(reversed(turned["smtp"].items()))
        self.refuse("elsewhere after it", make_event("exchange"), turned)

    def test_the_order_of_map_keys_is_free(self):
        turned = make_event("session", 2, smtp__session__commands={"QUIT": 1, "EHLO": 1})
        self.accept(make_event("session"), turned)

    def test_notes_must_name_what_is_there(self):
        self.accept(make_event("session", smtp__latin1=["smtp.helo", "smtp.server.capabilities"]))
        self.refuse("no string at", make_event("session", smtp__truncated=["smtp.mail_from"]))
        self.refuse("no list at", make_event(
            "session", smtp__list_counts={"smtp": {"rcpt_to": 2000}}))
        self.refuse("has 3 elements", make_event(
            "session", smtp__list_counts={"smtp": {"server": {"capabilities": 2000}}}))


class TemplateTest(unittest.TestCase):
    """The index template maps exactly the fields of the schema."""

    TYPES = {"string": {"keyword", "ip", "date", "date_nanos"}, "integer": {"long"},
             "number": {"double"}, "boolean": {"boolean"}}

    def setUp(self):
        schema = json.loads(validate_events.SCHEMA.read_text(encoding="utf-8"))
        self.root = schema
        self.fields = {}
        for name in DATASET_FACTS:
            self.collect(schema["$defs"][name], "")
        template = validate_events.SCHEMA.with_name("heloscope-index-template.json")
        self.mapping = {}
        mappings = json.loads(template.read_text(encoding="utf-8"))["template"]["mappings"]
        self.flatten(mappings["properties"], "")

    def flatten(self, properties, prefix):
        """Field types by dotted path."""
        for key, mapping in properties.items():
            if "properties" in mapping:
                self.flatten(mapping["properties"], f"{prefix}{key}.")
            else:
                self.mapping[prefix + key] = mapping["type"]

    def collect(self, schema, path):
        """The schema's leaves by dotted path: a JSON type, or "map"."""
        if schema is False:
            return
        if "$ref" in schema:
            self.collect(self.root["$defs"][schema["$ref"].removeprefix("#/$defs/")], path)
        for part in schema.get("allOf", []):
            self.collect(part, path)
        if schema.get("additionalProperties", False) is not False:
            self.fields[path] = "map"
        for key, part in schema.get("properties", {}).items():
            self.collect(part, f"{path}.{key}" if path else key)
        if "items" in schema:
            self.collect(schema["items"], path)
        self.collect_leaf(schema, path)

    def collect_leaf(self, schema, path):
        """A leaf's type, from its type keyword or its allowed values."""
        kind = schema.get("type")
        values = schema.get("enum", [schema["const"]] if "const" in schema else [])
        if not kind and values and not isinstance(values[0], list):
            kind = {bool: "boolean", int: "integer", str: "string"}[type(values[0])]
        if isinstance(kind, str) and kind not in ("object", "array"):
            self.fields.setdefault(path, kind)

    def test_both_have_the_same_fields(self):
        lists = {"event.category", "event.type"}
        self.assertEqual(set(self.fields) | lists, set(self.mapping))

    def test_types_agree(self):
        for path, kind in self.fields.items():
            with self.subTest(path):
                allowed = {"flattened"} if kind == "map" else self.TYPES[kind]
                self.assertIn(self.mapping[path], allowed)


class ManifestTest(unittest.TestCase):
    """Expectations are matched to distinct events, and nothing unwanted passes."""

    def problems(self, events, **capture):
        """What the checker says to a capture with these expectations."""
        return check_manifest.expectation_problems({"expect": [], **capture}, events, True)

    def test_rules_are_exactly_those_named(self):
        spoken = [{"event": {"dataset": "heloscope.anomaly"}, "rule": {"id": "HS-101"}}]
        for named, problems in ((["HS-101"], 0), ([], 1), (["HS-102"], 2), (["HS-101", "HS-102"], 1),
                                (["HS-101", "HS-302"], 0)):  # a rule that does not exist is silent
            capture = {"expect_anomaly": [{"rule.id": rule} for rule in named]}
            found = check_manifest.anomaly_problems(capture, spoken, {"HS-101", "HS-102"})
            self.assertEqual(len(found), problems, named)

    def test_subset_matches_and_other_values_do_not(self):
        event = make_event("session")
        for expectation, good in (
                ({"event.dataset": "heloscope.session", "smtp.session.close.reason": "quit"}, True),
                ({"smtp.session.close": {"by": "server"}}, True),
                ({"smtp.session.close": {"by": "client"}}, False),
                ({"smtp.session.pipelining": False}, True),
                ({"smtp.session.pipelining": 0}, False),
                ({"smtp.session.commands.EHLO": 1}, True),
                ({"smtp.session.commands.EHLO": True}, False),
                ({"smtp.session.commands.RSET": 1}, False),
                ({"related.ip": ["192.0.2.1", "198.51.100.2"]}, True),
                ({"related.ip": ["198.51.100.2", "192.0.2.1"]}, False),
                ({"related.ip": ["192.0.2.1"]}, False)):
            with self.subTest(expectation):
                self.assertEqual(self.problems([event], expect=[expectation]) == [], good)

    def test_each_expectation_needs_its_own_event(self):
        code = {"smtp.reply.code": 250}
        one = make_event("exchange")
        self.assertEqual(len(self.problems([one], expect=[code, code])), 1)
        self.assertEqual(self.problems([one, make_event("exchange", 2)], expect=[code, code]), [])

    def test_a_greedy_choice_is_revised(self):
        wide, narrow = {"smtp.reply.code": 250}, {"smtp.command.verb": "EHLO"}
        events = [make_event("exchange"), make_event("exchange", 2, smtp__command__verb="RSET")]
        self.assertEqual(self.problems(events, expect=[wide, narrow]), [])
        self.assertEqual(self.problems(events, expect=[narrow, wide]), [])
        self.assertEqual(len(self.problems(events[:1], expect=[wide, narrow])), 1)

    def test_auth_expectations_count_too(self):
        capture = {"expect": [], "expect_auth": [{"event.dataset": "heloscope.auth"}]}
        events = [make_event("session")]
        self.assertTrue(check_manifest.expectation_problems(capture, events, True))
        self.assertFalse(check_manifest.expectation_problems(capture, events, False))

    def test_what_must_be_absent_is_reported(self):
        anomaly = {"event.dataset": "heloscope.anomaly"}
        self.assertEqual(self.problems([make_event("session")], absent=[anomaly]), [])
        self.assertEqual(len(self.problems([make_event("anomaly")], absent=[anomaly])), 1)

    def test_a_miss_names_the_nearest_event(self):
        events = [make_event("session"), make_event("exchange", 2)]
        text, = self.problems(events, expect=[{"event.dataset": "heloscope.exchange",
                                               "smtp.command.verb": "EHLO",
                                               "smtp.reply.code": 550}])
        self.assertIn(SESSION_ID + "-2", text)
        self.assertIn("- smtp.reply.code: 550\n+ smtp.reply.code: 250", text)

    def test_no_event_at_all_is_a_problem(self):
        self.assertTrue(self.problems([], expect=[{"smtp.reply.code": 250}]))

    def test_entries_must_expect_something(self):
        entry = {"file": "a.pcap", "scenario": "s", "recorded": "r"}
        self.assertTrue(check_manifest.entry_problems({**entry, "expect": []}))
        self.assertTrue(check_manifest.entry_problems({**entry, "expect": [{}]}))
        self.assertTrue(check_manifest.entry_problems({**entry, "expect": [{"a": 1}], "expct": []}))
        self.assertEqual(check_manifest.entry_problems({**entry, "expect": [{"a": 1}]}), [])

    def test_directory_and_manifest_must_agree(self):
        with tempfile.TemporaryDirectory() as name:
            (Path(name) / "a.pcap").touch()
            captures = [{"file": "a.pcap"}]
            self.assertEqual(check_manifest.directory_problems(captures, Path(name)), [])
            self.assertTrue(check_manifest.directory_problems(captures * 2, Path(name)))
            self.assertTrue(check_manifest.directory_problems([], Path(name)))
            self.assertIn("no such file",
                          check_manifest.directory_problems([{"file": "b.pcap"}], Path(name))[1])


class GoldenTest(unittest.TestCase):
    """Golden output is compared to the byte, but for what a machine or version changes."""

    def test_version_and_machine_numbers_are_fixed(self):
        one = make_event("stats")
        two = make_event("stats", observer__version="9.9.9", smtp__stats__cpu_ms=77,
                         smtp__stats__rss_bytes=1, smtp__stats__memory={"used": 7, "cap": 8})
        self.assertEqual(self.compact(one), self.compact(two))

    def test_nothing_else_is(self):
        for path in ("observer.name", "smtp.stats.bytes", "event.id", "ecs.version"):
            with self.subTest(path):
                self.assertNotEqual(self.compact(make_event("stats")),
                                    self.compact(make_event("stats", **{path: "changed"})))
        self.assertNotEqual(self.compact(make_event("session", smtp__session__used=1)),
                            self.compact(make_event("session", smtp__session__used=2)))

    def test_text_keeps_all_but_the_memory(self):
        line = b"10 packets, 1 kB  0 undecodable  sessions 0 open, 1 ended  0 gaps  memory %s\n"
        self.assertEqual(golden.normalise_text(line % b"3 kB of 512 MB"),
                         golden.normalise_text(line % b"4 kB of 512 MB"))
        self.assertEqual(golden.normalise_text(b"0 gaps  memory 3\n"), b"0 gaps  memory 3\n")

    def compact(self, event):
        """An event as it is kept."""
        text = json.dumps(event, separators=(",", ":")).encode()
        return golden.normalise(text + b"\n")

    def test_differences_are_shown_and_updates_settle_them(self):
        with tempfile.TemporaryDirectory() as name:
            directory = Path(name) / "golden"
            files = {".jsonl": b"one\ntwo\n", ".txt": b"text\n"}
            self.assertEqual(len(golden.compare(directory, "a", files)), 2)
            self.assertEqual(golden.update(directory, "a", files), ["a.jsonl", "a.txt"])
            self.assertEqual(golden.compare(directory, "a", files), [])
            changed = {**files, ".jsonl": b"one\n2\n"}
            diff, = golden.compare(directory, "a", changed)
            self.assertIn("-two\n+2", diff)
            exited = {**files, ".exit": b"exit 1\n"}
            self.assertEqual(len(golden.compare(directory, "a", exited)), 1)
            self.assertEqual(len(golden.compare(directory, "a", {".txt": b"text\n"})), 1)
            self.assertEqual(golden.update(directory, "a", {".txt": b"text\n"}), ["a.jsonl"])
            self.assertEqual([path.name for path in golden.stale(directory, ["b"])], ["a.txt"])

    def test_captures_of_one_name_are_refused(self):
        with tempfile.TemporaryDirectory() as name:
            for suffix in (".pcap", ".pcapng.gz"):
                (Path(name) / ("a" + suffix)).touch()
            with self.assertRaises(SystemExit):
                golden.find_captures([Path(name)])


def facts_session(**changes):
    """The facts of a small session."""
    facts = {
        "client": "192.0.2.1:40000", "server": "198.51.100.2:25", "midstream": False,
        "one_sided": None, "greeting": "220", "ehlo_keywords": ["AUTH", "SIZE"],
        "auth_advertised": ["LOGIN", "PLAIN"], "has_starttls_220": False, "pipelined_commands": 0,
        "early_talker": False, "proxy": None, "vlan": [], "gaps": {"client": [], "server": []},
        "commands": [{"verb": verb, "reply": reply} for verb, reply in (
            ("EHLO", "250"), ("AUTH", "334"), ("AUTH-RESPONSE", "235"), ("MAIL", "250"),
            ("RCPT", "250"), ("DATA", "354"), ("DATA-CONTENT", "250"), ("QUIT", "221"))],
        "replies": {"220": 1, "221": 1, "235": 1, "250": 4, "334": 1, "354": 1},
        "reply_order": ["220", "250", "334", "235", "250", "250", "354", "250", "221"],
        "unsolicited_replies": [],
        "auth": [{"mechanism": "PLAIN", "initial_response": False, "username": "eve",
                  "result": "235", "n_challenges": 1, "cancelled": False}],
        "mail_from": [{"address": "", "reply": "250"}],
        "rcpt_to": [{"address": "b@example.net", "reply": "250"}],
        "messages": [{"kind": "DATA", "final_reply": "250", "ok": True, "bytes": 900,
                      "terminated": True, "subjects_decoded": ["Hello"]}],
        "close": {"first": {"type": "FIN", "from": "server", "frame": 9}}, "tls": False,
    }
    return {**facts, **changes}


def facts_capture(*sessions):
    """The facts of a capture."""
    return {"capture": "sample.pcap", "packets": 10, "file_error": None, "decode_as": [],
            "sessions": list(sessions)}


def exchange(number, verb, argument, code, phase="ready"):
    """An exchange event, as much of it as the comparison reads."""
    event = {"event": {"dataset": "heloscope.exchange"},
             "smtp": {"session": {"id": SESSION_ID},
                      "exchange": {"number": number, "phase": phase}}}
    if verb:
        event["smtp"]["command"] = {"verb": verb, **({"argument": argument} if argument else {})}
    if code:
        event["smtp"]["reply"] = {"code": code}
    return event


def sample_events():
    """heloscope's events for facts_session()."""
    dialogue = ((None, None, 220), ("EHLO", "client", 250), ("AUTH", "PLAIN", 334),
                ("*RESPONSE*", None, 235), ("MAIL", "FROM:<>", 250),
                ("RCPT", "TO:<b@example.net>", 250), ("DATA", None, 354), ("*DATA*", None, 250),
                ("QUIT", None, 221))
    events = [exchange(number, *entry, phase="ready" if entry[0] else "greeting")
              for number, entry in enumerate(dialogue, 1)]
    replies = {"220": 1, "221": 1, "235": 1, "250": 4, "334": 1, "354": 1}
    events.append(make_event("auth", smtp__auth__initial_response=False, smtp__auth__rounds=1,
                             smtp__auth__result="success", smtp__reply__code=235, user__name="eve"))
    events.append(make_event("message", smtp__mail_from="<>", email__subject="Hello"))
    events.append(make_event("session", smtp__session__replies=replies,
                             smtp__server__capabilities=["size 1000", "AUTH PLAIN LOGIN"]))
    events.append(make_event("stats"))
    return events


class CorpusTest(unittest.TestCase):
    """The comparison finds every kind of difference, and only differences."""

    ALL = corpus.Abilities(auth=True, email=True, early_talker=True)
    NONE = corpus.Abilities(auth=False, email=False, early_talker=False)

    def differing(self, facts=None, events=None, abilities=ALL, packets=10):
        """The names of the fields that differ."""
        capture = facts_capture(*(facts if facts is not None else [facts_session()]))
        capture["packets"] = packets
        events = sample_events() if events is None else events
        return sorted(difference.field
                      for difference in corpus.compare_capture(capture, events, abilities))

    def test_a_session_that_agrees_has_no_difference(self):
        self.assertEqual(self.differing(), [])

    def test_every_fact_that_is_changed_is_noticed(self):
        message = facts_session()["messages"][0]
        auth = facts_session()["auth"][0]
        for change_, fields in (
                ({"midstream": True}, ["midstream"]),
                ({"one_sided": "client only"}, ["one_sided"]),
                ({"gaps": {"client": [[0, 5]], "server": []}}, ["gaps"]),
                ({"proxy": "http-connect"}, ["proxy"]),
                ({"vlan": [7]}, ["vlan"]),
                ({"greeting": "554"}, ["greeting"]),
                ({"greeting": None}, ["greeting"]),
                ({"ehlo_keywords": ["AUTH"]}, ["ehlo_keywords"]),
                ({"auth_advertised": ["PLAIN"]}, ["auth_advertised"]),
                ({"replies": {"220": 1}}, ["replies"]),
                ({"reply_order": ["220"]}, ["reply_order"]),
                ({"unsolicited_replies": ["421"]}, ["unsolicited_replies"]),
                ({"pipelined_commands": 2}, ["pipelining"]),
                ({"mail_from": [{"address": "x@y", "reply": "250"}]},
                 ["mail_from", "message_senders"]),
                ({"mail_from": [{"address": "", "reply": "550"}]}, ["mail_from"]),
                ({"rcpt_to": [{"address": "b@example.net", "reply": "251"}]},
                 ["message_recipients", "rcpt_to"]),
                ({"messages": []}, ["email", "message_bytes", "messages"]),
                ({"messages": [{**message, "kind": "BDAT"}]}, ["messages"]),
                ({"messages": [{**message, "ok": False}]}, ["messages"]),
                ({"messages": [{**message, "bytes": 901}]}, ["message_bytes"]),
                ({"messages": [{**message, "subjects_decoded": []}]}, ["email"]),
                ({"has_starttls_220": True}, ["starttls_220"]),
                ({"tls": True}, ["tls"]),
                ({"close": {"first": None}}, ["close_by"]),
                ({"close": {"first": {"type": "FIN", "from": "client"}}}, ["close_by"]),
                ({"auth": []}, ["auth"]),
                ({"auth": [{**auth, "username": "adam"}]}, ["auth"]),
                ({"auth": [{**auth, "result": "535"}]}, ["auth"]),
                ({"auth": [{**auth, "n_challenges": 2}]}, ["auth"]),
                ({"early_talker": True}, ["early_talker"])):
            with self.subTest(change_):
                self.assertEqual(self.differing([facts_session(**change_)]), fields)

    def test_the_order_and_the_replies_of_commands_count(self):
        swapped = facts_session()["commands"]
        swapped[3], swapped[4] = swapped[4], swapped[3]
        self.assertIn("commands", self.differing([facts_session(commands=swapped)]))
        lost = facts_session()["commands"]
        lost[0]["reply"] = None
        self.assertEqual(self.differing([facts_session(commands=lost)]), ["commands"])
        self.assertIn("commands", self.differing([facts_session(commands=lost[1:])]))

    def test_what_the_build_cannot_tell_is_not_compared(self):
        facts = facts_session(auth=[], early_talker=True)
        self.assertEqual(self.differing([facts], abilities=self.NONE), [])

    def test_missing_and_unexpected_sessions_are_noticed(self):
        other = facts_session(client="192.0.2.9:1")
        self.assertEqual(self.differing([facts_session(), other]), ["session"])
        self.assertEqual(self.differing([]), ["session"])
        self.assertEqual(self.differing([facts_session(), facts_session()]), ["session"])

    def test_a_session_that_is_not_smtp_is_not_counted(self):
        events = sample_events() + [make_event("session", smtp__session__kind="other",
                                               source__port=9)]
        self.assertEqual(self.differing(events=events), [])

    def test_the_packets_are_counted(self):
        self.assertEqual(self.differing(packets=11), ["packets"])
        self.assertEqual(self.differing(events=sample_events()[:-1]), ["packets"])

    def test_no_events_are_no_agreement(self):
        self.assertEqual(self.differing(events=[]), ["packets", "session"])

    def test_recipients_outside_a_transaction_are_told_apart(self):
        commands = [{"verb": verb, "reply": reply} for verb, reply in (
            ("RCPT", "503"), ("MAIL", "250"), ("RCPT", "250"), ("RSET", "250"), ("RCPT", "503"))]
        rcpt = [{"address": name, "reply": reply}
                for name, reply in (("a", "503"), ("b", "250"), ("c", "503"))]
        facts = facts_session(commands=commands, rcpt_to=rcpt)
        self.assertEqual(corpus.transaction_recipients(facts), [["b", "250"]])

    def test_addresses_are_read_from_arguments(self):
        for argument, address in (("FROM:<a@b> SIZE=1", "a@b"), ("FROM:<>", "<>"),
                                  ("to: <a@b>", "a@b"), ("FROM:nobody SIZE=1", "nobody"),
                                  ('TO:<"a b"@c>', '"a b"@c'), ("FROM:<a@b", "a@b")):
            with self.subTest(argument):
                self.assertEqual(corpus.mailbox(argument), address)

    def test_addresses_match_in_any_spelling(self):
        self.assertEqual(corpus.endpoint("2001:DB8:0:0::1:25"), corpus.endpoint("[2001:db8::1]:25"))

    def test_a_damaged_file_must_be_reported(self):
        damaged, whole = {"file_error": "cut short"}, {"file_error": None}
        run = toolkit.Run
        self.assertEqual(corpus.run_problems(damaged, run(1, b"", b"heloscope: x: cut\n")), [])
        self.assertTrue(corpus.run_problems(damaged, run(0, b"", b"")))
        self.assertTrue(corpus.run_problems(damaged, run(1, b"", b"")))
        self.assertTrue(corpus.run_problems(whole, run(1, b"", b"heloscope: x\n")))
        self.assertEqual(corpus.run_problems(whole, run(0, b"", b"")), [])

    def test_known_differences_must_match_in_full(self):
        found = corpus.Difference("sample", "key", "greeting", "220", "554")
        entry = {**found._asdict(), "why": "the facts are wrong"}
        self.assertEqual(corpus.split_known([found], [entry]), ([], []))
        other = {**entry, "heloscope": "521"}
        self.assertEqual(corpus.split_known([found], [other]), ([found], [other]))
        self.assertEqual(corpus.split_known([], [entry]), ([], [entry]))

    def test_entries_need_a_reason(self):
        entry = {**corpus.Difference("a", "", "b", 1, 2)._asdict(), "why": "because"}
        self.assertEqual(corpus.entry_problems(entry), [])
        self.assertTrue(corpus.entry_problems({**entry, "why": ""}))
        self.assertTrue(corpus.entry_problems({"capture": "a"}))

    def test_ports_are_read_from_decode_as(self):
        self.assertEqual(corpus.ports_of({"decode_as": ["tcp.port==225,smtp"]}), ["225"])


FAKE = """#!/bin/sh
case "$*" in
*rules*) echo HS-401 ;;
*text:-*) echo a text ;;
*) cat "$(dirname "$0")/events.jsonl" ;;
esac
exit $(cat "$(dirname "$0")/status")
"""


class RulesTest(unittest.TestCase):
    """What a rule needs beside its entry is missed when it is not there."""

    RULE = {"id": "HS-001", "name": "sample", "category": "close", "severity": "low",
            "description": "A sample.", "reference": "RFC 5321", "techniques": [],
            "advice": "Do nothing.", "parameters": [],
            "causes": [{"key": "cause", "name": "this", "when": "Now.", "advice": "Wait."}]}
    PAIRS = {"HS-001": (["a.pcap"], ["b.pcap"])}
    EVIDENCE = [("HS-001", "a.pcap", {"cause": "this"}), ("HS-002", "a.pcap", {"cause": "that"})]

    def problems(self, pairs=None, evidence=None, docs=None, **changes):
        """Of the sample, changed."""
        rule = {key: value for key, value in {**self.RULE, **changes}.items() if value is not None}
        return check_rules.rule_problems(
            rule, self.PAIRS if pairs is None else pairs,
            self.EVIDENCE if evidence is None else evidence,
            rules_docs.sections([rule]) if docs is None else docs)

    def test_a_complete_rule_has_no_problem(self):
        self.assertEqual(self.problems(), [])

    def test_what_is_missing_is_told(self):
        for problem, arguments in (
                ("no reference", {"reference": None}), ("no advice", {"advice": ""}),
                ("no description", {"description": ""}),
                ("no pair", {"pairs": {}}), ("no pair", {"pairs": {"HS-001": ([], ["b.pcap"])}}),
                ("no pair", {"pairs": {"HS-001": (["a.pcap"], [])}}),
                ("not up to date", {"docs": "## HS-001 `sample`"}),
                ("cause=this", {"evidence": self.EVIDENCE[1:]})):
            with self.subTest(problem, **arguments):
                found = self.problems(**arguments)
                self.assertEqual(len(found), 1)
                self.assertIn(problem, found[0])

    def test_a_stale_section_is_told(self):
        docs = rules_docs.sections([self.RULE, {**self.RULE, "id": "HS-002"}])
        for key, value in (("severity", "high"), ("advice", "Do something."), ("reference", "RFC 1"),
                           ("memory", "all"), ("techniques", ["T1"]), ("causes", [])):
            with self.subTest(key):
                self.assertTrue(any("not up to date" in problem for problem in
                                    self.problems(docs=docs, evidence=self.EVIDENCE, **{key: value})))

    def table(self, rules, pairs):
        """Failures among the table's verdicts."""
        tally = toolkit.Tally()
        with contextlib.redirect_stdout(io.StringIO()) as output:
            check_rules.check_table(tally, rules, pairs, [])
        return [line for line in output.getvalue().splitlines() if line.startswith("FAIL")]

    def test_pairs_of_no_rule_and_disorder_are_told(self):
        real = rules_docs.load_rules()[10:12]
        pairs = {rule["id"]: (["a.pcap"], ["b.pcap"]) for rule in real}
        bare = [{**rule, "causes": []} for rule in real]
        self.assertEqual(len(bare), 2)
        self.assertEqual([line for line in self.table(bare[::-1], pairs) if "complete" not in line and "memory" not in line],
                         ["FAIL rules are in the order of their ids"])
        self.assertTrue(any("memory" in line for line in self.table(
            [{**rule, "memory": "all"} for rule in bare], pairs)))
        self.assertEqual([line for line in self.table(bare, {**pairs, "HS-000": ([], [])})
                          if "complete" not in line and "memory" not in line], ["FAIL every pair has its rule"])

    def cut(self, whole, cut, status=0):
        """check_cut's failures over a stand-in that prints one thing of one file, another of ten."""
        def run(_source, _options, parts=1):
            return toolkit.Run(status, (whole if parts == 1 else cut).encode(), b"")
        tally = toolkit.Tally()
        with contextlib.redirect_stdout(io.StringIO()):
            check_rules.check_cut(SimpleNamespace(run=run), tally, "a.pcap", "HS-001")
        return tally.failed

    def test_a_capture_that_reads_otherwise_in_parts_is_told(self):
        spoken = '{"rule":{"id":"HS-001"}}'
        self.assertEqual(self.cut(spoken, spoken), 0)
        self.assertEqual(self.cut(spoken, spoken + spoken), 1)
        self.assertEqual(self.cut(spoken, ""), 1)
        self.assertEqual(self.cut("{}", "{}"), 1)
        self.assertEqual(self.cut(spoken, spoken, status=1), 1)

    def test_parts_hold_all_packets_once(self):
        path = toolkit.ROOT / "pcaps" / "postfix-plain.pcap"
        whole = path.read_bytes()
        parts = check_rules.split_pcap(whole, 10)
        self.assertEqual(len(parts), 10)
        self.assertEqual(b"".join(part[24:] for part in parts), whole[24:])
        self.assertEqual({part[:24] for part in parts}, {whole[:24]})


class FalseAlarmsTest(unittest.TestCase):
    """An anomaly that nobody has justified fails, and so does a justification of nothing."""

    DOCS = "Words.\n\n## HS-001\n\nIt is so.\n\n- a, b\n\n" + false_alarms.FOREIGN + "\nMore.\n"

    def failures(self, now, docs=DOCS, foreign=False):
        """How many verdicts fail where these rules speak."""
        tally = toolkit.Tally()
        _, kept = false_alarms.parse(false_alarms.part_of(docs, foreign)[1])
        with contextlib.redirect_stdout(io.StringIO()):
            false_alarms.compare(tally, kept, now)
        return tally.failed

    def test_what_is_justified_passes(self):
        self.assertEqual(self.failures({"HS-001": ["a", "b"]}), 0)
        self.assertEqual(self.failures({}, foreign=True), 0)

    def test_anything_else_fails(self):
        for now in ({"HS-001": ["a"]}, {"HS-001": ["a", "b", "c"]}, {}, {"HS-001": ["a", "b"], "HS-002": ["a"]}):
            with self.subTest(now):
                self.assertEqual(self.failures(now), 1)
        self.assertEqual(self.failures({"HS-001": ["a", "b"]}, foreign=True), 1)
        self.assertEqual(self.failures({"HS-001": ["a", "b"]}, self.DOCS.replace("It is so.", "")), 1)

    def test_the_parts_make_the_whole(self):
        for foreign in (False, True):
            self.assertEqual("".join(false_alarms.part_of(self.DOCS, foreign)), self.DOCS)


class LiveTest(unittest.TestCase):
    """A replay is held to the file's events, times apart; counts to each other."""

    def setUp(self):
        self.read = [make_event("message"), make_event("session", 2), make_event("stats", 3)]
        self.replayed = copy.deepcopy(self.read)

    def differences(self, speed=1):
        """What the comparison says."""
        return live.differences(self.read, self.replayed, speed)

    def test_times_and_places_do_not_matter(self):
        for event in self.replayed:
            event["@timestamp"] = "2031-01-01T00:00:00.000000001Z"
            event["event"]["id"] = event["event"]["id"].replace(SESSION_ID, "fedcba9876543210")
            event["event"]["sequence"] = 77
            event["observer"]["ingress"] = {"interface": {"name": "tap1"}}
            if "session" in event["smtp"]:
                event["smtp"]["session"]["id"] = "fedcba9876543210"
        self.assertEqual(self.differences(), [])

    def test_facts_do(self):
        self.replayed[1]["smtp"]["session"]["close"]["reason"] = "quit_without_reply"
        self.assertEqual(len(self.differences()), 1)
        del self.replayed[1]["smtp"]["session"]["close"]
        self.assertGreater(len(self.differences()), 1)

    def test_so_do_numbers_of_events_and_sessions(self):
        self.replayed[0]["event"]["id"] = SESSION_ID + "-9"
        self.assertEqual(len(self.differences()), 1)
        del self.replayed[0]
        self.assertIn("events of a session", self.differences()[0])
        del self.replayed[0]
        self.assertIn("sessions read", self.differences()[0])

    def test_lengths_of_time_are_kept_as_far_as_they_can_be(self):
        duration = self.read[1]["event"]["duration"]
        for factor, speed, good in ((1, 1, True), (2, 1, True), (5, 1, False), (10, 10, False),
                                    (0.1, 10, True)):
            self.replayed[1]["event"]["duration"] = int(duration * factor)
            self.assertEqual(not self.differences(speed), good, (factor, speed))

    def test_stats_are_compared(self):
        self.replayed[2]["smtp"]["stats"]["packets"]["received"] += 1
        self.assertEqual(len(self.differences()), 1)

    def test_an_event_from_elsewhere_is_told(self):
        self.replayed[0]["observer"]["ingress"] = {"interface": {"name": "tap2"}}
        self.assertEqual(len(live.names_its_interface(self.replayed, "tap1")), 3)
        self.assertEqual(len(live.names_its_interface(self.replayed[:1], "tap2")), 0)

    def test_every_capture_can_be_made_into_frames(self):
        with tempfile.TemporaryDirectory() as directory:
            path, made = Path(directory) / "sample.pcap", Path(directory) / "made.pcap"
            pcap = live_lab.Pcap(live_lab.write_pcap(path, [bytes(60), bytes(70)]))
            self.assertEqual((len(pcap.records), round(pcap.seconds, 3)), (2, 0.001))
            self.assertTrue(pcap.can_be_sent())

            cooked = bytes(14) + b"\x08\x00" + b"an IP packet"
            pcap = live_lab.Pcap(live_lab.write_pcap(path, [cooked], link_type=113))
            frame = live_lab.Pcap(pcap.write_frames(made)).records[0][16:]
            self.assertEqual(frame, live_lab.MADE_UP_ADDRESSES + b"\x08\x00an IP packet")

            octets = bytearray(live_lab.write_pcap(path, [b"x" * 60]).read_bytes())
            octets[24 + 12] += 2
            path.write_bytes(octets)
            pcap = live_lab.Pcap(path)
            self.assertEqual((pcap.cut, pcap.snaplen), (1, 60))
            whole = live_lab.Pcap(pcap.write_frames(made))
            self.assertEqual((whole.cut, whole.records[0][16:]), (0, b"x" * 60 + bytes(2)))

            live_lab.write_pcap(path, [bytes(60)], link_type=105)
            self.assertFalse(live_lab.Pcap(path).can_be_sent())

    def test_the_summary_is_read(self):
        text = ("heloscope: tap1: 1,234 packets; dropped: 5 by the kernel, 0 by the interface\n"
                "heloscope: tap2: 1 packet; dropped: 0 by the kernel, 7 by the interface\n"
                "heloscope:              1,235 packets analysed\n")
        self.assertEqual(live.interface_counts(text), [1235, 5, 7])
        self.assertEqual(live.numbers_of(text), {"packets analysed": 1235})

    def test_growing_memory_is_told_from_memory_that_wavers(self):
        flat = [33_000_000 + 4096 * (i % 3) for i in range(30)]
        self.assertEqual(soak.memory_problems(flat), [])
        growing = [33_000_000 + i * 500_000 for i in range(30)]
        self.assertEqual(len(soak.memory_problems(growing)), 1)
        self.assertEqual(len(soak.memory_problems([1, 2])), 1)

    def test_what_is_skipped_is_counted(self):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            tally = toolkit.Tally()
            tally.skip("one", "not root")
            self.assertEqual(tally.close(), 0)
            tally.verdict("two", ["wrong"])
            self.assertEqual(tally.close(), 1)
        self.assertIn("SKIPPED one: not root", said.getvalue())
        self.assertIn("0 passed, 0 failed, 1 skipped\n", said.getvalue())
        self.assertTrue(said.getvalue().endswith("0 passed, 1 failed, 1 skipped\n"))


class WholeProgramTest(unittest.TestCase):
    """The programs as a whole, on a stand-in for heloscope that prints what it is given."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)
        self.binary = self.root / "heloscope"
        self.binary.write_text(FAKE, encoding="utf-8")
        self.binary.chmod(0o755)
        self.captures = self.root / "captures"
        self.captures.mkdir()
        (self.captures / "sample.pcap").touch()
        self.will_print(to_lines(make_event("session"), make_event("stats", 2)))

    def will_print(self, output, status=0):
        """What the stand-in prints and how it exits."""
        (self.root / "events.jsonl").write_bytes(output)
        (self.root / "status").write_text(str(status), encoding="utf-8")

    def run_tool(self, name, *arguments):
        """(exit status, stdout) of one of the programs."""
        program = [sys.executable, str(Path(__file__).with_name(name)), *map(str, arguments)]
        done = subprocess.run(program, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def test_validate_events_reports_the_line(self):
        events = self.root / "events.jsonl"
        self.assertEqual(self.run_tool("validate_events.py", events), (0, ""))
        self.will_print(to_lines(make_event("session"), make_event("stats", 2, extra=1)))
        status, output = self.run_tool("validate_events.py", events)
        self.assertEqual(status, 1)
        self.assertIn("events.jsonl:2:", output)

    def check_manifest(self, *options, **entry):
        """check_manifest.py on a manifest of one capture."""
        capture = {"file": "sample.pcap", "scenario": "s", "recorded": "r",
                   "expect": [{"event.dataset": "heloscope.session"}], **entry}
        manifest = self.captures / "MANIFEST"
        manifest.write_text(json.dumps({"captures": [capture]}), encoding="utf-8")
        return self.run_tool("check_manifest.py", "--heloscope", self.binary,
                             "--manifest", manifest, *options)

    def test_check_manifest_passes_and_fails(self):
        self.assertEqual(self.check_manifest(), (0, "2 passed, 0 failed\n"))
        status, output = self.check_manifest(expect=[{"event.dataset": "heloscope.auth"}])
        self.assertEqual((status, output.splitlines()[-1]), (1, "1 passed, 1 failed"))
        status, output = self.check_manifest(absent=[{"event.dataset": "heloscope.stats"}])
        self.assertIn("must not be there", output)
        self.will_print(to_lines(make_event("session")), status=1)
        self.assertIn("exit 1", self.check_manifest()[1])
        self.will_print(to_lines(make_event("session", extra=1)))
        self.assertIn("extra", self.check_manifest()[1])

    def test_a_manifest_entry_adds_ports_and_options_to_the_command_line(self):
        self.binary.write_text('#!/bin/sh\necho "$@" >&2\nexit 9\n', encoding="utf-8")
        output = self.check_manifest(ports=[26], options=["--proxy", "192.0.2.0/24"])[1]
        self.assertIn("-q --ports 25,26,465,587,2525 --proxy 192.0.2.0/24", output)
        self.assertNotIn("--proxy", self.check_manifest()[1])
        entry = {"options": ["--proxy", "192.0.2.0/24"]}
        with self.assertRaisesRegex(RuntimeError, "--proxy 192.0.2.0/24 --sensor golden"):
            golden.outputs(str(self.binary), self.captures / "sample.pcap", entry)

    def test_auth_is_expected_once_the_build_tells_of_it(self):
        auth = [{"event.dataset": "heloscope.auth", "smtp.auth.result": "success"}]
        status, output = self.check_manifest(expect_auth=auth)
        self.assertEqual(status, 0)
        self.assertIn("1 auth expectation not checked", output)
        self.assertEqual(self.check_manifest("--require-auth", expect_auth=auth)[0], 1)
        self.will_print(to_lines(make_event("auth"), make_event("session", 2)))
        self.assertEqual(self.check_manifest(expect_auth=auth)[0], 1)
        auth[0]["smtp.auth.result"] = "failure"
        self.assertEqual(self.check_manifest(expect_auth=auth)[0], 0)

    def golden(self):
        """golden.py's comparison of the one capture, silenced."""
        options = SimpleNamespace(heloscope=str(self.binary), golden=self.root / "golden")
        with contextlib.redirect_stdout(io.StringIO()) as output:
            status = golden.run_compare(options, {"sample": self.captures / "sample.pcap"}, {})
        return status, output.getvalue().splitlines()[-1]

    def test_golden_passes_once_kept_and_fails_when_changed(self):
        self.assertEqual(self.golden(), (1, "0 passed, 1 failed"))
        files = golden.outputs(str(self.binary), self.captures / "sample.pcap", {})
        golden.update(self.root / "golden", "sample", files)
        self.assertEqual(self.golden(), (0, "1 passed, 0 failed"))
        (self.root / "golden" / "other.txt").touch()
        self.assertEqual(self.golden(), (1, "1 passed, 1 failed"))
        (self.root / "golden" / "other.txt").unlink()
        self.will_print(to_lines(make_event("session")))
        self.assertEqual(self.golden(), (1, "0 passed, 1 failed"))
        self.will_print(b"")
        self.assertEqual(self.golden(), (1, "0 passed, 1 failed"))
        self.will_print(to_lines(make_event("session"), make_event("stats", 2)), status=2)
        self.assertEqual(self.golden(), (1, "0 passed, 1 failed"))

    def corpus(self, known=(), facts=None):
        """corpus.py on the one capture."""
        facts = facts or facts_capture(facts_session())
        (self.captures / "sample.facts.json").write_text(json.dumps(facts), encoding="utf-8")
        differences = self.root / "differences.json"
        differences.write_text(json.dumps(list(known)), encoding="utf-8")
        return self.run_tool("corpus.py", self.captures, "--heloscope", self.binary,
                             "--differences", differences)

    def test_corpus_fails_on_a_difference_until_it_is_explained(self):
        self.will_print(to_lines(make_event("stats", smtp__stats__packets__received=11)))
        facts = facts_capture()
        status, output = self.corpus(facts=facts)
        self.assertEqual((status, output.splitlines()[-1]), (1, "1 passed, 1 failed"))
        entry = {**corpus.Difference("sample", "", "packets", 10, 11)._asdict(), "why": "a test"}
        status, output = self.corpus([entry], facts)
        self.assertEqual((status, output.splitlines()[-1]), (0, "2 passed, 0 failed"))
        self.will_print(to_lines(make_event("stats")))
        status, output = self.corpus([entry], facts)
        self.assertEqual(status, 1)
        self.assertIn("no longer applies", output)

    def test_corpus_passes_without_a_directory(self):
        status, output = self.run_tool("corpus.py", self.root / "none")
        self.assertEqual(status, 0)
        self.assertIn("nothing compared", output)

    def test_corpus_compares_whole_sessions(self):
        status, output = self.corpus()
        self.assertEqual(status, 1)
        for field in ("commands", "replies", "reply_order", "messages"):
            self.assertIn(f": {field}", output)


def main():
    """Runs all tests and closes with the line that CI reads."""
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    failed = len({str(getattr(test, "test_case", test))
                  for test, _ in result.failures + result.errors})
    print(f"{result.testsRun - failed} passed, {failed} failed")
    return 1 if failed or not result.testsRun else 0


if __name__ == "__main__":
    sys.exit(main())
