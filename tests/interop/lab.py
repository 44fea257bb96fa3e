"""A peering LAN of network namespaces: one bridge, one host for the route server and each member.

Everything the lab makes bears its own name and goes with it; every process it starts it ends by its
own id.  Nothing waits for a time to pass: conditions are awaited, with a deadline."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
AWAIT_S = 30


def available(*programs):
    """What is missing for the lab to run, or None."""
    if os.geteuid() != 0:
        return "needs root for network namespaces"
    for program in ("ip",) + programs:
        if shutil.which(program) is None:
            return f"{program} is not installed"
    probe = f"plenum-probe-{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", probe], capture_output=True).returncode != 0:
        return "network namespaces are not allowed here"
    subprocess.run(["ip", "netns", "del", probe], check=True)
    return None


class Lab:
    def __init__(self, hosts):
        self.name = f"plenum-{os.getpid()}"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="plenum-lab-"))
        self.processes = []
        self.hosts = {host: number for number, host in enumerate(hosts, 1)}

    def __enter__(self):
        try:
            self._make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _make(self):
        lan = self._netns("lan")
        subprocess.run(["ip", "netns", "add", lan], check=True)
        self._ip("lan", "link", "add", "br0", "type", "bridge")
        self._ip("lan", "link", "set", "br0", "up")
        for host, number in self.hosts.items():
            subprocess.run(["ip", "netns", "add", self._netns(host)], check=True)
            subprocess.run(["ip", "link", "add", f"v{number}", "netns", lan, "type", "veth",
                            "peer", "name", "eth0", "netns", self._netns(host)], check=True)
            self._ip("lan", "link", "set", f"v{number}", "master", "br0", "up")
            self._ip(host, "link", "set", "lo", "up")
            self._ip(host, "addr", "add", f"{self.ipv4(host)}/24", "dev", "eth0")
            self._ip(host, "-6", "addr", "add", f"{self.ipv6(host)}/64", "dev", "eth0", "nodad")
            self._ip(host, "link", "set", "eth0", "up")

    def __exit__(self, *_):
        for process in reversed(self.processes):
            self.end(process)
        for host in list(self.hosts) + ["lan"]:
            subprocess.run(["ip", "netns", "del", self._netns(host)], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _netns(self, host):
        return f"{self.name}-{host}"

    def _ip(self, host, *words):
        subprocess.run(["ip", "-n", self._netns(host), *words], check=True)

    def ipv4(self, host):
        return f"10.99.0.{self.hosts[host]}"

    def ipv6(self, host):
        return f"fd99::{self.hosts[host]}"

    def start(self, host, *command, log):
        """Runs a program in the host's namespace; its output goes to the file `log`."""
        with open(self.folder / log, "ab") as output:
            process = subprocess.Popen(["ip", "netns", "exec", self._netns(host), *command],
                                       cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=output)
        self.processes.append(process)
        return process

    def end(self, process, how=signal.SIGTERM):
        if process.poll() is None:
            process.send_signal(how)
            try:
                process.wait(AWAIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process in self.processes:
            self.processes.remove(process)

    def read(self, name):
        path = self.folder / name
        return path.read_text(errors="replace") if path.exists() else ""


def awaited(condition, seconds=AWAIT_S):
    """The condition's first true value, or its last one when the time is over."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.05)


class Tap:
    """Cases in order; ends with a plan and the right exit code."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def check(self, name, passed, seen=""):
        self.count += 1
        print(f"{'ok' if passed else 'not ok'} {self.count} - {name}", flush=True)
        if not passed:
            self.failed += 1
            for line in str(seen).splitlines()[-40:]:
                print(f"#   {line}")

    def finish(self):
        print(f"1..{self.count}")
        return 1 if self.failed else 0


def skip_all(why):
    print(f"1..1\nok 1 - all # SKIP {why}")
