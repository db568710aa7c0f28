#!/usr/bin/python3
"""Compares heloscope's events with the known facts of a directory of captures.

Not compared, for want of an event field or of a clear meaning: bare_lf_lines (content lines count
too), retransmissions, out_of_order, truncated_segments, timing, protocols, terminated, frame
numbers, last_command and last_reply (the last of commands and of reply_order).
"""

import argparse
import ipaddress
import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from toolkit import (BINARY, ROOT, Tally, captures_in, get, parse_events, read_arguments,
                     require_binary, run_heloscope, stem)
from validate_events import EventChecker, check_bytes

DIFFERENCES = ROOT / "tests" / "corpus-differences.json"
DECODE_AS = re.compile(r"tcp\.port==([0-9]+),")
PATH_ARGUMENT = re.compile(r"(?:FROM|TO):\s*(?:<([^>]*)>?|([^\s<]\S*))", re.IGNORECASE)
VERBS = {"*RESPONSE*": "AUTH-RESPONSE", "*DATA*": "DATA-CONTENT"}
PROXIES = {"http-connect": "connect"}
DIFFERENCE_KEYS = {"capture", "session", "field", "facts", "heloscope", "why"}
SHOWN_ELEMENTS = 8


class Difference(NamedTuple):
    """One field in which the facts and heloscope do not agree; session is "" for the capture."""

    capture: str
    session: str
    field: str
    facts: object
    heloscope: object


def number_of(kind):
    """What to sort exchanges or messages by."""
    return lambda event: get(event, f"smtp.{kind}.number", 0)


class View:
    """heloscope's events of one session."""

    def __init__(self, session, events):
        self.session = session
        self.events = defaultdict(list)
        identity = get(session, "smtp.session.id")
        for event in events:
            if get(event, "smtp.session.id") == identity:
                self.events[get(event, "event.dataset").removeprefix("heloscope.")].append(event)

    def get(self, path, default=None):
        """A field of the session event."""
        return get(self.session, path, default)

    def exchanges(self):
        """By number: the order in which the commands were sent."""
        return sorted(self.events["exchange"], key=number_of("exchange"))

    def commands(self):
        """The exchanges that begin with a command; a run kept as a count is laid out."""
        return [event for event in self.exchanges() if get(event, "smtp.command")
                for _ in range(get(event, "smtp.exchange.count", 1))]

    def unasked(self):
        """The replies to no command, the greeting among them."""
        return [event for event in self.exchanges() if not get(event, "smtp.command")]

    def messages(self):
        """By number: the order of the transactions."""
        return sorted(self.events["message"], key=number_of("message"))

    def contents(self):
        """The transactions that came as far as content."""
        return [event for event in self.messages()
                if get(event, "smtp.message.size") is not None
                or get(event, "smtp.message.result") in ("accepted", "partial")]


class Abilities(NamedTuple):
    """What the build under test can tell at all."""

    auth: bool
    email: bool
    early_talker: bool


def code_text(code):
    """A reply code as the facts spell it."""
    return None if code is None else str(code)


def reply_code(event):
    """The code of an event's reply, as text."""
    return code_text(get(event, "smtp.reply.code"))


def verb_of(event):
    """An exchange's verb as the facts name it."""
    verb = get(event, "smtp.command.verb")
    return VERBS.get(verb, verb)


def mailbox(argument):
    """The address in the argument of MAIL or RCPT; the null reverse-path is "<>"."""
    found = PATH_ARGUMENT.match(argument or "")
    if not found:
        return argument
    bracketed, bare = found.groups()
    return bare if bracketed is None else bracketed or "<>"


def pairs(entries):
    """The facts' addresses with their replies."""
    return [[entry["address"] or "<>", entry["reply"]] for entry in entries]


def keywords(capabilities):
    """The names of the EHLO keywords."""
    return sorted({line.split()[0].upper() for line in capabilities if line.split()})


