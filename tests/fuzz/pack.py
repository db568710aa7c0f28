#!/usr/bin/python3
"""The committed corpora, a file a target: tests/fuzz/corpus/TARGET holds inputs, each behind its
length in four octets, high ones first.

pack.py pack FOLDER FILE    the smallest inputs of a folder that come to MOST octets
pack.py unpack FILE FOLDER  the inputs as files, each under the hash of what is in it"""

import hashlib
import struct
import sys
from pathlib import Path

MOST = 12 << 10


def packed_one(octets):
    """An input behind its length."""
    return struct.pack(">I", len(octets)) + octets


def pack(folder, file):
    """Writes what fits."""
    inputs = sorted({path.read_bytes() for path in folder.iterdir()}, key=lambda b: (len(b), b))
    packed, kept = b"", 0
    for octets in inputs:
        if len(packed) + 4 + len(octets) > MOST:
            break
        packed += packed_one(octets)
        kept += 1
    file.write_bytes(packed)
    print(f"{file.name}: {kept} of {len(inputs)} inputs kept")


def unpack(file, folder):
    """Makes the files."""
    packed, at = file.read_bytes(), 0
    folder.mkdir(parents=True, exist_ok=True)
    while at < len(packed):
        (length,) = struct.unpack(">I", packed[at:at + 4])
        octets = packed[at + 4:at + 4 + length]
        (folder / hashlib.sha256(octets).hexdigest()[:16]).write_bytes(octets)
        at += 4 + length


if __name__ == "__main__":
    {"pack": pack, "unpack": unpack}[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
