#!/usr/bin/env python3
"""An independent reader of a log: reader.py PLENUM.

Written from RFC 6962, c2sp.org/signed-note, tlog-checkpoint, tlog-tiles and tlog-proof alone; shares
no line with what it reads.  It founds an exchange, changes it, and reads what lies in ledger/ as a
stranger would who has been given the log's key: checkpoint, tiles, entries, proofs.  Then one bit
after the other is flipped, in the database, in the files and in a proof, and must be found; and an
older copy of the database must be refused."""
import base64
import hashlib
import json
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

try:
    from nacl.exceptions import BadSignatureError
    from nacl.signing import VerifyKey
except ImportError:
    sys.path.append("/usr/lib/python3/dist-packages")
    from nacl.exceptions import BadSignatureError
    from nacl.signing import VerifyKey

# --- RFC 6962 ---------------------------------------------------------------------------------------


def leaf_hash(data):
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def split(count):
    """The largest power of two below count."""
    k = 1
    while k * 2 < count:
        k *= 2
    return k


def tree_hash(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node_hash(tree_hash(leaves[:k]), tree_hash(leaves[k:]))


def path(m, leaves):
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return path(m, leaves[:k]) + [tree_hash(leaves[k:])]
    return path(m - k, leaves[k:]) + [tree_hash(leaves[:k])]


def subproof(m, leaves, known):
    if m == len(leaves):
        return [] if known else [tree_hash(leaves)]
    k = split(len(leaves))
    if m <= k:
        return subproof(m, leaves[:k], known) + [tree_hash(leaves[k:])]
    return subproof(m - k, leaves[k:], False) + [tree_hash(leaves[:k])]


def root_by_path(index, size, leaf, proof):
    """From the leaf up, by the shape of the tree alone."""
    if size == 1:
        if proof:
            raise ValueError("the proof is too long")
        return leaf
    if not proof:
        raise ValueError("the proof is too short")
    k = split(size)
    if index < k:
        return node_hash(root_by_path(index, k, leaf, proof[:-1]), proof[-1])
    return node_hash(proof[-1], root_by_path(index - k, size - k, leaf, proof[:-1]))


# --- notes and checkpoints --------------------------------------------------------------------------


def key_read(text):
    name, number, material = text.split("+", 2)
    raw = base64.b64decode(material, validate=True)
    assert raw[0] == 1 and len(raw) == 33
    number = bytes.fromhex(number)
    assert hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4] == number
    return name, number, raw[1:]


def note_open(text, key):
    """The text of a note that the key signed."""
    name, number, public = key
    body, _, signatures = text.rpartition("\n\n")
    body += "\n"
    is_signed = False
    for line in signatures.removesuffix("\n").split("\n"):
        dash, who, value = line.split(" ")
        assert dash == "\u2014"
        raw = base64.b64decode(value, validate=True)
        if who == name and raw[:4] == number:
            VerifyKey(public).verify(body.encode(), raw[4:])
            is_signed = True
    assert is_signed, "nobody known signed it"
    return body


def checkpoint_read(body, origin):
    lines = body.split("\n")
    assert lines[0] == origin and re.fullmatch(r"0|[1-9][0-9]*", lines[1])
    return int(lines[1]), base64.b64decode(lines[2], validate=True)


# --- tiles ------------------------------------------------------------------------------------------


def tile_path(level, index, width):
    groups = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03}")
    return f"tile/{level}/{'/'.join(groups)}" + ("" if width == 256 else f".p/{width}")


