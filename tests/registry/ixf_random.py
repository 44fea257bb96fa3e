"""Random registries out as IX-F and in again: the same registry, and the same octets.

Usage: ixf_random.py PLENUM [SEED].  A failure names its seed."""
import json
import pathlib
import random
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(ROOT / "tests" / "registry"))
from interop.lab import Tap  # noqa: E402
from ixf_round_trip import AT, begin, has_null, registry  # noqa: E402
from kit.exchange import Exchange  # noqa: E402

SEEDS = range(1, 9)
STATES = ["connected", "active", "operational", "notconnected", "disabled", "quarantine",
          "awaiting-xconnect", "", "odd"]
LANS = ["127.1.0.0/16", "fd00:1::/64", "127.2.0.0/16"]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.taken = set()

    def maybe(self, target, name, make, chance=0.5):
        if self.random.random() < chance:
            target[name] = make()

    def name(self):
        return "".join(self.random.choice("abcXYZ 0189-_.,\"'\\/<>&äßλ网é") for _ in
                       range(self.random.randint(1, 40))).strip() or "x"

    def macro(self, asn):
        return self.random.choice(["AS-ONE", "AS-TWO", "RIPE::AS-THREE", f"AS{asn}:AS-ALL",
                                   "AS-ONE AS-TWO"])

    def address(self, family):
        while True:
            low, high = self.random.randint(1, 250), self.random.randint(1, 250)
            text = f"127.{self.random.choice([1, 1, 1, 2])}.{low}.{high}" if family == "ipv4" \
                else f"fd00:1::{low:x}:{high:x}"
            if text not in self.taken:
                self.taken.add(text)
                return text

    def family(self, family, asn):
        out = {"address": self.address(family)}
        self.maybe(out, "as_macro", lambda: self.macro(asn))
        self.maybe(out, "max_prefix", lambda: self.random.choice([0, 1, 100, 99999]))
        self.maybe(out, "routeserver", lambda: self.random.random() < 0.7)
        self.maybe(out, "mac_addresses", lambda: [
            f"{self.random.randrange(0, 256, 4):02X}:00:00:00:00:{self.random.randint(1, 255):02x}"
            for _ in range(self.random.randint(0, 3))])
        self.maybe(out, "services", lambda: [{"type": "ixroutecollector", "os": "Debian",
                                              "daemon": self.name()}], 0.1)
        return out

    def connection(self, asn):
        out = {"ixp_id": 1, "vlan_list": []}
        self.maybe(out, "state", lambda: self.random.choice(STATES))
        self.maybe(out, "connected_since", lambda: "2026-01-05T10:00:00.25Z")
        self.maybe(out, "if_list", lambda: [
            {"switch_id": self.random.randint(1, 9), "if_speed": 10000,
             "if_type": self.name()} for _ in range(self.random.randint(0, 3))])
        for _ in range(self.random.randint(0, 3)):
            vlan = {"vlan_id": self.random.randint(1, 3)}
            for family in self.random.sample(["ipv4", "ipv6"], self.random.randint(1, 2)):
                vlan[family] = self.family(family, asn)
            out["vlan_list"].append(vlan)
        return out

    def member(self, asn):
        out = {"asnum": asn, "connection_list": [
            self.connection(asn) for _ in range(self.random.randint(0, 3))]}
        self.maybe(out, "name", self.name)
        self.maybe(out, "url", lambda: self.random.choice(
            ["https://net.example/a?b=c", "net.example", "no url", None]))
        self.maybe(out, "member_type", lambda: self.random.choice(["peering", "ixp", "other",
                                                                   "probono"]))
        self.maybe(out, "peering_policy", self.name)
        self.maybe(out, "member_since", lambda: self.random.choice(
            ["2020-02-29T00:00:00Z", "2020-02-30T00:00:00Z", "2001-01-01"]))
        self.maybe(out, "contact_email", lambda: [f"a{i}@net.example" for i in
                                                  range(self.random.randint(0, 3))])
        self.maybe(out, "contact_phone", lambda: [f"+{i}" for i in
                                                  range(self.random.randint(0, 2))])
        self.maybe(out, "contact_hours", lambda: "24/7")
        return out

    def document(self):
        exchange = {"ixp_id": self.random.randint(0, 3), "ixf_id": self.random.randint(0, 9),
                    "shortname": self.name(),
                    "vlan": [{"id": 1, "ipv4": {"prefix": "127.1.0.0", "mask_length": 16},
                              "ipv6": {"prefix": "fd00:1::", "mask_length": 64}}],
                    "switch": [{"id": i, "name": self.name(), "model": self.name()}
                               for i in range(self.random.randint(0, 3))]}
        self.maybe(exchange, "country", lambda: self.random.choice(["fi", "FIN", "Finland"]))
        self.maybe(exchange, "peering_policy_list", lambda: ["open", "closed", "open"])
        self.maybe(exchange["vlan"], 0, lambda: {"id": 1, "name": self.name()}, 0.2)
        return {"version": "1.0", "timestamp": AT, "ixp_list": [exchange],
                "member_list": [self.member(asn) for asn in
                                self.random.sample(range(201000, 201900),
                                                   self.random.randint(1, 25))]}


def one(tap, exchange, seed):
    text = json.dumps(Maker(seed).document())
    words = ("export", "ixf", "-C", "ix", "--full", "--timestamp", AT)
    begin(exchange, LANS)
    code, out, error = exchange.run("import", "-C", "ix", "-", "--yes", text=text)
    tap.check(f"seed {seed}: imported", code == 0, error)
    out = exchange.run("import", "-C", "ix", "-", text=text)[1]
    tap.check(f"seed {seed}: nothing left to do", out.startswith("nothing to do"), out)
    first, full = registry(exchange), exchange.run(*words)[1]
    tap.check(f"seed {seed}: no null", not has_null(json.loads(full)))
    begin(exchange, LANS)
    code, out, error = exchange.run("import", "-C", "ix", "-", "--yes", text=full)
    tap.check(f"seed {seed}: imported again", code == 0, error)
    second = registry(exchange)
    unlike = [table for table in first if first[table] != second[table]]
    tap.check(f"seed {seed}: the same registry", not unlike,
              [sorted(set(first[table]) ^ set(second[table]))[:4] for table in unlike])
    tap.check(f"seed {seed}: the same octets", exchange.run(*words)[1] == full)


def main():
    tap = Tap()
    seeds = [int(sys.argv[2])] if len(sys.argv) > 2 else SEEDS
    with Exchange(sys.argv[1]) as exchange:
        for seed in seeds:
            one(tap, exchange, seed)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
