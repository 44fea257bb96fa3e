#!/usr/bin/env python3
"""kill -9 at every step of the commands that change something: killed.py PLENUM KILLER [STORE].

A step is a call that could leave a trace: a write, a sync, a rename, something sent to PostgreSQL.
After each death plenum check and plenum ledger verify find nothing, the registry is as before the
command or as after it, and as after it when the command had said that it was done; and the same
command works again.  STORE is sqlite or postgresql; both if not said."""
import json
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from hostile.kept import Database, Files, Kept  # noqa: E402
from interop.lab import Tap  # noqa: E402
from kit.exchange import Exchange  # noqa: E402
from kit.postgres import Cluster  # noqa: E402

KILLED = 137
STEPS_MAX = {"sqlite": 30, "postgresql": 12}  # of a command; more are sampled


class Killing(Kept):
    def __init__(self, tap, exchange, store, killer):
        super().__init__(tap, exchange, store)
        self.killer = str(pathlib.Path(killer).resolve())

    def killed(self, step, words):
        """Exit code, what it said, and how many steps there were."""
        plenum, self.exchange.plenum = self.exchange.plenum, self.killer
        try:
            done = self.exchange.run(str(step), "count", plenum, *words)
        finally:
            self.exchange.plenum = plenum
        return done, int((self.exchange.folder / "count").read_text())

    def members(self):
        return self.run("member", "list", "-C", "ix", "--json")[1]

    def at(self, step, words, before, after):
        """What is wrong after the death at the step, "" when nothing."""
        self.store.fresh()
        (code, out, error), _ = self.killed(step, words)
        if code != KILLED:
            return f"step {step}: not killed, but {code} {error}"
        self.settle()
        found = self.wrong()
        now = self.state()
        if now not in (before, after):
            found += f"neither before nor after: {now}"
        if out and now != after:
            found += f"it had said \"{out}\", and nothing is kept"
        if now == before != after:
            found += self.works(words, after)
        return f"step {step}: {found}" if found else ""

    def command(self, *words):
        self.store.fresh()
        self.is_rollback = words[0] == "restore"
        before = self.state()
        (code, _, error), steps = self.killed(0, words)
        self.settle()
        after = self.state()
        if not self.tap.check(f"{self.store.name}: {' '.join(words[:2])}: it works, in {steps} steps",
                              code == 0 and not self.wrong(), error + self.wrong()):
            return
        most = STEPS_MAX[self.store.name]
        chosen = sorted({1 + number * steps // most for number in range(most)} & set(range(1, steps + 1)))
        if steps <= most:
            chosen = range(1, steps + 1)
        bad = [text for text in (self.at(step, words, before, after) for step in chosen) if text]
        self.tap.check(f"killed at {len(chosen)} of them: sound, and whole or not there", not bad,
                       "\n".join(bad[:5]))


def init(killing):
    """An exchange or none, and init works after it."""
    exchange = killing.exchange
    words = ["init", "-C", "fresh", "--name", "X", "--asn", "64500", "--router-id", "192.0.2.1",
             "--listen", "127.0.0.1:1790", "--lan", "127.1.0.0/16"]
    _, steps = killing.killed(0, words)
    bad = []
    for step in range(1, steps + 1):
        shutil.rmtree(exchange.folder / "fresh", ignore_errors=True)
        killing.killed(step, words)
        is_there = (exchange.folder / "fresh" / "exchange.yaml").exists()
        code, _, error = killing.run(*words)
        if (code == 0) == is_there or killing.run("check", "-C", "fresh")[0] != 0:
            bad.append(f"step {step}: {is_there} {code} {error}")
    killing.tap.check(f"init killed at each of {steps} steps: an exchange or none", not bad,
                      "\n".join(bad[:5]))


def backup(killing):
    """A file or none, and the exchange untouched."""
    exchange = killing.exchange
    killing.store.fresh()
    killing.is_rollback = True
    whole = killing.state()
    words = ["backup", "-C", "ix", "copy.db"]
    _, steps = killing.killed(0, words)
    bad = []
    chosen = range(1, steps + 1, max(1, steps // STEPS_MAX[killing.store.name]))
    for step in chosen:
        (exchange.folder / "copy.db").unlink(missing_ok=True)
        killing.killed(step, words)
        if (exchange.folder / "copy.db").exists():
            shutil.rmtree(exchange.folder / "other", ignore_errors=True)
            code, _, error = killing.run("restore", "-C", "ix", "copy.db", "--force")
        else:
            code, _, error = killing.run(*words)
        killing.settle()
        if code != 0 or killing.state() != whole or killing.wrong():
            bad.append(f"step {step}: {code} {error}")
    killing.tap.check(f"{killing.store.name}: backup killed at {len(chosen)} steps: a file or none",
                      not bad, "\n".join(bad[:5]))


def served(killing):
    """Whoever serves is killed while commands come: what was acknowledged is there."""
    exchange = killing.exchange
    killing.store.fresh()
    told, bad = set(), []
    for round_ in range(4):
        exchange.serve()
        for number in range(10):
            asn = 202000 + round_ * 10 + number
            if number == 9:
                exchange.process.kill()
            code, _, _ = exchange.run("member", "add", "-C", "ix", f"AS{asn}", "Net", "--ip",
                                      f"127.1.{1 + round_}.{1 + number}")
            if code == 0:
                told.add(asn)
        exchange.process.wait()
        exchange.process = None
        there = {member["asn"] for member in json.loads(killing.members())}
        if not told <= there or killing.wrong():
            bad.append(f"{told - there} {killing.wrong()}")
    killing.tap.check(f"{killing.store.name}: plenum serve is killed: what it said is there",
                      not bad and len(told) >= 36, "\n".join(bad))


def store_test(tap, exchange, store, killer):
    killing = Killing(tap, exchange, store, killer)
    killing.found(5)
    exchange.run("member", "remove", "-C", "ix", "AS201005")
    store.keep()
    killing.command("member", "add", "-C", "ix", "AS201009", "More", "--ip", "127.1.0.9", "--ip",
                    "fd00:1::9")
    killing.command("member", "edit", "-C", "ix", "AS201001", "--name", "Else", "--remove-ip",
                    "127.1.0.1", "--add-ip", "127.1.0.33")
    killing.command("member", "remove", "-C", "ix", "AS201002")
    killing.command("rules", "adopt", "-C", "ix", "book.yaml", "--decision", "A test", "--by",
                    "the tests")
    killing.command("pool", "add", "-C", "ix", "lan4", "127.1.0.0/24", "--type", "peering-v4")
    killing.command("request", "add", "-C", "ix", "region", "AS201001", "--size", "/26", "--ipv6",
                    "2001:db8:9::/48", "--grant")
    killing.command("import", "-C", "ix", "members.json", "--yes", "--remove")
    killing.command("restore", "-C", "ix", "backup.db", "--force")
    backup(killing)
    served(killing)
    if store.name == "sqlite":
        init(killing)


def main():
    tap = Tap()
    # What a kill leaves is in memory as on a disk, and the disk's pace is nobody's business here.
    if pathlib.Path("/dev/shm").is_dir():
        tempfile.tempdir = "/dev/shm"
    plenum, killer = sys.argv[1:3]
    chosen = sys.argv[3] if len(sys.argv) > 3 else None
    if not pathlib.Path(killer).exists():
        tap.skip("killed at every step", "made for x86-64")
        return tap.finish()
    if chosen in (None, "sqlite"):
        with Exchange(plenum) as exchange:
            store_test(tap, exchange, Files(exchange), killer)
    if chosen in (None, "postgresql"):
        if not Cluster.is_there():
            tap.skip("killed at every step, on PostgreSQL", "it is not installed")
            return tap.finish()
        with Cluster() as cluster, Exchange(plenum) as exchange:
            store_test(tap, exchange, Database(exchange, cluster), killer)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
