#!/usr/bin/python3
"""Live capture, in a network namespace of its own: what is replayed from each capture gives the
events that reading it gives, and the program behaves on a wire as the manual page says.

It needs root, and tcpreplay; without them everything is skipped, and said to be."""

import argparse
import concurrent.futures
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

from live_lab import (ETHERNET, LINGER_SECONDS, MADE_UP_ADDRESSES, Lab, LabError, Pcap, Watch, call,
                      wait_until, write_pcap)
from toolkit import (BINARY, ROOT, Tally, capture_arguments, get, load_manifest,
                     parse_events, read_arguments, require_binary, run_heloscope)
from validate_events import EventChecker, check_bytes

PCAPS = ROOT / "pcaps"
# Replays wait most of the time: many at once cost no more than one.
AT_ONCE = 16
# Longer captures are replayed faster; no fact of theirs is a matter of seconds.
LONGEST_SECONDS = 12
NEEDS = ("ip", "ss", "tcpreplay", "tcpprep", "editcap", "setpriv", "unshare", "setcap", "sysctl",
         "mount")
# What depends on when a capture was made or read, and on where.
LEFT_OUT = ("@timestamp", "event.id", "event.sequence", "event.start", "event.end", "observer",
            "smtp.session.id")
# Lengths of time, in seconds by their unit: they are compared as far as a replay can keep them.
TIMES = re.compile(r"(^event\.duration|_ms|\.p50|\.max)$")
NANOSECONDS = 1e9
MILLISECONDS = 1e3
# Of captures that had no Ethernet addresses.
MADE_UP_MACS = [MADE_UP_ADDRESSES[at:at + 6].hex("-").upper() for at in (0, 6)]
SLACK_SECONDS = 2.5
SLACK_SHARE = 0.2


# Comparing what is replayed with what is read.

def flatten(value, path=""):
    """{dotted path: plain value} of an event; elements of lists by their number."""
    if isinstance(value, dict) and value:
        items = value.items()
    elif isinstance(value, list) and value:
        items = ((str(number), element) for number, element in enumerate(value))
    else:
        return {path: value}
    flat = {}
    for key, element in items:
        flat.update(flatten(element, f"{path}.{key}" if path else key))
    return flat


def facts(event):
    """An event without what depends on time and place; its number in its session stays."""
    flat = {path: value for path, value in flatten(event).items()
            if not any(path == name or path.startswith(name + ".") for name in LEFT_OUT)}
    for side in ("source.mac", "destination.mac"):
        if flat.get(side) in MADE_UP_MACS:
            del flat[side]
    flat["number"] = event["event"]["id"].rpartition("-")[2]
    return flat


def seconds_of(path, value):
    """A length of time in seconds."""
    return value / (NANOSECONDS if path == "event.duration" else MILLISECONDS)


def times_differ(path, read, replayed, speed):
    """Is one length of time too far from the other?"""
    read, replayed = seconds_of(path, read) / speed, seconds_of(path, replayed)
    return abs(read - replayed) > SLACK_SECONDS + SLACK_SHARE * read


def event_differences(read, replayed, speed):
    """Lines on what is not the same in two events."""
    before, after = facts(read), facts(replayed)
    lines = []
    for path in sorted(before.keys() | after.keys()):
        if path not in before or path not in after:
            lines.append(f"{path}: read {before.get(path, '-')!r}, "
                         f"replayed {after.get(path, '-')!r}")
        elif TIMES.search(path):
            if times_differ(path, before[path], after[path], speed):
                lines.append(f"{path}: read {before[path]}, replayed {after[path]} "
                             f"at {speed} times the speed")
        elif before[path] != after[path]:
            lines.append(f"{path}: read {before[path]!r}, replayed {after[path]!r}")
    return lines


def by_session(events):
    """The events of each session, in the order of the sessions' beginnings."""
    sessions = {}
    for event in events:
        if get(event, "smtp.session.id"):
            sessions.setdefault(event["smtp"]["session"]["id"], []).append(event)
    def key(of_one):
        return (of_one[0]["source"]["ip"], of_one[0]["source"]["port"],
                get(of_one[0], "network.vlan.id", ""),
                min(event["event"].get("start", event["@timestamp"]) for event in of_one))
    return sorted(sessions.values(), key=key)


def stats_of(events):
    """What the last stats say of the traffic, apart from memory and time."""
    stats = get(events[-1], "smtp.stats", {}) if events else {}
    parts = ("packets", "flows", "stream", "sessions")
    wanted = {name: dict(stats.get(name, {})) for name in parts}
    for name in ("dropped_kernel", "dropped_interface"):
        wanted["packets"].pop(name, None)
    wanted["flows"].pop("expired", None)  # by the wall clock, while the replay is waited for
    return wanted


def differences(read, replayed, speed):
    """Lines on what is not the same in two runs."""
    before, after = by_session(read), by_session(replayed)
    if len(before) != len(after):
        return [f"{len(before)} sessions read, {len(after)} replayed"]
    lines = []
    for old, new in zip(before, after):
        if len(old) != len(new):
            lines.append(f"{len(old)} events of a session read, {len(new)} replayed")
            continue
        for one, other in zip(old, new):
            lines += event_differences(one, other, speed)
    if stats_of(read) != stats_of(replayed):
        lines.append(f"stats: read {stats_of(read)}, replayed {stats_of(replayed)}")
    return lines


def prepare(bench, path, pcap):
    """What is sent of a capture, and the options with which it is captured as it was at first."""
    if pcap.link_type == ETHERNET and not pcap.cut:
        return path, []
    frames = pcap.write_frames(bench.lab.work / f"{path.stem}-frames.pcap")
    return frames, ["--snaplen", str(pcap.snaplen)] if pcap.cut else []


def names_its_interface(events, interface):
    """Lines on events that name another interface than this."""
    return [f"{event['event']['id']} was captured on "
            f"{get(event, 'observer.ingress.interface.name')}" for event in events
            if get(event, "observer.ingress.interface.name") != interface]


