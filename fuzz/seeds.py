#!/usr/bin/env python3
"""Good input for targets, of which the fuzzers make bad input: `fuzz/seeds.py` writes
fuzz/corpus/TARGET/seed-NAME.  All of it is made here; numbers and names are those of documentation."""
import ipaddress
import json
import pathlib
import struct
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "tests"))
from kit import mrt  # noqa: E402


def message(kind, body):
    return b"\xff" * 16 + struct.pack("!HB", 19 + len(body), kind) + body


def attribute(code, value, flags=0x40):
    if len(value) > 255:
        return struct.pack("!BBH", flags | 0x10, code, len(value)) + value
    return struct.pack("!BBB", flags, code, len(value)) + value


def update(attributes, nlri=b"", withdrawn=b""):
    return struct.pack("!H", len(withdrawn)) + withdrawn + struct.pack("!H", len(attributes)) + \
        attributes + nlri


def path(*asns, kind=2):
    return struct.pack(f"!BB{len(asns)}I", kind, len(asns), *asns)


def nlri(*prefixes):
    out = b""
    for text in prefixes:
        prefix = ipaddress.ip_network(text)
        out += bytes([prefix.prefixlen])
        out += prefix.network_address.packed[:(prefix.prefixlen + 7) // 8]
    return out


def updates():
    origin = attribute(1, b"\0")
    hop4 = attribute(3, bytes([192, 0, 2, 1]))
    all_kinds = (attribute(4, struct.pack("!I", 5), 0x80) + attribute(6, b"") +
                 attribute(7, struct.pack("!II", 64500, 1), 0xc0) +
                 attribute(8, struct.pack("!HHHH", 0, 64501, 65535, 666), 0xc0) +
                 attribute(16, bytes.fromhex("4300000000000002"), 0xc0) +
                 attribute(25, bytes(20), 0xc0) +
                 attribute(32, struct.pack("!III", 64500, 0, 64501), 0xc0) +
                 attribute(35, struct.pack("!I", 64496), 0xc0) + attribute(99, b"new", 0xc0))
    hop6 = ipaddress.ip_address("2001:db8::1").packed
    link = ipaddress.ip_address("fe80::1").packed
    lead = origin + attribute(2, path(64496, 64497))
    yield "plain", update(lead + hop4, nlri("198.51.100.0/24", "203.0.113.0/25"))
    yield "all", update(lead + hop4 + all_kinds, nlri("0.0.0.0/0", "198.51.100.1/32"))
    yield "six", update(attribute(14, b"\0\2\1\x10" + hop6 + b"\0" + nlri("2001:db8::/32"), 0x80) +
                        lead)
    yield "link", update(attribute(14, b"\0\2\1\x20" + hop6 + link + b"\0" +
                                   nlri("2001:db8:1::/48"), 0x80) + lead + all_kinds)
    yield "four-by-six", update(attribute(14, b"\0\1\1\x10" + hop6 + b"\0" +
                                          nlri("198.51.100.0/24"), 0x80) + lead)
    yield "away", update(b"", withdrawn=nlri("198.51.100.0/24"))
    yield "away-six", update(attribute(15, b"\0\2\1" + nlri("2001:db8::/32"), 0x80))
    yield "end", update(b"")
    yield "long", update(origin + attribute(2, path(*range(64496, 64512)) + path(64496, kind=1)) +
                         hop4, nlri("198.51.100.0/24"))


def member_list():
    return {"version": "1.0", "timestamp": "2026-01-05T10:00:00Z", "ixp_list": [{
        "ixp_id": 1, "ixf_id": 7, "shortname": "X", "name": "Example", "country": "FI", "url": "x",
        "peeringdb_id": 3, "support_email": "a@b.example", "support_phone": "1",
        "support_contact_hours": "24x7", "emergency_email": "a@b.example", "stats_api": "x",
        "vlan": [{"id": 1, "name": "Peering",
                  "ipv4": {"prefix": "192.0.2.0", "mask_length": 24,
                           "looking_glass_urls": ["x"]},
                  "ipv6": {"prefix": "2001:db8::", "mask_length": 64}}],
        "switch": [{"id": 1, "name": "s1", "colo": "c", "city": "T", "country": "FI",
                    "pdb_facility_id": 4, "manufacturer": "M", "model": "7", "software": "1"}]}],
        "member_list": [{
            "asnum": 64496, "member_since": "2020-01-01T00:00:00Z", "url": "x", "name": "One",
            "contact_email": ["a@b.example"], "contact_phone": ["1"], "contact_hours": "8x5",
            "peering_policy": "open", "peering_policy_url": "x", "member_type": "peering",
            "connection_list": [{
                "ixp_id": 1, "state": "active", "connected_since": "2020-01-01T00:00:00Z",
                "if_list": [{"switch_id": 1, "if_speed": 10000, "if_type": "LR4"}],
                "vlan_list": [{
                    "vlan_id": 1,
                    "ipv4": {"address": "192.0.2.1", "routeserver": True, "max_prefix": 10,
                             "as_macro": "AS-ONE", "mac_addresses": ["00:00:5e:00:53:01"]},
                    "ipv6": {"address": "2001:db8::1", "routeserver": "no",
                             "services": [{"type": "ixrouteserver", "os": "Linux",
                                           "os_version": "1", "daemon": "bird"}]}}]}]},
            {"asnum": "64497", "member_type": "other", "connection_list": [
                {"ixp_id": 1, "vlan_list": [{"ipv4": {"address": "192.0.2.2"}}]}]}]}


CSV = '''asn,name,as-macro,ipv4,ipv6,max-prefix4,max-prefix6,mac,routeserver,state,switch,port-name,speed,type,url,policy,since
AS64496,One,AS-ONE,192.0.2.1,2001:db8::1,10,10,00:00:5e:00:53:01,yes,active,s1,1,10000,peering,x,open,2020-01-01
64497,"Two, ""quoted""",,192.0.2.2,,,,,,,,,,,,,
'''
BIRD = """BIRD 2.0.12 ready.
Name       Proto      Table      State  Since         Info
pb_1       BGP        ---        up     10:00:00.000  Established
  Description:    RIB for AS64496 - One - VLAN Interface 9
    Import limit:   170
    Neighbor address: 192.0.2.1
    Neighbor AS:      64496
"""
CLIENTS = """asns:
  AS64496:
    as_sets: [AS-ONE]
clients:
  - asn: 64496
    ip: [192.0.2.1, "2001:db8::1"]
    description: One
    cfg:
      filtering:
        irrdb: {as_sets: [AS-ONE, AS-TWO]}
        max_prefix: {limit_ipv4: 100, limit_ipv6: 50}
"""
GENERAL = """cfg:
  rs_as: 64500
  router_id: 192.0.2.1
  passive: true
  gtsm: false
  filtering:
    next_hop: {policy: strict}
    ipv4_pref_len: {min: 8, max: 24}
    ipv6_pref_len: {min: 12, max: 48}
    global_black_list_pref:
      - {prefix: 192.0.2.0, length: 24, comment: LAN}
    max_as_path_len: 32
    reject_invalid_as_in_as_path: true
    transit_free: {action: reject, asns: "174, 701"}
    never_via_route_servers: {peering_db: false, asns: [64501]}
    irrdb: {enforce_origin_in_as_set: true, enforce_prefix_in_as_set: true, tag_as_set: true}
    rpki_bgp_origin_validation: {enabled: true, reject_invalid: true}
    max_prefix: {action: restart, restart_after: 15, general_limit_ipv4: 1000}
  blackhole_filtering: {policy_ipv4: propagate-unchanged}
  graceful_shutdown: {enabled: true}
  communities: {do_not_announce_to_any: {std: "0:64500"}}
"""
SIGNER = "PRIVATE+KEY+ix.example+d27fbb7a+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
EXCHANGE = """name: Example-IX
asn: 64500
router_id: 192.0.2.1
listen:
  - 192.0.2.1:179
  - "[2001:db8::1]:179"
lans:
  - 192.0.2.0/24
  - 2001:db8::/64
web:
  - "[::1]:8080"
web_url: https://rdap.ix.example
whois: ["[::1]:4343"]
database: postgresql://plenum@db.ix.example/plenum
irr_server: rr.example
irr_sources: RIPE,RADB
irr_files: as-sets
rtr_cache: ["[::1]:3323"]
rpki_file: /var/db/json
blackhole_next_hop: [192.0.2.66]
trial: yes
max_prefix_action: shut
max_prefix_ipv4: 250000
max_prefix_warn_percent: 80
max_prefix_retry_s: 900
ipv6_only_lan: translate
transit_free: [174, 701]
never_via: []
"""
DUMP = """TABLE_DUMP2|1277971199|B|192.0.2.9|64496|198.51.100.0/24|64496 64497 {64498,64499}|EGP|192.0.2.9|0|7|64496:420 no-export 1:2:3|AG|64497 192.0.2.4|
BGP4MP|1445565678|W|192.0.2.1|64512|10.0.0.0/8
BGP4MP_ET|1445565678.509481|STATE|192.0.2.55|3856|1|2
TABLE_DUMP2_AP|1|B|192.0.2.1|64512|10.0.0.0/8|59|64512|IGP|192.0.2.9|0|0||NAG||
"""
SHOW_ROUTE = """BIRD 2.0.12 ready.
Table master4:
198.51.100.0/24      unicast [pb_1 2020-01-01 from 192.0.2.1] * (100) [AS64497i]
\tvia 192.0.2.1 on eth0
\tType: BGP univ
\tBGP.origin: IGP
\tBGP.as_path: 64496 64497
\tBGP.next_hop: 192.0.2.1
\tBGP.med: 5
\tBGP.local_pref: 100
\tBGP.community: (0,64501) (64500,1)
\tBGP.ext_community: (rt, 1, 2)
\tBGP.large_community: (64500, 1, 2)
"""
OLD_ROUTE = """BIRD 1.6.8 ready.
198.51.100.0/24    via 192.0.2.1 on eth0 [pb_1 2020-01-01] * (100) [AS64497i]
\tType: BGP unicast univ
\tBGP.origin: IGP
\tBGP.as_path: 64496 64497
\tBGP.next_hop: 192.0.2.1
"""
TABLES = {
    "dump": DUMP, "bird2": SHOW_ROUTE, "bird1": OLD_ROUTE,
    "json": '{"10.0.0.0/8": {"rrc00": {"7018": "7018 3491", "4777": "4777 {1,2}"}}, '
            '"2001:db8::/32": {"rrc06": {"4777": "4777"}}}\n',
    "lists": "1: 192.0.2.0/24,198.51.100.0/24\n64512: 2001:db8::/32\n",
    "origins": "; made by hand\n\n192.0.2.0/24\t64496\r\n# more\n2001:db8::/24\t40443",
    "lengths": "192.0.2.0\t24\t64496\n2001:db8::\t32\t6939_1101,25192\n",
    "prefixes": "0.0.0.0/0\n::/0\n",
}


def tables():
    peers = [(64496, "192.0.2.1"), (64497, "2001:db8::1")]
    yield "mrt", mrt.table(peers, [("198.51.100.0/24", 0, [64496, 64498]),
                                   ("2001:db8:1::/48", 1, [64497])])
    for name, body in updates():
        head = struct.pack("!IIHH", 64496, 64500, 0, 1) + bytes([192, 0, 2, 1, 192, 0, 2, 2])
        whole = head + message(2, body)
        yield f"update-{name}", struct.pack("!IHHI", 1, 16, 4, len(whole)) + whole
    body = struct.pack("!HH", 0, 1) + bytes([198, 51, 100, 0, 24, 1]) + struct.pack("!I", 1) + \
        bytes([192, 0, 2, 1]) + struct.pack("!H", 64496)
    attributes = attribute(1, b"\0") + attribute(2, struct.pack("!BBH", 2, 1, 64496)) + \
        attribute(3, bytes([192, 0, 2, 1]))
    body += struct.pack("!H", len(attributes)) + attributes
    yield "old", struct.pack("!IHHI", 1, 12, 1, len(body)) + body
    for name, text in TABLES.items():
        yield name, text.encode()


def request(words, attached=b""):
    out = struct.pack("!BBHHI", 1, 1, 80, len(words), len(attached))
    for word in words:
        word = word.encode() + b"\0"
        out += struct.pack("!I", len(word)) + word
    return out + attached


def seeds():
    for name, body in updates():
        yield "encode", name, body
        yield "update", name, b"\x1f" + body
        yield "framer", name, b"\1" + message(2, body) + message(4, b"")
    yield "framer", "several", b"\0" + message(4, b"") + message(3, b"\6\2") + \
        message(5, b"\0\1\0\1") + message(1, b"\4")
    for name, octets in tables():
        yield "table", name, b"\x3f" + octets
    yield "ixf", "whole", json.dumps(member_list(), separators=(",", ":")).encode()
    yield "members", "csv", CSV.encode()
    yield "members", "bird", BIRD.encode()
    yield "members", "clients", CLIENTS.encode()
    yield "arouteserver", "general", GENERAL.encode()
    yield "arouteserver", "lengths", GENERAL.replace("{min: 12", "{min: 55").encode()
    yield "exchange", "plain", EXCHANGE.encode()
    # Octets of fuzz/session.c: connected, then closed; connected, OPEN, refused; OPEN and stopped.
    yield "session", "closed", bytes([0, 3, 0, 10, 1, 9, 0])
    yield "session", "refused", bytes([0, 8, 3, 4, 2, 10, 1, 0, 0])
    yield "session", "stopped", bytes([1, 8, 2, 9, 3, 0, 5, 6, 10, 1, 1, 0])
    yield "note", "signer", SIGNER.encode()
    yield "irr", "bad", b"192.0.2.0/24\n198.51.100.0/24^x\n"
    yield "irr", "json", b'{"irr":[{"prefix":"192.0.2.0/24","exact":true},{"prefix":' \
        b'"2001:db8::/32","exact":false,"greater-equal":40,"less-equal":48}]}'
    yield "irr", "numbers", b'{"irr":[64496,64497]}'
    yield "irr", "plain", b"# a file\n192.0.2.0/24^+\n198.51.100.0/24^26\n203.0.113.0/24^25-28\n" \
        b"AS64500\n2001:db8::/32\n"
    yield "control", "show", request(["show", "status", "--json"])
    yield "control", "file", request(["import", "x.json"], b"{}")
    for number, text in enumerate(["Plain words", "Gr\u00fc\u00dfe \u4ea4\u63db", "a\x1b[31mb\u202ec",
                                   "tab\tand\nline\\\"", "\u009b1m\u2066"]):
        yield "printers", str(number), text.encode()
    yield "printers", "bad", b"\xff\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80"
    yield "proof", "300", struct.pack("!HHHBBQ", 300, 5, 200, 1, 9, 1234067)
    for number, text in enumerate(["192.0.2.1/24", "2001:db8::192.0.2.1", "::/0", "fe80::1%eth0"]):
        yield "address", str(number), text.encode()


def main():
    for target, name, octets in seeds():
        folder = FOLDER / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"seed-{name}").write_bytes(octets)


if __name__ == "__main__":
    main()
