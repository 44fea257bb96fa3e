#!/usr/bin/env python3
"""What `plenum export router` writes for BIRD, FRR and OpenBGPD is started as it is: with nothing of
the test's but the daemon's own name, number and prefixes before it, the sessions come up with MD5 and
GTSM, routes go both ways, and the filters hold.

    router_config.py PLENUM"""
import re

import daemons
from daemons import Announcement
from lab import Exchange, run

KEY = {"bird": "a b$c!#;'", "frr": 'word$#!"\'x', "openbgpd": 'q"uo\\te $x'}
ASN = {"bird": 2001, "frr": 2002, "openbgpd": 2003}
OWN = {host: (f"20.{number}.0.0/16", f"2a0{number}::/32") for number, host in enumerate(ASN, 1)}
# What each announces beyond its own list: it must not leave its router.
LEAK = {host: (f"21.{number}.0.0/16", f"2b0{number}::/32") for number, host in enumerate(ASN, 1)}
STRANGER = "stranger"
# What a member without any filter sends, and who must not take it in.
BAD = {"20.1.77.0/24": {"bird"}, "20.2.77.0/24": {"frr"}, "20.3.77.0/24": {"openbgpd"},
       "2a01:0:77::/48": {"bird"}, "2a02:0:77::/48": {"frr"}, "2a03:0:77::/48": {"openbgpd"},
       "22.0.0.0/16": set(), "2a0f::/32": set()}


def generated(exchange, host):
    words = [word for prefix in OWN[host] for word in ("--own", prefix)]
    return exchange.order("export", "router", f"AS{ASN[host]}", "--vendor", host, "--with-password",
                          *words)


class Bird(daemons.Bird):
    def start(self):
        self.write("plenum.conf", self.text)
        static = "".join(
            f"protocol static {{ ipv{family}; "
            + " ".join(f"route {item.prefix} blackhole;" for item in self.announcements
                       if item.is_ipv6 == (family == 6)) + " }\n" for family in (4, 6))
        path = self.write("bird.conf",
                          f'log "{self.folder}/bird.log" all; router id {self.address(4)};\n'
                          f'protocol device {{}}\n{static}include "{self.folder}/plenum.conf";\n')
        self.run("bird", "-f", "-c", path, "-s", str(self.folder / "ctl"))

    def names(self):
        return {4: "rs64500_1", 6: "rs64500_2"}

    def states(self):
        shown = self.birdc("show", "protocols").splitlines()
        return {family: any(line.startswith(name) and "Established" in line for line in shown)
                for family, name in self.names().items()}

    def held(self):
        return set(re.findall(r"^(\S+/\d+)", "".join(
            self.birdc("show", "route", "protocol", name) for name in self.names().values()), re.M))


class Frr(daemons.Frr):
    def _config(self):
        networks = []
        for family in (4, 6):
            networks.append(f" address-family ipv{family} unicast")
            networks += [f"  network {item.prefix}" for item in self.announcements
                         if item.is_ipv6 == (family == 6)]
            networks.append(" exit-address-family")
        return ["log stdout", f"router bgp {self.asn}", f" bgp router-id {self.address(4)}",
                " no bgp network import-check", *networks, self.text]

    def held(self):
        return set(self.routes())


class OpenBgpd(daemons.OpenBgpd):
    def start(self):
        self.write("plenum.conf", self.text)
        (self.folder / "plenum.conf").chmod(0o600)
        networks = "".join(f"network {item.prefix}\n" for item in self.announcements)
        self.begin(f'AS {self.asn}\nrouter-id {self.address(4)}\nsocket "{self.folder}/ctl"\n'
                   f'fib-update no\nlisten on {self.address(4)}\nlisten on {self.address(6)}\n'
                   f'{networks}include "{self.folder}/plenum.conf"\n')

    def held(self):
        """What its filters let in."""
        return {one["prefix"] for one in self.bgpctl("show", "rib").get("rib", [])
                if one.get("aspath")}


KIND = {"bird": Bird, "frr": Frr, "openbgpd": OpenBgpd}


def wanted(host):
    held = {prefix for other in ASN if other != host for prefix in OWN[other]}
    return held | {prefix for prefix, refused in BAD.items() if host not in refused}


def body(lab, tap, plenum):
    exchange = Exchange(lab, plenum)
    for host, asn in ASN.items():
        exchange.order("member", "add", f"AS{asn}", host + '"; } \\', "--password", KEY[host],
                       "--gtsm", "yes", "--ip", lab.ipv4(host), "--ip", lab.ipv6(host))
    exchange.add(2009, STRANGER)
    exchange.serve()
    members = {}
    for host, asn in ASN.items():
        prefixes = [Announcement(prefix) for prefix in OWN[host] + LEAK[host]]
        members[host] = KIND[host](lab, host, asn, prefixes)
        members[host].text = generated(exchange, host)
        members[host].start()
    stranger = daemons.Bird(lab, STRANGER, 2009, [Announcement(prefix) for prefix in BAD])
    stranger.start()
    for host, member in [*members.items(), (STRANGER, stranger)]:
        tap.await_check(f"{host} is established over IPv4 and IPv6", member.is_up,
                        lambda m=member: f"{m.states()}\n{m.log()}\n{exchange.log()}")
    for host, member in members.items():
        tap.await_check(f"{host} holds what its filters let in, and nothing else",
                        lambda m=member, w=wanted(host): m.held() == w,
                        lambda m=member, w=wanted(host): f"has {sorted(m.held())}\n"
                                                         f"not {sorted(w)}\n{m.log()}")
    sent = {prefix for host in ASN for prefix in OWN[host]}
    tap.await_check("only what is in their lists left their routers",
                    lambda: set(stranger.routes()) == sent,
                    lambda: f"has {sorted(stranger.routes())}\nnot {sorted(sent)}")
    hidden = exchange.order("export", "router", f"AS{ASN['bird']}", "--vendor", "bird")
    tap.check("without --with-password no password is shown",
              KEY["bird"] not in hidden and "SET-THE-MD5-PASSWORD" in hidden, hidden)


if __name__ == "__main__":
    run(body, [*ASN, STRANGER], daemons.PROGRAMS)
