#!/usr/bin/env python3
"""Every row said to Plenum and to four daemons of Debian, each alone in network namespaces; what came
of it is written to docs/bad-input.md.

    others.py PLENUM DOCUMENT [NAME ...]     only these daemons, and no document"""
import multiprocessing
import os
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent.parent / "interop")]
import document  # noqa: E402
import servers  # noqa: E402
import table  # noqa: E402
from lab import Lab, missing_for_lab  # noqa: E402
from row import CRASHED  # noqa: E402
from run import ear_of, enter, members_of  # noqa: E402
from stage import Seen, Stage  # noqa: E402

NOT_SEEN = "not seen"
WHOLE_S_MAX = int(os.environ.get("PLENUM_BAD_INPUT_S", "1800"))  # of a daemon; then it is left
STARTS_MAX = 5  # of a daemon that falls over again and again
SECONDS = {"Plenum": 10, "BIRD": 3, "OpenBGPD": 3, "FRR": 3, "GoBGP": 3}


def said_to(name, plenum):
    """What was seen of each row, in order; the server is started again when it has ended.  In a
    process of its own: from here on its sockets are made in a namespace."""
    out, rows = [], said_rows()
    with Lab(["members"], ipv4_bits=16) as lab:
        members = members_of(lab, rows)
        server = (servers.Plenum(lab, plenum, members) if name == servers.Plenum.name else
                  next(one for one in servers.OTHERS if one.name == name)(lab, members))
        server.start()
        enter(lab, "members")
        stage = Stage(server, ear_of(members[0], server), SECONDS[server.name])
        end = time.monotonic() + WHOLE_S_MAX
        for member in members[1:]:
            if time.monotonic() > end:
                out.append(Seen(NOT_SEEN))
                continue
            out.append(one(stage, member, members[0]))
            print(f"# {name} {member.row.case} {member.row.name}: {out[-1].verdict} "
                  f"{out[-1].code}/{out[-1].subcode} {out[-1].note}", flush=True)
        if server.is_alive():
            server.end()
    return out


def one(stage, member, listener):
    """What was seen of a row, with the server and the ear on it as they were before, if need be."""
    server = stage.server
    try:
        seen = stage.perform(member.row, member)
    except (OSError, ValueError, IndexError) as error:
        seen = Seen(NOT_SEEN, note=str(error))
    if stage.ear.ended and server.is_alive():
        seen.ear = stage.ear.ended
    for _ in range(STARTS_MAX):
        if not server.is_alive():
            seen = Seen(CRASHED, note=server.log()[-300:])
            server.end()
            server.start()
        elif not stage.ear.ended:
            break
        stage.ear.stream.close()
        try:
            stage.ear = ear_of(listener, server)
        except RuntimeError as error:
            seen.note += str(error)
    return seen


def said_rows():
    return [row for row in table.rows() if not row.shown_by]


def main(plenum, path, names):
    missing = missing_for_lab([program for one in servers.OTHERS for program in one.programs])
    if missing:
        print(f"bad-input: {missing}", file=sys.stderr)
        return 2
    wanted = names or [servers.Plenum.name, *(one.name for one in servers.OTHERS)]
    with multiprocessing.get_context("fork").Pool(len(wanted), maxtasksperchild=1) as pool:
        seen = dict(zip(wanted, pool.starmap(said_to, [(name, plenum) for name in wanted],
                                             chunksize=1)))
    if not names:
        pathlib.Path(path).write_text(document.written(said_rows(), seen))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
