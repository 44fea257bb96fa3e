#!/usr/bin/env python3
"""BIRD, OpenBGPD, FRR, GoBGP and ExaBGP as members of one Plenum at once, each over IPv4 and IPv6.

    five_members.py PLENUM"""
import re
import time

import daemons
from daemons import Announcement, Options, Route
from lab import RS_ASN, Exchange, awaited, run

ASN = {"bird": 2001, "openbgpd": 2002, "frr": 201003, "gobgp": 2004, "exabgp": 2005}
TAKES_BLACKHOLE = {"bird", "frr", "exabgp"}
BLACKHOLE_NEXT_HOP = {False: "10.99.0.66", True: "fd99::66"}  # by is_ipv6
BLACKHOLE = (65535, 666)
NO_EXPORT = (65535, 65281)
ASKS = {"bird", "openbgpd", "frr", "exabgp"}      # for a refresh
TABLE_OCTETS = 500  # less than all routes are, and more than the KEEPALIVEs of ten minutes
ENHANCED = {"bird", "openbgpd", "frr", "exabgp"}  # know enhanced route refresh
GOODBYE = {"bird": "the route server is going down", "openbgpd": "the route server is going down",
           "frr": "the route server is going down"}


def announcements(host):
    """The same list for everybody: one prefix for each thing that a member can ask for."""
    number = list(ASN).index(host) + 1
    # Standard communities can only name a member with a short number.
    short = ASN["openbgpd" if host != "openbgpd" else "bird"]
    long = ASN["frr" if host != "frr" else "gobgp"]
    asked = [
        {"med": 50 + number, "communities": ((65000, number), (3000, 1)),
         "large": ((70000, number, 9),)},
        {"large": ((RS_ASN, 0, long),)},
        {"communities": ((0, short),)},
        {"communities": ((0, RS_ASN),)},
        {"large": ((RS_ASN, 0, 0),)},
        {"large": ((RS_ASN, 101, long),)},
        {"communities": ((65512, RS_ASN),)},
        {"communities": ((65513, short),), "large": ((RS_ASN, 101, 0),)},
        {"large": ((RS_ASN, 0, 0), (RS_ASN, 1, long))},
        {"communities": ((0, RS_ASN), (RS_ASN, short), (65000, 7))},
    ]
    made = []
    for place, words in enumerate(asked):
        made.append(Announcement(prefix=f"20.{number}.{place}.0/24", **words))
        made.append(Announcement(prefix=f"2a00:{number}:{place + 1}::/48", **words))
    black = {"communities": (BLACKHOLE,)}
    made.append(Announcement(prefix=f"20.{number}.0.66/32", **black))
    made.append(Announcement(prefix=f"2a00:{number}::66/128", **black))
    return made


def exported(item, sender, receiver, address):
    """What the control communities make of an announcement for one receiver: a Route, or None.  Said
    again from the published table of communities, not from the code under test."""
    standard, large = set(item.communities), set(item.large)
    me = ASN[receiver]
    closed = (0, RS_ASN) in standard or (RS_ASN, 0, 0) in large
    named = (RS_ASN, me) in standard or (RS_ASN, 1, me) in large
    shunned = (0, me) in standard or (RS_ASN, 0, me) in large
    if shunned or (closed and not named):
        return None
    black = BLACKHOLE in standard
    if black and receiver not in TAKES_BLACKHOLE:
        return None
    prepend = 0
    for whom in ((me, me), (RS_ASN, 0)):  # what names the receiver goes before what names all
        counts = [count for count in (1, 2, 3) if (65510 + count, whom[0]) in standard
                  or (RS_ASN, 100 + count, whom[1]) in large]
        if counts:
            prepend = max(counts)
            break
    if black:
        address = BLACKHOLE_NEXT_HOP[item.is_ipv6]
    kept = {one for one in standard if one[0] not in (0, RS_ASN, 65511, 65512, 65513)}
    return Route(path=(ASN[sender],) * (1 + prepend), next_hop=address, med=item.med,
                 communities=frozenset(kept | ({NO_EXPORT} if black else set())),
                 large=frozenset(one for one in large if one[0] != RS_ASN))


def wanted(members, receiver, without=()):
    held = {}
    for sender, member in members.items():
        if sender == receiver or sender in without:
            continue
        for item in member.announcements:
            route = exported(item, sender, receiver, member.address(6 if item.is_ipv6 else 4))
            if route:
                held[item.prefix] = [route]
    return held


def difference(has, want):
    lines = []
    for prefix in sorted(set(has) | set(want)):
        if has.get(prefix) != want.get(prefix):
            lines.append(f"{prefix} has {has.get(prefix)}")
            lines.append(f"{' ' * len(prefix)} not {want.get(prefix)}")
    return "\n".join(lines)


