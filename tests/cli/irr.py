#!/usr/bin/env python3
"""As-sets from a registry on loopback, asked through the real bgpq4: what is taken, held back and
refused; served, only the routes of the member whose set changed are judged again.

    irr.py PLENUM"""
import os
import pathlib
import re
import shutil
import signal
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "kit"), str(HERE.parent / "interop")]
from exchange import Exchange, awaited  # noqa: E402
from irrd import Registry  # noqa: E402
from lab import Tap  # noqa: E402
from speaker import Speaker  # noqa: E402

FIRST, SECOND = 201001, 201002


def configured(exchange, registry, more=""):
    with open(exchange.folder / "ix" / "exchange.yaml", "a") as config:
        config.write(f'irr_server: "127.0.0.1:{registry.port}"\n{more}')


def shown(exchange, asn):
    return exchange.json("irr", "show", f"AS{asn}")[0]


def refreshed(exchange, *words):
    return exchange.run("irr", "refresh", "-C", "ix", *words)


def alone(tap, exchange, registry):
    """Without plenum serve: what becomes of each kind of answer."""
    registry.sets = {"AS-FIRST": [f"AS{FIRST}", "AS-CUSTOMERS"], "AS-CUSTOMERS": ["AS201008"]}
    registry.held = {f"AS{FIRST}": [f"20.{n}.0.0/16" for n in range(20)] + ["2a01::/32"],
                     "AS201008": ["21.0.0.0/16"], f"AS{SECOND}": ["22.0.0.0/16"]}
    code, out, error = refreshed(exchange)
    tap.check("all members are asked for", code == 0 and "22 prefixes of 2 networks" in out, out + error)
    first, second = shown(exchange, FIRST), shown(exchange, SECOND)
    tap.check("an as-set is expanded, however deep",
              first["in_force"]["asns"] == [FIRST, 201008] and first["in_force"]["ipv4"] == 21
              and first["in_force"]["ipv6"] == 1, first)
    tap.check("without an as-set a member is asked for by its own number",
              second["as_set"] == f"AS{SECOND}" and second["in_force"]["asns"] == [SECOND], second)
    text = exchange.run("export", "router", "-C", "ix", f"AS{FIRST}", "--vendor", "bird")[1]
    tap.check("a router's configuration lists what the as-set holds",
              "20.19.0.0/16,\n\t21.0.0.0/16\n];" in text, text)
    before = first["in_force"]["sha256"]

    def kept(name, expect, state, words):
        code, out, error = refreshed(exchange, f"AS{FIRST}")
        now = shown(exchange, FIRST)
        tap.check(f"{name}: what was in force stays, and it is shown why",
                  code == expect and now["state"] == state and words in out + error
                  and now["in_force"]["sha256"] == before, f"{code} {out}{error}{now}")

    registry.held[f"AS{FIRST}"] = ["20.0.0.0/16"]
    kept("shrunken", 1, "held back", "it shrank from 22 prefixes to 2")
    code, out, _ = exchange.run("irr", "accept", "-C", "ix", f"AS{FIRST}")
    now = shown(exchange, FIRST)
    tap.check("accepted, it is in force", code == 0 and now["state"] == "in force"
              and now["in_force"]["prefixes"] == ["20.0.0.0/16", "21.0.0.0/16"], now)
    before = now["in_force"]["sha256"]
    registry.held, saved = {}, registry.held
    kept("empty", 1, "held back", "it holds no prefix")
    registry.held = saved
    registry.mood = "garbage"
    kept("garbage", 2, "held back", "AS-FIRST")
    registry.mood = "flood"
    kept("too much", 2, "held back", "AS-FIRST")
    registry.mood = ""
    code, out, _ = refreshed(exchange, f"AS{FIRST}")
    tap.check("a good answer clears all that", code == 0 and shown(exchange, FIRST)["state"]
              == "in force", out)
    path = exchange.folder / "ix" / "irr" / f"AS{FIRST}"
    text = path.read_text()
    path.write_text(text.replace("20.0.0.0", "20.0.0.0/8\n20.0.0.0"))
    tap.check("a file that is not as it was written counts for nothing",
              shown(exchange, FIRST)["state"] == "file damaged", shown(exchange, FIRST))
    path.write_text(text)


def child_of(process):
    """The first process that a process began, None when it has none."""
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if words[0] != "Z" and int(words[1]) == process:
            return int(path.parent.name)
    return None


