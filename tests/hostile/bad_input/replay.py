"""Captures and fuzz corpora of real data, said to Plenum as they are behind an established session: no
answer is required but that it stands, and that what it then sends is well formed.

The folder is PLENUM_DATA or ../shared/data beside the sources."""
import lzma
import os
import pathlib
import tarfile

from attack import UPDATE, message
from row import framed

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent.parent
MARKER = b"\xff" * 16
MESSAGE_OCTETS_MAX = 4096
CAPTURES_OCTETS_MAX = 1 << 20  # of a file: one of them is mostly something else
SENDERS = 250  # who fails too often is held off: each says a few


def folder():
    named = os.environ.get("PLENUM_DATA")
    near = [pathlib.Path(named)] if named else [ROOT / "../shared/data", ROOT / "../../shared/data"]
    return next((path for path in near if (path / "fuzz").is_dir()), None)


def captured(octets):
    """Each message: what stands behind a marker, as long as it says.  One that was cut into packets
    has their headers inside, which makes it only worse."""
    at = octets.find(MARKER)
    while at >= 0:
        length = int.from_bytes(octets[at + 16:at + 18], "big")
        if 19 <= length <= MESSAGE_OCTETS_MAX:
            yield octets[at:at + length]
        at = octets.find(MARKER, at + max(length, 19) if length <= MESSAGE_OCTETS_MAX else at + 16)


def decodings(path):
    """ExaBGP's: a word on what it is, then hexadecimal."""
    for line in path.read_text(errors="replace").splitlines():
        try:
            octets = bytes.fromhex(line.replace(":", ""))
        except ValueError:
            continue
        if octets.startswith(MARKER):
            yield octets
        elif octets:
            yield message(UPDATE, octets)
            yield framed(octets)


def inputs(data):
    """(name, octets) of every input, in order."""
    for path in sorted((data / "fuzz").glob("*.tar.xz")):
        with lzma.open(path) as packed, tarfile.open(fileobj=packed) as archive:
            for entry in archive:
                if entry.isfile():
                    yield f"{path.name}: {entry.name}", archive.extractfile(entry).read()
    for path in sorted((data / "pcap").rglob("*")):
        if path.suffix == ".txt":
            for octets in decodings(path):
                yield path.name, octets
        elif path.is_file():
            # By kinds: an OPEN or a NOTIFICATION would keep the rest from being read.
            every = list(captured(path.read_bytes()[:CAPTURES_OCTETS_MAX]))
            updates = [one for one in every if one[18] == UPDATE]
            yield path.name, b"".join(updates)
            for one in every:
                if one[18] != UPDATE:
                    yield path.name, one


def said(stage, members, pairs):
    """How many inputs, and how many of them a session came through."""
    count = survived = 0
    for name, octets in pairs:
        member = members[count % len(members)]
        count += 1
        try:
            mouth = stage.mouth(member)
        except OSError:
            return count, survived, name
        if mouth.establish():
            mouth.say(octets)
            mouth.finish()
            survived += mouth.notification() is None
        mouth.close()
        if not stage.server.is_alive():
            return count, survived, name
    return count, survived, ""
