"""What the test programs share: running heloscope, looking into events, counting the verdicts."""

import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BINARY = os.environ.get("HELOSCOPE", str(ROOT / "build" / "heloscope"))
SMTP_PORTS = (25, 465, 587, 2525)
CAPTURE_SUFFIXES = (".pcap", ".pcapng", ".pcap.gz", ".pcapng.gz", ".pcap.zst", ".pcapng.zst")
TIMEOUT_SECONDS = 120
ABSENT = object()


class Run:
    """What one run of heloscope left behind."""

    def __init__(self, status, stdout, stderr):
        self.status = status
        self.stdout = stdout
        self.stderr = stderr.decode("utf-8", "replace")

    def problem(self, allowed=(0,)):
        """One line that says why the run is no good; None when it is."""
        if self.status in allowed:
            return None
        how = f"exit {self.status}" if self.status >= 0 else f"killed by signal {-self.status}"
        tail = self.stderr.strip().splitlines()[-1:] or ["nothing on stderr"]
        return f"{how}: {tail[0]}"


def run_heloscope(binary, arguments):
    """Runs the program in the project's root: paths in its messages are then the same anywhere."""
    command = [binary, *arguments]
    try:
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return Run(-1, b"", f"still running after {TIMEOUT_SECONDS} s".encode())
    return Run(done.returncode, done.stdout, done.stderr)


def read_arguments(capture, ports=()):
    """The options that every test reads a capture with."""
    arguments = ["-r", relative(capture), "-e", "all", "-q"]
    if ports:
        wanted = sorted(set(SMTP_PORTS) | {int(port) for port in ports})
        arguments += ["--ports", ",".join(map(str, wanted))]
    return arguments


def capture_arguments(path, entry):
    """The same with what the capture's entry of the manifest adds."""
    return read_arguments(path, entry.get("ports", [])) + entry.get("options", [])


def relative(path):
    """The path as seen from the project's root where it lies below it."""
    path = Path(path).resolve()
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def parse_events(output):
    """The events of well-formed output; lines that are no JSON object are left to the validator."""
    events = []
    for line in output.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            events.append(event)
    return events


def get(event, path, default=None):
    """The value under a dotted path."""
    value = event
    for key in path.split("."):
        if not isinstance(value, dict) or key not in value:
            return default
        value = value[key]
    return value


def stem(path):
    """A capture's name without its suffixes."""
    name = Path(path).name
    for suffix in sorted(CAPTURE_SUFFIXES, key=len, reverse=True):
        if name.endswith(suffix):
            return name[: -len(suffix)]
    return name


def captures_in(directory):
    """The capture files of a directory, by name; none where the directory does not exist."""
    directory = Path(directory)
    if not directory.is_dir():
        return []
    return sorted(path for path in directory.iterdir() if path.name.endswith(CAPTURE_SUFFIXES))


def load_manifest(path):
    """The manifest's captures; none where there is no manifest."""
    path = Path(path)
    if not path.exists():
        return []
    return json.loads(path.read_text(encoding="utf-8"))["captures"]


class Tally:
    """Counts verdicts, prints what is wrong, and closes with the line that CI reads."""

    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.skipped = 0

    def verdict(self, name, problems):
        """One check: it passed when there are no problems."""
        if not problems:
            self.passed += 1
            return
        self.failed += 1
        print(f"FAIL {name}")
        for problem in problems:
            for line in str(problem).splitlines():
                print(f"  {line}")

    def skip(self, name, reason):
        """One check that can't be made here."""
        self.skipped += 1
        print(f"SKIPPED {name}: {reason}")

    def close(self):
        """Prints the last line; the exit status. Nothing done at all is a failure, but where
        everything was skipped and said to be."""
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        print(f"{self.passed} passed, {self.failed} failed{skipped}")
        return 1 if self.failed or not self.passed + self.skipped else 0


def require_binary(binary):
    """Stops with a helpful line where the program has not been built."""
    if not os.access(binary, os.X_OK):
        raise SystemExit(f"{binary}: no such program; run make first")
