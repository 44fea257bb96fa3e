#!/usr/bin/env python3
"""What the commands print, compared with the files in expected/: commands.py PLENUM [--update].

Times, ports and sizes are made stable in one place; all else must be as it is written."""
import difflib
import fcntl
import json
import os
import pathlib
import pty
import re
import struct
import subprocess
import sys
import termios

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import golden.story as story  # noqa: E402
from interop.lab import Tap  # noqa: E402
from kit.exchange import Exchange, awaited  # noqa: E402
from kit.speaker import UPDATE, Speaker, nlri_of  # noqa: E402

EXPECTED = HERE / "expected"

# What differs from run to run, and what stands for it.
UNSTABLE = [
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "TIME"),
    (re.compile(r" *\b\d+(?:s|m \d+s|m)(?=\s| ago|,)"), " SPAN"),
    (re.compile(r"\b\d+(?:\.\d)? (?:B|KiB|MiB|GiB)(?=[\s,;])"), "SIZE"),
    (re.compile(r" +SIZE now, +SIZE at most"), " SIZE now, SIZE at most"),
    # What a struct takes differs from build to build.
    (re.compile(r"\b\d+ (?:B|KiB|MiB)(?=[\s,;\"])"), "SIZE"),
    (re.compile(r"(?<=sha256 )[0-9a-f]{12}"), "DIGEST"),
    (re.compile(r'(?<="sha256": ")[0-9a-f]{64}'), "DIGEST"),
    (re.compile(r'("(?:octets_\w+|\w+_octets|workers|shards|attribute_sets)": )\d+'), r"\1N"),
    (re.compile(r"\b\d+ attribute sets"), "N attribute sets"),
    # Who runs the tests, on which kernel, with which build.
    (re.compile(r"(?<=by process )\d+"), "N"),
    (re.compile(r"(?<=as user )\S+(?=,)"), "NAME"),
    (re.compile(r"(?<=files: ).*Landlock.*"), "FILES"),
    (re.compile(r"(?<=system calls: ).*seccomp.*"), "CALLS"),
    (re.compile(r'(?<="user": )"\S+"'), '"NAME"'),
    (re.compile(r'("(?:uid|calls_allowed|landlock_abi)": )\d+'), r"\1N"),
    (re.compile(r'("(?:reduced_for_sanitizer|seccomp)": )(?:true|false)'), r"\1YES"),
]

