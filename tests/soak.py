#!/usr/bin/python3
"""Replays every recording over and over at a steady rate into a live capture, and counts: soak.py
[MINUTES]. It fails when a packet is neither read nor counted as dropped, or when memory grows.

It needs root and tcpreplay, and is a part of no check: half an hour is what it is made for."""

import argparse
import os
import re
import struct
import subprocess
import sys
import threading
import time

from live import PCAPS, Running, interface_counts, numbers_of, what_is_missing
from live_lab import ETHERNET, Lab, LabError, Pcap, Watch
from toolkit import BINARY, captures_in, require_binary

# Sessions that the recordings leave open are over soon, or half an hour would be too short to see
# whether memory stays where it is.
IDLE_SECONDS = 10
# What rules keep of sources and users for a day is bounded by a share of the cap, and this replay has
# new ones all the time: with a small cap they have what they may after the warm-up, and not after days.
MEMORY = "64M"
# By then as many sessions end as begin.
WARM_UP_SECONDS = 180
SAMPLE_SECONDS = 5
# What malloc and the kernel's pages may waver by.
SLACK_OCTETS = 2 << 20
SLACK_SHARE = 0.02


def merge(path):
    """Writes all recordings that can be sent into one file; how many packets it has."""
    count = 0
    with open(path, "wb") as file:
        file.write(struct.pack("<I2H4I", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for capture in captures_in(PCAPS):
            pcap = Pcap(capture)
            if pcap.link_type != ETHERNET or pcap.cut:
                continue
            for record in pcap.records:
                # Their own times are of no use: the rate is given.
                file.write(struct.pack("<4I", 1700000000 + count // 1000, count % 1000 * 1000,
                                       len(record) - 16, len(record) - 16) + record[16:])
                count += 1
    return count


def resident(pid):
    """The resident octets of a process, the ring buffer's included."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"^VmRSS:\s+(\d+) kB", file.read(), re.MULTILINE)[1]) << 10


def cpu_seconds(pid):
    """The seconds of CPU that a process has used."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Sampler(threading.Thread):
    """Notes a process's memory every few seconds."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid = pid
        self.began = time.monotonic()
        self.samples = []
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(SAMPLE_SECONDS):
            self.samples.append((time.monotonic() - self.began, resident(self.pid)))

    def stop(self):
        """The samples after the warm-up; all of them if there are too few."""
        self.over.set()
        self.join()
        warm = [octets for seconds, octets in self.samples if seconds >= WARM_UP_SECONDS]
        return warm if len(warm) >= 3 else [octets for _, octets in self.samples]


def send(lab, interface, path, options):
    """Replays the merged file; how many packets were sent, and in how many seconds."""
    began = time.monotonic()
    command = ["tcpreplay", "-i", interface, "-K", "--loop", "0", "--unique-ip",
               "--pps", str(options.pps), "--duration", str(int(options.minutes * 60)), str(path)]
    done = subprocess.run(["ip", "netns", "exec", lab.name, *command], capture_output=True,
                          text=True, check=False, stdin=subprocess.DEVNULL)
    sent = re.search(r"Successful packets:\s+(\d+)", done.stdout)
    failed = re.search(r"Failed packets:\s+(\d+)", done.stdout)
    if not sent or int(failed[1]):
        raise LabError(f"tcpreplay: {done.stdout}{done.stderr}")
    return int(sent[1]), time.monotonic() - began


def memory_problems(samples):
    """Why the memory is not flat; a line for each reason."""
    if len(samples) < 3:
        return ["too short a run to tell of memory"]
    third = len(samples) // 3
    first, last = max(samples[:third]), max(samples[-third:])
    if last > first * (1 + SLACK_SHARE) + SLACK_OCTETS:
        return [f"memory grew from {first} to {last} octets"]
    return []


def report(watch, sent, seconds, samples, cpu):
    """Prints the figures; what is wrong with them."""
    read, kernel, interface = interface_counts(watch.stderr)
    numbers = numbers_of(watch.stderr)
    found = re.search(r"^heloscope: ([0-9,]+) sessions?, .*; ([0-9,]+) events? written$",
                      watch.stderr, re.MULTILINE)
    sessions, events = (int(found[i].replace(",", "")) for i in (1, 2))
    print(f"sent      {sent:>12,} packets in {seconds:.0f} s, {sent / seconds:,.0f}/s")
    print(f"received  {read:>12,}")
    print(f"dropped   {kernel:>12,} by the kernel, {interface:,} by the interface")
    print(f"sessions  {sessions:>12,}, {events:,} events")
    print(f"CPU       {cpu:>12.1f} s, {100 * cpu / seconds:.1f} % of one")
    for name, octets in (("start", samples[0]), ("middle", samples[len(samples) // 2]),
                         ("end", samples[-1])):
        print(f"memory    {octets / 1e6:>12.1f} MB at the {name}")
    problems = memory_problems(samples)
    if read + kernel + interface != sent:
        problems.append(f"{sent - read - kernel - interface} packets are uncounted")
    parts = [numbers[name] for name in (
        "packets with TCP", "packets without TCP", "fragments that others complete",
        "packets that could not be decoded")]
    if sum(parts) != read or numbers["packets analysed"] != read:
        problems.append(f"{read} packets read, but their kinds are {parts}")
    if not sessions:
        problems.append("no session: this tested nothing")
    return problems


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("minutes", nargs="?", type=float, default=30)
    parser.add_argument("--pps", type=int, default=20000, help="packets a second (20000)")
    parser.add_argument("--heloscope", default=BINARY, help="the program to test")
    options = parser.parse_args()
    require_binary(options.heloscope)
    reason = what_is_missing()
    if reason:
        raise SystemExit(f"soak.py: {reason}")
    with Lab() as lab:
        merged = lab.work / "merged.pcap"
        print(f"{merge(merged)} packets of all recordings, over and over for {options.minutes:g} "
              f"minutes at {options.pps} a second", flush=True)
        pair = lab.pair()
        arguments = ["-i", pair[1], "-v", "-e", "all", "-o", "json:/dev/null",
                     "--idle-timeout", str(IDLE_SECONDS), "--memory", MEMORY, "--user", "nobody"]
        with Running(Watch(lab, os.path.realpath(options.heloscope), arguments)) as watch:
            sampler = Sampler(watch.pid)
            sampler.start()
            sent, seconds = send(lab, pair[0], merged, options)
            samples = sampler.stop()
            cpu = cpu_seconds(watch.pid)
            status = watch.stop()
            problems = report(watch, sent, seconds, samples, cpu)
            if status:
                problems.append(f"exit {status}: {watch.stderr}")
    for problem in problems:
        print(f"FAIL {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
