"""Addresses that an import moves from member to member: nothing that was recorded of the last holder
goes with them, and the same file once more finds nothing to do.

    moved.py PLENUM"""
import itertools
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from kit.exchange import Exchange  # noqa: E402
from lab import Tap  # noqa: E402

MEMBERS = [201001, 201002, 201003]
ADDRESSES = ["127.1.0.1", "127.1.0.2", "127.1.0.3"]
NEW = "127.1.0.9"


def mac_of(asn):
    return f"02:00:00:00:00:{asn % 100:02x}"


def listed(holders, with_macs):
    """IX-F of who has which address; some say the MAC address of their router."""
    def vlan(asn, address):
        macs = {"mac_addresses": [mac_of(asn)]} if asn in with_macs else {}
        return {"vlan_id": 1, "ipv4": {"address": address, **macs}}
    return {"version": "1.0", "timestamp": "2026-01-05T10:00:00Z",
            "ixp_list": [{"ixp_id": 1, "ixf_id": 1, "shortname": "EX", "vlan": [{"id": 1, "name": "Peering"}]}],
            "member_list": [{"asnum": asn, "name": f"N{asn}", "connection_list": [{"ixp_id": 1, "vlan_list": [vlan(asn, address)]}]}
                            for asn, address in holders.items()]}


def imported(exchange, holders, with_macs):
    (exchange.folder / "list.json").write_text(json.dumps(listed(holders, with_macs)))
    code, out, wrong = exchange.run("import", "-C", "ix", "list.json", "--yes")
    table = json.loads(exchange.run("export", "arp", "-C", "ix", "--json")[1])
    return code, out + wrong, {row["address"]: (row["asn"], row["mac"]) for row in table}


def case(tap, exchange, holders, with_macs):
    """From everybody at home with a MAC address to these holders; who says none and moved has none."""
    home = dict(zip(MEMBERS, ADDRESSES))
    imported(exchange, home, MEMBERS)
    code, said, table = imported(exchange, holders, with_macs)
    want = {address: (asn, mac_of(asn) if asn in with_macs or home[asn] == address else None)
            for asn, address in holders.items()}
    have = {address: (asn, mac) for address, (asn, mac) in table.items()}
    name = " ".join(f"{asn % 10}:{address.split('.')[-1]}{'m' if asn in with_macs else ''}" for asn, address in holders.items())
    tap.check(f"{name}: nobody has another's MAC address", code == 0 and have == want, f"{said}\nhave {have}\nwant {want}")
    again = imported(exchange, holders, with_macs)[1]
    tap.check(f"{name}: the same file again finds nothing to do", "nothing to do" in again, again)


def main():
    tap = Tap()
    with Exchange(sys.argv[1]) as exchange:
        exchange.init("--trial")
        for order in list(itertools.permutations(ADDRESSES))[1:] + [(ADDRESSES[1], NEW, ADDRESSES[2])]:
            for with_macs in ([], MEMBERS[:1], MEMBERS):
                case(tap, exchange, dict(zip(MEMBERS, order)), with_macs)
        code, _, wrong = exchange.run("ledger", "verify", "-C", "ix")
        tap.check("the log replays to the same tables", code == 0, wrong)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
