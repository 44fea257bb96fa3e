#!/usr/bin/env python3
"""What can go wrong with a command: one clear sentence, exit code 2, nothing half-written; and what
every command says of itself: errors.py PLENUM."""
import os
import pathlib
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from interop.lab import Tap  # noqa: E402
from kit.exchange import Exchange, awaited  # noqa: E402

INIT = ["init", "-C", "ix", "--name", "Example-IX", "--asn", "64500", "--router-id", "192.0.2.1",
        "--listen", "127.0.0.1:1790", "--lan", "127.1.0.0/16"]


def refused(tap, name, exchange, words, *expected, **more):
    """Exit code 2, nothing on standard output, and a sentence that holds all that is expected."""
    code, out, error = exchange.run(*words, **more)
    said = all(text in error for text in expected)
    shape = error.startswith("plenum: ") and error.endswith("\n") and out == ""
    tap.check(name, code == 2 and said and shape, f"exit code {code}\n{out}{error}")
    return error


def bad_calls(tap, exchange):
    code, _, error = exchange.run("ledger", "check", "-C", "ix", "nothing", "--key", "x")
    tap.check("a directory that a command does not look at is told of", code == 2 and "-C ix is not looked at" in error, error)
    refused(tap, "no such command", exchange, ["sohw"], 'no command "sohw"', "there is plenum show", "--help")
    refused(tap, "half a command", exchange, ["show"], "plenum show status")
    refused(tap, "no such option", exchange, ["show", "status", "--jsno"], "--jsno")
    refused(tap, "a word is missing", exchange, ["member", "show"], "AS")
    refused(tap, "a word too many", exchange, ["show", "status", "now"], '"now"')
    refused(tap, "a value is missing", exchange, ["init", "--name"], "--name takes a value")
    refused(tap, "a short option that there is not", exchange, ["show", "status", "-j"],
            "-j is no option of plenum show status")
    refused(tap, "only a directory", exchange, ["-C", "ix"], "a command is missing")
    error = refused(tap, "what a message quotes is no terminal's", exchange,
                    ["init", "--name", "a\nb\x1b[31m", *INIT[1:3], *INIT[5:]], '"a?b?[31m"')
    tap.check("one line", error.count("\n") == 1, error)
    refused(tap, "no directory", exchange, ["show", "status", "-C", "nowhere"],
            "nowhere/exchange.yaml", "plenum init")


def bad_init(tap, exchange):
    for option, value in (("--asn", "6450x"), ("--router-id", "192.0.2"), ("--lan", "127.1.0.1/16"),
                          ("--listen", "127.0.0.1:99999"), ("--listen", "localhost")):
        words = [value if before == option else word
                 for before, word in zip([""] + INIT, INIT)]
        refused(tap, f"init {option} {value}", exchange, words, option, f'"{value}"')
        tap.check("and nothing was made", not (exchange.folder / "ix").exists())
    error = refused(tap, "init says all that is missing at once", exchange, ["init", "-C", "ix"],
                    "--name", "--asn", "--router-id", "--listen", "--lan")
    tap.check("a sentence each", error.count("\n") == 5, error)
    refused(tap, "init of what check would call an error", exchange,
            [*INIT, "--lan", "127.1.2.0/24", "--listen", "127.0.0.1:1790"],
            "127.1.0.0/16 and 127.1.2.0/24 overlap", "127.0.0.1 port 1790 stands twice")
    tap.check("and nothing was made, either", not (exchange.folder / "ix").exists())


