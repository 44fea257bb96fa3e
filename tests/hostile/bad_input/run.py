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
import replay  # noqa: E402
import servers  # noqa: E402
import table  # noqa: E402
import witnesses  # noqa: E402
from lab import Lab, Tap, awaited, missing_for_lab  # noqa: E402
from row import Member  # noqa: E402
from stage import Ear, Stage  # noqa: E402

CLONE_NEWNET = 0x40000000
PLENUM_S = 10
EAR_S, EAR_TRY_S, EAR_PAUSE_S = 60, 5, 0.2


def enter(lab, host):
    """From here on sockets of this process are made in the host's namespace."""
    with open(lab.netns_path(host)) as netns:
        if ctypes.CDLL(None, use_errno=True).setns(netns.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def ear_of(member, server):
    """Established; a daemon that has just begun may need more than one try."""
    end = time.monotonic() + EAR_S
    while time.monotonic() < end:
        try:
            ear = Ear(member)
        except OSError:
            ear = None  # it does not listen yet
        if ear and awaited(lambda: ear.is_up or ear.ended, EAR_TRY_S) and not ear.ended:
            return ear
        if ear:
            ear.stream.close()
        if not server.is_alive():
            break
        time.sleep(EAR_PAUSE_S)
    raise RuntimeError(f"the ear is not established\n{server.log()[-2000:]}")


def members_of(lab, rows):
    """The ear first, then one for each row: who failed once is held off by some."""
    members = [Member(number, lab, row) for number, row in enumerate([None, *rows], 1)]
    lab.add_addresses("members", [one.ipv4 for one in members], [one.ipv6 for one in members])
    return members


def main(plenum, wanted):
    missing = missing_for_lab([program for one in servers.OTHERS for program in one.programs])
    if missing:
        print(f"1..1\nok 1 - all # SKIP {missing}")
        return 0
    tap = Tap()
    rows = [row for row in table.rows() if not row.shown_by and (not wanted or any(
        word in row.name or word == str(row.case) for word in wanted))]
    with Lab(["members", *witnesses.KINDS], ipv4_bits=16) as lab:
        try:
            body(tap, lab, plenum, rows)
            lab.check_capture(tap)
        except Exception:  # a case that never ran is a failure too
            tap.check("the test runs to its end", False, lab.read("serve.log")[-3000:]
                      + traceback.format_exc())
    return tap.finish()


def body(tap, lab, plenum, rows):
    members = members_of(lab, [*rows, *[None] * (replay.SENDERS + 1)])
    witness = witnesses.Witnesses(lab)
    server = servers.Plenum(lab, plenum, members, witness.lines())
    server.start()
    witness.start(tap, server)
    enter(lab, "members")
    stage = Stage(server, ear_of(members[0], server), PLENUM_S)
    said, rest = members[1:len(rows) + 1], members[len(rows) + 1:]
    check(tap, stage, said)
    replayed(tap, stage, rest[1:])
    mouth = stage.mouth(rest[0])
    mouth.establish()
    mouth.say(rest[0].plain(0))
    tap.check("the real members hold what is said last", witness.hold(rest[0].prefix()),
              server.log()[-2000:])
    witness.check(tap, server.log())
    mouth.close()
    tap.check("the honest member's session lasted", not stage.ear.ended, stage.ear.ended)
    tap.check("it still stands", server.is_alive(), server.log()[-3000:])
    server.end()
    tap.check("it ends without complaint", "internal error" not in server.log()
              and "Sanitizer" not in server.log(), server.log()[-3000:])


def replayed(tap, stage, members):
    data = replay.folder()
    if data is None:
        tap.skip("captures and fuzz corpora", "neither PLENUM_DATA nor ../shared/data is there")
        return
    count, survived, at = replay.said(stage, members, replay.inputs(data))
    tap.check("captures and fuzz corpora, said behind an established session", not at, at)
    print(f"# {count} inputs, of which {survived} ended no session", flush=True)


def check(tap, stage, members):
    begin = time.monotonic()
    for member in members:
        row, log = member.row, len(stage.server.log())
        seen = stage.perform(row, member)
        wrong = judge.difference(member, seen)
        tap.check(f"{row.case}: {row.name}", not wrong,
                  f"{wrong}\n{seen}\n{stage.server.log()[log:]}")
    print(f"# {len(members)} rows in {time.monotonic() - begin:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
