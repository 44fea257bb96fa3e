#!/usr/bin/env python3
"""Origins and paths judged by the RPKI in a running exchange: from StayRTR in every version of RTR, from
a file, from one cache after the other.  Members are told by withdrawals and announcements alone: no
session ends, and nobody is asked for a refresh.

    rpki.py PLENUM"""
import json
import pathlib
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from kit import rtr  # noqa: E402
from kit.exchange import Exchange, awaited, free_port  # noqa: E402
from kit.speaker import NOTIFICATION, REFRESH, UPDATE, Speaker, nlri_of  # noqa: E402

ROUTE, SIX, OTHER = "20.1.1.0/24", "2a00:1:1::/48", "20.1.2.0/24"
MEMBERS = {201001: "127.1.0.1", 201002: "127.1.0.2"}


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def check(self, name, good, more=""):
        self.count += 1
        self.failed += 0 if good else 1
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}", flush=True)
        if not good:
            print("# " + str(more).replace("\n", "\n# "), flush=True)

    def awaits(self, name, condition, more=lambda: ""):
        self.check(name, awaited(condition), more())

    def finish(self):
        print(f"1..{self.count}")
        return 1 if self.failed else 0


class StayRtr:
    """StayRTR on a file of its own, which it reads again on SIGHUP."""

    def __init__(self, folder, version):
        self.file = folder / f"stayrtr{version}.json"
        self.port = free_port()
        self.roas = []
        self.write([])
        self.log = open(folder / f"stayrtr{version}.log", "wb")
        self.process = subprocess.Popen(
            ["stayrtr", "-bind", f"127.0.0.1:{self.port}", "-cache", str(self.file), "-protocol",
             str(version), "-checktime=false", "-metrics.addr", "", "-refresh", "3600"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def write(self, roas):
        """One ROA stands always, so that the set is never empty."""
        roas = [(64499, "192.0.2.0/24", 24), *roas]
        document = {"metadata": {"buildtime": "2026-01-01T00:00:00Z"}, "roas": [
            {"asn": asn, "prefix": prefix, "maxLength": most, "ta": "test",
             "expires": 4102444800} for asn, prefix, most in roas]}
        self.file.write_text(json.dumps(document))

    def change(self, roas):
        self.write(roas)
        self.process.send_signal(signal.SIGHUP)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.log.close()


class Stage:
    """A served exchange with a member that announces and one that watches."""

    def __init__(self, plenum, lines):
        self.exchange = Exchange(plenum)
        self.exchange.init()
        for asn, address in MEMBERS.items():
            self.exchange.run("member", "add", "-C", "ix", f"AS{asn}", f"Net {asn}", "--ip", address)
        with open(self.exchange.folder / "ix" / "exchange.yaml", "a") as config:
            config.write(lines)
        self.exchange.serve()
        server = ("127.0.0.1", self.exchange.port)
        self.speakers = [Speaker(asn, address, server).await_up()
                         for asn, address in MEMBERS.items()]
        self.sender, self.watcher = self.speakers

    def held(self):
        held = set()
        for kind, body in list(self.watcher.received):
            if kind == UPDATE:
                reached, withdrawn = nlri_of(body)
                held = (held - withdrawn) | reached
        return {prefix for _, prefix in held}

    def rpki(self, *words):
        return json.loads(self.exchange.run("show", "rpki", *words, "-C", "ix", "--json")[1])

    def is_unbroken(self):
        return all(not speaker.lost.is_set()
                   and not any(kind in (NOTIFICATION, REFRESH) for kind, _ in speaker.received)
                   for speaker in self.speakers)

    def log(self):
        return (self.exchange.folder / "serve.log").read_text()

    def end(self):
        for speaker in self.speakers:
            speaker.end()
        self.exchange.__exit__()


def with_stayrtr(tap, plenum, version):
    name = f"StayRTR, version {version}"
    folder = pathlib.Path(subprocess.run(["mktemp", "-d"], capture_output=True,
                                         text=True).stdout.strip())
    cache = StayRtr(folder, version)
    stage = Stage(plenum, f"rtr_cache:\n  - \"127.0.0.1:{cache.port}\"\n")
    try:
        tap.awaits(f"{name}: its data is in force",
                   lambda: stage.rpki()["vrps_ipv4"] == 1, stage.log)
        source = stage.rpki()["sources"][0]
        tap.check(f"{name}: the version is agreed", source["version"] == version, source)
        stage.sender.announce(ROUTE, OTHER)
        stage.sender.announce(SIX, next_hop="fd00:1::1")
        stage.sender.end_of_rib()
        tap.awaits(f"{name}: what no ROA covers passes",
                   lambda: {ROUTE, OTHER} <= stage.held(), stage.log)
        cache.change([(64555, ROUTE, 24)])
        tap.awaits(f"{name}: a ROA for another AS drops the route, and only it",
                   lambda: stage.held() & {ROUTE, OTHER} == {OTHER},
                   lambda: f"{stage.held()}\n{stage.log()}")
        seen = stage.rpki()
        tap.check(f"{name}: one route was judged again, by a step",
                  seen["routes_judged"] == 1 and seen["vrps_added"] == 1
                  and seen["sources"][0]["steps"] >= 1, seen)
        code, out, _ = stage.exchange.run("explain", ROUTE, "-C", "ix", "--from", "AS201001")
        tap.check(f"{name}: explain names the ROA", "AS64555" in out and "rpki-invalid" in out, out)
        code, out, _ = stage.exchange.run("show", "rpki", ROUTE, "AS201001", "-C", "ix")
        tap.check(f"{name}: show rpki says so, too", code == 1 and "invalid" in out, out)
        if version == 2:
            cache.change([(64555, ROUTE, 24), (201001, ROUTE, 24)])
            tap.awaits(f"{name}: a ROA for the member brings it back",
                       lambda: ROUTE in stage.held(), stage.log)
            cache.change([(64555, ROUTE, 24)])
            tap.awaits(f"{name}: without it it goes again", lambda: ROUTE not in stage.held(),
                       stage.log)
        cache.change([])
        tap.awaits(f"{name}: without any it is back", lambda: ROUTE in stage.held(), stage.log)
        tap.check(f"{name}: no session ended and nobody was asked for a refresh",
                  stage.is_unbroken(), stage.log())
        cache.change([(64555, ROUTE, 24)])
        tap.awaits(f"{name}: dropped once more", lambda: ROUTE not in stage.held(), stage.log)
        cache.end()
        tap.awaits(f"{name}: the cache is gone, and that is seen",
                   lambda: not stage.rpki()["sources"][0]["current"], stage.log)
        tap.check(f"{name}: what it said holds until it expires",
                  stage.rpki()["has_data"] and ROUTE not in stage.held(), stage.log())
    finally:
        stage.end()
        cache.end()
        shutil.rmtree(folder)


def document(*roas):
    return json.dumps({"roas": [{"asn": f"AS{asn}", "prefix": prefix, "maxLength": most}
                                for asn, prefix, most in roas]})


def with_file(tap, plenum):
    """A file that changes, breaks and mends."""
    folder = pathlib.Path(subprocess.run(["mktemp", "-d"], capture_output=True,
                                         text=True).stdout.strip())
    path = folder / "vrps.json"
    path.write_text(document((64555, ROUTE, 24), (64499, "192.0.2.0/24", 24)))
    stage = Stage(plenum, f"rpki_file: \"{path}\"\n")
    try:
        tap.check("file: it is in force before the first member", stage.rpki()["vrps_ipv4"] == 2,
                  stage.log())
        stage.sender.announce(ROUTE, OTHER)
        tap.awaits("file: an invalid route is refused",
                   lambda: stage.held() == {OTHER}, lambda: stage.held())
        tap.check("file: no ROA covers a LAN", [(lan["as0"], lan["origin"]) for lan in stage.rpki()["lans"]] ==
                  [(False, None)] * 2 and "one of AS 0 lets every network refuse it" in
                  stage.exchange.run("show", "rpki", "-C", "ix")[1], stage.rpki())
        path.write_text(document((64555, ROUTE, 24), (0, "127.1.0.0/16", 32), (64500, "fd00:1::/64", 64)))
        tap.awaits("file: one of AS 0 covers a LAN, another lets somebody originate it",
                   lambda: [(lan["as0"], lan["origin"]) for lan in stage.rpki()["lans"]] == [(True, None), (False, 64500)],
                   stage.rpki)
        out = stage.exchange.run("show", "rpki", "-C", "ix")[1]
        tap.check("file: and both are told", "127.1.0.0/16: a ROA of AS 0, so nobody may originate it" in out
                  and "fd00:1::/64: a ROA lets AS64500 originate it" in out, out)
        path.write_text(document((64555, ROUTE, 24), (64499, "192.0.2.0/24", 24)))
        tap.awaits("file: back to what it was", lambda: stage.rpki()["vrps_ipv4"] == 2, stage.log)
        path.write_text("{\"roas\": [{\"asn\": 1, ")
        tap.awaits("file: a cut one is refused with the place",
                   lambda: "it is cut" in stage.log(), stage.log)
        tap.check("file: what it said before holds", stage.rpki()["vrps_ipv4"] == 2
                  and ROUTE not in stage.held(), stage.log())
        path.write_text(document((201001, ROUTE, 24), (64499, "192.0.2.0/24", 24)))
        tap.awaits("file: mended, it is read again", lambda: ROUTE in stage.held(), stage.log)
        path.write_text(document())
        tap.awaits("file: an empty one is taken, and told loudly",
                   lambda: stage.rpki()["shrank_from"] == 2, stage.log)
        tap.check("file: exit code 1 for it", stage.exchange.run("show", "rpki", "-C", "ix")[0] == 1)
    finally:
        stage.end()
        shutil.rmtree(folder)


def with_two(tap, plenum):
    """The better cache counts while it is there; the other one and ASPAs when it is not."""
    best = rtr.Cache(1, [rtr.vrp(1, ROUTE, 24, 64555), rtr.vrp(1, SIX, 48, 201001)])
    second = rtr.Cache(2, [rtr.vrp(2, OTHER, 24, 64555), rtr.aspa(64600, [64601])])
    stage = Stage(plenum, f"rtr_cache:\n  - \"127.0.0.1:{best.port}\"\n"
                          f"  - \"127.0.0.1:{second.port}\"\ntrial: yes\n")
    try:
        tap.awaits("two caches: both have data",
                   lambda: all(s["current"] for s in stage.rpki()["sources"]), stage.log)
        tap.check("two caches: each in its version",
                  [s["version"] for s in stage.rpki()["sources"]] == [1, 2], stage.rpki())
        stage.sender.announce(ROUTE, OTHER)
        tap.awaits("two caches: the first one counts", lambda: stage.held() == {OTHER}, stage.log)
        best.end()
        tap.awaits("two caches: without it the second", lambda: stage.held() == {ROUTE}, stage.log)
        stage.sender.announce("20.9.0.0/24", path=[201001, 64600])
        tap.awaits("two caches: a path against an ASPA is let in and shown",
                   lambda: stage.rpki()["paths"]["invalid"] == 1
                   and "20.9.0.0/24" in stage.held(), lambda: stage.rpki())
        out = stage.exchange.run("explain", "20.9.0.0/24", "-C", "ix", "--from", "AS201001")[1]
        tap.check("two caches: explain says who is no provider of whom",
                  "AS201001 is no provider of AS64600" in out, out)
        second.change([rtr.vrp(2, ROUTE, 24, 64555), rtr.aspa(64600, [64601, 201001])])
        tap.awaits("two caches: a notify brings the change",
                   lambda: stage.held() == {OTHER, "20.9.0.0/24"}
                   and stage.rpki()["paths"]["invalid"] == 0, lambda: stage.rpki())
        best = rtr.Cache(0, [rtr.vrp(0, "20.9.0.0/24", 24, 64555)], port=best.port)
        tap.awaits("two caches: the better one is back, in another version, and counts",
                   lambda: stage.held() == {ROUTE, OTHER}, lambda: stage.rpki())
        tap.check("two caches: no session ended", stage.is_unbroken(), stage.log())
        tap.check("two caches: no error was sent to either", not best.errors and not second.errors,
                  (best.errors, second.errors))
    finally:
        stage.end()
        best.end()
        second.end()


def main():
    tap = Tap()
    if shutil.which("stayrtr") is None:
        print("ok 1 - StayRTR # SKIP stayrtr is not installed\n1..1")
        return 0
    for version in (2, 1, 0):
        with_stayrtr(tap, sys.argv[1], version)
    with_file(tap, sys.argv[1])
    with_two(tap, sys.argv[1])
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
