"""A laboratory for live captures: a network namespace with pairs of interfaces, of which one is
sent into and the other watched."""

import json
import os
import re
import signal
import struct
import subprocess
import tempfile
import time
from pathlib import Path

READY_SECONDS = 15
END_SECONDS = 30
# What a session lingers after its end, what the kernel holds a packet back, and a slow machine.
LINGER_SECONDS = 2.0
MTU = 65535


class LabError(Exception):
    """The laboratory itself does not work."""


def call(*command, **options):
    """Runs a command that has to succeed; its standard output."""
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=300,
                          stdin=subprocess.DEVNULL, **options)
    if done.returncode:
        raise LabError(f"{' '.join(map(str, command))}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


class Lab:
    """The namespace; a context manager that leaves nothing behind."""

    def __init__(self):
        self.name = f"helo-live-{os.getpid()}"
        self.folder = tempfile.TemporaryDirectory(prefix="helo-live-")
        self.work = Path(self.folder.name)
        self.work.chmod(0o755)
        self.pairs = 0

    def __enter__(self):
        call("ip", "netns", "add", self.name)
        # Or the kernel would speak on the wires by itself.
        self.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
                 "net.ipv6.conf.default.disable_ipv6=1")
        self.run("ip", "link", "set", "lo", "up")
        return self

    def __exit__(self, *_):
        call("ip", "netns", "del", self.name)
        self.folder.cleanup()

    def run(self, *command):
        """Runs a command in the namespace."""
        return call("ip", "netns", "exec", self.name, *map(str, command))

    def ip(self, *arguments):
        """ip(8) in the namespace."""
        return call("ip", "-n", self.name, *arguments)

    def pair(self, up=True):
        """A new pair of interfaces: what is sent into the first is seen on the second."""
        self.pairs += 1
        return self.add((f"send{self.pairs}", f"tap{self.pairs}"), up)

    def add(self, pair, up=True):
        """Makes a pair of these names, which may have been removed before."""
        self.ip("link", "add", pair[0], "type", "veth", "peer", "name", pair[1])
        for name in pair:
            self.ip("link", "set", name, "mtu", str(MTU))
            if up:
                self.ip("link", "set", name, "up")
        return pair

    def remove(self, pair):
        """Removes a pair."""
        self.ip("link", "del", pair[0])

    def popen(self, command, **options):
        """Starts a command in the namespace; it has the process id that is returned."""
        return subprocess.Popen(["ip", "netns", "exec", self.name, *map(str, command)],
                                stdin=subprocess.DEVNULL, **options)

    def replay(self, interface, capture, *options):
        """Sends a capture with tcpreplay; how many packets it sent."""
        output = self.run("tcpreplay", "-i", interface, *options, capture)
        sent = re.search(r"Successful packets:\s+(\d+)", output)
        failed = re.search(r"Failed packets:\s+(\d+)", output)
        if not sent or not failed or int(failed[1]):
            raise LabError(f"tcpreplay {capture}: {output.strip()}")
        return int(sent[1])


class Watch:
    """One run of heloscope on interfaces of the laboratory."""

    def __init__(self, lab, binary, arguments, before=(), stdout=None):
        self.lab = lab
        self.out = tempfile.TemporaryFile(dir=lab.work)
        self.err = tempfile.TemporaryFile(dir=lab.work)
        self.process = lab.popen([*before, binary, *arguments],
                                 stdout=self.out if stdout is None else stdout, stderr=self.err)

    @property
    def pid(self):
        """The process id."""
        return self.process.pid

    @staticmethod
    def _content(file):
        return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)

    @property
    def stdout(self):
        """What it has written so far."""
        return self._content(self.out)

    @property
    def stderr(self):
        """What it has said so far."""
        return self._content(self.err).decode("utf-8", "replace")

    def wait_for(self, text, seconds=READY_SECONDS):
        """Waits until it has said so."""
        def said():
            return text in self.stderr or self.process.poll() is not None
        wait_until(said, seconds)
        if text not in self.stderr:
            raise LabError(f"heloscope did not say '{text}' but: {self.stderr.strip()}")
        return self

    def ready(self):
        """Waits until it watches."""
        return self.wait_for("heloscope: watching")

    def events(self, dataset=None):
        """The events so far, of one dataset or all; every line must be whole."""
        events = [json.loads(line) for line in self.stdout.splitlines()]
        return [event for event in events
                if dataset is None or event["event"]["dataset"] == f"heloscope.{dataset}"]

    def wait_events(self, count, dataset=None, seconds=END_SECONDS):
        """Waits until so many events are there; False if they did not come."""
        return wait_until(lambda: len(self.events(dataset)) >= count, seconds)

    def send_signal(self, number):
        """Sends a signal."""
        self.process.send_signal(number)

    def wait(self, seconds=END_SECONDS):
        """Waits for the end; the exit status, negative for a signal."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise LabError(f"heloscope did not end: {self.stderr.strip()}") from None

    def stop(self, number=signal.SIGINT):
        """Ends it cleanly; the exit status."""
        if self.process.poll() is None:
            self.send_signal(number)
        return self.wait()

    def kill(self):
        """Ends it in any case."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.out.close()
        self.err.close()


