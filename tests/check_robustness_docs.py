#!/usr/bin/python3
"""Holds the table of attacks in docs/robustness.md against tests/unit/test_evasion.c: each attack is in
both, with as many cases and the same expectation."""

import re
import sys

from toolkit import ROOT, Tally

DOCS = ROOT / "docs" / "robustness.md"
SOURCE = ROOT / "tests" / "unit" / "test_evasion.c"
WORDS = {"TRUTH": "truth", "MARKED": "truth, marked", "EITHER": "either", "HONEST": "honest",
         "NOTHING": "nothing"}
FEWEST = 25
ATTACK = re.compile(r'\{"([^"]+)",\s*(\w+),\s*([\w *+-]+?),')
ROW = re.compile(r"^\| ([^|]+?) \| (\d+) \| ([^|]+?) \|$", re.M)


def attacks():
    """{name: (cases, expectation)} of the test's table."""
    source = SOURCE.read_text(encoding="utf-8")
    segments = re.search(r"#define WITH_OCTETS +(\d+)u", source).group(1)
    table = source[source.index("attacks[] = {"):]
    table = table[:table.index("\n};")]
    return {name: (eval_cases(count.replace("WITH_OCTETS", segments)), WORDS[expected])
            for name, expected, count in ATTACK.findall(table)}


def eval_cases(text):
    """The value of a product plus or minus a number."""
    product, sign, rest = re.fullmatch(r"([\d *]+?)(?: ([+-]) (\d+))?", text).groups()
    value = 1
    for factor in product.split("*"):
        value *= int(factor)
    return value + (int(rest) if sign == "+" else -int(rest) if sign == "-" else 0)


def main():
    tally = Tally()
    tested = attacks()
    told = {name: (int(count), expected) for name, count, expected in
            ROW.findall(DOCS.read_text(encoding="utf-8"))}
    for name in sorted(tested.keys() | told.keys()):
        test, row = tested.get(name), told.get(name)
        good = test is not None and row is not None and test[0] == row[0] and \
            row[1].startswith(test[1])
        tally.verdict(name, [] if good else [f"{test} in the test, {row} in the table"])
    tally.verdict("the tables were read", [] if len(told) >= FEWEST else [len(told)])
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
