"""What switches and name servers are given: tables that ip(8) and bridge(8) take, zones that
named-checkzone finds nothing wrong with.

    fabric.py PLENUM"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from kit.exchange import Exchange  # noqa: E402
from lab import Tap  # noqa: E402

NAMES = ["--domain", "ix.example", "--ns", "ns1.ix.example", "--ns", "ns2.other.example"]
MAC = "0e:01:00:03:11:29"


def command(words, text=None, **more):
    return subprocess.run(words, input=text, capture_output=True, text=True, timeout=30, check=False, **more)


def zones(tap, exchange):
    def checked(name):
        code, zone, wrong = exchange.run("export", "zone", "-C", "ix", name, *NAMES)
        path = exchange.folder / "zone"
        path.write_text(zone)
        done = command(["named-checkzone", "-i", "local", name, str(path)])
        return code == 0 and done.returncode == 0, zone, f"{wrong}{done.stdout}{done.stderr}{zone}"

    code, names, _ = exchange.run("export", "zone", "-C", "ix")
    tap.check("zones are listed", code == 0 and names.split() == [
        "1.127.in-addr.arpa", "0.0.0.0.0.0.0.0.1.0.0.0.0.0.d.f.ip6.arpa", "64/26.2.0.192.in-addr.arpa"], names)
    if shutil.which("named-checkzone") is None:
        tap.skip("named-checkzone reads them", "named-checkzone is not installed")
    else:
        for name in names.split():
            good, zone, seen = checked(name)
            tap.check(f"named-checkzone reads {name}", good and ".ix.example." in zone and "IN PTR\tas201001" in zone, seen)
    code, parent, _ = exchange.run("export", "zone", "-C", "ix", "64/26.2.0.192.in-addr.arpa", *NAMES, "--parent")
    tap.check("the /24 is told how to delegate", code == 0 and "70\tIN CNAME\t70.64/26\n" in parent
              and "64/26\tIN NS\tns1.ix.example.\n" in parent, parent)
    first = exchange.run("export", "zone", "-C", "ix", "1.127.in-addr.arpa", *NAMES)[1]
    again = exchange.run("export", "zone", "-C", "ix", "1.127.in-addr.arpa", *NAMES)[1]
    tap.check("unchanged data, unchanged zone", first == again and " 0 3600" not in first, first)
    code, _, wrong = exchange.run("export", "zone", "-C", "ix", "2.127.in-addr.arpa", "--domain", "ix example")
    tap.check("what is wrong is said at once", code == 2 and "--domain" in wrong and "--ns" in wrong, wrong)


def tables(tap, exchange):
    code, table, wrong = exchange.run("export", "arp", "-C", "ix")
    tap.check("who has no MAC address is told", code == 1 and "201002" in table and "MAC address" in wrong, (table, wrong))
    code, text, _ = exchange.run("export", "arp", "-C", "ix", "--json")
    rows = json.loads(text)
    tap.check("the table as JSON", [(row["address"], row["mac"]) for row in rows] == [
        ("127.1.0.1", MAC), ("127.1.0.2", None), ("192.0.2.70", MAC)], rows)
    _, macs, _ = exchange.run("export", "mac", "-C", "ix", "--format", "linux", "--device", "port1")
    tap.check("a MAC address stands once", macs == f"fdb replace {MAC} dev port1 master static\n", macs)
    exchange.run("connection", "edit", "-C", "ix", "AS201001", "--at", "127.1.0.1", "--state", "quarantine")
    quiet = [MAC not in exchange.run("export", table, "-C", "ix")[1].split("192.0.2.70")[0] for table in ("arp", "nd", "mac")]
    exchange.run("connection", "edit", "-C", "ix", "AS201001", "--at", "127.1.0.1", "--state", "connected")
    again = exchange.run("export", "arp", "-C", "ix", "--json")[1]
    tap.check("what is in quarantine is in no table, and back with its state", all(quiet[:2]) and again == text, (quiet, again))
    if os.geteuid() != 0 or command(["unshare", "-n", "true"]).returncode != 0:
        tap.skip("ip and bridge take them", "no network namespace can be made here")
        return
    _, arp, _ = exchange.run("export", "arp", "-C", "ix", "--format", "linux", "--device", "port1")
    _, nd, _ = exchange.run("export", "nd", "-C", "ix", "--format", "linux", "--device", "port1")
    script = ("set -e; ip link add lan type bridge; ip link add port1 type veth peer name member1; ip link set port1 master lan up;"
              " ip link set lan up; ip -batch ip.batch; bridge -batch bridge.batch; ip neigh show dev port1; bridge fdb show dev port1")
    (exchange.folder / "ip.batch").write_text(arp + nd)
    (exchange.folder / "bridge.batch").write_text(macs)
    done = command(["unshare", "-n", "sh", "-c", script], cwd=exchange.folder)
    tap.check("ip and bridge take them", done.returncode == 0 and f"127.1.0.1 lladdr {MAC} PERMANENT" in done.stdout
              and f"fd00:1::1 lladdr {MAC} PERMANENT" in done.stdout and f"{MAC} master lan static" in done.stdout,
              done.stdout + done.stderr)
    code, _, wrong = exchange.run("export", "nd", "-C", "ix", "--format", "linux", "--device", "a b;c")
    tap.check("a device is one word", code == 2 and "interface" in wrong, wrong)


def exported():
    """An IX-F member export of two members; one has a MAC address."""
    ports = [{"vlan_id": 1, "ipv4": {"address": address, "mac_addresses": [MAC.upper()]}} for address in ("127.1.0.1", "192.0.2.70")]
    ports[0]["ipv6"] = {"address": "fd00:1::1", "mac_addresses": [MAC]}
    return {"version": "1.0", "timestamp": "2026-01-05T10:00:00Z",
            "ixp_list": [{"ixp_id": 1, "ixf_id": 1, "shortname": "EX", "vlan": [{"id": 1, "name": "Peering"}]}],
            "member_list": [
                {"asnum": 201001, "name": "Example Net", "connection_list": [{"ixp_id": 1, "vlan_list": ports}]},
                {"asnum": 201002, "name": "Other", "connection_list": [
                    {"ixp_id": 1, "vlan_list": [{"vlan_id": 1, "ipv4": {"address": "127.1.0.2"}}]}]}]}


def main():
    tap = Tap()
    with Exchange(sys.argv[1]) as exchange:
        exchange.init("--trial", "--lan", "192.0.2.64/26")
        (exchange.folder / "list.json").write_text(json.dumps(exported()))
        code, _, wrong = exchange.run("import", "-C", "ix", "list.json", "--yes")
        tap.check("members come with their MAC addresses", code == 0, wrong)
        zones(tap, exchange)
        tables(tap, exchange)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
