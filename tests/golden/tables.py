#!/usr/bin/env python3
"""Every file of the folder of real tables through `table_print`: the counts against those that were
verified by other means, and every route of the MRT files against what bgpdump says, field by field and
in order.  Usage: tables.py TABLE_PRINT.  The folder is PLENUM_DATA or ../shared/data beside the sources;
without it, or without bgpdump, the cases are skipped."""
import functools
import ipaddress
import itertools
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = sys.argv[1]
LIMIT_S = 120
SHOWN_MAX = 5
NAMED = {"no-export": "65535:65281", "no-advertise": "65535:65282", "local-AS": "65535:65283"}
# This route server writes AGGREGATOR with a four-octet ASN among two-octet ones; bgpdump takes the high
# half for the ASN, we discard the attribute (RFC 7606 7.7).
WIDE_AGGREGATOR_FILE = "rib.namex-rs.20200929.inet.mrt.gz"
# The text of the obsolete type has no bar between MED and communities, and the peer's address where a
# withdrawn prefix should be.
OLD_TYPE_FILE = "ris.rrc00.updates.19991214.1621.old-mrt-bgp.gz"

# file: routes, withdrawals, records passed over, routes passed over, and how many lines of bgpdump are
# none of ours: routes with AS 0 in their path or without ORIGIN, multicast routes, which its text does
# not tell from unicast ones, and wide aggregators.
MRT = {
    "rib.rv-jinx.20140530.bz2": (503590, 0, 0, 0, 0),
    "updates.pch-summary.20151023.0201.et.gz": (577733, 3, 7, 4, 4),
    "rib.namex-rs.20200929.inet.mrt.gz": (3426, 0, 0, 0, 25),
    "rib.nlix-rs.20201008.185.186.mrt.gz": (23, 0, 0, 0, 0),
    "rib.rv2.20140523.0600.part.mrt.gz": (270005, 0, 0, 0, 0),
    "rib.rv6.20151101.0600.part.mrt.gz": (149578, 0, 0, 0, 0),
    "updates.rv2.20130101.0013.gz": (42799, 4383, 280, 0, 280),
    "updates.rv2.20130101.0028.gz": (36335, 3892, 280, 0, 280),
    "updates.rv2.20130101.0058.gz": (3326, 272, 22, 0, 22),
    "updates.rv2.20131201.0000.bz2": (126042, 10838, 237, 0, 364),
    "ris.rrc15-ptt-saopaulo.updates.20100227.1600.gz": (52468, 1318, 69, 0, 0),
    "ris.rrc03-amsix.updates.20100227.1600.part.gz": (1226, 133, 28, 0, 0),
    "ris.rrc01-linx.updates.20001104.0124.gz": (378, 141, 1020, 0, 0),
    "ris.rrc06-dixie.updates.20150401.0000.gz": (1435, 122, 34, 0, 0),
    "ris.rrc00.updates.19991214.1621.old-mrt-bgp.gz": (54126, 1363, 149, 0, 0),
    "ris.updates.20020722.2238.gz": (825, 2419, 728, 0, 0),
    "ris.updates.20070211.0141.gz": (51236, 2270, 151, 0, 151),
    "ris.updates.20071015.1505.gz": (10111, 385, 75, 0, 0),
    "ris.updates.20100722.2015.gz": (5067, 547, 371, 0, 0),
    "ris.updates.long_withdrawal.gz": (0, 4096, 0, 0, 0),
    "ris.bview.64k_stream_overflow.gz": (23, 0, 0, 0, 0),
    "ris.bview.ipv4_unicast_add_path.gz": (60, 0, 0, 2, 2),
    "ris.bview.ipv6_unicast_add_path.gz": (60, 0, 0, 2, 2),
}
# Here bgpdump and we disagree by design (see the reasons that table_print gives): counts only.
SAMPLES = {
    "bird-mrtdump_bgp.mrt": (12, 0, 21, 0),
    "bird-mrtdump_rib.mrt": (12, 0, 0, 6),
    "bird6-mrtdump_bgp.mrt": (12, 0, 21, 0),
    "bird6-mrtdump_rib.mrt": (6, 0, 0, 4),
    "bird6_bgp.mrt": (0, 0, 27, 0),
    "bird_bgp.mrt": (0, 0, 27, 0),
    "openbgpd_bgp.mrt": (93, 0, 45, 0),
    "openbgpd_rib_table-mp.mrt": (0, 0, 31, 0),
    "openbgpd_rib_table-v2.mrt": (31, 0, 2, 0),
    "openbgpd_rib_table.mrt": (31, 0, 0, 0),
    "quagga_bgp.mrt": (18, 0, 55, 0),
    "quagga_rib.mrt": (9, 0, 0, 0),
}
# file: kind, routes, distinct prefixes, lines with something in them
TEXT = {
    "rv2-20160202-1200.pfx2as.gz": ("network, length and origins", 615842, 615842, 615842),
    "rv6-20160202-1200.pfx2as.gz": ("network, length and origins", 28744, 28744, 28744),
    "rv6-20210726-0800.pfx2as.gz": ("network, length and origins", 136621, 136621, 136621),
    "asn-prefixes.20190301.txt.gz": ("lists of prefixes by AS number", 862994, 832327, 64547),
    "ipasn_v4v6_20151101.dat.gz": ("prefix and origin", 633831, 633831, 633831),
    "ipasn_20140513.dat.gz": ("prefix and origin", 512621, 512621, 512621),
    "prefixes-only.v4v6.bart.txt.gz": ("prefixes", 1062046, 1062046, 1062046),
    "rrc06-dixie.bview.20100701.0759.bgpdump-m.txt.gz": ("bgpdump -m text", 641957, 323487, 641957),
    "multi-peer-paths.rrc00-rrc06.routes.json.gz": ("JSON paths", 1075608, 338271, 338271),
}
TRUNCATED = "truncated.rib.rv2.20140523.0600.first1MB.bz2"


