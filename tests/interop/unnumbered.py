#!/usr/bin/env python3
"""IPv4 on an IPv6-only LAN: BIRD, whose port has no IPv4 address, takes IPv6 next hops for IPv4
(RFC 8950); OpenBGPD and another BIRD take IPv4 ones only.  Each holds next hops that it can use,
and packets go from a prefix behind the one to a prefix behind the other.

What is the fabric's part is done here with a neighbour entry made from the table that plenum
prints: an answer to ARP for the IPv4 address of a router that has none.

    unnumbered.py PLENUM"""
import json
import re
import subprocess
import sys

import daemons
from daemons import Announcement, Options, Route
from lab import Exchange, run

ASN = {"unnumbered": 2001, "openbgpd": 2002, "legacy": 2003}
TOLD = "10.99.0.201"  # the unnumbered router's, for those that take IPv4 next hops only
KERNEL = """
protocol kernel { ipv4 { import none; export where source = RTS_BGP; }; }
"""


def prefix_of(host, place=1):
    return f"20.{list(ASN).index(host) + 1}.{place}.0/24"


def inside(host):
    """An address in the prefix behind the host."""
    return prefix_of(host).replace("0/24", "1")


def next_hops(member):
    """{prefix: next hop} of the IPv4 routes that it holds."""
    return {prefix: routes[0].next_hop for prefix, routes in member.routes().items()
            if ":" not in prefix}


def link_of(lab, host):
    """(MAC, link-local address) of the host's port."""
    shown = json.loads(lab.ask(host, "ip", "-j", "addr", "show", "dev", "eth0"))[0]
    local = [one["local"] for one in shown["addr_info"] if one["local"].startswith("fe80:")]
    return shown["address"], local[0] if local else None


def rule(exchange, value):
    path = exchange.lab.folder / "ix" / "exchange.yaml"
    text = re.sub(r"\n#?ipv6_only_lan: \w+\n", f"\nipv6_only_lan: {value}\n", path.read_text())
    path.write_text(text)


def prepare(lab, host):
    for name in ("all", "eth0"):
        lab.ask(host, "sysctl", "-qw", f"net.ipv4.conf.{name}.rp_filter=0")
    lab.ask(host, "ip", "addr", "add", f"{inside(host)}/32", "dev", "lo")
    lab.start(host, sys.executable, "-c", ECHO, inside(host), log=f"{host}-echo.out")


ECHO = """
import socket, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((sys.argv[1], 7))
while True:
    data, sender = server.recvfrom(2048)
    server.sendto(data, sender)
"""
CALL = """
import socket, sys
caller = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
caller.bind((sys.argv[1], 0))
caller.settimeout(1)
caller.sendto(b"through the exchange", (sys.argv[2], 7))
print(caller.recvfrom(2048)[0].decode())
"""


def packets_pass(lab, host, other):
    """A datagram from the prefix behind the one to that behind the other, and its answer."""
    return "through the exchange" in lab.ask(host, sys.executable, "-c", CALL, inside(host),
                                             inside(other))


def members_make(lab):
    announcements = {host: [Announcement(prefix_of(host, place)) for place in (1, 2)]
                     for host in ASN}
    announcements["unnumbered"].append(Announcement("2a00:1::/32"))
    return {
        "unnumbered": daemons.Bird(lab, "unnumbered", ASN["unnumbered"],
                                   announcements["unnumbered"],
                                   Options(families=(6,), extended_next_hop=True, verbatim=KERNEL)),
        "openbgpd": daemons.OpenBgpd(lab, "openbgpd", ASN["openbgpd"], announcements["openbgpd"],
                                     Options(families=(4,))),
        "legacy": daemons.Bird(lab, "legacy", ASN["legacy"], announcements["legacy"],
                               Options(families=(4,), verbatim=KERNEL)),
    }


def wanted(hops):
    return {prefix_of(host, place): hop for host, hop in hops.items() for place in (1, 2)}


def expect_holds(tap, exchange, members, host, hops, name):
    tap.await_check(name, lambda: next_hops(members[host]) == wanted(hops),
                    lambda: f"{next_hops(members[host])}\n{wanted(hops)}\n{exchange.log()}")


def check_left_out(lab, tap, exchange, members):
    """OpenBGPD's port has no IPv6 address yet: nobody can tell its routes to who needs one."""
    expect_holds(tap, exchange, members, "unnumbered", {"legacy": lab.ipv6("legacy")},
                 "the IPv6-only member holds the IPv4 routes of who has an IPv6 address")
    expect_holds(tap, exchange, members, "openbgpd",
                 {"unnumbered": TOLD, "legacy": lab.ipv4("legacy")},
                 "OpenBGPD holds an IPv4 address for the IPv6-only member, and the others' own")
    expect_holds(tap, exchange, members, "legacy",
                 {"unnumbered": TOLD, "openbgpd": lab.ipv4("openbgpd")}, "and so does BIRD")
    story = exchange.json("explain", prefix_of("openbgpd"))
    receivers = {(one["asn"], one["address"]): one for one in story["receivers"]}
    kept = receivers[ASN["unnumbered"], lab.ipv6("unnumbered")]
    tap.check("explain says why the IPv6-only member lacks OpenBGPD's",
              kept["rank"] is None and "no IPv6 one" in (kept["why_not_the_best"] or ""), kept)
    table = {one["asn"]: one for one in exchange.json("show", "slat")}
    tap.check("and the table says what to do about it",
              any("--add-ip" in note for note in table[ASN["openbgpd"]]["notes"]) and
              table[ASN["unnumbered"]]["takes"] == ["ipv6"] and
              table[ASN["legacy"]]["takes"] == ["ipv4"], json.dumps(table, indent=1))
    checked = subprocess.run([exchange.plenum, "check", "-C", "ix"], cwd=lab.folder,
                             capture_output=True, text=True)
    tap.check("and so does check", f"AS{ASN['openbgpd']}" in checked.stdout + checked.stderr,
              checked.stdout + checked.stderr)


