"""plenum demo: what it plays and refuses, what stands on a terminal, and that nothing is left behind
however it ends.

    demo.py PLENUM"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent / folder)
                for folder in ("interop", "kit")]
from exchange import awaited  # noqa: E402
from lab import Tap  # noqa: E402
import mrt  # noqa: E402
from screen import Terminal  # noqa: E402

LIMIT_S = 60
ENDS_S = 2  # after an interrupt
ENDED_S = 20  # what has not ended then is killed
GONE_S = 5  # for the directory, on a busy machine
KINDS = {"malformed", "never-via-route-server", "max-prefixes", "as-set", "first-as", "own-as", "path-length", "communities", "bogon-asn", "transit-free",
         "route-leak", "next-hop", "blackhole", "prefix-length", "peering-lan", "bogon-prefix"}
IPV4_ONLY = {"peering-lan"}  # an IPv6 LAN is longer than any prefix that gets so far


class Told(dict):
    """What a demo said of itself; what it did not say is empty."""

    def __missing__(self, _):
        return Told()


# Ignored signals stay ignored in children: under nohup(1) or in the background of a script they would.
for inherited in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
    signal.signal(inherited, signal.default_int_handler if inherited == signal.SIGINT
                  else signal.SIG_DFL)


class Demos:
    """Demos with a TMPDIR of their own, to see what is left in it."""

    def __init__(self, plenum):
        self.plenum = plenum
        self.folder = tempfile.mkdtemp(prefix="plenum-demo-test-")
        self.temporary = os.path.join(self.folder, "tmp")
        os.mkdir(self.temporary)
        self.environment = {**os.environ, "TMPDIR": self.temporary, "TERM": "xterm"}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def run(self, *words, before=()):
        return subprocess.run([*before, self.plenum, "demo", *words], capture_output=True, text=True,
                              timeout=LIMIT_S, env=self.environment, stdin=subprocess.DEVNULL)

    def told(self, *words, before=()):
        done = self.run("--for", "1", "--json", *words, before=before)
        try:
            return done, json.loads(done.stdout, object_hook=Told)
        except json.JSONDecodeError:
            return done, Told()

    def begin(self, *words):
        """One that goes on for longer than a test should need, but not for ever."""
        return subprocess.Popen([self.plenum, "demo", "--for", "20", *words], text=True, env=self.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def is_clean(self):
        return awaited(lambda: not os.listdir(self.temporary), GONE_S)

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def directory(self):
        """Of the demo that runs now."""
        return os.path.join(self.temporary, os.listdir(self.temporary)[0])


def is_exact(done, told):
    return (done.returncode == 0 and told.get("converged") is True and
            told.get("exact_at_the_end") is True and
            told["sessions_complete"] == told["sessions_established"] == told["sessions"] != 0)


def children_of(process):
    try:
        return pathlib.Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return []


def ended(process, children):
    """What it said until it and all it had begun are gone; what does not go in time is killed."""
    try:
        return process.communicate(timeout=ENDED_S)
    except subprocess.TimeoutExpired:
        for each in (process.pid, *map(int, children)):
            try:
                os.kill(each, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return process.communicate()


# --- what is played ------------------------------------------------------------------------------


def mistakes(tap, demos):
    done, told = demos.told()
    tap.check("a made-up exchange is exact at first and at the end", is_exact(done, told), done)
    tap.check("two to six mistakes of each kind",
              set(told["refused"]) == KINDS and
              all(2 <= count <= 6 for count in told["refused"].values()), told["refused"])
    tap.check("of each kind some in IPv4 and some in IPv6",
              set(told["ipv4"]["refused"]) == KINDS and
              set(told["ipv6"]["refused"]) == KINDS - IPV4_ONLY, told)
    process = demos.begin("--members", "40")
    for line in process.stderr:
        if " sessions up, " in line:
            break
    seen = []

    def server_says():
        rejected = subprocess.run([demos.plenum, "show", "rejected", "-C", demos.directory(), "--json"],
                                  capture_output=True, text=True, timeout=LIMIT_S)
        seen[:] = [rejected.stdout]
        return {row["reason"] for row in json.loads(rejected.stdout)} == KINDS

    tap.check("the server shows routes refused for each of them", awaited(server_says), seen)
    children = children_of(process.pid)
    process.terminate()
    tap.check("and is exact with them at the end, too", "model says: yes" in ended(process, children)[0])


def member_list(count, limit):
    connections = [{"asnum": 201001 + i, "name": f"Member {i}",
                    "connection_list": [{"ixp_id": 1, "state": "active", "vlan_list": [
                        {"vlan_id": 1, "ipv4": {"address": f"192.0.2.{10 + i}", "max_prefix": limit},
                         "ipv6": {"address": f"2001:db8:9::{10 + i}", "max_prefix": limit}}]}]}
                   for i in range(count)]
    return json.dumps({"version": "1.0", "timestamp": "2026-01-05T10:00:00Z",
                       "ixp_list": [{"ixp_id": 1, "shortname": "X", "vlan": [{"id": 1}]}],
                       "member_list": connections}).encode()


def members_alone(tap, demos):
    done, told = demos.told("--members", demos.file("members.json", member_list(7, 40)))
    tap.check("a list of members without a table is played with made-up routes", is_exact(done, told),
              done)
    tap.check("by its members alone", told["members"] == told["connections"] == 7, told)
    tap.check("within their limits, mistakes included",
              40 < told["ipv4"].get("routes", 0) <= 7 * 40 + 3 and
              told["routes_left_out"] == 0 and set(told["refused"]) == KINDS, told)


def tables(tap, demos):
    scattered = [(201001 + i, f"198.{18 + i}.0.9") for i in range(20)]
    routes = [(f"45.0.{i}.0/24", i, [201001 + i, 45001]) for i in range(20)]
    path = demos.file("scattered.mrt", mrt.table(scattered, routes))
    done, told = demos.told("--table", path)
    tap.check("peers in more LANs than an exchange has are played in one",
              is_exact(done, told) and told["addresses_replaced"] is True and
              told["paths_held"] == 20 * 19 and told["refused"] == {}, done)

    strange = [(201001, "198.51.100.1"), (201002, "198.51.100.2"), (201003, "::ffff:192.168.0.10"),
               (201004, "fe80::1"), (201005, "::"), (201006, "224.0.0.9")]
    routes = [(f"45.0.{i}.0/24" if "." in at and ":" not in at else f"2a01:{i + 1}::/32", i,
               [asn, 45001]) for i, (asn, at) in enumerate(strange)]
    done, told = demos.told("--timeout", "20", "--table",
                            demos.file("strange.mrt", mrt.table(strange, routes)))
    tap.check("peers whose address no host can have are left out",
              is_exact(done, told) and told["members"] == 2, done)

    path = demos.file("none.mrt", mrt.table([(201001, "fe80::1")], routes[:0]))
    done = demos.run("--table", path)
    tap.check("a table without a route of a member is refused by its name",
              done.returncode == 2 and f"{path}: no route of a member in it" in done.stderr and
              done.stderr.count("plenum:") == 1, done)
    tap.check("and nothing is left behind", demos.is_clean(), os.listdir(demos.temporary))

    path = demos.file("single.mrt", mrt.table([(201001, "198.51.100.1"), (201002, "198.51.100.2")],
                                              [("45.0.0.0/24", 0, [201001]),
                                               ("45.0.1.0/24", 1, [201002])]))
    done = demos.run("--for", "1", "--table", path)
    tap.check("where no prefix has several candidates none is said to have",
              done.returncode == 0 and "show sessions" in done.stdout and
              "several candidates" not in done.stdout, done)


def without_network(tap, demos):
    """As where the system gives no network of its own."""
    name = "without a network of its own the routes of real addresses are accepted, too"
    before = ["unshare", "-Ur", "sh", "-c", 'echo 0 >/proc/sys/user/max_user_namespaces && exec '
              'setpriv --bounding-set=-all --inh-caps=-all "$0" "$@"']
    if subprocess.run([*before, "true"], capture_output=True).returncode != 0:
        tap.skip(name, "no user namespace to be had")
        return
    peers = [(201001, "198.51.100.1"), (201002, "198.51.100.2"), (201003, "2a0e::3")]
    routes = [("45.0.0.0/24", 0, [201001]), ("45.0.1.0/24", 1, [201002]), ("2a01::/32", 2, [201003])]
    done, told = demos.told("--table", demos.file("two.mrt", mrt.table(peers, routes)), before=before)
    tap.check(name, is_exact(done, told) and told["own_network"] is False and
              told["refused"] == {} and told["paths_held"] != 0, done)


def words(tap, demos):
    for count in ("1", "0", "99999"):
        done = demos.run("--members", count)
        tap.check(f"--members {count} is refused with what it may be",
                  done.returncode == 2 and "from 2 to 2000" in done.stderr, done)
    for more in ((), ("--members", "5")):
        done = demos.run("--for", "1", "--lan", "192.0.2.0/24", *more)
        tap.check(f"--lan{''.join(' ' + word for word in more)} without a file is refused",
                  done.returncode == 2 and "--lan" in done.stderr, done)
    done, told = demos.told("--asn", "AS196959", "--members", "3")
    tap.check("--asn takes AS196959", is_exact(done, told) and told["asn"] == 196959, done)
    done = demos.run("--for", "2", "--members", "50")
    tap.check("off a terminal a line a second, and each line of progress once",
              done.stderr.count("making the exchange") == 1 and
              2 <= done.stderr.count(" sessions up, ") <= 4 and "\x1b" not in done.stderr, done)
    tap.check("numbers have their thousands set apart, members and short times are told",
              "50 with 50 connections" in done.stdout and "0.0 s" not in done.stdout and
              " ms\n" in done.stdout and not [word for word in done.stdout.split()
                                               if word.isdigit() and len(word) > 3], done.stdout)


# --- how it ends ---------------------------------------------------------------------------------


def interrupted(tap, demos, phase, mark, *words):
    process = demos.begin(*words)
    for line in process.stderr:
        if line.startswith(mark):
            break
    children = children_of(process.pid)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    ended(process, children)
    took = time.monotonic() - began
    tap.check(f"interrupted while {phase} it ends soon, with 0 or 130",
              process.returncode in (0, 130) and took < ENDS_S, (process.returncode, took))
    tap.check(f"interrupted while {phase} it leaves nothing, no process either",
              demos.is_clean() and
              awaited(lambda: not any(os.path.exists(f"/proc/{child}") for child in children)),
              (os.listdir(demos.temporary), children))


def killed(tap, demos, how):
    process = demos.begin("--members", "20")
    for line in process.stderr:
        if " sessions up, " in line:
            break
    children = children_of(process.pid)
    process.send_signal(how)
    ended(process, children)
    tap.check(f"after {how.name} nothing is left",
              demos.is_clean() and len(children) == 2 and
              awaited(lambda: not any(os.path.exists(f"/proc/{child}") for child in children)),
              (os.listdir(demos.temporary), children))


def ends(tap, demos):
    for phase, mark in (("making", "making"), ("connecting", "sessions"), ("comparing", "working"),
                        ("converging", "routes"), ("live", "for ")):
        interrupted(tap, demos, phase, mark, "--members", "300")
    for how in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGSEGV, signal.SIGKILL):
        killed(tap, demos, how)
    path = os.path.join(demos.folder, "kept")
    done = demos.run("--keep", path, "--for", "1", "--members", "3")
    tap.check("--keep keeps", done.returncode == 0 and
              os.path.exists(os.path.join(path, "exchange.db")), done)


def server_lost(tap, demos):
    process = demos.begin("--members", "20")
    for line in process.stderr:
        if " sessions up, " in line:
            break
    server = [child for child in children_of(process.pid)
              if pathlib.Path(f"/proc/{child}/comm").read_text().strip() != "plenum-sweeper"]
    os.kill(int(server[0]), signal.SIGKILL)
    error = ended(process, server)[1]
    tap.check("a lost server is told with its last words, exit code 2",
              process.returncode == 2 and "ended by signal 9; its last words: " in error and
              "last words: nothing" not in error and error.count("plenum: ") == 1, error)
    tap.check("and nothing is left then", demos.is_clean(), os.listdir(demos.temporary))


def changed(tap, demos):
    process = demos.begin("--members", "20")
    for line in process.stderr:
        if " sessions up, " in line:
            break
    done = subprocess.run([demos.plenum, "member", "remove", "-C", demos.directory(), "AS30001"],
                          capture_output=True, text=True, timeout=LIMIT_S)
    children = children_of(process.pid)
    process.terminate()
    text, error = ended(process, children)
    tap.check("a change from outside is said, and is no failure",
              done.returncode == 0 and process.returncode == 0 and
              "changed from outside" in text and " NO" not in text and "holds" not in error,
              (done, text, error))


def explained(tap, demos):
    """Every route that the demo has refused names its clause, the version and the decision."""
    process = demos.begin("--members", "40")
    for line in process.stderr:
        if " sessions up, " in line:
            break

    def plenum(*words):
        return subprocess.run([demos.plenum, *words[:2], "-C", demos.directory(), *words[2:]],
                              capture_output=True, text=True, timeout=LIMIT_S)

    def refused():
        return [route for route in json.loads(plenum("show", "routes", "--json").stdout or "[]") if route["reason"]]

    tap.check("routes are refused for every reason", awaited(lambda: {route["reason"] for route in refused()} == KINDS, LIMIT_S),
              {route["reason"] for route in refused()} ^ KINDS)
    clauses = {clause["key"]: clause for clause in json.loads(plenum("rules", "show", "--json").stdout)["clauses"]}
    book = demos.file("rules.yaml", plenum("rules", "show", "--yaml").stdout.encode())
    done = plenum("rules", "adopt", book, "--decision", "Meeting 7, item 3", "--by", "the members")
    tap.check("the same rules, adopted", done.returncode == 0 and "version 1 is adopted" in done.stdout, (done.stdout, done.stderr))
    wrong = [route for route in refused() if route["clause"] != clauses[route["reason"]]["number"]]
    tap.check("each refused route has the clause that refused it", not wrong and len(refused()) > len(KINDS), wrong[:3])
    asked = {route["reason"]: route for route in refused()}
    wrong = []
    for reason, route in sorted(asked.items()):
        text = plenum("explain", route["prefix"], "--from", f"AS{route['asn']}").stdout
        clause = clauses[reason]
        if not all(word in text for word in (f"clause {clause['number']}: {clause['text']}", "version 1", "Meeting 7, item 3", "the members")):
            wrong.append((reason, text))
    tap.check("and explain says it down to the decision", not wrong and set(asked) == KINDS, wrong[:2])
    children = children_of(process.pid)
    process.terminate()
    ended(process, children)


# --- on a terminal -------------------------------------------------------------------------------


def on_terminal(tap, demos):
    terminal = Terminal([demos.plenum, "demo", "--members", "50"], 40, 120, demos.environment)
    tap.check("a table stands and is put again in its place",
              terminal.await_text("SENDS MOST", LIMIT_S, times=3), terminal.written[-3000:])
    began = time.monotonic()
    terminal.type("\x03")
    code = terminal.end(LIMIT_S)
    took = time.monotonic() - began
    screen = terminal.screen
    text = screen.text()
    tap.check("Ctrl-C compares and ends it", code == 0 and took < ENDS_S and "says: yes" in text,
              (code, took, text))
    tap.check("the table stands once, in at most 12 lines, with all it should have",
              all(text.count(word) == 1 for word in
                  ("sessions up", "PREFIXES", "paths  ", "change  ", "server  ", "SENDS MOST")) and
              len(set(screen.moved_up)) == 1 and screen.moved_up[0] <= 12 and
              text.split("SENDS MOST")[1].count("Carrier Net") == 3, text)
    tap.check("it is never cleared, and no line of it wraps",
              screen.strange == [] and "\x1b[2J" not in terminal.written, screen.strange)
    tap.check("after Ctrl-C nothing is left", demos.is_clean(), os.listdir(demos.temporary))

    terminal = Terminal([demos.plenum, "demo", "--members", "50", "--for", "3"], 10, 50,
                        demos.environment)
    code = terminal.end(LIMIT_S)
    text = terminal.screen.text()
    tap.check("a small terminal has one line that is put again",
              code == 0 and "SENDS MOST" not in text and text.count(" sessions up, ") == 1 and
              terminal.written.count(" sessions up, ") >= 2, text)

    terminal = Terminal([demos.plenum, "demo", "--members", "300"], 40, 120, demos.environment)
    terminal.await_text("sessions: ", LIMIT_S)
    terminal.type("\x03")
    tap.check("Ctrl-C while sessions come up ends it with 130", terminal.end(LIMIT_S) == 130,
              terminal.written[-500:])
    tap.check("and leaves nothing", demos.is_clean(), os.listdir(demos.temporary))


def main():
    if len(sys.argv) != 2:
        print("usage: demo.py PLENUM", file=sys.stderr)
        return 2
    tap = Tap()
    with Demos(str(pathlib.Path(sys.argv[1]).resolve())) as demos:
        for part in (mistakes, members_alone, tables, without_network, words, ends, server_lost,
                     changed, explained, on_terminal):
            part(tap, demos)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
