"""A peering LAN in a network namespace of this program's own, and the processes that run on it.

All members' addresses lie on this host: local routes for the LAN lead every packet back.  The far end
of the veth pair leads nowhere; it is there because BIRD and FRR want an interface that has the LAN.
With the program its namespaces go, and with them every process in them."""
import ipaddress
import os
import pathlib
import resource
import signal
import subprocess
import sys
import time

SERVER_ASN = 64700
MEMBER_ASN = 30000
SERVER_CORE = 0
BGP_PORT = 179
LISTENS = "0A"  # of /proc/net/tcp
SERVER = {"ipv4": "10.1.255.1", "ipv6": "fd00:1::ffff"}
LAN = {"ipv4": ipaddress.ip_network("10.1.0.0/16"), "ipv6": ipaddress.ip_network("fd00:1::/64")}
INSIDE = "PLENUM_BENCH_PEERS_INSIDE"


def member_address(family, member):
    return str(LAN[family][member + 1])


def enter():
    """Begins again inside namespaces of its own; comes back there."""
    if os.environ.get(INSIDE) != "1":
        if os.geteuid() != 0:
            print("bench-peers: a network namespace of its own is for root: please run it as root, or with sudo",
                  file=sys.stderr)
            sys.exit(2)
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child",
                              sys.executable, *sys.argv])
    ipv6 = pathlib.Path("/proc/sys/net/ipv6")
    (ipv6 / "ip_nonlocal_bind").write_text("1\n")
    (ipv6 / "conf/default/accept_dad").write_text("0\n")  # link-local addresses at once: FRR waits for them
    for words in (["link", "set", "lo", "up"], ["link", "add", "lan", "type", "veth", "peer", "name", "lan-far"],
                  ["link", "set", "lan-far", "up"], ["link", "set", "lan", "up"],
                  ["addr", "add", f"{SERVER['ipv4']}/16", "dev", "lan"],
                  ["-6", "addr", "add", f"{SERVER['ipv6']}/64", "dev", "lan", "nodad"],
                  ["route", "add", "local", str(LAN["ipv4"]), "dev", "lo"],
                  ["-6", "route", "add", "local", str(LAN["ipv6"]), "dev", "lo"]):
        subprocess.run(["ip", *words], check=True)
    # Where daemons want folders of their own, in a mount namespace nobody else sees.
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def awaited(condition, seconds):
    end = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return value


def is_listening():
    """Somebody listens on the BGP port; looked up, not tried, so that nobody is disturbed."""
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            if state == LISTENS and local.endswith(f":{BGP_PORT:04X}"):
                return True
    return False


def start(command, log, **more):
    """A process on the server's core; what it says goes to the file."""
    with open(log, "ab") as output:
        return subprocess.Popen(["taskset", "-c", str(SERVER_CORE), *command], stdin=subprocess.DEVNULL,
                                stdout=output, stderr=output, start_new_session=True, **more)


def family_of(process):
    """The process and all that descend from it."""
    children = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            text = (entry / "stat").read_text()
        except OSError:
            continue
        parent = int(text.rpartition(")")[2].split()[1])
        children.setdefault(parent, []).append(int(entry.name))
    found = [process]
    for one in found:
        found += children.get(one, [])
    return found


def end(processes):
    """All of them and their descendants, at once: nothing of theirs is to be kept."""
    for process in processes:
        for one in reversed(family_of(process.pid)):
            try:
                os.kill(one, signal.SIGKILL)
            except ProcessLookupError:
                pass
        process.wait()
