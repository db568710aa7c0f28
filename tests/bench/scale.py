#!/usr/bin/env python3
"""What a packet costs and a connection takes, by how many are open: a table and a picture.

Exits 1 if a packet among the most connections costs twice as much as among the fewest, or a
connection takes more than its budget in docs/performance.md."""

import argparse
import subprocess
import sys

COUNTS = {"other": (100, 1000, 10000, 100000, 1000000), "smtp": (100, 1000, 10000, 100000)}
LABELS = {"other": "TCP, not SMTP", "smtp": "SMTP, idle"}
COLOURS = {"other": "#1f6feb", "smtp": "#bf3989"}
OCTETS = {"other": 300, "smtp": 2500}  # of each connection, tables and heaps included
GROWTH = 2.0


def measure(program, kind, count, runs):
    """Nanoseconds of a packet, the least of the runs, and octets of a connection."""
    found = []
    for _ in range(runs):
        words = subprocess.run([program, str(count), kind], check=True, capture_output=True,
                               text=True).stdout.split()
        found.append((float(words[2]), float(words[3])))
    return min(time for time, _ in found), found[0][1]


def table(results):
    lines = ["| connections | kind | ns a packet | octets a connection |", "|---:|---|---:|---:|"]
    for kind, rows in results.items():
        for count, (time, octets) in rows.items():
            lines.append(f"| {count:,} | {LABELS[kind]} | {time:.0f} | {octets:,.0f} |")
    return "\n".join(lines)


def picture(results):
    """Nanoseconds a packet over connections, the latter by decades."""
    width, height, left, bottom = 640, 320, 60, 270
    most = max(time for rows in results.values() for time, _ in rows.values())
    top = (int(most / 100) + 1) * 100

    def place(count, time):
        decades = len(str(count)) - 3
        return left + 20 + decades * 130, bottom - time / top * (bottom - 30)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
             'font-family="sans-serif" font-size="12">',
             f'<rect width="{width}" height="{height}" fill="white"/>',
             f'<text x="{left}" y="18">nanoseconds a packet, by open connections</text>']
    for step in range(5):
        value = top * step / 4
        _, y = place(100, value)
        parts.append(f'<path d="M{left} {y:.0f}H{width - 20}" stroke="#ddd"/>'
                     f'<text x="{left - 8}" y="{y + 4:.0f}" text-anchor="end">{value:.0f}</text>')
    for count in COUNTS["other"]:
        x, _ = place(count, 0)
        parts.append(f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">{count:,}</text>')
    for index, (kind, rows) in enumerate(results.items()):
        points = [place(count, time) for count, (time, _) in rows.items()]
        line = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{COLOURS[kind]}" '
                     'stroke-width="2"/>')
        parts += [f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4" fill="{COLOURS[kind]}"/>'
                  for x, y in points]
        parts.append(f'<text x="{left + 20 + 180 * index}" y="{height - 12}" '
                     f'fill="{COLOURS[kind]}">{LABELS[kind]}</text>')
    return "\n".join(parts + ["</svg>"]) + "\n"


def over_budget(results):
    for kind, rows in results.items():
        counts = list(rows)
        growth = rows[counts[-1]][0] / rows[counts[0]][0]
        print(f"{LABELS[kind]}: {counts[-1]:,} connections cost {growth:.2f} times what "
              f"{counts[0]:,} do, a packet")
        if kind == "other" and growth >= GROWTH:
            yield f"a packet costs {growth:.2f} times as much, {GROWTH:.0f} is the bound"
        octets = rows[counts[-1]][1]
        if octets > OCTETS[kind]:
            yield f"{LABELS[kind]}: {octets:.0f} octets a connection, {OCTETS[kind]} are the bound"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", help="build/bench/scale")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--picture", help="an SVG file to write")
    options = parser.parse_args()
    results = {kind: {count: measure(options.program, kind, count, options.runs)
                      for count in counts} for kind, counts in COUNTS.items()}
    print(table(results))
    if options.picture:
        with open(options.picture, "w", encoding="utf-8") as file:
            file.write(picture(results))
    problems = list(over_budget(results))
    for problem in problems:
        print("over the budget:", problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
