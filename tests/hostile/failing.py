#!/usr/bin/env python3
"""Every call to the system, every piece of memory and every statement of the database fails once:
failing.py PLENUM FOLDER [STORE], where FOLDER has kit/failer.c and kit/unlucky.c built.

Whichever it is, a command ends: it worked, or exit code 2 and a sentence that says what was not to
be had.  The registry is as before or as after, plenum check and plenum ledger verify find nothing,
and the same command works again.  An exchange that serves goes on, or had not begun.
STEPS=n tries n places of each kind of each command instead of a sample; STEPS=0 all of them."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from hostile.kept import Database, Files, Kept  # noqa: E402
from interop.lab import Tap  # noqa: E402
from kit.exchange import Exchange, awaited  # noqa: E402
from kit.postgres import Cluster  # noqa: E402
from kit.speaker import Speaker  # noqa: E402

NO_ROOM, BROKEN, SIGNAL, NO_ROOM_ANY_MORE = range(4)
MEMORY, STATEMENT = "memory", "statement"
KINDS = (NO_ROOM, BROKEN, SIGNAL, NO_ROOM_ANY_MORE, MEMORY, STATEMENT)
NAMES = {NO_ROOM: "no room for", BROKEN: "broken device under", SIGNAL: "signal in",
         NO_ROOM_ANY_MORE: "no room from", MEMORY: "no memory at", STATEMENT: "no answer to"}
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FORMATS = ("table", "ixf", "members", "irr", "control", "card", "rtr")
PATIENCE_S = 40
STEPS_SAMPLE = 4
STEPS = int(os.environ.get("STEPS", STEPS_SAMPLE))
MISTAKEN = re.compile("damaged|is not what the log gives")
SENTENCE = re.compile(r"^plenum(: \w[\w -]*)?: .{8,}|.+: .+", re.S)


class Failing(Kept):
    def __init__(self, tap, exchange, store, folder):
        super().__init__(tap, exchange, store)
        self.failer = str(folder / "failer")
        self.unlucky = str(next(folder.glob("libunlucky.so")))

    def words(self, kind, step, words):
        """The command, and its environment, in which that fails."""
        place = {"LD_PRELOAD": self.unlucky, "UNLUCKY_FILE": "count"}
        plain = [self.exchange.plenum, *words]
        if kind in (MEMORY, STATEMENT):
            return plain, {**place, "UNLUCKY": kind, "UNLUCKY_AT": str(step)}
        del place["UNLUCKY_FILE"]
        return [self.failer, str(step), str(kind), "count", *plain], place

    def failed(self, kind, step, words):
        """Exit code, None when it did not end; what it said; how many steps there were."""
        command, place = self.words(kind, step, words)
        (self.exchange.folder / "count").unlink(missing_ok=True)
        try:
            done = subprocess.run(command, cwd=self.exchange.folder, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, errors="replace",
                                  timeout=PATIENCE_S, env={**os.environ, **place})
        except subprocess.TimeoutExpired:
            return None, "", "it did not end", 0
        steps = self.steps()
        return done.returncode, done.stdout, done.stderr, steps

    def steps(self):
        """How many there were; 0 when the program died before it could say."""
        count = self.exchange.folder / "count"
        said = count.read_text().split() if count.exists() else []
        return int(said[0]) if said else 0

    def at(self, kind, step, words, before, after):
        """What is wrong when that fails, "" when nothing."""
        if before != after:
            self.store.fresh()
        code, out, error, _ = self.failed(kind, step, words)
        found = ""
        # What verify could not read is a finding, told as what it is.
        is_told = code == 1 and words[:2] == ("ledger", "verify") and not MISTAKEN.search(out)
        if code not in (0, 2) and not is_told:
            found += f"exit code {code}; "
        if code == 2 and not SENTENCE.match(error):
            found += "no sentence; "
        if before != after and not (code == 2 and self.store.is_untouched()):
            self.settle()
            now = self.state()
            if now not in (before, after):
                found += f"neither before nor after: {now}; "
            if code == 0 and now != after:
                found += "it said that it worked; "
            found += self.wrong()
            if now == before:
                found += self.works(words, after)
        return f"{NAMES[kind]} step {step}: {found} it said: {out[:200]}{error[:400]}" if found else ""

    def command(self, *words, changes=True, kinds=KINDS):
        self.store.fresh()
        self.is_rollback = words[0] == "restore"
        before = self.state() if changes else ""
        code, out, error, _ = self.failed(MEMORY, 0, words)
        self.settle()
        after = self.state() if changes else ""
        if code != 0:
            self.tap.check(f"{' '.join(words[:2])}: it works", False, out + error)
            return
        bad, tried = [], 0
        for kind in kinds:
            if changes:
                self.store.fresh()
            steps = self.failed(kind, 0, words)[3]
            chosen = range(1, steps + 1)
            if STEPS and steps > STEPS:
                # Others for each kind, so that they are many together.
                chosen = sorted({1 + (number * steps + steps * KINDS.index(kind) // len(KINDS)) // STEPS
                                 for number in range(STEPS)} & set(chosen))
            tried += len(chosen)
            bad += [text for text in (self.at(kind, step, words, before, after) for step in chosen) if text]
        self.tap.check(f"{self.store.name}: {' '.join(words[:2])}: {tried} failures, sound, and whole or not there",
                       not bad and tried, "\n".join(bad[:12]))


class Serving(Failing):
    """Who serves goes on: it says so, and all that was asked and acknowledged is there."""

    def begin(self, kind, step):
        """The process under it, once it answers or has ended."""
        command, place = self.words(kind, step, ("serve", "-C", "ix"))
        (self.exchange.folder / "count").unlink(missing_ok=True)
        with open(self.exchange.folder / "serve.log", "wb") as log:
            process = subprocess.Popen(command, cwd=self.exchange.folder, stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=log, env={**os.environ, **place})
        awaited(lambda: process.poll() is not None or self.run("show", "status", "-C", "ix")[0] == 0)
        return process

    def log(self):
        return (self.exchange.folder / "serve.log").read_text(errors="replace")

    def insisted(self, *words):
        """Whether a command works, now or in a moment."""
        return awaited(lambda: self.run(*words)[0] == 0, 10)

    def work(self):
        """What stays undone, "" when nothing does."""
        for words in (("show", "status"), ("show", "routes")):
            if not self.insisted(*words, "-C", "ix"):
                return f"{words} never works; "
        add = ("member", "add", "-C", "ix", "AS201020", "New", "--ip", "127.1.0.20")
        if not awaited(lambda: self.run(*add) and "201020" in self.run("member", "list", "-C", "ix", "--json")[1], 10):
            return "no member comes any more; "
        for _ in range(3):
            member = Speaker(201001, "127.1.0.1", ("127.0.0.1", self.exchange.port))
            try:
                member.await_up()
                return ""
            except (OSError, RuntimeError, AssertionError):
                continue
            finally:
                member.end()
        return "no session comes up; "

    def end(self, process):
        process.terminate()
        try:
            return process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return None

    def once(self, kind, step):
        """Steps there were, and what is wrong."""
        self.store.fresh()
        process = self.begin(kind, step)
        found = ""
        if process.poll() is None:
            found = self.work()
            code = self.end(process)
            if code != 0:
                found += f"ended by exit code {code}; "
        elif process.returncode != 2 or not SENTENCE.match(self.log()):
            found = f"did not begin, and exit code {process.returncode}; "
        found += self.wrong()
        steps = self.steps()
        return steps, f"{NAMES[kind]} step {step}: {found} log: {self.log()[:900]}" if found else ""

    def all(self, kinds):
        bad, tried = [], 0
        for kind in kinds:
            steps, wrong = self.once(kind, 0)
            if wrong or not steps:
                bad.append(wrong or f"{NAMES[kind]}: nothing was counted")
            chosen = range(1, steps + 1)
            if STEPS and steps > STEPS:
                chosen = [1 + (number * steps + steps * KINDS.index(kind) // len(KINDS)) // STEPS
                          for number in range(STEPS)]
            tried += len(chosen)
            bad += [text for text in (self.once(kind, step)[1] for step in chosen) if text]
        self.tap.check(f"{self.store.name}: serve: {tried} failures, it goes on or has not begun", not bad and tried,
                       "\n".join(bad[:12]))


def store_test(tap, exchange, store, folder):
    failing = Failing(tap, exchange, store, folder)
    failing.found(3)
    store.keep()
    # A fresh database of a server takes long: there, in a sample, what a server can do.
    short = store.name == "postgresql" and STEPS == STEPS_SAMPLE
    kinds = (BROKEN, STATEMENT) if short else KINDS
    failing.command("member", "add", "-C", "ix", "AS201009", "More", "--ip", "127.1.0.9",
                    kinds=(*kinds, MEMORY) if short else kinds)
    failing.command("member", "remove", "-C", "ix", "AS201002", kinds=kinds)
    failing.command("rules", "adopt", "-C", "ix", "book.yaml", "--decision", "A test", "--by", "the tests", kinds=kinds)
    failing.command("request", "add", "-C", "ix", "region", "AS201001", "--size", "/26", "--ipv6",
                    "2001:db8:9::/48", "--grant", kinds=kinds)
    Serving(tap, exchange, store, folder).all(kinds if short else (NO_ROOM, BROKEN, SIGNAL, MEMORY, STATEMENT))
    if short:
        return
    failing.command("member", "edit", "-C", "ix", "AS201001", "--name", "Else")
    failing.command("pool", "add", "-C", "ix", "lan4", "127.1.0.0/24", "--type", "peering-v4")
    failing.command("import", "-C", "ix", "members.json", "--yes", "--remove")
    failing.command("restore", "-C", "ix", "backup.db", "--force")
    failing.command("member", "list", "-C", "ix", changes=False)
    failing.command("export", "ixf", "-C", "ix", changes=False)
    failing.command("ledger", "verify", "-C", "ix", changes=False)


def formats(tap, failing, replays):
    """Readers of every format without memory at one place: refused, and nothing leaks, which the fuzz
    targets look for."""
    for target in FORMATS:
        words = (str(replays / f"fuzz-replay-{target}"), str(ROOT / "fuzz/corpus" / target), "0")
        plain, failing.exchange.plenum = failing.exchange.plenum, words[0]
        steps = failing.failed(MEMORY, 0, words[1:])[3]
        places = STEPS * 8 if STEPS else steps
        bad, chosen = [], sorted({1 + number * steps // places for number in range(places)})
        for step in chosen:
            code, out, error, _ = failing.failed(MEMORY, step, words[1:])
            # Without memory for the folder there is no corpus.
            if code != 0 and "there is no corpus" not in out:
                bad.append(f"step {step}: {code} {error}")
        failing.exchange.plenum = plain
        tap.check(f"{target}: read without memory at {len(chosen)} of {steps} places", not bad and steps,
                  "\n".join(bad[:5]))


def main():
    tap = Tap()
    if pathlib.Path("/dev/shm").is_dir():
        tempfile.tempdir = "/dev/shm"
    plenum, folder = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    chosen = sys.argv[3] if len(sys.argv) > 3 else None
    if not (folder / "failer").exists():
        tap.skip("everything fails once", "made for x86-64")
        return tap.finish()
    if chosen in (None, "sqlite"):
        with Exchange(plenum) as exchange:
            store_test(tap, exchange, Files(exchange), folder)
            formats(tap, Failing(tap, exchange, Files(exchange), folder), folder.parent / "fuzz")
    if chosen in (None, "postgresql"):
        if not Cluster.is_there():
            tap.skip("everything fails once, on PostgreSQL", "it is not installed")
            return tap.finish()
        with Cluster() as cluster, Exchange(plenum) as exchange:
            store_test(tap, exchange, Database(exchange, cluster), folder)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
