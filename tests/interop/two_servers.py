#!/usr/bin/env python3
"""Two route servers on one registry in PostgreSQL: two_servers.py PLENUM.

What is changed through one is served by both within a second.  With the database away both serve
what they know, lose no session, and say so; when it is back they catch up."""
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from interop.lab import Tap, awaited  # noqa: E402
from kit.exchange import Exchange  # noqa: E402
from kit.postgres import Cluster  # noqa: E402
from kit.speaker import UPDATE, Speaker, nlri_of  # noqa: E402

TAKEN_OVER_S = 1.0
BACK_S = 6  # until a database that is back is found: FOLLOW_RETRY_MS_MAX and a little


def member_add(exchange, number):
    return exchange.run("member", "add", "-C", "ix", f"AS{201000 + number}", f"Net {number}", "--ip",
                        f"127.1.0.{number}")


def members(exchange):
    return exchange.json("show", "status")["members"]


def speaker(exchange, number):
    return Speaker(201000 + number, f"127.1.0.{number}", ("127.0.0.1", exchange.port)).await_up()


def has(speaker, prefix):
    return any(kind == UPDATE and prefix in str(nlri_of(body)) for kind, body in speaker.received)


def status(exchange):
    return exchange.json("show", "status")


def shared(tap, one, other):
    """A member that is added on either is soon served by both."""
    sessions = []
    for number, (here, there) in enumerate([(one, other), (other, one)], 1):
        code, _, error = member_add(here, number)
        began = time.monotonic()
        tap.check(f"member {number} is added", code == 0, error)
        awaited(lambda: members(there) == number, 5)
        took = time.monotonic() - began
        tap.check("and known to the other server within a second", took < TAKEN_OVER_S, took)
        sessions += [speaker(here, number), speaker(there, number)]
    tap.check("both members have sessions with both servers",
              all(status(exchange)["sessions_established"] == 2 for exchange in (one, other)))
    return sessions


def away(tap, cluster, one, other, sessions):
    cluster.stop()
    for exchange in (one, other):
        tap.await_check("that the database is away is in show status",
                        lambda: status(exchange)["database_away"], lambda: status(exchange))
    began = time.monotonic()
    for words in (["member", "list"], ["member", "edit", "AS201001", "--name", "Else"],
                  ["member", "add", "AS201009", "Late", "--ip", "127.1.0.9"], ["check"]):
        code, _, error = one.run(*words, "-C", "ix")
        tap.check(f"{' '.join(words[:2])}: a sentence and exit code 2",
                  code == 2 and "the database cannot be reached" in error, (code, error))
    tap.check("and no command hangs", time.monotonic() - began < 10)
    sessions[0].announce("203.0.113.0/24")
    tap.await_check("routes are taken and passed on meanwhile",
                    lambda: has(sessions[3], "203.0.113.0/24"), lambda: sessions[3].received)
    text = one.run("show", "status", "-C", "ix")[1]
    tap.check("show status says so to people", "registry    away since" in text, text)
    cluster.start()
    for exchange in (one, other):
        tap.await_check("it is found again", lambda: not status(exchange)["database_away"],
                        lambda: status(exchange), BACK_S)
    tap.check("no session was lost", not any(session.lost.is_set() for session in sessions))


def again(tap, one, other, sessions):
    code, _, error = member_add(one, 3)
    tap.check("a member is added after it", code == 0, error)
    tap.check("and served by the other within a second",
              awaited(lambda: members(other) == 3, TAKEN_OVER_S))
    sessions.append(speaker(other, 3))
    code, _, error = other.run("member", "remove", "-C", "ix", "AS201002")
    tap.check("a member is removed there", code == 0, error)
    tap.check("and its sessions with both end",
              awaited(lambda: sessions[2].lost.is_set() and sessions[3].lost.is_set(), 3))
    log = (one.folder / "serve.log").read_text()
    tap.check("the log says once that it was away, and that it is back",
              log.count("the database is back") == 1 and log.count("serving what is known") == 1,
              log)


def missed(tap, cluster, one, other):
    """A change that was made while one server had no database."""
    code = other.stop()
    tap.check("a server that is told to end does so with exit code 0", code == 0,
              (code, (other.folder / "serve.log").read_text()))
    code, _, error = member_add(one, 4)
    other.serve()
    tap.check("a server that starts later knows all", code == 0 and members(other) == 3, error)


def main():
    tap = Tap()
    if not Cluster.is_there():
        tap.skip("two servers on one registry", "PostgreSQL is not installed")
        return tap.finish()
    plenum = sys.argv[1]
    with Cluster() as cluster, Exchange(plenum) as one, Exchange(plenum) as other:
        for exchange in (one, other):
            code, _, error = exchange.init("--database", cluster.url("ix"), "--trial")
            tap.check("a directory on the database", code == 0, error)
            exchange.serve()
        code, _, error = one.run("init", "-C", "else", "--name", "Else-IX", "--asn", "64501", "--router-id",
                                 "192.0.2.2", "--listen", "127.0.0.1:1799", "--lan", "127.1.0.0/16",
                                 "--database", cluster.url("ix"))
        tap.check("another exchange does not get into this registry",
                  code == 2 and "another exchange" in error and not (one.folder / "else").exists(), error)
        sessions = shared(tap, one, other)
        away(tap, cluster, one, other, sessions)
        again(tap, one, other, sessions)
        for session in sessions:
            session.end()
        missed(tap, cluster, one, other)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
