#!/usr/bin/python3
"""What `heloscope explain` writes: golden pages, their width, and that nothing lacks its page."""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys

from toolkit import BINARY, ROOT, Tally, get, parse_events, require_binary

GOLDEN = ROOT / "tests" / "golden"
PAGES = ROOT / "tests" / "explain"
WORDS = PAGES / "words"
WIDTHS = (20, 37, 79, 80, 81, 132, 250)
# The pages that are kept whole: their names, and what is explained.
KEPT = {
    "221": ["221"],
    "334": ["334"],
    "221-334": ["221", "334"],
    "5.7.8": ["5.7.8"],
    "472": ["472"],
    "535-5.7.8": ["535", "5.7.8"],
    "HS-101": ["HS-101"],
    "HS-102": ["HS-102"],
    "HS-209": ["HS-209"],
}
UNKNOWN = re.compile(r"code of no table|not registered")


def explain(binary, arguments, width=None):
    """Exit code, stdout and stderr of one run."""
    environment = dict(os.environ)
    environment.pop("COLUMNS", None)
    if width is not None:
        environment["COLUMNS"] = str(width)
    done = subprocess.run([binary, "explain", *arguments], stdin=subprocess.DEVNULL,
                          capture_output=True, env=environment, timeout=60, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def everything(binary):
    """All that --list names: {name: title}."""
    status, out, _ = explain(binary, ["--list"])
    entries = dict(line.split(None, 1) for line in out.splitlines())
    return entries if status == 0 else {}


def check_kept(tally, binary, update):
    for name, arguments in KEPT.items():
        path = PAGES / f"{name}.txt"
        status, out, _ = explain(binary, arguments)
        if update:
            path.write_text(out, encoding="utf-8")
        kept = path.read_text(encoding="utf-8") if path.exists() else ""
        problems = [] if status == 0 and out == kept else [f"not as {path.name}; see --update"]
        tally.verdict(f"explain {' '.join(arguments)} is as kept", problems)


def seen_in_captures():
    """Every reply code and enhanced code in the events of any capture."""
    found = set()

    def collect(value, key=None):
        if isinstance(value, dict):
            for inner, below in value.items():
                collect(below, inner)
        elif isinstance(value, list):
            for below in value:
                collect(below, key)
        elif key == "code" and isinstance(value, int):
            found.add(str(value))
        elif key == "enhanced" and isinstance(value, str):
            found.add(value)

    for path in sorted(GOLDEN.glob("*.jsonl")):
        for event in parse_events(path.read_bytes()):
            collect(get(event, "smtp", {}))
    return sorted(found)


def check_captures(tally, binary):
    """No code of a real server is unknown."""
    codes = seen_in_captures()
    problems = [] if len(codes) >= 40 else [f"only {len(codes)} codes found in tests/golden"]
    status, out, err = explain(binary, ["--json", *codes])
    topics = [json.loads(line) for line in out.splitlines()]
    if status != 0 or len(topics) != len(codes):
        problems.append(f"exit {status}, {len(topics)} of {len(codes)} explained: {err}")
    problems += [f"{topic['name']}: {topic['title']}" for topic in topics
                 if UNKNOWN.search(topic["title"])]
    tally.verdict("every code of every capture is explained", problems)


def check_widths(tally, binary, names):
    """No line is wider than the terminal, none ends with a blank."""
    pairs = [["221", "334"], ["535", "5.7.8"], ["250", "599"], ["550", "554"]]
    for width in WIDTHS:
        pages = [explain(binary, names, width)] + [explain(binary, pair, width) for pair in pairs]
        lines = [line for _, out, _ in pages for line in out.split("\n")]
        problems = [f"exit {status}: {err}" for status, _, err in pages if status]
        problems += [f"{len(line)} columns: {line}" for line in lines if len(line) > width]
        problems += [f"ends with a blank: {line}" for line in lines if line != line.rstrip()]
        tally.verdict(f"at {width} columns no line is wider", problems[:5])
    side_by_side = [line for line in explain(binary, pairs[0], 80)[1].splitlines()
                    if re.match(r"221  .*   334  ", line)]
    stacked = [line for line in explain(binary, pairs[0], 79)[1].splitlines()
               if line.startswith("334  ")]
    tally.verdict("80 columns hold two columns, 79 do not",
                  [] if len(side_by_side) == 1 and len(stacked) == 1 else ["they do otherwise"])


def check_json(tally, binary, names):
    """--json has the same texts, and a comparison of two."""
    status, out, _ = explain(binary, ["--json", *names])
    topics = [json.loads(line) for line in out.splitlines()]
    problems = [] if status == 0 else [f"exit {status}"]
    problems += [f"{name}: {topic['name']}" for name, topic in zip(names, topics)
                 if topic["name"] != name or not topic["meaning"] or not topic["title"]]
    if len(topics) != len(names):
        problems.append(f"{len(topics)} objects for {len(names)} names")
    tally.verdict("--json has an object for everything", problems)
    lines = explain(binary, ["--json", "221", "334"])[1].splitlines()
    last = json.loads(lines[-1])
    tally.verdict("--json compares two", [] if len(lines) == 3 and last["of"] == ["221", "334"]
                  and len(last["differences"]) >= 5 and len(last["expect"]) >= 4 else [last])


def check_causes(tally, binary, names):
    """The page of a rule has every cause that its anomalies may have, with what to do."""
    rules = [json.loads(line) for line in
             subprocess.run([binary, "rules", "--json"], capture_output=True, check=False,
                            timeout=60).stdout.splitlines()]
    with_causes = [rule for rule in rules if "causes" in rule]
    problems = [] if len(rules) == len([name for name in names if name.startswith("HS-")]) \
        and len(with_causes) >= 3 else [f"{len(with_causes)} of {len(rules)} rules have causes"]
    for rule in with_causes:
        page = " ".join(explain(binary, [rule["id"]])[1].split())
        problems += [f"{rule['id']} lacks {cause['name']}" for cause in rule["causes"]
                     if f"{cause['key']}={cause['name']}: {cause['when']} {cause['advice']}" not in page]
    tally.verdict("the causes of a rule are on its page", problems)


def words_of(text):
    """What a spelling checker is to look at: no codes, names in capitals, host names."""
    text = re.sub(r"[“”]", '"', text)
    text = re.sub(r"\b[\w.-]*[A-Z_0-9@][\w.-]*\b(?<![.!?] )", _word_or_blank, text)
    return text


def _word_or_blank(match):
    word = match.group(0)
    return word if re.fullmatch(r"[A-Z]?[a-z]+", word) else " "


def check_spelling(tally, binary, names):
    """The codes' texts, where aspell and its English words are there."""
    if shutil.which("aspell") is None:
        print("left out: aspell is not installed, the texts' spelling is not looked at")
        return
    topics = [json.loads(line) for line in explain(binary, ["--json", *names])[1].splitlines()]
    texts = [value for topic in topics for key, value in topic.items()
             if topic["kind"] != "rule" and key not in ("example", "name", "kind", "rules", "references")]
    texts += re.findall(r'"([^"]*)"', (ROOT / "src/explain/pairs.c").read_text(encoding="utf-8"))
    text = "\n".join(words_of(text.replace("\\n", "\n")) for text in texts
                     if not text.startswith(("S: ", "C: ")))
    done = subprocess.run(["aspell", "list", "--lang=en", "--encoding=utf-8", "--mode=none"],
                          input=text.encode(), capture_output=True, timeout=60, check=False)
    if done.returncode != 0:
        print(f"left out: aspell can't be used: {done.stderr.decode().strip()}")
        return
    known = set(WORDS.read_text(encoding="utf-8").split())
    wrong = sorted(set(done.stdout.decode().split()) - known)
    tally.verdict("aspell knows every word, or tests/explain/words has it", wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="keep the pages as they are now")
    arguments = parser.parse_args()
    require_binary(BINARY)
    tally = Tally()
    entries = everything(BINARY)
    names = sorted(entries)
    tally.verdict("--list names all codes", [] if len(names) > 120 else [f"{len(names)} names"])
    check_kept(tally, BINARY, arguments.update)
    check_captures(tally, BINARY)
    check_widths(tally, BINARY, names)
    check_json(tally, BINARY, names)
    check_causes(tally, BINARY, names)
    check_spelling(tally, BINARY, names)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
