"""What each member of the crowd should hold, worked out anew from who announces what: a few lines that
say RFC 7947 2.3.2.2 again.  Paths of one prefix differ in length, so no other step of the decision
matters here."""
import dataclasses
import ipaddress

RS_ASN = 64500
PATH_MAX_USUAL = 64


@dataclasses.dataclass(frozen=True)
class Route:
    """What a member announces of a prefix."""
    path: tuple
    med: int = 0
    communities: tuple = ()

    def is_for(self, asn):
        closed = (0, RS_ASN) in self.communities
        return ((0, asn) not in self.communities
                and (not closed or (RS_ASN, asn) in self.communities))


@dataclasses.dataclass(frozen=True)
class Rules:
    """What the rule book in force refuses beside what it always refuses."""
    barred: tuple = ()  # prefixes, and all that lies in them
    path_max: int = PATH_MAX_USUAL

    def takes(self, prefix, route):
        if len(route.path) > self.path_max:
            return False
        if not self.barred:
            return True
        network = ipaddress.ip_network(prefix)
        return not any(network.version == bar.version and network.subnet_of(bar)
                       for bar in map(ipaddress.ip_network, self.barred))


def delivered(route, next_hop):
    """As it arrives: (path, next hop, MED, communities)."""
    kept = frozenset(pair for pair in route.communities if pair[0] not in (0, RS_ASN))
    return route.path, next_hop, route.med, kept


class Model:
    """Announcements of all members by prefix: {prefix: {sender: Route}}; a sender is (asn, address)."""

    def __init__(self):
        self.announced = {}

    def announce(self, sender, prefix, route):
        self.announced.setdefault(prefix, {})[sender] = route

    def withdraw(self, sender, prefix):
        routes = self.announced.get(prefix, {})
        routes.pop(sender, None)
        if not routes:
            self.announced.pop(prefix, None)

    def forget(self, sender):
        for prefix in [prefix for prefix, routes in self.announced.items() if sender in routes]:
            self.withdraw(sender, prefix)

    def ranked(self, family, rules):
        """[(prefix, [(asn, address, Route), best first])] of a family."""
        out = []
        for prefix, routes in self.announced.items():
            if (":" in prefix) != (family == 6):
                continue
            taken = [(asn, address, route) for (asn, address), route in routes.items()
                     if rules.takes(prefix, route)]
            if taken:
                out.append((prefix, sorted(taken, key=lambda one: len(one[2].path))))
        return out

    @staticmethod
    def held_by(asn, ranked):
        """{prefix: as it arrives} at the member: of each prefix the best that is for it."""
        held = {}
        for prefix, routes in ranked:
            for sender, address, route in routes:
                if sender != asn and route.is_for(asn):
                    held[prefix] = delivered(route, address)
                    break
        return held