def full_disk(tap, exchange):
    """An init that finds no room says so and leaves nothing, whatever it is that does not fit."""
    folder = exchange.folder / "full"
    folder.mkdir()
    script = 'mount -t tmpfs -o size="$1k" tmpfs full && shift && "$@"; code=$?; ls -A full; exit $code'
    probe = subprocess.run(["unshare", "-Urm", "mount", "-t", "tmpfs", "tmpfs", folder],
                           capture_output=True)
    for size in (0, 4, 8, 12, 24, 40, 64) if probe.returncode == 0 else ():
        done = subprocess.run(["unshare", "-Urm", "sh", "-c", script, "sh", str(size or 1),
                               exchange.plenum, *INIT[:2], "full/ix", *INIT[3:]],
                              cwd=exchange.folder, capture_output=True, text=True, timeout=60)
        tap.check(f"init on a disk of {size or 1} KiB: full, and nothing stays",
                  done.returncode == 2 and done.stdout == "" and "full" in
                  done.stderr.splitlines()[-1].rpartition(": ")[2], done.stdout + done.stderr)
    folder.rmdir()


def nobody_serves(tap, exchange):
    for words in (["show", "status"], ["show", "sessions"], ["show", "session", "AS201001"],
                  ["show", "routes"], ["show", "rejected"], ["explain", "11.0.0.0/8"], ["stop"]):
        refused(tap, f"{' '.join(words)} when nobody serves", exchange, words + ["-C", "ix"],
                "nobody serves", "plenum serve -C ix")


def bad_configuration(tap, exchange):
    path = exchange.folder / "ix" / "exchange.yaml"
    good = path.read_text()
    path.write_text(good.replace("64500", "6450x").replace("192.0.2.1", "192.0.2.300")
                    + "colour: red\n")
    error = refused(tap, "every error of exchange.yaml at once, with line and column", exchange,
                    ["serve", "-C", "ix"], "exchange.yaml", "6450x", "192.0.2.300", "colour")
    tap.check("a place each", len(re.findall(r"exchange\.yaml:\d+:\d+: ", error)) == 3, error)
    path.write_text("- a list\n")
    refused(tap, "exchange.yaml is something else", exchange, ["serve", "-C", "ix"],
            "exchange.yaml")
    path.write_text(good)


def bad_database(tap, exchange):
    path = exchange.folder / "ix" / "exchange.db"
    good = path.read_bytes()
    path.write_bytes(b"this is no database, and has never been one\n" * 100)
    error = refused(tap, "exchange.db is no database", exchange, ["member", "list", "-C", "ix"],
                    "ix/exchange.db", "not a database of Plenum's")
    tap.check("one sentence", error.count("\n") == 1, error)
    tap.check("and it is left as it was", path.read_bytes().startswith(b"this is no database"))
    path.unlink()
    foreign = sqlite3.connect(path)
    foreign.execute("CREATE TABLE members (name TEXT)")
    foreign.commit()
    foreign.close()
    before = path.read_bytes()
    refused(tap, "exchange.db is somebody else's", exchange, ["serve", "-C", "ix"],
            "ix/exchange.db", "not a database of Plenum's")
    tap.check("and it is left as it was, too", path.read_bytes() == before)
    path.unlink()
    refused(tap, "exchange.db is not there", exchange, ["serve", "-C", "ix"], "ix/exchange.db",
            "No such file")
    tap.check("and is not made", not path.exists())
    damaged(tap, exchange, path, good)
    path.mkdir()
    refused(tap, "exchange.db cannot be read", exchange, ["serve", "-C", "ix"], "ix/exchange.db")
    path.rmdir()
    path.write_bytes(good)


def damaged(tap, exchange, path, good):
    """A database whose first page is sound, and no other."""
    path.write_bytes(good[:4096] + b"Z" * (len(good) - 4096))
    for words in (["check"], ["member", "list"], ["serve"]):
        error = refused(tap, f"{words[0]}: exchange.db is damaged", exchange, [*words, "-C", "ix"],
                        "ix/exchange.db: the database is damaged; put back a copy of it")
        tap.check("said once", error.count("\n") == 1, error)
    path.unlink()