def advertised(capabilities):
    """The mechanisms of AUTH lines, of the old AUTH= form too."""
    names = set()
    for line in capabilities:
        words = line.upper().replace("AUTH=", "AUTH ", 1).split()
        if words[:1] == ["AUTH"]:
            names.update(words[1:])
    return sorted(names)


def greeting_of(view):
    """The code of the greeting."""
    replies = [event for event in view.unasked() if get(event, "smtp.exchange.phase") == "greeting"]
    return reply_code(replies[0]) if replies else None


def unsolicited_of(view):
    """The codes of the other replies that nobody asked for."""
    codes = [reply_code(event) for event in view.unasked()]
    if greeting_of(view) is not None:
        codes.remove(greeting_of(view))
    return codes


def reply_order_of(view):
    """The codes in the order in which they were seen, which is the order of the output."""
    return [reply_code(event) for event in view.events["exchange"]
            if reply_code(event) for _ in range(get(event, "smtp.exchange.count", 1))]


def addresses_of(view, verb):
    """The addresses of MAIL or RCPT with the replies to them."""
    return [[mailbox(get(event, "smtp.command.argument")), reply_code(event)]
            for event in view.commands() if verb_of(event) == verb]


def transaction_recipients(facts):
    """The facts' recipients that belong to a transaction: those after a MAIL, before its end."""
    rcpt, wanted, inside = iter(pairs(facts["rcpt_to"])), [], False
    for command in facts["commands"]:
        verb, done = command["verb"], (command["reply"] or "").startswith("2")
        if verb == "RCPT":
            recipient = next(rcpt, None)
            wanted += [recipient] if inside and recipient else []
        elif verb == "MAIL":
            inside = True
        elif verb == "DATA-CONTENT" or (done and verb in ("RSET", "EHLO", "HELO", "LHLO")):
            inside = False
    return wanted


def recipients_of(view):
    """The recipients of the message events with their replies."""
    return [[recipient["address"], code_text(recipient.get("code"))]
            for event in view.messages()
            for recipient in get(event, "smtp.message.recipients", [])]


def messages_of(view):
    """Each content's kind, final reply and fate."""
    return [["BDAT" if get(event, "smtp.message.chunking") else "DATA", reply_code(event),
             get(event, "smtp.message.result") in ("accepted", "partial")]
            for event in view.contents()]


def user_of(event, name):
    """The user of an AUTH event, spelt with its domain where the facts' name is."""
    user, domain = get(event, "user.name"), get(event, "user.domain")
    spellings = (user, f"{user}@{domain}", f"{domain}\\{user}")
    return name if name in spellings else user


def auth_of(view, facts):
    """Each AUTH exchange as the facts tell of it."""
    names = [entry["username"] for entry in facts["auth"]]
    names += [None] * len(view.events["auth"])
    return [[get(event, "smtp.auth.mechanism"), get(event, "smtp.auth.initial_response"),
             user_of(event, name), reply_code(event), get(event, "smtp.auth.rounds"),
             get(event, "smtp.auth.result") == "cancelled"]
            for event, name in zip(view.events["auth"], names)]


def auth_facts(facts):
    """The same from the facts."""
    return [[entry["mechanism"].upper(), entry["initial_response"], entry["username"] or None,
             entry["result"], entry["n_challenges"], entry["cancelled"]] for entry in facts["auth"]]


def vlans_of(view):
    """Outermost first."""
    ids = [view.get("network.vlan.id"), view.get("network.inner.vlan.id")]
    return [identity for identity in ids if identity is not None]


def fired(view, rule):
    """Has this rule spoken of the session?"""
    return any(get(event, "rule.id") == rule for event in view.events["anomaly"])


def one_sided_fact(facts):
    """client or server, the side that is seen."""
    return facts["one_sided"] and facts["one_sided"].split()[0]


def close_by_fact(facts):
    """Who sent the first FIN or RST."""
    return facts["close"]["first"] and facts["close"]["first"]["from"]


def starttls_of(view):
    """Was STARTTLS answered 220?"""
    return (view.get("smtp.session.starttls.requested", False)
            and view.get("smtp.session.starttls.reply_code") == 220)