# Name of the file, the words, the exit code.  Those that may be had as JSON are asked twice.
SHOWN = [
    ("show-status", ["show", "status"], 0),
    ("show-sessions", ["show", "sessions"], 1),
    ("show-sessions-as", ["show", "sessions", "AS201002"], 0),
    ("show-sessions-down", ["show", "sessions", "down"], 1),
    ("show-sessions-name", ["show", "sessions", "net"], 1),
    ("show-sessions-none", ["show", "sessions", "AS9"], 2),
    ("show-session-as", ["show", "session", "AS201001"], 1),
    ("show-session-address", ["show", "session", "127.1.0.2"], 0),
    ("show-session-active", ["show", "session", "AS201005"], 1),
    ("show-session-one-update", ["show", "session", "AS201006"], 0),
    ("show-session-ended", ["show", "session", "AS201004"], 1),
    ("show-slat", ["show", "slat"], 0),
    ("show-routes", ["show", "routes"], 0),
    ("show-routes-ipv6", ["show", "routes", "--family", "ipv6"], 0),
    ("show-routes-as", ["show", "routes", "AS201003"], 0),
    ("show-routes-as-none", ["show", "routes", "AS201006"], 1),
    ("show-routes-prefix", ["show", "routes", "11.1.0.0/16"], 0),
    ("show-routes-within", ["show", "routes", "11.0.0.0/8"], 0),
    ("show-routes-address", ["show", "routes", "11.2.0.1"], 0),
    ("show-routes-cover", ["show", "routes", "11.3.4.0/24"], 0),
    ("show-routes-none", ["show", "routes", "12.0.0.0/8"], 1),
    ("show-rejected", ["show", "rejected"], 1),
    ("show-rejected-as", ["show", "rejected", "AS201003"], 1),
    ("show-rejected-none", ["show", "rejected", "AS201006"], 0),
    ("explain", ["explain", "11.1.0.0/24"], 0),
    ("explain-all", ["explain", "11.1.0.0/24", "--all"], 0),
    ("explain-from", ["explain", "11.1.0.0/24", "--from", "AS201003"], 0),
    ("explain-from-nothing", ["explain", "11.1.0.0/24", "--from", "AS201006"], 1),
    ("explain-from-stranger", ["explain", "11.1.0.0/24", "--from", "AS9"], 2),
    ("explain-to-stranger", ["explain", "12.0.0.0/8", "--to", "AS9"], 2),
    ("explain-from-good", ["explain", "11.1.0.0/24", "--from", "AS201001"], 0),
    ("explain-to", ["explain", "11.1.0.0/24", "--to", "AS201001"], 0),
    ("explain-to-denied", ["explain", "11.1.0.0/24", "--to", "AS201002"], 0),
    ("explain-from-to", ["explain", "11.3.0.0/16", "--from", "AS201003", "--to", "AS201006"], 0),
    ("explain-cover", ["explain", "11.2.7.0/24", "--to", "AS201006"], 0),
    ("explain-blackhole", ["explain", "11.2.0.9/32"], 0),
    ("explain-blackhole-to", ["explain", "11.2.0.9/32", "--to", "AS201003"], 0),
    ("explain-ipv6", ["explain", "2a00:1::/32"], 0),
    ("explain-refused", ["explain", "11.4.0.0/16"], 0),
    ("explain-none", ["explain", "12.0.0.0/8"], 1),
    ("show-session-limited", ["show", "session", "AS201010"], 0),
    ("show-rejected-limited", ["show", "rejected", "AS201010"], 1),
    ("show-routes-malformed", ["show", "routes", "13.3.0.0/16"], 0),
    ("explain-malformed", ["explain", "13.3.0.0/16"], 0),
    ("explain-blocked", ["explain", "13.4.0.0/16", "--from", "AS201010"], 0),
    ("member-list", ["member", "list"], 0),
    ("member-show", ["member", "show", "AS201002"], 0),
    ("member-show-limited", ["member", "show", "AS201010"], 0),
]


def stable(text, exchange):
    text = text.replace(str(exchange.folder), "FOLDER")
    text = re.sub(rf"\b{exchange.port}\b", "PORT", text)
    for pattern, word in UNSTABLE:
        text = pattern.sub(word, text)
    if "RECEIVED  " in text:  # a span makes a column wider
        text = re.sub(r"(?<=\S) {2,}", "  ", re.sub(r"^ +IPv", "    IPv", text, flags=re.MULTILINE))
    return text


class Golden:
    def __init__(self, tap, update):
        self.tap = tap
        self.update = update
        self.used = set()

    def compare(self, name, text):
        """With the file of this name, which the update writes anew."""
        path = EXPECTED / name
        self.used.add(name)
        if self.update:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        expected = path.read_text() if path.exists() else ""
        difference = "\n".join(difflib.unified_diff(
            expected.splitlines(), text.splitlines(), "expected/" + name, "printed", lineterm=""))
        self.tap.check(name, expected == text, difference)

    def finish(self):
        """A file that no command is compared with says nothing."""
        there = {path.name for path in EXPECTED.glob("*")}
        if self.update:
            for name in there - self.used:
                (EXPECTED / name).unlink()
            there &= self.used
        self.tap.check("every expected file is compared", there == self.used,
                       sorted(there ^ self.used))


def shown(golden, exchange):
    for name, words, code in SHOWN:
        got, out, error = exchange.run(*words, "-C", "ix")
        text = f"$ plenum {' '.join(words)} -C ix\n" + out + error + f"exit code {got}\n"
        golden.compare(name + ".txt", stable(text, exchange))
        golden.tap.check(f"{name}: exit code {code}", got == code, text)
        got, out, error = exchange.run(*words, "-C", "ix", "--json")
        if code == 2:
            golden.tap.check(f"{name}: no JSON, the same exit code and sentence",
                             out == "" and got == code and error in text, out + error)
            continue
        golden.compare(name + ".json", stable(out, exchange))
        golden.tap.check(f"{name}: JSON, the same exit code, no word on standard error",
                         is_json(out) and got == code and error == "", out + error)


def is_json(text):
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def keys(value, prefix=""):
    """Every name in a document with where it stands."""
    if isinstance(value, dict):
        return {prefix + name for name in value} | {
            inner for name, item in value.items() for inner in keys(item, prefix + name + ".")}
    if isinstance(value, list):
        return {inner for item in value for inner in keys(item, prefix)}
    return set()


