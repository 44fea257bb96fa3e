"""What happens to the exchange while it is soaked: each kind an act(world, chance, seconds) that runs
in a thread, ends what it began, and returns a few words on what came of it.  What must not be is
told to world.fault()."""
import itertools
import os
import random
import resource
import sqlite3
import subprocess
import threading
import time

import gauge
from hostile.callers import Callers, request
from interop.lab import awaited

BACK_S = 20               # until a trouble that is over is over
FEW = 6                   # members at once
DESCRIPTORS_SPARE = 3
GUESTS = 4
rounds = itertools.count()


# --- members of the crowd and daemons -----------------------------------------------------------

def killed(world, chance, seconds):
    """Members that die without a word and come back, again and again."""
    until, count = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        world.crowd.order("kill", names=chance.sample(world.unsteady, FEW))
        count += FEW
        time.sleep(2)
    return f"{count} times"


def _manner(world, chance, seconds, manner):
    names = chance.sample(world.unsteady, FEW)
    world.crowd.order("manner", names=names, manner=manner)
    time.sleep(seconds)
    world.crowd.order("manner", names=names, manner="reads")
    return f"{FEW} members"


def slow(world, chance, seconds):
    return _manner(world, chance, seconds, "slow")


def deaf(world, chance, seconds):
    return _manner(world, chance, seconds, "deaf")


def refreshed(world, chance, seconds):
    """Members and daemons ask for all their routes anew."""
    until, count = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        names = chance.sample(world.steady, FEW)
        world.crowd.order("refresh", names=names)
        count += len(names)
        time.sleep(1)
    host = chance.choice(sorted(world.daemons))
    world.daemons[host].refresh()
    return f"{count} times, and {host}"


def daemon_killed(world, chance, seconds):
    """A daemon dies and is started again."""
    host = chance.choice(world.mortal)
    daemon = world.daemons[host]
    daemon.kill()
    time.sleep(min(5, seconds / 2))
    daemon.start()
    world.await_daemon(host, "after it was killed")
    return host


# --- the operator -------------------------------------------------------------------------------

def rules(world, chance, seconds):
    """Other rules are adopted, under churn."""
    until, count = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        world.adopt(barred=chance.choice([(), world.bars[:1], world.bars]),
                    path_max=chance.choice([64, 3]))
        count += 1
        time.sleep(4)
    return f"{count} versions"


def guests(world, chance, seconds):
    """Members join by command, connect, announce, and are removed."""
    told = world.guest_members[:]
    chance.shuffle(told)
    for guest in told[:GUESTS]:
        world.command("member", "add", f"AS{guest['asn']}", guest["name"], "--ip", guest["address"])
        world.recorded[guest["asn"]] = guest["name"]
    world.crowd.order("connect", names=[guest["name"] for guest in told[:GUESTS]])
    time.sleep(seconds)
    world.crowd.order("leave", names=[guest["name"] for guest in told[:GUESTS]])
    for guest in told[:GUESTS]:
        world.command("member", "remove", f"AS{guest['asn']}")
        del world.recorded[guest["asn"]]
    return f"{GUESTS} joined and left"


def edited(world, chance, seconds):
    """Members' names and limits change."""
    until, count = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        asn = chance.choice(world.edited_asns)
        name = f"Net {next(rounds)}"
        world.command("member", "edit", f"AS{asn}", "--name", name, "--max-prefix4",
                      str(chance.randrange(1000, 9000)))
        world.recorded[asn] = name
        count += 1
        time.sleep(0.5)
    return f"{count} changes"


# --- the machine --------------------------------------------------------------------------------

def _edit(world):
    """One change; whether it was acknowledged."""
    asn, name = world.trouble_asn, f"Net {next(rounds)}"
    code, out, error = world.try_command("member", "edit", f"AS{asn}", "--name", name)
    if code == 0:
        world.recorded[asn] = name
    elif code != 2 or len(out + error) < 8:
        world.fault(f"a change in trouble: exit code {code}, {out}{error}")
    return code == 0


def _back(world, what):
    began = time.monotonic()
    if not awaited(lambda: _edit(world), BACK_S):
        world.fault(f"after {what} no change is taken for {BACK_S} s: {world.log_end()}")
    return f"well again after {time.monotonic() - began:.1f} s"