# Field: (what the facts say, what heloscope says, of a session's facts and its view).
FIELDS = {
    "midstream": (lambda facts: facts["midstream"],
                  lambda view, facts: view.get("smtp.session.midstream", False)),
    "one_sided": (one_sided_fact,
                  lambda view, facts: view.get("smtp.session.one_sided")),
    "gaps": (lambda facts: sum(map(len, facts["gaps"].values())),
             lambda view, facts: view.get("smtp.session.gaps.count", 0)),
    "proxy": (lambda facts: PROXIES.get(facts["proxy"], facts["proxy"]),
              lambda view, facts: view.get("smtp.proxy.kind")),
    "vlan": (lambda facts: [str(identity) for identity in facts["vlan"][:2]],
             lambda view, facts: vlans_of(view)),
    "greeting": (lambda facts: facts["greeting"],
                 lambda view, facts: greeting_of(view)),
    "ehlo_keywords": (lambda facts: sorted(map(str.upper, facts["ehlo_keywords"])),
                      lambda view, facts: keywords(view.get("smtp.server.capabilities", []))),
    "auth_advertised": (lambda facts: sorted(map(str.upper, facts["auth_advertised"])),
                        lambda view, facts: advertised(view.get("smtp.server.capabilities", []))),
    "commands": (lambda facts: [[entry["verb"], entry["reply"]] for entry in facts["commands"]],
                 lambda view, facts: [[verb_of(event), reply_code(event)]
                                      for event in view.commands()]),
    "replies": (lambda facts: facts["replies"],
                lambda view, facts: view.get("smtp.session.replies", {})),
    "reply_order": (lambda facts: facts["reply_order"],
                    lambda view, facts: reply_order_of(view)),
    "unsolicited_replies": (lambda facts: facts["unsolicited_replies"],
                            lambda view, facts: unsolicited_of(view)),
    "pipelining": (lambda facts: facts["pipelined_commands"] > 0,
                   lambda view, facts: view.get("smtp.session.pipelining", False)),
    "mail_from": (lambda facts: pairs(facts["mail_from"]),
                  lambda view, facts: addresses_of(view, "MAIL")),
    "rcpt_to": (lambda facts: pairs(facts["rcpt_to"]),
                lambda view, facts: addresses_of(view, "RCPT")),
    "message_senders": (lambda facts: [entry["address"] or "<>" for entry in facts["mail_from"]],
                        lambda view, facts: [get(event, "smtp.mail_from")
                                             for event in view.messages()]),
    "message_recipients": (transaction_recipients,
                           lambda view, facts: recipients_of(view)),
    "messages": (lambda facts: [[entry["kind"], entry["final_reply"], entry["ok"]]
                                for entry in facts["messages"]],
                 lambda view, facts: messages_of(view)),
    "message_bytes": (lambda facts: [entry["bytes"] for entry in facts["messages"]],
                      lambda view, facts: [get(event, "smtp.message.size")
                                           for event in view.contents()]),
    "starttls_220": (lambda facts: facts["has_starttls_220"],
                     lambda view, facts: starttls_of(view)),
    "tls": (lambda facts: facts["tls"],
            lambda view, facts: view.get("smtp.session.tls")),
    "close_by": (close_by_fact,
                 lambda view, facts: view.get("smtp.session.close.by")),
}
# The same for what a build may not tell of yet: the ability's name is the field's.
OPTIONAL_FIELDS = {
    "auth": (auth_facts, auth_of),
    "email": (lambda facts: [(entry["subjects_decoded"] or [None])[0]
                             for entry in facts["messages"]],
              lambda view, facts: [get(event, "email.subject") for event in view.contents()]),
    "early_talker": (lambda facts: facts["early_talker"],
                     lambda view, facts: fired(view, "HS-401")),
}


def fields_for(abilities):
    """The fields to compare with this build."""
    extra = {name: functions for name, functions in OPTIONAL_FIELDS.items()
             if getattr(abilities, name)}
    return {**FIELDS, **extra}