def wait_until(condition, seconds):
    """Waits until the condition holds; False if it did not within so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


MAGICS = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">", b"\x4d\x3c\xb2\xa1": "<",
          b"\xa1\xb2\x3c\x4d": ">"}
ETHERNET = 1
# Link types of the "any" device: octets of their header, and where in it the EtherType stands.
COOKED = {113: (16, 14), 276: (20, 0)}
MADE_UP_ADDRESSES = bytes.fromhex("020000000002" "020000000001")


class Pcap:
    """A pcap file taken apart as far as the tests need it."""

    def __init__(self, path):
        data = Path(path).read_bytes()
        order = MAGICS.get(data[:4])
        if order is None:
            raise LabError(f"{path}: no plain pcap file")
        self.order = order
        self.head = data[:24]
        self.link_type = struct.unpack(order + "I", data[20:24])[0] & 0xffff
        fraction = 1e9 if b"\x3c" in data[:4] else 1e6
        self.records = []
        self.times = []
        self.lengths = []
        self.cut = 0
        at = 24
        while at + 16 <= len(data):
            seconds, part, kept, length = struct.unpack(order + "4I", data[at:at + 16])
            self.records.append(data[at:at + 16 + kept])
            self.times.append(seconds + part / fraction)
            self.lengths.append(length)
            self.cut += kept < length
            at += 16 + kept

    @property
    def seconds(self):
        """From the first packet to the last."""
        return max(self.times) - min(self.times) if self.times else 0.0

    @property
    def snaplen(self):
        """How much was kept of the longest packet."""
        return max((len(record) - 16 for record in self.records), default=0)

    def can_be_sent(self):
        """Are its packets frames that Ethernet carries, or such as can be made into them?"""
        return self.link_type == ETHERNET or self.link_type in COOKED

    def write_frames(self, path):
        """The same packets at the same times as whole Ethernet frames: what was cut off is zeros,
        what was captured on the "any" device has addresses that were made up."""
        with open(path, "wb") as file:
            file.write(struct.pack("<I2H4I", 0xa1b2c3d4, 2, 4, 0, 0, 262144, ETHERNET))
            for record, when, length in zip(self.records, self.times, self.lengths):
                frame = record[16:] + bytes(length - (len(record) - 16))
                if self.link_type in COOKED:
                    header, protocol = COOKED[self.link_type]
                    frame = MADE_UP_ADDRESSES + frame[protocol:protocol + 2] + frame[header:]
                micros = round(when * 1e6)
                file.write(struct.pack("<4I", micros // 1000000, micros % 1000000, len(frame),
                                       len(frame)))
                file.write(frame)
        return path


def write_pcap(path, frames, link_type=ETHERNET):
    """A capture of these frames, a millisecond apart."""
    with open(path, "wb") as file:
        file.write(struct.pack("<I2H4I", 0xa1b2c3d4, 2, 4, 0, 0, 262144, link_type))
        for number, frame in enumerate(frames):
            file.write(struct.pack("<4I", 1700000000, number * 1000, len(frame), len(frame)))
            file.write(frame)
    return path
