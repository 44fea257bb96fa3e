#!/usr/bin/env python3
"""BIRD, OpenBGPD, FRR, GoBGP and ExaBGP as members of one Plenum at once, each over IPv4 and IPv6.

    five_members.py PLENUM"""
import daemons
from daemons import Announcement, Options, Route
from lab import RS_ASN, Exchange, awaited, run

ASN = {"bird": 2001, "openbgpd": 2002, "frr": 201003, "gobgp": 2004, "exabgp": 2005}
TAKES_BLACKHOLE = {"bird", "frr", "exabgp"}
BLACKHOLE_NEXT_HOP = {False: "10.99.0.66", True: "fd99::66"}  # by is_ipv6
BLACKHOLE = (65535, 666)
NO_EXPORT = (65535, 65281)


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


if __name__ == "__main__":
    run(body, list(ASN), daemons.PROGRAMS)
