"""Everything that is recorded beside sessions, through the command line: recorded, shown, refused
with what to do, erased; and members from ARouteServer and from spreadsheets.
Usage: commands.py PLENUM"""
import json
import pathlib
import sqlite3
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from interop.lab import Tap  # noqa: E402
from kit.exchange import Exchange, awaited  # noqa: E402

CLIENTS = """\
asns:
  AS201002:
    as_sets: ["AS-TWO"]
clients:
  - asn: 201001
    ip: ["127.1.0.1", "fd00:1::1"]
    description: "One Net"
    password: "secret"
    cfg:
      filtering:
        irrdb:
          as_sets: ["RIPE::AS-ONE", "AS-ONE2"]
        max_prefix:
          limit_ipv4: 100
  - asn: 201002
    ip: "127.1.0.2"
"""
CSV = """\
ASN,Name,IPv4,IPv6,max_prefix4,MAC,routeserver,speed,colour
AS201001,"One, ""the"" Net",127.1.0.1,fd00:1::1,100,02-00-00-00-00-01,yes,10000,red
201001,,127.1.0.3,,,,no,,
201002,Two,127.1.0.2,,,,,,blue
"""


class Told:
    def __init__(self, tap, exchange):
        self.tap, self.exchange = tap, exchange

    def done(self, *words, text=None, said=""):
        code, out, error = self.exchange.run(*words[:2], "-C", "ix", *words[2:], text=text)
        self.tap.check(f"plenum {' '.join(words)}", code == 0 and said in out, (code, out, error))
        return out

    def refused(self, said, *words, text=None):
        code, out, error = self.exchange.run(*words[:2], "-C", "ix", *words[2:], text=text)
        self.tap.check(f"plenum {' '.join(words)[:60]}: refused, {said[:50]}",
                       code == 2 and said in error, (code, out, error))

    def json(self, *words):
        return json.loads(self.done(*words, "--json"))


def staff(tap, exchange):
    told = Told(tap, exchange)
    told.done("organisation", "add", "Example Oy", "--country", "fi", "--joined", "2026-01-05")
    told.done("member", "add", "AS201001", "One", "--ip", "127.1.0.1", "--ip", "fd00:1::1",
              "--url", "net.example", "--organisation", "1", "--policy", "open")
    told.refused("is not a date", "member", "edit", "AS201001", "--since", "2026-02-30")
    told.refused("there is no organisation 7", "member", "edit", "AS201001", "--organisation", "7")
    told.done("switch", "add", "sw1", "--city", "Tampere")
    told.done("connection", "edit", "AS201001", "--switch", "1", "--speed", "10000",
              "--mac", "0200.0000.0001", said="mac none -> 02:00:00:00:00:01")
    told.done("connection", "edit", "AS201001", "--speed", "10000", said="nothing to do")
    told.done("port", "add", "AS201001", "--switch", "1", "--speed", "10000")
    for text, shown in (("2.5G", "2.5G"), ("100M", "100M"), ("1.6T", "1.6T"), ("25", "25M"), ("10G", "10G")):
        told.done("port", "edit", "1", "--switch", "sw1", "--speed", text, said="-> " + shown)
    for text in ("10g", "G", "1.5M", "1.0005G", "10 G", "9999T", "-1"):
        told.refused("is no speed in Mbit/s", "port", "edit", "1", "--speed", text)
    told.refused("neither the number nor the name", "port", "edit", "1", "--switch", "sw9")
    told.done("member", "add", "AS201008", "Eight", "--ip", "127.1.0.8")
    told.done("address", "edit", "127.1.0.8", "--mac", "02:00:00:00:00:01")
    told.done("check", said="the MAC address 02:00:00:00:00:01 is recorded for AS201001 (fd00:1::1) "
              "and for AS201008 (127.1.0.8)")
    told.done("member", "remove", "AS201008")
    told.refused("plenum port edit", "connection", "edit", "AS201001", "--speed", "1")
    told.refused("refers to it; nothing was changed", "switch", "remove", "1")
    told.refused("no router's MAC address", "address", "edit", "127.1.0.1", "--mac",
                 "01:00:5e:00:00:01")
    told.refused("there is no address 127.1.0.9", "address", "edit", "127.1.0.9", "--mac", "")
    told.done("exchange", "edit", "--ixf-id", "913", "--policy", "open", "--policy", "closed")
    told.done("vlan", "add", "Peering", "--prefix4", "127.1.0.0/16", "--prefix6", "fd00:1::/64")
    told.refused("is none of: noc", "contact", "add", "AS201001", "--role", "king", "--name", "A")
    told.done("contact", "add", "AS201001", "--email", "noc@net.example", "--name", "Ann",
              "--public")
    told.done("document", "add", "Agreement", "--member", "AS201001", "--file", "ix/exchange.yaml",
              "--by", "Ann", "--date", "2026-01-05")
    member = told.json("member", "show", "AS201001")[0]
    connection = member["connections"][0]
    tap.check("member show has all of it", member["url"] == "http://net.example" and
              member["organisation"] == 1 and member["contacts"][0]["email"] == "noc@net.example"
              and member["documents"][0]["signed_at"] == "2026-01-05T00:00:00Z" and
              [port["speed_mbps"] for port in connection["ports"]] == [10000, 10000] and
              connection["address_details"][1]["mac_addresses"] == ["02:00:00:00:00:01"], member)
    told.refused("other", "member", "edit", "AS201001", "--type", "chair")
    public = told.done("export", "ixf")
    tap.check("a public contact is in the public list", "noc@net.example" in public)
    return told


