#!/usr/bin/env python3
"""Runs heloscope and the bare loop alternately over captures and prints one table.

A name is that of a capture, NAME.pcap; NAME+DATASET has those events written besides the default."""

import argparse
import os
import statistics
import subprocess
import sys
import time


def run(command):
    """Wall seconds, CPU seconds and peak resident octets of one run that must succeed."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"measure: {' '.join(command)}: exit status {process.returncode}")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "rss": usage.ru_maxrss * 1024}


def medians(runs):
    return {key: statistics.median(r[key] for r in runs) for key in runs[0]}


def count_lines(path):
    with open(path, "rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def read_info(path):
    words = open(path, encoding="ascii").read().split()
    return {name: int(number) for name, number in zip(words[::2], words[1::2])}


def measure(options, name):
    """A result for each number of workers, all against the bare loops of the same minutes."""
    capture, _, dataset = name.partition("+")
    path = os.path.join(options.data, capture + ".pcap")
    events = os.path.join(options.data, "events.json")
    program = [options.program, "-q", "-r", path, "-o", "json:" + events]
    program += ["-e", "+" + dataset] if dataset else []
    bare, ours = [], {workers: [] for workers in options.workers}
    run([options.bare, path])  # fills the page cache for all
    for _ in range(options.runs):
        bare.append(run([options.bare, path]))
        for workers in options.workers:
            ours[workers].append(run(program + ["-w", str(workers)]))
    common = {
        "name": name,
        "bare": medians(bare),
        "bytes": os.path.getsize(path),
        "packets": read_info(os.path.join(options.data, capture + ".info"))["packets"],
        "events": count_lines(events),
    }
    os.remove(events)
    return [dict(common, workers=workers, ours=medians(runs), peak=max(r["rss"] for r in runs))
            for workers, runs in ours.items()]


def row(result):
    bare, ours = result["bare"], result["ours"]
    wall = ours["wall"]
    return (
        result["name"],
        str(result["workers"]),
        f"{bare['wall']:.2f}",
        f"{bare['cpu']:.2f}",
        f"{wall:.2f}",
        f"{ours['cpu']:.2f}",
        f"{wall / bare['wall']:.2f}",
        f"{ours['cpu'] / bare['cpu']:.2f}",
        f"{result['bytes'] / wall / 1e6:,.0f}",
        f"{result['packets'] / wall:,.0f}",
        f"{result['events'] / wall:,.0f}",
        f"{result['peak'] / (1 << 20):.1f}",
    )


HEAD = ("capture", "-w", "bare s", "bare cpu", "wall s", "cpu s", "ratio wall", "ratio cpu", "MB/s",
        "packets/s", "events/s", "peak MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--bare", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--workers", type=int, nargs="+", default=[1])
    parser.add_argument("names", nargs="+")
    options = parser.parse_args()
    table = [HEAD]
    for name in options.names:
        table += [row(result) for result in measure(options, name)]
    widths = [max(len(line[i]) for line in table) for i in range(len(HEAD))]
    for line in table:
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:])]
        print("  ".join(cells))


if __name__ == "__main__":
    main()