def check_change(lab, tap, exchange, members):
    """An address more: the IPv6-only member is sent what it can use now."""
    exchange.order("member", "edit", f"AS{ASN['openbgpd']}", "--add-ip", lab.ipv6("openbgpd"))
    expect_holds(tap, exchange, members, "unnumbered",
                 {"legacy": lab.ipv6("legacy"), "openbgpd": lab.ipv6("openbgpd")},
                 "an IPv6 address more in the registry, and it holds OpenBGPD's routes, too")
    tap.check("and no session was lost for it",
              all(member.is_up() for member in members.values()), exchange.log())


def check_packets(lab, tap, exchange, members):
    table = {one["asn"]: one for one in exchange.json("show", "slat")}
    row = table[ASN["unnumbered"]]
    mac, _ = link_of(lab, "unnumbered")
    tap.await_check("the legacy router's kernel has the route over the address it was told",
                    lambda: f"via {TOLD} " in lab.ask("legacy", "ip", "route", "get",
                                                     inside("unnumbered")),
                    lambda: lab.ask("legacy", "ip", "route"))
    tap.await_check("the IPv6-only one has it over an IPv6 next hop",
                    lambda: "via inet6 " in lab.ask("unnumbered", "ip", "route", "get",
                                                    inside("legacy")),
                    lambda: lab.ask("unnumbered", "ip", "route") + members["unnumbered"].log())
    tap.check("without an answer to ARP no packet comes through",
              not packets_pass(lab, "legacy", "unnumbered"))
    lab.ask("legacy", "ip", "neigh", "replace", row["ipv4"], "lladdr", mac, "dev", "eth0")
    tap.await_check("with the fabric's answer from the table it does",
                    lambda: packets_pass(lab, "legacy", "unnumbered"),
                    lambda: lab.ask("legacy", "ip", "neigh") + lab.ask("unnumbered", "ip", "route"))
    tap.await_check("and back", lambda: packets_pass(lab, "unnumbered", "legacy"),
                    lambda: lab.ask("unnumbered", "ip", "-6", "neigh"))


def check_flip(lab, tap, exchange, members):
    """The legacy BIRD comes back with RFC 8950 over IPv6, and then without it again."""
    member = members["legacy"]
    _, link_local = link_of(lab, "legacy")
    member.end()
    member.options.families, member.options.extended_next_hop = (6,), True
    member.start()
    tap.await_check("a member that comes back with RFC 8950 is up", member.is_up, exchange.log)
    expect_holds(tap, exchange, members, "legacy",
                 {"unnumbered": lab.ipv6("unnumbered"), "openbgpd": lab.ipv6("openbgpd")},
                 "and holds IPv6 next hops, the IPv6-only member's own among them")
    expect_holds(tap, exchange, members, "openbgpd",
                 {"unnumbered": TOLD, "legacy": lab.ipv4("legacy")},
                 "OpenBGPD holds its IPv4 address still")
    exchange.order("member", "edit", f"AS{ASN['openbgpd']}", "--link-local", "fe80::99")
    tap.await_check("a link-local address more is told beside the global one",
                    lambda: re.search(r"next_hop: " + lab.ipv6("openbgpd") + " fe80::99",
                                      member.attributes(prefix_of("openbgpd"))),
                    lambda: member.attributes(prefix_of("openbgpd")))
    member.end()
    member.options.families, member.options.extended_next_hop = (4,), False
    member.start()
    expect_holds(tap, exchange, members, "legacy",
                 {"unnumbered": TOLD, "openbgpd": lab.ipv4("openbgpd")},
                 "and without RFC 8950 again it holds IPv4 ones again")


def check_require(lab, tap, exchange, members):
    exchange.end()
    rule(exchange, "require")
    exchange.serve()
    members["legacy"].end()
    tap.await_check("where the rules require RFC 8950 the IPv6-only member is up",
                    members["unnumbered"].is_up, exchange.log)
    members["openbgpd"].kick()
    tap.await_check("OpenBGPD is refused, and it is said why",
                    lambda: "ipv6_only_lan: require" in exchange.log() and
                    not members["openbgpd"].is_up(), exchange.log, seconds=60)


def body(lab, tap, plenum):
    exchange = Exchange(lab, plenum)
    for host in ASN:
        prepare(lab, host)
    lab.ask("unnumbered", "ip", "addr", "del", f"{lab.ipv4('unnumbered')}/24", "dev", "eth0")
    rule(exchange, "translate")
    exchange.add(ASN["unnumbered"], "unnumbered", "--slat-ipv4", TOLD, families=(6,))
    exchange.add(ASN["openbgpd"], "openbgpd", families=(4,))
    exchange.add(ASN["legacy"], "legacy", families=(4, 6))
    exchange.serve()
    members = members_make(lab)
    for member in members.values():
        member.start()
    for host, member in members.items():
        tap.await_check(f"{host} is established", member.is_up,
                        lambda m=member: m.log() + exchange.log())
    check_left_out(lab, tap, exchange, members)
    check_change(lab, tap, exchange, members)
    check_packets(lab, tap, exchange, members)
    check_flip(lab, tap, exchange, members)
    check_require(lab, tap, exchange, members)


if __name__ == "__main__":
    run(body, list(ASN), daemons.Bird.programs + daemons.OpenBgpd.programs)
