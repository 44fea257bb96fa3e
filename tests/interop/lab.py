"""A peering LAN of network namespaces: one bridge, one host for the route server and each member.

Everything the lab makes bears its own name and goes with it; every process it starts it ends by its
own id.  Nothing waits for a time to pass: conditions are awaited, with a deadline.  All that is said
on the BGP port of the route server's host is captured, and at the end tshark must find nothing wrong
with what the route server sent: run() does that for every test."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

AWAIT_S = int(os.environ.get("PLENUM_LAB_AWAIT_S", "30"))
RS_ASN = 64500
RS = "rs"


def missing_for_lab(programs):
    """What is missing for the lab to run, or None."""
    if os.geteuid() != 0:
        return "needs root for network namespaces"
    for program in ("ip", "dumpcap", "tshark", *programs):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    probe = f"plenum-probe-{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", probe], capture_output=True).returncode != 0:
        return "network namespaces are not allowed here"
    subprocess.run(["ip", "netns", "del", probe], check=True)
    return None


class Lab:
    def __init__(self, hosts, ipv4_bits=24):
        self.ipv4_bits = ipv4_bits
        self.name = f"plenum-{os.getpid()}"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="plenum-lab-"))
        self.folder.chmod(0o755)  # daemons that give up root read their configuration there
        self.processes = []
        self.takes_several = set()  # hosts with ADD-PATH sessions
        self.hosts = {host: number for number, host in enumerate([RS, *hosts], 1)}
        self.capture = None

    def __enter__(self):
        try:
            self._make()
            self._capture_begin()
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
            self._ip(host, "addr", "add", f"{self.ipv4(host)}/{self.ipv4_bits}", "dev", "eth0")
            self._ip(host, "-6", "addr", "add", f"{self.ipv6(host)}/64", "dev", "eth0", "nodad")
            self._ip(host, "link", "set", "eth0", "up")

    def __exit__(self, *_):
        for process in reversed(self.processes):
            self.end(process, signal.SIGKILL)
        for host in list(self.hosts) + ["lan"]:
            subprocess.run(["ip", "netns", "del", self._netns(host)], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _netns(self, host):
        return f"{self.name}-{host}"

    def _ip(self, host, *words):
        subprocess.run(["ip", "-n", self._netns(host), *words], check=True)

    def add_addresses(self, host, ipv4=(), ipv6=()):
        """More addresses on the LAN, for a host that is many members."""
        lines = [f"addr add {one}/{self.ipv4_bits} dev eth0" for one in ipv4]
        lines += [f"addr add {one}/64 dev eth0 nodad" for one in ipv6]
        subprocess.run(["ip", "-n", self._netns(host), "-batch", "-"], input="\n".join(lines),
                       text=True, check=True)

    def ipv4(self, host):
        return f"10.99.0.{self.hosts[host]}"

    def ipv6(self, host):
        return f"fd99::{self.hosts[host]}"

    def netns_path(self, host):
        return f"/run/netns/{self._netns(host)}"

    def start(self, host, *command, log, env=None):
        """Runs a program in the host's namespace; its output goes to the file `log`."""
        with open(self.folder / log, "ab") as output:
            process = subprocess.Popen(["ip", "netns", "exec", self._netns(host), *command],
                                       cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=output, env={**os.environ, **(env or {})})
        self.processes.append(process)
        return process

    def ask(self, host, *command):
        """What a program says on its standard output, run in the host's namespace."""
        try:
            return subprocess.run(["ip", "netns", "exec", self._netns(host), *command],
                                  cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
                                  text=True, errors="replace", timeout=AWAIT_S).stdout
        except subprocess.TimeoutExpired:
            return ""

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

    # --- the capture ----------------------------------------------------------------------------

    def _capture_begin(self):
        self.capture = self.start(RS, "dumpcap", "-q", "-i", "eth0", "-f", "tcp port 179", "-B",
                                  "16", "-w", "capture.pcapng", log="dumpcap.out")
        if not awaited(lambda: "File: " in self.read("dumpcap.out")):
            raise RuntimeError("dumpcap does not start: " + self.read("dumpcap.out"))

    def decoded(self, what, *fields):
        """Lines of the given fields for the captured packets that the display filter `what` lets
        through; of the whole summary without fields."""
        words = [word for field in fields for word in ("-e", field)]
        answer = subprocess.run(
            ["tshark", "-r", "capture.pcapng", "-Y", what] + (["-T", "fields"] if fields else [])
            + words, cwd=self.folder, capture_output=True, text=True, errors="replace")
        if answer.returncode != 0:
            raise RuntimeError(answer.stderr)
        return answer.stdout.splitlines()

    def messages(self, what):
        """BGP messages in the captured packets that the filter lets through, in order:
        (time, stream, from, type, length)."""
        for line in self.decoded(f"bgp && ({what})", "frame.time_epoch", "tcp.stream", "ip.src",
                                 "ipv6.src", "bgp.type", "bgp.length"):
            time_epoch, stream, ipv4, ipv6, types, lengths = line.split("\t")
            for kind, length in zip(types.split(","), lengths.split(",")):
                yield float(time_epoch), int(stream), ipv4 or ipv6, int(kind), int(length)

    def check_capture(self, tap):
        """Ends the capture; all that the route server sent must decode, to the last octet."""
        self.end(self.capture, signal.SIGINT)
        sent = f"(ip.src == {self.ipv4(RS)} || ipv6.src == {self.ipv6(RS)})"
        once = "!tcp.analysis.retransmission && !tcp.analysis.spurious_retransmission"
        tap.check("tshark saw the route server speak",
                  self.decoded(f"bgp.type == 1 && {sent}") and
                  self.decoded(f"bgp.type == 2 && {sent}"))
        # Whether prefixes carry path identifiers tshark guesses from the octets: those hosts are
        # left to daemons that know what was agreed.
        several = "".join(f" && !(ip.dst == {self.ipv4(host)} || ipv6.dst == {self.ipv6(host)})"
                          for host in sorted(self.takes_several))
        wrong = self.decoded(f"{sent}{several} && (_ws.malformed || (bgp && _ws.expert.severity == error "
                             "&& !bgp.notify.major_error))")
        tap.check("and found nothing malformed in what it sent", not wrong, "\n".join(wrong))
        octets = sum(int(line) for line in self.decoded(f"{sent} && tcp.len > 0 && {once}",
                                                        "tcp.len"))
        read = sum(int(length) for line in self.decoded(f"{sent} && bgp && {once}", "bgp.length")
                   for length in line.split(",") if length)
        tap.check("and read every octet of it as BGP", octets == read,
                  f"{octets} octets of TCP, {read} octets of BGP messages")


