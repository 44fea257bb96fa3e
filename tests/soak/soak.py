#!/usr/bin/env python3
"""A soak: plenum serve for MINUTES among real routers, a crowd of members, foes and troubles.

    soak.py PLENUM [--minutes N] [--members N] [--seed N] [--json FILE] [--keep FOLDER]

In network namespaces of its own: BIRD (twice), OpenBGPD, FRR and GoBGP, over IPv4 and IPv6, beside a
crowd of members spoken by one process.  First the server is killed with -9 while members are added:
all that was acknowledged must be there when it starts again.  Then, for so long, in rounds of a
minute: routes change all the time, and several of the kinds of events.py happen at once, drawn from
the seed; then all is calm for a moment, every member must hold what a model says, and a sample is
taken.  At last it is killed once more, unless less than a minute was asked for.  Memory is judged
within the one life between both kills: what lies in the last third beside the middle one.

Exit code 1 when something was not as it must be; the table says what."""
import argparse
import json
import os
import pathlib
import random
import re
import resource
import signal
import subprocess
import sys
import threading
import time

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "interop"), str(TESTS / "hostile")]
import daemons  # noqa: E402
import events  # noqa: E402
import report  # noqa: E402
from gauge import Gauge  # noqa: E402
from lab import RS, Exchange, Lab, awaited, missing_for_lab  # noqa: E402
from model import Rules  # noqa: E402

ROUND_S = 60
EVENTS_AT_ONCE = 6
EVENT_S = (12, 22)
WAVE_S = 25
CHANGES_A_SECOND = 30
SETTLE_S = 60
PATIENCE_S = 90
KICK_S = 9
DISK = "160m"
CROWD_PREFIXES = 24
SHARED_PREFIXES = 200
SHARED_BY = 4
DAEMON_PREFIXES = 30
STEADY_DAEMON = "watch"
HOSTS = {"watch": "bird", "bird": "bird", "openbgpd": "openbgpd", "frr": "frr", "gobgp": "gobgp"}
ASN = {"watch": 2001, "bird": 2002, "openbgpd": 2003, "frr": 2004, "gobgp": 2005}
CROWD_ASN, FOE_ASN, PROBE_ASN = 20001, 21001, 22001
FOE_MEMBERS = {"half_open": 3, "errors": 3, "leak": 2, "accepted": 2, "fresh": 2, "wide": 2, "flaps": 3,
               "refreshes": 1, "malformed": 3, "starving": 2}
FOE_LIMITS = {"accepted": ["--max-prefix4", "250000"]}
LEAK_ACTIONS = ["block", "shut"]
STRANGERS = 20
BARS = ("63.0.0.0/9", "63.128.0.0/9")
PROBES = 2
MALFORMED_SHOWN = 3  # each time: an UPDATE goes to all
SHUT_S = 30  # a member that announced too much may come back after so long