def helper_dies(tap, exchange):
    """What asks is killed, as by a kernel without memory; then what begins it."""
    guard = int(re.search(r"as-sets by process (\d+)", exchange.run("show", "status", "-C", "ix")[1])[1])
    helper = child_of(guard)
    os.kill(helper, signal.SIGKILL)
    awaited(lambda: child_of(guard) is None)
    answers = []
    tap.check("its helper was killed: another asks", awaited(lambda: answers.append(refreshed(
        exchange, f"AS{FIRST}")) or answers[-1][0] == 0) and child_of(guard) not in (None, helper), answers)
    out = exchange.run("show", "status", "-C", "ix")[1]
    tap.check("it is shown", f"as-sets by process {guard}, begun anew 1 time\n" in out, out)
    log = exchange.folder / "serve.log"
    tap.check("and told", awaited(lambda: "the process for questions about as-sets ended; another is there"
                                  in log.read_text()), log.read_text()[-500:])
    os.kill(guard, signal.SIGKILL)
    tap.check("what begins it was killed: it is told, and what to do", awaited(
        lambda: "until plenum serve is restarted" in log.read_text()), log.read_text()[-500:])
    code, out, error = refreshed(exchange, f"AS{FIRST}")
    tap.check("nobody asks then, and what was in force stays", code == 2 and "helper process" in out + error
              and shown(exchange, FIRST)["in_force"]["ipv4"], f"{code} {out}{error}")
    out = exchange.run("show", "status", "-C", "ix")[1]
    tap.check("it is shown, too", "as-sets: the process for it is gone; restart plenum serve" in out, out)


def served(tap, exchange, registry):
    registry.held[f"AS{FIRST}"] = ["20.0.0.0/16"]
    exchange.serve("--workers", "2")
    server = ("127.0.0.1", exchange.port)
    one = Speaker(FIRST, "127.1.0.1", server).await_up()
    two = Speaker(SECOND, "127.1.0.2", server).await_up()
    one.announce("20.0.0.0/16", "20.9.0.0/16")
    one.announce("21.0.0.0/16", path=[FIRST, 201009])
    two.announce("22.0.0.0/16")

    def reasons():
        return {(route["prefix"], route["reason"]) for route in exchange.json("show", "routes")}

    want = {("20.0.0.0/16", None), ("20.9.0.0/16", "irr-prefix"), ("21.0.0.0/16", "irr-origin"),
            ("22.0.0.0/16", None)}
    tap.check("routes are judged by what the set holds", awaited(lambda: reasons() == want), reasons())
    out = exchange.run("explain", "20.9.0.0/16", "-C", "ix", "--from", f"AS{FIRST}")[1]
    tap.check("explain says what the set says", "none of its 2 prefixes covers it" in out, out)
    out = exchange.run("explain", "21.0.0.0/16", "-C", "ix", "--from", f"AS{FIRST}")[1]
    tap.check("and of the origin", "AS201009 is none of the 2 in it" in out, out)
    registry.held[f"AS{FIRST}"].append("20.9.0.0/16")
    registry.held["AS201009"] = ["21.0.0.0/16"]
    registry.sets["AS-CUSTOMERS"].append("AS201009")
    code, out, error = refreshed(exchange, f"AS{FIRST}")
    want = {(prefix, None) for prefix, _ in want}
    tap.check("a refresh lets in what the set holds now, and asks no member for anything",
              code == 0 and awaited(lambda: reasons() == want), f"{out}{error}{reasons()}")
    helper_dies(tap, exchange)
    status = exchange.run("show", "session", "-C", "ix", f"AS{FIRST}")[1]
    tap.check("no session was lost", exchange.json("show", "status")["sessions_established"] == 2,
              status)
    for speaker in (one, two):
        speaker.end()
    exchange.stop()


def files(tap, exchange):
    """A file goes before the server."""
    folder = exchange.folder / "ix" / "as-sets"
    folder.mkdir()
    (folder / f"AS{SECOND}.txt").write_text(f"# by hand\n22.1.0.0/16^+\nAS{SECOND}\n")
    code, out, error = refreshed(exchange, f"AS{SECOND}")
    tap.check("a file goes before the server", code == 0 and
              shown(exchange, SECOND)["in_force"]["prefixes"] == ["22.1.0.0/16^16-32"], out + error)
    (folder / f"AS{SECOND}.txt").write_text("22.1.0.0/16\n22.1.0/16\n")
    code, out, error = refreshed(exchange, f"AS{SECOND}")
    tap.check("what is wrong in a file is told with its place",
              code == 2 and "line 2, column 1" in error, out + error)


def main():
    tap = Tap()
    if shutil.which("bgpq4") is None:
        print("1..1\nok 1 - all # SKIP bgpq4 is not installed")
        return 0
    with Exchange(sys.argv[1]) as exchange, Registry() as registry:
        exchange.init()
        configured(exchange, registry, "irr_files: as-sets\n")
        exchange.run("member", "add", "-C", "ix", f"AS{FIRST}", "First", "--ip", "127.1.0.1",
                     "--as-macro", "AS-FIRST")
        exchange.run("member", "add", "-C", "ix", f"AS{SECOND}", "Second", "--ip", "127.1.0.2")
        alone(tap, exchange, registry)
        served(tap, exchange, registry)
        files(tap, exchange)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