def no_place(tap, exchange):
    """Ports and addresses that are not to be had."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        path = exchange.folder / "ix" / "exchange.yaml"
        good = path.read_text()
        path.write_text(good.replace(str(exchange.port), str(port)))
        refused(tap, "the port is in use", exchange, ["serve", "-C", "ix"],
                f"127.0.0.1 port {port}", "in use")
        path.write_text(good.replace(f"127.0.0.1:{exchange.port}", f"192.0.2.77:{port}"))
        refused(tap, "the address is not this machine's", exchange, ["serve", "-C", "ix"],
                f"192.0.2.77 port {port}")
        path.write_text(good)


def twice(tap, exchange):
    exchange.serve()
    refused(tap, "a second serve on the same directory", exchange, ["serve", "-C", "ix"], "ix",
            "another plenum")
    refused(tap, "init where there is an exchange", exchange, INIT, "ix")
    code, out, _ = exchange.run("show", "status", "-C", "ix")
    tap.check("and the first still serves", code == 0 and "Example-IX" in out, out)
    refused(tap, "show session of nobody", exchange, ["show", "session", "AS65000", "-C", "ix"],
            "AS65000")
    refused(tap, "show session of nothing", exchange, ["show", "session", "rs1", "-C", "ix"],
            '"rs1"')
    refused(tap, "show routes of nobody", exchange, ["show", "routes", "AS65000", "-C", "ix"],
            "AS65000")
    refused(tap, "show routes of nothing", exchange, ["show", "routes", "11.0.0.0/33", "-C", "ix"],
            '"11.0.0.0/33"')
    refused(tap, "show rejected of nothing", exchange, ["show", "rejected", "11.0.0.0/8", "-C",
                                                        "ix"], '"11.0.0.0/8"')
    refused(tap, "explain nothing", exchange, ["explain", "AS201001", "-C", "ix"], '"AS201001"')
    check_of_an_edit(tap, exchange)
    anywhere(tap, exchange)
    other_exchange(tap, exchange)
    exchange.stop()


def check_of_an_edit(tap, exchange):
    """While it is served, check reads what the next start would read."""
    path = exchange.folder / "ix" / "exchange.yaml"
    good = path.read_text()
    path.write_text(good.replace("64500", "6450x"))
    code, out, _ = exchange.run("check", "-C", "ix")
    tap.check("check finds an edit that would not load", code == 1 and "6450x" in out, out)
    path.write_text(good.replace("Example-IX", "Sample-IX"))
    code, out, _ = exchange.run("check", "-C", "ix")
    tap.check("check says that an edit is not in force", code == 0 and "next start" in out, out)
    path.write_text(good)


def wrong_now(tap, exchange):
    """What was right when it was said, and an exchange.yaml that changed since."""
    exchange.run("member", "add", "-C", "ix", "AS201001", "One", "--ip", "127.1.0.1")
    exchange.run("member", "add", "-C", "ix", "AS201002", "Two", "--ip", "127.1.9.9")
    path = exchange.folder / "ix" / "exchange.yaml"
    good = path.read_text()
    path.write_text(good.replace("127.1.0.0/16", "127.1.0.0/24"))
    code, out, _ = exchange.run("check", "-C", "ix")
    tap.check("check: an error is exit code 1, the last line counts", code == 1 and
              "error: AS201002: 127.1.9.9 lies in none" in out and
              re.search(r"\d warnings?, 1 error$", out), out)
    exchange.serve()
    log = (exchange.folder / "serve.log").read_text()
    tap.check("serve says at its start what it leaves out",
              "not served: AS201002: 127.1.9.9 lies in none" in log, log)
    tap.check("and serves the rest", [session["address"] for session in
                                      exchange.json("show", "sessions")] == ["127.1.0.1"])
    exchange.stop()
    path.write_text(good.replace("- \"127.1.0.0/16\"", "- \"127.1.0.0/16\"\n  - \"127.1.2.0/24\""))
    refused(tap, "serve of what check calls an error in exchange.yaml", exchange,
            ["serve", "-C", "ix"], "ix/exchange.yaml", "overlap")
    path.write_text(good)
    for asn in ("AS201001", "AS201002"):
        exchange.run("member", "remove", "-C", "ix", asn)


def checks(tap, exchange):
    """Warnings are no error, unless they are asked to be one."""
    for words, expected in (([], 0), (["--strict"], 1)):
        code, out, error = exchange.run("check", "-C", "ix", *words)
        tap.check(f"check {words}: exit code {expected}, all on standard output",
                  code == expected and error == "" and "warning: asn: AS64500" in out and
                  out.splitlines()[-1] == "Example-IX: 1 warning, 0 errors", out + error)


def modes(tap, exchange):
    """exchange.db holds passwords."""
    folder = exchange.folder / "ix"
    tap.check("the directory is its owner's", stat.S_IMODE(folder.stat().st_mode) == 0o700)
    for name in ("exchange.db", "exchange.db-wal", "exchange.db-shm", "control"):
        path = folder / name
        if path.exists():
            tap.check(f"{name} is its owner's", stat.S_IMODE(path.stat().st_mode) == 0o600,
                      oct(path.stat().st_mode))


def helps(tap, exchange):
    code, out, _ = exchange.run("--help")
    names = re.findall(r"^  ([a-z]+(?: [a-z]+)*)  +\S", out, re.MULTILINE)
    names = [name.strip() for name in names]
    grouped = [group for group in names if re.search(rf"^  {group}  .*: [a-z]+(, [a-z-]+)*$", out, re.MULTILINE)]
    listed = {name for line in out.splitlines() if ": " in line for name in line.split(": ")[-1].split(", ")}
    tap.check("plenum --help lists the commands on one screen", code == 0 and len(names) >= 15 and
              len(grouped) >= 15 and out.count("\n") < 48, out)
    for group in grouped:
        page = exchange.run(group, "--help")[1]
        commands = re.findall(rf"^  plenum {group} (?:-C DIR )?([a-z-]+)", page, re.MULTILINE)
        tap.check(f"plenum {group}: every command on both pages, nothing wider than 100 columns",
                  len(commands) >= 1 and set(commands) <= listed and
                  max(map(len, page.splitlines())) <= 100, (page, out))
        names.remove(group)
        names += [f"{group} {command}" for command in commands]
    tap.check("all are there", len(names) > 80, names)
    for name in names:
        code, out, error = exchange.run(*name.split(), "--help")
        examples = re.findall(rf"^  .*plenum {name}\b.*$", out, re.MULTILINE)
        wide = [line for line in out.splitlines() if len(line) > 100]
        tap.check(f"plenum {name} --help: an example, nothing wider than 100 columns",
                  code == 0 and error == "" and len(examples) >= 2 and not wide, out)


def groups(tap, exchange):
    """Words that several commands begin with, and options wherever they stand."""
    for group, names in (("show", ["status", "sessions", "session", "slat", "routes",
                                   "rejected"]),
                         ("member", ["add", "edit", "remove", "list", "show"])):
        for words in ([group, "--help"], ["help", group], ["-C", "ix", group, "-h"]):
            code, out, error = exchange.run(*words)
            wide = [line for line in out.splitlines() if len(line) > 100]
            tap.check(f"plenum {' '.join(words)}: the group's page", code == 0 and error == "" and
                      all(f"plenum {group} -C DIR {name}" in out for name in names) and
                      "plenum demo" not in out and not wide, out + error)
    code, out, _ = exchange.run("import", "--help")
    tap.check("import --help says that it takes BIRD's output", "show protocols" in out, out)
    for words in (["--help"], ["show", "--help"], ["init", "--help"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run([exchange.plenum, *words], stdout=full, stderr=subprocess.PIPE,
                                  text=True, timeout=60)
        tap.check(f"{' '.join(words)} that does not get out: exit code 2", done.returncode == 2 and
                  "No space left" in done.stderr, done)


def anywhere(tap, exchange):
    """-C, --json and --help before, between and behind the words of a command."""
    expected = exchange.run("show", "sessions", "-C", "ix", "--json")
    for words in (["show", "-C", "ix", "sessions", "--json"],
                  ["-C", "ix", "show", "sessions", "--json"],
                  ["--json", "show", "-C", "ix", "sessions"],
                  ["show", "--json", "sessions", "-C", "ix"],
                  ["show", "--json", "yes", "-C", "ix", "sessions"],
                  ["-C", "ix", "--json=yes", "show", "sessions"]):
        tap.check(f"plenum {' '.join(words)}", exchange.run(*words) == expected,
                  exchange.run(*words))
    for words in (["status"], ["sessions"], ["routes"], ["rejected"], ["routes", "AS201001"],
                  ["routes", "192.0.2.0/24"], ["rejected", "AS201001"], ["session", "AS201001"]):
        known = exchange.run("show", words[0], *words[1:], "-C", "ix")
        told = exchange.run("show", "-C", "ix", *words)
        tap.check(f"plenum show -C ix {' '.join(words)}", told[0] == known[0] and told[2] == known[2]
                  and "there is plenum" not in told[2], told)


def other_exchange(tap, exchange):
    """A member list of somebody else's: every address is said, and once which LAN it is of."""
    connections = ",".join(
        f'{{"asnum":{201000 + i},"connection_list":[{{"vlan_list":[{{"ipv4":{{"address":'
        f'"195.140.192.{i}"}}}}]}}]}}' for i in range(1, 201))
    text = ('{"version":"1.0","timestamp":"t","ixp_list":[{"vlan":[{"id":1,"ipv4":{"prefix":'
            f'"195.140.192.0","mask_length":24}}}}]}}],"member_list":[{connections}]}}')
    error = refused(tap, "import of another exchange's list", exchange,
                    ["import", "-C", "ix", "-", "--yes"], "with the LAN 195.140.192.0/24",
                    text=text)
    tap.check("a line each, and none left out", error.count("lies in none") == 200
              and error.count("\n") == 202, error[-300:])
    bad = text.replace('"asnum":201007', '"asnum":"seven"')
    error = refused(tap, "import of a list with another error, too", exchange,
                    ["import", "-C", "ix", "-", "--yes"], "member_list[6].asnum", text=bad)
    tap.check("both kinds at once", "member_list[6]: 195.140.192.7 lies in none" in error and
              error.count("\n") == 203, error[-300:])


