"""Real member exports in, out and in again: the same registry, and the same octets.

Every form that comes out passes the published schema.  The files lie in ixf/ of PLENUM_DATA or of
../shared/data beside the source; the schema with them.  Usage: ixf_round_trip.py PLENUM"""
import ipaddress
import json
import os
import pathlib
import shutil
import sqlite3
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from interop.lab import Tap  # noqa: E402
from kit.exchange import Exchange  # noqa: E402

try:
    import jsonschema
except ImportError:
    jsonschema = None

DATA = pathlib.Path(os.environ.get("PLENUM_DATA", ROOT.parent / "shared" / "data")) / "ixf"
AT = "2026-01-05T10:00:00Z"


def families(member):
    for connection in member["connection_list"]:
        for vlan in connection.get("vlan_list", []):
            for family in ("ipv4", "ipv6"):
                if vlan.get(family, {}).get("address"):
                    yield vlan[family]


def addresses(document):
    """(AS, address, uses the route server) of all that is no route server itself."""
    found = []
    for member in document["member_list"]:
        for family in families(member):
            types = [service["type"] for service in family.get("services", [])]
            if member.get("member_type") != "routeserver" and "ixrouteserver" not in types:
                address = ipaddress.ip_address(family["address"])
                found.append((member["asnum"], str(address), family.get("routeserver", True)))
    return sorted(set(found))


def lans(document):
    """What the file says, and around the addresses where it says nothing."""
    said = []
    for vlan in document["ixp_list"][0].get("vlan", []):
        for family in ("ipv4", "ipv6"):
            if "prefix" in vlan.get(family, {}):
                said.append(ipaddress.ip_network(
                    f'{vlan[family]["prefix"]}/{vlan[family]["mask_length"]}'))
    for _, text, _ in addresses(document):
        address = ipaddress.ip_address(text)
        if not any(address in lan for lan in said):
            bits = 23 if address.version == 4 else 64
            said.append(ipaddress.ip_network(f"{address}/{bits}", strict=False))
    return [str(lan) for lan in said]


def begin(exchange, networks):
    shutil.rmtree(exchange.folder / "ix", ignore_errors=True)
    words = [word for lan in networks for word in ("--lan", lan)]
    done = exchange.run("init", "-C", "ix", "--name", "Test", "--asn", "4200000001",
                        "--router-id", "192.0.2.1", "--listen", "127.0.0.1:1790", "--trial",
                        *words)
    assert done[0] == 0, done


def registry(exchange):
    """Every row of every table but the log's, whose times and salts differ; without the numbers of
    sessions, which are the server's own."""
    with sqlite3.connect(exchange.folder / "ix" / "exchange.db") as store:
        tables = [row[0] for row in store.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'ledger%'"
            " AND name NOT LIKE 'sqlite%' ORDER BY name")]
        columns = {table: "connection_id, address" if table == "address" else "*"
                   for table in tables}
        return {table: sorted(map(repr, store.execute(f"SELECT {columns[table]} FROM {table}")))
                for table in tables}


def validator(version):
    return json.loads((DATA / "schema" / f"ixp-member-list-{version}.schema.json").read_text())


def passes(tap, name, text):
    if jsonschema is None:
        tap.skip(f"{name}: passes the schema", "no python3-jsonschema")
        return
    schema = jsonschema.Draft4Validator(validator("1.0"),
                                        format_checker=jsonschema.FormatChecker())
    wrong = [f"{list(error.path)}: {error.message}" for error in
             schema.iter_errors(json.loads(text))]
    tap.check(f"{name}: passes the schema", not wrong, wrong[:5])


def has_null(value):
    if isinstance(value, dict):
        return any(item == {} or has_null(item) for item in value.values())
    if isinstance(value, list):
        return any(has_null(item) for item in value)
    return value is None


def round_trip(tap, exchange, path):
    document = json.loads(path.read_text())
    name = path.name
    networks = lans(document)
    begin(exchange, networks)
    code, out, error = exchange.run("import", "-C", "ix", str(path), "--yes")
    tap.check(f"{name}: imported", code == 0 and out.endswith("applied\n"), (code, out, error))
    if "timestamp" not in document:
        tap.check(f"{name}: no time stamp is a warning", "warning" in error
                  and "no timestamp" in error, error)
    code, out, error = exchange.run("import", "-C", "ix", str(path))
    tap.check(f"{name}: nothing left to do", code == 0 and out.startswith("nothing to do"), out)
    first = registry(exchange)
    code, full, error = exchange.run("export", "ixf", "-C", "ix", "--full", "--timestamp", AT)
    tap.check(f"{name}: exported", code == 0, error)
    tap.check(f"{name}: everybody is in it", addresses(json.loads(full)) == addresses(document),
              set(addresses(json.loads(full))) ^ set(addresses(document)))
    tap.check(f"{name}: no null, no empty object", not has_null(json.loads(full)))
    passes(tap, f"{name}, full", full)
    code, public, error = exchange.run("export", "ixf", "-C", "ix")
    passes(tap, f"{name}, public", public)
    tap.check(f"{name}: the public form has no contact and no limit",
              "contact_email" not in public and "max_prefix" not in public)
    tap.check(f"{name}: unchanged data, unchanged octets",
              exchange.run("export", "ixf", "-C", "ix")[1] == public)

    begin(exchange, networks)
    code, out, error = exchange.run("import", "-C", "ix", "-", "--yes", text=full)
    tap.check(f"{name}: imported again", code == 0, (out, error))
    second = registry(exchange)
    unlike = [table for table in first if first[table] != second[table]]
    tap.check(f"{name}: the same registry", not unlike,
              [sorted(set(first[table]) ^ set(second[table]))[:4] for table in unlike])
    again = exchange.run("export", "ixf", "-C", "ix", "--full", "--timestamp", AT)[1]
    tap.check(f"{name}: the same octets", again == full)


def refused(tap, exchange, path):
    text = path.read_text()
    begin(exchange, lans(json.loads(text)))
    lines = text.count("\n") + 1
    before = registry(exchange)
    for name, bad, said in (
            ("trailing garbage", text + "x", f":{lines}:"),
            ("two documents", text + text, f":{lines}:"),
            ("a document cut short", text[:len(text) // 2], "standard input:"),
            ("no JSON", "<html></html>", "neither an IX-F member export"),
            ("a list", "[]", "the document is not an object"),
            ("no member list", "{}", "member_list is missing"),
            ("a member list of another kind", '{"member_list": {}}',
             "member_list is not a list")):
        code, _, error = exchange.run("import", "-C", "ix", "-", "--yes", text=bad)
        tap.check(f"{name}: refused, and where", code == 2 and said in error
                  and "nothing was changed" in error, (code, error))
    tap.check("what was refused changed nothing", registry(exchange) == before)


def main():
    tap = Tap()
    files = sorted(DATA.glob("*.json")) + sorted(DATA.glob("arix/*.json"))
    if not files:
        tap.skip("real member exports", "no folder of real data: PLENUM_DATA or ../shared/data")
        return tap.finish()
    with Exchange(sys.argv[1]) as exchange:
        for path in files:
            round_trip(tap, exchange, path)
        refused(tap, exchange, files[0])
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