def endpoint(text):
    """address:port in one spelling."""
    address, _, port = text.rpartition(":")
    return f"{ipaddress.ip_address(address.strip('[]'))}:{port}"


def facts_key(facts):
    """What a session is matched by."""
    return f"{endpoint(facts['client'])} > {endpoint(facts['server'])}"


def event_key(event):
    """The same from a session event."""
    ends = [f"{get(event, end + '.ip')}:{get(event, end + '.port')}"
            for end in ("source", "destination")]
    return " > ".join(map(endpoint, ends))


def numbered(keyed):
    """{key: item}, the second and later of one key as "key #2", in the order given."""
    result, seen = {}, defaultdict(int)
    for key, item in keyed:
        seen[key] += 1
        result[key if seen[key] == 1 else f"{key} #{seen[key]}"] = item
    return result


def sessions_of(events):
    """heloscope's SMTP sessions by key, in the order in which they began."""
    sessions = [event for event in events if get(event, "event.dataset") == "heloscope.session"
                and get(event, "smtp.session.kind") != "other"]
    sessions.sort(key=lambda event: get(event, "event.start", ""))
    return numbered((event_key(event), View(event, events)) for event in sessions)


def compare_session(capture, key, facts, view, fields):
    """The fields in which a session differs."""
    for field, (of_facts, of_view) in fields.items():
        wanted, found = of_facts(facts), of_view(view, facts)
        if wanted != found:
            yield Difference(capture, key, field, wanted, found)


def packets_of(events):
    """The number of packets in the last stats event."""
    counts = [get(event, "smtp.stats.packets.received") for event in events
              if get(event, "event.dataset") == "heloscope.stats"]
    return counts[-1] if counts else None


def compare_capture(facts, events, abilities):
    """All differences of a capture."""
    name, fields = stem(facts["capture"]), fields_for(abilities)
    wanted = numbered((facts_key(session), session) for session in facts["sessions"])
    found = sessions_of(events)
    if packets_of(events) != facts["packets"]:
        yield Difference(name, "", "packets", facts["packets"], packets_of(events))
    for key, session in wanted.items():
        if key in found:
            yield from compare_session(name, key, session, found[key], fields)
        else:
            yield Difference(name, key, "session", "present", "missing")
    for key in found.keys() - wanted.keys():
        yield Difference(name, key, "session", "missing", "present")


def run_problems(facts, run):
    """Did the run end as the file's state calls for?"""
    if not facts["file_error"]:
        return [run.problem()] if run.problem() else []
    if run.status != 1:
        return [f"the file is damaged ({facts['file_error']}), but heloscope exited {run.status}"]
    if not run.stderr.startswith("heloscope: "):
        return [f"the file is damaged ({facts['file_error']}), but stderr does not say so"]
    return []


def ports_of(facts):
    """The ports that the facts take for SMTP."""
    return [DECODE_AS.match(rule).group(1) for rule in facts["decode_as"]]


def shorten(value):
    """A value in one line, long lists cut."""
    if isinstance(value, list) and len(value) > SHOWN_ELEMENTS:
        return json.dumps(value[:SHOWN_ELEMENTS], ensure_ascii=False)[:-1] + f", … {len(value)}]"
    return json.dumps(value, ensure_ascii=False)


def from_first_difference(wanted, found):
    """Where two lists differ, and both from there on; other values as they are."""
    if not isinstance(wanted, list) or not isinstance(found, list):
        return "", wanted, found
    same = 0
    while same < min(len(wanted), len(found)) and wanted[same] == found[same]:
        same += 1
    return f" from element {same}", wanted[same:], found[same:]


def describe(difference):
    """A difference for people."""
    where, wanted, found = from_first_difference(difference.facts, difference.heloscope)
    session = f"{difference.session}: " if difference.session else ""
    return (f"{session}{difference.field}{where}\n"
            f"  facts:     {shorten(wanted)}\n  heloscope: {shorten(found)}")


def entry_problems(entry):
    """What is wrong with an entry of corpus-differences.json."""
    if entry.keys() != DIFFERENCE_KEYS:
        return [f"needs exactly {', '.join(sorted(DIFFERENCE_KEYS))}: {shorten(entry)}"]
    if not entry["why"]:
        return [f"{entry['capture']} {entry['field']}: no reason given"]
    return []