def replay_one(bench, pair, entry, pcap):
    """Replays one capture; lines on what differs from reading it."""
    path = PCAPS / entry["file"]
    frames, options = prepare(bench, path, pcap)
    # Rules go by time, which a replay changes; tests/check_rules.py has their own tests.
    arguments = [word for word in capture_arguments(path, entry)[2:] if word != "-q"]
    arguments += ["--disable", "all", *options]
    read = run_heloscope(bench.binary, [*capture_arguments(path, entry), "--disable", "all"])
    speed = max(1, -(-pcap.seconds // LONGEST_SECONDS))
    with bench.watch(["-i", pair[1], *arguments]) as watch:
        sent = bench.lab.replay(pair[0], frames, "-x", str(speed))
        time.sleep(LINGER_SECONDS)
        status = watch.stop()
        replayed = watch.events()
        lines = [] if status == 0 else [f"exit {status}: {watch.stderr.strip()}"]
        lines += check_bytes(EventChecker(), watch.stdout)[:5]
    lines += differences(parse_events(read.stdout), replayed, speed)
    if sent != len(pcap.records):
        lines.append(f"{sent} of {len(pcap.records)} packets were sent")
    return lines + names_its_interface(replayed, pair[1])


def replay_all(bench):
    """Replays every capture, many at a time."""
    wanted = []
    for entry in load_manifest(PCAPS / "MANIFEST"):
        pcap = Pcap(PCAPS / entry["file"])
        if not pcap.can_be_sent():
            bench.tally.skip(f"replay of {entry['file']}",
                             f"its link type is {pcap.link_type}, not Ethernet: no frames to send")
        elif not bench.names or entry["file"] in bench.names:
            wanted.append((pcap.seconds, entry, pcap))
    pairs = [bench.lab.pair() for _ in range(AT_ONCE)]
    free = list(pairs)

    def one(work):
        pair = free.pop()
        try:
            return work[1]["file"], replay_one(bench, pair, work[1], work[2])
        except (LabError, ValueError, KeyError) as error:
            return work[1]["file"], [repr(error)]
        finally:
            free.append(pair)

    wanted.sort(key=lambda work: -work[0])
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for name, lines in pool.map(one, wanted):
            bench.tally.verdict(f"replay of {name}", lines)
    for pair in pairs:
        bench.lab.remove(pair)


# How the program behaves on a wire. Each function is a test: it yields what is wrong.

SESSION = PCAPS / "postfix-rcpt-rejected.pcap"
OTHER_SESSION = PCAPS / "postfix-smtputf8.pcap"
ANOTHER_PORT = PCAPS / "submission-quit.pcap"
OPEN_SESSION = PCAPS / "wire-capture-ends.pcap"
# Sessions enough for more than a pipe holds of their events.
BUSY = tuple(PCAPS / f"{name}.pcap" for name in ("auth-msmtp", "auth-postfix-dovecot", "auth-curl"))
LONG_SESSION = PCAPS / "exim-several.pcap"


def events_come_within_a_second(bench, pair):
    """An event is written as soon as its packet came, in whole lines."""
    with bench.watch(["-i", pair[1], "-e", "exchange"]) as watch:
        bench.lab.replay(pair[0], SESSION)
        sent = time.monotonic()
        if not watch.wait_events(10, seconds=5):
            yield f"only {len(watch.events())} exchanges"
        took = time.monotonic() - sent
        if took > 1:
            yield f"the exchanges took {took:.1f} s"
        if not watch.stdout.endswith(b"\n"):
            yield "the last line is not whole"


def files_are_flushed_as_well(bench, pair):
    """What goes to a file is there as promptly."""
    path = bench.lab.work / "prompt.jsonl"
    with bench.watch(["-i", pair[1], "-e", "exchange", "-o", f"json:{path}"]):
        bench.lab.replay(pair[0], SESSION)
        if not wait_until(lambda: path.read_bytes().count(b"\n") >= 10, 1):
            yield f"{path.read_bytes().count(bytes([10]))} lines after a second"
        if not path.read_bytes().endswith(b"\n"):
            yield "the last line is not whole"


def an_interface_goes_down_and_comes_back(bench, pair):
    """It is watched on when it is up again, and both are said."""
    with bench.watch(["-i", pair[1]]) as watch:
        bench.lab.replay(pair[0], SESSION)
        if not watch.wait_events(1, "session"):
            yield "no session before it went down"
        bench.lab.ip("link", "set", pair[1], "down")
        watch.wait_for(f"{pair[1]}: the interface is down")
        bench.lab.ip("link", "set", pair[1], "up")
        watch.wait_for(f"{pair[1]}: the interface is up")
        bench.lab.replay(pair[0], OTHER_SESSION)
        if not watch.wait_events(2, "session"):
            yield "no session after it came back"
        if watch.stop() != 0:
            yield f"exit {watch.process.returncode}: {watch.stderr}"


def a_pulled_cable_is_told(bench, pair):
    """So is a lost carrier, which is nothing to end for."""
    with bench.watch(["-i", pair[1]]) as watch:
        bench.lab.ip("link", "set", pair[0], "down")
        watch.wait_for(f"{pair[1]}: the interface has no carrier")
        bench.lab.ip("link", "set", pair[0], "up")
        watch.wait_for(f"{pair[1]}: the interface is up")
        bench.lab.replay(pair[0], SESSION)
        if not watch.wait_events(1, "session"):
            yield "no session when it was plugged in again"


def a_vanished_interface_is_waited_for(bench, pair):
    """What it had brought is told, and the run goes on; at its end the loss is a failure."""
    with bench.watch(["-i", pair[1], "-e", "all", "--idle-timeout", "1"]) as watch:
        sent = bench.lab.replay(pair[0], OPEN_SESSION)
        bench.lab.remove(pair)
        watch.wait_for(f"{pair[1]}: the interface is gone; watching goes on when")
        if not watch.wait_events(1, "session"):
            yield "the open session's end was not told while the interface was away"
        if watch.process.poll() is not None:
            yield f"it did not go on: {watch.stderr}"
        if watch.stop() != 1:
            yield f"exit {watch.process.returncode} instead of 1"
        if f"heloscope: {pair[1]}: the interface is gone\n" not in watch.stderr:
            yield f"not said at the end: {watch.stderr}"
        yield from adds_up(watch, sent)


def an_interface_that_is_made_anew_is_watched_again(bench, pair):
    """Without any right, promiscuous as before, with the filter and the counts of both."""
    def promiscuity():
        return int(re.search(r"promiscuity (\d+)", bench.lab.ip("-d", "link", "show", pair[1]))[1])
    with bench.watch(["-i", pair[1], "-e", "all", "port 25"]) as watch:
        sent = bench.lab.replay(pair[0], SESSION)
        for turn, capture in enumerate((OTHER_SESSION, LONG_SESSION), 1):
            if not watch.wait_events(turn, "session"):
                yield f"no session {turn}"
            bench.lab.remove(pair)
            if not wait_until(lambda: watch.stderr.count("the interface is gone") == turn, 15):
                yield f"not said that it is gone: {watch.stderr}"
            bench.lab.add(pair)
            if not wait_until(lambda: watch.stderr.count("the interface is up") == turn, 15):
                yield f"not said that it is back: {watch.stderr}"
            if promiscuity() != 1:
                yield f"promiscuity {promiscuity()} instead of 1"
            sent += bench.lab.replay(pair[0], capture)
        bench.lab.replay(pair[0], ANOTHER_PORT)
        if not watch.wait_events(3, "session"):
            yield f"no session on the third: {watch.stderr}"
        if watch.stop() != 0:
            yield f"exit {watch.process.returncode}: {watch.stderr}"
        yield from adds_up(watch, sent)


def an_interface_of_another_kind_is_not_taken_for_it(bench, pair):
    """Its packets would be read wrongly. One of the first kind is watched when it comes."""
    with bench.watch(["-i", pair[1]]) as watch:
        bench.lab.remove(pair)
        watch.wait_for("the interface is gone")
        bench.lab.ip("tuntap", "add", pair[1], "mode", "tun")
        watch.wait_for(f"{pair[1]}: the interface is there again, but of another kind")
        bench.lab.ip("link", "del", pair[1])
        if not wait_until(lambda: watch.stderr.count("the interface is gone") == 2, 15):
            yield f"not said that it is gone again: {watch.stderr}"
        bench.lab.add(pair)
        watch.wait_for(f"{pair[1]}: the interface is up")
        bench.lab.replay(pair[0], SESSION)
        if not watch.wait_events(1, "session"):
            yield "no session on the right one"
        if watch.stop() != 0:
            yield f"exit {watch.process.returncode}: {watch.stderr}"


def what_a_vanished_interface_had_captured_is_read(bench, pair):
    """More than a round of reading takes lies in the ring when the interface goes."""
    with bench.watch(["-i", pair[1], "-e", "stats"]) as watch:
        watch.send_signal(signal.SIGSTOP)
        sent = bench.lab.replay(pair[0], LONG_SESSION, "--loop", "200", "--topspeed")
        bench.lab.remove(pair)
        watch.send_signal(signal.SIGCONT)
        watch.wait_for("the interface is gone")
        if watch.stop() != 1:
            yield f"exit {watch.process.returncode} instead of 1"
        yield from adds_up(watch, sent)
        if interface_counts(watch.stderr)[1]:
            yield "the buffer ran over: this tests nothing"


def another_interface_goes_on(bench, pair):
    """One of two vanishes: the other is watched on; the exit status tells of the loss."""
    other = bench.lab.pair()
    with bench.watch(["-i", pair[1], "-i", other[1]]) as watch:
        bench.lab.remove(other)
        watch.wait_for(f"{other[1]}: the interface is gone")
        bench.lab.replay(pair[0], SESSION)
        if not watch.wait_events(1, "session"):
            yield "no session on the other one"
        if watch.stop() != 1:
            yield f"exit {watch.process.returncode} instead of 1"


def a_signal_ends_it_cleanly(bench, pair):
    """SIGINT and SIGTERM: what is open is told with capture_end, and it is a success."""
    for number in (signal.SIGINT, signal.SIGTERM):
        with bench.watch(["-i", pair[1], "-e", "session"]) as watch:
            bench.lab.replay(pair[0], OPEN_SESSION)
            began = time.monotonic()
            status = watch.stop(number)
            if status != 0:
                yield f"{number.name}: exit {status}: {watch.stderr}"
            if time.monotonic() - began > 2:
                yield f"{number.name}: it took {time.monotonic() - began:.1f} s"
            reasons = [get(event, "smtp.session.close.reason") for event in watch.events()]
            if reasons != ["capture_end"]:
                yield f"{number.name}: {reasons}"
            if "stopped by a signal" not in watch.stderr:
                yield f"{number.name}: the summary lacks it: {watch.stderr}"


def a_second_signal_ends_it_at_once(bench, pair):
    """Nobody reads what it writes, so that after the first signal it is patient for a while."""
    reader, writer = os.pipe()
    os.set_blocking(writer, True)
    try:
        with bench.watch(["-i", pair[1], "-e", "all"], stdout=writer) as watch:
            bench.lab.replay(pair[0], LONG_SESSION, "--loop", "200", "--topspeed", "--unique-ip")
            time.sleep(LINGER_SECONDS)
            watch.send_signal(signal.SIGINT)
            time.sleep(0.8)
            if watch.process.poll() is not None:
                yield "one signal was enough: this tests nothing"
            watch.send_signal(signal.SIGINT)
            status = watch.wait(5)
            if status != -signal.SIGINT:
                yield f"exit {status}"
    finally:
        os.close(reader)
        os.close(writer)


def numbers_of(stderr):
    """{what: number} of the lines of the summary with --verbose."""
    lines = re.findall(r"^heloscope: +([0-9,]+) (.+)$", stderr, re.MULTILINE)
    return {what: int(number.replace(",", "")) for number, what in lines}


def interface_counts(stderr):
    """Sums over the interfaces of packets, dropped by the kernel, dropped by the interface."""
    lines = re.findall(r"^heloscope: \S+: ([0-9,]+) packets?; dropped: ([0-9,]+) by the kernel, "
                       r"([0-9,]+) by the interface$", stderr, re.MULTILINE)
    return [sum(int(line[i].replace(",", "")) for line in lines) for i in range(3)]


def adds_up(watch, sent):
    """Yields what does not add up in the summary of a run that has ended."""
    packets, kernel, interface = interface_counts(watch.stderr)
    if packets + kernel + interface != sent:
        yield (f"{sent} packets sent, {packets} handed over, {kernel} and {interface} dropped: "
               f"{watch.stderr}")
    stats = get(watch.events("stats")[-1], "smtp.stats.packets")
    if [stats["received"], stats["dropped_kernel"], stats["dropped_interface"]] != \
            [packets, kernel, interface]:
        yield f"the stats say {stats}, the summary {packets}, {kernel}, {interface}"


def strange_frames():
    """Frames of which none is TCP: an ARP, a first fragment, and things that can't be decoded."""
    ethernet = bytes(12)
    ip = bytes.fromhex("45 00 00 2c 00 01 20 00 40 06 00 00 c0 00 02 0a c0 00 02 19")
    return [ethernet + b"\x08\x06" + bytes(46), ethernet + b"\x08\x00" + ip + bytes(24),
            ethernet + b"\x08\x00" + b"\x45" + bytes(3), ethernet + b"\x08\x00" + bytes(40)]


def counts_add_up(bench, pair):
    """Every packet that was sent is in exactly one of the summary's counts."""
    strange = write_pcap(bench.lab.work / "strange.pcap", strange_frames())
    with bench.watch(["-i", pair[1], "-e", "all", "-v"]) as watch:
        sent = bench.lab.replay(pair[0], SESSION) + bench.lab.replay(pair[0], strange)
        if watch.stop() != 0:
            yield f"exit {watch.process.returncode}"
        yield from adds_up(watch, sent)
        numbers = numbers_of(watch.stderr)
        parts = [numbers.get(name, 0) for name in (
            "packets with TCP", "packets without TCP", "fragments that others complete",
            "packets that could not be decoded")]
        if parts != [sent - 4, 1, 1, 2] or numbers.get("packets analysed") != sent:
            yield f"{sent} packets sent; {numbers}"


def what_the_kernel_drops_is_counted(bench, pair):
    """While the program stands still, a small buffer runs over; no packet is lost uncounted."""
    with bench.watch(["-i", pair[1], "--buffer", "1M", "-e", "stats"]) as watch:
        watch.send_signal(signal.SIGSTOP)
        sent = bench.lab.replay(pair[0], LONG_SESSION, "--loop", "500", "--topspeed")
        watch.send_signal(signal.SIGCONT)
        if watch.stop() != 0:
            yield f"exit {watch.process.returncode}"
        yield from adds_up(watch, sent)
        if not interface_counts(watch.stderr)[1]:
            yield f"{sent} packets fitted into the buffer: this tests nothing"
        if "raise --buffer" not in watch.stderr:
            yield f"no advice: {watch.stderr}"


def timers_run_on_a_silent_wire(bench, pair):
    """A session that falls silent is over at its deadline, without a packet on the wire."""
    with bench.watch(["-i", pair[1], "-e", "session", "--idle-timeout", "2"]) as watch:
        bench.lab.replay(pair[0], OPEN_SESSION)
        sent = time.time()
        if not watch.wait_events(1, seconds=4):
            yield "the session's end was not told within 4 s"
            return
        took = time.time() - sent
        if took < 1.5:
            yield f"it was told after {took:.1f} s already"
        event = watch.events()[0]
        if get(event, "smtp.session.close.reason") != "idle_timeout":
            yield f"its reason is {get(event, 'smtp.session.close.reason')}"


def stats_come_at_their_interval(bench, pair):
    """On a silent wire, too; the last one at the end."""
    with bench.watch(["-i", pair[1], "-e", "stats", "--stats-interval", "1"]) as watch:
        time.sleep(3.4)
        watch.stop()
        events = watch.events()
        if len(events) != 4:
            yield f"{len(events)} stats events in 3.4 s instead of 3 and the last one"
        if len({event["event"]["id"] for event in events}) != len(events):
            yield "their ids are not distinct"


def no_stats_without_being_asked(bench, pair):
    """The default events have none, whatever the interval."""
    with bench.watch(["-i", pair[1], "--stats-interval", "1"]) as watch:
        time.sleep(1.5)
        watch.stop()
        if watch.stdout:
            yield f"{watch.stdout[:200]}"


def an_idle_run_costs_nothing(bench, pair):
    """Two silent interfaces, five seconds: next to no time on a CPU, and few wake-ups."""
    other = bench.lab.pair()

    def cost(pid):
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            switches = re.search(r"^voluntary_ctxt_switches:\s+(\d+)", file.read(), re.MULTILINE)
        return int(fields[11]) + int(fields[12]), int(switches[1])

    with bench.watch(["-i", pair[1], "-i", other[1]]) as watch:
        bench.lab.ip("link", "set", other[1], "down")
        watch.wait_for("is down")
        before = cost(watch.pid)
        time.sleep(5)
        after = cost(watch.pid)
        if after[0] - before[0] > 5:
            yield f"{after[0] - before[0]} hundredths of a second of CPU in 5 s"
        if after[1] - before[1] > 50:
            yield f"{after[1] - before[1]} wake-ups in 5 s"


# As a person who can't read the folder of the build, or as nobody at all.

def as_nobody():
    """The command that makes the next one nobody's."""
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def public_copy(bench, name="heloscope"):
    """A copy of the program where everybody may run it."""
    program = bench.lab.work / name
    shutil.copy(bench.binary, program)
    program.chmod(0o755)
    return program


def expect_refusal(bench, arguments, status, *says, before=()):
    """Runs it in the namespace; yields what is wrong with its refusal. Nothing may be emptied."""
    precious = bench.lab.work / "precious"
    precious.write_bytes(b"precious\n")
    precious.chmod(0o666)
    program = public_copy(bench)
    watch = Watch(bench.lab, program, [*arguments, "-o", f"json:{precious}"], before)
    try:
        found = watch.wait()
        if found != status:
            yield f"exit {found} instead of {status}"
        for text in says:
            if text not in watch.stderr:
                yield f"it says '{watch.stderr.strip()}', not '{text}'"
        if watch.stderr.count("\n") != 1:
            yield f"it says more than a line: {watch.stderr}"
        if precious.read_bytes() != b"precious\n":
            yield "an output was emptied"
    finally:
        watch.kill()


def without_the_capability_it_says_which(bench, pair):
    """And how to give it."""
    yield from expect_refusal(bench, ["-i", pair[1]], 1, f"heloscope: {pair[1]}: no permission",
                              "CAP_NET_RAW", f"setcap cap_net_raw=ep {bench.lab.work}/heloscope",
                              before=as_nobody())


def the_capability_is_enough_and_is_dropped(bench, pair):
    """A file capability, no root: it captures, and has given the capability up by then."""
    program = public_copy(bench, "capable")
    bench.lab.run("setcap", "cap_net_raw=ep", program)
    watch = Watch(bench.lab, program, ["-i", pair[1]], as_nobody())
    try:
        watch.ready()
        yield from powerless(watch.pid, 65534)
        bench.lab.replay(pair[0], SESSION)
        if not watch.wait_events(1, "session"):
            yield "no session"
        if watch.stop() != 0:
            yield f"exit {watch.process.returncode}"
    finally:
        watch.kill()


def powerless(pid, uid):
    """Yields which rights a process still has."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        status = dict(re.findall(r"^(\w+):\s+(.*)$", file.read(), re.MULTILINE))
    if set(status["Uid"].split()) != {str(uid)}:
        yield f"its users are {status['Uid']}"
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        if int(status[name], 16):
            yield f"{name} is {status[name]}"
    if status["NoNewPrivs"] != "1":
        yield "it may get new privileges"
    with open(f"/proc/{pid}/exe", "rb") as file:
        sanitized = b"__asan_init" in file.read()  # such a build has no filter
    if not sanitized and status["Seccomp"] != "2":
        yield "its system calls are not filtered"


def root_becomes_nobody(bench, pair):
    """--user: that user's rights and groups, no others, and still it captures."""
    with bench.watch(["-i", pair[1]]) as watch:
        yield from powerless(watch.pid, 65534)
        with open(f"/proc/{watch.pid}/status", encoding="ascii") as file:
            status = file.read()
        for name in ("Gid", "Groups"):
            groups = re.search(rf"^{name}:[ \t]*(.*)$", status, re.MULTILINE)[1].split()
            if set(groups) - {"65534"}:
                yield f"{name}: {groups}"
        if not re.search(r"^CapBnd:\s+0+$", status, re.MULTILINE):
            yield "its bounding set is not empty"
        if "as nobody" not in watch.stderr:
            yield f"it does not say so: {watch.stderr}"


def root_stays_root_only_when_told(bench, pair):
    """--user root: root's files are within reach, but no capability is."""
    with bench.watch(["-i", pair[1]], user="root") as watch:
        yield from powerless(watch.pid, 0)
        bench.lab.replay(pair[0], SESSION)
        if not watch.wait_events(1, "session"):
            yield "no session"


def users(bench, *lines):
    """The command that gives the next one a password file of these lines."""
    path = bench.lab.work / "passwd"
    path.write_text("root:x:0:0::/root:/bin/sh\n" + "".join(line + "\n" for line in lines),
                    encoding="ascii")
    return ["unshare", "-m", "--propagation", "private", "sh", "-c",
            f'mount --bind {path} /etc/passwd && exec "$@"', "sh"]


def without_a_user_to_become_root_does_not_go_on(bench, pair):
    """The default is heloscope; where there is none, root has to be asked for."""
    yield from expect_refusal(bench, ["-i", pair[1]], 2, "there is no user heloscope", "useradd",
                              "--user root", before=users(bench))


def a_mistyped_interface_is_told_before_a_missing_user(bench, _):
    """What is nearer to the reader's hand: the user is missing on every new machine."""
    yield from expect_refusal(bench, ["-i", "eth99"], 1, "heloscope: eth99: no such interface",
                              before=users(bench))


def by_default_it_becomes_heloscope(bench, pair):
    """Where there is that user."""
    watch = Watch(bench.lab, bench.binary, ["-i", pair[1]],
                  users(bench, "heloscope:x:4711:4712::/:/bin/false"))
    try:
        watch.wait_for("as heloscope")
        yield from powerless(watch.pid, 4711)
    finally:
        watch.stop()
        watch.kill()


def users_that_can_not_be_become_are_refused(bench, pair):
    """A name that nobody has; and another's, for who is not root."""
    yield from expect_refusal(bench, ["-i", pair[1], "--user", "nosuchuser"], 2,
                              "--user: there is no user nosuchuser")
    yield from expect_refusal(bench, ["-i", pair[1], "--user", "daemon"], 2,
                              "--user: only root can become daemon",
                              before=[*as_nobody(), "--inh-caps=+net_raw",
                                      "--ambient-caps=+net_raw"])


def files_are_read_as_that_user_too(bench, _):
    """--user with -r; without it nothing changes."""
    arguments = ["-r", str(SESSION), "-e", "session", "-q"]
    plain = Watch(bench.lab, bench.binary, arguments)
    other = Watch(bench.lab, bench.binary, [*arguments, "--user", "nobody"])
    if plain.wait() or other.wait() or plain.stdout != other.stdout or not plain.stdout:
        yield f"exit {plain.process.returncode}, {other.process.returncode}: {other.stderr}"
    for watch in (plain, other):
        watch.kill()


# What can't be watched.

def an_unknown_interface_is_answered_with_those_there_are(bench, pair):
    """A list to choose from."""
    yield from expect_refusal(bench, ["-i", "eth99", "--user", "nobody"], 1,
                              "heloscope: eth99: no such interface; there are lo, ",
                              f", {pair[1]}", " and any")


def an_interface_that_is_down_is_told(bench, _):
    """With the command that helps."""
    pair = bench.lab.pair(up=False)
    yield from expect_refusal(bench, ["-i", pair[1], "--user", "nobody"], 1,
                              f"heloscope: {pair[1]}: the interface is down; bring it up: "
                              f"ip link set {pair[1]} up")


def a_filter_that_does_not_compile_is_told(bench, pair):
    """With libpcap's reason."""
    yield from expect_refusal(bench, ["-i", pair[1], "--user", "nobody", "port", "smtpp"], 1,
                              f"heloscope: {pair[1]}: the filter 'port smtpp' does not compile for "
                              "link type EN10MB: ")


MAKE_NETLINK_DEVICE = """
import fcntl, os, struct, sys, time
fd = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH14x", sys.argv[1].encode(), 0x1001))
fcntl.ioctl(fd, 0x400454cd, 824)
print("made", flush=True)
time.sleep(60)
"""


def a_link_type_that_can_not_be_read_is_told(bench, _):
    """Before it is watched: nothing would come of it. The device is a tun that says it is
    another kind, netlink."""
    if not os.path.exists("/dev/net/tun"):
        bench.tally.skip("a_link_type_that_can_not_be_read_is_told", "there is no /dev/net/tun")
        return
    device = bench.lab.popen(["python3", "-c", MAKE_NETLINK_DEVICE, "odd0"],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        if device.stdout.readline() != b"made\n":
            raise LabError("no device of an odd kind")
        bench.lab.ip("link", "set", "odd0", "up")
        yield from expect_refusal(bench, ["-i", "odd0", "--user", "nobody"], 1,
                                  "heloscope: odd0: its link type (Linux netlink) can't be read",
                                  "-i any")
    finally:
        device.kill()
        device.wait()
        device.stdout.close()


# Options, and several interfaces.

def a_filter_lets_in_what_it_says(bench, pair):
    """The rest is neither read nor counted."""
    with bench.watch(["-i", pair[1], "-e", "all", "dst", "port", "25"]) as watch:
        bench.lab.replay(pair[0], SESSION)
        watch.stop()
        if interface_counts(watch.stderr)[0] not in range(5, 20):
            yield watch.stderr
        sides = [get(event, "smtp.session.one_sided") for event in watch.events("session")]
        if sides != ["client"]:
            yield f"{sides}"


def packets_are_cut_at_the_snap_length(bench, pair):
    """As if the file had been cut there, and counted."""
    cut = bench.lab.work / "cut.pcap"
    bench.lab.run("editcap", "-F", "pcap", "-s", "96", LONG_SESSION, cut)
    read = parse_events(run_heloscope(bench.binary, read_arguments(cut)).stdout)
    with bench.watch(["-i", pair[1], "-e", "all", "--snaplen", "96"]) as watch:
        bench.lab.replay(pair[0], LONG_SESSION)
        time.sleep(LINGER_SECONDS)
        watch.stop()
        yield from differences(read, watch.events(), 1)
    if not get(read[-1], "smtp.stats.packets.truncated"):
        yield "none was cut: this tests nothing"


def the_kernel_fills_blocks_of_a_ring(bench, pair):
    """TPACKET_V3, which ss calls version 2: a wake-up per block; as large as it was asked for."""
    for arguments, octets in (([], 16 << 20), (["--buffer", "4M"], 4 << 20)):
        with bench.watch(["-i", pair[1], *arguments]):
            rings = bench.lab.run("ss", "--packet", "-a", "-e", "-i")
            ring = re.search(r"ver:2 .*\n\s+ring_rx\(blk_size:(\d+),blk_nr:(\d+),", rings)
            if not ring or int(ring[1]) * int(ring[2]) != octets:
                yield f"{arguments}: {rings}"


def promiscuous_unless_told(bench, pair):
    """The interface is asked to hand over what is for others; it is restored afterwards."""
    def promiscuity():
        return re.search(r"promiscuity (\d+)", bench.lab.ip("-d", "link", "show", pair[1]))[1]
    for arguments, wanted in (([], "1"), (["--no-promisc"], "0")):
        with bench.watch(["-i", pair[1], *arguments]) as watch:
            if promiscuity() != wanted:
                yield f"{arguments}: promiscuity {promiscuity()}"
            watch.stop()
        if promiscuity() != "0":
            yield "it was not restored"


def any_is_every_interface(bench, pair):
    """Cooked, and each packet twice: at either end of the wire."""
    with bench.watch(["-i", "any", "-e", "all", "port", "25"]) as watch:
        bench.lab.replay(pair[0], SESSION)
        if not watch.wait_events(1, "session"):
            yield "no session"
            return
        event = watch.events("session")[0]
        if get(event, "smtp.session.close.reason") != "quit":
            yield f"{event}"
        if get(event, "observer.ingress.interface.name") != "any":
            yield f"{event['observer']}"


def a_mirror_of_two_ports_is_one_capture(bench, pair):
    """Each direction on an interface of its own, as mirror ports send them: the events are those
    of the file, and no reply is before its command."""
    other = bench.lab.pair()
    cache = bench.lab.work / "two.cache"
    for path in (SESSION, LONG_SESSION):
        call = ["tcpprep", "--port", "-i", path, "-o", cache]
        bench.lab.run(*call)
        read = parse_events(run_heloscope(bench.binary, read_arguments(path)).stdout)
        with bench.watch(["-i", pair[1], "-i", other[1], "-e", "all"]) as watch:
            bench.lab.replay(pair[0], path, "-I", other[0], "--cachefile", cache)
            time.sleep(LINGER_SECONDS)
            watch.stop()
            replayed = watch.events()
            yield from differences(read, replayed, 1)
            counts = re.findall(r": ([0-9,]+) packets?; dropped", watch.stderr)
            if len(counts) != 2 or "0" in counts:
                yield f"one of the two had nothing: {watch.stderr}"
        names = {get(event, "observer.ingress.interface.name") for event in replayed[:-1]}
        if not names or names - {pair[1], other[1]}:
            yield f"captured on {names}"
        if get(replayed[-1], "observer.ingress") is not None:
            yield "stats of several interfaces name one"


def nobody_reads_any_more(bench, pair):
    """The reader of a pipe goes: the run ends with the next event, as a failure."""
    reader, writer = os.pipe()
    with bench.watch(["-i", pair[1], "-e", "exchange"], stdout=writer) as watch:
        os.close(writer)
        os.close(reader)
        bench.lab.replay(pair[0], SESSION)
        if watch.wait(10) != 1 or "standard output: Broken pipe" not in watch.stderr:
            yield f"exit {watch.process.returncode}: {watch.stderr}"


# Outputs that take nothing for a while.

@contextlib.contextmanager
def small_disk(bench, *options):
    """A file system of 64 KiB, mounted as long as the with statement lasts."""
    folder = bench.lab.work / "small"
    folder.mkdir()
    call("mount", "-t", "tmpfs", "-o", ",".join(("size=64k", "mode=0777") + options), "none", folder)
    try:
        yield folder
    finally:
        call("umount", folder)
        folder.rmdir()


def whole_events(content):
    """The events of an output, each of whose lines must be one."""
    if content and not content.endswith(b"\n"):
        raise LabError("the output ends amid a line")
    return [json.loads(line) for line in content.splitlines()]


def no_hole(events):
    """Yields where numbers are missing or come twice."""
    numbers = [event["event"]["sequence"] for event in events]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"the events' numbers are not 1 to {len(numbers)}"


def a_full_disk_is_waited_for(bench, pair):
    """Whole lines while it is full; when there is space again, what waited is written."""
    with small_disk(bench) as folder:
        ballast, target = folder / "ballast", folder / "events.json"
        ballast.write_bytes(bytes(56 << 10))
        with bench.watch(["-i", pair[1], "-e", "all", "-o", f"json:{target}"]) as watch:
            for path in BUSY:
                bench.lab.replay(pair[0], path, "--topspeed")
            watch.wait_for("No space left on device; events wait for it")
            yield from no_hole(whole_events(target.read_bytes()))
            call("mount", "-o", "remount,size=4m", folder)
            ballast.unlink()
            watch.wait_for("takes events again; none was lost")
            time.sleep(LINGER_SECONDS)
            if watch.stop() != 0:
                yield f"exit {watch.process.returncode}: {watch.stderr}"
        events = whole_events(target.read_bytes())
        yield from no_hole(events)
        if get(events[-1], "smtp.stats.events")[0]["dropped"] or len(events) < 200:
            yield f"{len(events)} events; {events[-1]}"


def a_disk_that_stays_full_is_a_failure(bench, pair):
    """With what was lost."""
    with small_disk(bench) as folder:
        (folder / "ballast").write_bytes(bytes(56 << 10))
        target = folder / "events.json"
        with bench.watch(["-i", pair[1], "-e", "all", "-o", f"json:{target}"]) as watch:
            for path in BUSY:
                bench.lab.replay(pair[0], path, "--topspeed")
            watch.wait_for("No space left on device; events wait for it")
            if watch.stop() != 1:
                yield f"exit {watch.process.returncode}"
            if not re.search(r"events\.json: \d+ events were dropped: No space left", watch.stderr):
                yield watch.stderr
        yield from no_hole(whole_events(target.read_bytes()))


def a_read_only_folder_is_told(bench, pair):
    """Before anything is watched."""
    with small_disk(bench, "ro") as folder:
        watch = Watch(bench.lab, bench.binary, ["-i", pair[1], "--user", "nobody", "-o",
                                                f"json:{folder}/events.json"])
        try:
            if watch.wait() != 1 or f"{folder}/events.json: Read-only file system" not in watch.stderr:
                yield f"exit {watch.process.returncode}: {watch.stderr}"
        finally:
            watch.kill()


def a_slow_reader_does_not_hold_up_the_capture(bench, pair):
    """A pipe that nobody reads is full soon; the kernel drops nothing all the same, and what
    waited is read in the end."""
    reader, writer = os.pipe()
    with bench.watch(["-i", pair[1], "-e", "all"], stdout=writer) as watch:
        os.close(writer)
        for path in BUSY:
            bench.lab.replay(pair[0], path, "--topspeed")
        time.sleep(LINGER_SECONDS)
        watch.send_signal(signal.SIGINT)
        with os.fdopen(reader, "rb") as pipe:
            events = whole_events(pipe.read())
        if watch.wait() != 0 or " 0 by the kernel" not in watch.stderr:
            yield f"exit {watch.process.returncode}: {watch.stderr}"
        yield from no_hole(events)
        if len(events) < 200:
            yield f"{len(events)} events"


def a_reader_that_stands_still_is_not_waited_for_long(bench, pair):
    """After two seconds the run is over, as a failure, and says what was lost."""
    reader, writer = os.pipe()
    with bench.watch(["-i", pair[1], "-e", "all"], stdout=writer) as watch:
        os.close(writer)
        for path in BUSY:
            bench.lab.replay(pair[0], path, "--topspeed")
        time.sleep(LINGER_SECONDS)
        watch.send_signal(signal.SIGINT)
        if watch.wait(10) != 1 or "dropped: its reader is too slow" not in watch.stderr:
            yield f"exit {watch.process.returncode}: {watch.stderr}"
        with os.fdopen(reader, "rb") as pipe:
            yield from no_hole(whole_events(pipe.read()))


def files_are_opened_anew_at_sighup(bench, pair):
    """Rotation while packets come: every event is in one of the files, none in two."""
    folder = bench.lab.work / "rotated"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    target = folder / "events.json"
    with bench.watch(["-i", pair[1], "-e", "all", "-o", f"json:{target}"]) as watch:
        for turn, path in enumerate(BUSY):
            bench.lab.replay(pair[0], path, "--topspeed")
            target.rename(folder / f"events.json.{turn}")
            watch.send_signal(signal.SIGHUP)
            if not wait_until(target.exists, 5):
                yield f"it was not opened anew: {watch.stderr}"
                return
        time.sleep(LINGER_SECONDS)
        if watch.stop() != 0:
            yield f"exit {watch.process.returncode}: {watch.stderr}"
    files = [folder / f"events.json.{turn}" for turn in range(len(BUSY))] + [target]
    yield from no_hole([event for file in files for event in whole_events(file.read_bytes())])


def root_s_folder_has_the_new_file_at_sighup(bench, pair):
    """Where the user that it became may not write: it is opened as the first one was. But what
    that user could have put in its place is not written into."""
    folder = bench.lab.work / "roots"
    folder.mkdir(mode=0o755)
    target, other = folder / "events.json", folder / "other"
    with bench.watch(["-i", pair[1], "-o", f"json:{target}"]) as watch:
        target.rename(folder / "events.json.1")
        watch.send_signal(signal.SIGHUP)
        if not wait_until(target.exists, 5):
            yield f"it was not opened anew: {watch.stderr}"
            return
        if target.stat().st_uid != 0 or target.stat().st_mode & 0o777 != 0o640:
            yield f"{target.stat()}"
        target.unlink()
        other.write_bytes(b"precious\n")
        for link in (os.symlink, os.link):
            link(other, target)
            watch.send_signal(signal.SIGHUP)
            if not wait_until(lambda: watch.stderr.count("can't be opened again") > 0, 5):
                yield f"{link} is followed"
            time.sleep(0.5)
            target.unlink()
        if watch.stderr.count("can't be opened again") != 2 or other.read_bytes() != b"precious\n":
            yield watch.stderr
        bench.lab.replay(pair[0], SESSION)
        time.sleep(LINGER_SECONDS)
        if watch.stop() != 0:
            yield f"exit {watch.process.returncode}: {watch.stderr}"


BEHAVIOUR = (
    a_full_disk_is_waited_for, a_disk_that_stays_full_is_a_failure, a_read_only_folder_is_told,
    a_slow_reader_does_not_hold_up_the_capture,
    a_reader_that_stands_still_is_not_waited_for_long,
    root_s_folder_has_the_new_file_at_sighup, files_are_opened_anew_at_sighup,
    events_come_within_a_second, files_are_flushed_as_well, an_interface_goes_down_and_comes_back,
    a_pulled_cable_is_told, a_vanished_interface_is_waited_for,
    an_interface_that_is_made_anew_is_watched_again,
    an_interface_of_another_kind_is_not_taken_for_it,
    what_a_vanished_interface_had_captured_is_read, another_interface_goes_on,
    a_signal_ends_it_cleanly, a_second_signal_ends_it_at_once, counts_add_up,
    what_the_kernel_drops_is_counted, timers_run_on_a_silent_wire, stats_come_at_their_interval,
    no_stats_without_being_asked, an_idle_run_costs_nothing, without_the_capability_it_says_which,
    the_capability_is_enough_and_is_dropped, root_becomes_nobody, root_stays_root_only_when_told,
    without_a_user_to_become_root_does_not_go_on,
    a_mistyped_interface_is_told_before_a_missing_user, by_default_it_becomes_heloscope,
    users_that_can_not_be_become_are_refused, files_are_read_as_that_user_too,
    an_unknown_interface_is_answered_with_those_there_are, an_interface_that_is_down_is_told,
    a_filter_that_does_not_compile_is_told, a_link_type_that_can_not_be_read_is_told,
    a_filter_lets_in_what_it_says, packets_are_cut_at_the_snap_length,
    the_kernel_fills_blocks_of_a_ring, promiscuous_unless_told,
    any_is_every_interface, a_mirror_of_two_ports_is_one_capture, nobody_reads_any_more,
)


class Running:
    """A Watch that is ready, ended in any case."""

    def __init__(self, watch):
        self.watch = watch

    def __enter__(self):
        try:
            return self.watch.ready()
        except LabError:
            self.watch.kill()
            raise

    def __exit__(self, *_):
        self.watch.kill()


class Bench:
    """What every test is given."""

    def __init__(self, lab, binary, tally, names):
        self.lab = lab
        self.binary = binary
        self.tally = tally
        self.names = names

    def watch(self, arguments, user="nobody", stdout=None):
        """A run that watches, for a with statement."""
        return Running(Watch(self.lab, self.binary, [*arguments, "--user", user], stdout=stdout))

    def try_out(self, test):
        """Runs one test of the behaviour on a pair of its own."""
        pair = self.lab.pair()
        try:
            problems = list(test(self, pair))
        except (LabError, OSError, ValueError, KeyError, IndexError) as error:
            problems = [repr(error)]
        self.tally.verdict(test.__name__, problems)
        if pair[0] in self.lab.ip("-br", "link"):
            self.lab.remove(pair)


def what_is_missing():
    """Why the tests can't be run; None if they can."""
    if os.geteuid() != 0:
        return "not root: network namespaces and captures take it; sudo make check-live"
    missing = [name for name in NEEDS if not shutil.which(name)]
    if missing:
        return f"not installed: {', '.join(missing)}; sh .ci/setup test"
    tried = subprocess.run(["unshare", "-n", "true"], capture_output=True, text=True, check=False)
    return f"no network namespace can be made: {tried.stderr.strip()}" if tried.returncode else None


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these captures and tests")
    parser.add_argument("--heloscope", default=BINARY, help="the program to test")
    options = parser.parse_args()
    require_binary(options.heloscope)
    tally = Tally()
    tests = [test for test in BEHAVIOUR if not options.names or test.__name__ in options.names]
    reason = what_is_missing()
    if reason:
        for name in ["replay of every capture", *(test.__name__ for test in tests)]:
            tally.skip(name, reason)
        return tally.close()
    with Lab() as lab:
        bench = Bench(lab, os.path.realpath(options.heloscope), tally, options.names)
        for test in tests:
            bench.try_out(test)
        if not options.names or any(name.endswith(".pcap") for name in options.names):
            replay_all(bench)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