def held_by(speaker):
    """How many routes of each family a member holds after all that it received."""
    held = set()
    for kind, body in speaker.received:
        if kind == UPDATE:
            reached, withdrawn = nlri_of(body)
            held = held - withdrawn | reached
    return {family: sum(1 for one, _ in held if one == version)
            for family, version in (("ipv4", 4), ("ipv6", 6))}


def counted(golden, exchange, speakers):
    """What show says was announced is what members hold, and what was refused what they lack."""
    up = {speaker.socket.getsockname()[0]: speaker for speaker in speakers}
    nothing = {"ipv4": 0, "ipv6": 0}

    def unlike():
        """The sessions of which something else is told than members hold."""
        held = {address: held_by(speaker) for address, speaker in up.items()}
        return [session for session in exchange.json("show", "sessions")
                if {family: session[family]["announced"] for family in nothing}
                != held.get(session["address"], nothing)]

    golden.tap.check(f"{len(up)} members hold what is announced to them",
                     awaited(lambda: not unlike()), unlike())
    rejected = [route for asn in {speaker.asn for speaker in speakers}
                for route in exchange.json("show", "rejected", f"AS{asn}")]
    for session in exchange.json("show", "sessions"):
        refused = sum(1 for route in rejected if route["address"] == session["address"])
        if refused:
            golden.tap.check(f"{refused} routes of {session['address']} are refused",
                             sum(session[family]["refused"] for family in nothing) == refused,
                             session)


def narrow(golden, exchange):
    """On a terminal of a hundred columns no line is longer, and what matters is not cut."""
    main, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    process = subprocess.Popen([exchange.plenum, "show", "sessions", "-C", "ix"],
                               cwd=exchange.folder, stdin=other, stdout=other, stderr=other)
    os.close(other)
    seen = re.sub(r"\x1b\[[0-9;]*m|\r", "", terminal_read(main, None))
    os.close(main)
    process.wait(20)
    golden.tap.check("sessions in a hundred columns", max(map(len, seen.splitlines())) <= 100, seen)
    golden.tap.check("why they are down is told whole", all(f" {note}\n" in seen for note in (
        "they said Cease / administrative shutdown", "never up, cannot connect: Connection refused",
        "never up")), seen)


def same_names(golden, exchange):
    """One word for one thing: the same names wherever a thing is shown."""
    sessions = exchange.json("show", "sessions")
    session = exchange.json("show", "session", "AS201001")
    golden.tap.check("a session has the same names everywhere",
                     keys(session) <= keys(sessions) and session == [
                         one for one in sessions if one["asn"] == 201001], session)
    routes = exchange.json("show", "routes", "11.1.0.0/24")
    candidates = exchange.json("explain", "11.1.0.0/24")["candidates"]
    mine = {"checks", "blackhole", "graceful_shutdown"}
    golden.tap.check("a route has the same names and values everywhere",
                     [route for route in routes if route["prefix"] == "11.1.0.0/24"]
                     == [{name: value for name, value in candidate.items() if name not in mine}
                         for candidate in candidates], candidates)
    names = keys(routes) | keys(sessions) | keys(exchange.json("show", "status"))
    golden.tap.check("names are in snake_case",
                     all(re.fullmatch(r"[a-z0-9_.]+", name) for name in names), names)


def export(*members):
    """A member export, version 1.0; a member: AS number, name, IPv4 addresses, limit."""
    return json.dumps({
        "version": "1.0", "timestamp": "2026-01-05T10:00:00Z",
        "ixp_list": [{"ixp_id": 1, "shortname": "Example-IX",
                      "vlan": [{"id": 1, "ipv4": {"prefix": "127.1.0.0", "mask_length": 16}}]}],
        "member_list": [
            {"asnum": asn, "member_type": "peering", "name": name,
             "connection_list": [{"ixp_id": 1, "state": "active", "vlan_list": [
                 {"vlan_id": 1, "ipv4": {"address": address, "routeserver": True,
                                         "max_prefix": limit}} for address in addresses]}]}
            for asn, name, addresses, limit in members]})