def without_reason(entry):
    """An entry's difference alone."""
    return {key: value for key, value in entry.items() if key != "why"}


def split_known(differences, known):
    """The differences nobody has explained, and the explanations that explain nothing."""
    explained = [without_reason(entry) for entry in known]
    found = [difference._asdict() for difference in differences]
    return ([difference for difference, entry in zip(differences, found)
             if entry not in explained],
            [entry for entry, difference in zip(known, explained) if difference not in found])


def load_facts(path):
    """The facts that stand beside a capture; None where there are none."""
    beside = path.parent / f"{stem(path)}.facts.json"
    return json.loads(beside.read_text(encoding="utf-8")) if beside.exists() else None


def has_rule(binary, rule):
    """Does the build know the rule?"""
    listing = run_heloscope(binary, ["rules"])
    return listing.status == 0 and rule.encode() in listing.stdout


def abilities_of(binary, outputs):
    """What the build can tell, judged by all that it wrote."""
    events = [event for output in outputs for event in output]
    return Abilities(auth=any(get(event, "event.dataset") == "heloscope.auth" for event in events),
                     email=any("email" in event for event in events),
                     early_talker=has_rule(binary, "HS-401"))


def read_corpus(options):
    """[(name, facts, run)] for the captures asked for."""
    corpus = []
    for path in captures_in(options.directory):
        facts = load_facts(path)
        if options.names and stem(path) not in options.names:
            continue
        ports = ports_of(facts) if facts else []
        corpus.append((stem(path), facts, run_heloscope(options.heloscope,
                                                        read_arguments(path, ports))))
    return corpus


def compare_corpus(options, corpus, known):
    """Prints every verdict; the exit status."""
    tally, checker, differences = Tally(), EventChecker(), []
    events_by_name = {name: parse_events(run.stdout) for name, _, run in corpus}
    abilities = abilities_of(options.heloscope, events_by_name.values())
    for name, able in abilities._asdict().items():
        if not able:
            print(f"{name}: not compared, this build does not tell")
    for name, facts, run in corpus:
        if facts is None:
            tally.verdict(name, ["no facts beside it"])
            continue
        found = list(compare_capture(facts, events_by_name[name], abilities))
        unexplained, _ = split_known(found, known)
        differences += found
        problems = run_problems(facts, run) + check_bytes(checker, run.stdout)[:SHOWN_ELEMENTS]
        tally.verdict(name, problems + [describe(difference) for difference in unexplained])
    names = {name for name, _, _ in corpus}
    relevant = [entry for entry in known if not options.names or entry["capture"] in names]
    unexplained, idle = split_known(differences, relevant)
    tally.verdict(DIFFERENCES.name, [
        f"no longer applies: {entry['capture']} {entry['session']} {entry['field']}"
        for entry in idle])
    if options.propose:
        print(json.dumps([{**difference._asdict(), "why": ""} for difference in unexplained],
                         indent=1, ensure_ascii=False))
    return tally.close()


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path,
                        help="captures, each with NAME.facts.json beside it")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these captures")
    parser.add_argument("--heloscope", default=BINARY, help="the program to test")
    parser.add_argument("--differences", default=DIFFERENCES, type=Path,
                        help="the differences that are known and justified")
    parser.add_argument("--propose", action="store_true",
                        help="print unexplained differences as entries for that file")
    options = parser.parse_args()
    if not options.directory.is_dir():
        print(f"{options.directory}: no such directory, nothing compared")
        return 0
    require_binary(options.heloscope)
    known = json.loads(options.differences.read_text(encoding="utf-8"))
    bad = [problem for entry in known for problem in entry_problems(entry)]
    if bad:
        raise SystemExit("\n".join(f"{options.differences.name}: {problem}" for problem in bad))
    return compare_corpus(options, read_corpus(options), known)


if __name__ == "__main__":
    sys.exit(main())