def tiles_of(level, size):
    """Index and width of each tile that a tree of this size has at a level."""
    count = size >> 8 * (0 if level == "entries" else level)
    for index in range(count // 256):
        yield index, 256
    if count % 256:
        yield count // 256, count % 256


def log_read(folder, key):
    """Entries of a published log, after all that can be checked was."""
    size, root = checkpoint_read(note_open((folder / "checkpoint").read_text(), key), key[0])
    entries = []
    for index, width in tiles_of("entries", size):
        data = (folder / tile_path("entries", index, width)).read_bytes()
        before = len(entries)
        while data:
            length = int.from_bytes(data[:2], "big")
            assert len(data) >= 2 + length
            entries.append(data[2:2 + length])
            data = data[2 + length:]
        assert len(entries) - before == width
    below = [leaf_hash(entry) for entry in entries]
    assert len(below) == size and tree_hash(below) == root
    level = 0
    while below:
        for index, width in tiles_of(level, size):
            data = (folder / tile_path(level, index, width)).read_bytes()
            assert data == b"".join(below[256 * index:256 * index + width])
        below = [tree_hash(below[256 * i:256 * i + 256]) for i in range(len(below) // 256)]
        level += 1
    return entries, size, root


# --- cards ------------------------------------------------------------------------------------------

ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


def card_read(entry):
    lines = entry.decode().removesuffix("\n").split("\n")
    version, kind, time = lines[0].split(" ")
    assert version == "plenum/1" and re.fullmatch(r"[-0-9]{10}T[:0-9]{8}Z", time)
    fields = []
    for line in lines[1:]:
        name, value = line.split(" ", 1)
        if value[0] == '"':
            value = re.sub(r"\\(u00(..)|.)", lambda m: chr(int(m[2], 16)) if m[2] else
                           ESCAPES[m[1]], value[1:-1])
        elif ":" not in value:
            value = int(value)
        fields.append((name, value))
    return kind, fields


def registry_of(entries):
    """Members and their addresses, by replaying the cards."""
    members, connections = {}, {}
    for entry in entries:
        kind, fields = card_read(entry)
        field = dict(fields)
        if kind == "member":
            members[field["id"]] = (field["asn"], field["name"])
        elif kind == "member-removed":
            asn = members.pop(field["id"])[0]
            connections = {at: one for at, one in connections.items() if one[0] != asn}
        elif kind == "connection":
            connections[field["id"]] = (field["asn"],
                                        sorted(value for name, value in fields if name == "address"))
        elif kind == "connection-removed":
            del connections[field["id"]]
    return members, connections


# --- the test ---------------------------------------------------------------------------------------


class Test:
    def __init__(self, plenum):
        self.plenum = plenum
        self.count = 0
        self.failed = 0
        self.temporary = pathlib.Path(tempfile.mkdtemp(prefix="plenum-ledger-"))
        self.folder = self.temporary / "ix"

    def expect(self, passed, what, said=""):
        self.count += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - {what}")
        if not passed and said:
            print("".join(f"# {line}\n" for line in said.splitlines()), end="")

    def run(self, *words, code=0, text=None):
        """What it printed; with another exit code None, after a failed check."""
        done = subprocess.run([self.plenum, *words], input=text, capture_output=True, text=True,
                              check=False, timeout=120)
        if done.returncode != code:
            self.expect(False, " ".join(words), f"exit code {done.returncode}\n{done.stdout}"
                        f"{done.stderr}")
        return done.stdout + done.stderr

    def at(self, *words, **more):
        return self.run(*words[:2], "-C", str(self.folder), *words[2:], **more)

    def verdict(self):
        done = subprocess.run([self.plenum, "ledger", "verify", "-C", str(self.folder)],
                              capture_output=True, text=True, check=False, timeout=120)
        return done.returncode, done.stdout + done.stderr


def exchange_make(test):
    test.run("init", "-C", str(test.folder), "--name", "Ledger Test", "--asn", "64500",
             "--router-id", "192.0.2.1", "--listen", "127.0.0.1:17911", "--lan", "127.1.0.0/16",
             "--trial")
    members = [{"asnum": 201001 + i, "name": f"Net {i} \"\u00e4\" \\", "connection_list": [
        {"ixp_id": 1, "vlan_list": [{"vlan_id": 1, "ipv4": {
            "address": f"127.1.{i // 200}.{i % 200 + 10}"}}]}]} for i in range(300)]
    file = test.temporary / "members.json"
    file.write_text(json.dumps({"version": "1.0", "timestamp": "2026-01-05T10:00:00Z", "ixp_list": [
        {"ixp_id": 1, "shortname": "T", "name": "T", "vlan": [{"id": 1, "name": "LAN"}]}],
        "member_list": members}))
    test.run("import", "-C", str(test.folder), str(file), "--yes")
    test.at("member", "remove", "AS201007")
    test.at("member", "edit", "AS201008", "--name", "Other", "--password", "hunter2")


def key_of(test):
    return json.loads(test.at("ledger", "show", "--json"))["key"]


def stranger_reads(test):
    text = key_of(test)
    key = key_read(text)
    test.expect((test.folder / "ledger.key").stat().st_mode & 0o777 == 0o600, "the key's mode")
    database = b"".join(path.read_bytes() for path in test.folder.glob("exchange.db*"))
    seed = (test.folder / "ledger.key").read_text().strip().split("+", 4)[4].encode()
    test.expect(seed not in database and base64.b64decode(seed)[1:] not in database,
                "the key that signs is not in the database")
    entries, size, root = log_read(test.folder / "ledger", key)
    test.expect(size > 600, f"a log of {size} entries read from its files")
    test.expect(not any(b"hunter2" in entry for entry in entries), "no password in the log")
    members, connections = registry_of(entries)
    listed = json.loads(test.at("member", "list", "--json"))
    listed = listed["members"] if isinstance(listed, dict) else listed
    test.expect(sorted(asn for asn, _ in members.values()) == sorted(m["asn"] for m in listed),
                "the members that the cards give are those of the registry")
    test.expect((201008, "Other") in members.values() and len(connections) == 299,
                "names and connections, too")
    leaves = [leaf_hash(entry) for entry in entries]
    for index in (0, 1, 255, 256, 511, size - 1):
        proof = test.at("ledger", "prove", str(index))
        head, _, note = proof.partition("\n\n")
        lines = head.split("\n")
        hashes = [base64.b64decode(line, validate=True) for line in lines[3:]]
        test.expect(lines[0] == "c2sp.org/tlog-proof@v1" and lines[2] == f"index {index}" and
                    base64.b64decode(lines[1].removeprefix("extra ")) == entries[index] and
                    checkpoint_read(note_open(note, key), key[0]) == (size, root) and
                    hashes == path(index, leaves) and
                    root_by_path(index, size, leaves[index], hashes) == root,
                    f"the proof of record {index}")
    for size_before in (1, 2, 255, 256, 257, size - 1, size):
        proof = test.at("ledger", "prove", "--from", str(size_before))
        head, _, note = proof.partition("\n\n")
        lines = head.split("\n")
        hashes = [base64.b64decode(line, validate=True) for line in lines[1:]]
        test.expect(lines[0] == f"old {size_before}" and
                    hashes == subproof(size_before, leaves, True),
                    f"the proof that the log grew from {size_before}")
    return key


def proofs_checked(test):
    text = key_of(test)
    file = test.temporary / "17.tlog-proof"
    test.at("ledger", "prove", "17", "--to", str(file))
    said = test.run("ledger", "check", str(file), "--key", text)
    test.expect(said.startswith("the proof holds: record 17 of "), "a proof holds", said)
    good = file.read_bytes()
    missed = []
    for at in range(len(good)):
        file.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
        done = subprocess.run([test.plenum, "ledger", "check", str(file), "--key", text],
                              capture_output=True, check=False)
        if done.returncode == 0:
            missed.append(at)
    test.expect(not missed, f"each of its {len(good)} octets counts", f"not these: {missed}")
    file.write_bytes(good)


def files_flipped(test):
    for name in ("checkpoint", "tile/0/000", "tile/1/000.p/2", "tile/entries/001", "tile/0/002.p",
                 "tile/entries/002.p"):
        path = test.folder / "ledger" / name
        path = next(path.iterdir()) if path.is_dir() else path
        good = path.read_bytes()
        for at in (0, len(good) // 2, len(good) - 1):
            path.write_bytes(good[:at] + bytes([good[at] ^ 0x10]) + good[at + 1:])
            code, said = test.verdict()
            test.expect(code != 0 and str(path) in said, f"a bit of {name} at {at}", said)
        path.write_bytes(good)


def cells(database):
    """A cell of every column of every table that has rows, with the row's number."""
    for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'"
                                     " ORDER BY name").fetchall():
        for column in [row[1] for row in database.execute(f"PRAGMA table_info({table})")]:
            row = database.execute(f"SELECT rowid, {column} FROM {table} WHERE {column} <> ''"
                                   " ORDER BY rowid DESC LIMIT 1").fetchone()
            # A table of one row: its number is held by a constraint.
            if row is not None and (table, column) not in (("ledger_key", "id"),
                                                           ("ledger_head", "id")):
                yield table, column, *row


def database_flipped(test):
    """A bit of a cell of each column of each table, and of the file where the cells lie."""
    file = test.folder / "exchange.db"
    database = sqlite3.connect(file)
    database.execute("PRAGMA foreign_keys = OFF")
    database.execute("PRAGMA ignore_check_constraints = ON")
    for table, column, row, value in list(cells(database)):
        other = value ^ 1 if isinstance(value, int) else chr(ord(value[0]) ^ 1) + value[1:]
        try:
            database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (other, row))
        except sqlite3.IntegrityError:
            continue
        at = row if database.execute(f"SELECT 1 FROM {table} WHERE rowid = ?",
                                     (row,)).fetchone() else other
        database.commit()
        code, said = test.verdict()
        test.expect(code != 0, f"a bit of {table}.{column}", said)
        database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, at))
        database.commit()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    code, said = test.verdict()
    test.expect(code == 0, "all put back, everything is as the log says", said)
    good = file.read_bytes()
    for text in (b"Net 250 ", b"AS201", b"plenum/1 member", b"hunter2"):
        at = good.find(text)
        if at < 0:
            continue
        file.write_bytes(good[:at] + bytes([good[at] ^ 2]) + good[at + 1:])
        code, said = test.verdict()
        test.expect(code != 0, f"a bit of {text} in the file", said)
    file.write_bytes(good)


