#!/usr/bin/env python3
"""Files of an exchange's directory, and files it reads, that somebody tampered with:
tampered.py PLENUM.  What was changed is said, nothing is written through a link, nothing hangs."""
import base64
import hashlib
import os
import pathlib
import stat
import sys

try:
    from nacl.signing import SigningKey
except ImportError:
    sys.path.append("/usr/lib/python3/dist-packages")
    from nacl.signing import SigningKey

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from interop.lab import Tap  # noqa: E402
from kit.exchange import Exchange, awaited  # noqa: E402

END_S_MAX = 10


def checkpoints(tap, exchange):
    """An older database beside a checkpoint that says nothing must not pass for a new one."""
    path, database = exchange.folder / "ix/ledger/checkpoint", exchange.folder / "ix/exchange.db"
    older = database.read_bytes()
    exchange.run("member", "add", "-C", "ix", "AS2002", "Later", "--ip", "127.1.0.2")
    newer, good = database.read_bytes(), path.read_bytes()
    for name, octets in (("nothing", b""), ("a NUL before it", b"\0" + good), ("a NUL behind it", good + b"\0more"),
                         ("a line more", good + b"x\n"), ("no text", b"\xff" * 100), ("a megabyte", b"x" * 1000000)):
        for which, records in (("older", older), ("same", newer)):
            path.write_bytes(octets)
            database.write_bytes(records)
            code, _, error = exchange.run("member", "list", "-C", "ix")
            tap.check(f"a checkpoint with {name}, the {which} database: refused", code == 2 and "checkpoint" in error, f"{code} {error}")
    path.unlink()
    os.mkfifo(path)
    code, _, error = exchange.run("member", "list", "-C", "ix")
    tap.check("a checkpoint that is a pipe: refused", code == 2 and "checkpoint" in error, f"{code} {error}")
    path.unlink()
    path.write_bytes(good)
    database.write_bytes(newer)
    code, out, error = exchange.run("ledger", "verify", "-C", "ix")
    tap.check("as it was, it is sound", code == 0, out + error)


def accepted(tap, exchange):
    """What is damaged beyond reading can still be gone on from."""
    path = exchange.folder / "ix/ledger/checkpoint"
    path.write_bytes(b"\xff\x1b" * 100)
    exchange.serve("--accept-rollback", "why")
    exchange.stop()
    code, out, error = exchange.run("ledger", "verify", "-C", "ix")
    tap.check("with --accept-rollback it goes on", code == 0, out + error)


def links(tap, exchange):
    """Whatever lies where a new file begins, its owner's file stays as it is."""
    victim = exchange.folder / "victim"
    victim.write_text("mine")
    for name in ("ledger/checkpoint.new", "ledger/tile/0/000.p/99.new"):
        link = exchange.folder / "ix" / name
        link.unlink(missing_ok=True)
        link.symlink_to(victim)
    code, _, error = exchange.run("member", "edit", "-C", "ix", "AS2001", "--name", "Other")
    tap.check("no link is written through", code == 0 and victim.read_text() == "mine", f"{code} {error} {victim.read_text()[:80]}")
    (exchange.folder / "ix/ledger/tile/0/000.p/99.new").unlink()
    wide = exchange.folder / "out.conf.new"
    wide.write_text("")
    wide.chmod(0o666)
    exchange.run("member", "edit", "-C", "ix", "AS2001", "--password", "secret-word")
    code, _, error = exchange.run("export", "router", "-C", "ix", "AS2001", "--vendor", "bird", "--with-password",
                                  "--server", "127.1.0.254", "--to", "out.conf")
    out = exchange.folder / "out.conf"
    tap.check("what has a password in it is its owner's alone, whatever lay there", code == 0 and "secret-word" in out.read_text()
              and stat.S_IMODE(out.stat().st_mode) == 0o600, f"{code} {error}")
    modes = {name: stat.S_IMODE((exchange.folder / "ix" / name).stat().st_mode) for name in ("exchange.yaml", "exchange.db", "ledger.key")}
    tap.check("so is what may have one", set(modes.values()) == {0o600}, modes)


def pipes(tap, exchange):
    """Files that others write: a pipe in their place keeps nobody waiting."""
    os.mkfifo(exchange.folder / "validated.json")
    (exchange.folder / "sets").mkdir()
    os.mkfifo(exchange.folder / "sets/AS2001.txt")
    with open(exchange.folder / "ix/exchange.yaml", "a", encoding="utf-8") as file:
        file.write("rpki_file: ../validated.json\nirr_files: ../sets\n")
    exchange.serve()
    tap.check("RPKI data from a pipe is refused, and said", awaited(lambda: "no regular file" in exchange.run("show", "rpki", "-C", "ix")[1]),
              exchange.run("show", "rpki", "-C", "ix"))
    code, out, error = exchange.run("irr", "refresh", "-C", "ix", "AS2001")
    tap.check("so are as-sets", code != 0 and "Invalid argument" in out + error, out + error)
    process = exchange.process
    process.terminate()
    tap.check("it ends in time", process.wait(END_S_MAX) == 0, "")


def foreign_proof(tap, exchange):
    """A log may have signed anything; what is shown of it steers no terminal."""
    card = "a record \x1b]0;title\x07 \x9b2J".encode()
    name, signer = "other.example/log", SigningKey(b"\7" * 32)
    typed = b"\1" + bytes(signer.verify_key)
    number = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
    root = hashlib.sha256(b"\0" + card).digest()
    body = f"{name}\n1\n{base64.b64encode(root).decode()}\n"
    signature = base64.b64encode(number + signer.sign(body.encode()).signature).decode()
    (exchange.folder / "p.tlog-proof").write_text(
        f"c2sp.org/tlog-proof@v1\nextra {base64.b64encode(card).decode()}\nindex 0\n\n{body}\n\u2014 {name} {signature}\n",
        encoding="utf-8")
    code, out, error = exchange.run("ledger", "check", "p.tlog-proof", "--key", f"{name}+{number.hex()}+{base64.b64encode(typed).decode()}")
    tap.check("a proof of another log holds, and its record steers no terminal", code == 0 and "a record ?]0;title? ?2J" in out,
              f"{code} {out!r} {error}")


def main(plenum):
    tap = Tap()
    with Exchange(plenum) as exchange:
        exchange.init("--trial")
        exchange.run("member", "add", "-C", "ix", "AS2001", "Net", "--ip", "127.1.0.1")
        foreign_proof(tap, exchange)
        checkpoints(tap, exchange)
        accepted(tap, exchange)
        links(tap, exchange)
        pipes(tap, exchange)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
