#!/usr/bin/env python3
"""Every case of bad input as a row, said to Plenum; a row's answer is required, to the last octet of a
NOTIFICATION and of what another member receives.  Real daemons are members beside it: none of them,
and not tshark, may find anything wrong with what Plenum then sends.

    run.py PLENUM [WORD ...]     only rows whose name or case has one of the words"""
import ctypes
import os
import pathlib
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent.parent / "interop")]
import judge  # noqa: E402
import servers  # noqa: E402
import table  # noqa: E402
from lab import Lab, Tap, awaited, missing_for_lab  # noqa: E402
from row import Member  # noqa: E402
from stage import Ear, Stage  # noqa: E402

CLONE_NEWNET = 0x40000000
PLENUM_S, OTHERS_S = 10, 3


def enter(lab, host):
    """From here on sockets of this process are made in the host's namespace."""
    with open(lab.netns_path(host)) as netns:
        if ctypes.CDLL(None, use_errno=True).setns(netns.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def ear_of(member, server):
    ear = Ear(member)
    if not awaited(lambda: ear.is_up or ear.ended) or ear.ended:
        raise RuntimeError(f"the ear is not established: {ear.ended}\n{server.log()[-2000:]}")
    return ear


def members_of(lab, rows):
    """The ear first, then one for each row: who failed once is held off by some."""
    members = [Member(number, lab, row) for number, row in enumerate([None, *rows], 1)]
    lab.add_addresses("members", [one.ipv4 for one in members], [one.ipv6 for one in members])
    return members


def main(plenum, wanted):
    missing = missing_for_lab(())
    if missing:
        print(f"1..1\nok 1 - all # SKIP {missing}")
        return 0
    tap = Tap()
    rows = [row for row in table.rows() if not wanted
            or any(word in row.name or word == str(row.case) for word in wanted)]
    with Lab(["members"], ipv4_bits=16) as lab:
        try:
            members = members_of(lab, [row for row in rows if not row.shown_by])
            server = servers.Plenum(lab, plenum, members)
            server.start()
            enter(lab, "members")
            check(tap, server, members, ear_of(members[0], server))
            server.end()
            lab.check_capture(tap)
        except Exception:  # a case that never ran is a failure too
            tap.check("the test runs to its end", False, lab.read("serve.log")[-3000:]
                      + traceback.format_exc())
    return tap.finish()


def check(tap, server, members, ear):
    stage = Stage(server, ear, PLENUM_S)
    begin = time.monotonic()
    for member in members[1:]:
        row = member.row
        log = len(server.log())
        seen = stage.perform(row, member)
        wrong = judge.difference(member, seen)
        tap.check(f"{row.case}: {row.name}", not wrong, f"{wrong}\n{seen}\n{server.log()[log:]}")
    print(f"# {len(members) - 1} rows in {time.monotonic() - begin:.1f} s", flush=True)
    tap.check("the honest member's session lasted", not ear.ended, ear.ended)
    tap.check("it still stands", server.is_alive(), server.log()[-3000:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