def older_copy_refused(test):
    file = test.folder / "exchange.db"
    old = file.read_bytes()
    test.at("member", "edit", "AS201009", "--name", "After the backup")
    for beside in test.folder.glob("exchange.db-*"):
        beside.unlink()
    file.write_bytes(old)
    said = test.at("member", "list", code=2)
    test.expect("it is an older copy" in said and "--accept-rollback" in said,
                "an older copy is refused, with what to do", said)
    served = subprocess.Popen([test.plenum, "serve", "-C", str(test.folder), "--accept-rollback",
                               "the disk died"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
    try:
        line = served.stderr.readline()
        while line and "ready" not in line and "serving" not in line:
            line = served.stderr.readline()
        test.run("stop", "-C", str(test.folder))
        served.wait(30)
    finally:
        if served.poll() is None:
            served.kill()
    said = test.at("ledger", "show", "rollback-accepted")
    test.expect("the disk died" in said, "going on with it is recorded", said)
    code, said = test.verdict()
    test.expect(code == 0, "and the log is sound", said)
    log_read(test.folder / "ledger", key_read(key_of(test)))
    test.expect(len(list(test.folder.glob("ledger.lost-*"))) == 1,
                "a stranger reads the new log; the files of the other are put aside")


def key_missing(test):
    key = test.folder / "ledger.key"
    good = key.read_text()
    key.unlink()
    said = test.at("member", "edit", "AS201010", "--name", "Unsigned")
    test.expect("put back the key" in said, "without the key nothing is signed, and that is said",
                said)
    key.write_text(good[:-10] + ("A" if good[-10] != "A" else "B") + good[-9:])
    said = test.at("member", "list", code=2)
    test.expect("ledger.key" in said, "a damaged key is refused", said)
    key.write_text(good)
    key.chmod(0o600)
    test.at("member", "list")
    entries, _, _ = log_read(test.folder / "ledger", key_read(key_of(test)))
    test.expect(b"Unsigned" in entries[-1], "with it again, what came meanwhile is signed")


def files_missing(test):
    shutil.rmtree(test.folder / "ledger" / "tile")
    (test.folder / "ledger" / "checkpoint").unlink()
    test.at("member", "list")
    log_read(test.folder / "ledger", key_read(key_of(test)))
    test.expect(True, "a tree that is missing is written anew")


def main():
    test = Test(sys.argv[1])
    try:
        exchange_make(test)
        code, said = test.verdict()
        test.expect(code == 0, "everything is as the log says", said)
        key = stranger_reads(test)
        text = (test.folder / "ledger" / "checkpoint").read_text()
        try:
            note_open(text.replace("\n6", "\n7", 1), key)
            test.expect(False, "the reader finds a changed size")
        except BadSignatureError:
            test.expect(True, "the reader finds a changed size")
        proofs_checked(test)
        files_flipped(test)
        database_flipped(test)
        older_copy_refused(test)
        key_missing(test)
        files_missing(test)
    finally:
        shutil.rmtree(test.temporary, ignore_errors=True)
    print(f"1..{test.count}")
    return test.failed != 0


if __name__ == "__main__":
    sys.exit(main())