def readers(tap, exchange):
    """Who reads only the first line ends the command without a word."""
    exchange.serve()
    reader = subprocess.Popen([exchange.plenum, "show", "sessions", "-C", "ix", "--json"],
                              cwd=exchange.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
    reader.stdout.close()
    error = reader.stderr.read().decode()
    reader.stderr.close()
    reader.wait(20)
    tap.check("a reader that goes away is no error", error == "", error)
    process = exchange.process
    process.send_signal(signal.SIGTERM)
    tap.check("serve ends on SIGTERM with exit code 0",
              awaited(lambda: process.poll() is not None) and process.returncode == 0,
              process.returncode)


def stopped(tap, exchange):
    """stop comes back when the directory is free, so that the next command need not be tried twice."""
    for n in range(5):
        exchange.serve()
        code, out, error = exchange.run("stop", "-C", "ix", *(["--for-restart"] if n % 2 else []))
        after = exchange.run("check", "-C", "ix")
        tap.check(f"a command right after stop finds the directory free, {n + 1}", (code, after[0], after[2]) == (0, 0, ""),
                  (code, out, error, after))
        tap.check("and the server ended well", exchange.stop() == 0)


def main():
    tap = Tap()
    os.umask(0o022)
    with Exchange(sys.argv[1]) as exchange:
        helps(tap, exchange)
        groups(tap, exchange)
        bad_calls(tap, exchange)
        bad_init(tap, exchange)
        full_disk(tap, exchange)
        exchange.init()
        exchange.serve()
        modes(tap, exchange)
        exchange.stop()
        nobody_serves(tap, exchange)
        bad_configuration(tap, exchange)
        bad_database(tap, exchange)
        no_place(tap, exchange)
        checks(tap, exchange)
        wrong_now(tap, exchange)
        twice(tap, exchange)
        readers(tap, exchange)
        stopped(tap, exchange)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