def erased(tap, exchange, told):
    told.done("contact", "erase", "1")
    told.done("contact", "erase", "1", said="erased already")
    told.refused("there is no contact 9", "contact", "erase", "9")
    told.refused("nobody who signed it", "document", "add", "Agreement")
    contact = told.json("contact", "list")[0]
    tap.check("what is personal is gone", contact["erased"] is True and contact["name"] is None
              and contact["email"] is None and contact["role"] == "noc", contact)
    with sqlite3.connect(exchange.folder / "ix" / "exchange.db") as store:
        values = [row[0] for row in store.execute("SELECT value FROM ledger_private")]
        cards = "".join(row[0] for row in store.execute("SELECT card FROM ledger_leaf"))
    tap.check("beside the log, too; its digest stays", "noc@net.example" not in values
              and "noc@net.example" not in cards and "email private:" in cards, values)
    code, out, error = exchange.run("ledger", "verify", "-C", "ix")
    if "there is no command" in error:
        tap.skip("the log gives the same tables", "no plenum ledger verify")
    else:
        tap.check("the log gives the same tables", code == 0, out + error)


def sessions(tap, exchange, told):
    """A connection that is not connected has no session; the others stay."""
    told.done("member", "add", "AS201002", "Two", "--ip", "127.1.0.2")
    exchange.serve()

    def planned():
        out = exchange.run("show", "sessions", "-C", "ix", "--json")[1]
        return sorted(session["address"] for session in json.loads(out))
    everybody = ["127.1.0.1", "127.1.0.2", "fd00:1::1"]
    tap.check("all have sessions", awaited(lambda: planned() == everybody), planned())
    told.done("connection", "edit", "AS201001", "--state", "quarantine")
    tap.check("in quarantine: none", awaited(lambda: planned() == ["127.1.0.2"]), planned())
    told.done("connection", "edit", "AS201001", "--state", "connected")
    told.done("address", "edit", "fd00:1::1", "--routeserver", "no")
    tap.check("without the route server: not that one",
              awaited(lambda: planned() == ["127.1.0.1", "127.1.0.2"]), planned())
    exchange.stop()


def readers(tap, exchange):
    told = Told(tap, exchange)
    told.done("member", "add", "AS201009", "Nine", "--ip", "127.1.0.9")
    told.refused("standard input:2: column 1: \"x\" is not an AS number", "import", "-",
                 text="asn,ipv4\nx,127.1.0.1\n")
    told.refused("standard input:3: column 2: \"127.1.0.300\" is not an IPv4 address", "import",
                 "-", text="asn,ipv4\r\n1,127.1.0.1\r\n2,127.1.0.300\r\n")
    told.refused("standard input:2: 3 fields, where the header names 2", "import", "-",
                 text="asn,ipv4\n1,2,3\n")
    told.refused("the quotes are not closed", "import", "-", text='asn,ipv4\n1,"2\n')
    told.refused("nothing was changed", "import", "-", text='asn,ipv4\n1,"2\n')
    told.refused("standard input:3:11: \"127.1\" is not an address", "import", "-",
                 text="clients:\n  - asn: 1\n    ip: [ \"127.1\" ]\n")
    code, out, error = exchange.run("import", "-C", "ix", "-", "--yes", text=CSV)
    tap.check("a spreadsheet", code == 0 and "colour" in error, out + error)
    for separator in (";", "\t"):
        code, out, error = exchange.run("import", "-C", "ix", "-", text=CSV.replace(
            ",", separator).replace(f"One{separator}", "One,"))
        tap.check(f"with {separator!r} between the fields it says the same", code == 0 and "nothing to do" in out, (out, error))
    code, out, error = exchange.run("import", "-C", "ix", "-", text=CSV)
    tap.check("the same again: nothing to do", code == 0 and "nothing to do" in out, out + error)
    one = told.json("member", "show", "AS201001")[0]
    tap.check("what the spreadsheet says", one["name"] == 'One, "the" Net' and
              [c["addresses"] for c in one["connections"]] ==
              [["127.1.0.1", "fd00:1::1"], ["127.1.0.3"]] and
              one["connections"][1]["address_details"][0]["routeserver"] is False and
              one["connections"][0]["ports"][0]["speed_mbps"] == 10000, one)
    code, out, error = exchange.run("import", "-C", "ix", "-", "--yes", text=CLIENTS)
    tap.check("clients.yml", code == 0 and "1 setting such as password is not taken" in error,
              out + error)
    code, out, error = exchange.run("import", "-C", "ix", "-", text=CLIENTS)
    tap.check("clients.yml again: nothing to do", code == 0 and "nothing to do" in out, out)
    one = told.json("member", "show", "AS201001")[0]
    two = told.json("member", "show", "AS201002")[0]
    tap.check("what clients.yml says", one["as_macro"] == "RIPE::AS-ONE AS-ONE2" and
              one["name"] == "One Net" and two["as_macro"] == "AS-TWO" and
              one["connections"][0]["max_prefix_ipv4"] == 100, (one, two))


def main():
    tap = Tap()
    with Exchange(sys.argv[1]) as exchange:
        exchange.init("--trial")
        told = staff(tap, exchange)
        erased(tap, exchange, told)
        sessions(tap, exchange, told)
    with Exchange(sys.argv[1]) as exchange:
        exchange.init("--trial")
        readers(tap, exchange)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
