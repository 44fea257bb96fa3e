#!/usr/bin/env python3
"""IPv4 routes with IPv6 next hops (RFC 8950): BIRD, FRR and GoBGP on sessions over IPv6 alone, and a
BIRD that knows nothing of it.

    extended_next_hop.py PLENUM"""
import daemons
from daemons import Announcement, Options, Route
from lab import Exchange, run

ASN = {"bird": 2001, "frr": 2002, "gobgp": 2003, "plain": 2004}
KIND = {"bird": daemons.Bird, "frr": daemons.Frr, "gobgp": daemons.GoBgp, "plain": daemons.Bird}


def body(lab, tap, plenum):
    exchange = Exchange(lab, plenum)
    members = {}
    for number, (host, asn) in enumerate(ASN.items(), 1):
        only_ipv6 = host != "plain"
        exchange.add(asn, host, families=(6,) if only_ipv6 else (4, 6))
        made = [Announcement(f"20.{number}.{place}.0/24", med=place) for place in (1, 2)]
        made.append(Announcement(f"2a00:{number}::/32", med=9))
        members[host] = KIND[host](lab, host, asn, made, Options(
            families=(6,) if only_ipv6 else (4, 6), extended_next_hop=only_ipv6))
    exchange.serve()
    for member in members.values():
        member.start()
    for host, member in members.items():
        tap.await_check(f"{host} is established", member.is_up,
                        lambda m=member: m.log() + exchange.log())
    for host, member in members.items():
        want = {}
        for other, sender in members.items():
            for item in sender.announcements if other != host else ():
                over = 6 if item.is_ipv6 or sender.options.extended_next_hop else 4
                if host == "plain" and over == 6 and not item.is_ipv6:
                    continue  # it did not say that it can use such a next hop
                want[item.prefix] = [Route((sender.asn,), sender.address(over), item.med)]
        tap.await_check(f"{host} holds IPv4 routes with the next hops that it can use",
                        lambda m=member, w=want: m.routes() == w,
                        lambda m=member, w=want: f"{m.routes()}\n{w}\n{exchange.log()}")
    members["bird"].kill()
    gone = {item.prefix for item in members["bird"].announcements}
    tap.await_check("and loses them with the member that sent them",
                    lambda: not gone & set(members["frr"].routes()) and
                    not gone & set(members["gobgp"].routes()), exchange.log)


if __name__ == "__main__":
    run(body, list(ASN), daemons.Bird.programs + daemons.Frr.programs + daemons.GoBgp.programs)