class Exchange:
    """Plenum in the lab: its registry, its process, its log."""

    def __init__(self, lab, plenum, *init_words):
        self.lab = lab
        self.plenum = str(pathlib.Path(plenum).resolve())
        self.process = None
        self.starts = 0
        self.order("init", "--name", "Lab", "--asn", str(RS_ASN), "--router-id", lab.ipv4(RS),
                   "--listen", lab.ipv4(RS), "--listen", lab.ipv6(RS), "--lan",
                   f"10.99.0.0/{lab.ipv4_bits}", "--lan", "fd99::/64", *init_words)

    def order(self, *words):
        answer = subprocess.run([self.plenum, *words, "-C", "ix"], cwd=self.lab.folder,
                                capture_output=True, text=True)
        if answer.returncode != 0:
            raise RuntimeError(f"plenum {' '.join(words)}: {answer.stdout}{answer.stderr}")
        return answer.stdout

    def json(self, *words):
        """What a command shows; that it found something is no failure."""
        answer = subprocess.run([self.plenum, *words, "-C", "ix", "--json"], cwd=self.lab.folder,
                                capture_output=True, text=True)
        if answer.returncode == 2:
            raise RuntimeError(f"plenum {' '.join(words)}: {answer.stdout}{answer.stderr}")
        return json.loads(answer.stdout)

    def offer_blackhole(self, *next_hops):
        with open(self.lab.folder / "ix" / "exchange.yaml", "a") as config:
            config.write("blackhole_next_hop:\n" + "".join(f"  - {one}\n" for one in next_hops))

    def add(self, asn, host, *words, families=(4, 6)):
        addresses = {4: self.lab.ipv4(host), 6: self.lab.ipv6(host)}
        self.order("member", "add", f"AS{asn}", host,
                   *(word for family in families for word in ("--ip", addresses[family])), *words)

    def serve(self):
        self.starts += 1
        self.process = self.lab.start(RS, self.plenum, "serve", "-C", "ix", log="serve.log")
        if not awaited(lambda: self.log().count(": serving ") == self.starts):
            raise RuntimeError("plenum does not serve: " + self.log())

    def kill(self):
        """A crash: nothing is said to anybody."""
        self.lab.end(self.process, signal.SIGKILL)

    def end(self):
        self.lab.end(self.process)

    def ended(self):
        """Waits for the end that somebody ordered."""
        self.process.wait(AWAIT_S)
        if self.process in self.lab.processes:
            self.lab.processes.remove(self.process)

    def up_list(self):
        """Addresses of the sessions that the next start will wait for."""
        return self.lab.read("ix/sessions-up").split()

    def log(self):
        return self.lab.read("serve.log")


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
            for line in str(seen).splitlines()[-60:]:
                print(f"#   {line}", flush=True)
        return bool(passed)

    def await_check(self, name, condition, seen=lambda: "", seconds=AWAIT_S):
        """A condition that must become true in time."""
        passed = awaited(condition, seconds)
        return self.check(name, passed, "" if passed else seen())

    def skip(self, name, why):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {why}", flush=True)

    def finish(self):
        print(f"1..{self.count}")
        return 1 if self.failed else 0


def run(body, hosts, programs):
    """The whole of a test program: body(lab, tap, plenum) in a lab of these hosts, then the look at
    the capture; what body returns is called with (lab, tap) after that, and may look too.  Exits
    with 1 when a case failed."""
    if len(sys.argv) != 2:
        print(f"usage: {sys.argv[0]} PLENUM", file=sys.stderr)
        sys.exit(2)
    missing = missing_for_lab(programs)
    if missing:
        print(f"1..1\nok 1 - all # SKIP {missing}")
        sys.exit(0)
    tap = Tap()
    with Lab(hosts) as lab:
        try:
            after = body(lab, tap, sys.argv[1])
            lab.check_capture(tap)
            if after:
                after(lab, tap)
        except Exception:  # a case that never ran is a failure too
            tap.check("the test runs to its end", False,
                      lab.read("serve.log") + traceback.format_exc())
        if os.environ.get("PLENUM_LAB_KEEP"):
            shutil.copytree(lab.folder, os.environ["PLENUM_LAB_KEEP"], dirs_exist_ok=True,
                            ignore_dangling_symlinks=True,
                            ignore=lambda folder, names: [
                                n for n in names
                                if not (pathlib.Path(folder) / n).is_file()
                                and not (pathlib.Path(folder) / n).is_dir()])
    sys.exit(tap.finish())
