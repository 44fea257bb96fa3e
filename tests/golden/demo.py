#!/usr/bin/env python3
"""plenum demo, made up and with real members and tables: everybody must hold exactly what the model
says, and every refused route must have its reason.

    demo.py PLENUM

The real files lie beside the source (../shared/data) or where PLENUM_DATA says; without them those
cases are skipped."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DATA = pathlib.Path(os.environ.get("PLENUM_DATA", ROOT.parent / "shared/data"))
LIMIT_S = 300

# name, members, table, further words, routes of both families, refused; None = only to be > 0
REAL = [
    ("BCIX's members with a table of JINX", "ixf/bcix.20171124.v0.6.json",
     "mrt/rib.rv-jinx.20140530.bz2", (), None),
    ("GR-IX's members with a table of JINX", "ixf/gr-ix.20171124.v0.6.json",
     "mrt/rib.rv-jinx.20140530.bz2", (), None),
    ("JINX as its collector saw it", None, "mrt/rib.rv-jinx.20140530.bz2", (), None),
    ("NAMEX as it was", None, "mrt/rib.namex-rs.20200929.inet.mrt.gz", (), 3426),
    ("INEX as it was", "lg/inex-rs.bird1.v4-show-protocols-all.201610.txt",
     "lg/inex-rs.bird1.v4-show-route-table-all.201610.txt", (), None),
    ("QCIX's members with a text table", "ixf/qcix.20200314.v1.0.json",
     "tables/rv2-20160202-1200.pfx2as.gz", (), None),
    ("TREX's members with an IPv6 text table", "ixf/trex.20200205.v0.6.json",
     "tables/rv6-20210726-0800.pfx2as.gz", (), None),
    ("DE-CIX Frankfurt out of a collector's summary", None,
     "mrt/updates.pch-summary.20151023.0201.et.gz", ("--lan", "80.81.192.0/21"), None),
    ("ARIX's members alone", "ixf/arix/arix.20241002.v1.0.json", None, (), None),
    ("BCIX's members alone", "ixf/bcix.20171124.v0.6.json", None, (), None),
    ("IPv6 peers of Route Views", None, "mrt/rib.rv6.20151101.0600.part.mrt.gz", (), None),
    ("Route Views' peers", None, "mrt/rib.rv2.20140523.0600.part.mrt.gz", (), None),
    ("Route Views' updates", None, "mrt/updates.rv2.20131201.0000.bz2", (), None),
    ("a prefix whose attributes fill 64 KiB", None, "mrt/ris.bview.64k_stream_overflow.gz", (), None),
    ("a table of Quagga's with a peer in disguise", None, "mrt/daemon-samples/quagga_rib.mrt", (), None),
]

WITHOUT_ROUTES = ["bird_bgp", "bird6_bgp", "bird6-mrtdump_rib", "openbgpd_rib_table-mp"]


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def say(self, name, passed, seen="", skip=""):
        self.count += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - {name}{' # SKIP ' + skip if skip else ''}",
              flush=True)
        if not passed:
            for line in str(seen).splitlines()[-30:]:
                print(f"#   {line}")


def demo(plenum, *words):
    done = subprocess.run([plenum, "demo", "--for", "2", "--json", *words], capture_output=True,
                          text=True, timeout=LIMIT_S, stdin=subprocess.DEVNULL)
    try:
        return done, json.loads(done.stdout)
    except json.JSONDecodeError:
        return done, {}


def judge(tap, name, done, told, routes):
    seen = f"{done.stdout}\n{done.stderr}"
    tap.say(f"{name}: every session holds exactly what the model says, at first and at the end",
            done.returncode == 0 and told.get("converged") is True and
            told.get("exact_at_the_end") is True and
            told.get("sessions_complete") == told.get("sessions_established") ==
            told.get("sessions") > 0, seen)
    held = sum(told.get(family, {}).get("routes", 0) for family in ("ipv4", "ipv6"))
    tap.say(f"{name}: {held} routes", held == routes if routes else held > 0, seen)
    refused = sum(told.get(family, {}).get("routes_refused", 0) for family in ("ipv4", "ipv6"))
    tap.say(f"{name}: each of {refused} refused routes has its reason",
            sum(told.get("refused", {}).values()) == refused, seen)


def served_agrees(tap, plenum):
    """What the server says of itself, against what the demo's own model says."""
    with tempfile.TemporaryDirectory(prefix="plenum-demo-test-") as folder:
        process = subprocess.Popen([plenum, "demo", "--keep", f"{folder}/ix", "--members", "30"],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   stdin=subprocess.DEVNULL, text=True)
        try:
            for line in process.stdout:
                if line.startswith("Ctrl-C"):
                    break
            rejected = subprocess.run([plenum, "show", "rejected", "-C", f"{folder}/ix", "--json"],
                                      capture_output=True, text=True, timeout=30)
            status = subprocess.run([plenum, "show", "status", "-C", f"{folder}/ix", "--json"],
                                    capture_output=True, text=True, timeout=30)
            told = json.loads(status.stdout)
            tap.say("the served demo answers show status with its refused routes",
                    told["ipv4"]["refused"] > 0, status.stdout)
            tap.say("show rejected finds some and says so with its exit code",
                    rejected.returncode == 1 and json.loads(rejected.stdout), rejected.stdout)
        finally:
            process.terminate()
            rest = process.communicate(timeout=60)[0]
        tap.say("terminated, the demo compares once more and ends",
                process.returncode == 0 and "model says: yes" in rest, rest)


def main():
    if len(sys.argv) != 2:
        print("usage: demo.py PLENUM", file=sys.stderr)
        sys.exit(2)
    plenum, tap = str(pathlib.Path(sys.argv[1]).resolve()), Tap()
    done, told = demo(plenum)
    judge(tap, "made up", done, told, None)
    served_agrees(tap, plenum)
    for name, members, table, words, routes in REAL:
        if not DATA.exists():
            tap.say(name, True, skip=f"{DATA} is not there")
            continue
        words = [*words]
        if table:
            words += ["--table", str(DATA / table)]
        if members:
            words += ["--members", str(DATA / members)]
        judge(tap, name, *demo(plenum, *words), routes)
    broken = DATA / "mrt/truncated.rib.rv2.20140523.0600.first1MB.bz2"
    if DATA.exists():
        done = subprocess.run([plenum, "demo", "--for", "1", "--table", str(broken)],
                              capture_output=True, text=True, timeout=LIMIT_S)
        tap.say("a table that is cut is refused with one sentence and exit code 2",
                done.returncode == 2 and "cut" in done.stderr, done.stderr)
        for name in WITHOUT_ROUTES:
            path = DATA / f"mrt/daemon-samples/{name}.mrt"
            done = subprocess.run([plenum, "demo", "--for", "1", "--table", str(path)],
                                  capture_output=True, text=True, timeout=LIMIT_S)
            tap.say(f"{name} is refused: no member of it can be played",
                    done.returncode == 2 and f"{path}: no route of a member in it" in done.stderr,
                    done.stderr)
    else:
        tap.say("a table that is cut", True, skip=f"{DATA} is not there")
    print(f"1..{tap.count}")
    sys.exit(1 if tap.failed else 0)


main()
