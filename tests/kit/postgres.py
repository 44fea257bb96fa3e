#!/usr/bin/env python3
"""A private PostgreSQL in a temporary directory, on a Unix socket alone, for tests.

    tests/kit/postgres.py PROGRAM...      runs each with PLENUM_TEST_DATABASE, and joins their TAP

Says "skipped" where PostgreSQL is not installed.  As root the server runs as another user, since it
refuses to be root.  Nothing it keeps is meant to last: it does not wait for the disk."""
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

START_S = 30
USERS = ("postgres", "nobody")


def binaries():
    """The newest folder of PostgreSQL's programs, or None."""
    folders = [path.parent for path in pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    found = shutil.which("postgres")
    if folders:
        return max(folders, key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0))
    return pathlib.Path(found).parent if found else None


class Cluster:
    """with Cluster() as cluster: cluster.url("name") is a fresh database."""

    def __init__(self):
        self.bin = binaries()
        self.folder = None
        self.process = None
        self.user = None

    @staticmethod
    def is_there():
        return binaries() is not None

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="plenum-postgres-"))
        if os.getuid() == 0:
            self.user = next(user for user in USERS if self._known(user))
            shutil.chown(self.folder, self.user)
            self.folder.chmod(0o755)  # what serves is root without rights over others' folders
        subprocess.run([str(self.bin / "initdb"), "-D", str(self.folder / "data"), "-U", "plenum",
                        "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-N"],
                       check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **self._as())
        self.start()
        return self

    def __exit__(self, *_):
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def _known(user):
        try:
            pwd.getpwnam(user)
        except KeyError:
            return False
        return True

    def _as(self):
        if self.user is None:
            return {}
        entry = pwd.getpwnam(self.user)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def start(self):
        options = {"listen_addresses": "", "unix_socket_directories": str(self.folder),
                   "unix_socket_permissions": "0777", "fsync": "off", "shared_buffers": "16MB",
                   "max_connections": "60", "autovacuum": "off", "log_min_messages": "fatal"}
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([str(self.bin / "postgres"), "-D",
                                             str(self.folder / "data"), *words],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.folder, **self._as())
        end = time.monotonic() + START_S
        while self._psql("SELECT 1", "postgres").returncode != 0:
            if time.monotonic() > end or self.process.poll() is not None:
                raise RuntimeError("PostgreSQL did not start: " + (self.folder / "log").read_text())
            time.sleep(0.02)

    def stop(self, how=signal.SIGINT):
        """SIGINT: connections are ended; SIGQUIT: at once."""
        if self.process is None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(START_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def _psql(self, sql, database):
        return subprocess.run([str(self.bin / "psql"), "-h", str(self.folder), "-U", "plenum", "-d",
                               database, "-Atqc", sql], capture_output=True, text=True, timeout=60)

    def sql(self, sql, database="postgres"):
        done = self._psql(sql, database)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def url(self, database="postgres"):
        """Of a database of that name, made when it is new."""
        if not self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{database}'"):
            self.sql(f"CREATE DATABASE {database}")
        return f"postgresql://plenum@/{database}?host={self.folder}"


def run_all(programs):
    """Their TAP as one, with numbers of its own; whether all went well."""
    lines = []
    good = True
    with Cluster() as cluster:
        environment = {**os.environ, "PLENUM_TEST_DATABASE": cluster.url("tests")}
        for program in programs:
            done = subprocess.run([program], env=environment, capture_output=True, text=True)
            good &= done.returncode == 0
            name = pathlib.Path(program).name
            for line in (done.stdout + done.stderr).splitlines():
                case = re.match(r"(ok|not ok) \d+ - (.*)", line)
                if case:
                    lines.append((case[1], f"{name}: {case[2]}"))
                elif not re.match(r"1\.\.\d+$", line):
                    lines.append((None, line))
    number = 0
    for kind, text in lines:
        if kind:
            number += 1
            print(f"{kind} {number} - {text}")
        else:
            print(text)
    print(f"1..{number}")
    return good and number != 0


if __name__ == "__main__":
    if not Cluster.is_there():
        print("1..0 # SKIP PostgreSQL is not installed")
        sys.exit(0)
    sys.exit(0 if run_all(sys.argv[1:]) else 1)