def _until_over(world, seconds):
    until, taken, refused = time.monotonic() + seconds, 0, 0
    while time.monotonic() < until:
        if _edit(world):
            taken += 1
        else:
            refused += 1
        time.sleep(0.5)
    return f"{taken} changes taken, {refused} refused"


def disk_full(world, _, seconds):
    ballast = world.disk / "ballast"
    try:
        with open(ballast, "wb", buffering=0) as file:
            room = os.statvfs(world.disk)
            octets = room.f_bavail * room.f_frsize
            os.posix_fallocate(file.fileno(), 0, octets)
        told = _until_over(world, seconds)
    finally:
        ballast.unlink(missing_ok=True)
    return f"{told}; {_back(world, 'a full disk')}"


def database_locked(world, _, seconds):
    """Another program holds the database."""
    holder = sqlite3.connect(world.disk / "exchange.db", isolation_level=None, timeout=BACK_S)
    try:
        holder.execute("BEGIN EXCLUSIVE")
        told = _until_over(world, seconds)
        holder.execute("ROLLBACK")
    finally:
        holder.close()
    return f"{told}; {_back(world, 'a locked database')}"


def descriptors(world, chance, seconds):
    """The server may open no more files; strangers take the few that are left."""
    pid = world.exchange.process.pid
    usual = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    few = gauge.descriptors(pid) + DESCRIPTORS_SPARE
    try:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (few, usual[1]))
        said = world.foe("half_open", chance, seconds, "starving")
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, usual)
    return f"at most {few}; {said}; {_back(world, 'too few descriptors')}"


# --- callers ------------------------------------------------------------------------------------

def control(world, chance, seconds):
    """Commands that ask, and callers who mean ill, at the control socket."""
    callers, count = Callers(world), 0
    until = time.monotonic() + seconds
    questions = (["show", "sessions"], ["show", "routes"], ["show", "rejected"], ["show", "status"],
                 ["explain", "60.1.1.0/24"], ["member", "list"], ["rules", "list"],
                 ["ledger", "show"], ["rules", "dry-run", "book.yaml"], ["nonsense"])
    while time.monotonic() < until:
        words = chance.choice(questions)
        world.try_command(*words, *chance.choice([(), ("--json",)]))
        octets = bytearray(request(*(word.encode() for word in words)))
        octets[chance.randrange(len(octets))] = chance.randrange(256)
        try:
            caller = callers.call()
            caller.settimeout(1)
            caller.sendall(octets[:chance.randrange(len(octets)) + 1])
            caller.close()
        except OSError:
            pass
        count += 2
    return f"{count} questions"


def foe(what):
    def act(world, chance, seconds):
        return world.foe(what, chance, seconds, what)
    act.__name__ = what
    return act


FOES = ("strangers", "half_open", "errors", "leak", "accepted", "fresh", "wide", "flaps", "refreshes",
        "malformed", "public")
ALL = (killed, slow, deaf, refreshed, daemon_killed, rules, guests, edited, disk_full,
       database_locked, descriptors, control, *map(foe, FOES))
# Those that want the same of the operator are not at once: each would spoil what the other awaits.
APART = [{"disk_full", "database_locked", "descriptors", "guests", "rules", "edited"}]


class Deck:
    """Every kind about as often as any other, in an order drawn from the seed."""

    def __init__(self, chance):
        self.chance, self.left = chance, []

    def draw(self, count):
        out = []
        while len(out) < count:
            fits = [act for act in self.left if not self._is_apart(act, out)]
            if fits:
                self.left.remove(fits[0])
                out.append(fits[0])
            else:
                self.left += self.chance.sample(ALL, len(ALL))
        return out

    @staticmethod
    def _is_apart(act, others):
        names = {other.__name__ for other in others}
        return act.__name__ in names or any(act.__name__ in apart and names & apart
                                            for apart in APART)


class Event(threading.Thread):
    def __init__(self, world, act, seed, seconds):
        super().__init__(daemon=True)
        self.world, self.act, self.seed, self.seconds = world, act, seed, seconds
        self.told = ""
        self.start()

    def run(self):
        try:
            self.told = self.act(self.world, random.Random(self.seed), self.seconds)
        except (OSError, RuntimeError, subprocess.SubprocessError, sqlite3.Error) as error:
            self.world.fault(f"{self.act.__name__}: {error}")
