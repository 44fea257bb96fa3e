"""Real daemons as members beside the rows: what Plenum sends on, each of them must be able to read."""
import re

import daemons
from daemons import Options
from lab import awaited

KINDS = {"bird": daemons.Bird, "openbgpd": daemons.OpenBgpd, "frr": daemons.Frr,
         "gobgp": daemons.GoBgp}
FIRST_ASN = 1901
COMPLAINT = re.compile(r"malformed|treat.as.withdraw|invalid (attr|update|path|next)|bad (attr|mess)|"
                       r"attribute (length|flags?) error|sending notification|ignored attribute", re.I)


class Witnesses:
    def __init__(self, lab):
        self.lab = lab
        self.asn = {host: FIRST_ASN + at for at, host in enumerate(KINDS)}
        self.daemons = {}
        self.begun_at = 0  # in Plenum's log: what a daemon tried before its sessions stood is behind it

    def lines(self):
        """Of the list of members."""
        return [f"{asn},{host},{self.lab.ipv4(host)},{self.lab.ipv6(host)}"
                for host, asn in self.asn.items()]

    def start(self, tap, server):
        for host, kind in KINDS.items():
            self.daemons[host] = kind(self.lab, host, self.asn[host], options=Options())
            self.daemons[host].start()
        for host, one in self.daemons.items():
            tap.await_check(f"{host} is a member, over IPv4 and IPv6", one.is_up, one.log)
        self.begun_at = len(server.log())

    def check(self, tap, log):
        log = log[self.begun_at:]
        for host, one in self.daemons.items():
            tap.check(f"{host}: its sessions are those it began with", one.is_up()
                      and not re.search(rf"AS{self.asn[host]} .*(lost:|NOTIFICATION)", log),
                      "\n".join(line for line in log.splitlines() if f"AS{self.asn[host]} " in line))
            told = [line for line in one.log().splitlines() if COMPLAINT.search(line)]
            tap.check(f"{host}: finds nothing wrong with what it was sent", not told, "\n".join(told))
        up = {host: one.is_up() for host, one in self.daemons.items()}
        tap.check("all of them stand", all(up.values()), up)

    def hold(self, prefix):
        """Waits until each of them has the route: they have read what came before it."""
        return awaited(lambda: all(prefix in one.routes() for one in self.daemons.values()))