def imported(golden, exchange):
    """Shown, refused, applied, and nothing to do the second time; served at once."""
    def told(name, code, *words, **more):
        got, out, error = exchange.run("import", "-C", "ix", "-", *words, **more)
        golden.compare(name + ".txt", re.sub(r"expect=[0-9a-f]{16}", "expect=DIGEST",
                                             stable(out + error, exchange)))
        golden.tap.check(f"{name}: exit code {code}", got == code, out + error)
        return out

    def addresses():
        return [session["address"] for session in exchange.json("show", "sessions")]

    file = export((201001, "Example Net", ["127.1.0.1"], 500),
                  (201002, "Second Network", ["127.1.0.2", "127.1.0.22"], 4),
                  (201007, "Seventh Net", ["127.1.0.7"], 100))
    before = addresses()
    out = told("import", 1, text=file)
    digest = re.search(r"--expect=[0-9a-f]{16}", out)
    golden.tap.check("what is shown is not applied", addresses() == before, addresses())
    foreign = export((201007, "Seventh Net", ["10.9.9.9"], 100),
                     (201008, "Eighth Net", ["127.1.0.8"], 100))
    told("import-refused", 2, "--yes", text=foreign)
    told("import-no-json", 2, "--yes", text=file[:-9])
    golden.tap.check("all or nothing", addresses() == before, addresses())
    told("import-other", 2, "--expect=0123456789abcdef", text=file)
    golden.tap.check("another difference than that agreed to is not applied",
                     addresses() == before, addresses())
    told("import-applied", 0, digest.group(0), text=file)
    wanted = set(before) - {"fd00:1::1"} | {"127.1.0.22", "127.1.0.7"}
    golden.tap.check("what is applied is served at once", set(addresses()) == wanted, addresses())
    told("import-again", 0, "--yes", text=file)
    golden.tap.check("no session was lost", exchange.json("show", "status")["sessions_established"]
                     == 5)
    told("import-remove", 0, "--yes", "--remove", text=file)
    golden.tap.check("members that are not in the file are gone",
                     {session["asn"] for session in exchange.json("show", "sessions")}
                     == {201001, 201002, 201007})


def agreed(golden, exchange):
    """The question on a terminal, answered."""
    for answer, expected in (("n", 1), ("maybe", 1), ("y", 0)):
        (exchange.folder / "members.json").write_text(
            export((201009, "Ninth Net", ["127.1.0.9"], 100)))
        main, other = pty.openpty()
        process = subprocess.Popen([exchange.plenum, "import", "-C", "ix", "members.json"],
                                   cwd=exchange.folder, stdin=other, stdout=other, stderr=other)
        os.close(other)
        seen = terminal_read(main, "[y/N] ")
        os.write(main, (answer + "\n").encode())
        seen += terminal_read(main, None)
        os.close(main)
        code = process.wait(20)
        golden.tap.check(f"asked on a terminal, answered {answer}: exit code {expected}",
                         code == expected and "Apply" in seen and
                         ("not applied" in seen) == (answer != "y"), seen)
        there = 201009 in {member["asn"] for member in exchange.json("member", "list")}
        golden.tap.check("and done so", there == (answer == "y"), seen)


def terminal_read(terminal, until):
    """What the other side wrote, until the text or its end."""
    seen = b""
    while until is None or until.encode() not in seen:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        seen += part
    return seen.decode(errors="replace")


def checked(golden, exchange):
    code, out, error = exchange.run("check", "-C", "ix")
    golden.compare("check.txt", stable(out + error, exchange))
    golden.tap.check("check: warnings alone are exit code 0", code == 0 and error == "",
                     out + error)


def edited(golden, exchange):
    """What an edit changed is printed, and said in the log of serve."""
    for name, words in (
            ("edit", ["AS201001", "--max-prefix4", "700", "--add-path", "--password", "secret"]),
            ("edit-same", ["AS201001", "--max-prefix4", "700"]),
            ("edit-all", ["AS201002", "--max-prefix4", "9", "--as-macro", "AS-SECOND"]),
            ("edit-one", ["AS201002", "--at", "127.1.0.32", "--gtsm", "--add-ip", "127.1.0.33"])):
        if name == "edit-all":
            exchange.run("member", "add", "-C", "ix", "AS201002", "Second Network", "--ip",
                         "127.1.0.32")
        code, out, error = exchange.run("member", "edit", "-C", "ix", *words)
        golden.compare(name + ".txt", f"$ plenum member edit -C ix {' '.join(words)}\n" + out
                       + error + f"exit code {code}\n")
    log = (exchange.folder / "serve.log").read_text()
    lines = [re.sub("^[^ ]* Example-IX: ", "", line) for line in log.splitlines()
             if re.search(r" Example-IX: (member|import)\b", line)]
    golden.compare("log.txt", "\n".join(lines) + "\n")


