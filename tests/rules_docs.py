#!/usr/bin/python3
"""The sections of docs/rules.md, made of the table that `heloscope rules --json` prints.

rules_docs.py --update writes them anew; tests/check_rules.py holds the file to them."""

import json
import re
import sys

from toolkit import BINARY, ROOT, require_binary, run_heloscope

DOCS = ROOT / "docs" / "rules.md"
MARK = "<!-- From here on made by tests/rules_docs.py --update from the table of rules. -->\n"
FAMILIES = {"close": "Closes", "authentication": "Authentication", "tls": "TLS",
            "protocol": "Protocol", "boundary": "Message boundary", "abuse": "Abuse and volume",
            "visibility": "What the sensor does not see"}


# The default --memory, and the part of it that all counters may take (LIMIT_RULES_SHARE).
MEMORY_MIB = 512
RULES_SHARE = 8


def share_text(rules):
    """What each rule with a window may take at most."""
    windowed = sum("memory" in rule for rule in rules)
    return f"{windowed} rules have a window: {MEMORY_MIB / RULES_SHARE / windowed:.1f} MiB for each at the most"


def section(rule):
    """One rule."""
    lines = [f"## {rule['id']} `{rule['name']}`", "",
             f"{rule['description']} Severity {rule['severity']}; {rule.get('reference')}" +
             "".join(f"; ATT&CK {technique}" for technique in rule["techniques"]) + ".", "",
             rule["advice"], ""]
    if "causes" in rule:
        lines += ["| evidence | when | what to do |", "|---|---|---|"]
        lines += [f"| `{cause['key']}` = `{cause['name']}` | {cause['when']} | {cause['advice']} |"
                  for cause in rule["causes"]]
        lines.append("")
    if "memory" in rule:
        lines += [f"Keeps {rule['memory']}.", ""]
    if rule["parameters"]:
        lines += ["| parameter | default | range | meaning |", "|---|---|---|---|"]
        for parameter in rule["parameters"]:
            unit = f" {parameter['unit']}" if "unit" in parameter else ""
            lines.append(f"| `{parameter['name']}` | {parameter['default']}{unit} | "
                         f"{parameter['least']} to {parameter['most']} | "
                         f"{parameter['description']} |")
        lines.append("")
    return "\n".join(lines)


def sections(rules):
    """All of them, by family."""
    parts, family = [], None
    for rule in rules:
        if rule["category"] != family:
            family = rule["category"]
            parts.append(f"# {FAMILIES[family]}\n")
        parts.append(section(rule))
    return "\n".join(parts)


def load_rules():
    """The table."""
    listed = run_heloscope(BINARY, ["rules", "--json"])
    return [json.loads(line) for line in listed.stdout.splitlines()]


def made_part():
    """What the file has behind the mark."""
    return DOCS.read_text(encoding="utf-8").partition(MARK)[2]


def section_of(docs, rule):
    """What the made part has of a rule, up to the next heading; None where it has nothing."""
    _, head, rest = ("\n" + docs).partition(f"\n## {rule['id']} ")
    return re.split(r"\n#+ ", (head + rest)[1:])[0].rstrip("\n") + "\n" if head else None


def main():
    """--update."""
    require_binary(BINARY)
    if sys.argv[1:] != ["--update"]:
        raise SystemExit(__doc__)
    before = DOCS.read_text(encoding="utf-8").partition(MARK)[0]
    DOCS.write_text(before + MARK + "\n" + sections(load_rules()), encoding="utf-8")


if __name__ == "__main__":
    main()
