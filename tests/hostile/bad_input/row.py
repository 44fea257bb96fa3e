"""A row of the table: one reason, the octets that bring it about, and the answer that is required.

What the answer does to routes is seen by another member, which held a plain route to the prefix
before; the row says it anew with a mark, so that the old route, the new one and none can be told
apart.  What a row cannot show in time that a check may take is shown by the test it names."""
import dataclasses
import socket
import struct

from attack import KEEPALIVE, UPDATE, attribute, capability, four_octets, message, parameters

RS_ASN = 64500
MARK_MED, MARK_COMMUNITY = 77, (3333, 77)
ORIGIN, AS_PATH, NEXT_HOP, MED, COMMUNITIES, REACH, OTC = 1, 2, 3, 4, 8, 14, 35
WELL_KNOWN, OPTIONAL, TRANSITIVE, PARTIAL = 0x40, 0x80, 0xc0, 0xe0

# What became of it.
KEPT = "kept"
DROPPED = "attribute dropped"
WITHDRAWN = "treated as withdraw"
RESET = "session reset"
IGNORED = "ignored"
CLOSED = "closed"
UP = "established"
NO_ANSWER = "no answer in time"
CRASHED = "the daemon ended"

# Where it is said.
FIRST, CONFIRM, ESTABLISHED = "instead of OPEN", "in OpenConfirm", "when established"


@dataclasses.dataclass(frozen=True)
class Answer:
    """`changes` are attributes that another member must receive otherwise than usual, by code, as
    (flags, value); None where it must not receive one.  `others` are prefixes that it must hold
    beside the usual one."""
    verdict: str
    code: int = 0
    subcode: int = 0
    data: bytes = b""
    changes: dict = dataclasses.field(default_factory=dict)
    others: tuple = ()


def reset(code, subcode, data=b"", others=()):
    return Answer(RESET, code, subcode, data, others=others)


def kept(changes=None, others=()):
    return Answer(KEPT, changes=changes or {}, others=others)


def dropped(changes=None):
    return Answer(DROPPED, changes=changes or {})


@dataclasses.dataclass(frozen=True)
class Row:
    case: int                     # of the list that this table answers
    name: str
    cites: str                    # where the answer is required
    say: object = None            # octets, or a function of the member that gives them
    answer: object = None         # an Answer, or a function of the member that gives one
    stage: str = ESTABLISHED
    attr: int = 0                 # the attribute that it is about
    more: bytes = b""             # capabilities of the session beside the usual ones
    families: tuple = (4,)
    as4: bool = True
    words: tuple = ()             # what the registry says of the member
    is_ipv6: bool = False         # the prefix that is looked at
    play: object = None           # a function of (stage, member) instead of octets
    shown_by: str = ""            # the test that shows it instead


HONEST = Row(0, "", "", families=(4, 6))


class Member:
    """Who says a row: number, addresses, and three prefixes that are its own."""

    def __init__(self, number, lab, row=None):
        self.number = number
        self.asn = 2000 + number
        self.ipv4 = f"10.99.{4 + number // 200}.{number % 200 + 1}"
        self.ipv6 = f"fd99::{number + 0x1000:x}"
        self.rs_ipv4 = lab.ipv4("rs")
        self.rs_asn = RS_ASN
        self.row = row
        self.is_ipv6 = row is not None and row.is_ipv6

    def prefix(self, which=0):
        """0: what is looked at; 1 and 2: what follows, to be awaited."""
        if self.is_ipv6:
            return f"2a0{which}:{self.number:x}::/32"
        return f"{20 + which}.{self.number >> 8}.{self.number & 255}.0/24"

    def usual(self, is_marked=True):
        """The usual attributes by code, as octets."""
        width = "!BBI" if self.row is None or self.row.as4 else "!BBH"
        out = {ORIGIN: attribute(WELL_KNOWN, ORIGIN, b"\0"),
               AS_PATH: attribute(WELL_KNOWN, AS_PATH, struct.pack(width, 2, 1, self.asn))}
        if not self.is_ipv6:
            out[NEXT_HOP] = attribute(WELL_KNOWN, NEXT_HOP, socket.inet_aton(self.ipv4))
        if is_marked:
            out[MED] = attribute(OPTIONAL, MED, struct.pack("!I", MARK_MED))
            out[COMMUNITIES] = attribute(TRANSITIVE, COMMUNITIES,
                                         struct.pack("!HH", *MARK_COMMUNITY))
        return out

    def reach(self, prefixes, next_hop=None, afi=2, safi=1):
        hop = socket.inet_pton(socket.AF_INET6, self.ipv6) if next_hop is None else next_hop
        return attribute(OPTIONAL, REACH, struct.pack("!HBB", afi, safi, len(hop)) + hop + b"\0"
                         + prefixes)

    def update(self, more=b"", over=None, nlri=None, withdrawn=b"", is_marked=True):
        """An UPDATE of the usual attributes, those in `over` otherwise (b"": none), and `more`."""
        usual = self.usual(is_marked)
        usual.update(over or {})
        if nlri is None:
            nlri = packed(self.prefix())
        octets = b"".join(usual.values()) + more
        if self.is_ipv6:
            octets, nlri = octets + (self.reach(nlri) if nlri else b""), b""
        return framed(octets, nlri, withdrawn)

    def plain(self, which):
        return self.update(nlri=packed(self.prefix(which)), is_marked=False)

    def open(self, more=b"", options=None, hold=90, version=4, identifier=None, short=None):
        row = self.row or HONEST
        if options is None:
            families = b"".join(capability(1, struct.pack("!HBB", afi, 0, 1))
                                for afi in (1, 2) if (4, 6)[afi - 1] in row.families)
            octets = families + capability(2) + capability(70) + row.more + more
            if row.as4:
                octets += four_octets(self.asn)
            options = parameters((2, octets))
        return message(1, struct.pack("!BHH", version, self.asn if short is None else short, hold)
                       + socket.inet_aton(identifier or self.ipv4) + options)


def framed(attributes, nlri=b"", withdrawn=b"", attributes_len=None, withdrawn_len=None):
    """An UPDATE of three stretches, with the lengths that they have or others."""
    body = struct.pack("!H", len(withdrawn) if withdrawn_len is None else withdrawn_len) + withdrawn
    body += struct.pack("!H", len(attributes) if attributes_len is None else attributes_len)
    return message(UPDATE, body + attributes + nlri)


def packed(prefix):
    """The octets of NLRI."""
    address, bits = prefix.split("/")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return bytes([int(bits)]) + socket.inet_pton(family, address)[:(int(bits) + 7) // 8]


def path(*segments):
    """An AS_PATH's value: (type, ASN, ...) a segment."""
    return b"".join(struct.pack("!BB", kind, len(asns)) + b"".join(struct.pack("!I", asn)
                                                                   for asn in asns)
                    for kind, *asns in segments)


def path_of(*segments):
    return {AS_PATH: attribute(WELL_KNOWN, AS_PATH, path(*segments))}


KEEP = message(KEEPALIVE)