def coloured(golden, exchange):
    """Colours on a terminal that has them, and nowhere else."""
    for environment, expected in (({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False),
                                  ({"TERM": "xterm", "NO_COLOR": "1"}, False)):
        main, other = pty.openpty()
        inherited = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        process = subprocess.Popen([exchange.plenum, "member", "list", "-C", "ix"],
                                   cwd=exchange.folder, stdin=subprocess.DEVNULL, stdout=other,
                                   stderr=other, env={**inherited, **environment})
        os.close(other)
        seen = terminal_read(main, None)
        os.close(main)
        process.wait(20)
        golden.tap.check(f"colours with {environment}: {expected}",
                         ("\x1b[" in seen) == expected and "AS201001" in seen, seen)


CROWD = 24


def crowded(golden, plenum):
    """At an exchange with many members, each with a session for either family, it is told in a few
    lines who gets a route: by number, and by name only who is an exception."""
    with Exchange(plenum) as exchange:
        exchange.init()
        for number in range(1, CROWD + 1):
            exchange.run("member", "add", "-C", "ix", f"AS{201000 + number}", f"Net {number}",
                         "--ip", f"127.1.4.{number}", "--ip", f"127.1.6.{number}",
                         "--max-prefix4", "1" if number == 1 else "9")
        exchange.serve("--workers", "3")
        server = ("127.0.0.1", exchange.port)
        speakers = [Speaker(201000 + number, f"127.1.{family}.{number}", server,
                            families=(family,)).await_up()
                    for number in range(1, CROWD) for family in (4, 6)]
        # Two are kept out by a community each, all others get it; the last member is down.
        speakers[0].announce("11.9.0.0/16", large=[(64500, 0, 201002), (64500, 0, 201003)])
        speakers[2].announce("11.10.0.0/16", path=[201002, [201003, 201004]])
        speakers[4].announce("10.1.0.0/16", "10.2.0.0/16")
        awaited(lambda: exchange.json("show", "status")["ipv4"]["received"] == 4)
        rejected = exchange.run("show", "rejected", "-C", "ix")[1].splitlines()
        golden.tap.check("the most frequent reason comes first",
                         rejected[1].startswith("bogon-prefix ")
                         and rejected[2].startswith("as-set "), rejected)
        counted(golden, exchange, speakers)
        golden.compare("show-sessions-crowd.txt", stable(
            exchange.run("show", "sessions", "net 1", "-C", "ix")[1], exchange))
        for name, more in (("explain-crowd", []), ("explain-crowd-all", ["--all"])):
            code, out, error = exchange.run("explain", "11.9.0.0/16", "-C", "ix", *more)
            golden.compare(name + ".txt", stable(out + error, exchange))
            named = len(set(re.findall(r"Net \d+", out)))
            golden.tap.check(f"{name}: exit code 0, who is named",
                             code == 0 and named == (CROWD if more else 4), out + error)
        for speaker in speakers:
            speaker.end()


def main():
    update = "--update" in sys.argv
    tap = Tap()
    golden = Golden(tap, update)
    with Exchange(sys.argv[1]) as exchange:
        code, out, error = exchange.init("--blackhole-next-hop", "127.1.0.250")
        golden.compare("init.txt", stable(out + error, exchange))
        golden.compare("exchange.yaml", stable((exchange.folder / "ix" / "exchange.yaml").read_text(),
                                               exchange))
        golden.compare("check-help.txt", exchange.run("check", "--help")[1])
        for member in story.MEMBERS:
            exchange.run("member", "add", "-C", "ix", *member)
        speakers = story.tell(exchange)
        shown(golden, exchange)
        counted(golden, exchange, speakers)
        narrow(golden, exchange)
        same_names(golden, exchange)
        checked(golden, exchange)
        imported(golden, exchange)
        agreed(golden, exchange)
        edited(golden, exchange)
        coloured(golden, exchange)
        for speaker in speakers:
            speaker.end()
    crowded(golden, sys.argv[1])
    golden.finish()
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
