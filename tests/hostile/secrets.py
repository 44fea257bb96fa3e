#!/usr/bin/env python3
"""Secrets stay where they belong: secrets.py PLENUM.

A TCP MD5 password, the log's key and a database's password are looked for in all that commands say,
in the log, in the command lines of every process, and in what a crash leaves behind; and another
process of the same user tries to look inside."""
import base64
import os
import pathlib
import pwd
import resource
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from interop.lab import Tap  # noqa: E402
from kit.exchange import Exchange, awaited  # noqa: E402

PASSWORD = "open-sesame-7309"
DATABASE = "hidden-4411"
SHOWN = (("show", "status"), ("show", "sessions"), ("show", "session", "AS2001"), ("member", "list"), ("member", "show", "AS2001"),
         ("show", "slat"), ("check",), ("ledger", "show", "1"), ("ledger", "verify"), ("export", "ixf"),
         ("export", "router", "AS2001", "--vendor", "bird"))
LOOK = "import sys; open('/proc/%s/mem' % sys.argv[1], 'rb')"


def family(process):
    """The process and those it began."""
    pids = [process]
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]) == process:
                    pids.append(int(entry.name))
            except OSError:
                pass
    return pids


def seen_in(texts, secrets):
    return [f"{where}: {secret}" for where, text in texts for secret in secrets if secret in text]


def said(exchange):
    for words in SHOWN:
        code, out, error = exchange.run(*words, "-C", "ix")
        yield " ".join(words), out + error
        yield " ".join(words) + " --json", "".join(exchange.run(*words, "-C", "ix", "--json")[1:])


def files(folder):
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in ("exchange.db", "exchange.db-wal", "exchange.db-shm", "ledger.key"):
            yield str(path), path.read_bytes().decode("latin-1")


def processes(pids):
    for pid in pids:
        for name in ("cmdline", "environ", "status", "comm"):
            try:
                yield f"/proc/{pid}/{name}", pathlib.Path(f"/proc/{pid}/{name}").read_bytes().decode("latin-1")
            except OSError:
                pass


def another(pid, user):
    """True: a process of the same user is not let in."""
    more = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    tried = subprocess.run(["/usr/bin/python3", "-c", LOOK, str(pid)], capture_output=True, text=True, cwd="/", **more)
    return tried.returncode == 1 and "PermissionError" in tried.stderr


def root_is_warned(tap, plenum):
    with Exchange(plenum) as exchange:
        exchange.init("--trial")
        exchange.serve()
        tap.check("root is told that a directory of root's has it work as root",
                  "warning: it works as root" in (exchange.folder / "serve.log").read_text())


def main(plenum):
    tap = Tap()
    if os.getuid() == 0:
        root_is_warned(tap, plenum)
    user = pwd.getpwnam("daemon") if os.getuid() == 0 else None
    with Exchange(plenum) as exchange:
        exchange.init("--trial")
        if user is not None:
            exchange.folder.chmod(0o755)
            for path in (exchange.folder / "ix", *(exchange.folder / "ix").rglob("*")):
                os.chown(path, user.pw_uid, user.pw_gid)
        resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
        exchange.serve()
        code, _, error = exchange.run("member", "add", "-C", "ix", "AS2001", "Example", "--ip", "127.1.0.7", "--active",
                                      "--password-file", "-", text=PASSWORD + "\n")
        tap.check("a password from standard input is taken without a word", code == 0 and error == "", error)
        code, _, error = exchange.run("member", "edit", "-C", "ix", "AS2001", "--password", PASSWORD)
        tap.check("one on the command line is warned of, and not said again",
                  code == 0 and "--password-file" in error and PASSWORD not in error, error)
        awaited(lambda: "AS2001" in (exchange.folder / "serve.log").read_text())
        key = (exchange.folder / "ix/ledger.key").read_text().strip().rsplit("+", 1)[-1]
        secrets = (PASSWORD, key, base64.b64encode(PASSWORD.encode()).decode(), PASSWORD.encode().hex())
        if user is not None:
            text = (exchange.folder / "serve.log").read_text()
            tap.check("started by root it works as whom the directory belongs to",
                      "confined: as user daemon" in text and "works as root" not in text, text)
        pids = family(exchange.process.pid)
        bad = seen_in(said(exchange), secrets)
        tap.check("no command says them", not bad, "; ".join(bad))
        bad = seen_in(files(exchange.folder), secrets)
        tap.check("neither do the log and the files that are published", not bad, "; ".join(bad))
        bad = seen_in(processes(pids), secrets)
        tap.check("nor what ps shows of the processes", len(pids) >= 2 and not bad, f"{pids} {'; '.join(bad)}")
        is_whole = not exchange.json("show", "status")["confinement"]["reduced_for_sanitizer"]
        if is_whole:
            tap.check("another process of the same user cannot look inside", another(exchange.process.pid, user))
        code, _, error = exchange.run("init", "-C", "other", "--name", "X", "--asn", "64500", "--router-id", "192.0.2.1", "--listen",
                                      "127.0.0.1:1", "--lan", "127.1.0.0/16", "--trial", "--database",
                                      f"postgresql://plenum:{DATABASE}@127.0.0.1:1/ix")
        tap.check("a database's password is in no error", code == 2 and error != "" and DATABASE not in error, error)
        if is_whole:
            os.kill(exchange.process.pid, signal.SIGSEGV)
            exchange.process.wait(20)
            cores = [*exchange.folder.rglob("core*"), *pathlib.Path.cwd().glob("core*")]
            tap.check("a crash leaves no core file", exchange.process.returncode == -signal.SIGSEGV and not cores, str(cores))
            gone = awaited(lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in pids[1:]))
            tap.check("and the processes beside it end with it", gone, str(pids))
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