class Tap:
    """Plan last, so that a case that never ran is seen."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def case(self, passed, name, *notes):
        self.count += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - {name}")
        for note in notes:
            print(f"#   {note}")
        sys.stdout.flush()

    def skip(self, name, why):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {why}")

    def end(self):
        print(f"1..{self.count}")
        sys.exit(1 if self.failed else 0)


def data_folder():
    named = os.environ.get("PLENUM_DATA")
    # A worktree may lie one folder deeper than the sources usually do.
    near = [pathlib.Path(named)] if named else [ROOT / "../shared/data", ROOT / "../../shared/data"]
    return next((folder for folder in near if (folder / "mrt").is_dir()), None)


def run(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=LIMIT_S)


def counts_of(text):
    lines = [line[2:] for line in text.splitlines() if line.startswith("# ")]
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("skip "))


@functools.lru_cache(maxsize=65536)
def address(text):
    """bgpdump writes `::` for a single zero too, which RFC 5952 4.2.2 does not."""
    return str(ipaddress.ip_address(text)) if ":" in text and "." not in text else text


@functools.lru_cache(maxsize=65536)
def prefix(text):
    network, _, length = text.partition("/")
    return f"{address(network) if network else ''}/{length}"


def dump_line(line):
    """A line of bgpdump -m in the form of table_print without large communities, which bgpdump does
    not print; None for what is no route."""
    field = line.rstrip("\n").split("|")
    if field[2] not in "ABW":
        return None
    if field[0] == "BGP" and field[2] == "W":
        field[5] = "/" + field[5].partition("/")[2]
    key = "|".join((address(field[3]), field[4], prefix(field[5])))
    if field[2] == "W":
        return "W|" + key
    if field[0].endswith("_AP"):
        key += "|" + field.pop(6)
    if field[0] == "BGP":
        field.insert(10, "")
    path, origin, next_hop, _, med, communities, atomic, aggregator = field[6:14]
    if next_hop == "255.255.255.255":  # there is none in the file
        next_hop = ""
    if communities and med:
        items = dict.fromkeys(communities.split())
        communities = " ".join(NAMED.get(item, item) for item in items)
    # RFC 7607 2: discarded
    if aggregator.startswith("0 "):
        aggregator = ""
    return "|".join(("A", key, path, origin, address(next_hop), med, communities, atomic, aggregator))


def our_line(line, is_old_type):
    field = line.rstrip("\n").split("|")
    if line[0] == "A":
        field.pop()
        if is_old_type:
            field[-3], field[-4] = field[-4] + field[-3], ""
    elif is_old_type:
        field[3] = "/" + field[3].partition("/")[2]
    return "|".join(field)


def compare(path):
    """How many of bgpdump's lines have no like among ours, which must all be there in order; and
    what of ours was not found."""
    with subprocess.Popen(["bgpdump", "-m", str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True) as theirs, \
         subprocess.Popen([PROGRAM, str(path)], stdout=subprocess.PIPE, text=True) as ours:
        expected = (line for line in map(dump_line, theirs.stdout) if line is not None)
        extra = []
        for line in itertools.takewhile(lambda line: line[0] != "#", ours.stdout):
            mine = our_line(line, path.name == OLD_TYPE_FILE)
            passed_over = []
            for other in expected:
                if other == mine:
                    break
                if path.name == WIDE_AGGREGATOR_FILE and other.rpartition("|")[0] + "|" == mine:
                    extra.append(other)
                    break
                passed_over.append(other)
            else:
                for _ in ours.stdout:
                    pass
                return extra, mine, passed_over[:SHOWN_MAX]
            extra += passed_over
        for _ in ours.stdout:
            pass
        return extra + list(expected), None, []


def check_mrt(tap, folder):
    for name, (routes, withdrawals, records_over, routes_over, unlike) in MRT.items():
        path = folder / "mrt" / name
        result = run("--count", path)
        found = counts_of(result.stdout)
        expected = {"routes": routes, "withdrawals": withdrawals, "skipped_records": records_over,
                    "skipped_routes": routes_over, "kind": "MRT", "heap_left": 0,
                    "taken": path.stat().st_size, "total": path.stat().st_size}
        wrong = [f"{key} is {found.get(key)}, expected {value}" for key, value in expected.items()
                 if found.get(key) != str(value)]
        tap.case(result.returncode == 0 and not wrong, f"counts of {name}", *wrong, *result.stderr.splitlines())
        if shutil.which("bgpdump") is None:
            tap.skip(f"routes of {name} as bgpdump has them", "bgpdump is not installed")
            continue
        extra, missed, instead = compare(path)
        notes = [f"not among bgpdump's: {missed}"] + [f"  bgpdump: {line}" for line in instead] if missed else []
        if len(extra) != unlike:
            notes += [f"{len(extra)} of bgpdump's lines are not ours, expected {unlike}"] + extra[:SHOWN_MAX]
        tap.case(not notes, f"routes of {name} as bgpdump has them", *notes)


def check_samples(tap, folder):
    for name, expected in SAMPLES.items():
        result = run("--count", folder / "mrt/daemon-samples" / name)
        found = counts_of(result.stdout)
        have = tuple(int(found[key]) for key in ("routes", "withdrawals", "skipped_records", "skipped_routes"))
        passed = result.returncode == 0 and have == expected
        notes = [] if passed else [f"{have}, expected {expected}", *result.stderr.splitlines()]
        tap.case(passed, f"counts of {name}", *notes)


def distinct_prefixes(path, at):
    with subprocess.Popen([PROGRAM, str(path)], stdout=subprocess.PIPE, text=True) as ours:
        return len({line.split("|", at + 1)[at].rstrip("\n") for line in ours.stdout if line[0] != "#"})


def check_text(tap, folder):
    for name, (kind, routes, prefixes, records) in TEXT.items():
        path = folder / "tables" / name
        result = run("--count", path)
        found = counts_of(result.stdout)
        expected = {"kind": kind, "routes": routes, "records": records, "heap_left": 0}
        wrong = [f"{key} is {found.get(key)}, expected {value}" for key, value in expected.items()
                 if found.get(key) != str(value)]
        distinct = distinct_prefixes(path, 3 if kind in ("bgpdump -m text", "JSON paths") else 1)
        if distinct != prefixes:
            wrong.append(f"{distinct} distinct prefixes, expected {prefixes}")
        tap.case(result.returncode == 0 and not wrong, f"counts of {name}", *wrong, *result.stderr.splitlines())


def check_truncated(tap, folder):
    path = folder / "mrt" / TRUNCATED
    result = run("--count", path)
    sentence = f"{path}: octet 1048576 of the file: it ends inside its bzip2 data: the file is cut, fetch it again\n"
    tap.case(result.returncode == 2 and result.stderr == sentence, "a truncated bzip2 file is refused",
             f"it says: {result.stderr.strip()}")


def main():
    tap = Tap()
    folder = data_folder()
    if folder is None:
        tap.skip("tables of the folder of real data", "neither PLENUM_DATA nor ../shared/data is there")
        tap.end()
    check_mrt(tap, folder)
    check_samples(tap, folder)
    check_text(tap, folder)
    check_truncated(tap, folder)
    tap.end()


main()
