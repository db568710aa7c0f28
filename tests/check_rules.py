#!/usr/bin/python3
"""Holds every rule to its captures, its documentation and its settings.

A rule that `heloscope rules` lists must have, in tests/rules/, dialogues in which it speaks and
others, as close as possible, in which it does not; a section in docs/rules.md; a reference; and for
each cause that it tells apart a dialogue that has it. One that counts over sessions must say the
same of ten files that it says of one."""

import argparse
import importlib
import json
import struct
import sys
import tempfile
from pathlib import Path

import rules_docs
from toolkit import (BINARY, ROOT, Tally, get, parse_events, require_binary, run_heloscope)
from validate_events import EventChecker, check_bytes

FAMILIES = sorted(path.stem for path in (ROOT / "tests" / "rules").glob("*.py")
                  if path.stem not in ("dialogue", "__init__"))
# event.severity of the least that is more than info.
LOW = 25


def split_pcap(octets, parts):
    """A pcap file's octets as those of so many files, in order; fewer where it has fewer packets."""
    order = "<" if octets[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    records, at = [], 24
    while at < len(octets):
        end = at + 16 + struct.unpack_from(order + "I", octets, at + 8)[0]
        records.append(octets[at:end])
        at = end
    parts = min(parts, len(records))
    bounds = [len(records) * i // parts for i in range(parts + 1)]
    return [octets[:24] + b"".join(records[at:end]) for at, end in zip(bounds, bounds[1:])]


class Runner:
    """Runs heloscope over worlds and captures; every event is held against the schema."""

    def __init__(self, binary, folder):
        self.binary = binary
        self.folder = Path(folder)
        self.checker = EventChecker()

    def files(self, source, parts=1):
        """The capture's paths: recorded ones by name, worlds written anew."""
        if isinstance(source, str) and parts == 1:
            return [ROOT / "pcaps" / source]
        whole = (ROOT / "pcaps" / source).read_bytes() if isinstance(source, str) else \
            source().pcaps()[0]
        paths = []
        for number, octets in enumerate(split_pcap(whole, parts)):
            paths.append(self.folder / f"part{number}.pcap")
            paths[-1].write_bytes(octets)
        return paths

    def run(self, source, options=(), parts=1):
        """The run over a capture, all of its events written."""
        arguments = ["-q", "-e", "all", "--sensor", "test"]
        for path in self.files(source, parts):
            arguments += ["-r", str(path)]
        return run_heloscope(self.binary, arguments + list(options))

    def anomalies(self, source, options=(), rule=None):
        """(anomalies of the rule, problems)."""
        run = self.run(source, options)
        problems = [run.problem()] if run.problem() else []
        problems += check_bytes(self.checker, run.stdout)[:5]
        found = [event for event in parse_events(run.stdout)
                 if get(event, "event.dataset") == "heloscope.anomaly" and
                 rule in (None, get(event, "rule.id"))]
        return found, problems


def split(case):
    """A case is a source, or a source with options."""
    return case if isinstance(case, tuple) else (case, [])


def name_of(case):
    """What a case is called in a verdict."""
    source, _ = split(case)
    return source if isinstance(source, str) else getattr(source, "__name__", "?")


def check_pair(runner, tally, rule, pair):
    """The rule speaks, once for each subject, where it must, and nowhere else."""
    fires, quiet = pair
    for number, case in enumerate(fires):
        found, problems = runner.anomalies(*split(case), rule)
        if not found:
            problems.append("it does not speak")
        tally.verdict(f"{rule} speaks: {number} {name_of(case)}", problems)
    for number, case in enumerate(quiet):
        found, problems = runner.anomalies(*split(case), rule)
        problems += [f"it speaks: {json.dumps(get(event, 'smtp.anomaly'))}" for event in found]
        tally.verdict(f"{rule} is quiet: {number} {name_of(case)}", problems)


def has_evidence(event, wanted):
    """Does an anomaly's evidence have all of this? A list is enough if it has the value. What has a dot in
    its name is a field of the event."""
    if any(get(event, key) != value for key, value in wanted.items() if "." in key):
        return False
    wanted = {key: value for key, value in wanted.items() if "." not in key}
    evidence = get(event, "smtp.anomaly.evidence", {})
    return all(evidence.get(key) == value or
               (isinstance(evidence.get(key), list) and value in evidence[key])
               for key, value in wanted.items())


def check_evidence(runner, tally, rule, source, wanted):
    """One of the rule's anomalies has this evidence."""
    found, problems = runner.anomalies(*split(source), rule)
    if not any(has_evidence(event, wanted) for event in found):
        problems.append(f"wanted {wanted}")
        problems += [json.dumps(get(event, "smtp.anomaly.evidence")) for event in found]
    tally.verdict(f"{rule} evidence {wanted}", problems)


def rule_problems(rule, pairs, evidence, docs):
    """What the tests, the documentation and the table lack of a rule. evidence: the cases of all families."""
    problems = [f"no {key}" for key in ("reference", "advice", "description") if not rule.get(key)]
    fires, quiet = pairs.get(rule["id"], ((), ()))
    if not fires or not quiet:
        problems.append("no pair of captures in tests/rules/")
    if rules_docs.section_of(docs, rule) != rules_docs.section(rule):
        problems.append("docs/rules.md is not up to date; tests/rules_docs.py --update")
    shown = {(key, value) for shown, _, wanted in evidence if shown == rule["id"]
             for key, value in wanted.items()}
    problems += [f"no dialogue in EVIDENCE has {cause['key']}={cause['name']}"
                 for cause in rule.get("causes", ()) if (cause["key"], cause["name"]) not in shown]
    return problems


def check_told(runner, tally, rule, source, counts):
    """What goes on is told at the crossing and, where it has grown, at the window's end: these counts, in
    this order, each with an id of its own."""
    found, problems = runner.anomalies(*split(source), rule)
    told = [get(event, "smtp.anomaly.count") for event in found]
    if told != list(counts):
        problems.append(f"told {told}, wanted {counts}")
    if len({get(event, "event.id") for event in found}) != len(found):
        problems.append("two have one id")
    tally.verdict(f"{rule} is told again as it goes on: {counts}", problems)


def check_table(tally, rules, pairs, evidence):
    """Nothing in the table is without its tests, its section and its reference."""
    docs = rules_docs.made_part()
    for rule in rules:
        tally.verdict(f"{rule['id']} is complete", rule_problems(rule, pairs, evidence, docs))
    text = " ".join(rules_docs.DOCS.read_text(encoding="utf-8").split())
    tally.verdict("docs/rules.md says how much memory a rule may take",
                  [] if rules_docs.share_text(rules) in text else [rules_docs.share_text(rules)])
    known = {rule["id"] for rule in rules}
    tally.verdict("every pair has its rule", sorted(set(pairs) - known))
    ids = [rule["id"] for rule in rules]
    tally.verdict("rules are in the order of their ids", [] if ids == sorted(ids) else ids)


def check_cut(runner, tally, case, rule=""):
    """One file or ten: the same events, and the rule's among them."""
    source, options = split(case)
    options = ["-e", "-stats", *options]
    whole = runner.run(source, options)
    cut = runner.run(source, options, parts=10)
    problems = [run.problem() for run in (whole, cut) if run.problem()]
    if whole.stdout != cut.stdout:
        problems.append("the output differs")
    if f'"id":"{rule or "HS-"}'.encode() not in whole.stdout:
        problems.append("no anomaly in it")
    tally.verdict(f"{rule}: ten files are one capture: {name_of(case)}", problems)


def check_ordinary(runner, tally, world):
    """No rule says more than info."""
    found, problems = runner.anomalies(world)
    problems += [f"{get(event, 'rule.id')} speaks" for event in found
                 if get(event, "event.severity") >= LOW]
    tally.verdict(f"nothing is wrong with {world.__name__}", problems)


def check_settings(runner, tally, binary):
    """--set, --disable, --allow, --fail-on."""
    brute = "abuse-brute-force.pcap"

    def count(*options, rule="HS-201"):
        return len(runner.anomalies(brute, options, rule)[0])

    tally.verdict("a threshold is set", [] if count("--set", "HS-201.failures=11") == 0 and
                  count("--set", "auth_bruteforce.failures=10") == 1 else ["it is not"])
    found, _ = runner.anomalies(brute, ("--set", "HS-201.severity=low"), "HS-201")
    tally.verdict("a severity is set", [e for e in found if get(e, "event.severity") != 25])
    tally.verdict("a rule is switched off", [] if count("--disable", "HS-201") == 0 and
                  count("--disable", "HS-202") > 0 else ["it is not"])
    tally.verdict("all are", [] if not runner.anomalies(brute, ("--disable", "all"))[0] else ["no"])
    tally.verdict("a network is exempt", [] if count("--allow", "HS-201=192.0.2.0/28") == 0 and
                  count("--allow", "HS-201=192.0.3.0/24") > 0 else ["it is not"])
    users = count("--allow", "HS-206=user:ALICE", rule="HS-206")
    tally.verdict("a user is exempt", [] if users == 0 and
                  count("--allow", "HS-206=user:bob", rule="HS-206") > 0 else [users])
    for severity, status in (("high", 3), ("critical", 0), ("info", 3)):
        run = runner.run(brute, ("--fail-on", severity))
        tally.verdict(f"--fail-on {severity}", [] if run.status == status else [run.status])
    wrong = [("--set", "HS-201.failures=0", "2 to 250"), ("--set", "HS-201.nonsense=1", "failures"),
             ("--set", "HS-999.x=1", "HS-999"), ("--set", "HS-201", "RULE.key=VALUE"),
             ("--set", "HS-201.severity=bad", "critical"), ("--disable", "HS-1", "HS-1"),
             ("--allow", "HS-201", "RULE=NET"), ("--allow", "HS-201=nonsense", "nonsense"),
             ("--fail-on", "dire", "dire"), ("--own-domain", "a@b", "a@b"), ("--home", "x", "x")]
    for option, value, part in wrong:
        run = run_heloscope(binary, ["-r", "x.pcap", option, value])
        good = run.status == 2 and part in run.stderr and run.stderr.count("\n") == 1
        tally.verdict(f"{option} {value} is refused", [] if good else [run.stderr])


def check_hidden_names(runner, tally):
    """--credentials hash reaches anomalies."""
    key = runner.folder / "key"
    key.write_bytes(b"0123456789abcdef0123456789abcdef")
    options = ("--credentials", "hash", "--hash-key", str(key))
    shown = [name for capture in ("abuse-brute-force-success.pcap", "abuse-password-spray.pcap")
             for event in runner.anomalies(capture, options)[0]
             for name in ("alice", "mallory") if name in json.dumps(event)]
    tally.verdict("names are hidden in anomalies", shown)


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rules", nargs="*", help="only these rules' pairs")
    wanted = parser.parse_args().rules
    require_binary(BINARY)
    rules = rules_docs.load_rules()
    families = [importlib.import_module(f"rules.{name}") for name in FAMILIES]
    pairs = {rule: pair for family in families for rule, pair in family.PAIRS.items()}
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(BINARY, folder)
        for rule, pair in sorted(pairs.items()):
            if not wanted or rule in wanted:
                check_pair(runner, tally, rule, pair)
        for family in families:
            for rule, source, evidence in family.EVIDENCE:
                if not wanted or rule in wanted:
                    check_evidence(runner, tally, rule, source, evidence)
            for rule, source, counts in getattr(family, "TOLD", ()):
                if not wanted or rule in wanted:
                    check_told(runner, tally, rule, source, counts)
        if not wanted:
            check_table(tally, rules, pairs, [case for family in families for case in family.EVIDENCE])
            for rule in rules:
                for case in pairs[rule["id"]][0][:3] if "memory" in rule else ():
                    check_cut(runner, tally, case, rule["id"])
            for family in families:
                for world in getattr(family, "ORDINARY", ()):
                    check_ordinary(runner, tally, world)
                for world in getattr(family, "CUT", ()):
                    check_cut(runner, tally, world)
            check_settings(runner, tally, BINARY)
            check_hidden_names(runner, tally)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
