"""A served exchange in a temporary directory, for tests that type commands.

Everything is on loopback; the process that serves is ended by its own id.  Nothing waits for a time
to pass: conditions are awaited, with a deadline."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

AWAIT_S = 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def awaited(condition, seconds=AWAIT_S):
    """The condition's first true value, or its last one when the time is over."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.02)


class Exchange:
    """A folder with an exchange in `ix`; commands run in the folder."""

    def __init__(self, plenum):
        self.plenum = str(pathlib.Path(plenum).resolve())
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="plenum-golden-"))
        self.port = free_port()
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, failure=None, *_):
        self.stop()
        log = self.folder / "serve.log"
        said = log.read_text(errors="replace") if log.exists() else ""
        shutil.rmtree(self.folder, ignore_errors=True)
        if failure is None and "internal error" in said:
            raise RuntimeError("plenum serve did not end well: " + said)

    def run(self, *words, text=None, environment=None):
        """Exit code, standard output and standard error of one command."""
        done = subprocess.run([self.plenum, *words], cwd=self.folder, input=text,
                              stdin=subprocess.DEVNULL if text is None else None,
                              capture_output=True, text=True, timeout=60,
                              env={**os.environ, **(environment or {})})
        return done.returncode, done.stdout, done.stderr

    def init(self, *more):
        return self.run("init", "-C", "ix", "--name", "Example-IX", "--asn", "64500",
                        "--router-id", "192.0.2.1", "--listen", f"127.0.0.1:{self.port}",
                        "--lan", "127.1.0.0/16", "--lan", "fd00:1::/64", *more)

    def serve(self, *more, log=None):
        """Its log goes to serve.log, or to the descriptor `log`."""
        with open(self.folder / "serve.log", "ab") as output:
            self.process = subprocess.Popen([self.plenum, "serve", "-C", "ix", *more],
                                            cwd=self.folder, stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=output if log is None else log)
        if not awaited(lambda: self.run("show", "status", "-C", "ix")[0] == 0
                       or self.process.poll() is not None) or self.process.poll() is not None:
            raise RuntimeError("not served: " + (self.folder / "serve.log").read_text())

    def stop(self):
        """The exit code; None when it did not run."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(AWAIT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        code = self.process.returncode
        self.process = None
        return code

    def json(self, *words):
        return json.loads(self.run(*words, "-C", "ix", "--json")[1])
