#!/usr/bin/env python3
"""Fuzzers' corpora and captures that are not part of the sources: captured.py FOLDER, where FOLDER
has the replay programs.  They are cut into messages, and each goes to the targets it is for."""
import os
import pathlib
import struct
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from interop.lab import Tap  # noqa: E402

MARKER = b"\xff" * 16
UPDATE_MODES = (0x00, 0x07, 0x1e, 0x1f, 0x3f, 0x5f)
OCTETS_MAX = 64 * 1024
BODIES = {1: "open", 3: "notification"}


def data():
    places = [pathlib.Path(os.environ["PLENUM_DATA"])] if "PLENUM_DATA" in os.environ else []
    places += [parent / "shared/data" for parent in ROOT.parents]
    return next((place for place in places if (place / "fuzz").is_dir()), None)


def streams(folder):
    """Octets of every file; an archive is its members."""
    for path in sorted((folder / "fuzz").glob("*.tar.xz")):
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile() and member.size <= OCTETS_MAX:
                    yield archive.extractfile(member).read()
    for path in sorted((folder / "pcap").rglob("*")) if (folder / "pcap").is_dir() else []:
        if path.is_file() and path.suffix in (".pcap", ".cap", ".pcapng"):
            yield path.read_bytes()


def messages(octets):
    """Type and body of whatever looks like a message."""
    at = octets.find(MARKER)
    while at >= 0 and at + 19 <= len(octets):
        length, kind = struct.unpack("!HB", octets[at + 16:at + 19])
        yield kind, octets[at + 19:at + max(19, length)]
        at = octets.find(MARKER, at + max(16, min(length, len(octets))))


def inputs(folder):
    seen = set()
    for octets in streams(folder):
        yield "framer", b"\0" + octets[:OCTETS_MAX]
        yield "framer", b"\1" + octets[:OCTETS_MAX]
        for kind, body in messages(octets):
            if (kind, body) in seen:
                continue
            seen.add((kind, body))
            if kind in BODIES:
                yield BODIES[kind], body
            if kind == 2:
                yield "encode", body
                for mode in UPDATE_MODES:
                    yield "update", bytes([mode]) + body


def main():
    tap = Tap()
    programs = pathlib.Path(sys.argv[1])
    folder = data()
    if folder is None:
        tap.skip("corpora and captures of others", "PLENUM_DATA names no folder with them")
        return tap.finish()
    with tempfile.TemporaryDirectory() as place:
        counts = {}
        for target, octets in inputs(folder):
            counts[target] = counts.get(target, 0) + 1
            there = pathlib.Path(place) / target
            there.mkdir(exist_ok=True)
            (there / str(counts[target])).write_bytes(octets)
        for target, count in counts.items():
            done = subprocess.run([programs / f"fuzz-replay-{target}", pathlib.Path(place) / target, "0"],
                                  capture_output=True, text=True, timeout=300)
            tap.check(f"{target}: {count} inputs of others", done.returncode == 0, done.stdout + done.stderr)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