class Helper:
    """A process of the soak's in a host's namespace, that answers a line of JSON with one."""

    def __init__(self, lab, host, program, *words):
        self.log = open(lab.folder / f"{program}.err", "ab")
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", lab._netns(host), sys.executable, "-B",
             str(TESTS / "soak" / program), *map(str, words)], cwd=lab.folder,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True, bufsize=1)
        lab.processes.append(self.process)
        self.lock = threading.Lock()
        self.program = program

    def _line(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        return self.hear()

    def hear(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.program} ended")
        return json.loads(line)

    def order(self, what, **more):
        with self.lock:
            return self._line(json.dumps({"do": what, **more}))

    def ask(self):
        with self.lock:
            return self._line("")


class World:
    def __init__(self, lab, plenum, options):
        self.lab, self.options = lab, options
        self.chance = random.Random(options.seed)
        self.faults, self.told = [], []
        self.disk = lab.folder / "ix"
        self.disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", self.disk], check=True)
        self.exchange = Exchange(lab, plenum)
        self.exchange.folder = lab.folder
        with open(self.disk / "exchange.yaml", "a", encoding="utf-8") as config:
            config.write(f'web:\n  - "{lab.ipv4(RS)}:8080"\nwhois:\n  - "{lab.ipv4(RS)}:4343"\n')
        self.recorded = {}  # what was acknowledged: {ASN: name}
        self.bars = BARS
        self.rules = Rules()
        self.versions = 0
        self.version_lock = threading.Lock()
        self.members, self.steady, self.unsteady, self.guest_members = [], [], [], []
        self.foes = {}
        self.mark = 0       # in the log: where the life that is looked at begins
        self.malformed = 0  # of the crowd's complaints, those that were told

    # --- members --------------------------------------------------------------------------------

    def register(self, asn, name, *addresses, more=()):
        self.command("member", "add", f"AS{asn}", name,
                     *(word for one in addresses for word in ("--ip", one)), *more)
        self.recorded[asn] = name

    def populate(self):
        """Members of the registry, and what those of the crowd announce."""
        for host, asn in ASN.items():
            self.register(asn, host, self.lab.ipv4(host), self.lab.ipv6(host))
        count = self.options.members
        for number in range(1, count + 1):
            self._crowd_member(number, "steady" if number <= count - count // 4 else "unsteady")
        for number in range(count + 1, count + 9):
            self._crowd_member(number, "guest")
        at = 0
        for what, many in FOE_MEMBERS.items():
            self.foes[what] = []
            for number in range(many):
                at += 1
                more = FOE_LIMITS.get(what, [])
                if what == "leak":
                    more = ["--max-prefix4", "500", "--max-prefix-action", LEAK_ACTIONS[number]]
                self.register(FOE_ASN + at, f"{what} {number}", f"10.99.2.{at}", more=more)
                self.foes[what].append(f"{FOE_ASN + at}:10.99.2.{at}")
        self.lab.add_addresses("foes", [f"10.99.2.{number}" for number in range(1, at + 1)])
        strangers = [f"10.99.3.{number}" for number in range(1, STRANGERS + 1)]
        self.lab.add_addresses("strangers", strangers)
        self.foes["strangers"] = self.foes["public"] = [f"1:{address}" for address in strangers]
        for number in (0, 1):
            self.register(PROBE_ASN + number, f"probe {number}", f"10.99.4.{number + 1}")
        self.lab.add_addresses("probe", ["10.99.4.1", "10.99.4.2"])
        self.edited_asns = [FOE_ASN + number for number in range(1, 4)]
        self.trouble_asn = PROBE_ASN

    def _crowd_member(self, number, kind):
        asn, ipv4 = CROWD_ASN + number, f"10.99.1.{number}"
        both = number % 3 == 0 and kind != "guest"
        ipv6 = f"fd99::1:{number:x}"
        self.lab.add_addresses("crowd", [ipv4], [ipv6] if both else [])
        if kind != "guest":
            self.register(asn, f"{kind} {number}", ipv4, *([ipv6] if both else []))
        routes = [(f"60.{number}.{k}.0/24", [asn, 30000 + k], k, [(777, k)])
                  for k in range(CROWD_PREFIXES)]
        routes += [(f"63.{(number * 3) % 256}.{k}.0/24", [asn, 31000 + number], 0, []) for k in (1, 2)]
        for turn in range(SHARED_BY):
            for k in range(turn, SHARED_PREFIXES, 40):
                if (number + turn * 7) % 20 == k % 20:
                    routes.append((f"61.0.{k}.0/24", self._shared_path(asn, number), 0, []))
        self._session(number, kind, asn, ipv4, self.lab.ipv4(RS), routes)
        if both:
            routes = [(f"2a00:{number:x}:{k:x}::/48", [asn, 32000 + k], k, [(777, k)])
                      for k in range(1, CROWD_PREFIXES)]
            self._session(number, kind, asn, ipv6, self.lab.ipv6(RS), routes)

    @staticmethod
    def _shared_path(asn, number):
        """Each announcer of a prefix has a path of another length."""
        return [asn] + [33000 + number] * (number // 20 + 1)

    def _session(self, number, kind, asn, address, server, routes):
        family = 6 if ":" in address else 4
        name = f"{kind} {number}" + (" IPv6" if family == 6 else "")
        told = {"name": name, "asn": asn, "kind": kind, "address": address, "server": server,
                "routes": routes}
        self.members.append(told)
        {"steady": self.steady, "unsteady": self.unsteady,
         "guest": []}[kind].append(name)
        if kind == "guest":
            self.guest_members.append(told)

    def begin(self):
        self.crowd = Helper(self.lab, "crowd", "crowd.py", self.options.seed)
        self.crowd.order("members", members=self.members)
        self.crowd.order("connect", names=self.steady + self.unsteady)
        self.daemons = {}
        for number, (host, kind) in enumerate(HOSTS.items(), 1):
            announced = [daemons.Announcement(f"62.{number}.{k}.0/24", med=k)
                         for k in range(DAEMON_PREFIXES)]
            announced += [daemons.Announcement(f"2a00:f{number}:{k}::/48", med=k)
                          for k in range(1, DAEMON_PREFIXES)]
            self.daemons[host] = daemons.ALL[kind](self.lab, host, ASN[host], announced)
            self.daemons[host].start()
        self.mortal = sorted(set(HOSTS) - {STEADY_DAEMON})
        self.crowd.order("foreign", routes=[
            [ASN[host], self.lab.ipv6(host) if item.is_ipv6 else self.lab.ipv4(host), item.prefix,
             [ASN[host]], item.med] for host, daemon in self.daemons.items()
            for item in daemon.announcements])

    def await_daemon(self, host, when):
        daemon = self.daemons[host]
        for _ in range(PATIENCE_S // KICK_S):
            if awaited(daemon.is_up, KICK_S):
                return
            if hasattr(daemon, "kick"):
                daemon.kick()
        self.fault(f"{when}: {host} is not up: {daemon.states()}")

    # --- commands -------------------------------------------------------------------------------

    def try_command(self, *words):
        done = subprocess.run([self.exchange.plenum, *words, "-C", "ix"], cwd=self.lab.folder,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=PATIENCE_S)
        return done.returncode, done.stdout, done.stderr

    def command(self, *words):
        code, out, error = self.try_command(*words)
        if code != 0:
            raise RuntimeError(f"plenum {' '.join(words)}: exit code {code}, {out}{error}")
        return out

    def adopt(self, barred, path_max):
        with self.version_lock:
            text = (self.lab.folder / "book.yaml").read_text()
            text = re.sub(r"(key: path-length\n.*\n\s+max:) \d+", rf"\1 {path_max}", text)
            text = re.sub(r"(key: max-prefixes\n(?:.*\n)+?\s+retry_s:) \d+", rf"\1 {SHUT_S}", text)
            text = re.sub(r"(key: bogon-prefix\n(?:.*\n)+?\s+also:).*", rf"\1 {json.dumps(list(barred))}",
                          text)
            (self.lab.folder / "next.yaml").write_text(text)
            self.versions += 1
            self.command("rules", "adopt", "next.yaml", "--decision", f"Soak, version {self.versions}",
                         "--by", "the soak")
            self.rules = Rules(tuple(barred), path_max)

    def foe(self, what, chance, seconds, name):
        """Runs a foe for so long; what it says that it did."""
        host = "strangers" if what in ("strangers", "public") else "foes"
        members = self.foes[name]
        process = self.lab.start(host, sys.executable, "-B", str(TESTS / "soak" / "foes.py"), what,
                                 str(seconds), self.lab.ipv4(RS), str(chance.randrange(1 << 30)),
                                 *members, log=f"foe-{name}.out")
        try:
            process.wait(seconds + PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.fault(f"{what} does not end")
        self.lab.end(process)
        return self.lab.read(f"foe-{name}.out").strip().rsplit("\n", 1)[-1]

    def steady_addresses(self):
        """Of sessions that nothing excuses the loss of."""
        return ({told["address"] for told in self.members if told["kind"] == "steady"}
                | {"10.99.4.1", "10.99.4.2", self.lab.ipv4(STEADY_DAEMON), self.lab.ipv6(STEADY_DAEMON)})

    def fault(self, text):
        self.faults.append(text)
        print(f"{stamp()} FAULT {text}", flush=True)

    def log_end(self):
        return self.exchange.log()[-600:]

    # --- what must hold -------------------------------------------------------------------------

    def settle(self, seconds=SETTLE_S):
        """Everybody holds what the model says; how long that took, and how many routes."""
        self.crowd.order("churn", a_second=0)
        told = self.crowd.order("settle", barred=self.rules.barred, path_max=self.rules.path_max,
                                seconds=seconds)
        for line in told["wrong"]:
            self.fault(f"after {seconds} s: {line}")
        status = self.crowd.order("status")
        for line in status["malformed"][self.malformed:self.malformed + MALFORMED_SHOWN]:
            self.fault(f"malformed: {line}")
        self.malformed = len(status["malformed"])
        return told

    def check_sessions(self):
        """Those that should be up are, and no others, as show status says."""
        want = self.crowd.order("status")["wanted"] + 2 * len(self.daemons) + PROBES
        seen = []

        def is_so():
            seen[:] = [self.exchange.json("show", "status")["sessions_established"]]
            return seen == [want]
        if not awaited(is_so):
            self.fault(f"show status counts {seen[0]} sessions, not {want}")

    def check_daemons(self, hosts):
        for host in hosts:
            daemon, wrong = self.daemons[host], []
            want = {}
            for family in (4, 6):
                want.update(self.crowd.order("expected", asn=ASN[host], family=family,
                                             barred=self.rules.barred, path_max=self.rules.path_max))

            def right(daemon=daemon, host=host, want=want, wrong=wrong):
                wrong[:] = report.difference(host, daemon, want)
                return not wrong
            if not awaited(right, 30):
                for line in wrong[:8]:
                    self.fault(line)

    def check_record(self, when):
        """All that was acknowledged is recorded, and the ledger agrees."""
        shown = {one["asn"]: one["name"] for one in self.exchange.json("member", "list")}
        for asn in sorted(set(shown) | set(self.recorded)):
            if shown.get(asn) != self.recorded.get(asn):
                self.fault(f"{when}: AS{asn} is {shown.get(asn)}, acknowledged was {self.recorded.get(asn)}")
        versions = self.command("rules", "list").count("Soak, version")
        if versions != self.versions:
            self.fault(f"{when}: {versions} versions of the rule book, {self.versions} were adopted")
        code, out, error = self.try_command("ledger", "verify")
        if code != 0:
            self.fault(f"{when}: ledger verify: {out}{error}")

    def kill_and_restart(self, when):
        """Killed with -9 in the midst of changes that are acknowledged one by one."""
        self.crowd.order("forgive", whether=True)
        doomed = threading.Timer(self.chance.uniform(0.3, 1.0), self.exchange.kill)
        doomed.start()
        asn, began = None, self.recorded.copy()
        for number in range(10000):
            asn, name = self.trouble_asn, f"Net {when} {number}"
            code, _, _ = self.try_command("member", "edit", f"AS{asn}", "--name", name)
            if self.exchange.process.poll() is not None:
                if code == 0:
                    self.recorded[asn] = name
                break
            if code == 0:
                self.recorded[asn] = name
        doomed.join()
        self.exchange.serve()
        shown = {one["asn"]: one["name"] for one in self.exchange.json("member", "list")}
        # What was under way when it died may be there or not.
        if shown.get(asn) == name:
            self.recorded[asn] = name
        self.check_record(when)
        for host in self.daemons:
            self.await_daemon(host, when)
        told = self.settle()
        self.crowd.order("forgive", whether=False)
        self.mark = len(self.exchange.log())
        say(f"{when}: killed with -9 after {number} changes, well again; {told['members']} members hold "
            f"{told['routes']:,} routes after {told['seconds']:.1f} s")
        assert began.keys() == self.recorded.keys()


def stamp():
    return time.strftime("%H:%M:%S", time.gmtime())


def say(text):
    print(f"{stamp()} {text}", flush=True)


class SoakLab(Lab):
    def _capture_begin(self):
        """Only what one daemon is told, whose session lasts: tshark reads all of it at the end."""
        host = STEADY_DAEMON
        self.capture = self.start(RS, "dumpcap", "-q", "-i", "eth0", "-f",
                                  f"tcp port 179 and (host {self.ipv4(host)} or host {self.ipv6(host)})",
                                  "-B", "64", "-w", "capture.pcapng", log="dumpcap.out")
        if not awaited(lambda: "File: " in self.read("dumpcap.out")):
            raise RuntimeError("dumpcap does not start: " + self.read("dumpcap.out"))


def wave(world, deck, number, until):
    """Several kinds of events at once; their names."""
    longest = max(5.0, until - time.monotonic() - 5)
    happening = []
    for act in deck.draw(EVENTS_AT_ONCE):
        seconds = min(longest, world.chance.uniform(*EVENT_S))
        happening.append(events.Event(world, act, world.chance.randrange(1 << 30), seconds))
        time.sleep(world.chance.uniform(0, 1))
    for event in happening:
        event.join(PATIENCE_S * 3)
        if event.is_alive():
            world.fault(f"{event.act.__name__} does not end")
        world.told.append((number, event.act.__name__, event.told))
    return [event.act.__name__ for event in happening]


def one_round(world, gauge, deck, number, until):
    """Waves of events while routes change, then a moment of calm."""
    began, happened = time.monotonic(), []
    world.crowd.order("churn", a_second=CHANGES_A_SECOND)
    while not happened or time.monotonic() < min(until, began + ROUND_S) - WAVE_S:
        happened += wave(world, deck, number, until)
    told = world.settle()
    world.check_sessions()
    host = sorted(world.daemons)[number % len(world.daemons)]
    world.check_daemons([host])
    calm = gauge.rest()
    say(report.line(number, calm, gauge, told, happened, host))
    world.crowd.order("churn", a_second=CHANGES_A_SECOND)
    time.sleep(max(0.0, min(until, began + ROUND_S) - time.monotonic()))


def soak(world):
    options = world.options
    world.populate()
    world.exchange.serve()
    book = world.command("rules", "show", "--yaml")
    (world.lab.folder / "book.yaml").write_text(book)
    world.adopt(barred=(), path_max=64)
    world.begin()
    for host in world.daemons:
        world.await_daemon(host, "at first")
    told = world.settle(PATIENCE_S)
    say(f"{told['members']} sessions of the crowd, {len(world.daemons)} daemons; they hold "
        f"{told['routes']:,} routes")
    world.kill_and_restart("at the start")
    probe = Helper(world.lab, "probe", "probe.py", world.lab.ipv4(RS), PROBE_ASN, "10.99.4.1",
                   PROBE_ASN + 1, "10.99.4.2")
    probe.hear()
    gauge = world.gauge = Gauge(world.exchange, probe)
    gauge.start()
    deck, until, number = events.Deck(world.chance), time.monotonic() + options.minutes * 60, 0
    while time.monotonic() < until - 8:
        number += 1
        one_round(world, gauge, deck, number, until)
    world.settle()
    world.check_daemons(sorted(world.daemons))
    gauge.end()
    world.check_record("at the end")
    lost = world.crowd.order("status")["losses"]
    report.judge(world, gauge, lost)
    if options.minutes >= 1:
        world.kill_and_restart("after all was measured")


def main():
    words = argparse.ArgumentParser(
        prog="soak.py", formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
    words.add_argument("plenum")
    words.add_argument("--minutes", type=float, default=30, help="between the two kills; 30 if not said")
    words.add_argument("--members", type=int, default=100, help="of the crowd; 100 if not said")
    words.add_argument("--seed", type=int, default=int(time.time()) & 0xffff,
                       help="of what happens; another each time if not said")
    words.add_argument("--json", help="all samples, for programs")
    words.add_argument("--keep", help="a folder for the logs")
    options = words.parse_args()
    if os.environ.get("PLENUM_SOAK_APART") != "yes":
        # A mount namespace of its own: its disk and namespaces go with it, however it ends.
        missing = missing_for_lab(daemons.Bird.programs + daemons.Frr.programs
                                  + daemons.GoBgp.programs + daemons.OpenBgpd.programs)
        if missing:
            print(f"1..1\nok 1 - all # SKIP {missing}")
            return 0
        os.environ["PLENUM_SOAK_APART"] = "yes"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, "-B",
                              *sys.argv])
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run/netns"], check=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    say(f"soak.py {options.plenum} --minutes {options.minutes:g} --members {options.members} "
        f"--seed {options.seed}")
    with SoakLab(["crowd", "probe", "foes", "strangers", *HOSTS], ipv4_bits=16) as lab:
        world = World(lab, options.plenum, options)
        try:
            soak(world)
            report.read_capture(world)
        except Exception as error:  # the table is told all the same
            world.fault(f"the soak does not run to its end: {type(error).__name__}: {error}")
            if options.keep:
                import traceback
                traceback.print_exc()
        finally:
            report.keep(world, options)
            subprocess.run(["umount", "-l", world.disk], check=False)
    return report.verdict(world)


if __name__ == "__main__":
    sys.exit(main())