def body(lab, tap, plenum):
    exchange = Exchange(lab, plenum)
    exchange.offer_blackhole(*BLACKHOLE_NEXT_HOP.values())
    for host, asn in ASN.items():
        exchange.add(asn, host, *(["--blackhole", "yes"] if host in TAKES_BLACKHOLE else []))
    exchange.serve()
    members = {host: daemons.ALL[host](lab, host, asn, announcements(host))
               for host, asn in ASN.items()}
    members["bird"].options = Options(role=True)
    for member in members.values():
        member.start()
    for host, member in members.items():
        tap.await_check(f"{host} is established over IPv4 and IPv6", member.is_up,
                        lambda m=member: f"{m.states()}\n{m.log()}\n{exchange.log()}")

    def all_hold(text, without=()):
        for host, member in members.items():
            if host in without:
                continue
            want = wanted(members, host, without)
            tap.await_check(f"{host} {text}", lambda m=member, w=want: m.routes() == w,
                            lambda m=member, w=want: difference(m.routes(), w))

    all_hold("holds what the communities say, path, next hop and MED as the sender gave them")
    tap.check("OTC is the route server's number",
              f"BGP.otc: {RS_ASN}" in members["bird"].attributes("20.2.0.0/24"),
              members["bird"].attributes("20.2.0.0/24"))
    refreshed_at, before = time.time(), sent_to(exchange)
    for member in members.values():
        member.refresh()
    # What they hold does not change: that they were answered is seen by what was sent.
    tap.await_check("who asked was sent it all again", lambda: are_answered(exchange, before),
                    lambda: f"{before}\n{sent_to(exchange)}\n{exchange.log()}")
    all_hold("holds the same after a refresh")
    killed_at = time.time()
    kill_each(tap, exchange, members, all_hold)
    say_goodbye(tap, exchange, members)
    all_hold("holds the same after the sessions that were shut down came back")
    exchange.end()
    for host, told in GOODBYE.items():
        tap.await_check(f"{host} is told why the route server ends",
                        lambda m=members[host], t=told: t in m.told(),
                        members[host].told)
    return lambda lab, tap: look_at_refreshes(lab, tap, members, refreshed_at, killed_at)


def sent_to(exchange):
    """(AS number, address): octets that were sent in the session, -1 while a table is under way."""
    return {(one["asn"], one["address"]): one["octets_sent"] if all(
        one[family]["sending"] == "live" for family in ("ipv4", "ipv6") if one[family]["agreed"]) else -1
        for one in exchange.json("show", "sessions")}


def are_answered(exchange, before):
    asked = {ASN[host] for host in ASKS}
    return all(now > before[session] + TABLE_OCTETS for session, now in sent_to(exchange).items()
               if session[0] in asked)


def lost_since(exchange, mark):
    """Addresses of sessions that the log says were lost."""
    return set(re.findall(r"(\S+): lost", exchange.log()[mark:]))


def kill_each(tap, exchange, members, all_hold):
    """Each member dies without a word and comes back."""
    for host, member in members.items():
        mark = len(exchange.log())
        own = {member.address(family) for family in (4, 6)}
        member.kill()
        for other in [one for one in members if one != host][:2]:
            want = wanted(members, other, without=(host,))
            tap.await_check(f"{host} is killed, and its routes go from {other}",
                            lambda o=other, w=want: members[o].routes() == w,
                            lambda o=other, w=want: difference(members[o].routes(), w))
        member.start()
        tap.await_check(f"{host} comes back", member.is_up, member.log)
        tap.check(f"nobody else was disturbed by the loss of {host}",
                  lost_since(exchange, mark) == own, exchange.log()[mark:])
    all_hold("holds the same after each of them was killed and came back")


def say_goodbye(tap, exchange, members):
    """RFC 9003: a member's words are in the log, and can do nothing to the terminal that shows it."""
    for host, text in {"openbgpd": "back at six \x1b[2J", "frr": "new optics", "bird": "caf\u00e9"}.items():
        mark = len(exchange.log())
        escaped = "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}"
                          for letter in text)
        members[host].down(4, text)
        tap.await_check(f"the log says why {host} went, escaped",
                        lambda m=mark, e=escaped: e in exchange.log()[m:],
                        lambda m=mark: exchange.log()[m:])
        members[host].up(4)
    for host in ("openbgpd", "frr", "bird"):
        tap.await_check(f"{host} comes back after its shutdown", members[host].is_up,
                        members[host].log)


def look_at_refreshes(lab, tap, members, since, until):
    """Every member asked over both transports and got its routes again; who can be told where the
    answer begins and ends was told so (RFC 7313)."""
    seen = {}  # (from, to): subtypes of ROUTE-REFRESH, None for an UPDATE
    fields = ("ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "bgp.type", "bgp.route_refresh.subtype")
    for line in lab.decoded(f"frame.time_epoch >= {since} && frame.time_epoch <= {until} && bgp",
                            *fields):
        ip_src, ipv6_src, ip_dst, ipv6_dst, types, subtypes = line.split("\t")
        kinds = seen.setdefault((ip_src or ipv6_src, ip_dst or ipv6_dst), set())
        kinds |= {int(subtype) for subtype in subtypes.split(",") if subtype}
        if "2" in types.split(","):
            kinds.add("UPDATE")
    for host in sorted(ASKS):
        member = members[host]
        for family in (4, 6):
            there = seen.get((member.address(family), member.rs_address(family)), set())
            back = seen.get((member.rs_address(family), member.address(family)), set())
            expected = {"UPDATE"} | ({1, 2} if host in ENHANCED else set())
            tap.check(f"{host} asked for a refresh over IPv{family} and was answered",
                      0 in there and back == expected, f"asked {there}, answered {back}")


if __name__ == "__main__":
    run(body, list(ASN), daemons.PROGRAMS)
